"""The clinic's results as a page shows them: sentences, tables, pictures; a rate never without its denominator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from remit.acts.released_arms import ReleasedArm, ReleasedResults
from remit.acts.results import Results, modality
from remit.pathway.outcome import Rate
from remit.web.charts.rates import (
    HERE,
    PUBLISHED,
    Fall,
    Point,
    RateLine,
    Survival,
    beside,
    days_shown,
    lasting,
    runs,
)
from remit.web.results_form import NO_INDICATION, indication_words

MISSING = "–"
BESIDE, RUNS, LASTING = "beside", "runs", "lasting"
PICTURES = (BESIDE, RUNS, LASTING)
SAID = {
    "response": "had responded",
    "remission": "were in remission",
    "worsening": "were worse than before",
}
TIMED = {
    "response": "Response",
    "remission": "Remission",
    "worsening": "Worsening",
    "relapse": "Relapse after a response",
}


@dataclass(frozen=True, slots=True)
class ArmView:
    """One line of the table."""

    name: str
    group: Any
    cells: tuple[tuple[str, str, str], ...]
    """By outcome: its name, the rate, and what the unscored could make of it."""
    start: str
    change: str
    published: Any
    beside: str


def arm_name(arm: Any) -> str:
    """`ketamine intravenous, resistant depression`."""
    return f"{modality(arm)}, {indication_words(arm.indication)}" if arm.molecule else "All together"


def per_cent(share: float | None) -> str:
    """`48 %`, a dash where nothing is known."""
    return MISSING if share is None else f"{100 * share:.0f} %"


def rate_words(rate: Rate) -> str:
    """The rate with its denominators; the share and its interval stay on one line."""
    return str(rate).replace(" %", "\u00a0%").replace("% (", "%\u00a0(") if rate.eligible else ""


def span(low: float, high: float) -> str:
    """`48 to 68 %`."""
    return f"{100 * low:.0f} to {100 * high:.0f} %"


def bounds(rate: Rate, at_random: float | None) -> str:
    """What those not scored could make of a rate."""
    if not rate.eligible or rate.scored == rate.eligible or rate.at_worst is None or rate.at_best is None:
        return ""
    likely = "" if at_random is None else f"; {per_cent(at_random)} if they fared like the others of their arm"
    return (
        f"{span(rate.at_worst, rate.at_best)}, whatever became of the {rate.eligible - rate.scored} not scored{likely}"
    )


def arms(held: Results) -> list[ArmView]:
    """Everybody, then each arm."""
    return [_arm(held, group) for group in held.groups]


def _arm(held: Results, group: Any) -> ArmView:
    cells = [(one.outcome, rate_words(one.rate), bounds(one.rate, one.at_random)) for one in group.rates]
    found = held.published.get(group.arm)
    return ArmView(
        name=arm_name(group.arm),
        group=group,
        cells=tuple(cells),
        start=_mean(group.start),
        change=_mean(group.change),
        published=found,
        beside=_published_words(found),
    )


def _mean(held: tuple[float, float | None] | None) -> str:
    if held is None:
        return MISSING
    mean, spread = held
    said = signed(mean)
    return said if spread is None else f"{said} (SD {spread:.1f})"


def _published_words(found: Any) -> str:
    if found is None:
        return ""
    said = f"{per_cent(found.share)} ({100 * found.low:.0f}–{100 * found.high:.0f}) of {found.people}"
    if found.new_place is None:
        return f"{said}, one trial" if len(found.studies) == 1 else said
    low, high = found.new_place
    return f"{said}; a new place would be expected between {100 * low:.0f} and {per_cent(high)}"


def sentence(held: Results) -> str:
    """What the page says, in words."""
    whole = held.groups[0]
    rate = whole.rate(held.asked.outcome).rate
    people = "1 person had" if whole.treated == 1 else f"{whole.treated} people had"
    over = f"{people} a first dose; for {whole.eligible} the follow-up is over"
    if not rate.scored:
        return f"{over}, and none can be judged yet."
    found = f"Of {rate.scored} who can be judged, {rate.met} {SAID[held.asked.outcome]}"
    return f"{over}. {found}: {per_cent(rate.proportion)} ({span(rate.low or 0.0, rate.high or 0.0)})."


def left_out(held: Results) -> list[str]:
    """Who is not in the rates, and why."""
    whole = held.groups[0]
    told = [
        (whole.waiting, "treated, and the follow-up is not over: not counted yet"),
        (
            whole.no_baseline,
            "without a completed score before the first dose: named here, and part of those not scored",
        ),
        (whole.no_follow_up, "without a completed score in the follow-up: part of those not scored, never a failure"),
        (held.later, "further course of somebody who is counted with the first"),
    ]
    return [f"{many} {words}" for many, words in told if many]


# Pictures


def pictures(held: Results) -> dict[str, SafeString]:
    """Every picture of the page."""
    return {BESIDE: _beside(held), RUNS: _runs(held), LASTING: _lasting(held)}


def _beside(held: Results) -> SafeString:
    lines = [line for view in arms(held)[1:] for line in _pair(view, held.asked.outcome)]
    outcome = held.asked.outcome
    words = f"{len(lines)} lines: each arm of this clinic, and under it what trials published, where some were seen."
    return beside(lines, f"{outcome.capitalize()} here and in published trials", words, "results-beside")


def _pair(view: ArmView, outcome: str) -> Iterator[RateLine]:
    rate = view.group.rate(outcome).rate
    reach = None if rate.at_worst is None or rate.at_best is None else (rate.at_worst, rate.at_best)
    said = _short(rate)
    interval = (rate.low or 0.0, rate.high or 0.0)
    words = f"Here: {modality(view.group.arm)}, {_short_name(view.group.arm)}"
    yield RateLine(words, said, HERE, rate.proportion, interval, reach)
    found = view.published
    if found is not None:
        said = f"{per_cent(found.share)} ({100 * found.low:.0f}–{100 * found.high:.0f})"
        words = f"Published: {found.people} people, {', '.join(study for study, _ in found.studies)}"
        yield RateLine(_cut(words), said, PUBLISHED, found.share, (found.low, found.high), found.new_place)


def _short_name(arm: Any) -> str:
    return arm.indication.replace("_", " ") or NO_INDICATION


_LONGEST_LINE = 50


def _cut(words: str) -> str:
    return words if len(words) <= _LONGEST_LINE else f"{words[: _LONGEST_LINE - 1]}…"


def _short(rate: Rate) -> str:
    if rate.proportion is None or rate.low is None or rate.high is None:
        return "nobody scored"
    return f"{rate.met}/{rate.scored} · {100 * rate.proportion:.0f} % ({100 * rate.low:.0f}–{100 * rate.high:.0f})"


def _runs(held: Results) -> SafeString:
    chart, outcome = held.chart, held.asked.outcome
    points = [
        Point(str(one.quarter), one.rate.scored, one.rate.proportion, (one.rate.low or 0.0, one.rate.high or 0.0))
        for one in chart.points
    ]
    words = f"{len(points)} quarters of the first dose; median {per_cent(chart.median)}."
    return runs(points, chart.median, f"{outcome.capitalize()} by quarter", words, "results-runs")


def _lasting(held: Results) -> SafeString:
    curve = next(one.curve for one in held.times if one.outcome == "relapse")
    drawn = Survival(
        falls=[Fall(step.day, step.share, (step.low, step.high)) for step in curve.steps],
        lost=curve.lost,
        last=curve.last,
        at_risk=[(day, curve.at_risk(day)) for day in days_shown(curve.last)],
    )
    words = f"{curve.people} people who responded, {curve.events} relapsed; the curve is of Kaplan and Meier."
    return lasting(drawn, "Without a relapse after a response", words, "results-lasting")


def times(held: Results) -> list[tuple[str, list[tuple[str, Any, str]]]]:
    """Each arm: of each outcome what it is counted from, its curve, and the median with its interval."""
    return [
        (arm_name(group.arm), [(TIMED[one.outcome], one.curve, _median(one.curve)) for one in group.times])
        for group in held.groups
    ]


def _median(curve: Any) -> str:
    if curve.median is None:
        return "not reached"
    low, high = (f"{end:g}" if end is not None else "not reached" for end in curve.median_interval)
    return f"{curve.median:g} days ({low} to {high})"


# What may leave


def released(held: ReleasedResults) -> list[dict[str, Any]]:
    """Each arm of what has left: its sum, its rows, and the published share."""
    return [_released(one) for one in held.arms]


def _released(one: ReleasedArm) -> dict[str, Any]:
    return {
        "name": arm_name(one.arm),
        "rate": _released_words(one),
        "rows": [(row, "" if row.change_mean is None else signed(row.change_mean)) for row in one.rows],
        "published": one.published,
        "beside": _published_words(one.published),
    }


def _released_words(one: ReleasedArm) -> str:
    """Of those scored alone: where a number treated is withheld, nobody knows of how many they were."""
    held, treated = one.response, [row.treated for row in one.rows]
    of = "" if None in treated else f", of {sum(n or 0 for n in treated)} treated"
    share = f"{per_cent(held.proportion)} ({100 * (held.low or 0):.0f}–{100 * (held.high or 0):.0f})"
    return f"{held.met}/{held.scored} scored{of} · {share}".replace(" %", "\u00a0%").replace("% (", "%\u00a0(")


def signed(value: float) -> str:
    """A number with a minus sign that is one."""
    return f"{value:.1f}".replace("-", "−")


def rows(held: Results) -> Iterator[Sequence[Any]]:
    """The table as a file: a line for each arm and outcome."""
    for group in held.groups:
        for one in group.rates:
            rate = one.rate
            found = held.published.get(group.arm) if one.outcome == held.asked.outcome else None
            yield [
                *(word or "all" for word in group.arm), held.scale.id, one.outcome, group.treated, rate.eligible,
                rate.scored, rate.met, rate.proportion, rate.low, rate.high, rate.at_worst, rate.at_best,
                one.at_random, group.no_baseline, group.no_follow_up,
                found and found.share, found and found.low, found and found.high, found and found.command,
            ]  # fmt: skip


COLUMNS = (
    "molecule", "route", "indication", "scale", "outcome", "treated", "eligible", "scored", "met", "proportion", "low",
    "high", "at_worst", "at_best", "as_if_missing_at_random", "no_baseline", "no_follow_up", "published",
    "published_low", "published_high", "published_command",
)  # fmt: skip

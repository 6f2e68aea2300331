"""What a course has achieved on a scale: change, response, remission, worsening, relapse.

Each judgement comes with the definition it used, the cut-off and the source, because remission on one scale has three
published cut-offs. A half-filled scale is not a score, and a person without a score is not a non-responder: rates say
how many were scored and of how many eligible.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import NormalDist

from remit.pathway.scales import Criterion, Measure, Scale
from remit.pathway.scoring import Score
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Scored:
    """One assessment on a scale and when it was answered. Value null: not complete."""

    at: datetime
    value: int | None
    answers: tuple[int | None, ...] = ()

    @classmethod
    def of(cls, scale: Scale, score: Score, at: datetime, answers: Sequence[int | None] = ()) -> Scored:
        """The assessment that a score stands for: its total, or the item that stands for the state of illness."""
        value = score.total
        if scale.level_item is not None and len(answers) >= scale.level_item:
            value = answers[scale.level_item - 1]
        return cls(at, value, tuple(answers))


@dataclass(frozen=True, slots=True)
class Relapse:
    """After a response: this many completed scores, one after the other, that no longer meet response."""

    consecutive: int


@dataclass(frozen=True, slots=True)
class OutcomeRules:
    """The definitions that hold where neither the protocol nor the scale has its own."""

    response: Sourced[Criterion]
    partial: Sourced[Criterion]
    worsening: Sourced[Criterion]
    relapse: Sourced[Relapse]


@dataclass(frozen=True, slots=True)
class Definitions:
    """The definitions in force for a course. Null: there is none, and nothing is judged."""

    response: Sourced[Criterion] | None
    partial: Sourced[Criterion] | None
    remission: Sourced[Criterion] | None
    worsening: Sourced[Criterion] | None
    relapse: Sourced[Relapse] | None


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether an outcome is met, with the definition that was used. Null: it cannot be said, and `reason` says why."""

    outcome: str
    met: bool | None
    definition: str
    cut_off: float | None
    defined: Sourced[Criterion] | Sourced[Relapse] | None
    reason: str = ""

    def as_dict(self) -> dict[str, object]:
        """The judgement as a page or a file shows it."""
        source = self.defined.source if self.defined else None
        return {
            "outcome": self.outcome,
            "met": self.met,
            "definition": self.definition,
            "cut_off": self.cut_off,
            "origin": source.origin.value if source else None,
            "status": source.status.value if source else None,
            "status_read": source.status_read if source else None,
            "sources": list(source.keys) if source else [],
            "path": self.defined.path if self.defined else "",
            "reason": self.reason,
        }


@dataclass(frozen=True, slots=True)
class CourseOutcome:
    """Where a course stands on one scale."""

    scale_id: str
    baseline: Scored | None
    current: Scored | None
    percent_fall: float | None
    judgements: tuple[Judgement, ...]
    incomplete_since: tuple[datetime, ...] = ()
    """Assessments after `current` that were not complete: they are not counted as anything."""

    def judged(self, outcome: str) -> Judgement:
        """The judgement of that name: response, partial, remission, worsening or relapse."""
        return next(judgement for judgement in self.judgements if judgement.outcome == outcome)


def definitions(
    scale: Scale,
    rules: OutcomeRules,
    *,
    response: Sourced[Criterion] | None = None,
    remission: Sourced[Criterion] | None = None,
    worsening: Sourced[Criterion] | None = None,
    relapse: Sourced[Relapse] | None = None,
) -> Definitions:
    """The definitions in force: the protocol's own (given here), else the scale's, else the generic rule.

    Remission has no generic rule. A partial response is judged only where response is a fall in percent.
    """
    in_force = response or scale.response or (rules.response if scale.judged else None)
    by_percent = in_force is not None and in_force.value.measure is Measure.PERCENT_FALL
    return Definitions(
        response=in_force,
        partial=rules.partial if by_percent else None,
        remission=remission or scale.remission,
        worsening=worsening or scale.worsening or (rules.worsening if scale.judged else None),
        relapse=relapse or (rules.relapse if scale.judged else None),
    )


def baseline(scores: Sequence[Scored], first_dose_at: datetime | None) -> Scored | None:
    """The last completed score before the first dose of the course; null where there is none."""
    before = [
        scored for scored in scores if scored.value is not None and (first_dose_at is None or scored.at < first_dose_at)
    ]
    return max(before, key=lambda scored: scored.at, default=None)


def percent_fall(scale: Scale, at_baseline: int, now: int) -> float | None:
    """The fall from baseline in percent, the scale's floor taken off first; null where baseline is the floor.

    A rise is negative.
    """
    room = at_baseline - scale.floor
    return None if room == 0 else (at_baseline - now) * 100 / room


def line(scale: Scale, criterion: Criterion, at_baseline: int | None) -> float | None:
    """The value on the scale at which a criterion is just met, for the line on a course chart."""
    if criterion.item is not None:
        return None
    if criterion.measure is Measure.AT_MOST:
        return criterion.cut_off
    if at_baseline is None:
        return None
    step = criterion.cut_off
    if criterion.measure in (Measure.PERCENT_FALL, Measure.PERCENT_RISE):
        step = (at_baseline - scale.floor) * criterion.cut_off / 100
    rises = criterion.measure in (Measure.PERCENT_RISE, Measure.POINTS_RISE)
    return at_baseline + step if rises else at_baseline - step


def describe(scale: Scale, criterion: Criterion) -> str:
    """The definition in words, with its cut-off, such as `PHQ9 of 4 or below`."""
    what = scale.id
    number = criterion.item or (scale.level_item if criterion.measure is not Measure.AT_MOST else None)
    if number is not None:
        what = f"{scale.id} {scale.items[number - 1].name or f'item {number}'}"
    cut = f"{criterion.cut_off:g}"
    return {
        Measure.PERCENT_FALL: f"{what} at least {cut} % below the course baseline",
        Measure.POINTS_FALL: f"{what} at least {cut} points below the course baseline",
        Measure.PERCENT_RISE: f"{what} at least {cut} % above the course baseline",
        Measure.POINTS_RISE: f"{what} at least {cut} points above the course baseline",
        Measure.AT_MOST: f"{what} of {cut} or below",
    }[criterion.measure]


def meets(scale: Scale, criterion: Criterion, at_baseline: Scored | None, now: Scored) -> tuple[bool | None, str]:
    """Whether a score meets a criterion, and if that cannot be said, why."""
    if criterion.measure is Measure.AT_MOST:
        value = _read(criterion, now)
        return (None, "not scored") if value is None else (value <= criterion.cut_off, "")
    if now.value is None:
        return None, "the assessment is not complete"
    if at_baseline is None or at_baseline.value is None:
        return None, "no completed score before the first dose"
    return _changed(scale, criterion, at_baseline.value, now.value)


def _read(criterion: Criterion, scored: Scored) -> int | None:
    if criterion.item is None:
        return scored.value
    return scored.answers[criterion.item - 1] if len(scored.answers) >= criterion.item else None


def _changed(scale: Scale, criterion: Criterion, before: int, now: int) -> tuple[bool | None, str]:
    fall, room = before - now, before - scale.floor
    if criterion.measure is Measure.POINTS_FALL:
        return fall >= criterion.cut_off, ""
    if criterion.measure is Measure.POINTS_RISE:
        return -fall >= criterion.cut_off, ""
    if room == 0:
        return None, "the baseline is the lowest value of the scale, so no percentage can be given"
    # Multiplied out, so that a fall of exactly the cut-off is met whatever the rounding of a quotient.
    signed = fall if criterion.measure is Measure.PERCENT_FALL else -fall
    return signed * 100 >= criterion.cut_off * room, ""


def judge(
    scale: Scale, defined: Definitions, scores: Sequence[Scored], first_dose_at: datetime | None
) -> CourseOutcome:
    """Where a course stands: the newest completed score since the first dose against the baseline.

    Nothing is filled in: without a completed score after the first dose every judgement is null.
    """
    start = baseline(scores, first_dose_at)
    since = sorted((s for s in scores if first_dose_at is not None and s.at >= first_dose_at), key=lambda s: s.at)
    completed = [scored for scored in since if scored.value is not None]
    current = completed[-1] if completed else None
    return CourseOutcome(
        scale_id=scale.id,
        baseline=start,
        current=current,
        percent_fall=_fall(scale, start, current),
        judgements=_judgements(scale, defined, start, completed),
        incomplete_since=tuple(s.at for s in since if s.value is None and (current is None or s.at > current.at)),
    )


def _fall(scale: Scale, start: Scored | None, current: Scored | None) -> float | None:
    if start is None or current is None or start.value is None or current.value is None:
        return None
    return percent_fall(scale, start.value, current.value)


def _judgements(
    scale: Scale, defined: Definitions, start: Scored | None, completed: Sequence[Scored]
) -> tuple[Judgement, ...]:
    now = completed[-1] if completed else None
    response = _judgement(scale, "response", defined.response, start, now)
    return (
        response,
        _partial(scale, defined.partial, response, start, now),
        _judgement(scale, "remission", defined.remission, start, now),
        _judgement(scale, "worsening", defined.worsening, start, now),
        _relapse(scale, defined, start, completed),
    )


def _judgement(
    scale: Scale, outcome: str, defined: Sourced[Criterion] | None, start: Scored | None, now: Scored | None
) -> Judgement:
    if defined is None:
        return Judgement(outcome, None, "", None, None, f"{scale.id}: no definition of {outcome} is known")
    met, reason = meets(scale, defined.value, start, now) if now else (None, "no completed score since the first dose")
    return Judgement(outcome, met, describe(scale, defined.value), defined.value.cut_off, defined, reason)


def _partial(
    scale: Scale, defined: Sourced[Criterion] | None, response: Judgement, start: Scored | None, now: Scored | None
) -> Judgement:
    """A partial response is one that is not a response."""
    judged = _judgement(scale, "partial", defined, start, now)
    if defined is None or judged.met is None:
        return judged
    text = f"{judged.definition}, and no response"
    return Judgement("partial", judged.met and not response.met, text, judged.cut_off, defined)


def _relapse(scale: Scale, defined: Definitions, start: Scored | None, completed: Sequence[Scored]) -> Judgement:
    if defined.relapse is None or defined.response is None:
        return Judgement("relapse", None, "", None, None, f"{scale.id}: no definition of relapse is known")
    needed = defined.relapse.value.consecutive
    text = (
        f"after a response ({describe(scale, defined.response.value)}), "
        f"{needed} completed scores one after the other without response"
    )
    known = _responses(scale, defined.response.value, start, completed)
    if not known:
        return Judgement("relapse", None, text, needed, defined.relapse, "response cannot be judged")
    if not any(met for _, met in known):
        return Judgement("relapse", False, text, needed, defined.relapse, "no response so far")
    return Judgement("relapse", _relapsed(known, needed) is not None, text, needed, defined.relapse)


def _responses(
    scale: Scale, response: Criterion, start: Scored | None, completed: Sequence[Scored]
) -> list[tuple[Scored, bool]]:
    """The completed scores of which it can be said whether they are a response."""
    found = ((scored, meets(scale, response, start, scored)[0]) for scored in completed)
    return [(scored, met) for scored, met in found if met is not None]


def _relapsed(known: Sequence[tuple[Scored, bool]], needed: int) -> Scored | None:
    """The score with which a relapse is complete: so many after a response, one after the other, without one."""
    missed, responded = 0, False
    for scored, met in known:
        responded, missed = responded or met, 0 if met or not responded else missed + 1
        if responded and missed == needed:
            return scored
    return None


@dataclass(frozen=True, slots=True)
class Reached:
    """The completed score that first showed each outcome; null where none did. What it showed may have come before."""

    response: Scored | None
    remission: Scored | None
    worsening: Scored | None
    relapse: Scored | None
    last: Scored | None
    """The newest completed score since the first dose: until then it is known."""


def reached(scale: Scale, defined: Definitions, scores: Sequence[Scored], first_dose_at: datetime) -> Reached:
    """When each outcome of a course was first seen, by the definitions by which `judge` judges where it stands."""
    start = baseline(scores, first_dose_at)
    completed = sorted((s for s in scores if s.value is not None and s.at >= first_dose_at), key=lambda s: s.at)

    def first(criterion: Sourced[Criterion] | None) -> Scored | None:
        if criterion is None:
            return None
        return next((scored for scored in completed if meets(scale, criterion.value, start, scored)[0]), None)

    relapse = None
    if defined.response is not None and defined.relapse is not None:
        known = _responses(scale, defined.response.value, start, completed)
        relapse = _relapsed(known, defined.relapse.value.consecutive)
    return Reached(
        response=first(defined.response),
        remission=first(defined.remission),
        worsening=first(defined.worsening),
        relapse=relapse,
        last=completed[-1] if completed else None,
    )


@dataclass(frozen=True, slots=True)
class Rate:
    """How many of those scored met an outcome, with the interval, and of how many eligible they were scored.

    `at_worst` and `at_best` are the proportions of all eligible if no, or every, unscored person had met it.
    """

    met: int
    scored: int
    eligible: int
    proportion: float | None
    low: float | None
    high: float | None
    at_worst: float | None
    at_best: float | None

    def __str__(self) -> str:
        """The rate as a page shows it.

        >>> str(rate(12, 31, 31))
        '12/31 eligible · 39 % (24–56)'
        """
        whole = self.scored == self.eligible
        count = f"{self.met}/{self.scored} " + ("eligible" if whole else f"scored, of {self.eligible} eligible")
        if self.proportion is None or self.low is None or self.high is None:
            return f"{count} · –"
        return f"{count} · {self.proportion * 100:.0f} % ({self.low * 100:.0f}–{self.high * 100:.0f})"


def rate(k: int, n: int, eligible: int, level: float = 0.95) -> Rate:
    """`k` of `n` scored, out of those eligible, with the Wilson score interval of the proportion `k / n`.

    Raises `BadInput` unless 0 <= k <= n <= eligible.
    """
    if not 0 <= k <= n <= eligible:
        raise BadInput(f"rate: 0 <= met <= scored <= eligible is needed, not {k}, {n}, {eligible}")
    low, high = _wilson(k, n, level) if n else (None, None)
    return Rate(
        met=k,
        scored=n,
        eligible=eligible,
        proportion=k / n if n else None,
        low=low,
        high=high,
        at_worst=k / eligible if eligible else None,
        at_best=(k + eligible - n) / eligible if eligible else None,
    )


def _wilson(k: int, n: int, level: float) -> tuple[float, float]:
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, weight = k / n, 1 + z * z / n
    centre = (share + z * z / (2 * n)) / weight
    half = z / weight * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    # At 0 of n and n of n the bound is exact; the formula leaves a rounding error there.
    return (0.0 if k == 0 else centre - half, 1.0 if k == n else centre + half)

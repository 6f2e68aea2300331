"""The course of mood of a run of the lab, made for the page: picture, sentences, results on plain days, and a file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.safestring import SafeString

from remit.pathway.mood import HeldAside, Missed
from remit.web.charts.lab_mood import PLACEBO, Course, mood_chart

QUANTITY, TITLE = "madrs_change", "Mood: change of the MADRS"
DRUG = "regimen"
"""The arm of a regimen in its document."""
STEPS = (
    ("From receptor block to plasticity", ("drive_half", "drive_steepness", "onset_half_time_h")),
    (
        "How long plasticity lasts",
        ("fast_half_life_d", "consolidation_per_d", "consolidation_half_doses", "slow_half_life_d"),
    ),
    ("From plasticity to the score", ("top_share",)),
    ("Course on placebo", ("placebo_points", "placebo_half_time_d")),
    ("Course on a new antidepressant", ("antidepressant_points", "antidepressant_time_d")),
    ("Course of the illness by itself", ("own_course_points", "own_course_time_d")),
    ("How people and ratings differ", ("responsiveness", "residual_points", "baseline_points")),
)
"""The links of the chain in order, with the values that each rests on."""
BEYOND = "extrapolation: "
_SUREST_FIRST = ("calibrated", "assumed", "hypothesis")
HEADER = (
    "regimen", "given", "quantity", "unit", "known_as", "time_h", "mean", "pi_low", "pi_high", "sd", "n", "replicates",
    "seed",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Known:
    """One regimen whose course is known."""

    letter: str
    name: str
    told: Mapping[str, Any]
    days: Sequence[float]
    """On which scores are read."""

    def rows(self, arm: str) -> list[Mapping[str, Any]]:
        """What is read of one of its arms, day by day."""
        return [row for row in self.told["arms"] if row["arm"] == arm]

    def on(self, arm: str, day: float) -> Mapping[str, Any]:
        """What is read of an arm on a day."""
        return self.rows(arm)[self.days.index(day)]

    def against(self, day: float) -> Mapping[str, Any]:
        """The difference from the comparator on a day."""
        found: Mapping[str, Any] = self.told["difference"][self.days.index(day)]
        return found

    @property
    def beyond(self) -> list[str]:
        """Where it goes beyond what was studied."""
        return [note.removeprefix(BEYOND) for note in self.told["notes"] if note.startswith(BEYOND)]


@dataclass(frozen=True, slots=True)
class Sentence:
    """What one sees of a regimen, in numbers."""

    falls: list[tuple[str, str, str]]
    """When, the change with the regimen, the change on placebo."""
    response: str
    response_placebo: str
    relapse: str
    """The median in days; empty where half do not relapse."""
    between: str


@dataclass(frozen=True, slots=True)
class MoodView:
    """What the page shows of mood."""

    quantity: str
    title: str
    drawn: SafeString | None
    absent: list[tuple[str, str]]
    """The letters of regimens without a course, with the reason."""
    known: list[Known]
    sentences: list[tuple[str, Sentence]]
    rows: list[dict[str, Any]]
    links: list[tuple[str, str]]
    surest: str
    """How far the least sure link is known."""
    told: Mapping[str, Any]
    """The trials of the first regimen that is known: what they have in common."""
    comparator: str
    notes: list[tuple[str, str]]
    new_antidepressant: bool
    aside: list[tuple[str, HeldAside | None, str]]
    """By letter: how the model does on results of trials that no fit saw, and in words those that it misses."""


def mood_view(
    mood: Mapping[str, Any],
    named: Sequence[tuple[str, str]],
    documents: Sequence[Mapping[str, Any]],
    aside: Sequence[HeldAside | None],
) -> MoodView:
    """The course of mood of the regimens, by letter."""
    held = list(zip(named, mood["regimens"], strict=True))
    known = [Known(letter, name, told, mood["at_d"]) for (letter, name), told in held if "none" not in told]
    told = known[0].told if known else {}
    links = _links(told, documents) if known else []
    comparator = mood["comparator"]
    return MoodView(
        quantity=QUANTITY,
        title=TITLE,
        drawn=_drawn(known, comparator, mood["at_d"]) if known else None,
        absent=[(letter, told["none"]) for (letter, _), told in held if "none" in told],
        known=known,
        sentences=[(one.letter, _sentence(one, comparator)) for one in known],
        rows=[row for day in _days(known) for row in _on(day, known, comparator)],
        links=links,
        surest=max((link for _, said in links for link in said.split(", ")), key=_SUREST_FIRST.index, default=""),
        told=told,
        comparator=mood["comparator_name"],
        notes=[
            (one.letter, note) for one in known for note in one.told["notes"] if note.startswith(("sessions", "mood"))
        ],
        new_antidepressant=_new(told) if known else False,
        aside=[
            (letter, one, "; ".join(map(missed, one.missed)) if one else "")
            for ((letter, _), told), one in zip(held, aside, strict=True)
            if "none" not in told
        ],
    )


def _links(told: Mapping[str, Any], documents: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    """Each step of the chain, and how far it is known; an antidepressant that nobody begins is no step."""
    block = {one["status"]["nmda_block"]["link"] for one in documents if "nmda_block" in one["status"]}
    steps = [(words, {told["status"][name]["link"] for name in names}) for words, names in STEPS]
    return [
        (words, ", ".join(sorted(links, key=_SUREST_FIRST.index)))
        for words, links in [("From the dose to receptor block", block), *steps]
        if _new(told) or "new antidepressant" not in words
    ]


def missed(one: Missed) -> str:
    """A result that the model does not hold, in words."""
    hours = one.at_h % 24 or one.at_h < 24
    at = f"after {one.at_h:g} h" if hours else "after a day" if one.at_h == 24 else f"on day {one.at_h / 24:g}"
    unit = "points" if one.quantity == "fall" else "%"
    more = " against placebo" if one.against else ""
    seen, said = f"{one.observed:g} {unit} were seen in {one.people} people", f"the model says {one.predicted:g}"
    return f"{one.quantity}{more} {at}: {seen}, {said}"


def _new(told: Mapping[str, Any]) -> bool:
    """Whether every arm begins a new antidepressant."""
    return any(arm["new_antidepressant"] for arm in told["regimens"])


def _days(known: Sequence[Known]) -> list[float]:
    return sorted({day for one in known for day in one.told["plain_d"]})


def _on(day: float, known: Sequence[Known], comparator: str) -> Iterator[dict[str, Any]]:
    """The rows of a day: the regimens, then the placebo course."""
    for one in known:
        if day in one.told["plain_d"]:
            yield {
                "letter": one.letter,
                "when": when(day),
                "after_last": last_day(one) > 0 and day == last_day(one) + 1,
                "beyond": bool(one.beyond),
                "cells": _cells(one.on(DRUG, day), one.against(day)),
            }
    yield {"letter": "", "when": when(day), "cells": _cells(known[0].on(comparator, day), None)}


def _cells(row: Mapping[str, Any], against: Mapping[str, Any] | None) -> list[tuple[str, str, str]]:
    change = row["madrs_change"]
    less = against["madrs_change"] if against else None
    return [
        ("Change, points", points(change["mean"]), _between(change["pi"], points)),
        ("Against placebo", points(less["mean"]) if less else "", _between(less["pi"], points) if less else ""),
        ("Response", share(row["response"]["estimate"]), _between(row["response"]["pi"], of_100)),
        ("Remission", share(row["remission"]["estimate"]), _between(row["remission"]["pi"], of_100)),
        ("People differ by (SD)", points(change["sd"]), ""),
    ]


def last_day(one: Known) -> float:
    """The day of the last session."""
    return float(one.told["regimens"][0]["session_days"][-1])


def when(day: float) -> str:
    """A day after the first dose, in words."""
    return "After a day" if day == 1 else f"Day {day:g}"


def points(value: float) -> str:
    """Points of a scale, with a sign where they fall."""
    return f"{value:.1f}".replace("-", "−")


def of_100(value: float) -> str:
    """A share as so many of a hundred."""
    return f"{value * 100:.0f}"


def share(value: float) -> str:
    """A share with its unit."""
    return f"{of_100(value)} %"


def _between(pi: Sequence[float] | None, words: Any) -> str:
    return f"{words(pi[0])} to {words(pi[1])}" if pi else ""


def _sentence(one: Known, comparator: str) -> Sentence:
    """What one sees of a regimen: after a day, after its last session, at the end, and how long it lasts."""
    days = one.told["plain_d"]
    end = last_day(one) + 1
    relapse = one.told["relapse_median_d"][DRUG]
    middle, pi = relapse["estimate"], relapse["pi"]
    return Sentence(
        falls=[
            (
                f"{'after a day' if day == 1 else f'on day {day:g}'}{_LAST if day == end != days[0] else ''}",
                points(one.on(DRUG, day)["madrs_change"]["mean"]),
                points(one.on(comparator, day)["madrs_change"]["mean"]),
            )
            for day in dict.fromkeys([days[0], end, days[-1]])
        ],
        response=of_100(one.on(DRUG, days[0])["response"]["estimate"]),
        response_placebo=of_100(one.on(comparator, days[0])["response"]["estimate"]),
        relapse=f"{middle:g}" if middle is not None else "",
        between=" to ".join("longer" if end is None else f"{end:g}" for end in pi) if pi else "",
    )


_LAST = ", a day after the last session,"


def _drawn(known: Sequence[Known], comparator: str, days: Sequence[float]) -> SafeString:
    arms = [_course(one.letter, days, one.rows(DRUG), one.told["regimens"][0]["session_days"]) for one in known]
    arms.append(_course(PLACEBO, days, known[0].rows(comparator), ()))
    words = ". ".join(
        f"{one.letter}: {points(min(one.mean))} points at the lowest, {points(one.mean[-1])} on day {one.days[-1]:g}"
        for one in arms
    )
    return mood_chart(TITLE, arms, words, f"lab-{QUANTITY}")


def _course(letter: str, days: Sequence[float], rows: Sequence[Mapping[str, Any]], sessions: Sequence[float]) -> Course:
    """An arm from the baseline on."""
    change = [row["madrs_change"] for row in rows]
    return Course(
        letter,
        (0.0, *days),
        (0.0, *(one["mean"] for one in change)),
        (0.0, *((one["pi"] or [one["mean"]])[0] for one in change)),
        (0.0, *((one["pi"] or [one["mean"]])[-1] for one in change)),
        sessions,
    )


def picture_lines(view: MoodView) -> list[str]:
    """What stands under the picture where it stands alone."""
    lines = [f"{one.letter} ({view.surest}): {one.name}" for one in view.known]
    lines += [f"{letter}: no course of mood: {reason}" for letter, reason in view.absent]
    lines += [f"{one.letter}: beyond the trials behind it: {words}" for one in view.known for words in one.beyond]
    told = view.told
    new = "; every arm begins a new oral antidepressant" if view.new_antidepressant else ""
    trials = f"{told['replicates']} virtual trials of {told['n']} people an arm, seed {told['seed']}{new}."
    lines += [f"{letter}: outside what the model says of trials: {words}" for letter, _, words in view.aside if words]
    return [*lines, f"placebo: {view.comparator}", trials, "Line: the mean; shade: where 95 of 100 trials lie."]


def mood_rows(view: MoodView, comparator: str) -> Iterator[tuple[Any, ...]]:
    """Every day as rows of a table, by regimen; the comparator once."""
    for one in view.known:
        yield from _table(view, one.letter, one.name, one.rows(DRUG))
        yield from _table(view, one.letter, f"{one.name} against {view.comparator}", one.told["difference"], "_less")
    if view.known:
        yield from _table(view, PLACEBO, view.comparator, view.known[0].rows(comparator))


def _table(
    view: MoodView, letter: str, name: str, rows: Sequence[Mapping[str, Any]], less: str = ""
) -> Iterator[tuple[Any, ...]]:
    trials = (view.told["n"], view.told["replicates"], view.told["seed"])
    for row in rows:
        for quantity, unit in (("madrs_change", "points"), ("response", "share"), ("remission", "share")):
            held = row[quantity]
            low, high = held["pi"] or (None, None)
            middle = held.get("mean", held.get("estimate"))
            yield (
                letter, name, f"{quantity}{less}", unit, view.surest, row["at_h"], middle, low, high, held.get("sd"),
                *trials,
            )  # fmt: skip

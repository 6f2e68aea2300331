"""What a clinic's own courses came to: rates out of how many eligible, what missing follow-up could hide, and times.

Response, remission, worsening and relapse are judged by `pathway.outcome`, with the definitions of the course's own
protocol; nothing is defined here a second time. Intervals of rates are Wilson's, which keep their level in the small
groups of one clinic, where Wald's fail and Clopper and Pearson's are wider than they say.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import NamedTuple

from remit.evidence.survival import Curve, Followed, kaplan_meier
from remit.pathway.outcome import Definitions, Rate, Reached, Scored, baseline, meets, rate, reached
from remit.pathway.scales import Scale
from remit.quantities import BadInput

RATED = ("response", "remission", "worsening")
"""The outcomes that a course has or has not in its follow-up."""
TIMED = (*RATED, "relapse")


class Quarter(NamedTuple):
    """A quarter of a year; nothing that leaves a clinic is dated more finely."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> Quarter:
        """The quarter in which a day lies."""
        return cls(day.year, (day.month + 2) // 3)

    @classmethod
    def read(cls, text: str) -> Quarter:
        """A quarter as it is written, such as `2026-Q3`. Raises `BadInput`."""
        year, mark, number = text.strip().upper().partition("-Q")
        if not (mark and len(year) == 4 and year.isascii() and year.isdigit() and number in ("1", "2", "3", "4")):
            raise BadInput(f"quarter: one such as 2026-Q3 is needed, not {text!r}")
        return cls(int(year), int(number))

    @property
    def after(self) -> Quarter:
        """The next quarter."""
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def last_day(self) -> date:
        """Its last day."""
        return date(self.after.year, 3 * self.after.number - 2, 1) - timedelta(days=1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"


@dataclass(frozen=True, slots=True)
class Window:
    """The planned follow-up visit: from which to which day after the first dose a score counts as the outcome."""

    from_day: int
    to_day: int

    def __post_init__(self) -> None:
        if not 0 <= self.from_day <= self.to_day:
            raise BadInput(f"follow-up: a span from day 0 on is needed, not {self.from_day} to {self.to_day}")


@dataclass(frozen=True, slots=True)
class TreatedCourse:
    """One course with a first dose: what was given for what, and every score that belongs to it."""

    id: str
    person: str
    molecule: str
    route: str
    indication: str
    """Empty where none was recorded."""
    scale: Scale
    defined: Definitions
    first_dose_at: datetime
    """In the clinic's zone."""
    scores: tuple[Scored, ...]
    """Before the first dose and after it, up to the next course of the same person."""


@dataclass(frozen=True, slots=True)
class Standing:
    """One course as it counts."""

    course: TreatedCourse
    due: bool
    """Its follow-up is over. A course that is not due is neither a success nor a failure nor missing."""
    start: Scored | None
    """The score before the first dose."""
    end: Scored | None
    """The newest completed score within the planned follow-up; null where none was given."""
    met: Mapping[str, bool | None]
    reached: Reached

    @property
    def quarter(self) -> Quarter:
        """The quarter of the first dose."""
        return Quarter.of(self.course.first_dose_at.date())

    @property
    def arm(self) -> Arm:
        """What was given for what."""
        return Arm(self.course.molecule, self.course.route, self.course.indication)

    @property
    def change(self) -> int | None:
        """Points from the baseline to the follow-up; below 0 is better on most scales."""
        if self.start is None or self.end is None or self.start.value is None or self.end.value is None:
            return None
        return self.end.value - self.start.value


class Arm(NamedTuple):
    """A modality for an indication; an empty word joins all."""

    molecule: str = ""
    route: str = ""
    indication: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeRate:
    """How often an outcome was met, and what those who were not scored could make of it."""

    outcome: str
    rate: Rate
    at_random: float | None
    """The share of all eligible if who was not scored fared like those scored of the same arm; null where an arm has
    nobody scored, so that nothing can be said of its people."""


@dataclass(frozen=True, slots=True)
class TimeTo:
    """From the first dose, for a relapse from the first response, to the score that first showed the outcome."""

    outcome: str
    curve: Curve


@dataclass(frozen=True, slots=True)
class Group:
    """People treated alike, or all of them. Each counts once, with the first course that fits."""

    arm: Arm
    treated: int
    waiting: int
    """Treated, but the follow-up is not over."""
    no_baseline: int
    """Follow-up over, without a score before the first dose."""
    no_follow_up: int
    """Follow-up over, with a baseline and without a completed score in it."""
    rates: tuple[OutcomeRate, ...]
    start: tuple[float, float | None] | None
    """Mean and standard deviation of the baseline of those whose change is known."""
    change: tuple[float, float | None] | None
    """The same of the change."""
    changed: int
    """How many have both scores."""
    times: tuple[TimeTo, ...]
    """When each outcome was first seen, of everybody treated."""

    @property
    def eligible(self) -> int:
        """Treated, and the follow-up is over."""
        return self.treated - self.waiting

    def rate(self, outcome: str) -> OutcomeRate:
        """The rate of this outcome."""
        return next(one for one in self.rates if one.outcome == outcome)


@dataclass(frozen=True, slots=True)
class QuarterPoint:
    """One quarter of the run chart."""

    quarter: Quarter
    rate: Rate


@dataclass(frozen=True, slots=True)
class RunChart:
    """A rate quarter by quarter of the first dose, with the median of the quarters in which anybody was scored.

    No signal is marked: no rule for one is in the knowledge with a source.
    """

    outcome: str
    points: tuple[QuarterPoint, ...]
    median: float | None


def standing(course: TreatedCourse, window: Window, asof: datetime) -> Standing:
    """How a course counts today."""
    first, scale = course.first_dose_at, course.scale
    opens, closes = first + timedelta(days=window.from_day), first + timedelta(days=window.to_day)
    start = baseline(course.scores, first)
    within = [one for one in course.scores if one.value is not None and opens <= one.at <= closes and one.at >= first]
    end = max(within, key=lambda one: one.at, default=None)
    definitions = {name: getattr(course.defined, name) for name in RATED}
    return Standing(
        course=course,
        due=closes < asof,
        start=start,
        end=end,
        met={
            name: None if end is None or found is None else meets(scale, found.value, start, end)[0]
            for name, found in definitions.items()
        },
        reached=reached(scale, course.defined, course.scores, first),
    )


def once_each(standings: Iterable[Standing], *, by_arm: bool) -> list[Standing]:
    """Each person once, with the first course: of each arm, or of all."""
    found: dict[tuple[str, Arm], Standing] = {}
    for one in sorted(standings, key=lambda one: (one.course.first_dose_at, one.course.id)):
        found.setdefault((one.course.person, one.arm if by_arm else Arm()), one)
    return list(found.values())


def groups(standings: Sequence[Standing]) -> list[Group]:
    """Everybody together, then each arm. Somebody treated in two arms is in both, and once in the whole."""
    arms: dict[Arm, list[Standing]] = {}
    for one in once_each(standings, by_arm=True):
        arms.setdefault(one.arm, []).append(one)
    each = [_group(arm, arms[arm]) for arm in sorted(arms)]
    return [_group(Arm(), once_each(standings, by_arm=False)), *each]


def _group(arm: Arm, held: Sequence[Standing]) -> Group:
    due = [one for one in held if one.due]
    changes = [(one.start.value, one.change) for one in due if one.start and one.change is not None]
    return Group(
        arm=arm,
        treated=len(held),
        waiting=len(held) - len(due),
        no_baseline=sum(one.start is None for one in due),
        no_follow_up=sum(one.start is not None and one.end is None for one in due),
        rates=tuple(_rate(outcome, due) for outcome in RATED),
        start=_spread([start for start, _ in changes if start is not None]),
        change=_spread([change for _, change in changes]),
        changed=len(changes),
        times=tuple(_times(held)),
    )


def _rate(outcome: str, due: Sequence[Standing]) -> OutcomeRate:
    return OutcomeRate(outcome, rate_of(outcome, due), _at_random(outcome, due))


def rate_of(outcome: str, due: Sequence[Standing]) -> Rate:
    """How many met it, of those of whom it can be said, of all these."""
    known = [one.met[outcome] for one in due if one.met[outcome] is not None]
    return rate(sum(map(bool, known)), len(known), len(due))


def _at_random(outcome: str, due: Sequence[Standing]) -> float | None:
    arms: dict[Arm, list[Standing]] = {}
    for one in due:
        arms.setdefault(one.arm, []).append(one)
    rates = [rate_of(outcome, held) for held in arms.values()]
    if not rates or any(one.proportion is None for one in rates):
        return None
    return sum((one.proportion or 0.0) * one.eligible for one in rates) / len(due)


def _spread(values: Sequence[float]) -> tuple[float, float | None] | None:
    if not values:
        return None
    return statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None


def run_chart(standings: Sequence[Standing], outcome: str) -> RunChart:
    """The rate by the quarter of the first dose, from the first quarter with anybody due to the last."""
    due = [one for one in once_each(standings, by_arm=False) if one.due]
    if not due:
        return RunChart(outcome, (), None)
    quarter, last = min(one.quarter for one in due), max(one.quarter for one in due)
    points = []
    while quarter <= last:
        points.append(QuarterPoint(quarter, rate_of(outcome, [one for one in due if one.quarter == quarter])))
        quarter = quarter.after
    known = [point.rate.proportion for point in points if point.rate.proportion is not None]
    return RunChart(outcome, tuple(points), statistics.median(known) if known else None)


def times_to(standings: Sequence[Standing]) -> list[TimeTo]:
    """When each outcome was first seen; who was not seen to have it is followed up to the last completed score."""
    return _times(once_each(standings, by_arm=False))


def _times(held: Sequence[Standing]) -> list[TimeTo]:
    return [TimeTo(outcome, kaplan_meier(filter(None, (_followed(one, outcome) for one in held)))) for outcome in TIMED]


def _followed(one: Standing, outcome: str) -> Followed | None:
    """How long this person was followed for this outcome; null for whom nothing can be said."""
    seen, last = one.reached, one.reached.last
    since = one.course.first_dose_at
    if outcome == "relapse":
        if seen.response is None:
            return None
        since = seen.response.at
    elif not _can_be_said(one, outcome):
        return None
    event = getattr(seen, outcome)
    end = event or last
    return None if end is None else Followed(math.floor((end.at - since) / timedelta(days=1)), event is not None)


def _can_be_said(one: Standing, outcome: str) -> bool:
    """False without a definition, without a score since the first dose, and without a baseline that is needed."""
    found, last = getattr(one.course.defined, outcome), one.reached.last
    if found is None or last is None:
        return False
    return meets(one.course.scale, found.value, one.start, last)[0] is not None

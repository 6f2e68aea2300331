"""How long something lasts when not everybody was followed to the end: the product-limit estimate of Kaplan and Meier.

In plain Python, because the number at risk at each step has to be shown and no curve here has more than a clinic's
people; the estimates are tested against SciPy's.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from statistics import NormalDist

from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Followed:
    """One person: how many days were seen, and whether the event ended them. Else the person was lost to sight."""

    days: float
    event: bool


@dataclass(frozen=True, slots=True)
class Step:
    """What is estimated from this day on, out of how many still followed when it came."""

    day: float
    at_risk: int
    events: int
    share: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Curve:
    """The share without the event over the days."""

    people: int
    events: int
    steps: tuple[Step, ...]
    """One for each day with an event."""
    lost: tuple[float, ...]
    """The days on which people were lost to sight without the event, in order."""
    last: float
    """The last day on which anybody was followed."""
    level: float

    @property
    def median(self) -> float | None:
        """The day by which half had the event; null where more than half were still without it."""
        return self._first(lambda step: step.share)

    @property
    def median_interval(self) -> tuple[float | None, float | None]:
        """The days at which the interval of the curve crosses a half; null where it does not."""
        return self._first(lambda step: step.low), self._first(lambda step: step.high)

    def at(self, day: float) -> Step | None:
        """The step that holds on this day; null before the first event."""
        held = [step for step in self.steps if step.day <= day]
        return held[-1] if held else None

    def at_risk(self, day: float) -> int:
        """How many were followed up to this day without the event."""
        gone = sum(step.events for step in self.steps if step.day < day) + sum(seen < day for seen in self.lost)
        return self.people - gone

    def _first(self, end: Callable[[Step], float]) -> float | None:
        return next((step.day for step in self.steps if end(step) <= 0.5), None)


def kaplan_meier(followed: Iterable[Followed], level: float = 0.95) -> Curve:
    """The curve, with the interval on the log-log scale by Greenwood's variance. Raises `BadInput` for days below 0.

    Who is lost on a day on which others have the event was still at risk on that day.
    """
    held = sorted(followed, key=lambda one: one.days)
    for one in held:
        if not (math.isfinite(one.days) and one.days >= 0):
            raise BadInput(f"days: 0 or more is needed, not {one.days}")
    return Curve(
        people=len(held),
        events=sum(one.event for one in held),
        steps=tuple(_steps(held, level)),
        lost=tuple(one.days for one in held if not one.event),
        last=held[-1].days if held else 0.0,
        level=level,
    )


def _steps(held: Sequence[Followed], level: float) -> Iterable[Step]:
    z = NormalDist().inv_cdf((1 + level) / 2)
    share, spread, at_risk = 1.0, 0.0, len(held)
    events, everybody = Counter(one.days for one in held if one.event), Counter(one.days for one in held)
    for day in sorted(everybody):
        if n := events[day]:
            share *= 1 - n / at_risk
            spread += n / (at_risk * (at_risk - n)) if n < at_risk else math.inf
            yield Step(day, at_risk, n, share, *_interval(share, spread, z))
        at_risk -= everybody[day]


def _interval(share: float, spread: float, z: float) -> tuple[float, float]:
    """Where nobody is left without the event the variance is not defined: nothing is known of the upper end."""
    if not 0 < share < 1:
        return 0.0, 1.0
    reach = z * math.sqrt(spread) / abs(math.log(share))
    return share ** math.exp(reach), share ** math.exp(-reach)

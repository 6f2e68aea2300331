"""Who of a block of virtual patients sits in the chair on which day: the rules of the pathway, applied to many at once.

The next session, what a missed one means and the interval of maintenance are asked of `remit.pathway`, as at the chair;
patients with the same history share one answer. Days are counted from the first session.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from remit.engine.endpoints import Met
from remit.engine.mood import Draws
from remit.engine.people import Array
from remit.pathway.course import CoursePlan, missed_session, next_session, reviews_due
from remit.pathway.maintenance import intervals, suggest_interval
from remit.pathway.protocol import Phase
from remit.pathway.trial_conduct import Attendance

Counts = NDArray[np.int64]
_History = tuple[int, int, int, bool]
"""Sessions held, the day of the last, the interval of maintenance (0: none yet), and whether the effect holds."""


def series_length(course: CoursePlan) -> int:
    """How many sessions the series has, before whatever follows it."""
    return sum(one.phase is Phase.INDUCTION for one in course.sessions)


def reviewed_at_end(course: CoursePlan) -> bool:
    """Whether sessions follow the series, and the protocol asks for a review before they do."""
    end = series_length(course)
    return end < len(course.sessions) and bool(reviews_due(course, end))


@dataclass(slots=True)
class Presence:
    """Who is still in the trial, and who is scored on a day: every array has shape (patients,)."""

    draws: Draws
    missed: float
    pressure: float
    leaves: Array

    @classmethod
    def of(cls, draws: Draws, held: Attendance, *, drug: bool) -> Presence:
        """These patients; each leaves on a day of his own, or never."""
        share = (held.leave_with_drug if drug else held.leave_without).value
        if not share or not draws.vary:
            return cls(draws, held.missed.value, held.held_for_pressure.value, np.full(draws.count, np.inf))
        rate = -np.log1p(-share) / held.per_days
        leaves = -np.log(draws.share("leaves")) / rate
        return cls(draws, held.missed.value, held.held_for_pressure.value, leaves)

    def scored(self, day: float) -> Met:
        """Who is scored on a day: a visit is missed as often as a session."""
        return np.asarray((self.leaves > day) & self.comes(f"scored {day:.6f}"))

    def comes(self, what: str) -> Met:
        """Who does not miss this one."""
        return self._spared(what, self.missed)

    def may(self, what: str) -> Met:
        """Whose pressure before the dose lets the session begin."""
        return self._spared(what, self.pressure)

    def _spared(self, what: str, share: float) -> Met:
        if not share or not self.draws.vary:
            return np.ones(self.draws.count, bool)
        return np.asarray(self.draws.share(what) >= share)


@dataclass(slots=True)
class Chair:
    """The sessions of a block of patients, as each one's history moves them: every array has shape (patients,)."""

    course: CoursePlan
    presence: Presence
    made_up_after: int
    due: Array
    held: Counts
    last: Counts
    interval: Counts
    stopped: Met
    put_off: Counts
    """How many sessions the pressure before them put off."""
    _known: dict[_History, tuple[float, int]] = field(default_factory=dict)

    @classmethod
    def of(cls, course: CoursePlan, presence: Presence, rules: Attendance) -> Chair:
        """Before the first session."""
        count = presence.draws.count
        empty = np.zeros(count, np.int64)
        return cls(course, presence, rules.made_up_after_days.value, np.zeros(count), empty, empty.copy(),
                   empty.copy(), np.zeros(count, bool), empty.copy())  # fmt: skip

    def next(self) -> float:
        """The first day on which anybody is expected."""
        return float(self.due.min())

    def come(self, day: float, responds: Met) -> Met:
        """Who is given a session on this day; everybody's next day follows from it."""
        expected = self.due == day
        self.due[expected & (self.presence.leaves <= day)] = np.inf
        self._stop(expected, responds)
        expected &= np.isfinite(self.due)
        comes = expected & self.presence.comes(f"session {day:g}")
        given = comes & self.presence.may(f"pressure {day:g}")
        self.put_off[comes & ~given] += 1
        self.held[given] += 1
        self.last[given] = int(day)
        self._book(given, responds, self._after)
        self._book(expected & ~given, responds, lambda one: (self._made_up(one, int(day)), one[2]))
        return np.asarray(given)

    def _stop(self, expected: Met, responds: Met) -> None:
        """Whoever has no response when the series is reviewed at its end gets no more."""
        if reviewed_at_end(self.course):
            ends = expected & (self.held == series_length(self.course)) & ~responds & np.isfinite(self.due)
            self.stopped |= ends
            self.due[ends] = np.inf

    def _book(self, who: Met, responds: Met, rule: Callable[[_History], tuple[float, int]]) -> None:
        if not who.any():
            return
        rows = np.stack([self.held, self.last, self.interval, responds.astype(np.int64)], axis=1)[who]
        alike, place = np.unique(rows, axis=0, return_inverse=True)
        booked = [rule((int(n), int(last), int(gap), bool(holds))) for n, last, gap, holds in alike]
        place = place.reshape(-1)
        self.due[who] = np.array([day for day, _ in booked])[place]
        self.interval[who] = np.array([gap for _, gap in booked], np.int64)[place]

    def _after(self, one: _History) -> tuple[float, int]:
        """The next session after one that was held."""
        if one not in self._known:
            self._known[one] = self._next(one)
        return self._known[one]

    def _next(self, one: _History) -> tuple[float, int]:
        n, last, gap, holds = one
        if n >= len(self.course.sessions):
            return np.inf, gap
        if self._by_interval(n):
            advice = suggest_interval(self.course.protocol, gap or None, holds)
            gap = advice.days or gap
            return self._within(last + gap), gap
        found = next_session(self.course, self._dates(n, last))
        return (np.inf if found is None else self._day(found.date)), gap

    def _made_up(self, one: _History, missed_on: int) -> float:
        """The next session after one that was missed."""
        n, last, _, _ = one
        today = missed_on + self.made_up_after
        if self._by_interval(n):
            return self._within(today)
        found = missed_session(self.course, self._dates(n, last), self._date(today)).next
        return np.inf if found is None else max(self._day(found.date), float(today))

    def _by_interval(self, n: int) -> bool:
        planned = self.course.sessions[n]
        return planned.phase is Phase.MAINTENANCE and bool(intervals(self.course.protocol))

    def _within(self, day: int) -> float:
        return float(day) if day <= self._day(self.course.sessions[-1].date) else np.inf

    def _dates(self, n: int, last: int) -> list[date]:
        return [self._date(last)] * n

    def _date(self, day: int) -> date:
        return self.course.start + timedelta(days=day)

    def _day(self, at: date) -> float:
        return float((at - self.course.start).days)

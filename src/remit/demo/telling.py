"""How the synthetic clinic comes to have a past: stories run side by side, in the order of time, up to now.

A story is a generator that yields the moment at which it goes on. Whatever lies after now has not happened yet, so a
course under way is told by the same lines as one that is over, and a session under way simply stops in the middle.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from heapq import heappop, heappush
from zoneinfo import ZoneInfo

from remit.acts.actors import Actor
from remit.acts.clock import telling
from remit.acts.core import setting_up

SET_UP = "demo_set_up"
"""The act under which the trail keeps what a story stores."""
AFTERNOON = 13
_HALF_HOUR = timedelta(minutes=30)

Story = Iterator[datetime]


def afternoon_zone(now: datetime) -> str:
    """A zone in which it is about one in the afternoon: the demo opens amid a working day, whenever it is started.

    >>> afternoon_zone(datetime(2026, 11, 21, 2, 10, tzinfo=UTC))
    'Etc/GMT-11'
    >>> afternoon_zone(datetime(2026, 11, 21, 18, tzinfo=UTC))
    'Etc/GMT+5'
    """
    ahead = AFTERNOON - (now.astimezone(UTC) + _HALF_HOUR).hour
    # These names count the other way round: Etc/GMT+5 is five hours behind Greenwich.
    return f"Etc/GMT{-ahead:+d}"


@dataclass(frozen=True, slots=True)
class Days:
    """The days around today, where the clinic is."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        """Today, where the clinic is."""
        return self.now.astimezone(self.zone).date()

    def day(self, after: int) -> date:
        """So many days after today; before it with a minus."""
        return self.today + timedelta(days=after)

    def at(self, after: int, clock: str) -> datetime:
        """A time of such a day, such as `08:15`."""
        return datetime.combine(self.day(after), time.fromisoformat(clock), self.zone)

    def minutes_ago(self, minutes: float) -> datetime:
        """So many minutes before now."""
        return self.now - timedelta(minutes=minutes)

    def over(self, at: datetime) -> bool:
        """True for a moment on an earlier day."""
        return at.astimezone(self.zone).date() < self.today


@dataclass(slots=True)
class Teller:
    """Runs stories side by side. What lies before today is stored as one, and today's by the minute."""

    actor: Actor
    days: Days
    time: datetime = field(init=False)
    _queue: list[tuple[datetime, int, Story]] = field(default_factory=list)

    def tell(self, stories: Iterable[Story]) -> None:
        """Run each story up to now."""
        with telling(lambda: self.time):
            for place, story in enumerate(stories):
                self._go_on(place, story)
            while self._queue:
                self._tell_together(self._block(self._queue[0][0]))

    def _tell_together(self, block: datetime | None) -> None:
        self.time = self._queue[0][0]
        with setting_up(self.actor, SET_UP):
            while self._queue and self._block(self._queue[0][0]) == block:
                self.time, place, story = heappop(self._queue)
                self._go_on(place, story)

    def _block(self, at: datetime) -> datetime | None:
        return None if self.days.over(at) else at

    def _go_on(self, place: int, story: Story) -> None:
        at = next(story, None)
        if at is not None and at <= self.days.now:
            heappush(self._queue, (at, place, story))

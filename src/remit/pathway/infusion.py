"""One infusion: when it started, paused and ended, when it will end, and how much of it is in."""

from __future__ import annotations

from bisect import insort
from datetime import datetime, timedelta

from remit.pathway.entries import DoseEnd, DosePause, DoseResume, DoseStart, DoseStop
from remit.quantities import Minutes

Mark = DosePause | DoseResume | DoseEnd | DoseStop


class Infusion:
    """An infusion and what was done to it, in the order of the times."""

    __slots__ = ("duration", "entry", "marks", "started")

    def __init__(self, started: datetime, entry: DoseStart, duration: Minutes | None) -> None:
        self.started = started
        self.entry = entry
        self.duration = timedelta(minutes=duration.value) if duration else None
        self.marks: list[tuple[datetime, int, Mark]] = []

    def mark(self, index: int, entry: Mark) -> None:
        """Note a pause, its end, or the end of the infusion."""
        insort(self.marks, (entry.occurred, index, entry))

    @property
    def last(self) -> tuple[datetime, int, Mark] | None:
        """What ended the infusion, else the latest thing that was done to it."""
        over = next((held for held in self.marks if isinstance(held[2], DoseEnd | DoseStop)), None)
        return over or (self.marks[-1] if self.marks else None)

    @property
    def ended(self) -> tuple[datetime, int, Mark] | None:
        """The end or the stop; null while it runs."""
        return self.last if self.last and isinstance(self.last[2], DoseEnd | DoseStop) else None

    @property
    def paused(self) -> bool:
        """True while it is paused."""
        return self.last is not None and isinstance(self.last[2], DosePause)

    @property
    def stopped(self) -> bool:
        """True where it ended early."""
        return self.last is not None and isinstance(self.last[2], DoseStop)

    def paused_for(self, until: datetime) -> timedelta:
        """How long it stood still, up to a time."""
        total, since = timedelta(), None
        for at, _, entry in self.marks:
            if at > until:
                break
            if isinstance(entry, DosePause):
                since = since or at
            elif since is not None:
                total, since = total + (at - since), None
        return total + (max(until - since, timedelta()) if since is not None else timedelta())

    def paused_at(self, time: datetime) -> bool:
        """True where it stood still at that time."""
        done = [entry for at, _, entry in self.marks if at <= time]
        return bool(done) and isinstance(done[-1], DosePause)

    def end(self, asof: datetime) -> datetime | None:
        """When it ended, or is planned to end; null where no duration is known."""
        if self.ended:
            return self.ended[0]
        return None if self.duration is None else self.started + self.duration + self.paused_for(asof)

    def given(self, asof: datetime) -> float | None:
        """The milligrams that are in: as recorded, else in proportion to the time it ran; null where nothing says."""
        over = self.ended
        if over and isinstance(over[2], DoseEnd):
            return self.entry.mg
        if over and isinstance(over[2], DoseStop) and over[2].given_mg is not None:
            return over[2].given_mg
        if not self.duration:
            return None
        until = over[0] if over else asof
        ran = until - self.started - self.paused_for(until)
        return self.entry.mg * min(max(ran / self.duration, 0.0), 1.0)

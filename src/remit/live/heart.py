"""The pulse of a clinic in this process: the database is asked once a second, however many pages follow.

async with listening(clinic_id, session_id) as ear:
    heard = await ear.hear(5.0)
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from time import monotonic
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary
from zoneinfo import ZoneInfo

from anyio.to_thread import run_sync
from django.db import close_old_connections

from remit.acts import pulse
from remit.acts.clock import now
from remit.acts.pulse import Marks

log = logging.getLogger(__name__)

EVERY_S = 1.0
"""How often the database is asked what was entered."""
BEATS_A_LOOK = 5
"""So many beats apart the sessions under way are looked at for what the clock alone brings about."""
FRESH_S = 5.0
"""A page is live as long as the database has answered within this time."""


@dataclass(eq=False, slots=True)
class Ear:
    """One open page: it hears when its session, or without one anything of the clinic's day, has changed."""

    heart: Heart
    session_id: UUID | None
    marks: tuple[Any, Any] | None = None
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    by_clock: bool = False
    """True where the last change came from the clock, and not from an entry."""

    @property
    def last_seq(self) -> int | None:
        """The place of the last entry of its session."""
        mark = self.heart.entered.get(self.session_id) if self.session_id else None
        return mark[0] if mark else None

    async def hear(self, within_s: float) -> bool:
        """Wait at most so long; true when something has changed."""
        try:
            await asyncio.wait_for(self.changed.wait(), within_s)
        except TimeoutError:
            return False
        self.changed.clear()
        return True

    def compare(self) -> None:
        """Notice a change after a beat. The first beat is one: the page was drawn before anybody listened for it."""
        marks = self.heart.marks_of(self.session_id)
        if marks != self.marks:
            self.by_clock = self.marks is not None and marks[0] == self.marks[0]
            self.changed.set()
        self.marks = marks


@dataclass(eq=False, slots=True)
class Heart:
    """What is known of one clinic, for all who listen."""

    clinic_id: UUID
    ears: set[Ear] = field(default_factory=set)
    entered: Marks = field(default_factory=dict)
    elapsed: Marks = field(default_factory=dict)
    zone: ZoneInfo | None = None
    beat_at: float = 0.0
    task: asyncio.Task[None] | None = None
    _beats: int = 0

    @property
    def fresh(self) -> bool:
        """True where the database has answered a moment ago."""
        return monotonic() - self.beat_at < FRESH_S

    @property
    def clock(self) -> str:
        """The clinic's time, which the page shows when it is no longer live."""
        return f"{now().astimezone(self.zone):%H:%M}"

    def marks_of(self, session_id: UUID | None) -> tuple[Any, Any]:
        """What is known of one session, or of all."""
        if session_id is None:
            return self.entered, self.elapsed
        return self.entered.get(session_id), self.elapsed.get(session_id)

    async def run(self) -> None:
        """Beat as long as anybody listens."""
        while self.ears:
            try:
                await run_sync(self._ask, now())
                self.beat_at = monotonic()
                for ear in self.ears:
                    ear.compare()
            except Exception:
                # Nobody is told that all is well: the pages say that they are not live until a beat succeeds.
                log.exception("live: clinic %s cannot be followed", self.clinic_id)
            await asyncio.sleep(EVERY_S)

    def _ask(self, asof: datetime) -> None:
        try:
            self.zone = self.zone or pulse.zone_of(self.clinic_id)
            also = {ear.session_id for ear in tuple(self.ears) if ear.session_id is not None}
            entered = pulse.entered(self.clinic_id, self.zone, asof, also)
            if entered != self.entered or self._beats % BEATS_A_LOOK == 0:
                self.elapsed = pulse.elapsed(self.clinic_id, asof)
            self.entered = entered
            self._beats += 1
        finally:
            close_old_connections()


_hearts: WeakKeyDictionary[asyncio.AbstractEventLoop, dict[UUID, Heart]] = WeakKeyDictionary()


@asynccontextmanager
async def listening(clinic_id: UUID, session_id: UUID | None = None) -> AsyncIterator[Ear]:
    """Follow a clinic's day, or one of its sessions, as long as the block lasts."""
    hearts = _hearts.setdefault(asyncio.get_running_loop(), {})
    heart = hearts.setdefault(clinic_id, Heart(clinic_id))
    ear = Ear(heart, session_id)
    heart.ears.add(ear)
    if heart.task is None:
        heart.task = asyncio.create_task(heart.run())
    try:
        yield ear
    finally:
        heart.ears.discard(ear)
        if not heart.ears:
            hearts.pop(clinic_id, None)
            heart.task.cancel()

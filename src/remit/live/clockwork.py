"""The clockwork's beat: in the one process whose turn it is, every few seconds, as long as the application lives."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any

from anyio.to_thread import run_sync
from django.db import close_old_connections

from remit.acts import alarm_watch, clockwork, clockwork_turn
from remit.acts.actors import Actor
from remit.acts.clock import now

log = logging.getLogger(__name__)

EVERY_S = 10.0
"""How often the clockwork looks; what it does when is set by each clinic."""

STEPS: list[tuple[str, Callable[[Actor, datetime], Any]]] = [
    # Alarms first: whoever must be told of a new one is told in the same beat.
    ("alarms", alarm_watch.watch_alarms),
    ("follow-up", clockwork.run_clockwork),
]
"""What runs at each beat, in each clinic: a name for the log, and a function of the system's actor and the time.

A step that fails is logged and does not keep the others from running.
"""


def beat(holder: str) -> bool:
    """Run every step once in every clinic, if it is this process's turn; true when it was."""
    try:
        if not clockwork_turn.take(holder, now()):
            return False
        for clinic_id in clockwork.clinics():
            _run_steps(Actor.system(clinic_id))
        return True
    finally:
        close_old_connections()


def _run_steps(actor: Actor) -> None:
    for name, step in STEPS:
        try:
            step(actor, now())
        except Exception:
            log.exception("clockwork: %s failed in clinic %s", name, actor.clinic_id)


@asynccontextmanager
async def running(_: object = None) -> AsyncIterator[None]:
    """Run the clockwork while the application lives (its lifespan); a beat under way is finished before it stops."""
    holder, stop = secrets.token_hex(16), asyncio.Event()
    task = asyncio.create_task(_beat_until(stop, holder))
    try:
        yield
    finally:
        stop.set()
        await task
        await run_sync(_leave, holder)


async def _beat_until(stop: asyncio.Event, holder: str) -> None:
    while not stop.is_set():
        try:
            await run_sync(beat, holder)
        except Exception:
            log.exception("clockwork: the beat failed; the next one comes in %s s", EVERY_S)
        with suppress(TimeoutError):
            await asyncio.wait_for(stop.wait(), EVERY_S)


def _leave(holder: str) -> None:
    try:
        clockwork_turn.give_back(holder, now())
    finally:
        close_old_connections()

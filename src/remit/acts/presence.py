"""Whether somebody is at a signed-in screen: the idle lock, as marks in the session that pages and streams share."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from datetime import UTC, datetime
from typing import Any

from remit.acts import signin
from remit.acts.clock import now
from remit.acts.signin import Standing

CLINIC, TOUCHED, LOCKED_SINCE = "clinic", "touched", "locked_since"
_TOUCH_EVERY_S = 15
"""A session is written at most this often only to say that somebody is there."""


def is_locked(session: Mapping[str, Any], standing: Standing) -> bool:
    """True where the screen was locked, or nobody touched it for as long as the clinic says."""
    return LOCKED_SINCE in session or is_idle(session, standing)


def is_idle(session: Mapping[str, Any], standing: Standing) -> bool:
    """True where nobody touched the screen for as long as the clinic says."""
    touched = session.get(TOUCHED)
    return touched is not None and now().timestamp() - touched >= standing.idle_minutes * 60


def touch(session: MutableMapping[str, Any]) -> None:
    """Somebody is there."""
    moment = now().timestamp()
    if moment - session.get(TOUCHED, 0) >= _TOUCH_EVERY_S:
        session[TOUCHED] = moment


def lock(session: MutableMapping[str, Any], standing: Standing, address: str, *, idle: bool) -> None:
    """Lock the screen from now on."""
    session[LOCKED_SINCE] = now().timestamp()
    signin.screen_locked(standing.actor, address, idle=idle)


def unlock(session: MutableMapping[str, Any], standing: Standing, address: str) -> None:
    """Open the screen again."""
    session.pop(LOCKED_SINCE, None)
    session[TOUCHED] = now().timestamp()
    signin.screen_unlocked(standing.actor, address)


def locked_since(session: Mapping[str, Any]) -> datetime | None:
    """When the screen was locked."""
    held = session.get(LOCKED_SINCE)
    return datetime.fromtimestamp(held, UTC) if held else None

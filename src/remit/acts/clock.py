"""What time it is, for whoever starts an act: the one place outside tests that reads the clock."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time
"""Replaced by tests that travel in time; no setting and no variable of the environment reaches it."""


def now() -> datetime:
    """The present moment in UTC."""
    return _source()

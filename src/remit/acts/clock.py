"""What time it is, for whoever starts an act: the one place outside tests that reads the clock."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime


def _system_time() -> datetime:
    return datetime.now(UTC)


_source: Callable[[], datetime] = _system_time
"""Replaced by tests that travel in time; no setting and no variable of the environment reaches it."""

_story: ContextVar[Callable[[], datetime] | None] = ContextVar("story", default=None)


def now() -> datetime:
    """The present moment in UTC."""
    return (_story.get() or _source)()


@contextmanager
def telling(time_of_story: Callable[[], datetime]) -> Iterator[None]:
    """Let the acts of this thread see a story's time: only the demo tells one, that of its synthetic clinic."""
    token = _story.set(time_of_story)
    try:
        yield
    finally:
        _story.reset(token)

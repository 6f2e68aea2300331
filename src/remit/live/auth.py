"""Who listens to a stream: the session of the pages, looked at again while the stream is open.

@streams("show_board")
async def board(request: Request, visitor: Visitor) -> Response:
    return events(visitor, frames(visitor.actor))
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from functools import wraps
from importlib import import_module
from time import monotonic
from types import SimpleNamespace
from typing import Any

from anyio.to_thread import run_sync
from django.conf import settings
from django.contrib.auth import get_user
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from remit.acts import presence, signin
from remit.acts.actors import Actor
from remit.acts.core import ACTS

LOCKED = 423
RECHECK_S = 10.0
"""A stream ends at the latest this long after a sign-out, a lock or a change of roles."""

Endpoint = Callable[[Request], Awaitable[Response]]
Stream = Callable[[Request, "Visitor"], Awaitable[Response]]


@dataclass(slots=True)
class Visitor:
    """Somebody who listens, as last seen, and the acts of which one must stay allowed."""

    cookie: str
    actor: Actor
    acts: tuple[str, ...]
    seen_at: float

    async def may_stay(self) -> bool:
        """False once the session ended, was locked, or the clinic or role no longer allows it."""
        if monotonic() - self.seen_at < RECHECK_S:
            return True
        self.seen_at = monotonic()
        found = await run_sync(_look_aside, self.cookie, self.acts)
        return isinstance(found, Actor) and found == self.actor


def look(cookie: str, acts: tuple[str, ...]) -> Actor | int:
    """Who holds this session cookie, if they may do one of these acts now; else the status that says why not."""
    store = import_module(settings.SESSION_ENGINE).SessionStore(cookie)
    # The same check as on a page: a changed password or a deactivated account ends the session.
    account = get_user(SimpleNamespace(session=store))  # type: ignore[arg-type]
    standing = signin.standing(account, store.get(presence.CLINIC)) if account.is_authenticated else None
    if standing is None:
        return 401
    if presence.is_locked(store, standing):
        return LOCKED
    return standing.actor if any(ACTS[name].allows(standing.actor) for name in acts) else 403


def _look_aside(cookie: str, acts: tuple[str, ...]) -> Actor | int:
    """The same in a thread of its own, which keeps no connection to the database."""
    try:
        return look(cookie, acts)
    finally:
        close_old_connections()


def streams(*acts: str) -> Callable[[Stream], Endpoint]:
    """Only for people who may do one of these acts. The authorisation matrix reads the rule from the endpoint."""

    def decorate(endpoint: Stream) -> Endpoint:
        @wraps(endpoint)
        async def guarded(request: Request) -> Response:
            cookie = request.cookies.get(settings.SESSION_COOKIE_NAME, "")
            found = await run_sync(_look_aside, cookie, acts)
            if not isinstance(found, Actor):
                return Response(status_code=found)
            return await endpoint(request, Visitor(cookie, found, acts, monotonic()))

        vars(guarded)["rule"] = acts
        return guarded

    return decorate


def events(visitor: Visitor, frames: AsyncIterator[str]) -> StreamingResponse:
    """An event stream of these frames, which ends when the visitor may no longer listen.

    `frames` must yield often enough (an empty text as a heartbeat) for the check to run.
    """
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no", "X-Content-Type-Options": "nosniff"}
    return StreamingResponse(_watched(visitor, frames), media_type="text/event-stream", headers=headers)


async def _watched(visitor: Visitor, frames: AsyncIterator[str]) -> AsyncIterator[str]:
    async for frame in frames:
        if not await visitor.may_stay():
            # The page hears it, reloads, and meets the sign-in or the lock.
            yield "event: ended\ndata: \n\n"
            return
        yield frame or ": here\n\n"


def rule_of(endpoint: Any) -> Any:
    """What a route's endpoint says about who may use it; null when it says nothing."""
    return getattr(endpoint, "rule", None)

"""Pages that change by themselves: the board and the session say `changed`, and the page fetches its part anew."""

from __future__ import annotations

from collections.abc import AsyncIterator
from uuid import UUID

from anyio.to_thread import run_sync
from django.db import close_old_connections
from starlette.requests import Request
from starlette.responses import Response

from remit.acts import board, pulse, session
from remit.acts.actors import Actor
from remit.live.auth import Visitor, events, streams
from remit.live.heart import Ear, listening

HEARTBEAT_S = 3.0
RETRY_MS = 2000
"""How long a browser waits before it connects again."""
FOLLOWED = (board.poll_board, session.poll_session)
"""The acts behind these streams; named here so that they are known wherever the streams are."""


@streams("poll_board")
async def follow_board(_: Request, visitor: Visitor) -> Response:
    """Everything on the board of the visitor's clinic."""
    return events(visitor, _frames(visitor.actor))


@streams("poll_session")
async def follow_session(request: Request, visitor: Visitor) -> Response:
    """One session of the visitor's clinic; one of another is as unknown as one that never was."""
    session_id = UUID(str(request.path_params["session_id"]))
    if not await run_sync(_is_here, visitor.actor, session_id):
        return Response(status_code=404)
    return events(visitor, _frames(visitor.actor, session_id))


async def _frames(actor: Actor, session_id: UUID | None = None) -> AsyncIterator[str]:
    yield f"retry: {RETRY_MS}\n\n"
    async with listening(actor.here, session_id) as ear:
        while True:
            heard = await ear.hear(HEARTBEAT_S)
            yield _changed(ear) if heard else _here(ear)


def _changed(ear: Ear) -> str:
    """The place of the last entry where an entry was it, so that a page that shows it already need not ask."""
    known = "" if ear.by_clock or ear.last_seq is None else str(ear.last_seq)
    return f"event: changed\ndata: {known}\n\n"


def _here(ear: Ear) -> str:
    """The clinic's time as long as the database answers; else nothing, and the page says that it is not live."""
    return f"event: here\ndata: {ear.heart.clock}\n\n" if ear.heart.fresh else ""


def _is_here(actor: Actor, session_id: UUID) -> bool:
    try:
        return pulse.is_here(actor, session_id)
    finally:
        close_old_connections()

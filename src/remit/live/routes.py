"""Every path that Starlette answers itself. Each endpoint states who may use it (`live.auth.streams`)."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from remit.live.following import follow_board, follow_session

routes: list[BaseRoute] = [
    Route("/live/board", follow_board, name="live-board"),
    Route("/live/session/{session_id:uuid}", follow_session, name="live-session"),
]

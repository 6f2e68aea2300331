"""Every path that Starlette answers itself. Each endpoint states who may use it (`live.auth.streams`)."""

from __future__ import annotations

from starlette.routing import BaseRoute

routes: list[BaseRoute] = []

"""The one application: hot paths in Starlette, everything else in Django, in one process."""

from __future__ import annotations

import gc
import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remit.server.settings")

from a2wsgi import WSGIMiddleware
from django.core.wsgi import get_wsgi_application
from starlette.applications import Starlette
from starlette.routing import Mount

_django: Any = get_wsgi_application()

from remit.live import clockwork  # noqa: E402 - it needs Django set up
from remit.live.routes import routes as live_routes  # noqa: E402

PAGES_AT_ONCE = 10


def make_application() -> Starlette:
    """Live paths first; whatever they do not know is a page."""
    pages: Any = WSGIMiddleware(_django, workers=PAGES_AT_ONCE)
    return Starlette(routes=[*live_routes, Mount("/", app=pages, name="pages")], lifespan=clockwork.running)


application = make_application()

# What is loaded by now stays for good; the garbage collector need not look through it again while pages wait.
gc.freeze()

"""Every address of this installation with the rule before it: what the authorisation matrix goes through."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver
from starlette.routing import BaseRoute, Mount, Route

from remit.live import auth
from remit.live.routes import routes as live_routes
from remit.web import guard

_VARIABLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
"""A variable as Starlette writes it; an address shows it as Django does."""


@dataclass(frozen=True, slots=True)
class Address:
    """One address. `rule` is the acts of which one must be allowed, `signed in`, `anybody`, or null: nobody said."""

    path: str
    name: str
    rule: tuple[str, ...] | str | None
    side: str
    """`pages` for Django, `live` for Starlette."""
    endpoint: Any


def addresses() -> list[Address]:
    """Every address of Starlette, then every one of Django."""
    return [*_live(live_routes, ""), *_pages(get_resolver().url_patterns, "/")]


def _live(routes: Iterable[BaseRoute], before: str) -> Iterator[Address]:
    for route in routes:
        if isinstance(route, Mount):
            yield from _live(route.routes or [], before + route.path)
        else:
            endpoint = getattr(route, "endpoint", None)
            path = before + (route.path if isinstance(route, Route) else str(getattr(route, "path", route)))
            path = _VARIABLE.sub(lambda found: f"<{found[2] or 'str'}:{found[1]}>", path)
            yield Address(path, str(getattr(route, "name", "")), auth.rule_of(endpoint), "live", endpoint)


def _pages(patterns: Iterable[URLPattern | URLResolver], before: str) -> Iterator[Address]:
    for pattern in patterns:
        path = before + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _pages(pattern.url_patterns, path)
        else:
            yield Address(path, pattern.name or "", guard.rule_of(pattern.callback), "pages", pattern.callback)

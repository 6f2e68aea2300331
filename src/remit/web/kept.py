"""Parts of a session's page that are drawn again only when what they show has changed.

Everybody who looks asks for them at every change and every half minute. A part is kept by everything that it shows, and
is given nothing else: who sees one could have been drawn the same.
"""

from __future__ import annotations

from functools import lru_cache

from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.timezone import get_current_timezone_name

from remit.web.chair import Grid
from remit.web.happened import Line


def grid(shown: Grid) -> SafeString:
    """The readings as a table."""
    return _grid(shown, get_current_timezone_name())


def happened(lines: tuple[Line, ...], address: str, *, corrects: bool) -> SafeString:
    """What happened, line by line; `corrects`: whether whoever looks may correct it, at the session's address."""
    return _happened(lines, address, corrects, get_current_timezone_name())


@lru_cache(maxsize=256)
def _grid(shown: Grid, _zone: str) -> SafeString:
    return render_to_string("session/grid.html", {"grid": shown})


@lru_cache(maxsize=256)
def _happened(lines: tuple[Line, ...], address: str, corrects: bool, _zone: str) -> SafeString:
    return render_to_string("session/happened.html", {"lines": lines, "address": address, "corrects": corrects})

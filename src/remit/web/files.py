"""Files that a page offers: tables as CSV, pictures as SVG that stands alone or as PNG."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.http import HttpResponse, StreamingHttpResponse

_LOOKS = ("remit/tokens.css", "remit/charts.css")
_BEGINS_A_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class _Echo:
    """Gives a written line back instead of keeping it."""

    def write(self, line: str) -> str:
        return line


def csv_file(name: str, header: Sequence[str], rows: Iterable[Sequence[Any]]) -> StreamingHttpResponse:
    """A table as a file, written while it is read."""
    response = StreamingHttpResponse(_lines(header, rows), content_type="text/csv; charset=utf-8")
    return _named(response, f"{name}.csv")


def _lines(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> Iterator[str]:
    writer = csv.writer(_Echo())
    yield writer.writerow(header)
    for row in rows:
        yield writer.writerow([cell(value) for value in row])


def cell(value: Any) -> Any:
    """A value as a spreadsheet shows it: a text never becomes a formula; what is missing stays empty."""
    if isinstance(value, str) and value.startswith(_BEGINS_A_FORMULA):
        return f"'{value}"
    return f"{value:g}" if isinstance(value, float) else value


def svg_file(name: str, picture: str) -> HttpResponse:
    """A picture as a file, with the rules of its look inside."""
    rules = "".join(Path(found).read_text(encoding="utf-8") for found in map(finders.find, _LOOKS) if found)
    head, mark, rest = picture.partition(">")
    alone = f"{head}{mark}<style>{rules}</style>{rest}"
    return _named(HttpResponse(alone, content_type="image/svg+xml"), f"{name}.svg")


def png_file(name: str, drawn: bytes) -> HttpResponse:
    """A picture as a file of dots."""
    return _named(HttpResponse(drawn, content_type="image/png"), f"{name}.png")


def _named(response: Any, name: str) -> Any:
    safe = "".join(sign if sign.isalnum() or sign in "-_." else "-" for sign in name)
    response["Content-Disposition"] = f'attachment; filename="{safe}"'
    response["Cache-Control"] = "no-store"
    return response

"""A hundred people as signs in ten rows: full for the sure ones, ringed for the perhaps, empty for the others."""

from __future__ import annotations

from django.utils.safestring import SafeString

from remit.web.charts import svg

STEP, EDGE, SIZE = 24, 14, 244
HUNDRED, ROW = 100, 10


def people(low: int, high: int, title: str, name: str) -> SafeString:
    """`low` are sure, up to `high` may be, the rest are not."""
    words = f"{low} of {HUNDRED} are full, {high - low} are ringed with a dot, {HUNDRED - high} are empty."
    parts = [mark for at in range(HUNDRED) for mark in _mark(at, low, high)]
    return svg.picture(SIZE, SIZE, title, words, parts, name)


def _mark(at: int, low: int, high: int) -> list[SafeString]:
    x, y = EDGE + STEP * (at % ROW), EDGE + STEP * (at // ROW)
    if at < low:
        return [svg.dot(x, y, "people-sure", "yes", radius=9)]
    if at < high:
        return [svg.dot(x, y, "people-perhaps", "perhaps", radius=8.5), svg.dot(x, y, "people-sure", "perhaps")]
    return [svg.dot(x, y, "people-not", "no", radius=8.5)]

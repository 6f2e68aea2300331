"""The model beside what was published: predicted against observed on logarithmic axes, and cells beside their range."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

SIDE, LEFT, RIGHT, TOP, BOTTOM = 320, 52, 308, 12, 268
ROOM, LEAST, HEIGHT = 0.12, 1.0, 312
"""Around the marks, and at the least in all: in powers of ten."""
NEAR = 24
REACH = 4.5
"""Half of the width of a mark."""
FOLD = math.log10(2)
MOST_TICKS = 6
WIDE, EDGE, END, ROW, FOOT = 456, 10, 316, 44, 46
SHARE = 20
STEPS = (0.5, 1, 2, 5, 10, 20, 50)
CIRCLE, SQUARE, TRIANGLE, DIAMOND = "circle", "square", "triangle", "diamond"


@dataclass(frozen=True, slots=True)
class Point:
    """One measurement: observed, predicted, its shape, and the bar of its interval where it lies outside."""

    words: str
    observed: float
    predicted: float
    shape: str
    fitted: bool
    bar: tuple[float, float] | None = None
    number: str = ""
    """The number of its explanation, where it missed."""


def agreement(points: Sequence[Point], title: str, words: str, name: str) -> SafeString:
    """Observed across, predicted upwards; the middle line is exact, the broken ones are twice and half."""
    ends = [math.log10(value) for one in points for value in (one.observed, one.predicted)]
    room = max(ROOM, (LEAST - (max(ends) - min(ends))) / 2)
    low, high = min(ends) - room, max(ends) + room
    x, y = svg.Scale(low, high, LEFT, RIGHT), svg.Scale(low, high, BOTTOM, TOP)
    parts = [*_ground(x, y), *(part for one in points for part in _point(one, x, y)), *_numbers(points, x, y)]
    return svg.picture(SIDE, HEIGHT, title, words, parts, name)


def _ground(x: svg.Scale, y: svg.Scale) -> Iterator[SafeString]:
    for tick in _ticks(x):
        at = math.log10(tick)
        yield svg.line(x(at), TOP, x(at), BOTTOM, "chart-grid")
        yield svg.line(LEFT, y(at), RIGHT, y(at), "chart-grid")
        yield svg.label(x(at), BOTTOM + 17, f"{tick:g}")
        yield svg.label(LEFT - 6, y(at) + 4, f"{tick:g}", anchor="end")
    yield svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-axis")
    yield svg.line(LEFT, BOTTOM, LEFT, TOP, "chart-axis")
    yield svg.line(x(x.low), y(x.low), x(x.high), y(x.high), "check-exact")
    yield svg.line(x(x.low), y(x.low + FOLD), x(x.high - FOLD), y(x.high), "chart-limit")
    yield svg.line(x(x.low + FOLD), y(x.low), x(x.high), y(x.high - FOLD), "chart-limit")
    yield svg.label(RIGHT, BOTTOM + 36, "observed →", "chart-note", "end")
    yield svg.label(LEFT + 6, TOP + 10, "↑ predicted", "chart-note", "start")


def _ticks(x: svg.Scale) -> list[float]:
    """Powers of ten, or two and five between them where the axis is short."""
    whole = range(math.floor(x.low), math.ceil(x.high) + 1)
    for digits in ((1, 2, 5), (1, 3), (1,)):
        found = [digit * 10.0**power for power in whole for digit in digits]
        inside = [tick for tick in found if x.low <= math.log10(tick) <= x.high]
        if len(inside) <= MOST_TICKS:
            return inside
    return inside


def _point(one: Point, x: svg.Scale, y: svg.Scale) -> Iterator[SafeString]:
    at_x, at_y = x(math.log10(one.observed)), y(math.log10(one.predicted))
    if one.bar is not None:
        ends = [y(min(max(math.log10(max(end, 10**y.low)), y.low), y.high)) for end in one.bar]
        yield svg.line(at_x, ends[0], at_x, ends[1], "check-bar")
    yield mark(one.shape, at_x, at_y, "check-mark fitted" if one.fitted else "check-mark", one.words)


def _numbers(points: Sequence[Point], x: svg.Scale, y: svg.Scale) -> Iterator[SafeString]:
    """The number of each miss; once where the same would stand twice in one place."""
    placed: list[tuple[str, float, float]] = []
    for one in points:
        at = x(math.log10(one.observed)), y(math.log10(one.predicted))
        near = any(number == one.number and math.dist(at, other) < NEAR for number, *other in placed)
        if one.number and not near:
            placed.append((one.number, *at))
            yield svg.label(at[0] + 7, at[1] - 5, one.number, "check-number", "start")


def mark(shape: str, x: float, y: float, kind: str, title: str) -> SafeString:
    """One sign of a chart."""
    if shape == CIRCLE:
        return svg.dot(x, y, kind, title, radius=REACH)
    r = REACH + 0.5
    corners = {
        SQUARE: ((-r, -r), (r, -r), (r, r), (-r, r)),
        TRIANGLE: ((0, -r), (r, r), (-r, r)),
        DIAMOND: ((0, -r - 1), (r + 1, 0), (0, r + 1), (-r - 1, 0)),
    }[shape]
    drawn = " L".join(f"{round(x + dx, 1)} {round(y + dy, 1)}" for dx, dy in corners)
    return format_html('<path d="M{}Z" class="{}"><title>{}</title></path>', drawn, kind, title)


@dataclass(frozen=True, slots=True)
class Cell:
    """One line: its words, the range, what came out with its interval, and that in words."""

    words: str
    said: str
    range: tuple[float, float]
    value: float
    interval: tuple[float, float]
    inside: bool


def ranges(cells: Sequence[Cell], unit: str, title: str, words: str, name: str) -> SafeString:
    """A range as a bar, what the virtual trials gave as a dot with its interval."""
    ends = [end for one in cells for end in (*one.range, *one.interval)]
    low, high = min(0.0, *ends), max(ends)
    x = svg.Scale(low, high + (high - low) / SHARE, EDGE, END)
    bottom = TOP + ROW * len(cells)
    parts = [part for at, one in enumerate(cells) for part in _cell(one, x, TOP + ROW * at)]
    return svg.picture(WIDE, bottom + FOOT, title, words, [*parts, *_along(x, bottom, unit)], name)


def _along(x: svg.Scale, bottom: float, unit: str) -> Iterator[SafeString]:
    yield svg.line(EDGE, bottom, END, bottom, "chart-axis")
    for tick in x.ticks(STEPS, 8):
        yield svg.line(x(tick), bottom, x(tick), bottom + 4, "chart-axis")
        yield svg.label(x(tick), bottom + 18, f"{tick:g}")
    yield svg.label(END, bottom + 36, unit, "chart-note", "end")


@dataclass(frozen=True, slots=True)
class Result:
    """One line: its words, what a trial found, and what the model says of a trial of that size."""

    words: str
    said: str
    observed: float
    predicted: float
    interval: tuple[float, float]
    fitted: bool
    inside: bool


def results(lines: Sequence[Result], unit: str, title: str, words: str, name: str) -> SafeString:
    """What each trial found as a sign over the interval that the model gives for it, its middle as a stroke."""
    ends = [end for one in lines for end in (one.observed, one.predicted, *one.interval) if math.isfinite(end)]
    low, high = min(0.0, *ends), max(ends)
    x = svg.Scale(low, high + (high - low) / SHARE, EDGE, END)
    bottom = TOP + ROW * len(lines)
    parts = [part for at, one in enumerate(lines) for part in _result(one, x, TOP + ROW * at)]
    return svg.picture(WIDE, bottom + FOOT, title, words, [*parts, *_along(x, bottom, unit)], name)


def _result(one: Result, x: svg.Scale, top: float) -> Iterator[SafeString]:
    middle = top + 30
    yield svg.label(EDGE, top + 14, one.words, "forest-words", "start")
    yield svg.label(WIDE - 4, middle + 4, one.said, "forest-said", "end")
    open_end = not math.isfinite(one.interval[1])
    yield svg.line(x(one.interval[0]), middle, END if open_end else x(one.interval[1]), middle, "forest-interval")
    if open_end:
        yield svg.path([[(END - 5, middle - 4), (END, middle), (END - 5, middle + 4)]], "forest-interval arrow")
    yield svg.line(x(one.predicted), middle - 6, x(one.predicted), middle + 6, "forest-interval")
    kind = "check-mark fitted" if one.fitted else "check-mark"
    yield mark(CIRCLE if one.inside else DIAMOND, x(one.observed), middle, kind, one.said)


def _cell(one: Cell, x: svg.Scale, top: float) -> Iterator[SafeString]:
    middle = top + 30
    low, high = x(one.range[0]), x(one.range[1])
    yield svg.label(EDGE, top + 14, one.words, "forest-words", "start")
    yield svg.label(WIDE - 4, middle + 4, one.said, "forest-said", "end")
    yield svg.rect(low, middle - 7, high - low, 14, "check-range", f"range {one.range[0]:g} to {one.range[1]:g}")
    yield svg.line(x(one.interval[0]), middle, x(one.interval[1]), middle, "forest-interval")
    yield mark(CIRCLE if one.inside else DIAMOND, x(one.value), middle, "check-mark", one.said)

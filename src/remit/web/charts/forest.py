"""Forest and funnel plots: weights as squares, intervals, the pool as a diamond with its prediction interval.

Each line has its words above it, so that the picture is as readable on a phone as in print.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, LEFT, RIGHT, TOP = 430, 10, 258, 12
ROW, UNDER, FOOT = 40, 26, 52
FUNNEL_HEIGHT, FUNNEL_BOTTOM = 240, 190
SMALLEST, LARGEST = 5.0, 15.0
FURTHEST = math.log(32)
"""Ratios beyond this are cut, with an arrow."""
RATIOS = (1 / 32, 1 / 16, 1 / 8, 1 / 4, 1 / 2, 1, 2, 4, 8, 16, 32)
STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100)
STUDY, MEMORY, POOLED, SENSITIVITY, MODEL = "study", "memory", "pooled", "sensitivity", "model"

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a forest plot, on the measure's own scale; without a value only its words stand there."""

    words: str
    said: str
    kind: str = STUDY
    value: float | None = None
    interval: Interval = (0.0, 0.0)
    prediction: Interval | None = None
    weight: float = 0.0
    """Its share of the pool, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class Axis:
    """How the measure is read: whether it is a ratio, the number that stands at a place, and which side is better."""

    ratio: bool
    shown: Callable[[float], str]
    right_is_better: bool
    unit: str = ""


def forest(lines: Sequence[Line], axis: Axis, title: str, words: str, name: str) -> SafeString:
    """The forest plot as SVG."""
    bottom = TOP + ROW * len(lines)
    x = _scale(lines, axis)
    parts = [*_ground(x, axis, bottom)]
    for at, line in enumerate(lines):
        parts.append(svg.line(x(0), TOP + ROW * at + 16, x(0), TOP + ROW * (at + 1), "chart-limit"))
        parts += _line(line, x, TOP + ROW * at)
    return svg.picture(WIDTH, bottom + FOOT, title, words, parts, name)


def _scale(lines: Sequence[Line], axis: Axis) -> svg.Scale:
    ends = [0.0]
    for line in lines:
        if line.value is not None:
            ends += [line.value, *line.interval, *(line.prediction or ())]
    low, high = min(ends), max(ends)
    if axis.ratio:
        low, high = max(low, -FURTHEST), min(high, FURTHEST)
    room = (high - low or 1.0) / 20
    return svg.Scale(low - room, high + room, LEFT, RIGHT)


def _ground(x: svg.Scale, axis: Axis, bottom: float) -> Iterator[SafeString]:
    """The ticks, and which side is better for whom."""
    yield svg.line(LEFT, bottom, RIGHT, bottom, "chart-axis")
    for tick in _ticks(x, axis):
        yield svg.line(x(tick), bottom, x(tick), bottom + 4, "chart-axis")
        yield svg.label(x(tick), bottom + 17, axis.shown(tick))
    left, right = ("comparator", "treatment") if axis.right_is_better else ("treatment", "comparator")
    yield svg.label(LEFT, bottom + 34, f"← {left} better", "chart-note", "start")
    yield svg.label(RIGHT, bottom + 34, f"{right} better →", "chart-note", "end")
    yield svg.label(WIDTH - 4, bottom + 17, axis.unit, "chart-note", "end")


def _ticks(x: svg.Scale, axis: Axis) -> list[float]:
    if not axis.ratio:
        return x.ticks(STEPS, 6)
    inside = [math.log(ratio) for ratio in RATIOS if x.low <= math.log(ratio) <= x.high]
    return inside if len(inside) <= 7 else [tick for tick in inside if round(tick / math.log(2)) % 2 == 0]


def _line(line: Line, x: svg.Scale, top: float) -> Iterator[SafeString]:
    middle = top + UNDER
    yield svg.label(LEFT, top + 12, line.words, "forest-words", "start")
    yield svg.label(WIDTH - 4, middle + 4, line.said, f"forest-said {line.kind}", "end")
    if line.value is None:
        return
    if line.prediction is not None:
        yield from _span(x, line.prediction, middle, "forest-prediction")
    if line.kind in (POOLED, SENSITIVITY):
        yield _diamond(line, x, middle)
        return
    yield from _span(x, line.interval, middle, f"forest-interval {line.kind}")
    if line.kind == MODEL:
        yield svg.dot(x(min(max(line.value, x.low), x.high)), middle, "forest-model", line.said, radius=5)
    elif x.low <= line.value <= x.high:
        side = SMALLEST + (LARGEST - SMALLEST) * math.sqrt(line.weight)
        place = x(line.value) - side / 2, middle - side / 2
        yield svg.rect(*place, side, side, f"forest-square {line.kind}", line.said)


def _span(x: svg.Scale, interval: Interval, y: float, kind: str) -> Iterator[SafeString]:
    """A line from end to end; an end beyond the picture is an arrow."""
    low, high = (min(max(end, x.low), x.high) for end in interval)
    yield svg.line(x(low), y, x(high), y, kind)
    for end, inside, way in ((interval[0], low, -1), (interval[1], high, 1)):
        if end != inside:
            at = x(inside)
            yield svg.path([[(at - 5 * way, y - 4), (at, y), (at - 5 * way, y + 4)]], f"{kind} arrow")


def _diamond(line: Line, x: svg.Scale, y: float) -> SafeString:
    value = line.value or 0.0
    low, middle, high = (x(min(max(end, x.low), x.high)) for end in (line.interval[0], value, line.interval[1]))
    drawn = f"M{low} {y} L{middle} {y - 7} L{high} {y} L{middle} {y + 7} Z"
    return format_html('<path d="{}" class="forest-diamond {}"><title>{}</title></path>', drawn, line.kind, line.said)


@dataclass(frozen=True, slots=True)
class Point:
    """One study of a funnel plot: its effect and its standard error."""

    words: str
    value: float
    error: float


def funnel(points: Sequence[Point], middle: float, reach: float, axis: Axis, name: str) -> SafeString:
    """The funnel plot: the surer a study, the higher it stands; `reach` is how many errors the funnel is wide."""
    most = max(point.error for point in points) * 1.1
    ends = [point.value for point in points] + [middle - reach * most, middle + reach * most]
    x, y = svg.Scale(min(ends), max(ends), 24, WIDTH - 24), svg.Scale(0, most, TOP, FUNNEL_BOTTOM)
    parts = [
        svg.path([[(x(ends[-2]), y(most)), (x(middle), y(0)), (x(ends[-1]), y(most))]], "forest-funnel"),
        svg.line(x(middle), TOP, x(middle), FUNNEL_BOTTOM, "chart-limit"),
        svg.line(x(min(ends)), FUNNEL_BOTTOM, x(max(ends)), FUNNEL_BOTTOM, "chart-axis"),
        *(svg.label(x(tick), FUNNEL_BOTTOM + 17, axis.shown(tick)) for tick in _ticks(x, axis)),
        svg.label(24, FUNNEL_BOTTOM + 36, "higher: surer (smaller standard error)", "chart-note", "start"),
        *(svg.dot(x(p.value), y(p.error), "forest-dot", f"{p.words}: {axis.shown(p.value)}") for p in points),
    ]
    title = f"Funnel plot of {len(points)} studies"
    return svg.picture(WIDTH, FUNNEL_HEIGHT, title, "Effect across, standard error downwards.", parts, name)

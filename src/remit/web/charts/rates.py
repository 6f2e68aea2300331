"""Rates of a clinic's own courses: beside what trials published, quarter by quarter, and how long a response lasts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, LEFT, RIGHT, TOP = 456, 10, 284, 12
ROW, UNDER, FOOT = 40, 26, 44
BOTTOM = 210
SIDE = 40
"""Room left of an axis of percents."""
EDGE = WIDTH - 12
FIFTHS = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
HERE, PUBLISHED = "here", "published"
DAY_STEPS = (7, 14, 28, 56, 84, 182, 364)

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class RateLine:
    """One line: a share with its interval, and dotted how far it could reach; without a share only its words."""

    words: str
    said: str
    kind: str
    share: float | None = None
    interval: Interval = (0.0, 1.0)
    reach: Interval | None = None


def beside(lines: Sequence[RateLine], title: str, words: str, name: str) -> SafeString:
    """Each arm's own line above the published one, on one axis of percents."""
    bottom, x = TOP + ROW * len(lines), svg.Scale(0, 1, LEFT, RIGHT)
    parts = [svg.line(LEFT, bottom, RIGHT, bottom, "chart-axis")]
    for tick in FIFTHS:
        parts.append(svg.line(x(tick), TOP, x(tick), bottom, "chart-grid"))
        parts.append(svg.label(x(tick), bottom + 17, f"{100 * tick:.0f}"))
    parts.append(svg.label(EDGE, bottom + 17, "% of those scored", "chart-note", "end"))
    for at, line in enumerate(lines):
        parts += _line(line, x, TOP + ROW * at)
    return svg.picture(WIDTH, bottom + FOOT - 16, title, words, parts, name)


def _line(line: RateLine, x: svg.Scale, top: float) -> Iterator[SafeString]:
    middle = top + UNDER
    yield svg.label(LEFT, top + 12, line.words, "forest-words", "start")
    yield svg.label(EDGE, middle + 4, line.said, "forest-said", "end")
    if line.share is None:
        return
    if line.reach is not None:
        yield svg.line(x(line.reach[0]), middle, x(line.reach[1]), middle, "forest-prediction")
    low, high = x(line.interval[0]), x(line.interval[1])
    if line.kind == PUBLISHED:
        drawn = f"M{low} {middle} L{x(line.share)} {middle - 7} L{high} {middle} L{x(line.share)} {middle + 7} Z"
        yield format_html('<path d="{}" class="forest-diamond"><title>{}</title></path>', drawn, line.said)
        return
    yield svg.line(low, middle, high, middle, "forest-interval")
    yield svg.rect(x(line.share) - 5, middle - 5, 10, 10, "forest-square", line.said)


# Quarter by quarter


@dataclass(frozen=True, slots=True)
class Point:
    """A quarter: its name, how many were scored, and the share with its interval; null where nobody was."""

    words: str
    scored: int
    share: float | None
    interval: Interval = (0.0, 1.0)


def runs(points: Sequence[Point], median: float | None, title: str, words: str, name: str) -> SafeString:
    """The run chart: a gap where nobody was scored, the median dashed."""
    y = svg.Scale(0, 1, BOTTOM, TOP + 8)
    step = (EDGE - SIDE) / max(len(points), 1)
    places = [round(SIDE + step * (at + 0.5), 1) for at in range(len(points))]
    parts = [*_percents(y)]
    if median is not None:
        parts.append(svg.line(SIDE, y(median), EDGE, y(median), "chart-limit"))
        parts.append(svg.label(EDGE, y(median) - 5, f"median {100 * median:.0f} %", "chart-note", "end"))
    lines: list[list[tuple[float, float]]] = [[]]
    for x, point in zip(places, points, strict=True):
        if point.share is None:
            lines.append([])
            continue
        lines[-1].append((x, y(point.share)))
        parts.append(svg.line(x, y(point.interval[0]), x, y(point.interval[1]), "forest-interval"))
    parts.append(svg.path(lines, "chart-score"))
    parts += _quarters(points, places, y)
    return svg.picture(WIDTH, BOTTOM + 46, title, words, parts, name)


def _quarters(points: Sequence[Point], places: Sequence[float], y: svg.Scale) -> Iterator[SafeString]:
    """The dots, and under each how many were scored; of many quarters only every so many is named."""
    every = -(-len(points) // 7)
    for at, (x, point) in enumerate(zip(places, points, strict=True)):
        if point.share is not None:
            said = f"{point.words}: {100 * point.share:.0f} % of {point.scored} scored"
            yield svg.dot(x, y(point.share), "chart-score", said)
        if at % every == 0:
            yield svg.label(x, BOTTOM + 18, point.words.replace("-", " "), "chart-note")
            yield svg.label(x, BOTTOM + 36, f"n {point.scored}", "chart-note")


def _percents(y: svg.Scale) -> Iterator[SafeString]:
    for tick in FIFTHS:
        yield svg.line(SIDE, y(tick), EDGE, y(tick), "chart-grid")
        yield svg.label(SIDE - 6, y(tick) + 4, f"{100 * tick:.0f}", anchor="end")
    yield svg.line(SIDE, y(0), EDGE, y(0), "chart-axis")


# How long it lasts


@dataclass(frozen=True, slots=True)
class Fall:
    """From this day on: the share that is left, with its interval."""

    day: float
    share: float
    interval: Interval


@dataclass(frozen=True, slots=True)
class Survival:
    """A curve of Kaplan and Meier: its steps, the days on which people were lost to sight, and who was at risk."""

    falls: Sequence[Fall]
    lost: Iterable[float]
    last: float
    at_risk: Sequence[tuple[float, int]]
    """By day, as many as are written under the curve."""


def days_shown(last: float) -> list[float]:
    """The days that are named under a curve that ends on this day."""
    return svg.Scale(0, max(last, 1), 0, 1).ticks(DAY_STEPS, 7)


def lasting(curve: Survival, title: str, words: str, name: str) -> SafeString:
    """The curve with its interval as a band, a mark for each person lost to sight, and the number at risk."""
    x, y = svg.Scale(0, max(curve.last, 1), SIDE, EDGE), svg.Scale(0, 1, BOTTOM, TOP + 8)
    share = _stairs([(0.0, 1.0), *((fall.day, fall.share) for fall in curve.falls)], curve.last)
    parts = [*_percents(y)]
    if curve.falls:
        low = _stairs([(fall.day, fall.interval[0]) for fall in curve.falls], curve.last)
        high = _stairs([(fall.day, fall.interval[1]) for fall in curve.falls], curve.last)
        band = " L".join(f"{x(day)} {y(value)}" for day, value in (*low, *reversed(high)))
        parts.append(format_html('<path d="M{} Z" class="chart-band"/>', band))
    parts.append(svg.path([[(x(day), y(value)) for day, value in share]], "chart-score"))
    parts += [_mark(x(day), y(_height(curve.falls, day))) for day in curve.lost]
    for day, many in curve.at_risk:
        parts.append(svg.label(x(day), BOTTOM + 18, f"{day:g}"))
        parts.append(svg.label(x(day), BOTTOM + 54, str(many)))
    parts.append(svg.label(EDGE, BOTTOM + 36, "days", "chart-note", "end"))
    parts.append(svg.label(SIDE, BOTTOM + 36, "at risk:", "chart-note", "start"))
    return svg.picture(WIDTH, BOTTOM + 64, title, words, parts, name)


def _mark(x: float, y: float) -> SafeString:
    return svg.line(x, y - 5, x, y + 5, "chart-struck")


def _height(falls: Sequence[Fall], day: float) -> float:
    return next((fall.share for fall in reversed(falls) if fall.day <= day), 1.0)


def _stairs(points: Sequence[tuple[float, float]], last: float) -> list[tuple[float, float]]:
    """The corners of a line that stays until its next point."""
    corners: list[tuple[float, float]] = []
    for day, value in points:
        if corners:
            corners.append((day, corners[-1][1]))
        corners.append((day, value))
    return [*corners, (last, corners[-1][1])]

"""Scores over time, a small picture a study, and how long an effect lasts, a line a figure. Readable without colour:
a treatment is a full line with full marks, a comparator a dashed one with empty marks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, HEIGHT = 320, 210
LEFT, RIGHT, TOP, BOTTOM = 34, 236, 12, 168
APART = 15
STEPS = (0.25, 0.5, 1, 2, 7, 14, 28, 56, 112)
POINTS = (2, 5, 10, 20)
LINES, END, ROW, FOOT = 430, 268, 58, 36
SHARE_STEPS = (0.1, 0.2, 0.25)
OPEN = 1.15
"""By how much a line without an end reaches past its value."""
DAY_STEPS = (5, 10, 20, 50, 100, 200, 500)

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Mark:
    """One value at a time."""

    at: float
    value: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Arm:
    """One arm over time."""

    words: str
    comparator: bool
    marks: Sequence[Mark]


def course(arms: Sequence[Arm], title: str, unit: str, name: str) -> SafeString:
    """The change of a score over days or hours: below 0 is better, and lower on the picture."""
    ends = [0.0] + [end for arm in arms for mark in arm.marks for end in (mark.value, *(mark.interval or ()))]
    x = svg.Scale(0, max(mark.at for arm in arms for mark in arm.marks), LEFT, RIGHT)
    y = svg.Scale(min(ends), max(ends), BOTTOM, TOP)
    parts = [*_axes(x, y, unit)]
    for arm, at in zip(arms, _apart([y(arm.marks[-1].value) for arm in arms]), strict=True):
        parts += [*_arm(arm, x, y, unit), svg.label(RIGHT + 8, at + 4, arm.words, "chart-label", "start")]
    words = "; ".join(f"{arm.words} {arm.marks[-1].value:.1f} after {arm.marks[-1].at:g} {unit}" for arm in arms)
    return svg.picture(WIDTH, HEIGHT, title, f"Change of the score: {words}.", parts, name)


def _axes(x: svg.Scale, y: svg.Scale, unit: str) -> Iterator[SafeString]:
    yield svg.line(LEFT, y(0), RIGHT, y(0), "chart-limit")
    yield svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-axis")
    for value in y.ticks(POINTS, 6):
        yield svg.label(LEFT - 6, y(value) + 4, f"{value:g}".replace("-", "−"), anchor="end")
    for day in x.ticks(STEPS, 6):
        yield svg.line(x(day), BOTTOM, x(day), BOTTOM + 4, "chart-axis")
        yield svg.label(x(day), BOTTOM + 18, f"{day:g}")
    yield svg.label(RIGHT, BOTTOM + 36, f"{unit} after the first dose", "chart-note", "end")


def _apart(places: Sequence[float]) -> list[float]:
    """Words at the ends of lines, moved so that none covers another."""
    found = list(places)
    order = sorted(range(len(found)), key=found.__getitem__)
    for before, at in pairwise(order):
        found[at] = max(found[at], found[before] + APART)
    lowest = float(BOTTOM)
    for at in reversed(order):
        found[at] = min(found[at], lowest)
        lowest = found[at] - APART
    return found


def _arm(arm: Arm, x: svg.Scale, y: svg.Scale, unit: str) -> Iterator[SafeString]:
    kind = "comparator" if arm.comparator else "treated"
    yield svg.path([[(x(mark.at), y(mark.value)) for mark in arm.marks]], f"over-time {kind}")
    for mark in arm.marks:
        if mark.interval:
            yield svg.line(x(mark.at), y(mark.interval[0]), x(mark.at), y(mark.interval[1]), "over-time-interval")
        said = f"{arm.words}, {mark.at:g} {unit}: {mark.value:g}"
        yield svg.dot(x(mark.at), y(mark.value), f"over-time-mark {kind}", said)


@dataclass(frozen=True, slots=True)
class Line:
    """One figure: its words, what it says, and its place."""

    words: str
    said: str
    comparator: bool
    value: float
    interval: Interval | None


def lasting(lines: Sequence[Line], title: str, unit: str, name: str, *, shares: bool) -> SafeString:
    """Figures of one kind on one axis from 0, a line each."""
    bottom = TOP + ROW * len(lines)
    ends = [(line, end) for line in lines for end in (line.value, *(line.interval or ()))]
    most = 1.0 if shares else max(end if math.isfinite(end) else OPEN * line.value for line, end in ends)
    x = svg.Scale(0, most, 10, END)
    parts = [svg.line(10, bottom, END, bottom, "chart-axis")]
    for tick in x.ticks(SHARE_STEPS if shares else DAY_STEPS, 6):
        shown = f"{100 * tick:.0f}" if shares else f"{tick:g}"
        parts += [svg.line(x(tick), bottom, x(tick), bottom + 4, "chart-axis"), svg.label(x(tick), bottom + 17, shown)]
    parts.append(svg.label(LINES - 4, bottom + 17, unit, "chart-note", "end"))
    for at, line in enumerate(lines):
        parts += _lasting(line, x, TOP + ROW * at)
    return svg.picture(LINES, bottom + FOOT, title, f"{len(lines)} figures, a line each.", parts, name)


def _lasting(line: Line, x: svg.Scale, top: float) -> Iterator[SafeString]:
    middle, kind = top + 42, "comparator" if line.comparator else "treated"
    # Two lines: from when it is counted stands at the end, and must not be cut off.
    who, _, what = line.words.partition(": ")
    yield svg.label(10, top + 12, who, "lasting-words", "start")
    yield svg.label(10, top + 28, what, "lasting-words", "start")
    yield svg.label(LINES - 4, middle + 4, line.said, "forest-said", "end")
    if line.interval:
        low, high = line.interval
        end = x(high) if math.isfinite(high) else float(END)
        yield svg.line(x(low), middle, end, middle, "forest-interval")
        if math.isinf(high):
            yield svg.path([[(end - 5, middle - 5), (end, middle), (end - 5, middle + 5)]], "forest-interval")
    yield svg.dot(x(line.value), middle, f"over-time-mark {kind}", line.said, radius=5)

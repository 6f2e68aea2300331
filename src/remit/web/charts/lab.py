"""The curves of the lab: the median of each regimen and the band of its patients, one quantity a picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, HEIGHT = 480, 240
LEFT, RIGHT, TOP, BOTTOM = 46, 470, 26, 194
STEPS = tuple(digit * 10.0**power for power in range(-3, 5) for digit in (1, 2, 5))
HOUR_STEPS = (0.25, 0.5, 1, 2, 4, 6, 12, 24)
DAY_STEPS = (1, 2, 7, 14, 28, 56, 112)
HOURS_OF_DAYS = 48
"""A longer picture counts in days."""


@dataclass(frozen=True, slots=True)
class Line:
    """One regimen: its letter, its median, and its band; without a band it is the typical patient."""

    letter: str
    times_h: Sequence[float]
    median: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def lab_chart(title: str, unit: str, lines: Sequence[Line], words: str, name: str) -> SafeString:
    """The picture of one quantity."""
    last = max(line.times_h[-1] for line in lines)
    days = last > HOURS_OF_DAYS
    top = max(max(line.high or line.median) for line in lines)
    x = svg.Scale(0.0, last, LEFT, RIGHT)
    y = svg.Scale(0.0, top * 1.05 or 1.0, BOTTOM, TOP)
    parts = [*_ground(x, y, unit, days), *(part for at, line in enumerate(lines) for part in _drawn(line, at, x, y))]
    return svg.picture(WIDTH, HEIGHT, title, words, parts, name)


def _ground(x: svg.Scale, y: svg.Scale, unit: str, days: bool) -> list[SafeString]:
    parts = [svg.label(LEFT, TOP - 12, unit, "chart-unit", "start")]
    for tick in y.ticks(STEPS, 6):
        parts += [
            svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid"),
            svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end"),
        ]
    parts.append(svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-axis"))
    along = svg.Scale(0.0, x.high / 24 if days else x.high, LEFT, RIGHT)
    for tick in along.ticks(DAY_STEPS if days else HOUR_STEPS, 9):
        parts.append(svg.label(along(tick), BOTTOM + 18, f"{tick:g}"))
    parts.append(svg.label(RIGHT, BOTTOM + 36, "days" if days else "hours", "chart-unit", "end"))
    return parts


def _drawn(line: Line, at: int, x: svg.Scale, y: svg.Scale) -> list[SafeString]:
    places = [(x(time), y(value)) for time, value in zip(line.times_h, line.median, strict=True)]
    kind = line.letter.lower()
    highest = min(range(len(places)), key=lambda place: places[place][1])
    parts = []
    if line.low is not None and line.high is not None:
        there = [(x(time), y(value)) for time, value in zip(line.times_h, line.high, strict=True)]
        back = [(x(time), y(value)) for time, value in zip(line.times_h, line.low, strict=True)]
        parts.append(area([*there, *reversed(back)], f"lab-band lab-{kind}"))
    parts.append(svg.path([places], f"lab-median lab-{kind}"))
    # Letters stand beside one another where two curves have their peak at the same place.
    at_x, at_y = places[highest][0] + 14 * at, places[highest][1]
    parts.append(svg.label(at_x + 6, max(at_y - 5, TOP + 4), line.letter, f"lab-letter lab-{kind}", "start"))
    return parts


def area(points: Sequence[tuple[float, float]], kind: str) -> SafeString:
    return format_html('<path d="M{}Z" class="{}"/>', " L".join(f"{x} {y}" for x, y in points), kind)

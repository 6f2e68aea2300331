"""The course of the MADRS in the lab: a line and a band a regimen, its sessions as ticks, and the placebo course."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from django.utils.safestring import SafeString

from remit.web.charts import svg
from remit.web.charts.lab import DAY_STEPS, LEFT, RIGHT, WIDTH, area

HEIGHT, BOTTOM, FIRST_ROW, ROW = 290, 246, 22, 11
POINTS = (1, 2, 5, 10, 20)
PLACEBO = "placebo"


@dataclass(frozen=True, slots=True)
class Course:
    """One arm: its letter (or `placebo`), the days that are read, the change from baseline, its band, its sessions."""

    letter: str
    days: Sequence[float]
    mean: Sequence[float]
    low: Sequence[float]
    high: Sequence[float]
    sessions: Sequence[float] = ()

    @property
    def kind(self) -> str:
        """The class of its marks."""
        return f"lab-{self.letter.lower()}"


def mood_chart(title: str, courses: Sequence[Course], words: str, name: str) -> SafeString:
    """The picture: 0 is the baseline, lower is better. The placebo course comes last."""
    given = [one for one in courses if one.sessions]
    top = FIRST_ROW + ROW * len(given) + 6
    x = svg.Scale(0.0, max(one.days[-1] for one in courses), LEFT, RIGHT)
    y = svg.Scale(min(min(one.low) for one in courses) * 1.05, 0.0, BOTTOM, top)
    parts = [*_ground(x, y, top), *(part for at, one in enumerate(given) for part in _sessions(one, at, x))]
    parts += [_band(one, x, y) for one in courses]
    parts += [part for one in courses for part in _line(one, _apart(one, courses), x, y)]
    return svg.picture(WIDTH, HEIGHT, title, words, parts, name)


def _ground(x: svg.Scale, y: svg.Scale, top: float) -> Iterator[SafeString]:
    yield svg.label(LEFT, 14, "points from baseline; a tick is a session", "chart-unit", "start")
    for tick in y.ticks(POINTS, 7):
        yield svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid" if tick else "chart-axis")
        yield svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}".replace("-", "−"), anchor="end")
    yield svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-grid")
    for tick in x.ticks(DAY_STEPS, 9):
        yield svg.label(x(tick), BOTTOM + 18, f"{tick:g}")
    yield svg.label(RIGHT, BOTTOM + 36, "days after the first dose", "chart-unit", "end")


def _sessions(one: Course, at: int, x: svg.Scale) -> Iterator[SafeString]:
    y = FIRST_ROW + ROW * at
    yield svg.label(LEFT - 6, y + 8, one.letter, "chart-unit", "end")
    for day in one.sessions:
        yield svg.line(x(day), y, x(day), y + ROW - 3, f"lab-dose {one.kind}")


def _band(one: Course, x: svg.Scale, y: svg.Scale) -> SafeString:
    there = [(x(day), y(value)) for day, value in zip(one.days, one.high, strict=True)]
    back = [(x(day), y(value)) for day, value in zip(one.days, one.low, strict=True)]
    return area([*there, *reversed(back)], f"lab-band {one.kind}")


def _apart(one: Course, courses: Sequence[Course]) -> int:
    """Where a course lies farthest from the others: there its letter is not taken for theirs."""
    others = [other for other in courses if other is not one]

    def gap(at: int) -> float:
        return min((abs(one.mean[at] - other.mean[at]) for other in others), default=0.0)

    return max(range(len(one.days)), key=gap)


def _line(one: Course, at: int, x: svg.Scale, y: svg.Scale) -> Iterator[SafeString]:
    places = [(x(day), y(value)) for day, value in zip(one.days, one.mean, strict=True)]
    yield svg.path([places], f"lab-median {one.kind}")
    if one.letter == PLACEBO:
        yield svg.label(RIGHT - 4, places[-1][1] - 6, PLACEBO, "chart-note", "end")
    else:
        left, middle = places[at]
        yield svg.label(left + 5, min(middle + 15, BOTTOM - 3), one.letter, f"lab-letter {one.kind}", "start")

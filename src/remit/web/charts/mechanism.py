"""How it works, drawn: the chain as boxes with what is known of each, and the curves of the typical patient."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, HEIGHT = 456, 220
LEFT, RIGHT, TOP, BOTTOM = 44, 446, 26, 172
STEPS = tuple(digit * 10.0**power for power in range(-2, 4) for digit in (1, 2, 5))
HOUR_STEPS, DAY_STEPS = (1, 2, 4), (7, 14)
BOX, GAP, EDGE, INSET, BEND = 40, 16, 6, 44, 30
HEAD = 5
KINDS = ("a", "b")
BESIDE = {"a": 18, "b": -7}
"""Where the words of a line stand: under the first, over the second."""


@dataclass(frozen=True, slots=True)
class Line:
    """One curve, with the words that stand at it where there are two."""

    words: str
    times: Sequence[float]
    values: Sequence[float]


def curve(
    title: str, unit: str, lines: Sequence[Line], words: str, name: str, ticks: Sequence[float] = ()
) -> SafeString:
    """One quantity over hours, or over days where `ticks` says on which ones a dose is given."""
    x = svg.Scale(0.0, lines[0].times[-1], LEFT, RIGHT)
    y = svg.Scale(0.0, max(max(line.values) for line in lines) * 1.1 or 1.0, BOTTOM, TOP)
    parts = [*_ground(x, y, unit, "days" if ticks else "hours after the start", DAY_STEPS if ticks else HOUR_STEPS)]
    parts += [svg.line(x(day), BOTTOM, x(day), BOTTOM - 8, "mechanism-dose") for day in ticks]
    for line, kind in zip(lines, KINDS, strict=False):
        places = [(x(time), y(value)) for time, value in zip(line.times, line.values, strict=True)]
        parts.append(svg.path([places], f"lab-median lab-{kind}"))
        if line.words:
            parts.append(svg.label(RIGHT, places[-1][1] + BESIDE[kind], line.words, "chart-label", "end"))
    return svg.picture(WIDTH, HEIGHT, title, words, parts, name)


def _ground(x: svg.Scale, y: svg.Scale, unit: str, along: str, steps: Sequence[float]) -> Iterator[SafeString]:
    yield svg.label(LEFT, TOP - 12, unit, "chart-unit", "start")
    for tick in y.ticks(STEPS, 6):
        yield svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid")
        yield svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end")
    yield svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-axis")
    for tick in x.ticks(steps, 9):
        yield svg.label(x(tick), BOTTOM + 18, f"{tick:g}")
    yield svg.label(RIGHT, BOTTOM + 36, along, "chart-unit", "end")


@dataclass(frozen=True, slots=True)
class Step:
    """One link of the chain: its title, in whom it was seen in words, and whether the model computes it."""

    title: str
    seen: str
    computed: bool
    side: bool


def chain(steps: Sequence[Step], title: str, words: str, name: str) -> SafeString:
    """The links as boxes one under the other. A full frame is computed, a broken one is told; beside it stands what
    happens beside the chain. A bent line leads past what the model leaves out."""
    parts = [part for at, step in enumerate(steps) for part in _box(step, at)]
    main = [at for at, step in enumerate(steps) if not step.side]
    for one, other in pairwise(main):
        computed = steps[one].computed and steps[other].computed
        parts += _arrow(_top(one) + BOX, _top(other), "computed" if computed else "told")
    computing = [at for at in main if steps[at].computed]
    for one, other in pairwise(computing):
        if main.index(other) - main.index(one) > 1:
            parts += _past(_top(one) + BOX / 2, _top(other) + BOX / 2)
    return svg.picture(WIDTH, _top(len(steps)) - GAP + EDGE, title, words, parts, name)


def _top(at: int) -> int:
    return EDGE + at * (BOX + GAP)


def _box(step: Step, at: int) -> Iterator[SafeString]:
    left = BEND + (INSET * 2 if step.side else 0)
    kind = "computed" if step.computed else "told"
    yield svg.rect(left, _top(at), WIDTH - left - EDGE, BOX, f"mechanism-box {kind}")
    yield svg.label(left + 10, _top(at) + 25, step.title, "mechanism-title", "start")
    yield svg.label(WIDTH - EDGE - 10, _top(at) + 25, step.seen, "chart-label", "end")


def _arrow(start: float, end: float, kind: str) -> Iterator[SafeString]:
    at = BEND + INSET
    yield svg.line(at, start, at, end, f"mechanism-way {kind}")
    yield svg.path([[(at - HEAD, end - HEAD), (at, end), (at + HEAD, end - HEAD)]], "mechanism-way computed")


def _past(start: float, end: float) -> Iterator[SafeString]:
    """The model's own way, past the links that it leaves out."""
    yield svg.path([[(BEND, start), (EDGE, start), (EDGE, end), (BEND, end)]], "mechanism-way computed")
    yield svg.path([[(BEND - HEAD, end - HEAD), (BEND, end), (BEND - HEAD, end + HEAD)]], "mechanism-way computed")

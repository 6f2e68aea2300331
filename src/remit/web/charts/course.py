"""The curve of a course: scores over weeks, doses as ticks, baseline and response lines, the remission band."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, HEIGHT = 720, 300
LEFT, RIGHT, TOP, BOTTOM = 40, 706, 24, 236
DAY_STEPS = (7, 14, 28, 56, 112, 364)


@dataclass(frozen=True, slots=True)
class Score:
    """A scale's total on a day; null: started and not completed. `risk`: its suicide item was answered above none."""

    on: date
    total: float | None
    risk: bool = False


@dataclass(frozen=True, slots=True)
class Expected:
    """What a forecast that is kept says of a day: its median, and the ends of its band."""

    on: date
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class CourseCurve:
    """What the chart shows; the lines come from the scale's own definitions, through an act."""

    scale: str
    scores: Sequence[Score]
    doses: Sequence[date]
    lowest: float
    highest: float
    today: date
    baseline: float | None = None
    response_at: float | None = None
    remission_max: float | None = None
    forecast: Sequence[Expected] = ()


def course_chart(curve: CourseCurve, name: str = "course-chart") -> SafeString:
    """The chart as SVG; a gap stays a gap."""
    days = [score.on for score in curve.scores] + list(curve.doses) + [curve.today]
    days += [one.on for one in curve.forecast]
    x = svg.Scale(min(days).toordinal() - 1, max(days).toordinal() + 1, LEFT, RIGHT)
    y = svg.Scale(curve.lowest, curve.highest, BOTTOM, TOP)
    parts = [*_ground(curve, y), *_forecast(curve, x, y), *_scores(curve, x, y), *_doses(curve, x), *_weeks(curve, x)]
    return svg.picture(WIDTH, HEIGHT, f"{curve.scale} over the course", _words(curve), parts, name)


def _words(curve: CourseCurve) -> str:
    complete = [score for score in curve.scores if score.total is not None]
    if not complete:
        return f"No complete {curve.scale} yet; {len(curve.doses)} doses."
    last = max(complete, key=lambda score: score.on)
    counted = f"{len(complete)} of {len(curve.scores)} {curve.scale} complete"
    return (
        f"{counted}; the last, on {last.on:%d %b}, is {last.total:g}; {len(curve.doses)} doses.{_forecast_words(curve)}"
    )


def _forecast_words(curve: CourseCurve) -> str:
    if not curve.forecast:
        return ""
    end = curve.forecast[-1]
    return f" A forecast, no target, reaches to {end.on:%d %b}: {end.median:g} ({end.low:g} to {end.high:g})."


def _ground(curve: CourseCurve, y: svg.Scale) -> list[SafeString]:
    parts: list[SafeString] = []
    if curve.remission_max is not None:
        top = y(curve.remission_max)
        parts += [
            svg.rect(
                LEFT, top, RIGHT - LEFT, BOTTOM - top, "chart-remission", f"remission: {curve.remission_max:g} or below"
            ),
            svg.label(RIGHT - 4, BOTTOM - 4, f"remission ≤ {curve.remission_max:g}", "chart-note", "end"),
        ]
    for tick in y.ticks((5, 10, 20, 40), 8):
        parts += [
            svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid"),
            svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end"),
        ]
    for value, word in ((curve.baseline, "baseline"), (curve.response_at, "response")):
        if value is not None:
            parts += [
                svg.line(LEFT, y(value), RIGHT, y(value), "chart-limit"),
                svg.label(RIGHT - 4, y(value) - 4, f"{word} {value:g}", "chart-note", "end"),
            ]
    return parts


def _forecast(curve: CourseCurve, x: svg.Scale, y: svg.Scale) -> list[SafeString]:
    """The band of a forecast with its dashed median, behind the scores."""
    if not curve.forecast:
        return []
    there = [(x(one.on.toordinal()), y(one.high)) for one in curve.forecast]
    back = [(x(one.on.toordinal()), y(one.low)) for one in reversed(curve.forecast)]
    middle = [(x(one.on.toordinal()), y(one.median)) for one in curve.forecast]
    area = " L".join(f"{left} {top}" for left, top in [*there, *back])
    return [
        format_html('<path d="M{}Z" class="chart-band chart-expected"/>', area),
        svg.path([middle], "chart-expected"),
        svg.label(there[0][0], TOP - 8, "forecast: model, not a target", "chart-note", "start"),
    ]


def _scores(curve: CourseCurve, x: svg.Scale, y: svg.Scale) -> list[SafeString]:
    runs: list[list[tuple[float, float]]] = [[]]
    parts: list[SafeString] = []
    for score in sorted(curve.scores, key=lambda one: one.on):
        if score.total is None:
            runs.append([])
            parts.append(svg.label(x(score.on.toordinal()), BOTTOM - 6, "×", "chart-note"))
            continue
        place = (x(score.on.toordinal()), y(score.total))
        runs[-1].append(place)
        parts.append(svg.dot(*place, "chart-score", f"{score.on:%d %b} {curve.scale} {score.total:g}"))
        if score.risk:
            parts.append(svg.label(place[0], place[1] - 8, "!", "chart-risk"))
    return [svg.path(runs, "chart-score"), *parts]


def _doses(curve: CourseCurve, x: svg.Scale) -> list[SafeString]:
    drawn = [
        svg.rect(x(day.toordinal()) - 1.5, BOTTOM + 4, 3, 12, "chart-dose", f"dose {day:%d %b}") for day in curve.doses
    ]
    return [*drawn, svg.label(LEFT - 6, BOTTOM + 14, "dose", "chart-note", "end")] if drawn else []


def _weeks(curve: CourseCurve, x: svg.Scale) -> list[SafeString]:
    start = min(curve.doses, default=min((score.on for score in curve.scores), default=curve.today))
    since = svg.Scale(x.low - start.toordinal(), x.high - start.toordinal(), LEFT, RIGHT)
    parts = [svg.line(LEFT, BOTTOM + 20, RIGHT, BOTTOM + 20, "chart-axis")]
    for tick in since.ticks(DAY_STEPS, 10):
        day = start + timedelta(days=int(tick))
        parts += [
            svg.label(since(tick), BOTTOM + 36, f"{day.day} {day:%b}"),
            svg.label(since(tick), BOTTOM + 50, f"week {int(tick // 7) + 1}" if tick >= 0 else "before", "chart-note"),
        ]
    return parts

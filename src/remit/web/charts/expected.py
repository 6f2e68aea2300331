"""What the model expects of one quantity over the hours after a dose: a pale band, and what was measured on it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta, tzinfo

from django.utils.safestring import SafeString

from remit.web.charts import svg
from remit.web.charts.session import TIME_STEPS, Expected, band

WIDTH, HEIGHT = 460, 190
LEFT, RIGHT, TOP, BOTTOM = 38, 454, 26, 150
STEPS = (1, 2, 5, 10, 20, 50)


def effect_chart(
    title: str,
    unit: str,
    shown: Sequence[Expected],
    measured: Sequence[tuple[datetime, float]],
    zone: tzinfo | None,
    name: str = "expected",
) -> SafeString:
    """The picture of one quantity, by the clock of the session; without a zone by the minutes since the dose alone."""
    x = svg.Scale(shown[0].at.timestamp(), shown[-1].at.timestamp(), LEFT, RIGHT)
    values = [one.high for one in shown] + [value for _, value in measured] + [one.low for one in shown]
    y = svg.Scale(min(0.0, *values), max(values) * 1.05 or 1.0, BOTTOM, TOP)
    dots = [
        svg.dot(x(at.timestamp()), y(value), "chart-score", f"{at.astimezone(zone):%H:%M} {title} {value:g}")
        for at, value in measured
        if x.low <= at.timestamp() <= x.high
    ]
    parts = [*_ground(x, y, unit, zone), *band(shown, x, y), *dots]
    return svg.picture(WIDTH, HEIGHT, f"{title} that a model expects", words(title, unit, shown), parts, name)


def words(title: str, unit: str, shown: Sequence[Expected]) -> str:
    """The picture in words: its highest point."""
    top = max(shown, key=lambda one: one.median)
    after = round((top.at - shown[0].at) / timedelta(minutes=1))
    return (
        f"{title} at most {top.median:.0f} {unit}, from {top.low:.0f} to {top.high:.0f} in most virtual people, "
        f"{after} min after the first dose; a model, not a target."
    )


def _ground(x: svg.Scale, y: svg.Scale, unit: str, zone: tzinfo | None) -> list[SafeString]:
    parts = [svg.label(2, TOP - 10, unit, "chart-unit", "start")]
    for tick in y.ticks(STEPS, 6):
        parts += [
            svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid"),
            svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end"),
        ]
    parts.append(svg.line(LEFT, BOTTOM, RIGHT, BOTTOM, "chart-axis"))
    since = svg.Scale(0.0, x.high - x.low, LEFT, RIGHT)
    for tick in since.ticks(TIME_STEPS, 7):
        parts.append(svg.label(since(tick), BOTTOM + 32, f"{tick / 60:+g} min", "chart-note"))
        if zone is not None:
            parts.append(svg.label(since(tick), BOTTOM + 16, f"{datetime.fromtimestamp(x.low + tick, zone):%H:%M}"))
    return parts

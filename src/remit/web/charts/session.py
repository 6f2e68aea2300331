"""The curve of one session: pressure as floating bars, pulse and SpO2 as lines, dose below, events above."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo

from django.utils.html import format_html
from django.utils.safestring import SafeString

from remit.web.charts import svg

WIDTH, HEIGHT = 460, 392
LEFT, RIGHT = 38, 454
PRESSURE_TOP, PRESSURE_BOTTOM = 56, 212
LINES_TOP, LINES_BOTTOM = 232, 320
DOSE_TOP, DOSE_BOTTOM = 330, 346
TIME_STEPS = tuple(timedelta(minutes=m).total_seconds() for m in (5, 10, 15, 30, 60, 120, 240))


@dataclass(frozen=True, slots=True)
class Reading:
    """One vital set as charted; `corrected` ones were replaced and stay visible, struck through."""

    at: datetime
    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    spo2: float | None = None
    corrected: bool = False


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts: a dose, an alarm. An open end reaches to now."""

    start: datetime
    end: datetime | None
    label: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened at one moment."""

    at: datetime
    label: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit of the rules, drawn as a dashed line through the pressure panel."""

    mmhg: float
    label: str


@dataclass(frozen=True, slots=True)
class Expected:
    """What the model expects at a moment: the middle of its virtual people, and the ends of their band."""

    at: datetime
    low: float
    median: float
    high: float


@dataclass(frozen=True, slots=True)
class SessionCurve:
    """What the chart shows. `first_dose` begins the second time scale; `release` is the earliest leaving."""

    readings: Sequence[Reading]
    doses: Sequence[Span]
    events: Sequence[Mark]
    alarms: Sequence[Span]
    now: datetime
    zone: tzinfo
    first_dose: datetime | None = None
    release: datetime | None = None
    limits: Sequence[Limit] = ()
    expected: Sequence[Expected] = ()
    """The systolic pressure that the model expects, drawn behind what was measured."""


def session_chart(curve: SessionCurve, name: str = "session-chart") -> SafeString:
    """The chart as SVG; without any reading it says so."""
    if not curve.readings and not curve.doses:
        return format_html('<p class="empty">{}</p>', _words(curve))
    x = _time_scale(curve)
    parts = [*_alarms(curve, x), *_pressure(curve, x), *_lines(curve, x), *_doses(curve, x), *_events(curve, x)]
    return svg.picture(WIDTH, HEIGHT, "Readings of this session", _words(curve), [*parts, *_axis(curve, x)], name)


def _words(curve: SessionCurve) -> str:
    held = [reading for reading in curve.readings if not reading.corrected]
    if not held:
        return "Nothing was measured yet."
    last = max(held, key=lambda reading: reading.at)
    pressure = (
        f"{last.systolic:g}/{last.diastolic:g} mmHg" if last.systolic and last.diastolic else "pressure not measured"
    )
    clock = last.at.astimezone(curve.zone)
    said = f"{len(held)} readings; the last at {clock:%H:%M}: {pressure}. The table beside it holds every value."
    return f"{said} Behind them a pale band: what a model expects, no target." if curve.expected else said


def _time_scale(curve: SessionCurve) -> svg.Scale:
    times = [reading.at for reading in curve.readings] + [mark.at for mark in curve.events]
    times += [span.start for span in (*curve.doses, *curve.alarms)] + [curve.now]
    times += [curve.release] if curve.release else []
    low, high = min(times), max(times)
    margin = max((high - low) * 0.03, timedelta(minutes=2))
    return svg.Scale((low - margin).timestamp(), (high + margin).timestamp(), LEFT, RIGHT)


def _pressure(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    held = [r for r in curve.readings if r.systolic is not None or r.diastolic is not None]
    values = [v for r in held for v in (r.systolic, r.diastolic) if v is not None]
    values += [limit.mmhg for limit in curve.limits] if values else []
    shown = [one for one in curve.expected if x.low <= one.at.timestamp() <= x.high] if values else []
    values += [end for one in shown for end in (one.low, one.high)]
    y = svg.Scale(*svg.padded(values, 20), PRESSURE_BOTTOM, PRESSURE_TOP)
    parts = [*_grid(y, (20, 40, 80)), svg.label(2, PRESSURE_TOP - 8, "mmHg", "chart-unit", "start")]
    parts += band(shown, x, y)
    for limit in curve.limits if values else ():
        parts += [
            svg.line(LEFT, y(limit.mmhg), RIGHT, y(limit.mmhg), "chart-limit"),
            svg.label(RIGHT, y(limit.mmhg) - 3, limit.label, "chart-note", "end"),
        ]
    return parts + [part for reading in held for part in _bar(reading, x, y, curve.zone)]


def band(shown: Sequence[Expected], x: svg.Scale, y: svg.Scale) -> list[SafeString]:
    """A pale band with its middle, broken like everything that a model says; nothing for fewer than two moments."""
    if len(shown) < 2:
        return []
    along = [x(one.at.timestamp()) for one in shown]
    there = [f"{left} {y(one.high)}" for left, one in zip(along, shown, strict=True)]
    back = [f"{left} {y(one.low)}" for left, one in zip(along, shown, strict=True)]
    middle = [(left, y(one.median)) for left, one in zip(along, shown, strict=True)]
    return [
        format_html('<path d="M{}Z" class="chart-band"/>', " L".join([*there, *reversed(back)])),
        svg.path([middle], "chart-expected"),
    ]


def _bar(reading: Reading, x: svg.Scale, y: svg.Scale, zone: tzinfo) -> list[SafeString]:
    place = x(reading.at.timestamp())
    kind = "chart-pressure corrected" if reading.corrected else "chart-pressure"
    words = f"{reading.at.astimezone(zone):%H:%M} {_value(reading.systolic)}/{_value(reading.diastolic)} mmHg"
    words += " (corrected)" if reading.corrected else ""
    if reading.systolic is None or reading.diastolic is None:
        alone = reading.systolic if reading.systolic is not None else reading.diastolic
        return [svg.dot(place, y(alone), kind, words)] if alone is not None else []
    top, bottom = y(reading.systolic), y(reading.diastolic)
    drawn = [svg.rect(place - 4, top, 8, bottom - top, kind, words)]
    return [*drawn, svg.line(place - 8, bottom, place + 8, top, "chart-struck")] if reading.corrected else drawn


def _value(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


def _lines(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    held = [reading for reading in curve.readings if not reading.corrected]
    values = [v for r in held for v in (r.heart_rate, r.spo2) if v is not None]
    y = svg.Scale(*svg.padded(values, 10), LINES_BOTTOM, LINES_TOP)
    parts = [*_grid(y, (10, 20, 40, 80)), svg.label(2, LINES_TOP - 6, "/min, %", "chart-unit", "start")]
    series: list[tuple[str, str, Callable[[Reading], float | None]]] = [
        ("chart-pulse", "pulse", lambda reading: reading.heart_rate),
        ("chart-spo2", "SpO₂", lambda reading: reading.spo2),
    ]
    for n, (kind, word, value) in enumerate(series):
        parts += _line(held, x, y, kind, word, value, curve.zone, above=n == 1)
    return parts


def _line(
    held: Sequence[Reading], x: svg.Scale, y: svg.Scale, kind: str, word: str, value: Callable[[Reading], float | None],
    zone: tzinfo,
    *,
    above: bool,
) -> list[SafeString]:  # fmt: skip
    runs: list[list[tuple[float, float]]] = [[]]
    dots: list[SafeString] = []
    for reading in sorted(held, key=lambda one: one.at):
        measured = value(reading)
        if measured is None:
            runs.append([])
            continue
        place = (x(reading.at.timestamp()), y(measured))
        runs[-1].append(place)
        dots.append(svg.dot(*place, kind, f"{reading.at.astimezone(zone):%H:%M} {word} {measured:g}", 3))
    last = next((run[-1] for run in reversed(runs) if run), None)
    named = (
        [svg.label(min(last[0] + 6, RIGHT - 34), last[1] + (-6 if above else 14), word, f"chart-note {kind}", "start")]
        if last
        else []
    )
    return [svg.path(runs, kind), *dots, *named]


def _grid(y: svg.Scale, steps: Sequence[float]) -> list[SafeString]:
    parts: list[SafeString] = []
    for tick in y.ticks(steps, 7):
        parts += [
            svg.line(LEFT, y(tick), RIGHT, y(tick), "chart-grid"),
            svg.label(LEFT - 6, y(tick) + 4, f"{tick:g}", anchor="end"),
        ]
    return parts


def _doses(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    parts: list[SafeString] = []
    for dose in curve.doses:
        start, end = x(dose.start.timestamp()), x((dose.end or dose.start).timestamp())
        parts.append(svg.rect(start, DOSE_TOP, max(end - start, 3), DOSE_BOTTOM - DOSE_TOP, "chart-dose", dose.label))
    if curve.doses:
        first = curve.doses[0]
        parts.append(svg.label(x(first.start.timestamp()) - 4, DOSE_BOTTOM - 4, "dose", "chart-note", "end"))
    return parts


def _alarms(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    parts: list[SafeString] = []
    for n, alarm in enumerate(sorted(curve.alarms, key=lambda held: held.start)):
        start, end = x(alarm.start.timestamp()), x((alarm.end or curve.now).timestamp())
        parts.append(
            svg.rect(start, PRESSURE_TOP, max(end - start, 3), LINES_BOTTOM - PRESSURE_TOP, "chart-alarm", alarm.label)
        )
        # Alarms that begin together stand under one another.
        row, fits = PRESSURE_TOP + 12 + 12 * (n % 5), start < RIGHT - 90
        anchor = "start" if fits else "end"
        parts.append(svg.label(start + (3 if fits else -3), row, f"▲ {alarm.label}", "chart-note", anchor))
    return parts


def _events(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    parts: list[SafeString] = []
    for n, event in enumerate(sorted(curve.events, key=lambda mark: mark.at)):
        place, row = x(event.at.timestamp()), 12 + 13 * (n % 3)
        parts += [
            svg.line(place, row + 3, place, PRESSURE_TOP, "chart-event"),
            svg.label(
                min(place + 3, RIGHT - 4), row, event.label, "chart-note", "start" if place < RIGHT - 90 else "end"
            ),
        ]
    return parts


def _axis(curve: SessionCurve, x: svg.Scale) -> list[SafeString]:
    parts = [svg.line(LEFT, DOSE_BOTTOM + 4, RIGHT, DOSE_BOTTOM + 4, "chart-axis")]
    zone_shift = datetime.fromtimestamp(x.low, curve.zone).utcoffset() or timedelta()
    local = svg.Scale(x.low + zone_shift.total_seconds(), x.high + zone_shift.total_seconds(), LEFT, RIGHT)
    for tick in local.ticks(TIME_STEPS, 7):
        clock = datetime.fromtimestamp(tick - zone_shift.total_seconds(), curve.zone)
        parts.append(svg.label(local(tick), DOSE_BOTTOM + 20, f"{clock:%H:%M}"))
    if curve.first_dose:
        begin = curve.first_dose.timestamp()
        since = svg.Scale(x.low - begin, x.high - begin, LEFT, RIGHT)
        parts += [
            svg.label(since(tick), DOSE_BOTTOM + 36, f"{tick / 60:+g} min", "chart-note")
            for tick in since.ticks(TIME_STEPS, 6)
        ]
    if curve.release:
        place = x(curve.release.timestamp())
        parts += [
            svg.line(place, PRESSURE_TOP, place, DOSE_BOTTOM + 4, "chart-release"),
            svg.label(
                place - 4,
                DOSE_BOTTOM - 4,
                f"release from {curve.release.astimezone(curve.zone):%H:%M}",
                "chart-note",
                "end",
            ),
        ]
    now = x(curve.now.timestamp())
    return [*parts, svg.line(now, PRESSURE_TOP, now, DOSE_BOTTOM + 4, "chart-now")]

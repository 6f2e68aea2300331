"""What is due next in a session, when, and what is overdue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from remit.pathway.chart import Chart, State
from remit.pathway.protocol import VitalsSchedule
from remit.pathway.safety import DISSOCIATION_SCALES, MOAAS, PRESSURE
from remit.quantities import Minutes

LAST = "last"
"""The clock of a schedule that counts from the last spray device."""


@dataclass(frozen=True, slots=True)
class Due:
    """One thing that is to be done. `reading`: a vital set answers it."""

    what: str
    due_at: datetime
    overdue: bool
    text: str
    reading: bool = False


def due(chart: Chart, asof: datetime) -> list[Due]:
    """Everything that is due or will be, the earliest first; nothing once the session has ended."""
    if chart.state.terminal:
        return []
    found = [*_repeats(chart, asof), *_vitals(chart, asof), *_mental_state(chart, asof), *_end(chart, asof)]
    return sorted(found, key=lambda held: held.due_at)


def _late(chart: Chart, due_at: datetime, asof: datetime) -> bool:
    return asof >= due_at + _span(chart.plan.rules.overdue_after.value)


def _span(minutes: Minutes) -> timedelta:
    return timedelta(minutes=minutes.value)


def _repeats(chart: Chart, asof: datetime) -> list[Due]:
    """A repeat for every odd value, one for each thing that is to be measured again."""
    rules, found = chart.plan.rules.alarms, dict[str, Due]()
    for repeat in chart.watch.repeats(asof):
        what = "repeat_" + ("blood_pressure" if PRESSURE[0] in repeat.measures else "_".join(sorted(repeat.measures)))
        due_at = repeat.first_at + _span(rules.repeat_after.value)
        overdue = asof >= repeat.first_at + _span(rules.repeat_within.value)
        text = f"{repeat.why}: measure again"
        held = found.get(what)
        if held is None or due_at < held.due_at:
            found[what] = Due(what.lower(), due_at, overdue, text, reading=MOAAS not in repeat.measures)
    return list(found.values())


def _vitals(chart: Chart, asof: datetime) -> list[Due]:
    """The next vital set of the protocol's schedule: a reading answers every time up to the one it is taken for."""
    schedule = next(iter(chart.plan.protocol.vitals), None)
    if schedule is None or chart.last_dose is None:
        return []
    fixed = _next_fixed(chart, schedule)
    if fixed is not None:
        minutes, due_at = fixed
        name = "bp" if schedule.clock == LAST else "vitals"
        after = "the last device" if schedule.clock == LAST else "the start"
        return [_reading(chart, f"{name}_{minutes}_min", due_at, asof, f"{minutes} min after {after}")]
    return _recurring(chart, schedule, asof)


def _reading(chart: Chart, what: str, due_at: datetime, asof: datetime, text: str) -> Due:
    return Due(what, due_at, _late(chart, due_at, asof), text, reading=True)


def _clock(chart: Chart, schedule: VitalsSchedule) -> datetime | None:
    held = chart.last_dose if schedule.clock == LAST else chart.first_dose
    return held.at if held else None


def _next_fixed(chart: Chart, schedule: VitalsSchedule) -> tuple[int, datetime] | None:
    zero = _clock(chart, schedule)
    if zero is None:
        return None
    early = _span(chart.plan.rules.early.value)
    last = chart.last_pressure_at(since=zero)
    for minutes in sorted(schedule.minutes.value):
        due_at = zero + timedelta(minutes=minutes)
        if minutes and (last is None or last < due_at - early):
            return minutes, due_at
    return None


def _recurring(chart: Chart, schedule: VitalsSchedule, asof: datetime) -> list[Due]:
    """A set every so many minutes, while the dose runs and after it."""
    running = chart.dose_state.on
    every = schedule.every_during if running else schedule.every_after
    zero = _clock(chart, schedule)
    if every is None or zero is None:
        return []
    last = chart.last_pressure_at(since=zero) or zero
    text = f"every {every.value.value:g} min {'while the dose runs' if running else 'after the dose'}"
    return [_reading(chart, "vitals", last + _span(every.value), asof, text)]


def _mental_state(chart: Chart, asof: datetime) -> list[Due]:
    """Sedation and dissociation at the protocol's times from the start."""
    if chart.first_dose is None:
        return []
    early = _span(chart.plan.rules.early.value)
    last = max(
        (held[-1][0] for scale in (MOAAS, *DISSOCIATION_SCALES) if (held := chart.scales.get(scale))), default=None
    )
    for minutes in sorted(chart.plan.protocol.mental_state_minutes):
        due_at = chart.first_dose.at + timedelta(minutes=minutes)
        if minutes and (last is None or last < due_at - early):
            overdue = _late(chart, due_at, asof)
            return [Due(f"mental_state_{minutes}_min", due_at, overdue, f"{minutes} min after the start")]
    return []


def _end(chart: Chart, asof: datetime) -> list[Due]:
    """The planned end of an infusion that runs."""
    if chart.infusion is None or chart.state is not State.DOSING:
        return []
    at = chart.infusion.end(asof)
    return [] if at is None else [Due("dose_end", at, _late(chart, at, asof), "planned end of the infusion")]


def next_device_at(chart: Chart) -> datetime | None:
    """When the next spray device may be used: after the rest; null where none is to come."""
    device, last = chart.plan.protocol.device, chart.last_dose
    if device is None or last is None or chart.state is not State.DOSING:
        return None
    return last.at + _span(device.rest.value)

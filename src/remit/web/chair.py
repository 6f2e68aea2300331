"""A session's view as the page draws it: the grid, the curve, and everything that happened as a list."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, tzinfo
from types import MappingProxyType
from typing import Any

import msgspec
from django.utils.safestring import SafeString

from remit.acts.expected_effects import Band, Effects
from remit.acts.session import Opened
from remit.pathway.entries import (
    AdverseEvent,
    AlarmAcknowledged,
    Arrived,
    Cancel,
    Check,
    Cleared,
    Correct,
    DeviceGiven,
    Discharge,
    DoseEnd,
    DosePause,
    DoseResume,
    DoseStart,
    DoseStop,
    EmergencyStep,
    Entry,
    Hold,
    Left,
    Note,
    Prepared,
    RescueGiven,
    Resolved,
    ScaleRated,
    VialMoved,
    VitalsTaken,
)
from remit.pathway.record import Record
from remit.pathway.safety import PRESSURE, SessionRules
from remit.pathway.session import SessionView
from remit.pathway.trend import Trend, trend, trends
from remit.web.charts.expected import effect_chart
from remit.web.charts.session import Expected, Limit, Mark, Reading, SessionCurve, Span, session_chart

PRESSURE_ROW = "pressure"
ROWS = (
    (PRESSURE_ROW, "Pressure", "mmHg"),
    ("heart_rate", "Pulse", "/min"),
    ("spo2", "SpO₂", "%"),
    ("respiratory_rate", "Breaths", "/min"),
    ("temperature_c", "Temperature", "°C"),
)
FULL = "CADSS"
"""The scale whose points the model's dissociation is in; the six-item one has other points."""
SCALE_NAMES = {"MOAAS": "MOAA/S", "CADSS": "CADSS", "CADSS6": "CADSS-6", "BPRS_PLUS": "BPRS+"}


NAMES = SCALE_NAMES | {"SpO2": "SpO₂"}
_NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b")


def in_words(text: str) -> str:
    """A sentence of the rules with the scales by the names that are printed on them."""
    return _NAMED.sub(lambda found: NAMES[found[1]], text)


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in the grid; `index` is its entry's place, by which it is corrected."""

    words: str
    index: int
    outside: bool = False
    struck: bool = False
    direction: Trend | None = None
    """Where it goes since it was measured before; null where it was not."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One parameter over the session's times."""

    name: str
    unit: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The readings as a table: parameters by times, the newest last."""

    times: tuple[datetime, ...]
    minutes: tuple[float | None, ...]
    rows: tuple[GridRow, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One entry in the list of everything that happened."""

    index: int
    at: datetime
    entered_at: datetime
    kind: str
    words: str
    who: str
    second: str
    reasons: tuple[str, ...]
    corrected: bool
    correctable: bool
    fields: Mapping[str, Any] = field(compare=False)
    """What a correction may say anew; the words say it, too."""

    @property
    def late(self) -> bool:
        """True where it was entered well after it happened."""
        return self.entered_at - self.at > timedelta(minutes=1)


def grid(seen: SessionView, rules: SessionRules) -> Grid:
    """The table twin of the curve."""
    minutes = {held.taken_at: held.minutes for held in seen.readings}
    minutes |= {held.taken_at: held.minutes for held in seen.ratings}
    times = sorted(minutes)
    rows = [row for key, name, unit in ROWS if (row := _reading_row(seen, rules, times, key, name, unit)) is not None]
    rows += [_rating_row(seen, times, scale) for scale in dict.fromkeys(held.scale for held in seen.ratings)]
    return Grid(tuple(times), tuple(minutes[time] for time in times), tuple(rows))


def _reading_row(
    seen: SessionView, rules: SessionRules, times: Sequence[datetime], key: str, name: str, unit: str
) -> GridRow | None:
    cells = {time: list[Cell]() for time in times}
    measures = PRESSURE if key == PRESSURE_ROW else (key,)
    gone = trends(seen.readings, measures, rules.noise)
    for held, direction in zip(seen.readings, gone, strict=True):
        if held.values.keys().isdisjoint(measures):
            continue
        words = pressure_words(held.values) if key == PRESSURE_ROW else f"{held.values[key]:g}"
        outside = any(concerns(threshold, key) for threshold in held.beyond)
        cells[held.taken_at].append(Cell(words, held.index, outside, held.corrected_by is not None, direction))
    if not any(cells.values()) and key in ("respiratory_rate", "temperature_c"):
        return None
    return GridRow(name, unit, tuple(_both(cells[time]) for time in times))


def concerns(threshold: str, key: str) -> bool:
    """Whether a threshold speaks of this row; the thresholds' own ids name what they measure."""
    named = {"heart_rate": "heart_rate", "spo2": "spo2", "respiratory_rate": "resp"}
    if key == PRESSURE_ROW:
        return not any(word in threshold for word in named.values())
    return key in named and named[key] in threshold


def _rating_row(seen: SessionView, times: Sequence[datetime], scale: str) -> GridRow:
    cells = {time: list[Cell]() for time in times}
    before: dict[str, float] = {}
    for held in (one for one in seen.ratings if one.scale == scale):
        struck, now = held.corrected_by is not None, {scale: float(held.total)}
        direction = None if struck else trend(before, now, (scale,), {})
        cells[held.taken_at].append(Cell(str(held.total), held.index, struck=struck, direction=direction))
        before = before if struck else now
    return GridRow(SCALE_NAMES.get(scale, scale), "", tuple(_both(cells[time]) for time in times))


def _both(cells: list[Cell]) -> tuple[Cell, ...]:
    """The corrected value before the one that stands; one that the correction left as it was is shown once."""
    standing = {cell.words for cell in cells if not cell.struck}
    shown = [cell for cell in cells if not (cell.struck and cell.words in standing)]
    return tuple(sorted(shown, key=lambda cell: not cell.struck))


def pressure_words(values: Mapping[str, float]) -> str:
    """`128/82`; a missing one is a dash."""
    return "/".join("–" if values.get(key) is None else f"{values[key]:g}" for key in ("systolic", "diastolic"))


def curve(opened: Opened, zone: tzinfo, expected: Effects | None = None) -> SafeString:
    """The session's curve, and behind it what the model expects, where that is known."""
    seen = opened.view
    first = next((limit for gate in opened.loaded.plan.rules.gate.pressures for limit in gate.limits), None)
    return session_chart(
        SessionCurve(
            readings=[
                Reading(
                    held.taken_at,
                    held.values.get("systolic"),
                    held.values.get("diastolic"),
                    held.values.get("heart_rate"),
                    held.values.get("spo2"),
                    held.corrected_by is not None,
                )
                for held in seen.readings
            ],
            doses=_doses(opened),
            events=_events(opened),
            alarms=[Span(alarm.raised_at, alarm.resolved_at, words_of(alarm.id)) for alarm in seen.alarms],
            now=seen.ended_at or seen.asof,
            zone=zone,
            first_dose=seen.first_dose_at,
            release=seen.release_not_before,
            limits=[Limit(first.value, f"{first.value:g} asks the prescriber")] if first else [],
            expected=_expected_pressure(seen, expected),
        )
    )


def _expected_pressure(seen: SessionView, effects: Effects | None) -> list[Expected]:
    """The systolic pressure that the model expects, from this session's own baseline."""
    base = (seen.baseline or {}).get("systolic")
    if effects is None or base is None:
        return []
    return expected_at(seen, effects, effects.systolic, base)


def expected_at(seen: SessionView, effects: Effects, band: Band | None, base: float) -> list[Expected]:
    """A band on the session's clock, above a base."""
    return on_a_clock(seen.first_dose_at, effects, band, base) if band and seen.first_dose_at else []


def on_a_clock(dose: datetime, effects: Effects, band: Band, base: float) -> list[Expected]:
    """A band from the time of a dose on, above a base."""
    held = zip(effects.minutes, band.low, band.median, band.high, strict=True)
    return [
        Expected(dose + timedelta(minutes=minute), base + low, base + middle, base + high)
        for minute, low, middle, high in held
    ]


def dissociation(opened: Opened, effects: Effects, zone: tzinfo) -> SafeString | None:
    """The CADSS that the model expects, with what was rated on that scale before it; null where nothing is known."""
    seen = opened.view
    shown = expected_at(seen, effects, effects.dissociation, 0.0)
    rated = [(one.taken_at, float(one.total)) for one in seen.ratings if one.scale == FULL and one.corrected_by is None]
    return effect_chart("CADSS", "points", shown, rated, zone) if shown else None


def _doses(opened: Opened) -> list[Span]:
    """One bar for each stretch in which an infusion ran; one tick for a spray or an injection."""
    spans: list[Span] = []
    running: tuple[datetime, str] | None = None
    for entry in _in_time(opened):
        if isinstance(entry, DeviceGiven):
            spans.append(Span(entry.occurred, entry.occurred, f"{entry.mg:g} mg"))
        elif isinstance(entry, DoseStart):
            running = (entry.occurred, f"{entry.mg:g} mg")
        elif isinstance(entry, DoseResume):
            running = (entry.occurred, "resumed")
        elif isinstance(entry, DosePause | DoseEnd | DoseStop) and running is not None:
            spans.append(Span(running[0], entry.occurred, running[1]))
            running = None
    if running is not None:
        infused = opened.loaded.plan.infused
        spans.append(Span(running[0], opened.view.asof if infused else running[0], running[1]))
    return spans


def _events(opened: Opened) -> list[Mark]:
    marks = []
    for entry in _in_time(opened):
        match entry:
            case AdverseEvent():
                marks.append(Mark(entry.occurred, " ".join(filter(None, (words_of(entry.id), entry.severity)))))
            case RescueGiven():
                marks.append(Mark(entry.occurred, entry.drug))
            case DosePause():
                marks.append(Mark(entry.occurred, "paused"))
            case DoseStop():
                marks.append(Mark(entry.occurred, "stopped"))
    return marks


def _in_time(opened: Opened) -> list[Entry]:
    return sorted(opened.loaded.session.standing.values(), key=lambda entry: entry.occurred)


_WORDS = {"bp": "pressure", "spo2": "SpO₂", "htn": "hypertension"}


def words_of(id: str) -> str:
    """An id in words: `postdose_bp_urgent` becomes `postdose pressure urgent`."""
    return " ".join(_WORDS.get(word, word) for word in id.split("_"))


CORRECTABLE: dict[type[Entry], tuple[str, ...]] = {
    VitalsTaken: ("systolic", "diastolic", "heart_rate", "spo2", "respiratory_rate", "temperature_c"),
    ScaleRated: ("id", "total"),
    DeviceGiven: ("mg", "lot", "expiry"),
    DoseStart: ("mg", "volume_ml", "strength", "lot"),
    DoseStop: ("given_mg", "reason"),
    DosePause: (),
    DoseResume: (),
    DoseEnd: (),
    AdverseEvent: ("id", "severity"),
    Resolved: ("id",),
    RescueGiven: ("drug", "dose", "route"),
    Check: ("id", "result", "reason"),
    Arrived: (),
    Note: ("text",),
}
"""What of each kind a correction may say anew, beside when it happened."""


def lines(opened: Opened) -> list[Line]:
    """Everything that happened, the newest first."""
    corrected = {
        record.decision.replaces[0] for record in opened.loaded.session.records if record.decision.replaces is not None
    }
    made = [_line(record, opened, corrected) for record in opened.loaded.session.records]
    return list(reversed(made))


def _line(record: Record, opened: Opened, corrected: set[int]) -> Line:
    entry = record.entry
    names = opened.names
    fields = CORRECTABLE.get(type(entry))
    return Line(
        index=record.index,
        at=entry.occurred,
        entered_at=entry.at,
        kind=entry.kind,
        words=say(entry, opened.lots),
        who=names.get(entry.account or "", entry.by.value),
        second=names.get(entry.second_account or "", entry.second_person or ""),
        reasons=record.decision.reasons,
        corrected=record.index in corrected,
        correctable=fields is not None,
        fields={name: _plain(getattr(entry, name)) for name in fields or ()},
    )


def _plain(value: Any) -> Any:
    return f"{value:g}" if isinstance(value, float) else value


_SAYS: dict[type[Entry], Callable[[Any], str]] = {
    Arrived: lambda held: "arrived",
    Check: lambda held: f"{words_of(held.id)}: {held.result.value}",
    VitalsTaken: lambda held: ", ".join(_vitals(held)) + (" (from a monitor)" if held.source else ""),
    ScaleRated: lambda held: f"{SCALE_NAMES.get(held.id, held.id)} {held.total}",
    Cleared: lambda held: "cleared for the dose",
    DeviceGiven: lambda held: f"device of {held.mg:g} mg, lot {held.lot or '–'}, expiry {held.expiry or '–'}",
    DoseStart: lambda held: f"dose started: {held.mg:g} mg" + (f" in {held.volume_ml:g} mL" if held.volume_ml else ""),
    DosePause: lambda held: "dose paused",
    DoseResume: lambda held: "dose resumed",
    DoseEnd: lambda held: "dose complete",
    DoseStop: lambda held: "dose stopped" + (f", given {held.given_mg:g} mg" if held.given_mg is not None else ""),
    AdverseEvent: lambda held: " ".join(filter(None, (words_of(held.id), held.severity, held.text))),
    Resolved: lambda held: f"{words_of(held.id)} is over",
    RescueGiven: lambda held: " ".join(filter(None, ("gave", held.drug, held.dose, held.route))),
    Hold: lambda held: "on hold",
    Cancel: lambda held: "cancelled",
    Note: lambda held: held.text,
    Correct: lambda held: f"correction of entry {held.of + 1}: {_corrected(held.entry)}",
    Discharge: lambda held: (
        f"discharged, escort {held.escort or '–'}" + (" (override)" if held.override_reason else "")
    ),
    Left: lambda held: "left against advice",
    AlarmAcknowledged: lambda held: f"took on the alarm {words_of(held.id)}",
    EmergencyStep: lambda held: f"{words_of(held.card)}: {held.step}",
    Prepared: lambda held: (
        f"prepared {held.volume_ml:g} mL of {held.molecule.value} {held.strength}, recomputed by a second"
    ),
    VialMoved: lambda held: f"{_vial(held)}: {held.act}" + (f" {held.mg:g} mg" if held.mg is not None else ""),
}


def say(entry: Entry, lots: Mapping[str, str] = MappingProxyType({})) -> str:
    """What an entry says, in one line; `lots` are those of the stock's vials, by their number."""
    if isinstance(entry, VialMoved) and entry.vial in lots:
        entry = msgspec.structs.replace(entry, lot=lots[entry.vial])
    said = _SAYS[type(entry)](entry)
    reason = entry.reason or getattr(entry, "override_reason", None)
    return f"{said}. Reason: {reason}" if reason else said


def _vial(entry: VialMoved) -> str:
    """A vial by its lot, else by what the nurse typed."""
    return f"vial of lot {entry.lot}" if entry.lot else f"vial {entry.vial}"


def discrepancies(opened: Opened) -> list[str]:
    """What does not add up of the session's vials, each vial by its lot."""
    found = []
    for words in opened.view.ledger.discrepancies:
        for number, lot in opened.lots.items():
            words = words.replace(number, f"of lot {lot}")
        found.append(words)
    return found


def _vitals(entry: VitalsTaken) -> list[str]:
    held = entry.measured
    said = [f"{pressure_words(held)} mmHg"] if {"systolic", "diastolic"} & held.keys() else []
    # Within a sentence; SpO₂ is written so everywhere.
    return said + [
        f"{name if name == 'SpO₂' else name.lower()} {held[key]:g} {unit}" for key, name, unit in ROWS if key in held
    ]


def _corrected(entry: Mapping[str, Any]) -> str:
    return ", ".join(f"{words_of(key)} {value}" for key, value in entry.items() if key != "kind")

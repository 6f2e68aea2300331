"""Everything that happened in a session, as a list in words, and what of it may be corrected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Any

import msgspec

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
from remit.web.chair import ROWS, SCALE_NAMES, asked_words, plain, pressure_words, words_of


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
        reasons=tuple(map(plain, record.decision.reasons)),
        corrected=record.index in corrected,
        correctable=fields is not None,
        fields={name: _as_typed(getattr(entry, name)) for name in fields or ()},
    )


def _as_typed(value: Any) -> Any:
    """A value as a form takes it back."""
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:g}" if isinstance(value, float) else value


_SAYS: dict[type[Entry], Callable[[Any], str]] = {
    Arrived: lambda held: "arrived",
    Check: lambda held: f"{asked_words(held.id)}: {held.result.value}",
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

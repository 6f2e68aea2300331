"""Reading a session file (YAML or JSON): what was planned, what was entered, and the time at which it is looked at."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import msgspec

from remit.cli.case import Part, PatientPart, Text, number, one_of, patient, without_nulls
from remit.knowledge.files import as_schema, read_text
from remit.knowledge.protocols import protocol
from remit.knowledge.safety import rules
from remit.pathway.entries import Check, Entry
from remit.pathway.entry_reading import read_entry
from remit.pathway.referral import Jurisdiction, Setting
from remit.pathway.session_plan import SessionPlan
from remit.quantities import BadInput, Milligrams, Minutes, Route


class _Planned(Part):
    dose_mg: str
    session: Text = None
    route: Text = None
    duration_min: Text = None


class _File(Part):
    protocol: str
    planned: _Planned
    asof: str
    jurisdiction: Text = None
    setting: Text = None
    patient: PatientPart = msgspec.field(default_factory=PatientPart)
    entries: list[dict[str, Any]] = msgspec.field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SessionFile:
    """A session as a file tells it."""

    plan: SessionPlan
    entries: tuple[Entry, ...]
    asof: datetime


def read_session(path: Path) -> SessionFile:
    """The session in a file. Raises `BadInput` with the file, the key, the bound and the value."""
    written = without_nulls(read_text(path))
    try:
        return _session(as_schema(written, _File, "session"))
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error


def _session(file: _File) -> SessionFile:
    asof = _time("asof", file.asof)
    plan = SessionPlan(
        protocol=protocol(file.protocol),
        rules=rules(),
        planned=Milligrams(number("planned.dose_mg", file.planned.dose_mg) or 0),
        number=_whole("planned.session", file.planned.session),
        jurisdiction=one_of("jurisdiction", file.jurisdiction, Jurisdiction),
        setting=one_of("setting", file.setting, Setting),
        patient=patient(file.patient, asof.date()),
        route_chosen=one_of("planned.route", file.planned.route, Route),
        infusion_chosen=_minutes("planned.duration_min", file.planned.duration_min),
    )
    if plan.route not in plan.protocol.routes:
        raise BadInput(f"planned.route: {', '.join(plan.protocol.routes)} is needed, not {plan.route.value}")
    return SessionFile(plan, tuple(_entry(plan, at, held) for at, held in enumerate(file.entries)), asof)


def _entry(plan: SessionPlan, at: int, written: dict[str, Any]) -> Entry:
    try:
        entry = read_entry(written, plan.rules)
        if isinstance(entry, Check):
            plan.refuse_unknown_check(entry.id)
    except BadInput as error:
        raise BadInput(f"entries[{at}]: {error}") from error
    return entry


def _time(thing: str, text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        time = None
    if time is None or time.tzinfo is None:
        raise BadInput(f"{thing}: a time with offset such as 2026-11-21T16:30:00-05:00 is needed, not {text!r}")
    return time


def _whole(thing: str, text: Text) -> int:
    if text is None:
        return 1
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise BadInput(f"{thing}: a whole number from 1 is needed, not {text!r}")
    return int(text)


def _minutes(thing: str, text: Text) -> Minutes | None:
    read = number(thing, text)
    return None if read is None else Minutes(read)

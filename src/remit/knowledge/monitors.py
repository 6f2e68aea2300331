"""What a monitor's codes mean, built from the code table and `terminology/monitors.yaml`."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.terminology import code
from remit.pathway.devices import Bounds, MonitorCode, MonitorCodes, Reading, Refused

FILE = FOLDER / "terminology" / "monitors.yaml"


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: str
    status: str
    src: list[str]
    note: str = ""


class _Reading(_Part):
    id: str
    kind: str
    unit: str
    possible: str
    concepts: list[str]


class _Refused(_Part):
    id: str
    reason: str
    concepts: list[str]


class _Name(_Part):
    id: str
    code: str
    name: str


class _Unit(_Part):
    id: str
    unit: str
    concepts: list[str]
    words: list[str]


class _NoReading(_Part):
    values: list[str]
    flags: dict[str, str]


class _States(_Part):
    taken: list[str]
    containers: list[str]


class _Clock(_Part):
    agrees_within_min: int


class _File(msgspec.Struct, forbid_unknown_fields=True):
    monitor_readings: list[_Reading]
    monitor_refused: list[_Refused]
    monitor_names: list[_Name]
    monitor_units: list[_Unit]
    monitor_no_reading: _NoReading
    monitor_states: _States
    monitor_clock: _Clock


@cache
def monitor_codes() -> MonitorCodes:
    """What is needed to read a monitor's message. Raises `BadInput` for a file that does not fit."""
    held = as_schema(read_typed(FILE), _File, f"terminology/{FILE.name}")
    others: dict[str, set[str]] = {}
    for other in held.monitor_names:
        others.setdefault(other.code, set()).add(other.name.casefold())
    return MonitorCodes(
        codes={found.code: found for found in _codes(held, others)},
        units=dict(_units(held)),
        no_reading=frozenset(held.monitor_no_reading.values),
        refused_flags=held.monitor_no_reading.flags,
        taken_states=frozenset(held.monitor_states.taken),
        containers=frozenset(held.monitor_states.containers),
        clock_agrees_within=timedelta(minutes=held.monitor_clock.agrees_within_min),
    )


def _codes(held: _File, others: dict[str, set[str]]) -> Iterator[MonitorCode]:
    meanings: list[tuple[list[str], Reading | Refused]] = [
        (row.concepts, Reading(row.kind, row.unit, _bounds(row.possible))) for row in held.monitor_readings
    ]
    meanings += [(row.concepts, Refused(row.reason)) for row in held.monitor_refused]
    for concepts, meaning in meanings:
        for found in map(code, concepts):
            names = {found.display.casefold()} | others.get(found.code, set())
            yield MonitorCode(found.code, found.display, frozenset(names), meaning)


def _bounds(path: str) -> Bounds:
    held: dict[str, Any] = lookup(path).value
    return Bounds(held["low"], held["high"], path)


def _units(held: _File) -> Iterator[tuple[str, str]]:
    for row in held.monitor_units:
        for found in map(code, row.concepts):
            yield found.code.casefold(), row.unit
            yield found.display.casefold(), row.unit
        for word in [*row.words, row.unit]:
            yield word.casefold(), row.unit

"""The shape of the files that belong to no kind: the legend, the dosing rules and a clinic's settings."""

from __future__ import annotations

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.sourced import Origin, Status


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: Origin | None = None
    status: str | None = None
    src: list[str] | None = None
    note: str | None = None


class _Rule(msgspec.Struct, forbid_unknown_fields=True):
    rule: str


class _Legend(msgspec.Struct, forbid_unknown_fields=True):
    schema_version: int
    compiled: str
    status_legend: dict[Status, str]
    origin_legend: dict[Origin, str]
    encoding_notes: list[str]
    safety: _Rule


class _LegendFile(msgspec.Struct, forbid_unknown_fields=True):
    legend: _Legend


class _Value(_Part):
    value: float
    unit: str


class _Range(_Part):
    min: float
    max: float
    unit: str


class _Plausibility(msgspec.Struct, forbid_unknown_fields=True):
    change_percent: _Value
    body_mass_index: _Range
    kilograms: _Range
    height_cm: _Range


class _Ideal(_Part):
    base_kg: dict[str, float]
    kg_per_cm: float
    base_height_cm: float


class _Basis(msgspec.Struct, forbid_unknown_fields=True):
    ideal: _Ideal
    capped: _Part


class _WeekPattern(_Part):
    days: dict[str, list[int]]


class _DosingFile(msgspec.Struct, forbid_unknown_fields=True):
    weight_plausibility: _Plausibility
    weight_basis: _Basis
    week_pattern: _WeekPattern


class _Setting(_Part):
    value: float | str | None
    label: str | None = None
    unit: str | None = None
    min: float | None = None
    max: float | None = None
    choices: list[str] | None = None


class _SettingsFile(msgspec.Struct, forbid_unknown_fields=True):
    clinic_settings: dict[str, _Setting | str | list[str]]


SCHEMAS: dict[str, type[msgspec.Struct]] = {
    "legend.yaml": _LegendFile,
    "dosing.yaml": _DosingFile,
    "clinic.yaml": _SettingsFile,
}


def shared_files() -> dict[str, msgspec.Struct]:
    """Each of these files in its shape. Raises `BadInput` for one that does not fit."""
    return {name: as_schema(read_typed(FOLDER / name), schema, name) for name, schema in SCHEMAS.items()}

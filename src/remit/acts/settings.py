"""A clinic's settings: what it set, else the default that the knowledge carries with its status."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from remit.knowledge import index
from remit.quantities import BadInput
from remit.records.compiled import compiled_query
from remit.records.models import ClinicSetting

ROOT = "clinic_settings"
_UNITS = {"d": "days"}


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing that a clinic may set: its default, its bounds, and what holds now."""

    key: str
    path: str
    label: str
    unit: str
    unit_words: str
    note: str
    default: Any
    least: float | None
    most: float | None
    value: Any
    own: bool
    """True where the clinic set it itself."""


def value(clinic_id: UUID, key: str) -> Any:
    """What holds for this clinic."""
    held = _own(clinic_id, key)
    return held[0] if held and held[0] is not None else default(key)


@compiled_query
def _own(clinic: UUID, key: str) -> QuerySet[ClinicSetting, Any]:
    return ClinicSetting.objects.filter(clinic_id=clinic, key=key).values_list("value", flat=True)


def default(key: str) -> Any:
    """What holds where the clinic set nothing."""
    return index.lookup(f"{ROOT}.{key}").value


def known(clinic_id: UUID) -> list[Setting]:
    """Every setting with what holds now, in the order of the knowledge."""
    own = dict(ClinicSetting.objects.filter(clinic_id=clinic_id).values_list("key", "value"))
    return [_setting(key, own) for key in keys()]


def keys() -> list[str]:
    """The keys of all settings."""
    return [key for key, held in index.lookup(ROOT).value.items() if isinstance(held, dict)]


def checked(key: str, given: Any) -> Any:
    """The value that a clinic gives, or `BadInput` that names the setting, the bound and the value."""
    setting = _setting(key, {})
    try:
        number = float(str(given).replace(",", "."))
    except ValueError as error:
        raise BadInput(f"{key}: a number in {setting.unit} is needed, not {given!r}") from error
    if setting.least is not None and not setting.least <= number <= (setting.most or number):
        raise BadInput(f"{key}: {setting.least} to {setting.most} {setting.unit} is needed, not {number:g}")
    return int(number) if number.is_integer() else number


def _setting(key: str, own: dict[str, Any]) -> Setting:
    if key not in keys():
        raise BadInput(f"setting {key!r}: not known; there are {', '.join(keys())}")
    raw = index.lookup(ROOT).value[key]
    entry = index.lookup(f"{ROOT}.{key}")
    return Setting(
        key=key,
        path=f"{ROOT}.{key}",
        label=key.replace("_", " ").capitalize(),
        unit=entry.unit,
        unit_words=_UNITS.get(entry.unit, entry.unit),
        note=entry.note,
        default=raw["value"],
        least=raw.get("min"),
        most=raw.get("max"),
        value=own.get(key, raw["value"]),
        own=key in own,
    )

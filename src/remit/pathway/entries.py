"""What can happen in a session: one entry each, as it reaches the record.

An entry is never changed. `at` is when it was entered, `taken_at` when it happened if that differs; order, clocks and
alarms use the latter.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Literal, get_args

import msgspec

from remit.pathway.safety import VITAL_SIGNS
from remit.quantities import Molecule


class Role(StrEnum):
    """In which role a person (or a device, `system`) makes an entry."""

    PRESCRIBER = "prescriber"
    NURSE = "nurse"
    THERAPIST = "therapist"
    COORDINATOR = "coordinator"
    SYSTEM = "system"


class Result(StrEnum):
    """The answer to a check; `waived` needs a reason."""

    CONFIRMED = "confirmed"
    FAILED = "failed"
    WAIVED = "waived"


class Severity(StrEnum):
    """How bad an adverse event is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"
    SERIOUS = "serious"


When = Annotated[datetime, msgspec.Meta(tz=True)]


class Entry(
    msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True, tag_field="kind"
):
    """One thing that happened: when, by whom, and what its kind adds. `account` tells two people of one role apart."""

    at: When
    by: Role
    taken_at: When | None = None
    reason: str | None = None
    account: str | None = None
    second_person: str | None = None
    second_account: str | None = None

    @property
    def kind(self) -> str:
        """The word by which a file names this kind of entry."""
        return str(self.__struct_config__.tag)

    @property
    def occurred(self) -> datetime:
        """When it happened."""
        return self.taken_at or self.at

    @property
    def second_role(self) -> Role | None:
        """The role that the second person is named by, if any.

        >>> from datetime import UTC, datetime
        >>> Arrived(at=datetime(2026, 11, 21, tzinfo=UTC), by=Role.NURSE, second_person="Prescriber 2").second_role
        <Role.PRESCRIBER: 'prescriber'>
        """
        words = re.findall(r"[a-z]+", (self.second_person or "").lower())
        return next((role for role in Role if role.value in words), None)

    @property
    def has_second_person(self) -> bool:
        """True where another person stands behind the entry: never the account that made it."""
        if not (self.second_person or self.second_account):
            return False
        return self.account is None or self.second_account is None or self.account != self.second_account

    @property
    def values(self) -> tuple[tuple[str, Any], ...]:
        """What the entry says, without when and by whom."""
        return tuple((name, getattr(self, name)) for name in self.__struct_fields__ if name not in _WHEN_AND_WHO)


_WHEN_AND_WHO = frozenset({"at", "by", "taken_at", "account"})


class Arrived(Entry, frozen=True, tag="arrived"):
    """The person is here."""


class Check(Entry, frozen=True, tag="check"):
    """A question of the gate or of discharge was answered."""

    id: str
    result: Result
    text: str | None = None


class VitalsTaken(Entry, frozen=True, tag="vitals"):
    """One vital set; what was not measured is absent. `source` names the device message it came from."""

    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    spo2: float | None = None
    respiratory_rate: float | None = None
    temperature_c: float | None = None
    source: str | None = None

    @property
    def measured(self) -> dict[str, float]:
        """The values that were measured."""
        return {name: value for name in VITAL_SIGNS if (value := getattr(self, name)) is not None}


class ScaleRated(Entry, frozen=True, tag="scale"):
    """The total of a rating scale, and its answers where they were given (null: left out)."""

    id: str
    total: int
    answers: tuple[int | None, ...] = ()


class Cleared(Entry, frozen=True, tag="cleared"):
    """A prescriber clears the person to be dosed."""


class DeviceGiven(Entry, frozen=True, tag="device"):
    """One spray device was used up."""

    mg: float
    lot: str | None = None
    expiry: date | None = None


class DoseStart(Entry, frozen=True, tag="dose_start"):
    """An infusion starts, or an injection or oral dose is given."""

    mg: float
    volume_ml: float | None = None
    strength: str | None = None
    lot: str | None = None
    expiry: date | None = None
    vial: str | None = None


class DosePause(Entry, frozen=True, tag="dose_pause"):
    """The infusion is paused."""


class DoseResume(Entry, frozen=True, tag="dose_resume"):
    """The infusion goes on."""


class DoseEnd(Entry, frozen=True, tag="dose_end"):
    """The dose is in."""


class DoseStop(Entry, frozen=True, tag="dose_stop"):
    """The dose was stopped early."""

    given_mg: float | None = None


class AdverseEvent(Entry, frozen=True, tag="adverse_event"):
    """An adverse event began, or was rated anew."""

    id: str
    severity: Severity | None = None
    serious: bool | None = None
    text: str | None = None


class Resolved(Entry, frozen=True, tag="resolved"):
    """An adverse event is over."""

    id: str


class RescueGiven(Entry, frozen=True, tag="rescue"):
    """A rescue drug was given."""

    drug: str
    dose: str | None = None
    route: str | None = None


class Hold(Entry, frozen=True, tag="hold"):
    """Dosing waits."""


class Cancel(Entry, frozen=True, tag="cancel"):
    """The session does not take place."""


class Note(Entry, frozen=True, tag="note"):
    """Free words."""

    text: str


class Correct(Entry, frozen=True, tag="correct"):
    """An earlier entry was wrong; `entry` says it right. Both stay in the record."""

    of: int
    entry: dict[str, Any]


class Discharge(Entry, frozen=True, tag="discharge"):
    """The person goes home."""

    escort: str | None = None
    override_reason: str | None = None


class Left(Entry, frozen=True, tag="left"):
    """The person went against advice."""

    advice_given: bool | None = None
    escort: str | None = None
    follow_up: str | None = None


class AlarmAcknowledged(Entry, frozen=True, tag="alarm_ack"):
    """Somebody has taken an open alarm on."""

    id: str


class EmergencyStep(Entry, frozen=True, tag="emergency_step"):
    """A step of an emergency card was done."""

    card: str
    step: str


class Prepared(Entry, frozen=True, tag="preparation"):
    """A dose was prepared by one person and recomputed by a second from molecule, strength and volume."""

    molecule: Molecule
    strength: str
    volume_ml: float
    second_molecule: Molecule
    second_strength: str
    second_volume_ml: float | None = None
    second_mg: float | None = None
    second_weight_kg: float | None = None
    lot: str | None = None
    vial: str | None = None


class VialMoved(Entry, frozen=True, tag="vial"):
    """Something was drawn from a vial, given from it, wasted, or its waste witnessed."""

    act: Literal["draw", "given", "waste", "witness"]
    vial: str
    mg: float | None = None
    molecule: Molecule | None = None
    lot: str | None = None


Kind = (
    Arrived | Check | VitalsTaken | ScaleRated | Cleared | DeviceGiven | DoseStart | DosePause | DoseResume | DoseEnd
    | DoseStop | AdverseEvent | Resolved | RescueGiven | Hold | Cancel | Note | Correct | Discharge | Left
    | AlarmAcknowledged | EmergencyStep | Prepared | VialMoved
)  # fmt: skip
KINDS: dict[str, type[Entry]] = {str(kind.__struct_config__.tag): kind for kind in get_args(Kind)}

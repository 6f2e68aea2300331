"""What can happen in a session: one entry each, as it reaches the record.

An entry is never changed. `at` is when it was entered, `taken_at` when it happened if that differs; order, clocks and
alarms use the latter.
"""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import msgspec

from remit.pathway.safety import VITAL_SIGNS, SessionRules
from remit.pathway.scales import score_total
from remit.quantities import BadInput, Molecule, parse_strength


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


def read_entry(written: Mapping[str, Any], rules: SessionRules | None = None) -> Entry:
    """The entry that a file, a form or the record wrote down; numbers may be given as text.

    Raises `BadInput` that names the key, what would be possible there, and the value. With `rules`, values that
    cannot be true and ids that do not exist are refused as well.
    """
    given = {key: value for key, value in written.items() if value is not None and value != ""}
    kind = KINDS.get(str(given.get("kind")))
    if kind is None:
        raise BadInput(f"kind: one of {', '.join(KINDS)} is needed, not {given.get('kind')!r}")
    try:
        entry = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError:
        entry = _read_by_key(given, kind)
    if isinstance(entry, AdverseEvent | Resolved):
        entry = msgspec.structs.replace(entry, id=slug(entry.id))
    _check_shape(entry)
    if rules is not None:
        check_possible(entry, rules)
    return entry


def _read_by_key(given: Mapping[str, Any], kind: type[Entry]) -> Entry:
    """The same, key by key: slower, and able to say what is wrong."""
    word = given["kind"]
    fields = _fields(word)
    for key in given:
        if key != "kind" and key not in fields:
            raise BadInput(f"{word}: unknown key {key!r}; known are {', '.join(fields)}")
    for key, (_, required) in fields.items():
        if required and key not in given:
            raise BadInput(f"{word}: {key} is needed, it is not given")
    return kind(**{key: _value(word, key, value) for key, value in given.items() if key != "kind"})


@cache
def _fields(word: str) -> dict[str, tuple[Any, bool]]:
    found = msgspec.structs.fields(KINDS[word])
    return {field.name: (_one_type(field.type), field.required) for field in found}


def _one_type(annotation: Any) -> Any:
    """The type without its `None` and its annotations."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _value(word: str, key: str, value: Any) -> Any:
    wanted = _fields(word)[key][0]
    try:
        moment = get_args(wanted)[:1] == (datetime,) and isinstance(value, str)
        return msgspec.convert(datetime.fromisoformat(value) if moment else value, wanted, strict=False)
    except (msgspec.ValidationError, ValueError):
        raise BadInput(f"{word}: {key}: {_words(wanted)} is needed, not {value!r}") from None


def _words(wanted: Any) -> str:
    """What a key takes, in words."""
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return ", ".join(wanted)
    if get_origin(wanted) is Literal:
        return ", ".join(get_args(wanted))
    if get_args(wanted)[:1] == (datetime,):
        return "a time with offset, such as 2026-11-21T14:05:00-05:00,"
    if get_origin(wanted) is tuple:
        return "a list of whole numbers"
    named = {float: "a number", int: "a whole number", bool: "true or false", date: "a date such as 2027-05-31"}
    return named.get(wanted, "an entry" if get_origin(wanted) is dict else "text")


def _check_shape(entry: Entry) -> None:
    """What a type cannot say: finite numbers, at least one value, a diastolic below the systolic."""
    for name, value in entry.values:
        if isinstance(value, float) and not math.isfinite(value):
            raise BadInput(f"{entry.kind}: {name}: a finite number is needed, not {value}")
    if isinstance(entry, VitalsTaken):
        if not entry.measured:
            raise BadInput(f"vitals: at least one of {', '.join(VITAL_SIGNS)} is needed, there is none")
        if entry.systolic is not None and entry.diastolic is not None and entry.systolic <= entry.diastolic:
            pressure = f"more than the diastolic {entry.diastolic:g} mmHg is needed, not {entry.systolic:g} mmHg"
            raise BadInput(f"vitals: systolic: {pressure}")
    for name in ("strength", "second_strength"):
        if text := getattr(entry, name, None):
            parse_strength(text)


def check_possible(entry: Entry, rules: SessionRules) -> None:
    """Raise `BadInput` for a value that cannot be true and for the id of a scale or card that does not exist."""
    for name, value in entry.values:
        bounds = rules.possible.get(name.removeprefix("second_"))
        if bounds is not None and value is not None and not bounds.low <= value <= bounds.high:
            raise BadInput(
                f"{entry.kind}: {name}: {bounds.low:g} to {bounds.high:g} {bounds.unit} is possible, not {value:g}"
            )
    if isinstance(entry, ScaleRated):
        _check_scale(entry, rules)
    if isinstance(entry, EmergencyStep) and rules.emergency(entry.card) is None:
        known = ", ".join(card.id for card in rules.emergencies)
        raise BadInput(f"emergency_step: card: one of {known} is needed, not {entry.card!r}")
    if isinstance(entry, Correct) and "kind" in entry.entry:
        read_entry({"at": entry.at, "by": entry.by, **entry.entry}, rules)


def _check_scale(entry: ScaleRated, rules: SessionRules) -> None:
    if entry.id not in rules.totals and entry.id in rules.scales:
        raise BadInput(f"scale: {entry.id} has no total; its answers are recorded among the person's scores")
    if entry.id not in rules.totals:
        raise BadInput(f"scale: id: one of {', '.join(rules.totals)} is needed, not {entry.id!r}")
    low, high = rules.totals[entry.id]
    if not low <= entry.total <= high:
        raise BadInput(f"scale: {entry.id} total: {low} to {high} is possible, not {entry.total}")
    if entry.answers:
        score_total(rules.scales[entry.id], entry.total, entry.answers)


def slug(words: str) -> str:
    """An event's words as its id.

    >>> slug("Sudden severe headache")
    'sudden_severe_headache'
    """
    return re.sub(r"[^a-z0-9]+", "_", words.lower()).strip("_")

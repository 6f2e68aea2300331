"""What a bedside monitor sends, as values: single samples, what was not taken and why, and whom they are said to be of.

A message belongs to nobody until a person has matched it, and its time is the time at which it was received.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Bounds:
    """What can be true at all, both ends included; outside it is a device fault."""

    low: float
    high: float
    path: str = ""

    def hold(self, value: float) -> bool:
        """True for a value that can be true."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True)
class Reading:
    """A code that is a reading: which one, in which unit, and what it can be."""

    kind: str
    unit: str
    possible: Bounds


@dataclass(frozen=True, slots=True)
class Refused:
    """A code that is known and is not what a session takes."""

    reason: str


@dataclass(frozen=True, slots=True)
class MonitorCode:
    """A code of a monitor: its number, the names that agree with it, and what it stands for."""

    code: str
    display: str
    names: frozenset[str]
    meaning: Reading | Refused


@dataclass(frozen=True, slots=True)
class MonitorCodes:
    """Everything one must know to read a monitor's message; built from the knowledge."""

    codes: Mapping[str, MonitorCode]
    units: Mapping[str, str]
    """A unit's code or word, in lower case, to the unit."""
    no_reading: Collection[str]
    refused_flags: Mapping[str, str]
    taken_states: Collection[str]
    containers: Collection[str]
    clock_agrees_within: timedelta

    def of_name(self, name: str) -> MonitorCode | None:
        """The code to which a name belongs."""
        return next((code for code in self.codes.values() if name.casefold() in code.names), None)


@dataclass(frozen=True, slots=True)
class PatientId:
    """An identifier of a patient with the authority that gave it; an identifier alone says nothing."""

    value: str
    authority: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Sample:
    """One device value: what, how much, in which unit, its code and channel, and when by the device's clock."""

    kind: str
    value: float
    unit: str
    code: str
    channel: str = ""
    observed_at: datetime | None = None
    note: str = ""

    @property
    def cuff(self) -> tuple[str, datetime | None]:
        """The cuff and the moment of a pressure: its channel without the last step, and its time."""
        return self.channel.rpartition(".")[0], self.observed_at


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something in a message that was not taken, and why."""

    what: str
    reason: str


@dataclass(frozen=True, slots=True)
class MonitorMessage:
    """A message as read. `taken_at` is the time of receipt; the device's own time is kept beside it.

    `ack` is what the sender is told: AA taken, AR never to be taken. `kind` is vitals, alarm, waveform, laboratory or
    other; only vitals are taken.
    """

    control_id: str
    sender: str
    kind: str
    ack: str
    patient_ids: tuple[PatientId, ...]
    patient_name: str
    location: str
    observed_at: datetime | None
    received_at: datetime
    readings: tuple[Sample, ...] = ()
    dropped: tuple[Dropped, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def taken_at(self) -> datetime:
        """The time under which the readings are charted."""
        return self.received_at

    @property
    def unmatched(self) -> str:
        """Why nobody can be matched by identifier; empty where one can."""
        return "" if self.patient_ids else "the message names no patient"

    def vitals(self) -> dict[str, float]:
        """The readings of which there is exactly one, by kind."""
        kinds = [sample.kind for sample in self.readings]
        return {sample.kind: sample.value for sample in self.readings if kinds.count(sample.kind) == 1}

    def several(self) -> dict[str, tuple[float, ...]]:
        """The readings of which there are several, by kind: a person chooses."""
        kinds = [sample.kind for sample in self.readings]
        return {
            kind: tuple(sample.value for sample in self.readings if sample.kind == kind)
            for kind in dict.fromkeys(kinds)
            if kinds.count(kind) > 1
        }


class Match(StrEnum):
    """What a message's identifiers say about one patient."""

    SAME = "same"
    OTHER = "other"
    UNSAID = "unsaid"


def whose(message: MonitorMessage, known: Collection[PatientId]) -> Match:
    """What the message's identifiers say about the patient with these known ones.

    Only an identifier with the authority that gave it counts: a name, a bed or a bare number leaves it unsaid, and a
    person decides. One that contradicts outweighs one that agrees.

    >>> message_of = lambda *ids: MonitorMessage("", "", "vitals", "AA", ids, "", "", None, datetime.min)
    >>> whose(message_of(PatientId("12", "CLINIC")), [PatientId("12", "CLINIC")]).value
    'same'
    >>> whose(message_of(PatientId("12")), [PatientId("12", "CLINIC")]).value
    'unsaid'
    """
    found = Match.UNSAID
    for given in message.patient_ids:
        alike = [own for own in known if given.authority and (own.authority, own.kind) == (given.authority, given.kind)]
        if alike and given.value not in {own.value for own in alike}:
            return Match.OTHER
        found = Match.SAME if alike else found
    return found


class Identity(StrEnum):
    """How sure one can be, by identifiers alone, that a message is of one patient."""

    SAME = "same"
    """An identifier of this patient, with the authority that gave it."""
    SAME_NUMBER = "same_number"
    """A number of this patient, of which the message does not say who gave it."""
    OTHER = "other"
    """Identifiers of which none is this patient's, or of which one contradicts."""
    UNSAID = "unsaid"
    """No identifier at all; a name or a bed is none."""


def identity(message: MonitorMessage, known: Collection[PatientId], numbers: Collection[str]) -> Identity:
    """How sure one can be that a message is of the patient with these identifiers and bare numbers.

    >>> message_of = lambda *ids: MonitorMessage("", "", "vitals", "AA", ids, "Doe", "Bed 2", None, datetime.min)
    >>> [identity(message_of(*ids), [], ["12"]).value for ids in ([PatientId("12")], [PatientId("13")], [])]
    ['same_number', 'other', 'unsaid']
    """
    said = whose(message, known)
    if said is not Match.UNSAID:
        return Identity.SAME if said is Match.SAME else Identity.OTHER
    if not message.patient_ids:
        return Identity.UNSAID
    alike = any(given.value in numbers for given in message.patient_ids)
    return Identity.SAME_NUMBER if alike else Identity.OTHER

"""A monitor's message at the session: a person reads what a file says, matches it to the patient, and enters it.

The message belongs to nobody until then. Nothing of it is kept but what is entered, which names it; a file that is
refused or matched to nobody is only reported.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings
from django.utils.module_loading import import_string

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act_on, note
from remit.acts.monitor_codes import monitor_codes
from remit.acts.rights import may_record_session
from remit.acts.session import Entered, add_entry
from remit.acts.session_record import RELATED
from remit.pathway.devices import Identity, MonitorCodes, MonitorMessage, PatientId, Sample, identity
from remit.pathway.safety import VITAL_SIGNS
from remit.quantities import BadInput
from remit.records.models import Patient, PatientIdentifier, Session, SessionEntry
from remit.records.names import search_name

Reader = Callable[[bytes, datetime, MonitorCodes], MonitorMessage]

MOST_BYTES = 1 << 20
_FINGERPRINT_SIGNS = 16
_WORD = re.compile(r"\w+")
_MESSAGES = uuid5(NAMESPACE_OID, "remit monitor message")
PRESSURE = "pressure"
_PRESSURES = ("systolic", "diastolic")
PULSE, HEART_RATE = "pulse_rate", "heart_rate"
NEEDS_TYPING = (Identity.OTHER, Identity.UNSAID)
"""Where a tick is not enough: who it is and why are typed."""


@dataclass(frozen=True, slots=True)
class Option:
    """One value, or one pressure, that may be entered. `key` names it in the form."""

    key: str
    values: Mapping[str, float]
    samples: tuple[Sample, ...]

    @property
    def from_pulse(self) -> bool:
        """True where the pulse of a cuff or sensor stands for the heart rate, because no other was sent."""
        return any(sample.kind == PULSE for sample in self.samples)


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be entered of one vital sign; of several values a person chooses."""

    id: str
    options: tuple[Option, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """A message beside the session's patient: what it says, how sure the match is, and what may be entered."""

    message: MonitorMessage
    patient: Patient
    identity: Identity
    own_numbers: tuple[str, ...]
    """The record number and the other identifiers of the session's patient."""
    offers: tuple[Offer, ...]
    not_charted: tuple[tuple[Sample, str], ...]
    missing: tuple[str, ...]
    """Vital signs of which the message says nothing: they are typed."""
    refusals: tuple[str, ...]
    """Why nothing of it can be entered."""
    before: SessionEntry | None
    """The entry that was made of this message before."""
    elsewhere: bool
    """True where this very message was entered in another session, so that it may be another person's."""
    source: str
    client_id: UUID

    @property
    def needs_typing(self) -> bool:
        """True where a person types who it is and why."""
        return self.elsewhere or self.identity in NEEDS_TYPING

    @property
    def names_differ(self) -> bool:
        """True where the message's name has no word in common with the patient's. A name decides nothing; it warns."""
        said, own = (set(_WORD.findall(search_name(name))) for name in (self.message.patient_name, str(self.patient)))
        return bool(said) and said.isdisjoint(own)


@dataclass(frozen=True, slots=True)
class Said:
    """What the person at the chair says of whose readings these are."""

    same_person: bool = False
    record_number: str = ""
    reason: str = ""


@act_on(Session, "read_monitor_file", right=may_record_session, reads=True, related=RELATED)
def read_monitor_file(actor: Actor, session: Session, data: bytes, received_at: datetime) -> Look:
    """What a message says, beside the patient of this session. Raises `BadInput` for a file that is no message."""
    look = _look(session, data, received_at)
    note(source=look.source, identity=look.identity.value, elsewhere=look.elsewhere, refusals=list(look.refusals))
    return look


@act_on(Session, "enter_monitor_readings", right=may_record_session, related=RELATED)
def enter_monitor_readings(
    actor: Actor,
    session: Session,
    data: bytes,
    received_at: datetime,
    at: datetime,
    chosen: Mapping[str, str],
    said: Said,
) -> Entered:
    """Enter the chosen readings of a message as one vital set, once. `chosen` names the option of each offer.

    The values are read from the message again, never taken from a form; the time is that of receipt.
    """
    look = _look(session, data, received_at)
    note(source=look.source, identity=look.identity.value, elsewhere=look.elsewhere)
    if look.before is not None:
        return _entered_before(look, look.before)
    if look.refusals:
        raise Refused("enter_monitor_readings", look.refusals)
    why = _why_it_is_this_person(look, said)
    entry = {"kind": "vitals", **_values(look, chosen), "source": look.source, "taken_at": received_at.isoformat()}
    return add_entry(actor, session.pk, look.client_id, entry | ({"reason": why} if why else {}), at)


def _look(session: Session, data: bytes, received_at: datetime) -> Look:
    if len(data) > MOST_BYTES:
        raise BadInput(f"file: at most {MOST_BYTES} bytes are read, not {len(data)}")
    message = _reader()(data, received_at, monitor_codes())
    numbers = _own_numbers(session.patient)
    offers = tuple(_offers(message))
    client_id = _client_id(session.pk, message, data)
    return Look(
        message=message,
        patient=session.patient,
        identity=identity(message, _known(message, numbers), [value for _, value in numbers]),
        own_numbers=tuple(" ".join(filter(None, (value, system))) for system, value in numbers),
        offers=offers,
        not_charted=tuple(_not_charted(message, offers)),
        missing=tuple(name for name in VITAL_SIGNS if name not in _measured(offers)),
        refusals=tuple(_refusals(message, offers)),
        before=session.entries.filter(client_id=client_id).select_related("account").first(),
        elsewhere=_stands_elsewhere(session, message, data),
        source=_source(message, data),
        client_id=client_id,
    )


def _reader() -> Reader:
    """The reader of messages, which the settings name: the interface is built upon the acts, not under them."""
    return cast(Reader, import_string(settings.MONITOR_READER))


def _own_numbers(patient: Patient) -> list[tuple[str, str]]:
    """System and number of everything that the patient is called by; the clinic's own number names no system."""
    others = PatientIdentifier.objects.current().filter(patient=patient).values_list("system", "value")
    return [("", patient.mrn), *others]


def _known(message: MonitorMessage, numbers: list[tuple[str, str]]) -> list[PatientId]:
    """The patient's numbers of the authorities that the message names; a system is written in one way or another."""
    return [
        PatientId(value, given.authority, given.kind)
        for given in message.patient_ids
        for system, value in numbers
        if given.authority and system.casefold() in (given.authority.casefold(), _with_kind(given))
    ]


def _with_kind(given: PatientId) -> str:
    return f"{given.authority} {given.kind}".strip().casefold()


def _offers(message: MonitorMessage) -> Iterator[Offer]:
    held = list(enumerate(message.readings))
    if pressures := tuple(_pressures(held)):
        yield Offer(PRESSURE, pressures)
    for name in VITAL_SIGNS:
        found = [(at, sample) for at, sample in held if sample.kind == name]
        if name == HEART_RATE and not found:
            found = [(at, sample) for at, sample in held if sample.kind == PULSE]
        if found and name not in _PRESSURES:
            yield Offer(name, tuple(Option(str(at), {name: sample.value}, (sample,)) for at, sample in found))


def _pressures(held: list[tuple[int, Sample]]) -> Iterator[Option]:
    """Each systolic with the diastolic of its cuff and moment."""
    diastolic = {sample.cuff: (at, sample) for at, sample in held if sample.kind == "diastolic"}
    for at, upper in held:
        if upper.kind != "systolic":
            continue
        below = diastolic.get(upper.cuff)
        if below is None:
            yield Option(str(at), {"systolic": upper.value}, (upper,))
        else:
            values = {"systolic": upper.value, "diastolic": below[1].value}
            yield Option(f"{at}-{below[0]}", values, (upper, below[1]))


def _measured(offers: tuple[Offer, ...]) -> set[str]:
    return {name for offer in offers for option in offer.options for name in option.values}


def _not_charted(message: MonitorMessage, offers: tuple[Offer, ...]) -> Iterator[tuple[Sample, str]]:
    offered = [sample for offer in offers for option in offer.options for sample in option.samples]
    for sample in message.readings:
        if sample not in offered:
            pulse = sample.kind == PULSE
            yield sample, "the heart rate is entered in its place" if pulse else "a session charts none"


def _refusals(message: MonitorMessage, offers: tuple[Offer, ...]) -> Iterator[str]:
    if message.ack != "AA":
        yield f"This is no message of vital signs: {'; '.join(message.notes) or message.kind}."
    elif not offers:
        yield "Nothing in this message can be entered."


def _client_id(session_id: UUID, message: MonitorMessage, data: bytes) -> UUID:
    """One id for a message in a session: by its sender and its control id, or where it has none by what it says."""
    name = message.control_id or _fingerprint(data)
    return uuid5(_MESSAGES, f"{session_id}\n{message.sender}\n{name}")


def _fingerprint(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()[:_FINGERPRINT_SIGNS]


def _source(message: MonitorMessage, data: bytes) -> str:
    sender = f" of {message.sender}" if message.sender else ""
    words = f"monitor message {message.control_id or 'without number'}{sender}, fingerprint {_fingerprint(data)}"
    return _printable(words)


def _printable(words: str) -> str:
    """What a device sent, without signs that no page and not every database takes."""
    return "".join(sign if sign.isprintable() else "?" for sign in words)


def _stands_elsewhere(session: Session, message: MonitorMessage, data: bytes) -> bool:
    """True where another session of these days holds this very message."""
    near = (message.received_at - timedelta(days=1), message.received_at + timedelta(days=1))
    others = Session.objects.filter(clinic_id=session.clinic_id, planned_at__range=near).exclude(pk=session.pk)
    ids = {_client_id(key, message, data): key for key in others.values_list("pk", flat=True)}
    held = SessionEntry.objects.filter(session_id__in=ids.values(), client_id__in=ids)
    return any(_fingerprint(data) in entry.body.get("source", "") for entry in held)


def _entered_before(look: Look, before: SessionEntry) -> Entered:
    """The same message once more changes nothing; another one under the same number is not taken for it."""
    if before.body.get("source") != look.source:
        number = look.message.control_id
        said = f"The monitor sent something else as number {number} before; type these readings."
        raise Conflict("enter_monitor_readings", [said])
    note(repeated=True, seq=before.seq)
    return Entered(True, before.seq, before.result["state"], repeated=True)


def _why_it_is_this_person(look: Look, said: Said) -> str:
    """What is kept of how the person was matched; raises what is still to be said."""
    if look.needs_typing:
        return _typed(look, said)
    if look.identity is Identity.SAME_NUMBER and not said.same_person:
        raise BadInput("same_person: compare the number and the birth date at the chair, and confirm it")
    return ""


def _typed(look: Look, said: Said) -> str:
    number, mrn = said.record_number.strip(), look.patient.mrn
    if number.casefold() != mrn.casefold():
        wanted = "the record number of the person in this chair is needed, read from the person's own card or band"
        raise BadInput(f"record_number: {wanted}" + (f"; {number} is not the person of this session" if number else ""))
    if not said.reason.strip():
        raise BadInput("reason: say why the message names somebody else, or nobody")
    named = _printable(", ".join(given.value for given in look.message.patient_ids)) or "nobody"
    stands = ", and stands in another session" if look.elsewhere else ""
    return f"{said.reason.strip()} (the message names {named}{stands}; {mrn} was read at the chair)"


def _values(look: Look, chosen: Mapping[str, str]) -> dict[str, float]:
    values: dict[str, float] = {}
    for offer in look.offers:
        key = chosen.get(offer.id, "")
        found = next((option for option in offer.options if option.key == key), None)
        if key and found is None:
            raise BadInput(f"{offer.id}: one of the values in the message is needed, not {key!r}")
        values |= found.values if found else {}
    if not values:
        raise BadInput("values: choose at least one reading to enter")
    return values

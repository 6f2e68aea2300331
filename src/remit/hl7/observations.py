"""From a monitor's message to samples: a value is taken only where nothing about it is in doubt, else reported.

A number and its name must agree, a value has a unit of its kind and can be possible, an arterial line is not the cuff.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from remit.hl7.dialects import dialect
from remit.hl7.reader import Parsed, Part, moment, parse
from remit.pathway.devices import (
    Dropped,
    MonitorCode,
    MonitorCodes,
    MonitorMessage,
    PatientId,
    Reading,
    Refused,
    Sample,
)
from remit.quantities import BadInput, celsius

_NUMBER = re.compile(r"[+-]?[0-9]+(?:\.[0-9]*)?")


@dataclass(frozen=True, slots=True)
class Observation:
    """One OBX segment in words."""

    type: str
    code: str
    name: str
    system: str
    channel: str
    value: str
    unit: tuple[str, str, str]
    flags: tuple[str, ...]
    state: str
    observed_at: datetime | None

    @property
    def what(self) -> str:
        """How a report calls it."""
        return " ".join(word for word in (self.code, self.name) if word) or "no code"


class _NotTaken(Exception):
    """Why an observation is not taken."""


def read(data: bytes, received_at: datetime, codes: MonitorCodes) -> MonitorMessage:
    """Read one message. `received_at` is the time of receipt, which rules. Raises `BadInput` for what is no message."""
    if received_at.tzinfo is None:
        raise BadInput(f"received_at: a time with its offset is needed, not {received_at.isoformat()}")
    parsed = parse(data)
    message = _envelope(parsed, received_at)
    refusal = _refusal(parsed)
    if refusal:
        return replace(message, ack="AR", notes=(*message.notes, refusal))
    observations = list(_observations(parsed, received_at))
    kind = _kind(observations)
    taken, dropped = _sort(observations, codes)
    if kind != "vitals":
        return replace(message, kind=kind, ack="AR", dropped=dropped, notes=(*message.notes, f"a {kind} message"))
    taken, apart = _pressures(taken)
    observed = next((sample.observed_at for sample in taken if sample.observed_at), message.observed_at)
    notes = (*message.notes, *_clock(observed, received_at, codes))
    return replace(message, readings=taken, dropped=(*dropped, *apart), observed_at=observed, notes=notes)


def _envelope(parsed: Parsed, received_at: datetime) -> MonitorMessage:
    head, person, visit = parsed.head, parsed.first("PID"), parsed.first("PV1")
    order = parsed.first("OBR")
    told = (order.text(7) if order else "") or head.text(7)
    notes = parsed.notes if head.text(10) else (*parsed.notes, "no control id: a repeat cannot be recognised")
    return MonitorMessage(
        control_id=head.text(10),
        sender=" ".join(word for word in (head.whole(3), head.whole(4)) if word),
        kind={"R40": "alarm", "W01": "waveform"}.get(head.text(9, 2), "vitals" if head.text(9) == "ORU" else "other"),
        ack="AA",
        patient_ids=tuple(_patient_ids(person)) if person else (),
        patient_name=" ".join(word for word in (person.text(5, 2), person.text(5)) if word) if person else "",
        location=" ".join(word for word in re.split(r"[\^&~]+", visit.whole(3)) if word) if visit else "",
        observed_at=moment(told, parsed.zone(received_at.tzinfo)),
        received_at=received_at,
        notes=notes,
    )


def _patient_ids(person: Part) -> Iterator[PatientId]:
    for repeat in range(1, person.repeats(3) + 1):
        if value := person.text(3, 1, repeat):
            authority = person.text(3, 4, repeat) or person.text(3, 4, repeat, 2)
            yield PatientId(value, authority, person.text(3, 5, repeat))


def _refusal(parsed: Parsed) -> str:
    """Why the whole message is not a patient's vital signs; empty where nothing speaks against it."""
    head = parsed.head
    if (head.text(9), head.text(9, 2)) not in (("ORU", "R01"), ("ORU", "")):
        return f"message type {head.whole(9) or 'none'} is not taken, ORU^R01 is"
    if head.text(11) not in ("P", ""):
        return f"processing mode {head.text(11)}: training or test, not a patient"
    if sum(part.id == "PID" for part in parsed.parts) > 1:
        return "several patients in one message"
    return ""


def _observations(parsed: Parsed, received_at: datetime) -> Iterator[Observation]:
    told, zone = parsed.head.text(7), parsed.zone(received_at.tzinfo)
    for part in parsed.parts:
        if part.id == "OBR":
            told = part.text(7) or parsed.head.text(7)
        elif part.id == "OBX":
            yield Observation(
                type=part.text(2).upper(),
                code=part.text(3),
                name=part.text(3, 2),
                system=part.text(3, 3),
                channel=part.whole(4),
                value=part.text(5) if part.repeats(5) <= 1 else part.whole(5),
                unit=(part.text(6), part.text(6, 2), part.text(6, 3)),
                flags=tuple(part.text(8, 1, repeat).upper() for repeat in range(1, part.repeats(8) + 1)),
                state=part.text(11).upper(),
                observed_at=moment(part.text(14) or told, zone),
            )


def _kind(observations: list[Observation]) -> str:
    """What a result message is about: a monitor's numbers, a wave, or something else, such as a laboratory's."""
    known = [found for found in observations if found.code and dialect(found.system)]
    if any(found.type == "NM" for found in known):
        return "vitals"
    if any(found.type == "NA" for found in observations):
        return "waveform"
    return "laboratory" if any(found.type == "NM" for found in observations) else "other"


def _sort(observations: list[Observation], codes: MonitorCodes) -> tuple[tuple[Sample, ...], tuple[Dropped, ...]]:
    taken, dropped = [], []
    for found in observations:
        if not found.value and (found.type != "NM" or found.state in codes.containers):
            continue  # a container, or a setting that says nothing
        try:
            taken.append(_sample(found, codes))
        except _NotTaken as why:
            dropped.append(Dropped(found.what, str(why)))
    return tuple(taken), tuple(dropped)


def _sample(found: Observation, codes: MonitorCodes) -> Sample:
    _only_a_reading(found, codes)
    reading = _reading(found, codes)
    value, unit = _number(found, codes), _unit(found, codes)
    if unit == "°F" and reading.unit == "°C":
        value, unit = celsius(value), reading.unit
    if unit != reading.unit:
        raise _NotTaken(f"{reading.unit} is needed for {reading.kind}, not {unit}")
    if not reading.possible.hold(value):
        low, high = reading.possible.low, reading.possible.high
        raise _NotTaken(f"{low:g} to {high:g} {unit} is possible, not {value:g} {unit}")
    note = "" if found.state else "sent without a state"
    return Sample(reading.kind, value, unit, found.code, found.channel, found.observed_at, note)


def _only_a_reading(found: Observation, codes: MonitorCodes) -> None:
    if found.type != "NM":
        raise _NotTaken(f"value type {found.type or 'none'}: a setting, an alert or a wave, not a number")
    if found.state and found.state not in codes.taken_states:
        raise _NotTaken(f"state {found.state}: not a reading")
    for flag in found.flags:
        if flag in codes.refused_flags:
            raise _NotTaken(f"flag {flag}: {codes.refused_flags[flag]}")


def _reading(found: Observation, codes: MonitorCodes) -> Reading:
    """What the number and the name together stand for."""
    speaks = dialect(found.system)
    if speaks is None:
        raise _NotTaken(f"coding system {found.system} is not read")
    code, named = codes.codes.get(speaks.as_listed(found.code)), codes.of_name(found.name)
    if code is None and named is None:
        raise _NotTaken("not a reading that is charted")
    if code is None or named is not code:
        raise _NotTaken(_disagreement(found, code, named))
    if isinstance(code.meaning, Refused):
        raise _NotTaken(code.meaning.reason)
    return code.meaning


def _disagreement(found: Observation, code: MonitorCode | None, named: MonitorCode | None) -> str:
    said = f"the name is {found.name}" if found.name else "there is no name"
    if code is not None:
        return f"number and name disagree: {found.code} is {code.display}, {said}"
    return f"number and name disagree: {found.name} is {named.code if named else 'unknown'}, the number is {found.code}"


def _number(found: Observation, codes: MonitorCodes) -> float:
    if not found.value or found.value in codes.no_reading:
        raise _NotTaken(f"no reading ({found.value})" if found.value else "no reading")
    if not _NUMBER.fullmatch(found.value):
        raise _NotTaken(f"a number is needed, not {found.value!r}")
    return float(found.value)


def _unit(found: Observation, codes: MonitorCodes) -> str:
    """The unit on which code and words agree."""
    code, words, system = found.unit
    speaks = dialect(system)
    number = speaks.as_number(code) if speaks else code
    known = {codes.units[said.casefold()] for said in (code, number, words) if said.casefold() in codes.units}
    if len(known) != 1:
        sent = " ".join(word for word in (code, words) if word)
        raise _NotTaken(
            f"unit {sent}: its code and its words disagree" if known else f"unit {sent or 'none'}: not known"
        )
    return known.pop()


def _pressures(taken: tuple[Sample, ...]) -> tuple[tuple[Sample, ...], tuple[Dropped, ...]]:
    """Systolic and diastolic of one channel and time belong together; one that stands alone or below is dropped."""
    kept: list[Sample] = []
    dropped: list[Dropped] = []
    systolic = {sample.cuff: sample.value for sample in taken if sample.kind == "systolic"}
    for sample in taken:
        above = systolic.get(sample.cuff)
        if sample.kind == "diastolic" and above is None:
            dropped.append(Dropped(f"{sample.code} diastolic {sample.value:g}", "diastolic without systolic"))
        elif sample.kind == "diastolic" and above is not None and sample.value >= above:
            dropped.append(Dropped(f"{sample.code} diastolic {sample.value:g}", f"not below the systolic {above:g}"))
        else:
            kept.append(sample)
    return tuple(kept), tuple(dropped)


def _clock(observed: datetime | None, received_at: datetime, codes: MonitorCodes) -> Iterator[str]:
    if observed is None:
        yield "the device gave no time: the time of receipt rules"
    elif abs(received_at - observed) > codes.clock_agrees_within:
        yield f"the device clock says {observed.isoformat()}: the time of receipt rules"

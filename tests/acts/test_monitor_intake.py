"""A monitor's message at the session: matched by a person, charted at the time of receipt, entered once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.monitor_intake import MOST_BYTES, Look, Said, enter_monitor_readings, read_monitor_file
from remit.acts.patients import identify_elsewhere
from remit.acts.session import Entered
from remit.pathway.devices import Identity
from remit.quantities import BadInput
from remit.records.models import AuditRow, SessionEntry
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.fixtures.cast import Cast, patient_of
from tests.hl7.messages import DIASTOLIC, HEART_RATE, REFERENCE, SPO2, SYSTOLIC, TEMPERATURE, message

pytestmark = pytest.mark.django_db

GE, IHE, MINDRAY, PHILIPS = (
    (REFERENCE / f"{name}.hl7").read_bytes()
    for name in (
        "ge_b1x5_vitals_v26",
        "ihe_pcd01_acme_gateway_v26",
        "mindray_vs8_v231",
        "philips_intellivue_center_v22",
    )
)
HERE = "H-1001"
TYPED = Said(record_number=HERE, reason="the monitor still names the last patient")
RECEIVED = START + timedelta(minutes=10)


@pytest.fixture
def chair(cast: Cast) -> Chairside:
    held = booked(cast, INFUSION, mg=41)
    held.enter("arrived")
    return held


@pytest.fixture
def nurse(cast: Cast) -> Actor:
    return actor_for(cast.nurse.pk, cast.clinic.pk)


def looked(nurse: Actor, chair: Chairside, data: bytes, received_at: datetime = RECEIVED) -> Look:
    return read_monitor_file(nurse, chair.session.pk, data, received_at)


def everything(look: Look) -> dict[str, str]:
    """The first value of each offer."""
    return {offer.id: offer.options[0].key for offer in look.offers}


def entered(
    nurse: Actor, chair: Chairside, data: bytes, said: Said = TYPED, chosen: Mapping[str, str] | None = None
) -> Entered:
    wanted = everything(looked(nurse, chair, data)) if chosen is None else chosen
    return enter_monitor_readings(
        nurse, chair.session.pk, data, RECEIVED, RECEIVED + timedelta(minutes=2), wanted, said
    )


def vitals(chair: Chairside) -> list[SessionEntry]:
    return list(SessionEntry.objects.filter(session=chair.session, kind="vitals"))


def known_as(cast: Cast, nurse: Actor, system: str, value: str) -> None:
    identify_elsewhere(nurse, cast.patient.pk, system, value)


@pytest.mark.parametrize(
    ("data", "values"),
    [
        (GE, {"heart_rate": 75, "temperature_c": 36.8}),
        (IHE, {"systolic": 120, "diastolic": 80, "heart_rate": 63}),
        (MINDRAY, {"heart_rate": 72, "spo2": 97, "temperature_c": 36.7}),
        (PHILIPS, {"heart_rate": 60, "spo2": 95, "respiratory_rate": 15}),
    ],
    ids=["ge", "ihe", "mindray", "philips"],
)
def test_a_published_message_is_entered_at_the_time_of_receipt_and_named(
    nurse: Actor, chair: Chairside, data: bytes, values: Mapping[str, float]
) -> None:
    done = entered(nurse, chair, data)
    assert done.accepted, done.reasons
    (row,) = vitals(chair)
    assert {name: row.body[name] for name in values} == values
    assert not {"systolic", "diastolic", "spo2", "heart_rate"} - set(values) & set(row.body)
    assert row.taken_at == RECEIVED
    assert row.at == RECEIVED + timedelta(minutes=2)
    assert row.body["source"].startswith("monitor message ")


def test_the_look_says_what_is_not_taken_what_is_not_charted_and_what_is_left_to_type(
    nurse: Actor, chair: Chairside
) -> None:
    look = looked(nurse, chair, GE)
    assert [dropped.reason for dropped in look.message.dropped].count("arterial line, not the cuff") == 3
    assert [(sample.kind, why) for sample, why in look.not_charted] == [
        ("pulse_rate", "the heart rate is entered in its place")
    ]
    assert look.missing == ("systolic", "diastolic", "spo2", "respiratory_rate")
    assert [(sample.kind, why) for sample, why in looked(nurse, chair, IHE).not_charted] == [
        ("mean", "a session charts none")
    ]
    assert any("device clock says" in line for line in look.message.notes)


def test_of_two_temperatures_a_person_chooses(nurse: Actor, chair: Chairside) -> None:
    (offer,) = [held for held in looked(nurse, chair, GE).offers if held.id == "temperature_c"]
    assert [option.values for option in offer.options] == [{"temperature_c": 36.8}, {"temperature_c": 36.9}]
    assert entered(nurse, chair, GE, chosen={"temperature_c": offer.options[1].key}).accepted
    assert vitals(chair)[0].body["temperature_c"] == 36.9
    assert "heart_rate" not in vitals(chair)[0].body


def test_a_pulse_stands_for_the_heart_rate_only_where_no_heart_rate_was_sent(nurse: Actor, chair: Chairside) -> None:
    def rate(data: bytes) -> Any:
        return next(held for held in looked(nurse, chair, data).offers if held.id == "heart_rate").options[0]

    assert (rate(GE).values, rate(GE).from_pulse) == ({"heart_rate": 75}, False)
    assert (rate(IHE).values, rate(IHE).from_pulse) == ({"heart_rate": 63}, True)


def test_each_pressure_stays_with_the_diastolic_of_its_own_cuff(nurse: Actor, chair: Chairside) -> None:
    other = [line.replace("1.1.1.", "1.1.2.") for line in (SYSTOLIC, DIASTOLIC)]
    data = message(SYSTOLIC.format(120), other[0].format(150), DIASTOLIC.format(80), other[1].format(95))
    (offer,) = looked(nurse, chair, data).offers
    assert [option.values for option in offer.options] == [
        {"systolic": 120, "diastolic": 80},
        {"systolic": 150, "diastolic": 95},
    ]


# Whose it is


def test_an_identifier_with_its_authority_is_the_person(cast: Cast, nurse: Actor, chair: Chairside) -> None:
    known_as(cast, nurse, "nist", "HO2009001")
    assert looked(nurse, chair, IHE).identity is Identity.SAME
    assert entered(nurse, chair, IHE, Said()).accepted
    assert "reason" not in vitals(chair)[0].body


def test_an_identifier_of_the_same_authority_that_differs_is_somebody_else(
    cast: Cast, nurse: Actor, chair: Chairside
) -> None:
    known_as(cast, nurse, "NIST PI", "HO2009002")
    look = looked(nurse, chair, IHE)
    assert look.identity is Identity.OTHER
    assert look.own_numbers == (HERE, "HO2009002 NIST PI")


def test_a_bare_number_of_the_person_asks_for_a_confirmation(cast: Cast, nurse: Actor, chair: Chairside) -> None:
    known_as(cast, nurse, "monitor", "12345")
    assert looked(nurse, chair, MINDRAY).identity is Identity.SAME_NUMBER
    with pytest.raises(BadInput, match="same_person: compare the number and the birth date"):
        entered(nurse, chair, MINDRAY, Said())
    assert entered(nurse, chair, MINDRAY, Said(same_person=True)).accepted


@pytest.mark.parametrize("pid", [None, "", "99^^^CLINIC^MR", "99"])
def test_another_number_or_none_asks_who_it_is_and_why(nurse: Actor, chair: Chairside, pid: str | None) -> None:
    data = message(SPO2.format(97), pid=pid)
    assert looked(nurse, chair, data).needs_typing
    with pytest.raises(BadInput, match="record_number: the record number of the person in this chair is needed"):
        entered(nurse, chair, data, Said(same_person=True))
    with pytest.raises(BadInput, match="H-1002 is not the person of this session"):
        entered(nurse, chair, data, Said(record_number="H-1002", reason="x"))
    with pytest.raises(BadInput, match="reason: say why"):
        entered(nurse, chair, data, Said(record_number=HERE, reason=" "))
    assert vitals(chair) == []
    assert entered(nurse, chair, data, Said(record_number=" h-1001 ", reason="a spare monitor")).accepted
    named = "99" if pid else "nobody"
    assert vitals(chair)[0].body["reason"] == (
        f"a spare monitor (the message names {named}; {HERE} was read at the chair)"
    )


def test_a_name_and_a_bed_match_nobody(nurse: Actor, chair: Chairside) -> None:
    same_name = message(SPO2.format(97), pid="").replace(b"DOE^JANE", b"Marsh^Paula")
    look = looked(nurse, chair, same_name)
    assert look.message.patient_name == "Paula Marsh"
    assert look.identity is Identity.UNSAID
    assert look.needs_typing


@pytest.mark.parametrize(
    ("name", "differ"), [(b"MARSH^PAULA", False), (b"Marsh-Ober^", False), (b"DOE^JANE", True), (b"", False)]
)
def test_a_name_that_differs_warns_and_decides_nothing(
    cast: Cast, nurse: Actor, chair: Chairside, name: bytes, differ: bool
) -> None:
    known_as(cast, nurse, "CLINIC", "12")
    look = looked(nurse, chair, message(SPO2.format(97)).replace(b"DOE^JANE", name))
    assert (look.identity, look.needs_typing) == (Identity.SAME, False)
    assert look.names_differ is differ


def test_an_identifier_that_was_taken_back_is_none(cast: Cast, nurse: Actor, chair: Chairside) -> None:
    known_as(cast, nurse, "NIST", "HO2009001")
    (row,) = cast.patient.identifiers.all()
    cast.patient.identifiers.create(
        clinic=cast.clinic, system=row.system, value=row.value, by=cast.nurse, at=START, supersedes=row, withdrawn=True
    )
    assert looked(nurse, chair, IHE).identity is Identity.OTHER


# Once, and only what is a reading


def test_the_same_message_is_stored_once(nurse: Actor, chair: Chairside) -> None:
    first = entered(nurse, chair, IHE)
    again = enter_monitor_readings(
        nurse, chair.session.pk, IHE, RECEIVED + timedelta(minutes=30), RECEIVED + timedelta(minutes=31), {}, Said()
    )
    assert (again.accepted, again.repeated, again.seq) == (True, True, first.seq)
    assert len(vitals(chair)) == 1
    before = looked(nurse, chair, IHE).before
    assert before is not None
    assert before.seq == first.seq


def test_another_message_under_the_same_number_is_not_taken_for_a_repeat(nurse: Actor, chair: Chairside) -> None:
    entered(nurse, chair, message(SPO2.format(97)))
    with pytest.raises(Conflict, match="The monitor sent something else as number C1 before"):
        entered(nurse, chair, message(SPO2.format(90)), chosen={"spo2": "0"})
    assert [row.body["spo2"] for row in vitals(chair)] == [97]


def test_messages_without_a_number_are_told_apart_by_what_they_say(nurse: Actor, chair: Chairside) -> None:
    for value in (97, 96, 97):
        entered(nurse, chair, message(SPO2.format(value)).replace(b"|C1|", b"||"))
    assert [row.body["spo2"] for row in vitals(chair)] == [97, 96]


def test_a_message_that_stands_in_another_persons_session_asks_who_it_is(
    cast: Cast, nurse: Actor, chair: Chairside
) -> None:
    known_as(cast, nurse, "NIST", "HO2009001")
    assert entered(nurse, chair, IHE, Said()).accepted
    neighbour = patient_of(cast.clinic, cast.nurse, "H-1002", "Beside", "Bea")
    row = chair.session
    row.pk, row._state.adding, row.patient, row.n = None, True, neighbour, 2
    row.save()
    look = looked(nurse, chair, IHE)
    assert look.elsewhere
    assert look.needs_typing
    with pytest.raises(BadInput, match="record_number"):
        entered(nurse, chair, IHE, Said(same_person=True))
    assert entered(nurse, chair, IHE, Said(record_number="H-1002", reason="entered at the wrong chair")).accepted
    assert "stands in another session" in vitals(chair)[0].body["reason"]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (message(SPO2.format(97), type="ORU^R40"), "This is no message of vital signs: .*ORU\\^R40 is not taken"),
        (message(SPO2.format(97), mode="T"), "training or test"),
        (message(SPO2.format(-100)), "Nothing in this message can be entered"),
    ],
)
def test_what_is_no_vital_sign_is_refused_in_words(nurse: Actor, chair: Chairside, data: bytes, words: str) -> None:
    with pytest.raises(Refused, match=words):
        entered(nurse, chair, data)
    assert vitals(chair) == []


@pytest.mark.parametrize("data", [b"", b"not a message", b"x" * (MOST_BYTES + 1), message() + message()])
def test_a_file_that_is_no_message_is_bad_input(nurse: Actor, chair: Chairside, data: bytes) -> None:
    with pytest.raises(BadInput):
        looked(nurse, chair, data)


def test_nothing_chosen_enters_nothing_and_a_value_that_was_not_sent_is_refused(nurse: Actor, chair: Chairside) -> None:
    data = message(HEART_RATE.format(70), TEMPERATURE.format(36.6))
    with pytest.raises(BadInput, match="choose at least one reading"):
        entered(nurse, chair, data, chosen={})
    with pytest.raises(BadInput, match="heart_rate: one of the values in the message is needed, not '9'"):
        entered(nurse, chair, data, chosen={"heart_rate": "9"})


def test_reading_and_entering_stand_in_the_trail(nurse: Actor, chair: Chairside) -> None:
    entered(nurse, chair, IHE)
    rows = {row.action: row for row in AuditRow.objects.filter(subject_id=str(chair.session.pk))}
    for action in ("read_monitor_file", "enter_monitor_readings"):
        assert rows[action].detail["identity"] == "other"
        assert "0104ef190d604db188c3" in rows[action].detail["source"]
    assert rows["add_entry"].detail["seq"] == vitals(chair)[0].seq


def test_only_who_records_a_treatment_reads_and_enters(cast: Cast, chair: Chairside) -> None:
    therapist = actor_for(cast.therapist.pk, cast.clinic.pk)
    with pytest.raises(Refused, match="Nurses and prescribers record a treatment"):
        looked(therapist, chair, IHE)
    with pytest.raises(NotHere):
        looked(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), chair, IHE)

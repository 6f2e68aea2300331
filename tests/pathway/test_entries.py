import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.pathway.entries import KINDS, Role, VitalsTaken
from remit.pathway.entry_reading import read_entry
from remit.quantities import BadInput
from tests.pathway.sessions import RULES, dosed, infused, well

BASE = {"at": "2026-11-21T14:00:00-05:00", "by": "nurse"}


def said(**written):
    with pytest.raises(BadInput) as refused:
        read_entry({**BASE, **written}, RULES)
    return str(refused.value)


def test_numbers_may_be_written_as_text_and_text_stays_text():
    held = read_entry({**BASE, "kind": "device", "mg": "28", "lot": "0123", "expiry": "2027-05-31"}, RULES)
    assert (held.mg, held.lot, held.expiry.isoformat()) == (28, "0123", "2027-05-31")


def test_a_time_keeps_its_offset_and_may_leave_out_the_seconds():
    assert read_entry({**BASE, "kind": "arrived"}).at.isoformat() == BASE["at"]
    assert (
        read_entry({**BASE, "at": "2026-11-21T19:00Z", "kind": "arrived"}).at
        == read_entry({**BASE, "kind": "arrived"}).at
    )


def test_it_happened_when_taken_or_when_entered():
    late = read_entry({**BASE, "kind": "arrived", "taken_at": "2026-11-21T13:50:00-05:00"})
    assert late.occurred.isoformat() == "2026-11-21T13:50:00-05:00"
    assert read_entry({**BASE, "kind": "arrived"}).occurred.isoformat() == BASE["at"]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"kind": "arived"}, "kind: one of arrived, check"),
        ({}, "kind: one of arrived"),
        ({"kind": "vitals", "sistolic": "128"}, "vitals: unknown key 'sistolic'"),
        ({"kind": "vitals"}, "vitals: at least one of systolic"),
        ({"kind": "vitals", "systolic": "high"}, "vitals: systolic: a number is needed, not 'high'"),
        ({"kind": "vitals", "systolic": "nan"}, "systolic: a finite number"),
        ({"kind": "device"}, "device: mg is needed"),
        ({"kind": "device", "mg": "28", "expiry": "May"}, "expiry: a date such as 2027-05-31 is needed, not 'May'"),
        ({"kind": "arrived", "at": "2026-11-21T14:00:00"}, "at: a time with offset"),
        ({"kind": "arrived", "by": "doctor"}, "by: prescriber, nurse, therapist, coordinator, system is needed"),
        ({"kind": "check", "id": "escort", "result": "yes"}, "result: confirmed, failed, waived is needed"),
        ({"kind": "scale", "id": "MOASS", "total": "5"}, "scale: id: one of"),
        ({"kind": "scale", "id": "MOAAS", "total": "4.5"}, "total: a whole number is needed"),
        ({"kind": "dose_start", "mg": "41", "strength": "50"}, "strength: a number with mg/ml is needed"),
        ({"kind": "emergency_step", "card": "fire", "step": "run"}, "card: one of hypertensive_emergency"),
        ({"kind": "correct", "of": "1", "entry": {"kind": "vitals", "systolic": "1280"}}, "not 1280"),
    ],
)
def test_a_refusal_names_the_key_what_would_be_possible_and_the_value(written, words):
    assert words in said(**written)


@pytest.mark.parametrize(
    ("key", "last", "first_beyond"),
    [
        ("systolic", "300", "301"),
        ("systolic", "30", "29"),
        ("diastolic", "10", "9"),
        ("heart_rate", "300", "-100"),
        ("spo2", "100", "101"),
        ("respiratory_rate", "0", "-1"),
        ("temperature_c", "45", "45.1"),
    ],
)
def test_a_value_that_cannot_be_is_refused_and_the_last_possible_one_is_not(key, last, first_beyond):
    assert getattr(read_entry({**BASE, "kind": "vitals", key: last}, RULES), key) == float(last)
    assert f"{key}: {RULES.possible[key].low:g} to {RULES.possible[key].high:g}" in said(
        kind="vitals", **{key: first_beyond}
    )


@pytest.mark.parametrize(("scale", "last", "beyond"), [("MOAAS", 5, 6), ("CADSS", 92, 93), ("CADSS6", 24, 25)])
def test_a_total_lies_within_its_scale(scale, last, beyond):
    assert read_entry({**BASE, "kind": "scale", "id": scale, "total": last}, RULES).total == last
    assert f"not {beyond}" in said(kind="scale", id=scale, total=beyond)
    assert "not -1" in said(kind="scale", id=scale, total=-1)


def test_a_diastolic_lies_below_its_systolic():
    assert read_entry({**BASE, "kind": "vitals", "systolic": "91", "diastolic": "90"}, RULES).measured
    assert "more than the diastolic 90 mmHg" in said(kind="vitals", systolic="90", diastolic="90")


def test_an_empty_key_says_nothing():
    assert read_entry({**BASE, "kind": "cleared", "reason": "", "second_person": None}).reason is None


def test_an_event_is_known_by_its_id_however_it_is_written():
    assert read_entry({**BASE, "kind": "adverse_event", "id": "Chest pain"}).id == "chest_pain"


@pytest.mark.parametrize(
    ("words", "role"),
    [("prescriber", Role.PRESCRIBER), ("Nurse 2", Role.NURSE), ("Dr Example", None), ("nonprescriber", None)],
)
def test_a_second_person_is_known_by_the_role_in_their_name(words, role):
    assert read_entry({**BASE, "kind": "cleared", "second_person": words}).second_role is role


@pytest.mark.parametrize("entry", [*dosed(), *infused(), *well()])
def test_what_is_stored_reads_back_the_same(entry):
    assert read_entry(msgspec.to_builtins(entry), RULES) == entry


def test_each_kind_has_its_word():
    assert {kind for kind, held in KINDS.items() if held.__struct_config__.tag != kind} == set()
    assert {"alarm_ack", "emergency_step", "preparation", "vial"} <= KINDS.keys()


KEYS = ["systolic", "mg", "id", "total", "text", "reason", "drug", "dose", "strength", "lot", "expiry", "result", "x"]


@given(st.sampled_from([*KINDS, "x"]), st.dictionaries(st.sampled_from(KEYS), st.text(max_size=8), max_size=4))
def test_anything_written_is_refused_in_words_or_read_back_the_same(kind, written):
    try:
        read = read_entry({**BASE, "kind": kind, **written}, RULES)
    except BadInput:
        return
    assert read_entry(msgspec.to_builtins(read)) == read


@pytest.mark.parametrize("kind", ["adverse_event", "resolved"])
@pytest.mark.parametrize(
    ("words", "id"), [("\U0001f642", None), ("?!", None), ("Übelkeit", "übelkeit"), ("頭痛", "頭痛")]
)
def test_an_event_in_any_letters_has_an_id_and_one_without_is_refused(kind, words, id):
    written = {**BASE, "kind": kind, "id": words}
    if id is None:
        with pytest.raises(BadInput, match="the words of an event are needed"):
            read_entry(written)
    else:
        assert read_entry(msgspec.to_builtins(read_entry(written))).id == id


def test_only_what_was_measured_counts():
    assert read_entry({**BASE, "kind": "vitals", "spo2": 98}) == VitalsTaken(
        at=read_entry({**BASE, "kind": "arrived"}).at, by=Role.NURSE, spo2=98
    )

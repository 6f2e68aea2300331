"""A session in the record: each entry once, decided by the pathway, kept as it was decided."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest

from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.session import Entered, add_entry, open_session, poll_session
from remit.acts.session_record import load
from remit.acts.signing import sign_session, superseded
from remit.pathway.session import replay, view
from remit.quantities import BadInput
from remit.records.models import (
    AuditRow,
    LedgerEntry,
    Order,
    Session,
    SessionEntry,
    Signature,
    Task,
    Vial,
    WeightMeasurement,
)
from tests.acts.sessions import INFUSION, START, Chairside, booked, confirmed, order_of
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(cast: Cast) -> Chairside:
    """A first session on US Spravato, 56 mg ordered, nobody arrived yet."""
    return booked(cast)


def given(chair: Chairside) -> None:
    """Cleared, and both devices given."""
    chair.through_the_gate()
    for minute in (10, 15):
        assert chair.enter("device", at=minute, mg=28, lot="A1", expiry="2027-05-31").accepted


def whole(chair: Chairside) -> None:
    """A session from arrival to discharge, with one reading corrected."""
    given(chair)
    chair.enter("vitals", at=55, systolic=178, diastolic=84, spo2=97)
    of = SessionEntry.objects.get(session=chair.session, body__systolic=178).seq
    assert chair.enter("correct", of=of, entry={"systolic": 148}, reason="misread").accepted
    chair.enter("vitals", at=140, systolic=130, diastolic=80, spo2=98)
    chair.ready_to_leave()
    done = chair.enter("discharge", at=141, escort="sister, named")
    assert done.accepted, done.reasons


def test_an_accepted_entry_is_kept_with_what_was_decided(chair: Chairside) -> None:
    done = chair.enter("arrived")
    stored = SessionEntry.objects.get()
    assert (done.accepted, done.seq, done.state) == (True, 0, "arrived")
    assert (stored.role, stored.account, stored.at) == ("nurse", chair.cast.nurse, START)
    assert stored.result["state"] == "arrived"
    chair.session.refresh_from_db()
    assert (chair.session.last_seq, chair.session.state_cache) == (0, "arrived")


def test_a_refused_entry_leaves_no_trace_but_in_the_trail(chair: Chairside) -> None:
    done = chair.enter("device", mg=28)
    assert (done.accepted, done.seq, done.state) == (False, None, "scheduled")
    assert done.reasons
    assert not SessionEntry.objects.exists()
    row = AuditRow.objects.latest("seq")
    assert row.detail["not_accepted"] == list(done.reasons)


def test_sending_again_changes_nothing_and_answers_the_same(chair: Chairside) -> None:
    client_id = uuid.uuid4()
    first = chair.enter("arrived", client_id=client_id)
    chair.enter("note", text="something else in between", at=3)
    again = chair.enter("arrived", client_id=client_id, at=9)
    assert (again.seq, again.state, again.accepted, again.repeated) == (first.seq, first.state, True, True)
    assert SessionEntry.objects.count() == 2


def test_one_client_id_cannot_stand_for_two_entries(chair: Chairside) -> None:
    client_id = uuid.uuid4()
    chair.enter("note", text="one", client_id=client_id)
    with pytest.raises(Conflict, match="already stands for another entry"):
        chair.enter("note", text="two", client_id=client_id)
    assert SessionEntry.objects.get().body["text"] == "one"


def test_a_whole_session_goes_home(chair: Chairside) -> None:
    whole(chair)
    chair.session.refresh_from_db()
    assert chair.session.state_cache == "discharged"


def test_what_the_record_gives_back_is_what_a_replay_of_its_entries_gives(chair: Chairside) -> None:
    whole(chair)
    loaded = load(Session.objects.get(pk=chair.session.pk))
    again = replay(loaded.plan, [record.entry for record in loaded.session.records])
    assert view(loaded.session, chair.now) == view(again, chair.now)
    assert [record.state for record in loaded.session.records] == [record.state for record in again.records]


def test_what_was_accepted_stays_accepted_when_the_gate_would_now_refuse_it(chair: Chairside) -> None:
    given(chair)
    WeightMeasurement.objects.create(
        clinic=chair.cast.clinic,
        patient=chair.cast.patient,
        kg=190,
        entered_value=190,
        entered_unit="kg",
        measured_on=START.date(),
        by=chair.cast.nurse,
        at=START + timedelta(hours=1),
    )
    loaded = load(chair.session)
    assert loaded.session.state(chair.now).value == "observing"
    assert len(loaded.session.records) == chair.session.entries.count()


def test_at_118_minutes_nobody_discharges_us_spravato(chair: Chairside) -> None:
    given(chair)
    chair.enter("vitals", at=130, systolic=130, diastolic=80, spo2=98)
    chair.ready_to_leave()
    for who in (chair.cast.nurse, chair.cast.psychiatrist):
        done = chair.enter("discharge", at=15 + 118, by=who, escort="sister", override_reason="in a hurry")
        assert not done.accepted
        assert any(reason.startswith("minimum_observation") for reason in done.reasons)
    assert chair.enter("discharge", at=15 + 120, escort="sister").accepted


def test_whoever_leaves_is_called_the_same_day_and_the_form_is_flagged(chair: Chairside) -> None:
    given(chair)
    done = chair.enter("left", at=60, reason="wanted to go", advice_given=True)
    assert (done.accepted, done.state) == (True, "left")
    call = Task.objects.get(kind="call_today")
    local_day = START.astimezone(chair.cast.clinic.zone).date()
    assert call.urgent
    assert (call.due_at - timedelta(seconds=1)).astimezone(chair.cast.clinic.zone).date() == local_day
    opened = open_session(chair.actor(chair.cast.nurse), chair.session.pk, chair.now)
    assert opened.view.form is not None
    assert "left_against_advice" in opened.view.form["flags"]


def test_discharge_starts_the_clock_of_the_regulatory_form(chair: Chairside) -> None:
    whole(chair)
    task = Task.objects.get(kind="spravato_rems")
    assert task.due_at - chair.now == timedelta(days=task.detail["within_days"])


def test_an_inpatient_has_no_form_to_send(cast: Cast) -> None:
    chair = booked(cast)
    Session.objects.filter(pk=chair.session.pk).update(setting="inpatient")
    whole(chair)
    assert not Task.objects.filter(kind="spravato_rems").exists()


@pytest.mark.parametrize("key", ["at", "by", "account", "second_person", "second_account"])
def test_when_and_by_whom_is_never_taken_from_what_was_sent(chair: Chairside, key: str) -> None:
    nurse = chair.actor(chair.cast.nurse)
    for sent in ({"kind": "arrived", key: "x"}, {"kind": "correct", "of": 0, "entry": {key: "x"}, "reason": "y"}):
        with pytest.raises(BadInput, match=f"{key}: the record sets it itself"):
            add_entry(nurse, chair.session.pk, uuid.uuid4(), sent, START)


@pytest.mark.parametrize(("signs", "fits"), [(4000, True), (4001, False)])
def test_a_text_is_as_long_as_a_form_takes(chair: Chairside, signs: int, fits: bool) -> None:
    said = [{"text": "x" * signs}, {"of": 0, "entry": {"reason": "x" * signs}, "reason": "words"}]
    assert chair.enter("arrived").accepted
    for kind, words in zip(("note", "correct"), said, strict=True):
        if fits:
            assert chair.enter(kind, **words).accepted
        else:
            with pytest.raises(BadInput, match=f"at most 4000 signs are possible, not {signs}"):
                chair.enter(kind, **words)


def test_nothing_is_cleared_or_given_without_an_order(cast: Cast) -> None:
    chair = booked(cast, mg=None)
    with pytest.raises(Refused, match="no order covers session 1"):
        chair.through_the_gate()
    with pytest.raises(Refused, match="no order covers session 1"):
        chair.enter("device", mg=28)
    assert chair.enter("device", mg=28, reason="already given").accepted


def test_the_newest_order_that_covers_the_session_holds(chair: Chairside) -> None:
    course = chair.session.course
    order_of(course, chair.cast.psychiatrist, 84, from_session=2, at=START, supersedes=chair.order)
    assert load(chair.session).plan.planned.value == 56
    chair.session.n = 2
    assert load(chair.session).plan.planned.value == 84


def test_an_order_after_the_clearance_leaves_the_session_as_it_was_cleared(chair: Chairside) -> None:
    chair.through_the_gate()
    course = chair.session.course
    later = START + timedelta(minutes=chair.minute + 1)
    order_of(course, chair.cast.psychiatrist, 84, at=later, supersedes=chair.order)
    assert load(chair.session).plan.planned.value == 56


def test_a_withdrawn_order_no_longer_holds(chair: Chairside) -> None:
    taken_back = {"at": START, "supersedes": chair.order, "withdrawn": True, "reason": "wrong person"}
    order_of(chair.session.course, chair.cast.psychiatrist, 56, **taken_back)
    assert load(chair.session).order is None


def prepared(chair: Chairside, second: Any, **changed: Any) -> Entered:
    said = {
        "molecule": "ketamine",
        "strength": "50 mg/mL",
        "volume_ml": 0.82,
        "second_molecule": "ketamine",
        "second_strength": "50 mg/mL",
        "second_volume_ml": 0.82,
        "second_weight_kg": 82,
    }
    return chair.enter("preparation", second=second, **(said | changed))


def test_a_drawn_up_dose_starts_only_after_another_account_recomputed_it(cast: Cast) -> None:
    chair = booked(cast, INFUSION, mg=41)
    chair.through_the_gate()
    start = {"mg": 41, "volume_ml": 50, "strength": "0.82 mg/mL", "lot": "B2"}
    assert not chair.enter("dose_start", **start).accepted
    with pytest.raises(Refused, match="another account than your own"):
        prepared(chair, cast.nurse)
    assert not prepared(chair, cast.second_nurse, second_strength="5 mg/mL").accepted
    assert prepared(chair, cast.second_nurse).accepted
    assert chair.enter("dose_start", **start).accepted


def test_a_second_person_of_another_clinic_is_refused(chair: Chairside) -> None:
    outsider = actor_for(chair.cast.other_nurse.pk, chair.cast.other_clinic.pk)
    nurse, sent = chair.actor(chair.cast.nurse), {"kind": "arrived"}
    with pytest.raises(Refused, match="of this clinic"):
        add_entry(nurse, chair.session.pk, uuid.uuid4(), sent, START, confirmed(outsider))


def test_a_second_person_who_has_not_confirmed_is_refused(chair: Chairside) -> None:
    nurse, sent = chair.actor(chair.cast.nurse), {"kind": "arrived"}
    with pytest.raises(Refused, match="who confirms here"):
        add_entry(nurse, chair.session.pk, uuid.uuid4(), sent, START, chair.actor(chair.cast.second_nurse))


def test_a_vial_of_the_stock_moves_in_the_ledger(cast: Cast) -> None:
    chair = booked(cast, INFUSION, mg=41)
    vial = Vial.objects.create(
        clinic=cast.clinic,
        molecule="ketamine",
        strength_mg_per_ml=50,
        volume_ml=10,
        lot="B2",
        expiry="2027-05-31",
        received_at=START,
        received_by=cast.nurse,
    )
    chair.accepted(
        ("arrived", {}),
        ("vial", {"act": "draw", "vial": str(vial.pk), "mg": 50}),
        ("vial", {"act": "waste", "vial": str(vial.pk), "mg": 9, "second": cast.second_nurse}),
        ("vial", {"act": "draw", "vial": "known by its lot", "mg": 50}),
    )
    moved = LedgerEntry.objects.order_by("at", "amount_mg").values_list("kind", "amount_mg", "witness__display_name")
    assert sorted(moved) == [("draw", 50, None), ("waste", 9, "Samuel Second")]


@pytest.mark.parametrize(
    ("who", "kind", "said", "may"),
    [
        ("therapist", "note", {"text": "calm"}, True),
        ("therapist", "vitals", {"heart_rate": 70}, False),
        ("coordinator", "arrived", {}, True),
        ("coordinator", "scale", {"id": "MOAAS", "total": 5}, False),
        ("nurse", "vitals", {"heart_rate": 70}, True),
    ],
)
def test_who_does_not_treat_enters_only_what_they_see(
    chair: Chairside, who: str, kind: str, said: dict[str, Any], may: bool
) -> None:
    account = getattr(chair.cast, who)
    if may:
        assert chair.enter(kind, by=account, **said).accepted
    else:
        with pytest.raises(Refused, match="a nurse or a prescriber enters it"):
            chair.enter(kind, by=account, **said)


@pytest.mark.parametrize("who", ["researcher", "administrator", "patient_account"])
def test_who_has_no_part_in_care_neither_sees_nor_enters(chair: Chairside, who: str) -> None:
    actor = chair.actor(getattr(chair.cast, who))
    with pytest.raises(Refused):
        open_session(actor, chair.session.pk, START)
    with pytest.raises(Refused):
        poll_session(actor, chair.session.pk, START)
    with pytest.raises(Refused):
        add_entry(actor, chair.session.pk, uuid.uuid4(), {"kind": "arrived"}, START)


def test_a_session_of_another_clinic_is_not_there(chair: Chairside) -> None:
    outsider = actor_for(chair.cast.other_nurse.pk, chair.cast.other_clinic.pk)
    with pytest.raises(NotHere):
        add_entry(outsider, chair.session.pk, uuid.uuid4(), {"kind": "arrived"}, START)


def test_the_clockwork_enters_readings_of_a_monitor_and_nothing_else(chair: Chairside) -> None:
    system = Actor.system(chair.cast.clinic.pk)
    reading = {"kind": "vitals", "heart_rate": 70, "source": "monitor"}
    assert add_entry(system, chair.session.pk, uuid.uuid4(), reading, START).accepted
    with pytest.raises(Refused):
        add_entry(system, chair.session.pk, uuid.uuid4(), {"kind": "arrived"}, START)


def test_opening_is_audited_and_polling_is_not(chair: Chairside) -> None:
    nurse = chair.actor(chair.cast.nurse)
    open_session(nurse, chair.session.pk, START)
    poll_session(nurse, chair.session.pk, START)
    row = AuditRow.objects.exclude(action="test_set_up").get()
    assert (row.action, row.patient_id, row.subject_id) == (
        "open_session",
        chair.cast.patient.pk,
        str(chair.session.pk),
    )


def test_the_page_names_who_entered_what(chair: Chairside) -> None:
    chair.enter("arrived", second=chair.cast.second_nurse)
    names = open_session(chair.actor(chair.cast.nurse), chair.session.pk, START).names
    assert set(names.values()) == {"Nora Nurse", "Samuel Second"}


def signed(chair: Chairside, who: Any = None) -> Signature:
    chair.session.refresh_from_db()
    return sign_session(chair.actor(who or chair.cast.nurse), chair.session.pk, chair.session.last_seq, chair.now)


def test_a_session_is_signed_once_it_has_ended(chair: Chairside) -> None:
    given(chair)
    with pytest.raises(Refused, match="it is observing; it is signed once it has ended"):
        signed(chair)


def test_a_signature_keeps_what_was_signed(chair: Chairside) -> None:
    whole(chair)
    signature = signed(chair)
    assert signature.sheet["patient"]["mrn"] == "H-1001"
    assert len(signature.sheet["entries"]) == signature.up_to_seq + 1
    assert signed(chair).pk == signature.pk


def test_an_entry_after_discharge_supersedes_the_signed_sheet_and_both_are_kept(chair: Chairside) -> None:
    whole(chair)
    first = signed(chair)
    chair.enter("note", at=200, text="rang at home: well")
    chair.session.refresh_from_db()
    assert superseded(first, chair.session)
    second = signed(chair)
    assert not superseded(second, chair.session)
    assert list(Signature.objects.order_by("at")) == [first, second]
    assert first.sheet_digest != second.sheet_digest


def test_what_was_not_read_is_not_signed(chair: Chairside) -> None:
    whole(chair)
    chair.session.refresh_from_db()
    with pytest.raises(Conflict, match="entries: "):
        sign_session(chair.actor(chair.cast.nurse), chair.session.pk, chair.session.last_seq - 1, chair.now)


def test_orders_are_immutable(chair: Chairside) -> None:
    assert Order.append_only

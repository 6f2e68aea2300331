"""The board: what needs a hand first, who is to come and who went; one clinic's, by a constant number of questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from remit.acts import alarm_watch, replays
from remit.acts.actors import Actor, Refused, actor_for
from remit.acts.board import Board, list_ended, poll_board, show_board
from remit.acts.session import add_entry
from remit.acts.session_many import load_many
from remit.acts.session_record import RELATED, load
from remit.pathway.session import view
from remit.records.models import Account, AuditRow, Clinic, Order, Session, WeightMeasurement
from tests.acts.room import minute, room, seat, sprayed, vitals
from tests.acts.sessions import INFUSION, START, Chairside
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def on_the_day(travel: Traveller) -> None:
    travel.to(START)


def who(cast: Cast, account: Account | None = None) -> Actor:
    return actor_for((account or cast.nurse).pk, cast.clinic.pk)


def look(cast: Cast, at: float) -> Board:
    return poll_board(who(cast), None, minute(at))


def names(board: Board) -> list[str]:
    return [held.row.patient.family_name for held in board.at_chairs]


# Order


def test_what_needs_a_hand_stands_first(cast: Cast) -> None:
    calm, odd, alarm, waiting = (sprayed(seat(cast, name)) for name in ("Calm", "Odd", "Alarm", "Waiting"))
    seat(cast, "Absent")
    for held in (calm, waiting):
        vitals(held, 20)
    vitals(calm, 21)
    vitals(odd, 22, spo2=91)
    vitals(alarm, 22, spo2=85)
    board = look(cast, 23)
    assert names(board)[:2] == ["Alarm", "Odd"]
    assert [one.row.patient.family_name for one in board.coming] == ["Absent"]


def test_a_session_of_yesterday_that_nobody_ended_is_still_on_the_board_and_says_so(cast: Cast) -> None:
    held = sprayed(seat(cast, "Forgotten"))
    tomorrow = START + timedelta(days=1)
    (one,) = poll_board(who(cast), None, tomorrow).at_chairs
    assert (one.row.pk, one.from_day) == (held.session.pk, START.date())
    assert look(cast, 30).at_chairs[0].from_day is None


def test_the_day_is_the_clinics_own(cast: Cast) -> None:
    seat(cast, "Late", planned_at=START.replace(hour=4, minute=59) + timedelta(days=1))
    seat(cast, "Next", planned_at=START.replace(hour=5) + timedelta(days=1))
    assert [one.row.patient.family_name for one in look(cast, 0).coming] == ["Late"]


# To come, moved, ended


def test_whoever_is_to_come_is_shown_with_the_order_and_by_how_much_they_are_late(cast: Cast) -> None:
    seat(cast, "Ordered", INFUSION, mg=41)
    seat(cast, "Unordered", mg=None, chair=None)
    board = look(cast, 12)
    by_name = {one.row.patient.family_name: one for one in board.coming}
    assert by_name["Ordered"].order.dose_mg == 41
    assert by_name["Ordered"].late == timedelta(minutes=12)
    assert (by_name["Unordered"].order, by_name["Unordered"].row.chair) == (None, None)


def test_of_many_who_are_to_come_the_next_are_shown_and_all_are_counted(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("remit.acts.board.SHOWN", 2)
    for k in range(3):
        seat(cast, f"Person{k}", planned_at=START + timedelta(hours=k))
    board = look(cast, 0)
    assert (len(board.coming), board.coming_total) == (2, 3)
    assert len(poll_board(who(cast), None, START, everybody=True).coming) == 3


def test_a_session_that_was_moved_says_from_when_and_where_it_went(cast: Cast) -> None:
    here = seat(cast, "Here", moved_from=START - timedelta(days=2))
    away = seat(cast, "Away", planned_at=START + timedelta(days=2), moved_from=START + timedelta(hours=1))
    seat(cast, "Within", moved_from=START - timedelta(hours=1))
    board = look(cast, 0)
    moved = [one.row for one in board.coming if one.row.moved_from]
    assert [row.pk for row in moved if row.moved_from < START - timedelta(days=1)] == [here.session.pk]
    assert [(row.pk, row.planned_at) for row in board.moved_away] == [(away.session.pk, away.session.planned_at)]


def test_who_has_ended_is_counted_by_how_and_listed_with_the_time(cast: Cast) -> None:
    gone, cancelled = sprayed(seat(cast, "Gone")), seat(cast, "Cancelled")
    gone.accepted(("left", {"reason": "wants to go", "advice_given": True, "at": 50}))
    cancelled.accepted(("cancel", {"reason": "ill", "at": 51}))
    assert look(cast, 60).ended == {"left": 1, "cancelled": 1}
    listed = list_ended(who(cast), None, minute(60))
    assert [(one.row.patient.family_name, one.at) for one in listed] == [
        ("Cancelled", minute(51)),
        ("Gone", minute(50)),
    ]
    assert look(cast, 60).at_chairs == ()


# What a row says


def test_an_alarm_names_who_acts_and_who_was_told(cast: Cast) -> None:
    held = sprayed(seat(cast, "Alarm"))
    vitals(held, 20, spo2=85)
    alarm_watch.watch_alarms(Actor.system(cast.clinic.pk), minute(24))
    (one,) = look(cast, 24).at_chairs
    (alarm,) = one.held.glance.alarms
    assert one.owner(alarm.owner) == "Nora Nurse and Petra Psychiatrist"
    assert one.told == ("Nora Nurse", "Petra Psychiatrist")


def test_where_no_nurse_is_named_the_alarm_is_for_the_nurse(cast: Cast) -> None:
    held = sprayed(seat(cast, "Alone", chair=None))
    vitals(held, 20, 170)
    vitals(held, 25, 170)
    (one,) = look(cast, 26).at_chairs
    assert [one.owner(alarm.owner) for alarm in one.held.glance.alarms] == ["the nurse"]


def test_the_board_says_when_nobody_is_told_of_alarms(cast: Cast) -> None:
    assert look(cast, 0).watch.silent
    alarm_watch.watch_alarms(Actor.system(cast.clinic.pk), START)
    assert [look(cast, at).watch.silent for at in (0, 2, 2.1)] == [False, False, True]


# Rights and trail


def test_clinical_staff_see_the_board_and_nobody_else(cast: Cast) -> None:
    seat(cast, "Somebody")
    for account in (cast.psychiatrist, cast.nurse, cast.therapist, cast.coordinator):
        assert len(show_board(who(cast, account), None, START).coming) == 1
    for account in (cast.administrator, cast.researcher, cast.patient_account):
        for act in (show_board, poll_board, list_ended):
            with pytest.raises(Refused):
                act(who(cast, account), None, START)


def test_another_clinic_sees_nothing_of_it(cast: Cast) -> None:
    sprayed(seat(cast, "Here"))
    seat(cast, "Coming")
    seat(cast, "Away", planned_at=START + timedelta(days=2), moved_from=START)
    board = poll_board(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), None, minute(10))
    assert (board.at_chairs, board.coming, board.moved_away, board.ended) == ((), (), (), {})


def test_opening_is_in_the_trail_with_everybody_shown_and_looking_again_is_not(cast: Cast) -> None:
    one, other = sprayed(seat(cast, "One")), seat(cast, "Other")
    before = AuditRow.objects.count()
    show_board(who(cast), None, minute(10))
    poll_board(who(cast), None, minute(11))
    (row,) = AuditRow.objects.filter(seq__gt=before)
    assert row.action == "show_board"
    assert row.detail["people"] == sorted(str(held.session.patient_id) for held in (one, other))


# Cost


def questions(cast: Cast, at: float) -> int:
    look(cast, at)  # the protocol of each course is read once
    with CaptureQueriesContext(connection) as asked:
        look(cast, at)
    return len(asked)


def test_the_number_of_questions_to_the_database_does_not_grow_with_the_room(cast: Cast) -> None:
    people = room(cast, 2)
    seat(cast, "Coming0")
    vitals(people[0], 22, spo2=85)
    alarm_watch.watch_alarms(Actor.system(cast.clinic.pk), minute(30))
    few = questions(cast, 30)
    room(cast, 6, "Further")
    for k in range(1, 6):
        seat(cast, f"Coming{k}")
    assert questions(cast, 30) == few
    assert few <= 20


def test_many_are_loaded_as_one_by_one(cast: Cast) -> None:
    people = [*room(cast, 2), seat(cast, "Coming", INFUSION, mg=41), seat(cast, "Unordered", mg=None)]
    rows = list(Session.objects.select_related(*RELATED).filter(pk__in=[held.session.pk for held in people]))
    for row, loaded in zip(rows, load_many(rows), strict=True):
        one = load(row)
        assert (loaded.plan, loaded.order) == (one.plan, one.order)
        assert view(loaded.session, minute(40)) == view(one.session, minute(40))


# What is kept in this process


def kept_glances(cast: Cast, at: float) -> tuple[dict[str, Any], int]:
    """The room at a glance, and how many questions were asked about entries."""
    with CaptureQueriesContext(connection) as asked:
        found = replays.under_way(Clinic.objects.get(pk=cast.clinic.pk), minute(at))
    about_entries = [query for query in asked.captured_queries if "records_sessionentry" in query["sql"]]
    return {one.row.patient.family_name: one for one in found}, len(about_entries)


@pytest.mark.django_db(transaction=True)
class TestKept:
    """Outside a transaction a session is replayed once, and then only what was entered since."""

    def test_an_unchanged_room_asks_for_no_entries(self, cast: Cast) -> None:
        held = sprayed(seat(cast, "One"))
        vitals(held, 20)
        assert [kept_glances(cast, at)[1] for at in (21, 22, 50)] == [1, 0, 0]
        assert "missing_40min_bp" in {alarm.id for alarm in kept_glances(cast, 51)[0]["One"].glance.alarms}

    def test_a_new_entry_is_seen_at_once_and_alone(self, cast: Cast) -> None:
        held = sprayed(seat(cast, "One"))
        kept_glances(cast, 19)
        vitals(held, 20, 150)
        with CaptureQueriesContext(connection) as asked:
            found, questions = kept_glances(cast, 21)
        assert found["One"].glance.newest["systolic"].values["systolic"] == 150
        assert questions == 1
        assert any('"seq" >' in query["sql"] for query in asked.captured_queries)

    def test_a_change_of_what_the_plan_reads_replays_from_the_beginning(self, cast: Cast) -> None:
        held = seat(cast, "One")
        held.through_the_gate()
        before, _ = kept_glances(cast, 8)
        kept = before["One"].plan
        weigh(cast, held, 60)
        after, _ = kept_glances(cast, 9)
        assert kept.patient.weight.kg.value == 82
        assert after["One"].plan.patient.weight.kg.value == 60
        assert after["One"].glance.state.value == "cleared"

    def test_the_order_stays_the_one_that_stood_at_the_clearance(self, cast: Cast) -> None:
        held = seat(cast, "One")
        held.through_the_gate()
        kept_glances(cast, 8)
        with_order = Order.objects.get(course=held.session.course)
        Order.objects.create(
            **{f.attname: getattr(with_order, f.attname) for f in Order._meta.concrete_fields if f.name != "id"}
            | {"dose_mg": 84, "supersedes_id": with_order.pk, "at": minute(9)}
        )
        found, _ = kept_glances(cast, 10)
        assert found["One"].order.dose_mg == 56

    def test_kept_and_loaded_anew_say_the_same(self, cast: Cast) -> None:
        held = sprayed(seat(cast, "One"))
        for at in range(10, 60, 10):
            vitals(held, at, 120 + at)
            kept, _ = kept_glances(cast, at + 1)
            row = Session.objects.select_related(*RELATED).get(pk=held.session.pk)
            assert kept["One"].glance.newest == replays.newest_of(load(row).session.chart)
            assert kept["One"].plan == load(row).plan

    def test_a_transaction_that_is_taken_back_leaves_nothing_behind(self, cast: Cast) -> None:
        from django.db import transaction

        held = sprayed(seat(cast, "One"))
        kept_glances(cast, 19)
        with transaction.atomic():
            vitals(held, 20, 190)
            assert kept_glances(cast, 21)[0]["One"].glance.newest["systolic"].values["systolic"] == 190
            transaction.set_rollback(True)
        held.minute = 0
        vitals(held, 22, 111)
        assert kept_glances(cast, 23)[0]["One"].glance.newest["systolic"].values["systolic"] == 111

    def test_no_more_sessions_are_kept_than_a_large_room_holds(
        self, cast: Cast, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(replays, "_MOST_KEPT", 2)
        room(cast, 3)
        kept_glances(cast, 30)
        assert len(replays._kept) == 2
        assert len(kept_glances(cast, 31)[0]) == 3


def weigh(cast: Cast, held: Chairside, kg: float) -> None:
    WeightMeasurement.objects.create(
        clinic=cast.clinic, patient=held.session.patient, kg=kg, entered_value=kg, entered_unit="kg",
        measured_on=START.date(), by=cast.nurse, at=minute(8),
    )  # fmt: skip


def test_an_entry_by_the_desk_is_an_arrival_once(cast: Cast) -> None:
    held = seat(cast, "One")
    key = held.session.pk
    desk = who(cast, cast.coordinator)
    first = add_entry(desk, held.session.pk, key, {"kind": "arrived"}, START)
    again = add_entry(desk, held.session.pk, key, {"kind": "arrived"}, minute(1))
    assert (first.accepted, again.repeated) == (True, True)
    assert names(look(cast, 2)) == ["One"]

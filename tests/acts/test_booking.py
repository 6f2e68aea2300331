"""A session lies inside its window, on a free chair beside a free nurse for the whole stay; nobody is booked twice."""

from __future__ import annotations

from datetime import date, time, timedelta

import pytest

from remit.acts import clinic as clinics
from remit.acts.actors import Conflict, NotHere, Refused, actor_for
from remit.acts.booking import book_series, book_walk_in, cancel_session, free_places, look_at_move, move_session
from remit.acts.clock import now
from remit.acts.landing import Wanted
from remit.acts.places import check_ahead
from remit.acts.session import add_entry
from remit.quantities import BadInput
from remit.records.models import AuditRow, Session, StaffAvailability
from tests.acts.courses import THRICE, at, booked, cleared, key, places, prescribed, taken_by_others
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db

STAY = 160
"""Half an hour before the dose, 40 min of it, 90 min after its end."""


def moved(
    cast: Cast, row: Session, day: str, clock: str = "09:00", by: str = "coordinator", reason: str = ""
) -> Session:
    return move_session(acting(cast, getattr(cast, by)), row.pk, Wanted(at(day, clock)), reason)


def fill(cast: Cast, day: str, clock: str = "09:00", chairs: tuple[int, ...] = (0, 1, 2)) -> None:
    for chair in chairs:
        taken_by_others(cast, at(day, clock), STAY, chair)


# The series


def test_six_infusions_are_booked_for_the_whole_stay(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    assert [row.planned_at for row in rows.values()] == [at(day) for day in THRICE.values()]
    assert {row.planned_minutes for row in rows.values()} == {STAY}
    assert all(row.chair and row.nurse and row.booked_by == cast.coordinator for row in rows.values())
    rows[1].course.refresh_from_db()
    assert rows[1].course.status == "active"
    audited = AuditRow.objects.filter(action="book_series").get()
    assert audited.patient_id == cast.patient.pk
    assert set(audited.detail["sessions"]) == {"1", "2", "3", "4", "5", "6"}


def test_booking_the_same_series_again_changes_nothing(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    again = book_series(acting(cast, cast.nurse), rows[1].course_id, places())
    assert {row.pk for row in again} == {row.pk for row in rows.values()}
    with pytest.raises(Conflict, match="session 1 is booked already"):
        book_series(acting(cast, cast.nurse), rows[1].course_id, places("11:00"))


def test_one_session_without_a_place_books_none(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    fill(cast, "27")
    course = prescribed(cast)
    with pytest.raises(Refused) as refused:
        book_series(acting(cast, cast.coordinator), course.pk, places())
    assert refused.value.reasons == tuple(f"session 3: Chair {n} is taken until 11:40" for n in (1, 2, 3))
    assert not Session.objects.filter(course=course).exists()


def test_two_people_at_once_are_all_that_a_nurse_looks_after(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    StaffAvailability.objects.create(
        clinic=cast.clinic, account=cast.nurse, weekday=0, starts=time(8), ends=time(17), valid_from=date(2026, 1, 1),
        chairs_at_once=1,
    )  # fmt: skip
    taken_by_others(cast, at(23, "10:00"), STAY, 0, cast.nurse)
    with pytest.raises(Refused) as refused:
        book_series(acting(cast, cast.coordinator), course.pk, places(days={1: "23"}))
    assert refused.value.reasons == ("session 1: Nora Nurse is with one person until 12:40 and cannot take another",)
    row = book_series(acting(cast, cast.coordinator), course.pk, places("12:40", {1: "23"}))[0]
    assert row.nurse == cast.nurse


def test_a_nurses_day_holds_the_whole_stay(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    StaffAvailability.objects.create(
        clinic=cast.clinic, account=cast.nurse, weekday=0, starts=time(8), ends=time(12), valid_from=date(2026, 1, 1)
    )
    desk = acting(cast, cast.coordinator)
    with pytest.raises(Refused, match="no nurse works from 09:21 to 12:01"):
        book_series(desk, course.pk, places("09:21", {1: "23"}))
    assert book_series(desk, course.pk, places("09:20", {1: "23"}))


@pytest.mark.parametrize(("clock", "fits"), [("08:00", True), ("07:59", False), ("15:20", True), ("15:21", False)])
def test_the_whole_stay_lies_in_the_opening_hours(cast: Cast, travel: Traveller, clock: str, fits: bool) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    if fits:
        assert book_series(acting(cast, cast.coordinator), course.pk, places(clock, {1: "23"}))
    else:
        with pytest.raises(Refused, match="does not lie in the clinic's hours, 08:00 to 18:00"):
            book_series(acting(cast, cast.coordinator), course.pk, places(clock, {1: "23"}))


def test_what_the_clinic_sets_holds(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    clinics.change_setting(acting(cast, cast.administrator), "chair_taken_before_dose", "60")
    course = prescribed(cast)
    rows = book_series(acting(cast, cast.coordinator), course.pk, places(days={1: "23"}))
    assert rows[0].planned_minutes == 190


@pytest.mark.parametrize(("gap", "fits"), [("01", True), ("02", False)])
def test_the_series_has_no_longer_gap_than_the_protocol_allows(
    cast: Cast, travel: Traveller, gap: str, fits: bool
) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    wanted = places(days=THRICE | {4: gap, 5: "04", 6: "07"})
    if fits:
        assert len(book_series(acting(cast, cast.coordinator), course.pk, wanted)) == 6
    else:
        with pytest.raises(Refused, match="session 4: Wed 2 Dec is 5 days after session 3; at most 4 lie between"):
            book_series(acting(cast, cast.coordinator), course.pk, wanted)


def test_a_number_that_the_series_does_not_have_is_bad_input(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    with pytest.raises(BadInput, match="session: 1 to 6 is needed, not 7"):
        book_series(acting(cast, cast.coordinator), prescribed(cast).pk, places(days={7: "23"}))


@pytest.mark.parametrize("role", ["therapist", "researcher", "administrator", "patient_account"])
def test_who_does_not_book_is_refused(cast: Cast, travel: Traveller, role: str) -> None:
    rows = booked(cast, travel)
    with pytest.raises(Refused, match="Coordinators, nurses and prescribers book and move sessions"):
        moved(cast, rows[3], "26", by=role)


def test_another_clinics_course_and_session_are_not_there(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    elsewhere = actor_for(cast.other_nurse.pk, cast.other_clinic.pk)
    for act in (
        lambda: book_series(elsewhere, rows[1].course_id, places()),
        lambda: move_session(elsewhere, rows[1].pk, Wanted(at(24))),
        lambda: cancel_session(elsewhere, rows[1].pk, "x", key()),
        lambda: book_walk_in(elsewhere, rows[1].course_id, "x"),
    ):
        with pytest.raises(NotHere):
            act()


# One session


@pytest.mark.parametrize("day", ["26", "27"])
def test_a_session_moves_to_the_last_day_of_its_window(cast: Cast, travel: Traveller, day: str) -> None:
    rows = booked(cast, travel)
    moved(cast, rows[2], "24")
    row = moved(cast, rows[3], day, "10:30")
    assert row.planned_at == at(day, "10:30")


@pytest.mark.parametrize(("n", "day"), [(3, "01"), (2, "27"), (6, "07")])
def test_outside_its_window_a_session_stays_where_it_is(cast: Cast, travel: Traveller, n: int, day: str) -> None:
    rows = booked(cast, travel)
    with pytest.raises(Refused):
        moved(cast, rows[n], day)
    rows[n].refresh_from_db()
    assert rows[n].planned_at == at(THRICE[n])


def test_the_last_day_of_the_last_session_is_four_days_after_the_one_before(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    moved(cast, rows[5], "03")
    with pytest.raises(Refused, match="2026-12-07 is its window, 2026-12-08 lies outside it: a prescriber decides"):
        moved(cast, rows[6], "08")
    assert moved(cast, rows[6], "07").planned_at == at("07")


def test_a_prescriber_moves_past_the_window_with_a_reason(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    moved(cast, rows[5], "03")
    with pytest.raises(Refused, match="say why"):
        moved(cast, rows[6], "08", by="psychiatrist")
    row = moved(cast, rows[6], "08", by="psychiatrist", reason="travels until Monday")
    assert (row.planned_at, row.moved_from, row.why) == (at("08"), at("04"), "travels until Monday")
    assert AuditRow.objects.filter(action="move_session").last().detail["decided"] == ["session_window"]


def test_nobody_moves_a_session_years_ahead_by_a_slip_of_the_year(cast: Cast, travel: Traveller) -> None:
    row = booked(cast, travel)[6]
    far = at("08").replace(year=9999)
    with pytest.raises(Refused, match="can be booked, 104 weeks ahead, not 9999-"):
        move_session(acting(cast, cast.psychiatrist), row.pk, Wanted(far), "travels")
    last = now().astimezone(cast.clinic.zone).date() + timedelta(weeks=104)
    check_ahead(cast.clinic, [last])
    with pytest.raises(BadInput, match=f"up to {last} can be booked"):
        check_ahead(cast.clinic, [last + timedelta(days=1)])


@pytest.mark.parametrize(("clock", "fits"), [("09:00", True), ("08:59", False)])
def test_a_whole_day_lies_between_two_sessions(cast: Cast, travel: Traveller, clock: str, fits: bool) -> None:
    rows = booked(cast, travel)
    if fits:
        assert moved(cast, rows[2], "24", clock)
    else:
        with pytest.raises(Refused, match="24 h from the session of Mon 23 Nov 09:00; at least 24 h lie between"):
            moved(cast, rows[2], "24", clock)


def test_a_refused_move_says_which_chair_is_taken_until_when(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    fill(cast, "26", "08:30")
    with pytest.raises(Refused) as refused:
        moved(cast, rows[3], "26")
    assert refused.value.reasons == tuple(f"Chair {n} is taken until 11:10" for n in (1, 2, 3))
    landing = look_at_move(acting(cast, cast.coordinator), rows[3].pk, Wanted(at("26")))
    assert (landing.free, landing.instead) == (False, at("26", "11:15"))
    assert moved(cast, rows[3], "26", "11:10")


def test_the_chair_and_the_nurse_are_kept_where_they_are_free(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    chair, nurse = rows[3].chair, rows[3].nurse
    fill(cast, "26", chairs=(0,))
    kept = moved(cast, rows[3], "27", "11:00")
    assert (kept.chair, kept.nurse) == (chair, nurse)
    assert moved(cast, rows[3], "26").chair == cast.chairs[1]


def test_a_session_does_not_stand_in_its_own_way(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    fill(cast, "27", chairs=(1, 2))
    assert moved(cast, rows[3], "27", "10:00").chair == cast.chairs[0]


def test_moving_again_to_the_same_place_changes_nothing(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    moved(cast, rows[3], "26")
    again = moved(cast, rows[3], "26")
    assert again.moved_from == at("27")


def test_a_time_that_has_passed_is_refused(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    travel.to(at("27", "08:00"))
    with pytest.raises(Refused, match=r"Thu 26 Nov 09:00 has passed"):
        moved(cast, rows[3], "26")
    assert moved(cast, rows[3], "27", "08:00")


def test_what_has_begun_is_not_moved(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    travel.to(at(23, "08:50"))
    add_entry(acting(cast, cast.nurse), rows[1].pk, key(), {"kind": "arrived"}, at(23, "08:50"))
    with pytest.raises(Refused, match="session 1 is arrived: only one that is to come is moved"):
        moved(cast, rows[1], "23", "11:00")


def test_a_cancelled_session_leaves_its_place_and_may_be_booked_again(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    nurse = acting(cast, cast.nurse)
    with pytest.raises(BadInput, match="reason: say why the session is cancelled"):
        cancel_session(nurse, rows[2].pk, " ", key())
    assert cancel_session(nurse, rows[2].pk, "ill", key()).state == "cancelled"
    fill(cast, "25")
    again = book_series(nurse, rows[2].course_id, {2: Wanted(at(24))})
    assert (again[0].n, again[0].planned_at) == (2, at(24))
    with pytest.raises(Refused, match="session 2 is cancelled"):
        moved(cast, rows[2], "26")


def test_a_session_that_runs_on_keeps_its_chair(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    nurse = acting(cast, cast.nurse)
    add_entry(nurse, rows[1].pk, key(), {"kind": "arrived"}, at(23, "08:50"))
    travel.to(at(23, "13:00"))
    free = free_places(nurse, at(23, "13:00"), STAY)
    assert free.chairs[0].reasons == ("Chair 1 is still taken: its session runs on",)
    assert free.place is not None
    assert free.place.chair == str(cast.chairs[1].pk)


def test_a_chair_out_of_use_is_not_booked(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    for chair in cast.chairs[1:]:
        clinics.change_chair(acting(cast, cast.administrator), chair.pk, chair.name, active=False)
    fill(cast, "23", chairs=(0,))
    with pytest.raises(Refused, match="session 1: Chair 1 is taken until 11:40"):
        book_series(acting(cast, cast.coordinator), course.pk, places(days={1: "23"}))


# Walk-ins


def held_first(cast: Cast, travel: Traveller) -> dict[int, Session]:
    rows = booked(cast, travel)
    Session.objects.filter(pk=rows[1].pk).update(state_cache="discharged")
    cancel_session(acting(cast, cast.nurse), rows[2].pk, "comes when it is worse", key())
    travel.to(at("24", "10:07"))
    return rows


def test_a_walk_in_takes_a_chair_from_now_on(cast: Cast, travel: Traveller) -> None:
    rows = held_first(cast, travel)
    sent = key()
    row = book_walk_in(acting(cast, cast.nurse), rows[1].course_id, "worse since Sunday", key=sent)
    assert (row.kind, row.n, row.planned_at, row.why) == ("walk-in", 7, at(24, "10:07"), "worse since Sunday")
    assert (row.chair, row.planned_minutes) == (cast.chairs[0], STAY)
    assert book_walk_in(acting(cast, cast.nurse), rows[1].course_id, "worse since Sunday", key=sent).pk == row.pk


@pytest.mark.parametrize(("minutes", "fits"), [(0, True), (-1, False)])
def test_a_walk_in_lies_a_day_from_the_last_session(cast: Cast, travel: Traveller, minutes: int, fits: bool) -> None:
    rows = held_first(cast, travel)
    travel.to(at(24, "09:00") + timedelta(minutes=minutes, seconds=1))
    if fits:
        assert book_walk_in(acting(cast, cast.nurse), rows[1].course_id, "in crisis")
    else:
        with pytest.raises(Refused, match="at least 24 h lie between two sessions: a prescriber decides"):
            book_walk_in(acting(cast, cast.nurse), rows[1].course_id, "in crisis")
        assert book_walk_in(acting(cast, cast.psychiatrist), rows[1].course_id, "in crisis")


def test_the_first_session_is_no_walk_in(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    with pytest.raises(Refused, match="move session 1 to today instead"):
        book_walk_in(acting(cast, cast.nurse), rows[1].course_id, "is here")


def test_a_walk_in_is_for_today_and_says_why(cast: Cast, travel: Traveller) -> None:
    rows = held_first(cast, travel)
    nurse = acting(cast, cast.nurse)
    with pytest.raises(BadInput, match="time: today, Tue 24 Nov, is needed for a walk-in, not Thu 26 Nov"):
        book_walk_in(nurse, rows[1].course_id, "x", at=at(26))
    with pytest.raises(BadInput, match="reason: say why the session is outside the plan"):
        book_walk_in(nurse, rows[1].course_id, "")

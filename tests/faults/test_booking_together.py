"""Several people book at the same moment: no chair and no nurse is given twice."""

from __future__ import annotations

from itertools import combinations

import pytest

from remit.acts import settings
from remit.acts.actors import Refused, actor_for
from remit.acts.booking import book_series, move_session
from remit.acts.landing import Wanted
from remit.knowledge import protocols
from remit.records.models import Course, Session
from tests.acts.courses import MONDAY, at, somebody
from tests.fixtures.candidates import IV
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

from .test_together import PEOPLE, together

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def courses(cast: Cast, travel: Traveller) -> list[Course]:
    """A course for each of the people who book, prescribed and not booked."""
    travel.to(at(23, "07:00"))
    return [
        Course.objects.create(
            clinic=cast.clinic, patient=somebody(cast.clinic, cast.coordinator, n), protocol_id=IV,
            protocol_version="1", protocol_snapshot=protocols.snapshot(IV), option="thrice_weekly_2wk",
            started_on=MONDAY, status="planned", prescribed_by=cast.psychiatrist, prescribed_at=at(23, "07:00"),
        )
        for n in range(PEOPLE)
    ]  # fmt: skip


def overlapping(rows: list[Session]) -> list[tuple[Session, Session]]:
    def ends(row: Session) -> float:
        return row.planned_at.timestamp() + row.planned_minutes * 60

    return [
        (one, other)
        for one, other in combinations(rows, 2)
        if one.planned_at.timestamp() < ends(other) and other.planned_at.timestamp() < ends(one)
    ]


def check_book(cast: Cast, rows: list[Session]) -> None:
    assert not [pair for pair in overlapping(rows) if pair[0].chair_id == pair[1].chair_id]
    most = settings.value(cast.clinic.pk, "chairs_a_nurse")
    for row in rows:
        at_once = [one for pair in overlapping(rows) if row in pair for one in pair if one != row]
        assert len([one for one in at_once if one.nurse_id == row.nurse_id]) < most


def test_three_chairs_take_three_of_those_who_book_the_same_hour_at_once(cast: Cast, courses: list[Course]) -> None:
    refused = []

    def book(number: int) -> None:
        desk = actor_for((cast.coordinator, cast.nurse)[number % 2].pk, cast.clinic.pk)
        try:
            book_series(desk, courses[number].pk, {1: Wanted(at(23))})
        except Refused as refusal:
            refused.append(refusal.reasons)

    together(book)
    rows = list(Session.objects.all())
    assert len(rows) == len(cast.chairs)
    assert len(refused) == PEOPLE - len(cast.chairs)
    assert refused[0] == tuple(f"session 1: {chair} is taken until 11:40" for chair in cast.chairs)
    check_book(cast, rows)


def test_those_who_move_to_the_same_hour_at_once_get_its_chairs_and_no_more(cast: Cast, courses: list[Course]) -> None:
    desk = actor_for(cast.coordinator.pk, cast.clinic.pk)
    for number, course in enumerate(courses):
        time = "08:00" if number < len(cast.chairs) else "15:00"
        book_series(desk, course.pk, {1: Wanted(at(23, time))})
    rows = [course.sessions.get() for course in courses]
    refused = []

    def move(number: int) -> None:
        try:
            move_session(desk, rows[number].pk, Wanted(at(23, "11:30")))
        except Refused as refusal:
            refused.append(refusal.reasons)

    together(move)
    assert len(refused) == PEOPLE - len(cast.chairs)
    assert all(reason.endswith("is taken until 14:10") for reasons in refused for reason in reasons)
    moved = Session.objects.filter(planned_at=at(23, "11:30"))
    assert moved.count() == len(cast.chairs)
    check_book(cast, list(Session.objects.all()))


def test_one_series_sent_by_everybody_at_once_is_booked_once(cast: Cast, courses: list[Course]) -> None:
    desk = actor_for(cast.coordinator.pk, cast.clinic.pk)
    together(lambda _: book_series(desk, courses[0].pk, {1: Wanted(at(23)), 2: Wanted(at(25))}) and None)
    assert courses[0].sessions.count() == 2


def test_sessions_of_one_course_moved_at_once_do_not_wait_for_each_other(cast: Cast, courses: list[Course]) -> None:
    desk = actor_for(cast.coordinator.pk, cast.clinic.pk)
    days = ("23", "25", "27", "30", "02", "04")
    rows = book_series(desk, courses[0].pk, {n: Wanted(at(day)) for n, day in enumerate(days, 1)})
    together(lambda number: move_session(desk, rows[number].pk, Wanted(at(days[number], "10:30"))) and None)
    assert {row.planned_at for row in courses[0].sessions.all()} == {at(day, "10:30") for day in days}

"""A review is decided once its session was held; a course is extended at sourced intervals, and ended with a reason."""

from __future__ import annotations

from datetime import time

import pytest

from remit.acts.actors import Conflict, Refused
from remit.acts.course_record import rows_of
from remit.acts.prescribing import Dosing, order_dose
from remit.acts.reviewing import Further, decide_review, due_reviews, extend_course, stop_course
from remit.quantities import BadInput
from remit.records.models import Course, CourseDecision, Session
from tests.acts.courses import at, booked, key
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db


def held(cast: Cast, travel: Traveller, count: int) -> Course:
    """A course of which so many sessions were held."""
    rows = booked(cast, travel)
    Session.objects.filter(course=rows[1].course, n__lte=count).update(state_cache="discharged")
    return Course.objects.get(pk=rows[1].course_id)


def after(course: Course) -> list[int]:
    return [review.after_session for review in due_reviews(course, rows_of(course))]


@pytest.mark.parametrize(("count", "due"), [(2, []), (3, [3]), (5, [3]), (6, [3, 6])])
def test_a_review_is_due_once_its_session_was_held(cast: Cast, travel: Traveller, count: int, due: list[int]) -> None:
    assert after(held(cast, travel, count)) == due


def test_a_decision_says_what_it_rests_on_and_is_made_once(cast: Cast, travel: Traveller) -> None:
    course, doctor = held(cast, travel, 3), acting(cast, cast.psychiatrist)
    with pytest.raises(BadInput, match="reason: say what the decision rests on"):
        decide_review(doctor, course.pk, 3, "continue", "", key=key())
    sent = key()
    made = decide_review(doctor, course.pk, 3, "continue", "fell by a third, well borne", key=sent)
    assert decide_review(doctor, course.pk, 3, "continue", "fell by a third, well borne", key=sent) == made
    assert after(course) == []
    with pytest.raises(Conflict, match="the review after session 3 is not open; none is due"):
        decide_review(doctor, course.pk, 3, "stop", "changed my mind", key=key())


def test_a_review_before_its_session_is_not_open(cast: Cast, travel: Traveller) -> None:
    course = held(cast, travel, 3)
    with pytest.raises(Conflict, match="after session 6 is not open; due now: after session 3"):
        decide_review(acting(cast, cast.psychiatrist), course.pk, 6, "continue", "x", key=key())


@pytest.mark.parametrize("role", ["nurse", "coordinator", "therapist"])
def test_nobody_but_a_prescriber_decides_extends_or_ends(cast: Cast, travel: Traveller, role: str) -> None:
    course, who = held(cast, travel, 6), acting(cast, getattr(cast, role))
    for act in (
        lambda: decide_review(who, course.pk, 6, "continue", "x", key=key()),
        lambda: extend_course(who, course.pk, Further(7, 4, time(9)), "", key=key()),
        lambda: stop_course(who, course.pk, "x", key=key()),
    ):
        with pytest.raises(Refused, match="Prescribers of the clinic"):
            act()


def test_stopping_at_a_review_cancels_what_was_to_come(cast: Cast, travel: Traveller) -> None:
    course = held(cast, travel, 3)
    decide_review(acting(cast, cast.psychiatrist), course.pk, 3, "stop", "no response", key=key())
    course.refresh_from_db()
    assert (course.status, course.end_reason) == ("stopped", "no response")
    assert [row.n for row in rows_of(course)] == [1, 2, 3]
    with pytest.raises(Refused, match="this course is stopped"):
        order_dose(acting(cast, cast.psychiatrist), course.pk, Dosing(4))


def test_a_course_is_not_stopped_over_a_session_under_way(cast: Cast, travel: Traveller) -> None:
    course = held(cast, travel, 2)
    Session.objects.filter(course=course, n=3).update(state_cache="dosing")
    with pytest.raises(Refused, match="session 3 is under way: end it first"):
        stop_course(acting(cast, cast.psychiatrist), course.pk, "x", key=key())


def test_a_course_is_completed_with_nothing_to_come(cast: Cast, travel: Traveller) -> None:
    course, doctor = held(cast, travel, 5), acting(cast, cast.psychiatrist)
    with pytest.raises(Refused, match="session 6 is still to come"):
        stop_course(doctor, course.pk, "in remission", key=key(), completed=True)
    Session.objects.filter(course=course, n=6).update(state_cache="discharged")
    assert stop_course(doctor, course.pk, "in remission", key=key(), completed=True).status == "completed"


def test_maintenance_follows_the_series_at_the_sourced_interval(cast: Cast, travel: Traveller) -> None:
    course, doctor, sent = held(cast, travel, 6), acting(cast, cast.psychiatrist), key()
    rows = extend_course(doctor, course.pk, Further(7, 4, time(10)), "", key=sent)
    days = ("11", "18", "25", "31")
    assert [(row.n, row.phase) for row in rows] == [(n, "maintenance") for n in (7, 8, 9, 10)]
    assert [row.planned_at.astimezone(course.clinic.zone).strftime("%d") for row in rows[:3]] == list(days[:3])
    again = extend_course(doctor, course.pk, Further(7, 4, time(10)), "", key=sent)
    assert {row.pk for row in again} == {row.pk for row in rows}
    assert CourseDecision.objects.get(course=course).decision == "extend"
    assert after(course) == [3, 6]


def test_beyond_the_sourced_weeks_the_prescriber_says_why(cast: Cast, travel: Traveller) -> None:
    course, doctor = held(cast, travel, 6), acting(cast, cast.psychiatrist)
    with pytest.raises(BadInput, match="weeks: 1 to 26 is possible at once, not 27"):
        extend_course(doctor, course.pk, Further(7, 27, time(9)), "for good", key=key())
    extend_course(doctor, course.pk, Further(7, 4, time(9)), "", key=key())
    with pytest.raises(BadInput, match=r"reason: say why .maintenance beyond the weeks that a source describes"):
        extend_course(doctor, course.pk, Further(7, 2, time(9)), "", key=key())
    assert len(extend_course(doctor, course.pk, Further(7, 2, time(9)), "holds, relapsed before", key=key())) == 2


@pytest.mark.parametrize(
    ("further", "words"),
    [
        (Further(14, 4, time(9)), "interval: 7 days is sourced for these weeks, not 14"),
        (Further(7, 0, time(9)), "weeks: 1 or more is needed, not 0"),
    ],
)
def test_an_interval_that_no_source_names_is_refused(
    cast: Cast, travel: Traveller, further: Further, words: str
) -> None:
    course = held(cast, travel, 6)
    with pytest.raises(BadInput, match=words):
        extend_course(acting(cast, cast.psychiatrist), course.pk, further, "", key=key())


def test_an_extension_that_finds_no_place_books_none(cast: Cast, travel: Traveller) -> None:
    course = held(cast, travel, 6)
    cast.clinic.refresh_from_db()
    for chair in cast.chairs:
        chair.active = False
        chair.save()
    with pytest.raises(Refused, match="session 7: no chair is in use"):
        extend_course(acting(cast, cast.psychiatrist), course.pk, Further(7, 4, time(9)), "", key=key())
    assert rows_of(course)[-1].planned_at == at("04")

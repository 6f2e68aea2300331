"""The curve of a course: baseline before the first dose, what was corrected stays visible, nothing is filled in."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from remit.acts.actors import Actor, NotHere, Refused
from remit.acts.assessments import Given, correct_assessment, record_assessment
from remit.acts.curve import show_scores
from remit.acts.due import list_due, rate_courses
from remit.records.models import Course
from tests.acts.follow_up import CALM, RISKY, a_link, acting, may_send
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


@pytest.fixture
def dosed(cast: Cast, travel: Traveller) -> Chairside:
    """A first session on US Spravato in which both devices were given, three weeks ago."""
    travel.to(START + timedelta(days=21))
    chair = booked(cast)
    chair.through_the_gate()
    for minute in (10, 15):
        assert chair.enter("device", at=minute, mg=28, lot="A1", expiry="2027-05-31").accepted
    return chair


def scored(cast: Cast, answers, days: float, by: Actor | None = None):
    return record_assessment(
        by or acting(cast, cast.nurse), cast.patient.pk, "PHQ9", Given(tuple(answers)), START + timedelta(days=days),
        uuid.uuid4(),
    ).assessment  # fmt: skip


def test_the_baseline_is_the_last_complete_score_before_the_first_dose(cast: Cast, dosed: Chairside) -> None:
    scored(cast, RISKY, -9)
    scored(cast, (3,) * 8 + (0,), -2)
    scored(cast, (3, None), -1)
    scored(cast, CALM, 7)
    curve = show_scores(acting(cast, cast.nurse), cast.patient.pk, "PHQ9")
    assert [point.total for point in curve.points] == [16, 24, None, 7]
    assert (curve.outcome.baseline.value, curve.outcome.current.value) == (24, 7)
    assert curve.outcome.judged("response").met is True
    assert curve.outcome.judged("remission").met is False
    assert (curve.response_at, curve.remission_max) == (12, 4)
    assert [(dose.session, dose.mg) for dose in curve.doses] == [(1, 56)]


def test_without_a_dose_nothing_is_judged(cast: Cast) -> None:
    record_assessment(
        acting(cast, cast.nurse), cast.patient.pk, "PHQ9", Given(CALM), START - timedelta(days=1), uuid.uuid4()
    )
    curve = show_scores(acting(cast, cast.nurse), cast.patient.pk)
    assert (curve.scale.id, curve.course, curve.doses) == ("PHQ9", None, [])
    assert curve.outcome.judged("response").met is None


def test_what_was_corrected_stands_behind_what_holds(cast: Cast, dosed: Chairside) -> None:
    old = scored(cast, RISKY, 7)
    correct_assessment(acting(cast, cast.nurse), old.pk, Given(CALM), old.taken_at, "misread", uuid.uuid4())
    (point,) = show_scores(acting(cast, cast.nurse), cast.patient.pk, "PHQ9").points
    assert (point.total, [row.total for row in point.replaced]) == (7, [16])


def test_a_total_entered_in_a_session_is_part_of_the_curve(cast: Cast, dosed: Chairside) -> None:
    assert dosed.enter("scale", at=20, id="PHQ9", total=11).accepted
    (point,) = show_scores(acting(cast, cast.nurse), cast.patient.pk, "PHQ9").points
    assert (point.total, point.mode, point.session) == (11, "session", 1)


def test_patients_see_their_own_curve_and_no_other(cast: Cast) -> None:
    me = acting(cast, cast.patient_account)
    assert show_scores(me, cast.patient.pk).patient == cast.patient
    with pytest.raises(NotHere):
        show_scores(me, cast.other_patient.pk)
    with pytest.raises(Refused, match="and patients their own"):
        show_scores(acting(cast, cast.coordinator), cast.patient.pk)


def test_who_did_not_answer_for_a_week_is_due(cast: Cast, dosed: Chairside, travel: Traveller) -> None:
    desk = acting(cast, cast.coordinator)
    scored(cast, CALM, 0)
    travel.to(START + timedelta(days=7, minutes=-1))
    assert list_due(desk).due == []
    travel.to(START + timedelta(days=7))
    held = list_due(desk)
    assert [(one.patient, one.scale.id, one.last) for one in held.due] == [(cast.patient, "PHQ9", START)]
    assert held.courses == 1
    may_send(cast)
    a_link(cast)
    (one,) = list_due(desk).due
    assert one.link is not None


def test_a_rate_counts_the_scored_of_those_eligible(cast: Cast, dosed: Chairside) -> None:
    nurse = acting(cast, cast.nurse)
    (response, _) = rate_courses(nurse, "PHQ9")
    assert str(response.rate) == "0/0 scored, of 1 eligible · –"
    scored(cast, (3,) * 8 + (0,), -2)
    scored(cast, CALM, 7)
    response, remission = rate_courses(nurse, "PHQ9")
    assert (response.rate.met, response.rate.scored, response.rate.eligible) == (1, 1, 1)
    assert remission.rate.met == 0
    assert response.definition is not None
    with pytest.raises(Refused):
        rate_courses(acting(cast, cast.coordinator), "PHQ9")


def test_a_course_without_a_dose_is_not_eligible(cast: Cast, travel: Traveller) -> None:
    travel.to(START)
    booked(cast, INFUSION, mg=None)
    assert Course.objects.count() == 1
    assert rate_courses(acting(cast, cast.nurse), "PHQ9")[0].rate.eligible == 0

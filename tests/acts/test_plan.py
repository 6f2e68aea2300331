"""A course as its page shows it: each session's state, what was missed and what the source says, what is to do."""

from __future__ import annotations

import pytest

from remit.acts.actors import NotHere, Refused, actor_for
from remit.acts.booking import cancel_session, move_session
from remit.acts.drafting import draft_course, draft_series, look_in_draft, next_open_day
from remit.acts.landing import Wanted
from remit.acts.plan import CourseView, open_course, open_plan
from remit.acts.prescribing import Chosen, Dosing, order_dose
from remit.quantities import BadInput
from remit.records.models import Course, Session
from tests.acts.courses import MONDAY, at, booked, cleared, key, prescribed, taken_by_others
from tests.fixtures.candidates import IV, US_TRD
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db


def seen(cast: Cast, role: str = "nurse") -> CourseView:
    view = open_plan(acting(cast, getattr(cast, role)), cast.patient.pk)
    assert view is not None
    return view


def states(view: CourseView) -> dict[int, str]:
    return {line.n: line.state for line in view.lines}


def test_each_session_says_where_it_stands(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    Session.objects.filter(pk=rows[1].pk).update(state_cache="discharged")
    cancel_session(acting(cast, cast.nurse), rows[4].pk, "ill", key())
    travel.to(at(27, "08:00"))
    view = seen(cast)
    assert [(line.n, line.state) for line in view.lines] == [
        (1, "done"), (2, "not held"), (3, "today"), (4, "cancelled"), (4, "not booked"), (5, "coming"), (6, "coming"),
    ]  # fmt: skip
    assert view.lines[1].movable
    assert not view.lines[0].movable


def test_a_missed_session_says_what_follows_once_its_last_day_is_over(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    Session.objects.filter(pk=rows[1].pk).update(state_cache="discharged")
    travel.to(at(27, "08:00"))
    assert seen(cast).missed.findings == ()
    travel.to(at(28, "08:00"))
    found = seen(cast).missed.findings
    assert [one.id for one in found] == ["missed_session"]
    assert "session 2 was due by 2026-11-27, 5 days after the last session" in found[0].text


def test_the_label_says_what_follows_a_missed_spray(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel, US_TRD)
    prescribed(cast, US_TRD, "twice_weekly_4wk")
    assert "continue the current schedule" in next(
        one.text.value for one in seen(cast).protocol.statements if one.topic == "missed_sessions"
    )


def test_what_is_still_to_do_is_listed_until_it_is_done(cast: Cast, travel: Traveller) -> None:
    booked(cast, travel)
    assert seen(cast).to_do == (
        "No dose is ordered for session 1 to 6.", "No standing order for nausea.", "No standing order for pressure.",
    )  # fmt: skip
    order_dose(acting(cast, cast.psychiatrist), Course.objects.get().pk, Dosing(1, 2))
    view = seen(cast)
    assert view.to_do[0] == "No dose is ordered for session 3 to 6."
    assert view.orders[0].holds == (1, 2)


def test_scores_are_shown_to_those_who_may_see_them(cast: Cast, travel: Traveller) -> None:
    booked(cast, travel)
    assert seen(cast, "coordinator").scores is None
    scores = seen(cast, "nurse").scores
    assert scores is not None
    assert scores.scale.id == "MADRS"


def test_windows_follow_a_session_that_moved(cast: Cast, travel: Traveller) -> None:
    rows = booked(cast, travel)
    move_session(acting(cast, cast.nurse), rows[2].pk, Wanted(at(24)))
    windows = {line.n: line.window for line in seen(cast).lines}
    assert windows[3] is not None
    assert (windows[3].earliest.day, windows[3].latest.day) == (26, 28)


def test_patients_do_not_open_a_plan_and_other_clinics_do_not_find_it(cast: Cast, travel: Traveller) -> None:
    course = booked(cast, travel)[1].course
    with pytest.raises(Refused):
        open_plan(acting(cast, cast.patient_account), cast.patient.pk)
    with pytest.raises(NotHere):
        open_course(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), course.pk)


# A draft


CHOSEN = Chosen(IV, "thrice_weekly_2wk", "outpatient", MONDAY)


def test_a_draft_lays_the_series_and_keeps_nothing(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    taken = [taken_by_others(cast, at(25, "08:00"), 600, chair) for chair in range(3)]
    draft = draft_course(acting(cast, cast.coordinator), cast.patient.pk, CHOSEN, at(23).time(), {})
    assert draft.calendar is not None
    assert draft.calendar.complete
    assert [one.starts for one in draft.calendar.proposed][:2] == [at(23), at(26)]
    assert draft.against == ()
    assert Session.objects.count() == len(taken)


def test_a_draft_says_what_stands_against_prescribing(cast: Cast, travel: Traveller) -> None:
    travel.to(at(23, "07:00"))
    draft = draft_course(acting(cast, cast.coordinator), cast.patient.pk, CHOSEN, at(23).time(), {})
    assert any("to be settled first" in reason for reason in draft.against)


def test_a_session_of_a_draft_is_looked_at_where_the_others_lie(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    desk = acting(cast, cast.coordinator)
    placed = {n: at(day) for n, day in {1: "23", 2: "25", 3: "27", 4: "30", 5: "02", 6: "04"}.items()}
    assert look_in_draft(desk, cast.patient.pk, CHOSEN, placed, 3, at(26)).free
    assert not look_in_draft(desk, cast.patient.pk, CHOSEN, placed, 3, at(25)).free
    with pytest.raises(BadInput, match="sessions: a time for each of 6 is needed, not for 1"):
        look_in_draft(desk, cast.patient.pk, CHOSEN, {1: at(23)}, 1, at(24))


def test_a_prescribed_series_is_laid_out_at_another_time_of_day(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    calendar = draft_series(acting(cast, cast.nurse), prescribed(cast).pk, at(23, "13:00").time(), {})
    assert {one.starts.time() for one in calendar.proposed if one.starts} == {at(23, "13:00").time()}


def test_a_new_series_is_first_looked_for_on_the_next_open_day(cast: Cast, travel: Traveller) -> None:
    travel.to(at(27, "07:00"))
    assert next_open_day(acting(cast, cast.nurse)) == at(30).date()

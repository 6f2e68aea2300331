"""Only a prescriber prescribes, for somebody who is cleared; an order keeps what it was computed from."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from remit.acts import clinic as clinics
from remit.acts import history, patients
from remit.acts.actors import NotHere, Refused, actor_for
from remit.acts.prescribing import (
    Chosen,
    Dosing,
    Standing,
    look_at_dose,
    order_dose,
    prescribe_course,
    withdraw_order,
    withdraw_standing_order,
    write_standing_order,
)
from remit.acts.second_person import confirm_second
from remit.acts.session_record import order_in_force, protocol_of
from remit.knowledge.protocols import protocol
from remit.quantities import BadInput
from remit.records.models import AuditRow, Course, NeverChanged, Order, Session, StandingOrder
from tests.acts.courses import MONDAY, at, cleared, key, places, prescribed
from tests.fixtures.candidates import IV, US_TRD
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db

NAUSEA = Standing("nausea", "ondansetron", "4 mg", "intravenous", "nausea that is asked about or seen")


def ordered(cast: Cast, course: Course, *given: Any, **more: Any) -> Order:
    return order_dose(acting(cast, cast.psychiatrist), course.pk, Dosing(*given), **more)


def second(cast: Cast) -> Any:
    return confirm_second(acting(cast, cast.psychiatrist), cast.second_prescriber.email, PASSWORD, ("prescriber",))


def spravato(cast: Cast, travel: Traveller) -> Course:
    cleared(cast, travel, US_TRD)
    return prescribed(cast, US_TRD, "twice_weekly_4wk")


# The course


def test_a_course_keeps_the_protocol_as_it_was_prescribed(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast, places=places())
    assert protocol_of(course) == protocol(IV)
    assert (course.protocol_version, course.option) == (protocol(IV).version, "thrice_weekly_2wk")
    assert course.screening == cast.patient.screenings.get()
    assert course.sessions.count() == 6
    assert AuditRow.objects.filter(action="prescribe_course", patient_id=cast.patient.pk).count() == 1


def test_prescribing_twice_with_one_id_makes_one_course(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    sent = key()
    assert prescribed(cast, key=sent).pk == prescribed(cast, key=sent).pk
    assert Course.objects.count() == 1


@pytest.mark.parametrize("role", ["coordinator", "nurse", "therapist", "administrator", "patient_account"])
def test_nobody_but_a_prescriber_prescribes(cast: Cast, travel: Traveller, role: str) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    who = acting(cast, getattr(cast, role))
    for act in (
        lambda: prescribe_course(who, cast.patient.pk, Chosen(IV, "thrice_weekly_2wk", "outpatient", MONDAY)),
        lambda: order_dose(who, course.pk, Dosing(1)),
        lambda: write_standing_order(who, course.pk, NAUSEA),
    ):
        with pytest.raises(Refused, match="Prescribers of the clinic decide, override and order"):
            act()


def test_another_clinics_patient_and_course_are_not_there(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    elsewhere = replace(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), roles=frozenset({"prescriber"}))
    with pytest.raises(NotHere):
        prescribe_course(elsewhere, cast.patient.pk, Chosen(IV, "", "outpatient", MONDAY))
    with pytest.raises(NotHere):
        order_dose(elsewhere, course.pk, Dosing(1))


def test_without_a_screening_nothing_is_prescribed(cast: Cast, travel: Traveller) -> None:
    travel.to(at(23, "07:00"))
    with pytest.raises(Refused, match="to be settled first"):
        prescribed(cast)


def test_a_reason_that_came_since_the_screening_stops_the_course(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    history.answer_fact(acting(cast, cast.nurse), cast.patient.pk, "avm", "yes")
    with pytest.raises(Refused, match="arteriovenous"):
        prescribed(cast)


def test_the_setting_is_the_one_that_was_screened(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    chosen = Chosen(IV, "thrice_weekly_2wk", "inpatient", MONDAY)
    with pytest.raises(Refused, match="screened as outpatient, not as inpatient"):
        prescribe_course(acting(cast, cast.psychiatrist), cast.patient.pk, chosen)


@pytest.mark.parametrize(
    ("protocol_id", "option", "words"),
    [
        ("oral_er_racemic_r107", "daily_5d", "inside a study only"),
        ("kap", "example_6_in_3wk", "no dose is sourced, so none can be ordered"),
        ("sc_esketamine", "", "no source gives the number of its sessions"),
    ],
)
def test_what_no_source_describes_cannot_be_prescribed(
    cast: Cast, travel: Traveller, protocol_id: str, option: str, words: str
) -> None:
    cleared(cast, travel, protocol_id)
    with pytest.raises(Refused, match=words):
        prescribed(cast, protocol_id, option)


def test_one_course_at_a_time(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    prescribed(cast)
    with pytest.raises(Refused, match="is under way: it ends before another begins"):
        prescribed(cast)


def test_a_course_starts_today_at_the_earliest(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    chosen = Chosen(IV, "thrice_weekly_2wk", "outpatient", MONDAY - timedelta(days=1))
    with pytest.raises(BadInput, match="start: 2026-11-23 or later is needed, not 2026-11-22"):
        prescribe_course(acting(cast, cast.psychiatrist), cast.patient.pk, chosen)


def test_an_option_that_the_protocol_does_not_have_is_refused(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    with pytest.raises(BadInput, match="option: one of thrice_weekly_2wk"):
        prescribed(cast, option="daily")


# The dose


def test_an_order_keeps_protocol_weight_date_basis_and_dose(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    order = ordered(cast, prescribed(cast), 1, 6)
    assert (order.dose_mg, order.dose_mg_per_kg, order.weight_kg) == (41.0, 0.5, 82.0)
    assert (order.weight_date, order.weight_basis, order.duration_min) == (MONDAY, "actual", 40.0)
    assert (order.molecule, order.route, order.protocol_version) == ("ketamine", "intravenous", protocol(IV).version)
    assert (order.from_session, order.to_session, order.by, order.second_by) == (1, 6, cast.psychiatrist, None)
    assert order.snapshot["dose_mg"] == 41.0


def test_an_order_is_never_changed(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    order = ordered(cast, prescribed(cast), 1, 6)
    order.dose_mg = 80
    with pytest.raises(NeverChanged):
        order.save()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE records_order SET dose_mg = 80")
    patients.weigh(acting(cast, cast.nurse), cast.patient.pk, 78, "kg", MONDAY)
    order.refresh_from_db()
    assert (order.dose_mg, order.weight_kg) == (41.0, 82.0)


def test_without_a_weight_no_dose_is_ordered(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel, kg=None)
    with pytest.raises(Refused, match="no body weight is recorded"):
        ordered(cast, prescribed(cast), 1, 6)


@pytest.mark.parametrize(("days", "asks"), [(30, False), (31, True)])
def test_a_weight_past_its_limit_asks_for_a_reason(cast: Cast, travel: Traveller, days: int, asks: bool) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    travel.on(days=days)
    if not asks:
        assert ordered(cast, course, 1, 6)
        return
    with pytest.raises(BadInput, match=r"reason: say why it is ordered all the same .the weight is 31 days old"):
        ordered(cast, course, 1, 6)
    assert ordered(cast, course, 1, 6, reason="bedridden, no scale").reason == "bedridden, no scale"


@pytest.mark.parametrize(("dose", "alone"), [("1.0 mg/kg", True), ("1.01 mg/kg", False)])
def test_above_the_studied_range_a_second_prescriber_confirms(
    cast: Cast, travel: Traveller, dose: str, alone: bool
) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    if alone:
        assert ordered(cast, course, 1, None, dose).second_by is None
        return
    for nobody in (None, acting(cast, cast.second_prescriber)):
        with pytest.raises(Refused, match="A second person is needed, a prescriber"):
            ordered(cast, course, 1, None, dose, reason="no effect at 1.0", second=nobody)
    order = ordered(cast, course, 1, None, dose, reason="no effect at 1.0", second=second(cast))
    assert (order.second_by, order.dose_mg) == (cast.second_prescriber, 82.82)


@pytest.mark.parametrize(("mg", "alone"), [("41", True), ("40", False)])
def test_above_the_clinics_own_limit_a_second_prescriber_confirms(
    cast: Cast, travel: Traveller, mg: str, alone: bool
) -> None:
    cleared(cast, travel)
    clinics.change_setting(acting(cast, cast.administrator), "second_prescriber_above", mg)
    found = look_at_dose(acting(cast, cast.psychiatrist), prescribed(cast).pk, Dosing(1)).findings
    assert any(one.id == "second_check" and one.two_person for one in found) is not alone


def test_the_first_us_spravato_session_is_56_mg_only(cast: Cast, travel: Traveller) -> None:
    course = spravato(cast, travel)
    with pytest.raises(Refused, match="session 1 is given 56 mg, not 84 mg"):
        ordered(cast, course, 1, None, "84 mg")
    first = ordered(cast, course, 1, 1)
    later = ordered(cast, course, 2, None, "84 mg")
    assert (first.dose_mg, first.devices, later.dose_mg, later.devices) == (56.0, 2, 84.0, 3)
    assert (first.weight_kg, first.dose_mg_per_kg) == (None, None)


def test_the_newest_order_that_covers_a_session_holds_until_it_is_withdrawn(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast, places=places())
    fourth = Session.objects.get(course=course, n=4)
    first = ordered(cast, course, 1, 6)
    second_order = ordered(cast, course, 4, 6, "0.75 mg/kg")
    assert order_in_force(fourth, None) == second_order
    withdraw_order(acting(cast, cast.psychiatrist), second_order.pk, "dizzy at home")
    assert order_in_force(fourth, None) == first


@pytest.mark.parametrize(
    ("dosing", "words"),
    [
        (Dosing(0), "from session: 1 or more is needed, not 0"),
        (Dosing(3, 2), "to session: 3 or more is needed, not 2"),
        (Dosing(1, 6, "0.5"), "dose: a number with mg or mg/kg is needed, not '0.5'"),
        (Dosing(1, route="oral"), "route: intravenous is needed, not 'oral'"),
        (Dosing(1, weight_basis="guess"), "weight basis"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_words(cast: Cast, travel: Traveller, dosing: Dosing, words: str) -> None:
    cleared(cast, travel)
    with pytest.raises(BadInput, match=words):
        order_dose(acting(cast, cast.psychiatrist), prescribed(cast).pk, dosing)


def test_an_order_sent_twice_is_one(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course, sent = prescribed(cast), key()
    assert ordered(cast, course, 1, 6, key=sent) == ordered(cast, course, 1, 6, key=sent)
    assert Order.objects.count() == 1


# Standing orders


def test_a_standing_order_names_drug_dose_and_condition(cast: Cast, travel: Traveller) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    made = write_standing_order(acting(cast, cast.psychiatrist), course.pk, NAUSEA)
    assert (made.purpose, made.drug, made.dose, made.route) == ("nausea", "ondansetron", "4 mg", "intravenous")
    withdraw_standing_order(acting(cast, cast.psychiatrist), made.pk, "QT prolonged")
    assert not StandingOrder.objects.current().filter(course=course).exists()
    assert StandingOrder.objects.filter(course=course).count() == 2


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"purpose": "sleep"}, "purpose: nausea or pressure is needed"),
        ({"drug": "labetalol"}, "drug: ondansetron is named for nausea, not 'labetalol'"),
        ({"dose": " "}, "dose: the prescriber's own words are needed; no source gives it"),
        ({"dose": "one"}, "dose: an amount with its unit is needed, not 'one'"),
        ({"dose": "4"}, "dose: an amount with its unit is needed, not '4'"),
        ({"condition": ""}, "condition: the prescriber's own words are needed"),
        ({"route": "rectal"}, "route: "),
    ],
)
def test_a_standing_order_that_says_too_little_is_refused(
    cast: Cast, travel: Traveller, change: dict[str, str], words: str
) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    with pytest.raises(BadInput, match=words):
        write_standing_order(acting(cast, cast.psychiatrist), course.pk, replace(NAUSEA, **change))

"""Nurses' hours: entered by an administrator, never twice at once, ended by a last day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, time

import pytest

from remit.acts.actors import NotHere, Refused, actor_for
from remit.acts.booking import free_places
from remit.acts.hours import Week, add_hours, end_hours, list_hours
from remit.quantities import BadInput
from remit.records.models import AuditRow
from tests.acts.courses import MONDAY, at
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db

MORNING = Week(0, time(8), time(12), 1, MONDAY)


@pytest.fixture(autouse=True)
def monday(travel: Traveller) -> None:
    travel.to(at(23, "07:00"))


def test_without_hours_every_nurse_is_there_while_the_clinic_is_open(cast: Cast) -> None:
    nurses = free_places(acting(cast, cast.nurse), at(23), 60).nurses
    assert [one.name for one in nurses] == ["Nora Nurse", "Samuel Second"]
    assert list_hours(acting(cast, cast.administrator)).hours == ()


def test_once_hours_are_entered_only_they_are_booked(cast: Cast) -> None:
    add_hours(acting(cast, cast.administrator), cast.nurse.pk, MORNING)
    nurse = acting(cast, cast.nurse)
    assert [one.name for one in free_places(nurse, at(23), 180).nurses] == ["Nora Nurse"]
    assert free_places(nurse, at(23), 180).place is not None
    assert free_places(nurse, at(23), 181).reasons == ("no nurse works from 09:00 to 12:01",)
    assert AuditRow.objects.filter(action="add_hours").count() == 1


@pytest.mark.parametrize(("last", "there"), [(date(2026, 11, 30), True), (date(2026, 11, 29), False)])
def test_the_last_day_still_counts(cast: Cast, last: date, there: bool) -> None:
    boss = acting(cast, cast.administrator)
    add_hours(boss, cast.second_nurse.pk, replace(MORNING, weekday=1))
    row = add_hours(boss, cast.nurse.pk, MORNING)
    end_hours(boss, row.pk, last)
    assert (free_places(acting(cast, cast.nurse), at(30), 60).place is not None) is there


@pytest.mark.parametrize(
    ("week", "words"),
    [
        (replace(MORNING, ends=time(8)), "ends: a time after 08:00 is needed, not 08:00"),
        (replace(MORNING, chairs_at_once=0), "people at once: 1 or more is needed, not 0"),
        (replace(MORNING, weekday=7), "weekday: 0 to 6 is needed, not 7"),
        (replace(MORNING, starts=time(11, 59), ends=time(15)), "works 08:00 to 12:00 on Monday already"),
    ],
)
def test_hours_that_cannot_be_are_refused(cast: Cast, week: Week, words: str) -> None:
    boss = acting(cast, cast.administrator)
    add_hours(boss, cast.nurse.pk, MORNING)
    with pytest.raises(BadInput, match=words):
        add_hours(boss, cast.nurse.pk, week)
    assert add_hours(boss, cast.nurse.pk, replace(MORNING, starts=time(12), ends=time(15)))


def test_only_an_administrator_enters_hours_of_this_clinics_people(cast: Cast) -> None:
    with pytest.raises(Refused):
        add_hours(acting(cast, cast.coordinator), cast.nurse.pk, MORNING)
    boss = acting(cast, cast.administrator)
    for somebody in (cast.coordinator, cast.other_nurse):
        with pytest.raises(BadInput, match="person: a nurse or a prescriber of this clinic is needed"):
            add_hours(boss, somebody.pk, MORNING)
    row = add_hours(boss, cast.nurse.pk, MORNING)
    elsewhere = replace(actor_for(cast.other_nurse.pk, cast.other_clinic.pk), roles=frozenset({"administrator"}))
    with pytest.raises(NotHere):
        end_hours(elsewhere, row.pk, MONDAY)

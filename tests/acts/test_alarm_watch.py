"""An alarm that nobody takes on becomes a task, its owner is told, and it goes on until somebody comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from remit.acts import alarm_watch, clockwork, clockwork_turn
from remit.acts.actors import Actor, Refused, actor_for
from remit.acts.tasks import finish_task
from remit.pathway.safety import Owner
from remit.records.models import AuditRow, Membership, Role, Task
from tests.acts.follow_up import on_duty
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    """A person with two devices given, watched by the nurse."""
    travel.to(START)
    held = booked(cast)
    held.session.nurse = cast.nurse
    held.session.save()
    held.through_the_gate()
    held.accepted(("device", {"mg": 28, "lot": "A1", "at": 1}), ("device", {"mg": 28, "lot": "A1", "at": 6}))
    return held


def watch(chair: Chairside, minute: float) -> list[Task]:
    """Run the watch at a minute; every task of an alarm, in the order in which they were made."""
    at = START + timedelta(minutes=minute)
    alarm_watch.watch_alarms(Actor.system(chair.cast.clinic.pk), at)
    return list(Task.objects.filter(kind=alarm_watch.ALARM).order_by("created_at", "subject"))


def high(chair: Chairside, at: float, systolic: int = 190) -> None:
    chair.accepted(("vitals", {"systolic": systolic, "diastolic": 82, "heart_rate": 74, "spo2": 98, "at": at}))


def urgent(tasks: list[Task]) -> list[Task]:
    return [task for task in tasks if task.urgent]


def test_a_repeat_that_nobody_takes_becomes_a_task_without_any_entry(chair: Chairside) -> None:
    high(chair, 20)
    assert watch(chair, 32.9) == []
    (task,) = urgent(watch(chair, 33))
    assert task.owner == chair.cast.psychiatrist
    assert "postdose bp urgent, 190/82 mmHg, and no repeat in time" in task.subject
    assert task.detail["asks"].startswith("repeat in 5 min")
    assert len(watch(chair, 34)) == len(watch(chair, 33.5))


def test_an_alarm_that_was_taken_on_at_the_chair_in_time_makes_no_task(chair: Chairside) -> None:
    high(chair, 20)
    high(chair, 25)
    for id in ("postdose_bp_urgent", "rise_from_baseline"):
        chair.accepted(("alarm_ack", {"id": id, "at": 26}))
    assert watch(chair, 40) == []


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (("alarm_ack", {"id": "spo2_critical"}), "Somebody took the alarm on at the chair."),
        (("vitals", {"spo2": 98}), "The alarm is over at the chair."),
    ],
)
def test_the_task_is_closed_once_the_alarm_is_settled(chair: Chairside, happens: tuple, words: str) -> None:
    chair.accepted(("vitals", {"spo2": 85, "at": 20}))
    critical = [task for task in watch(chair, 24) if task.detail["alarm"] == "spo2_critical"]
    assert [task.done_at for task in critical] == [None]
    chair.accepted((happens[0], {**happens[1], "at": 25}))
    (task,) = [task for task in watch(chair, 25.2) if task.detail["alarm"] == "spo2_critical"]
    assert (task.outcome, task.escalate_at, task.done_by) == (words, None, None)


def test_a_task_that_somebody_finished_is_not_opened_again_while_the_alarm_goes_on(chair: Chairside) -> None:
    chair.accepted(("vitals", {"spo2": 85, "at": 20}))
    for task in watch(chair, 24):
        finish_task(actor_for(chair.cast.psychiatrist.pk, chair.cast.clinic.pk), task.pk, "at the chair")
    critical = [task for task in watch(chair, 90) if task.detail["alarm"] == "spo2_critical"]
    assert [task.outcome for task in critical] == ["at the chair"]


def test_an_alarm_that_comes_again_makes_a_task_again(chair: Chairside) -> None:
    for at in (20, 40):
        chair.accepted(("vitals", {"spo2": 85, "at": at}), ("vitals", {"spo2": 98, "at": at + 8}))
    chair.accepted(("vitals", {"spo2": 85, "at": 60}))
    watch(chair, 24)
    assert len([task for task in watch(chair, 64) if task.detail["alarm"] == "spo2_critical"]) == 1


def test_an_alarm_of_low_priority_goes_to_its_owner_and_no_further(chair: Chairside) -> None:
    high(chair, 20, systolic=170)
    high(chair, 25, systolic=170)
    (task,) = watch(chair, 29)
    assert (task.detail["alarm"], task.owner, task.urgent) == ("rise_from_baseline", chair.cast.nurse, False)
    assert task.escalate_at is None


def test_the_team_is_the_nurse_and_the_prescriber_and_only_while_they_work_here(chair: Chairside) -> None:
    held = chair.session
    held.refresh_from_db()
    assert alarm_watch._who_acts(held, Owner.TEAM) == [chair.cast.nurse, chair.cast.psychiatrist]
    assert alarm_watch._who_acts(held, Owner.NURSE) == [chair.cast.nurse]
    Membership.objects.filter(account=chair.cast.nurse).update(active=False)
    assert alarm_watch._who_acts(held, Owner.TEAM) == [chair.cast.psychiatrist]


def test_where_its_owner_is_gone_whoever_is_on_call_is_told_and_else_every_prescriber(chair: Chairside) -> None:
    Membership.objects.filter(account=chair.cast.psychiatrist).update(active=False)
    high(chair, 20)
    (task,) = urgent(watch(chair, 33))
    assert task.owner == chair.cast.second_prescriber
    Task.objects.all().delete()
    on_duty(chair.cast, chair.cast.therapist)
    (task,) = urgent(watch(chair, 34))
    assert task.owner == chair.cast.therapist


def test_the_owner_is_told_and_the_next_person_after_the_clinics_delay(chair: Chairside) -> None:
    on_duty(chair.cast, chair.cast.second_nurse)
    system = Actor.system(chair.cast.clinic.pk)
    high(chair, 20)
    watch(chair, 33)
    clockwork.escalate_unanswered(system, START + timedelta(minutes=37.9))
    (task,) = urgent(watch(chair, 37.9))
    assert task.escalation_level == 0
    clockwork.escalate_unanswered(system, START + timedelta(minutes=38))
    task.refresh_from_db()
    assert (task.escalation_level, task.owner) == (1, chair.cast.second_nurse)
    assert task.escalate_at == START + timedelta(minutes=43)
    told = {one.account.email for one in clockwork.waiting(chair.cast.clinic.pk, START + timedelta(minutes=38))}
    assert told == {chair.cast.psychiatrist.email, chair.cast.second_nurse.email}


def test_the_watch_says_when_it_ran_through_and_only_then(chair: Chairside, monkeypatch: pytest.MonkeyPatch) -> None:
    clinic = chair.cast.clinic.pk
    assert clockwork_turn.marked(alarm_watch.STEP, clinic) is None
    watch(chair, 30)
    assert clockwork_turn.marked(alarm_watch.STEP, clinic) == START + timedelta(minutes=30)
    monkeypatch.setattr(alarm_watch, "under_way", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        watch(chair, 31)
    assert clockwork_turn.marked(alarm_watch.STEP, clinic) == START + timedelta(minutes=30)


def test_another_clinic_is_left_alone(chair: Chairside) -> None:
    high(chair, 20)
    alarm_watch.watch_alarms(Actor.system(chair.cast.other_clinic.pk), START + timedelta(minutes=60))
    assert not Task.objects.exists()


def test_nobody_but_the_clockwork_runs_the_watch_or_opens_such_a_task(chair: Chairside) -> None:
    person = actor_for(chair.cast.psychiatrist.pk, chair.cast.clinic.pk)
    assert person.is_a(Role.PRESCRIBER)
    with pytest.raises(Refused):
        alarm_watch.watch_alarms(person, START)


def test_opening_and_closing_are_in_the_trail(chair: Chairside) -> None:
    chair.accepted(("vitals", {"spo2": 85, "at": 20}))
    watch(chair, 24)
    chair.accepted(("vitals", {"spo2": 98, "at": 25}))
    watch(chair, 26)
    rows = AuditRow.objects.filter(action__in=("open_alarm_task", "close_alarm_task"))
    assert {row.action for row in rows} == {"open_alarm_task", "close_alarm_task"}
    assert {row.patient_id for row in rows} == {chair.cast.patient.pk}

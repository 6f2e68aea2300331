"""A risky answer has an owner and a clock at any hour; unanswered it goes on to the next until somebody takes it on."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.core import mail as outbox

from remit.acts import clockwork, mail, risk, tasks
from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.assessments import record_assessment
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.records.models import Notification, Task
from tests.acts.follow_up import RISKY, acting, ago, channel, given, may_send, on_duty
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


def risky(cast: Cast) -> Task:
    held = record_assessment(
        acting(cast, cast.nurse), cast.patient.pk, "PHQ9", given(RISKY), ago(minutes=1), uuid.uuid4()
    )
    assert held.task is not None
    return held.task


def beat(cast: Cast) -> None:
    clockwork.run_clockwork(Actor.system(cast.clinic.pk), now())


def told(task: Task) -> list[str]:
    task.refresh_from_db()
    return [str(row.to_account) for row in Notification.objects.filter(task=task, ok=True).order_by("sent_at", "id")]


def test_the_first_on_call_owns_it_and_is_told_once(cast: Cast, travel: Traveller) -> None:
    may_send(cast, cast.nurse, cast.psychiatrist)
    task = risky(cast)
    assert (task.owner, task.urgent, task.detail["covered"]) == (cast.nurse, True, True)
    assert task.due_at - task.created_at == timedelta(minutes=60)
    beat(cast)
    beat(cast)
    assert told(task) == ["Nora Nurse"]
    (sent,) = outbox.outbox
    assert sent.to == [cast.nurse.email]
    assert "Marsh" not in sent.subject + sent.body


def test_unanswered_it_goes_to_the_next_then_to_every_prescriber_then_to_all_again(
    cast: Cast, travel: Traveller
) -> None:
    may_send(cast, cast.nurse, cast.therapist)
    task = risky(cast)
    beat(cast)
    travel.on(minutes=14)
    beat(cast)
    assert told(task) == ["Nora Nurse"]
    travel.on(minutes=1)
    beat(cast)
    assert (told(task)[1:], task.owner, task.escalation_level) == (["Theo Therapist"], cast.therapist, 1)
    travel.on(minutes=15)
    beat(cast)
    assert sorted(told(task)[2:]) == ["Amir Anaesthetist", "Petra Psychiatrist"]
    travel.on(minutes=15)
    beat(cast)
    assert sorted(told(task)[4:]) == ["Amir Anaesthetist", "Nora Nurse", "Petra Psychiatrist", "Theo Therapist"]


def test_taken_on_it_stops_escalating_until_it_is_overdue(cast: Cast, travel: Traveller) -> None:
    may_send(cast, cast.nurse, cast.psychiatrist)
    task = risky(cast)
    beat(cast)
    tasks.take_task(acting(cast, cast.nurse), task.pk)
    travel.on(minutes=59)
    beat(cast)
    assert told(task) == ["Nora Nurse"]
    travel.on(minutes=2)
    beat(cast)
    assert told(task) == ["Nora Nurse", "Petra Psychiatrist"]


def test_finished_it_is_over_and_says_what_came_of_it(cast: Cast, travel: Traveller) -> None:
    may_send(cast)
    task = risky(cast)
    nurse = acting(cast, cast.nurse)
    with pytest.raises(BadInput, match="outcome: say what you found"):
        tasks.finish_task(nurse, task.pk, "  ")
    done = tasks.finish_task(nurse, task.pk, "called, safe with her sister")
    assert tasks.finish_task(nurse, task.pk, "called, safe with her sister").done_at == done.done_at
    travel.on(hours=3)
    beat(cast)
    assert told(task) == []
    with pytest.raises(Conflict, match="Nora Nurse finished this task"):
        tasks.finish_task(acting(cast, cast.psychiatrist), task.pk, "me too")
    with pytest.raises(Conflict, match="finished this task"):
        tasks.take_task(acting(cast, cast.psychiatrist), task.pk)


def test_with_nobody_on_call_every_prescriber_is_told_and_nobody_owns_it(cast: Cast) -> None:
    channel(cast)
    task = risky(cast)
    assert (task.owner, task.detail["covered"]) == (None, False)
    beat(cast)
    assert sorted(told(task)) == ["Amir Anaesthetist", "Petra Psychiatrist"]
    assert tasks.tally_tasks(acting(cast, cast.therapist)) == 1


def test_a_message_that_does_not_go_is_kept_and_sent_again(
    cast: Cast, travel: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    may_send(cast)
    task = risky(cast)
    with monkeypatch.context() as broken:
        broken.setattr(mail, "send", lambda *_: "connection refused")
        beat(cast)
        travel.on(seconds=60)
        beat(cast)
        assert [row.error for row in Notification.objects.filter(task=task)] == ["connection refused"]
        travel.on(seconds=61)
        beat(cast)
        assert Notification.objects.filter(task=task, ok=False).count() == 2
    travel.on(minutes=5)
    beat(cast)
    assert told(task) == ["Nora Nurse"]


def test_whoever_left_the_clinic_is_not_told(cast: Cast) -> None:
    on_duty(cast, cast.nurse)
    cast.nurse.is_active = False
    cast.nurse.save()
    assert risk.cover(cast.clinic.pk, now()).reads_now is False


@pytest.mark.parametrize(("minutes", "reads"), [(-1, True), (1, False)])
def test_the_cover_begins_with_the_shift(cast: Cast, minutes: int, reads: bool) -> None:
    channel(cast)
    shift = on_duty(cast, cast.nurse, starts=minutes / 60)
    held = risk.cover(cast.clinic.pk, now())
    assert held.reads_now is reads
    assert held.next_from == (None if reads else shift.starts)


def test_without_a_tested_channel_nobody_is_said_to_read(cast: Cast) -> None:
    on_duty(cast, cast.nurse)
    assert not risk.cover(cast.clinic.pk, now()).reads_now
    channel(cast, confirmed=False)
    assert not risk.cover(cast.clinic.pk, now()).reads_now


def test_a_coordinator_sees_a_risky_answer_and_does_not_answer_it(cast: Cast) -> None:
    may_send(cast)
    task = risky(cast)
    desk = acting(cast, cast.coordinator)
    assert tasks.open_task(desk, task.pk).may_finish is False
    for do in (lambda: tasks.take_task(desk, task.pk), lambda: tasks.finish_task(desk, task.pk, "ok")):
        with pytest.raises(Refused, match="A risky answer is answered by a prescriber"):
            do()


def test_another_clinic_s_task_is_not_there(cast: Cast) -> None:
    may_send(cast)
    task = risky(cast)
    other = actor_for(cast.other_nurse.pk, cast.other_clinic.pk)
    with pytest.raises(NotHere):
        tasks.open_task(other, task.pk)
    assert tasks.list_tasks(other).total == 0


def test_nobody_but_the_clockwork_escalates(cast: Cast) -> None:
    with pytest.raises(Refused, match="own clockwork"):
        clockwork.run_clockwork(acting(cast, cast.administrator), now())


def test_urgent_tasks_come_first_then_those_that_are_due_sooner(cast: Cast) -> None:
    may_send(cast)
    for minutes in (30, 10):
        Task.objects.create(
            clinic=cast.clinic,
            kind="form",
            subject=f"in {minutes}",
            due_at=now() + timedelta(minutes=minutes),
            created_at=now(),
            owner=cast.coordinator,
        )
    urgent = risky(cast)
    held = tasks.list_tasks(acting(cast, cast.nurse))
    assert [task.subject for task in held.tasks] == [urgent.subject, "in 10", "in 30"]
    assert (held.total, held.mine, held.urgent) == (3, 1, 1)
    assert tasks.list_tasks(acting(cast, cast.coordinator), mine=True).total == 2

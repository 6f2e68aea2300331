"""Alarms that nobody takes on: each becomes a task, its owner is told, and it goes on to the next until somebody comes.

Most alarms arise without an entry (a repeat that was not taken in time), so every session under way is looked at.
Nothing here makes a sound.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from remit.acts import clockwork_turn, risk
from remit.acts.actors import Actor, Refused
from remit.acts.core import act_on, note
from remit.acts.duty import on_call
from remit.acts.replays import Glanced, under_way
from remit.acts.rights import may_run_clockwork
from remit.pathway.alarms import Alarm
from remit.pathway.safety import Owner, Priority
from remit.records.models import Account, Clinic, Membership, Session, Task

ALARM = "alarm"
"""The kind of the task."""
STEP = "alarms"
_LONGEST_SUBJECT = 200


def watch_alarms(actor: Actor, at: datetime) -> None:
    """Open a task for every alarm that nobody took on in time, close those that are settled, and keep that it ran."""
    if not may_run_clockwork.test(actor, None):
        raise Refused("watch_alarms", ["Only the clinic's own clockwork watches the alarms."])
    room = under_way(Clinic.objects.get(pk=actor.here), at)
    waits = risk.minutes(actor.here, "alarm_told_after")
    known = _known(room)
    for held in room:
        for alarm in held.glance.unacknowledged:
            if alarm.raised_at + waits <= at and not _is_known(known, held.row.pk, alarm):
                open_alarm_task(actor, held.row.pk, alarm, at)
    _close_settled(actor, room, at)
    clockwork_turn.mark(STEP, actor.here, at)


def _known(room: Iterable[Glanced]) -> set[tuple[UUID, str, datetime]]:
    """Which alarms have a task, open or done: session, alarm, and when it was made."""
    tasks = Task.objects.filter(kind=ALARM, session_id__in=[held.row.pk for held in room])
    return {(task.session_id, task.detail["alarm"], task.created_at) for task in tasks if task.session_id}


def _is_known(known: Iterable[tuple[UUID, str, datetime]], session: UUID, alarm: Alarm) -> bool:
    return any(key == session and id == alarm.id and made >= alarm.raised_at for key, id, made in known)


@act_on(Session, "open_alarm_task", right=may_run_clockwork, related=("patient", "course__prescribed_by", "nurse"))
def open_alarm_task(actor: Actor, session: Session, alarm: Alarm, at: datetime) -> Task:
    """Make a task of an alarm that nobody took on. One of low priority goes to its owner and no further."""
    told = _who_acts(session, alarm.owner) or on_call(session.clinic_id, at)[:1] or risk.prescribers(session.clinic_id)
    escalates = alarm.priority is not Priority.LOW
    task = Task.objects.create(
        clinic_id=session.clinic_id,
        kind=ALARM,
        subject=f"{session.patient}: {alarm.id.replace('_', ' ')}, {alarm.why}"[:_LONGEST_SUBJECT],
        detail={
            "alarm": alarm.id,
            "priority": alarm.priority.value,
            "asks": alarm.asks,
            "raised_at": alarm.raised_at.isoformat(),
            "told": risk.told_first(told, at),
            "escalates_after": "alarm_escalates_after",
        },
        patient_id=session.patient_id,
        session=session,
        owner=told[0] if told else None,
        urgent=escalates,
        due_at=at,
        created_at=at,
        escalate_at=at + risk.minutes(session.clinic_id, "alarm_escalates_after") if escalates else None,
    )
    note(alarm=alarm.id, task=str(task.pk), told=[str(person.pk) for person in told])
    return task


def _who_acts(session: Session, owner: Owner) -> list[Account]:
    """Who is asked to act: the session's nurse, the course's prescriber, or both, as far as they still work here."""
    nurse = [session.nurse] if session.nurse is not None and owner is not Owner.PRESCRIBER else []
    prescriber = [session.course.prescribed_by] if owner is not Owner.NURSE else []
    here = Membership.objects.filter(clinic_id=session.clinic_id, active=True, account__is_active=True)
    working = set(here.filter(account__in=[*nurse, *prescriber]).values_list("account_id", flat=True))
    return [person for person in (*nurse, *prescriber) if person.pk in working]


def _close_settled(actor: Actor, room: Iterable[Glanced], at: datetime) -> None:
    """Close the task of every alarm that somebody took on at the chair, or that is over."""
    waiting = {(held.row.pk, alarm.id) for held in room for alarm in held.glance.unacknowledged}
    goes_on = {(held.row.pk, alarm.id) for held in room for alarm in held.glance.alarms}
    for task in Task.objects.filter(clinic_id=actor.here, kind=ALARM, done_at=None):
        place = (task.session_id, task.detail["alarm"])
        if place not in waiting:
            words = (
                "Somebody took the alarm on at the chair." if place in goes_on else "The alarm is over at the chair."
            )
            _close_alarm_task(actor, task.pk, words, at)


@act_on(Task, "close_alarm_task", right=may_run_clockwork)
def _close_alarm_task(actor: Actor, task: Task, outcome: str, at: datetime) -> None:
    """Close the task of an alarm that is settled at the chair."""
    if task.done_at is None:
        task.done_at, task.outcome, task.escalate_at = at, outcome, None
        task.save(update_fields=["done_at", "outcome", "escalate_at"])
        note(outcome=outcome)

"""A risky answer becomes a task for the person on call, with a clock and an escalation, at any hour.

Outside the cover every prescriber is told, and whoever answered is told that nobody reads now.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.timezone import localtime

from remit.acts import settings
from remit.acts.core import note
from remit.acts.duty import alert_channel, on_call
from remit.knowledge.safety import rules
from remit.records.compiled import compiled_query
from remit.records.models import Account, Membership, OnCallShift, Patient, Role, Task

RISK, LEFT_OUT = "risk", "left_out_item"
"""The kinds of task: an answer that alarms, and an item left out that might have."""
_LONGEST_SUBJECT = 200
_CARD = "suicidality"


@dataclass(frozen=True, slots=True)
class Cover:
    """Whether somebody of the clinic reads an answer now, and when somebody does again."""

    reads_now: bool
    next_from: datetime | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """Somebody who was to be told of a task: who, at which step of the escalation, since when."""

    account: UUID
    level: int
    at: datetime


def cover(clinic_id: UUID, at: datetime) -> Cover:
    """Whether somebody is on call and can be reached now; else when the next shift begins."""
    if on_call(clinic_id, at) and alert_channel(clinic_id).works:
        return Cover(True)
    coming = OnCallShift.objects.filter(clinic_id=clinic_id, starts__gt=at, account__is_active=True)
    return Cover(False, coming.order_by("starts").values_list("starts", flat=True).first())


def open_risk_task(
    patient: Patient, root: UUID, words: str, alerts: Sequence[dict[str, Any]], at: datetime, **detail: Any
) -> Task:
    """The task of a risky answer, for the first person on call; what `root` opened already is added to, not doubled."""
    held = _of_root(RISK, root)
    if held is not None:
        return _added_to(held, alerts, detail)
    first = on_call(patient.clinic_id, at)[:1]
    told = first or prescribers(patient.clinic_id)
    task = Task.objects.create(
        clinic_id=patient.clinic_id,
        kind=RISK,
        subject=f"{patient}: {words}"[:_LONGEST_SUBJECT],
        detail={
            **detail,
            "root": str(root),
            "alerts": list(alerts),
            "covered": bool(first),
            "told": told_first(told, at),
        },
        patient=patient,
        owner=first[0] if first else None,
        urgent=True,
        due_at=at + minutes(patient.clinic_id, "risk_answered_within"),
        created_at=at,
        escalate_at=at + minutes(patient.clinic_id, "risk_escalates_after"),
    )
    note(risk_task=str(task.pk), covered=bool(first))
    return task


def open_risks(patient: UUID) -> tuple[str, ...]:
    """The risky answers of a person that nobody has dealt with yet, in words."""
    return tuple(_in_words(task) for task in _open_risks(patient))


@compiled_query
def _open_risks(patient: UUID) -> QuerySet[Task]:
    return _unanswered().filter(patient_id=patient)


def open_risks_of_many(patients: Collection[UUID]) -> dict[UUID, tuple[str, ...]]:
    """The same of many people, by person."""
    found: dict[UUID, tuple[str, ...]] = dict.fromkeys(patients, ())
    for task in _unanswered().filter(patient_id__in=found) if found else ():
        if task.patient_id is not None:
            found[task.patient_id] += (_in_words(task),)
    return found


def _unanswered() -> QuerySet[Task]:
    return Task.objects.filter(kind=RISK, done_at=None).order_by("due_at").select_related("patient", "owner", "clinic")


def _in_words(task: Task) -> str:
    return f"{task.subject.removeprefix(f'{task.patient}: ')}, for {waits_for(task)}"


def waits_for(task: Task) -> str:
    """Whom a task waits for, and until when."""
    owner = task.owner or ("every prescriber, since nobody is on call" if task.urgent else "whoever comes first")
    at = localtime(task.due_at, task.clinic.zone)
    return f"{owner}, due {at:%H:%M} on {at:%a} {at.day} {at:%b}"


def sign(name: str, said: str) -> tuple[str, dict[str, Any]]:
    """A check or an event that speaks of suicide: in words, and as the alert of a task, which says the first steps."""
    card = rules().emergency(_CARD)
    words = f"{name.replace('_', ' ')}: {said}"
    return words, {"item": None, "value": None, "words": words, "action": ", ".join(card.steps) if card else ""}


def open_left_out_task(patient: Patient, root: UUID, words: str, at: datetime, **detail: Any) -> Task:
    """A question that would raise an alert was left out: unknown, not absent. Somebody asks, with less haste."""
    held = _of_root(LEFT_OUT, root)
    hours = int(settings.value(patient.clinic_id, "left_out_item_asked_within"))
    return held or Task.objects.create(
        clinic_id=patient.clinic_id,
        kind=LEFT_OUT,
        subject=f"{patient}: {words}"[:_LONGEST_SUBJECT],
        detail={**detail, "root": str(root)},
        patient=patient,
        due_at=at + timedelta(hours=hours),
        created_at=at,
    )


def escalate(task: Task, at: datetime) -> list[Account]:
    """Give an unanswered task to whoever comes next.

    The next on call who was not told yet; then every prescriber who was not; then all of them again.
    """
    held = told(task)
    known = {one.account for one in held}
    waiting = [person for person in on_call(task.clinic_id, at) if person.pk not in known]
    others = [person for person in prescribers(task.clinic_id) if person.pk not in known]
    following = waiting[:1] or others or _everybody(task, at)
    task.escalation_level += 1
    level = task.escalation_level
    task.detail["told"] = [_as_json(one) for one in [*held, *(Told(person.pk, level, at) for person in following)]]
    if len(following) == 1:
        task.owner = following[0]
        task.taken_at = None
    task.escalate_at = at + minutes(task.clinic_id, task.detail.get("escalates_after", "risk_escalates_after"))
    task.save()
    return following


def told_first(people: Iterable[Account], at: datetime) -> list[dict[str, Any]]:
    """How a task keeps who is told of it when it is made."""
    return [_as_json(Told(person.pk, 0, at)) for person in people]


def told(task: Task) -> list[Told]:
    """Everybody who was to be told of a task, in order."""
    return [
        Told(UUID(one["account"]), int(one["level"]), datetime.fromisoformat(one["at"]))
        for one in task.detail.get("told", ())
    ]


def prescribers(clinic_id: UUID) -> list[Account]:
    """Every prescriber of the clinic, the lead first."""
    held = Membership.objects.filter(
        clinic_id=clinic_id, role=Role.PRESCRIBER, active=True, account__is_active=True
    ).select_related("account")
    return [one.account for one in held.order_by("-lead", "account__display_name")]


def minutes(clinic_id: UUID, setting: str) -> timedelta:
    """A setting of the clinic that is a time in minutes."""
    return timedelta(minutes=float(settings.value(clinic_id, setting)))


def _everybody(task: Task, at: datetime) -> list[Account]:
    found = {person.pk: person for person in [*on_call(task.clinic_id, at), *prescribers(task.clinic_id)]}
    return list(found.values())


def _of_root(kind: str, root: UUID) -> Task | None:
    return Task.objects.select_for_update().filter(kind=kind, done_at=None, detail__root=str(root)).first()


def _added_to(task: Task, alerts: Sequence[dict[str, Any]], detail: dict[str, Any]) -> Task:
    """What came since is added: a later answer never takes an earlier alert back."""
    task.detail["alerts"] += [alert for alert in alerts if alert not in task.detail["alerts"]]
    task.detail |= detail
    task.save(update_fields=["detail"])
    return task


def _as_json(one: Told) -> dict[str, Any]:
    return {"account": str(one.account), "level": one.level, "at": one.at.isoformat()}

"""What was answered about suicide since a task was opened, wherever it was asked. It closes nothing: a person does.

Reads for other acts; no act itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from remit.acts.session_record import Recorded, load
from remit.knowledge import scales
from remit.knowledge.safety import rules
from remit.pathway.entries import AdverseEvent, Check, Entry, ScaleRated
from remit.pathway.scoring import watched_items
from remit.records.models import Account, CheckResult, Patient, Session, Task

A_PATIENT = "the patient"


@dataclass(frozen=True, slots=True)
class Said:
    """An answer about suicide: what was asked, what was answered, when, and who took it down."""

    asked: str
    answer: str
    at: datetime
    by: str


def answered_since(task: Task) -> tuple[Said, ...]:
    """Every such answer that reached the record after the task was opened, until it was finished; the newest first."""
    if task.patient is None:
        return ()
    found = [*_scores(task, task.patient), *_checks(task, task.patient), *_at_the_chair(task, task.patient)]
    return tuple(sorted(found, key=lambda said: said.at, reverse=True))


def _while_open(task: Task, at: datetime) -> bool:
    return task.created_at < at and (task.done_at is None or at <= task.done_at)


def _scores(task: Task, patient: Patient) -> Iterator[Said]:
    rows = patient.assessments.current().filter(at__gt=task.created_at).exclude(pk=task.detail.get("assessment"))
    for row in rows.select_related("by"):
        if _while_open(task, row.at):
            yield from _of_items(row.scale_id, row.answers, row.taken_at, str(row.by) if row.by else A_PATIENT)


def _of_items(scale_id: str, answers: Sequence[int | None], at: datetime, by: str) -> Iterator[Said]:
    for n in watched_items(scales.scale(scale_id)):
        answer = answers[n - 1] if n <= len(answers) else None
        if answer is not None:
            yield Said(f"{scale_id} item {n}", str(answer), at, by)


def _checks(task: Task, patient: Patient) -> Iterator[Said]:
    rows = CheckResult.objects.filter(patient=patient, check_id__in=rules().risk_checks, at__gt=task.created_at)
    for row in rows.select_related("by"):
        if _while_open(task, row.at):
            yield Said(row.check_id.replace("_", " "), row.result.replace("_", " "), row.at, str(row.by))


def _at_the_chair(task: Task, patient: Patient) -> Iterator[Said]:
    """What stands in the sessions, also where a correction said it."""
    rows = Session.objects.filter(patient=patient, entries__at__gt=task.created_at).distinct()
    for row in rows.select_related("course", "patient", "clinic"):
        session = load(row).session
        standing = [(_entered(session, place), entry) for place, entry in session.standing.items()]
        held = [entry for at, entry in standing if _while_open(task, at)]
        names = Account.objects.filter(pk__in={entry.account for entry in held if entry.account})
        people = {str(key): name for key, name in names.values_list("pk", "display_name")}
        for entry in held:
            yield from _of_entry(entry, people.get(entry.account or "", entry.by.value))


def _entered(session: Recorded, place: int) -> datetime:
    """When what stands in this place reached the record: with its last correction, if there is one."""
    replaced = session.replaced.get(place)
    return session.records[replaced[-1][0] if replaced else place].entry.at


def _of_entry(entry: Entry, by: str) -> Iterator[Said]:
    match entry:
        case Check(id=id) if id in rules().risk_checks:
            yield Said(id.replace("_", " "), entry.result.value, entry.occurred, by)
        case AdverseEvent(id=id) if id in rules().risk_events:
            yield Said(id.replace("_", " "), "recorded", entry.occurred, by)
        case ScaleRated(id=id):
            yield from _of_items(id, entry.answers, entry.occurred, by)

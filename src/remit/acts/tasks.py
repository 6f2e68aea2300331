"""Tasks: what somebody must do by when. Taken on by a person, finished with what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from remit.acts import clockwork_turn, risk
from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.answered_since import Said, answered_since
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.duty import ON_CALL_ROLES
from remit.acts.rights import may_do_task, may_see_scores, may_see_tasks
from remit.quantities import BadInput
from remit.records.compiled import compiled_query
from remit.records.models import Account, Notification, Task

SHOWN = 100
"""How many tasks a list shows; a size of the page."""


@dataclass(frozen=True, slots=True)
class TaskList:
    """The tasks asked for, urgent first, and how many there are."""

    tasks: list[Task]
    total: int
    mine: int
    open: int
    urgent: int
    last_beat: datetime | None
    beat_is_old: bool
    """True where the clockwork that escalates has not run for a while: nobody would be told."""


@dataclass(frozen=True, slots=True)
class Telling:
    """Somebody who was to be told, and what became of it."""

    account: Account
    level: int
    since: datetime
    attempts: list[Notification]

    @property
    def reached(self) -> Notification | None:
        """The message that went out."""
        return next((one for one in self.attempts if one.ok), None)


@dataclass(frozen=True, slots=True)
class TaskView:
    """One task with everybody who was told of it."""

    task: Task
    tellings: list[Telling]
    may_finish: bool
    needs_outcome: bool
    since: tuple[Said, ...] = ()
    """What was answered about suicide since it was opened, for whoever may see scores. It closes nothing by itself."""


@act("list_tasks", right=may_see_tasks, reads=True)
def list_tasks(actor: Actor, *, mine: bool = False, done: bool = False) -> TaskList:
    """The clinic's tasks, or the person's own: urgent first, then by the clock."""
    note(mine=mine, done=done)
    return _listed(actor, mine, done)


@act("poll_tasks", right=may_see_tasks, reads=True, audited=False)
def poll_tasks(actor: Actor, *, mine: bool = False, done: bool = False) -> TaskList:
    """Look again at a list that is open."""
    return _listed(actor, mine, done)


@act("tally_tasks", right=may_see_tasks, reads=True, audited=False)
def tally_tasks(actor: Actor) -> int:
    """How many open tasks wait for this person; urgent ones of nobody wait for everybody."""
    return sum(_waiting_for(actor.here, actor.me))


@compiled_query
def _waiting_for(clinic: UUID, account: UUID) -> QuerySet[Task, int]:
    held = Task.objects.filter(_for(account), clinic_id=clinic, done_at=None).order_by()
    return held.values("clinic_id").annotate(waiting=Count("pk")).values_list("waiting", flat=True)


@act_on(Task, "open_task", right=may_see_tasks, reads=True)
def open_task(actor: Actor, task: Task) -> TaskView:
    """One task, and who was told of it when."""
    sent = list(task.notifications.order_by("sent_at"))
    held = risk.told(task)
    people = Account.objects.in_bulk([one.account for one in held])
    tellings = [
        Telling(people[one.account], one.level, one.at, [row for row in sent if _answers(row, one)]) for one in held
    ]
    may_finish = task.done_at is None and _may_finish(actor, task)
    asks = task.kind in (risk.RISK, risk.LEFT_OUT) and may_see_scores.test(actor, task.patient)
    return TaskView(task, tellings, may_finish, task.kind == risk.RISK, answered_since(task) if asks else ())


@act_on(Task, "take_task", right=may_do_task)
def take_task(actor: Actor, task: Task) -> Task:
    """Take a task on. A risky answer then escalates only if it is not finished in time."""
    _check_unfinished("take_task", task)
    if not _may_finish(actor, task):
        raise Refused("take_task", [_WHO_ANSWERS])
    if task.owner_id == actor.account_id and task.taken_at is not None:
        return task
    note(before=str(task.owner_id or ""), taken_before=task.taken_at is not None)
    task.owner_id, task.taken_at = actor.me, now()
    if task.escalate_at is not None:
        task.escalate_at = max(task.due_at, now() + risk.minutes(task.clinic_id, "risk_escalates_after"))
    task.save(update_fields=["owner", "taken_at", "escalate_at"])
    return task


@act_on(Task, "finish_task", right=may_do_task)
def finish_task(actor: Actor, task: Task, outcome: str) -> Task:
    """Finish a task with what came of it; a risky answer is never finished without words."""
    outcome = outcome.strip()
    if task.done_by_id == actor.account_id and task.done_at is not None and task.outcome == outcome:
        return task
    _check_unfinished("finish_task", task)
    if not _may_finish(actor, task):
        raise Refused("finish_task", [_WHO_ANSWERS])
    if task.kind == risk.RISK and not outcome:
        raise BadInput("outcome: say what you found and what was agreed, this is needed for a risky answer")
    task.done_at, task.done_by_id, task.outcome = now(), actor.me, outcome
    task.owner_id = task.owner_id or actor.me
    task.escalate_at = None
    task.save(update_fields=["done_at", "done_by", "outcome", "owner", "escalate_at"])
    note(outcome=outcome)
    return task


_WHO_ANSWERS = f"A risky answer is answered by a {', '.join(ON_CALL_ROLES[:-1])} or {ON_CALL_ROLES[-1]}."


def _may_finish(actor: Actor, task: Task) -> bool:
    return task.kind != risk.RISK or actor.is_a(*ON_CALL_ROLES)


def _check_unfinished(name: str, task: Task) -> None:
    if task.done_at is not None:
        at = task.done_at.astimezone(task.clinic.zone)
        raise Conflict(name, [f"{task.done_by} finished this task at {at:%H:%M on %d %b}."])


def _listed(actor: Actor, mine: bool, done: bool) -> TaskList:
    waiting = _open(actor)
    held = _tasks(actor).exclude(done_at=None).order_by("-done_at") if done else waiting
    held = _mine(actor, held) if mine else held
    beat = clockwork_turn.last_beat()
    return TaskList(
        tasks=list(held.select_related("patient", "owner", "done_by")[:SHOWN]),
        total=held.count(),
        mine=_mine(actor, waiting).count(),
        open=waiting.count(),
        urgent=waiting.filter(urgent=True).count(),
        last_beat=beat,
        beat_is_old=clockwork_turn.is_old(beat, now()),
    )


def _tasks(actor: Actor) -> QuerySet[Task]:
    return Task.objects.filter(clinic_id=actor.here)


def _open(actor: Actor) -> QuerySet[Task]:
    return _tasks(actor).filter(done_at=None).order_by("-urgent", "due_at", "created_at")


def _mine(actor: Actor, tasks: QuerySet[Task]) -> QuerySet[Task]:
    return tasks.filter(_for(actor.account_id))


def _for(account: UUID | None) -> Q:
    """Tasks that wait for a person: their own, and urgent ones of nobody."""
    return Q(owner_id=account) | Q(owner_id=None, urgent=True)


def _answers(row: Notification, one: risk.Told) -> bool:
    return row.to_account_id == one.account and row.sent_at >= one.at

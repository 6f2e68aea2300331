"""What the clinic does by itself: unanswered risky answers go to the next person, and everybody who must is told.

Each step is small and leaves a whole record; mail goes out between transactions, never inside one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from remit.acts import limits, mail, risk
from remit.acts.actors import Actor, Refused
from remit.acts.core import act_on, note
from remit.acts.rights import may_run_clockwork
from remit.acts.risk import Told
from remit.records.models import Account, Clinic, Notification, Task

EMAIL = "email"

Step = Callable[[Actor, datetime], None]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Somebody who must be told of a task now."""

    task: Task
    account: Account


def run_clockwork(actor: Actor, now: datetime) -> None:
    """Do everything that is due in one clinic at this moment."""
    if not may_run_clockwork.test(actor, None):
        raise Refused("run_clockwork", ["Only the clinic's own clockwork escalates and reminds."])
    for step in STEPS:
        step(actor, now)


def clinics() -> list[UUID]:
    """The clinics in which the clockwork runs."""
    return list(Clinic.objects.order_by("created_at").values_list("pk", flat=True))


def escalate_unanswered(actor: Actor, now: datetime) -> None:
    """Every task whose time to escalate has passed goes to whoever comes next."""
    due = Task.objects.filter(clinic_id=actor.here, done_at=None, escalate_at__lte=now)
    for key in due.order_by("escalate_at").values_list("pk", flat=True):
        _escalate(actor, key, now)


def tell_waiting(actor: Actor, now: datetime) -> None:
    """Mail everybody who is to be told and was not reached yet; what fails is sent again later."""
    for one in waiting(actor.here, now):
        failure = mail.send(one.account.email, *_words(one.task))
        _keep_notification(actor, one.task.pk, one.account, failure, now)


def forget_counts(actor: Actor, now: datetime) -> None:
    """Counts of links' use in past hours are dropped."""
    limits.forget_old(now)


STEPS: tuple[Step, ...] = (escalate_unanswered, tell_waiting, forget_counts)
"""In this order; another thing that a clinic does by itself is one more step."""


def waiting(clinic_id: UUID, now: datetime) -> list[Waiting]:
    """Who must be told now: not reached, not told in vain a moment ago, and the task not taken on since."""
    tasks = Task.objects.filter(clinic_id=clinic_id, done_at=None, escalate_at__isnull=False)
    found = []
    for task in tasks.order_by("created_at").prefetch_related("notifications"):
        newest = {one.account: one for one in risk.told(task)}
        due = [one for one in newest.values() if _is_due(task, one, now)]
        people = Account.objects.filter(is_active=True).in_bulk([one.account for one in due])
        found += [Waiting(task, people[one.account]) for one in due if one.account in people]
    return found


def _is_due(task: Task, one: Told, now: datetime) -> bool:
    if task.taken_at is not None and task.taken_at >= one.at:
        return False
    tried = [row for row in task.notifications.all() if row.to_account_id == one.account and row.sent_at >= one.at]
    if any(row.ok for row in tried):
        return False
    return not tried or _tried_long_ago(task, [row.sent_at for row in tried], now)


def _tried_long_ago(task: Task, tried: list[datetime], now: datetime) -> bool:
    """Each pause is twice as long as the one before, and never longer than a day."""
    first, last = min(tried), max(tried)
    pause = max(risk.minutes(task.clinic_id, "failed_alert_sent_again_after"), last - first)
    return last + min(pause, timedelta(days=1)) <= now


def _words(task: Task) -> tuple[str, str]:
    """Subject and text of an alert: whoever reads the mail on the way learns nothing of the patient."""
    due = task.due_at.astimezone(task.clinic.zone)
    subject = f"Remit: an urgent task at {task.clinic.name}"
    body = (
        f"A task in Remit waits for you, due {due:%a %d %b %H:%M}.\n\n"
        "Sign in, open Tasks, take it on. Until somebody takes it on it goes to the next person.\n"
    )
    return subject, body


@act_on(Task, "escalate_task", right=may_run_clockwork)
def _escalate(actor: Actor, task: Task, now: datetime) -> None:
    """Nobody answered in time: the next person is told."""
    if task.done_at is not None or task.escalate_at is None or task.escalate_at > now:
        return
    following = risk.escalate(task, now)
    note(level=task.escalation_level, to=[str(person.pk) for person in following])


@act_on(Task, "keep_notification", right=may_run_clockwork)
def _keep_notification(actor: Actor, task: Task, account: Account, failure: str, now: datetime) -> None:
    """Keep that somebody was told, or why not."""
    Notification.objects.create(
        clinic_id=task.clinic_id, task=task, channel=EMAIL, to_account=account, to_address=account.email, sent_at=now,
        ok=not failure, error=failure,
    )  # fmt: skip
    note(to=str(account.pk), error=failure)

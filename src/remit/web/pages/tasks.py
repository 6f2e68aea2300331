"""Tasks: what waits for whom, urgent first; taken on, and finished with what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_POST, require_safe

from remit.acts import tasks
from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.duty import ON_CALL_ROLES
from remit.acts.tasks import TaskList
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.templatetags.remit import duration

KINDS = {"risk": "risky answer", "left_out_item": "left out", "call_today": "call", "spravato_rems": "form"}
_SOON = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Row:
    """A task in the list: its kind in words, and its clock."""

    task: Any
    kind: str
    overdue: bool
    clock: str
    mine: bool


class OutcomeForm(forms.Form):
    """What came of a task."""

    outcome = forms.CharField(
        label="Outcome",
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="What you found, what was agreed, and who does what next.",
    )


@require_safe
@opens("list_tasks")
def listing(request: Request) -> HttpResponse:
    """The clinic's tasks, or one's own; the list looks again by itself."""
    mine, done = request.GET.get("whose") == "mine", "done" in request.GET
    look = tasks.poll_tasks if request.htmx else tasks.list_tasks
    held = look(request.actor, mine=mine, done=done)
    query = urlencode({**({"whose": "mine"} if mine else {}), **({"done": "1"} if done else {})})
    found = {
        "held": held,
        "rows": _rows(request, held),
        "mine": mine,
        "done": done,
        "query": query,
        "may_take": ACTS["take_task"].allows(request.actor),
        "on_call": request.actor.is_a(*ON_CALL_ROLES),
    }
    return render(request, "tasks/rows.html" if request.htmx else "tasks/list.html", found)


def _rows(request: Request, held: TaskList) -> list[Row]:
    return [_row(request, task) for task in held.tasks]


def _row(request: Request, task: Any) -> Row:
    left = task.due_at - now()
    overdue = left < timedelta()
    minutes = abs(left).total_seconds() / 60
    near = abs(left) < _SOON
    words = f"{duration(minutes)} overdue" if overdue else f"in {duration(minutes)}"
    return Row(
        task,
        KINDS.get(task.kind, task.kind.replace("_", " ")),
        overdue,
        words if near else "",
        task.owner_id == request.actor.account_id,
    )


@require_safe
@opens("open_task")
def task(request: Request, task_id: UUID) -> HttpResponse:
    """One task, and who was told of it."""
    return _page(request, task_id, OutcomeForm())


def _page(request: Request, task_id: UUID, form: OutcomeForm) -> HttpResponse:
    held = tasks.open_task(request.actor, task_id)
    form.fields["outcome"].required = held.needs_outcome
    patient = held.task.patient
    found = {
        "held": held,
        "task": held.task,
        "row": _row(request, held.task),
        "form": form,
        "may_see_scores": ACTS["show_scores"].allows(request.actor, patient) if patient else False,
    }
    return render(request, "tasks/task.html", found, status=422 if form.is_bound and form.errors else 200)


@require_POST
@opens("take_task")
def take(request: Request, task_id: UUID) -> HttpResponse:
    """Take a task on."""
    try:
        tasks.take_task(request.actor, task_id)
    except NotHere:
        raise
    except (Conflict, Refused) as refused:
        messages.error(request, str(refused))
        return redirect("tasks")
    messages.success(request, "It is yours now.")
    return redirect("task", task_id)


@require_POST
@opens("finish_task")
def finish(request: Request, task_id: UUID) -> HttpResponse:
    """Finish a task."""
    form = OutcomeForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            finished = tasks.finish_task(request.actor, task_id, form.cleaned_data["outcome"])
        if done:
            messages.success(request, f"Finished: {finished.subject}.")
            return redirect("tasks")
    return _page(request, task_id, form)


urlpatterns = [
    path("tasks/", listing, name="tasks"),
    path("tasks/<uuid:task_id>/", task, name="task"),
    path("tasks/<uuid:task_id>/take/", take, name="take-task"),
    path("tasks/<uuid:task_id>/finish/", finish, name="finish-task"),
]

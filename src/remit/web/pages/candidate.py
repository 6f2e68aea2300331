"""The candidate: episode, antidepressants tried, questions, lists and checks, and the verdict while one types."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from remit.acts import candidate_lists, history
from remit.acts.clock import now
from remit.acts.facts import ALLERGIES, MEDICATIONS
from remit.quantities import BadInput
from remit.web import errors
from remit.web.candidate_forms import (
    AllergyForm,
    CheckForm,
    EpisodeCorrectionForm,
    EpisodeForm,
    MedicationForm,
    TrialCorrectionForm,
    TrialForm,
)
from remit.web.candidate_view import ask, changed, look, page, refused
from remit.web.guard import opens
from remit.web.pages.patients import SECTIONS
from remit.web.refusals import said
from remit.web.request import Request

SECTIONS.append(("Candidate", "candidate", "open_candidate"))

View = Callable[..., HttpResponse]


def plainly(view: View) -> View:
    """For views whose choices come from the page itself: what cannot be is a request that could not be read."""

    @wraps(view)
    def read(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except BadInput as error:
            return errors.page(request, 400, str(error))

    return read


@require_safe
@opens("open_candidate")
@plainly
def show(request: Request, patient_id: UUID) -> HttpResponse:
    """The candidate's page."""
    return page(request, look(request, patient_id, opened=True))


@require_POST
@opens("weigh_candidate")
@plainly
def live(request: Request, patient_id: UUID) -> HttpResponse:
    """The verdict with what is being typed; nothing is kept."""
    typed = TrialForm(request.POST, prefix="trial").typed()
    return render(request, "candidate/live.html", look(request, patient_id, typed=typed) | {"typed": typed})


# The episode.


@require_POST
@opens("begin_episode")
@plainly
def begin(request: Request, patient_id: UUID, prefix: str = "episode") -> HttpResponse:
    """The episode that is treated, or a new one."""
    form = EpisodeForm(request.POST, prefix=prefix)
    if form.is_valid():
        with said(form) as done:
            history.begin_episode(request.actor, patient_id, form.diagnosis(), key=form.cleaned_data["key"])
        if done:
            return changed(request, patient_id, "history", "episode")
    name = "new_episode_form" if prefix == "new" else "episode_form"
    return refused(request, patient_id, "history", **{name: form})


@require_POST
@opens("correct_episode")
@plainly
def correct(request: Request, patient_id: UUID, episode_id: UUID) -> HttpResponse:
    """A correction of the episode."""
    form = EpisodeCorrectionForm(request.POST, prefix="episode")
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            history.correct_episode(request.actor, episode_id, form.diagnosis(), held["reason"], key=held["key"])
        if done:
            return changed(request, patient_id, "history", "episode")
    return refused(request, patient_id, "history", episode_form=form)


# The antidepressants tried.


@require_POST
@opens("record_trial")
@plainly
def add_trial(request: Request, patient_id: UUID) -> HttpResponse:
    """One more drug of the history."""
    form = TrialForm(request.POST, prefix="trial")
    if form.is_valid():
        with said(form) as done:
            history.record_trial(request.actor, patient_id, form.trial(), **form.particulars())
        if done:
            return changed(request, patient_id, "trials", "trials", typing=True)
    return refused(request, patient_id, "trials", trial_form=form)


@require_safe
@opens("correct_trial")
@plainly
def trial_form(request: Request, patient_id: UUID, trial_id: UUID) -> HttpResponse:
    """The form with one trial in it, to be corrected."""
    found = look(request, patient_id)
    row = next((one.row for one in found["candidate"].tried if one.row.pk == trial_id), None)
    if row is None:
        return redirect(f"{reverse('candidate', args=[patient_id])}?{found['query']}#trials")
    names = ("drug", "dose_mg_day", "weeks", "outcome", "added_to", "reason_stopped", "informed_by")
    initial = {name: _as_typed(getattr(row, name)) for name in names} | {"replaces": row.pk, "key": found["key"]}
    form = TrialCorrectionForm(prefix="trial", initial=initial)
    form.fields["drug"].widget.attrs["autofocus"] = True
    found |= {"trial_form": form, "correcting": row}
    return render(request, "candidate/trial_form.html", found) if request.htmx else page(request, found)


def _as_typed(value: Any) -> Any:
    """A number without a decimal that nobody typed."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


@require_POST
@opens("correct_trial")
@plainly
def correct_trial(request: Request, patient_id: UUID, trial_id: UUID) -> HttpResponse:
    """A correction of one trial, or its withdrawal."""
    form = TrialCorrectionForm(request.POST, prefix="trial")
    withdrawn = "withdraw" in request.POST
    if withdrawn or form.is_valid():
        reason = request.POST.get("trial-reason", "")
        with said(form) as done:
            if withdrawn:
                history.withdraw_trial(request.actor, trial_id, reason)
            else:
                history.correct_trial(request.actor, trial_id, form.trial(), reason, **form.particulars())
        if done:
            return changed(request, patient_id, "trials", "trials", typing=True)
    row = next((one.row for one in look(request, patient_id)["candidate"].tried if one.row.pk == trial_id), None)
    return refused(request, patient_id, "trials", trial_form=form, correcting=row)


# What was asked.


@require_POST
@opens("answer_fact")
@plainly
def answer(request: Request, patient_id: UUID, fact: str) -> HttpResponse:
    """The answer to one question."""
    held = request.POST.get("remark", "")
    history.answer_fact(request.actor, patient_id, fact, request.POST.get("answer", ""), held)
    if fact in (ALLERGIES, MEDICATIONS):
        return changed(request, patient_id, fact, fact)
    if not request.htmx:
        return changed(request, patient_id, "asked", f"q-{fact}")
    found = look(request, patient_id)
    found |= {"part": "candidate/asked.html", "asked": ask(found["candidate"], fact)}
    return render(request, "candidate/changed.html", found)


# Lists.


@require_POST
@opens("record_allergy")
@plainly
def add_allergy(request: Request, patient_id: UUID) -> HttpResponse:
    """A substance that is not tolerated."""
    form = AllergyForm(request.POST, prefix="allergy")
    if form.is_valid():
        with said(form) as done:
            candidate_lists.record_allergy(request.actor, patient_id, **form.cleaned_data)
        if done:
            return changed(request, patient_id, "allergies", "allergies", naming="allergy")
    return refused(request, patient_id, "allergies", allergy_form=form)


@require_POST
@opens("withdraw_allergy")
@plainly
def withdraw_allergy(request: Request, patient_id: UUID, row_id: UUID) -> HttpResponse:
    """An allergy entered in error."""
    candidate_lists.withdraw_allergy(request.actor, row_id, request.POST.get("reason", ""))
    return changed(request, patient_id, "allergies", "allergies")


@require_POST
@opens("record_medication")
@plainly
def add_medication(request: Request, patient_id: UUID) -> HttpResponse:
    """A drug or food taken now."""
    form = MedicationForm(request.POST, prefix="medication")
    if form.is_valid():
        with said(form) as done:
            candidate_lists.record_medication(request.actor, patient_id, **form.cleaned_data)
        if done:
            return changed(request, patient_id, "medications", "medications", naming="medication")
    return refused(request, patient_id, "medications", medication_form=form)


class StopForm(forms.Form):
    """The day from which it is taken no more."""

    stopped_on = forms.DateField(label="Stopped on")


@require_POST
@opens("stop_medication")
@plainly
def stop_medication(request: Request, patient_id: UUID, row_id: UUID) -> HttpResponse:
    """A medication that is taken no more, or one entered in error."""
    if "withdraw" in request.POST:
        candidate_lists.withdraw_medication(request.actor, row_id, request.POST.get("reason", ""))
        return changed(request, patient_id, "medications", "medications")
    form = StopForm(request.POST)
    if not form.is_valid():
        raise BadInput("stopped on: a day is needed")
    candidate_lists.stop_medication(request.actor, row_id, form.cleaned_data["stopped_on"])
    return changed(request, patient_id, "medications", "medications")


# Checks.


@require_POST
@opens("record_check")
@plainly
def check(request: Request, patient_id: UUID, check_id: str) -> HttpResponse:
    """The result of a check before a course."""
    form = CheckForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            candidate_lists.record_check(
                request.actor, patient_id, check_id, held["result"], held["done_on"], held["remark"]
            )
        if done:
            return changed(request, patient_id, "checks", f"check-{check_id}")
    return refused(request, patient_id, "checks", check_form=form, check_id=check_id, today=localdate(now()))


def new_episode(request: Request, patient_id: UUID) -> HttpResponse:
    """A new episode of illness, after an earlier one."""
    return begin(request, patient_id, prefix="new")


urlpatterns = [
    path("patients/<uuid:patient_id>/candidate/", show, name="candidate"),
    path("patients/<uuid:patient_id>/candidate/live/", live, name="candidate-live"),
    path("patients/<uuid:patient_id>/candidate/episode/", begin, name="begin-episode"),
    path("patients/<uuid:patient_id>/candidate/episode/new/", opens("begin_episode")(new_episode), name="new-episode"),
    path("patients/<uuid:patient_id>/candidate/episode/<uuid:episode_id>/", correct, name="correct-episode"),
    path("patients/<uuid:patient_id>/candidate/trials/", add_trial, name="add-trial"),
    path("patients/<uuid:patient_id>/candidate/trials/<uuid:trial_id>/", trial_form, name="trial-form"),
    path("patients/<uuid:patient_id>/candidate/trials/<uuid:trial_id>/correct/", correct_trial, name="correct-trial"),
    path("patients/<uuid:patient_id>/candidate/answers/<slug:fact>/", answer, name="answer-fact"),
    path("patients/<uuid:patient_id>/candidate/allergies/", add_allergy, name="add-allergy"),
    path(
        "patients/<uuid:patient_id>/candidate/allergies/<uuid:row_id>/withdraw/",
        withdraw_allergy,
        name="withdraw-allergy",
    ),
    path("patients/<uuid:patient_id>/candidate/medications/", add_medication, name="add-medication"),
    path(
        "patients/<uuid:patient_id>/candidate/medications/<uuid:row_id>/stop/", stop_medication, name="stop-medication"
    ),
    path("patients/<uuid:patient_id>/candidate/checks/<slug:check_id>/", check, name="record-check"),
]

"""Keeping a screening, deciding on its reasons with a second person where two decide, and looking at an earlier one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_POST, require_safe

from remit.acts import patients, screening
from remit.acts.actors import Actor, Refused
from remit.acts.second_person import confirm_second
from remit.web.candidate_forms import DecisionForm, key_of
from remit.web.candidate_view import changed, decision_form, look, refused
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.pages.patients import sections
from remit.web.refusals import said
from remit.web.request import Request


@require_POST
@opens("save_screening")
@plainly
def keep(request: Request, patient_id: UUID) -> HttpResponse:
    """Keep the screening with what was measured; vitals that cannot be are refused first."""
    found = look(request, patient_id)
    if found["vitals_form"].errors:
        answer = refused(request, patient_id, "verdict")
        answer["HX-Retarget"] = "#verdict"
        return answer
    aim = found["candidate"].aim
    screening.save_screening(
        request.actor, patient_id, aim.protocol_id, aim.setting, aim.vitals, key=key_of(request.POST.get("key"))
    )
    return changed(request, patient_id, "decisions", "decisions", just_kept=True)


@require_safe
@opens("open_screening")
def show(request: Request, patient_id: UUID, screening_id: UUID) -> HttpResponse:
    """One screening as it was kept."""
    patient = patients.open_patient(request.actor, patient_id)
    held = screening.open_screening(request.actor, screening_id)
    if held.record.patient_id != patient.pk:
        raise Http404
    found = {"patient": patient, "held": held, "sections": sections(request, patient_id, "candidate")}
    return render(request, "candidate/screening.html", found)


@require_POST
@opens("decide_finding")
@plainly
def decide(request: Request, patient_id: UUID, screening_id: UUID, place: int) -> HttpResponse:
    """The prescriber's decision on one reason of a screening, named by its place in it."""
    held = screening.open_screening(request.actor, screening_id)
    if held.record.patient_id != patient_id or place >= len(held.record.findings):
        raise Http404
    finding = held.record.findings[place]
    form = decision_form(finding, place, request.POST)
    if form.is_valid() and _decided(request, screening_id, finding, form):
        return changed(request, patient_id, "decisions", "decisions")
    return refused(request, patient_id, "decisions", refused_form=form, refused_place=place)


def _decided(request: Request, screening_id: UUID, finding: dict[str, Any], form: DecisionForm) -> bool:
    second = None
    if finding["two_person"]:
        second = _second(request, form)
        if second is None:
            return False
    with said(form) as done:
        screening.decide_finding(request.actor, screening_id, finding["id"], form.cleaned_data["reason"], second)
    return bool(done)


def _second(request: Request, form: DecisionForm) -> Actor | None:
    """The second prescriber, or the refusal beside the e-mail."""
    held = form.cleaned_data
    try:
        return confirm_second(
            request.actor, held["second_email"], held["second_password"], screening.SECOND, request,
            code=held["second_code"],
        )  # fmt: skip
    except Refused as refusal:
        for reason in refusal.reasons:
            form.add_error("second_email", reason)
    return None


urlpatterns = [
    path("patients/<uuid:patient_id>/candidate/screenings/", keep, name="save-screening"),
    path("patients/<uuid:patient_id>/candidate/screenings/<uuid:screening_id>/", show, name="screening"),
    path(
        "patients/<uuid:patient_id>/candidate/screenings/<uuid:screening_id>/decide/<int:place>/",
        decide,
        name="decide-finding",
    ),
]

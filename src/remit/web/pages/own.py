"""A patient's own page: the curve, the next session, who can be reached, and scales to answer."""

from __future__ import annotations

from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_safe

from remit.acts import assessments, curve, own
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.pages.scores import view_of
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.scale_form import ScaleForm

SHOWN = ("response", "remission")
"""What the course achieved, as far as a patient's page says it; the rest is for the visit."""


@require_safe
@opens("open_own_page")
def own_page(request: Request) -> HttpResponse:
    """The patient's own page."""
    held = own.open_own_page(request.actor)
    try:
        shown = curve.show_scores(request.actor, held.patient.pk, request.GET.get("scale", ""))
    except BadInput as error:
        raise Http404(str(error)) from error
    view = view_of(shown)
    view["judgements"] = [one for one in view["judgements"] if one.outcome in SHOWN]
    expect = f"{reverse('expect')}?{urlencode(held.studied)}"
    found = {**view, "held": held, "expect": expect, "contacts": held.contacts, "own": True, "seen": None, "may": {}}
    return render(request, "own/page.html", found)


@require_http_methods(["GET", "POST"])
@opens("open_own_page")
def answer(request: Request, scale_id: str) -> HttpResponse:
    """Answer a scale in the own account."""
    held = own.open_own_page(request.actor)
    scale = next((one for one in held.answerable if one.id == scale_id), None)
    if scale is None:
        raise Http404(f"{scale_id} is not asked here")
    filled = curve.show_scale(request.actor, held.patient.pk, scale_id)
    form = ScaleForm(scale, filled.wording, request.POST or None, by_staff=False)
    if request.method == "POST" and form.is_valid():
        with said(form) as done:
            made = assessments.record_assessment(
                request.actor, held.patient.pk, scale_id, form.given(), now(), form.cleaned_data["client_id"]
            )
        if done:
            return _thanks(request, made)
    found = {"form": form, "held": held, "contacts": held.contacts, "scale": scale}
    return render(request, "own/answer.html", found, status=422 if form.errors else 200)


def _thanks(request: Request, made: assessments.Recorded) -> HttpResponse:
    if made.assessment.alerts:
        held = own.open_own_page(request.actor)
        return render(request, "own/help.html", {"held": held, "contacts": held.contacts})
    messages.success(request, "Thank you: your answers arrived.")
    return redirect("own")


urlpatterns = [
    path("my-course/", own_page, name="own"),
    path("my-course/answer/<slug:scale_id>/", answer, name="answer-own"),
]

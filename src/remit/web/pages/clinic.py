"""Clinic: its details, its settings, and its chairs."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import clinic
from remit.acts.core import ACTS
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

LABELS = {
    "name": "Name",
    "timezone": "Time zone",
    "country": "Country",
    "jurisdiction": "Law that applies",
    "address_line_1": "Address",
    "address_line_2": "Address, second line",
    "city": "City",
    "state": "State or region",
    "postal_code": "Postal code",
    "phone": "Telephone",
}
OPTIONAL = frozenset({"address_line_1", "address_line_2", "city", "state", "postal_code", "phone"})
LAWS = {"US": "United States", "EU": "European Union", "UK": "United Kingdom", "CH": "Switzerland", "AU": "Australia",
        "CA": "Canada"}  # fmt: skip


class DetailsForm(forms.Form):
    """What the clinic is called and which law applies."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in LABELS.items():
            self.fields[name] = forms.CharField(label=label, required=name not in OPTIONAL, max_length=200)
        laws = [(law, LAWS.get(law, law)) for law in clinic.JURISDICTIONS]
        self.fields["jurisdiction"] = forms.ChoiceField(label=LABELS["jurisdiction"], choices=laws)
        self.fields["timezone"].help_text = "Every time on a page is shown in it, for example America/New_York."
        self.fields["country"].help_text = "Two letters, for example US; decides the crisis number that is shown first."


def may(request: Request, *acts: str) -> dict[str, bool]:
    """Which of these acts the person may do, for the template."""
    return {name: ACTS[name].allows(request.actor) for name in acts}


@require_http_methods(["GET", "POST"])
def details(request: Request) -> HttpResponse:
    """The clinic's details and settings."""
    held = clinic.show_clinic(request.actor)
    form = DetailsForm(request.POST or None, initial=held.details)
    if form.is_valid():
        with said(form) as done:
            clinic.change_clinic(request.actor, **form.cleaned_data)
        if done:
            messages.success(request, "The clinic's details are changed.")
            return redirect("clinic")
    facts = [(LABELS[name], value) for name, value in held.details.items()]
    found = {"clinic": held, "form": form, "facts": facts, "may": may(request, "change_clinic", "change_setting")}
    return render(request, "clinic/details.html", found, status=422 if form.errors else 200)


@require_POST
def setting(request: Request, key: str) -> HttpResponse:
    """Set one setting."""
    try:
        clinic.change_setting(request.actor, key, request.POST.get("value", "").strip())
    except BadInput as error:
        return _settings_refused(request, key, str(error))
    messages.success(request, "The setting is changed.")
    return redirect("clinic")


def _settings_refused(request: Request, key: str, reason: str) -> HttpResponse:
    held = clinic.show_clinic(request.actor)
    found = {
        "clinic": held,
        "form": DetailsForm(initial=held.details),
        "may": may(request, "change_clinic", "change_setting"),
        "refused_key": key,
        "refused": reason.partition(": ")[2] or reason,
        "typed": request.POST.get("value", ""),
    }
    return render(request, "clinic/details.html", found, status=422)


class ChairForm(forms.Form):
    """A chair's name."""

    name = forms.CharField(label="Chair", max_length=60)


@require_http_methods(["GET", "POST"])
def chairs(request: Request) -> HttpResponse:
    """The chairs, and a new one."""
    form = ChairForm(request.POST or None)
    if form.is_valid():
        with said(form) as done:
            clinic.add_chair(request.actor, form.cleaned_data["name"])
        if done:
            messages.success(request, f"{form.cleaned_data['name']} is added.")
            return redirect("chairs")
    return _chairs(request, form)


@require_POST
def chair(request: Request, chair_id: UUID) -> HttpResponse:
    """Rename a chair, or take it out of use."""
    form = ChairForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            clinic.change_chair(request.actor, chair_id, form.cleaned_data["name"], active="active" in request.POST)
        if done:
            messages.success(request, f"{form.cleaned_data['name']} is changed.")
            return redirect("chairs")
    return _chairs(request, ChairForm(), changed=chair_id, refusals=form.errors.get("name", []))


def _chairs(request: Request, form: ChairForm, **more: Any) -> HttpResponse:
    held = clinic.show_clinic(request.actor).chairs
    found = {"chairs": held, "form": form, "may": may(request, "add_chair", "change_chair"), **more}
    return render(request, "clinic/chairs.html", found, status=422 if form.errors or more else 200)


urlpatterns = [
    path("clinic/", opens("show_clinic", "change_clinic")(details), name="clinic"),
    path("clinic/settings/<slug:key>/", opens("change_setting")(setting), name="clinic-setting"),
    path("clinic/chairs/", opens("show_clinic", "add_chair")(chairs), name="chairs"),
    path("clinic/chairs/<uuid:chair_id>/", opens("change_chair")(chair), name="chair"),
]

"""Patients: the list, registering, and a person's own page with identity, weight, referral and what is under way."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from remit.acts import patients
from remit.acts.actors import Conflict
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.quantities import BadInput, Kilograms
from remit.web.forms import NumberField
from remit.web.guard import opens
from remit.web.request import Request

SEXES = [("", "not recorded"), ("female", "female"), ("male", "male"), ("other", "other")]


class DayInput(forms.DateInput):
    """A day as the browser's own calendar."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class IdentityForm(forms.Form):
    """Who the person is."""

    family_name = forms.CharField(label="Family name", max_length=120)
    given_name = forms.CharField(label="Given name", max_length=120)
    middle_name = forms.CharField(label="Middle name", max_length=120, required=False)
    birth_date = forms.DateField(label="Birth date", widget=DayInput())
    sex = forms.ChoiceField(
        label="Sex", choices=SEXES, required=False, help_text="As rules need it: pregnancy, ideal weight."
    )
    mrn = forms.CharField(label="Record number", max_length=40)
    phone = forms.CharField(label="Phone", max_length=40, required=False)
    email = forms.EmailField(label="E-mail", required=False, help_text="Links to scales are sent here.")
    address = forms.CharField(label="Address", required=False, max_length=300)
    country = forms.RegexField(
        label="Country",
        regex=r"^[A-Za-z]{2}$",
        required=False,
        help_text="Two letters, such as US; decides the crisis number.",
    )


class CorrectionForm(IdentityForm):
    """A correction of it, with why."""

    reason = forms.CharField(label="Why it is corrected", max_length=300)


class WeightForm(forms.Form):
    """A weighing in the unit of the scale."""

    value = NumberField(label="Weight", min_value=0)
    unit = forms.ChoiceField(label="Unit", choices=[("kg", "kg"), ("lb", "lb")], widget=forms.RadioSelect)
    measured_on = forms.DateField(label="Weighed on", widget=DayInput())
    measured_twice = forms.BooleanField(label="Weighed a second time, and it holds", required=False)


class HeightForm(forms.Form):
    """A height."""

    value = NumberField(label="Height", min_value=0)
    unit = forms.ChoiceField(label="Unit", choices=[("cm", "cm"), ("in", "in")], widget=forms.RadioSelect)
    measured_on = forms.DateField(label="Measured on", widget=DayInput())
    measured_twice = forms.BooleanField(label="Weighed and measured a second time, and both hold", required=False)


class ReferralForm(forms.Form):
    """Who sent the person, and why."""

    referred_by = forms.CharField(label="Referred by", max_length=200, help_text="Name and practice, or self.")
    received_on = forms.DateField(label="Received on", widget=DayInput())
    question = forms.CharField(label="What they ask", required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AnswerForm(forms.Form):
    """Accept or decline."""

    status = forms.ChoiceField(choices=[("accepted", "accepted"), ("declined", "declined")])
    reason = forms.CharField(label="Reason", required=False, max_length=500)


class IdentifierForm(forms.Form):
    """What another system calls this person."""

    system = forms.CharField(label="System", max_length=200, help_text="Such as hospital or monitor.")
    value = forms.CharField(label="Number there", max_length=120)


@require_safe
@opens("find_patients")
def listing(request: Request) -> HttpResponse:
    """The clinic's patients, searched while one types."""
    words = request.GET.get("q", "").strip()
    found = patients.find_patients(request.actor, words)
    template = "patients/rows.html" if request.htmx else "patients/list.html"
    may_register = ACTS["register_patient"].allows(request.actor)
    return render(request, template, {"found": found, "words": words, "may_register": may_register})


@opens("register_patient")
def register(request: Request) -> HttpResponse:
    """Register a person; somebody much alike is shown before a second record is made."""
    form = IdentityForm(request.POST or None)
    alike: list[Any] = []
    if request.method == "POST" and form.is_valid():
        try:
            another = "another_person" in request.POST
            person = patients.register_patient(request.actor, form.cleaned_data, another_person=another)
            return redirect("patient", person.pk)
        except patients.PerhapsKnown as known:
            alike = known.alike
        except (BadInput, Conflict) as error:
            _say(form, error)
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/register.html", {"form": form, "alike": alike}, status=status)


def _say(form: forms.Form, error: Exception) -> None:
    """The refusal next to its field, where one is named."""
    words = str(error)
    named = next((n for n, held in form.fields.items() if words.lower().startswith(str(held.label or n).lower())), None)
    if named is None and words.startswith("record number") and "mrn" in form.fields:
        named = "mrn"
    form.add_error(named, words[:1].upper() + words[1:])


@require_safe
@opens("open_patient")
def person(request: Request, patient_id: UUID) -> HttpResponse:
    """One person's page."""
    return _person(request, patient_id)


def _person(request: Request, patient_id: UUID, **forms_of: forms.Form) -> HttpResponse:
    patient = patients.open_patient(request.actor, patient_id)
    today = localdate(now())
    found = {
        "patient": patient,
        "measured": patients.list_measurements(request.actor, patient_id),
        "referrals": patients.list_referrals(request.actor, patient_id),
        "weight_form": WeightForm(initial={"measured_on": today}, prefix="weight"),
        "height_form": HeightForm(initial={"measured_on": today}, prefix="height"),
        "referral_form": ReferralForm(initial={"received_on": today}, prefix="referral"),
        "identifier_form": IdentifierForm(prefix="identifier"),
        "may": {name: ACTS[name].allows(request.actor, patient) for name in _SHOWN},
        "sections": sections(request, patient_id, "patient"),
        **forms_of,
    }
    refused = any(form.errors for form in forms_of.values())
    return render(request, "patients/person.html", found, status=422 if refused else 200)


_SHOWN = (
    "weigh",
    "measure_height",
    "refer",
    "correct_identity",
    "identify_elsewhere",
    "answer_referral",
    "give_account",
    "read_expectations",
)

SECTIONS: list[tuple[str, str, str]] = [("Person", "patient", "open_patient")]
"""The tabs over a person's pages: words, address, act. A page of a person adds its own."""


def sections(request: Request, patient_id: UUID, current: str) -> list[dict[str, Any]]:
    """The person's pages that this account may open."""
    return [
        {"words": words, "href": reverse(view, args=[patient_id]), "current": view == current}
        for words, view, act in SECTIONS
        if ACTS[act].allows(request.actor)
    ]


@opens("correct_identity")
def correct(request: Request, patient_id: UUID) -> HttpResponse:
    """Correct a person's identity; what stood there stays in the trail."""
    patient = patients.open_patient(request.actor, patient_id)
    initial = {name: getattr(patient, name) for name in patients.IDENTITY}
    form = CorrectionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            patients.correct_identity(request.actor, patient_id, form.cleaned_data, form.cleaned_data["reason"])
            return redirect("patient", patient_id)
        except (BadInput, Conflict) as error:
            _say(form, error)
    status = 422 if request.method == "POST" else 200
    return render(request, "patients/correct.html", {"form": form, "patient": patient}, status=status)


@require_POST
@opens("weigh")
def weigh(request: Request, patient_id: UUID) -> HttpResponse:
    """A weighing; one that is hard to believe asks for a second."""
    form = WeightForm(request.POST, prefix="weight")
    if form.is_valid():
        try:
            row = patients.weigh(request.actor, patient_id, **form.cleaned_data)
            messages.success(request, f"Weight recorded: {row.kg:.1f} kg, which is {Kilograms(row.kg).pounds:.1f} lb.")
            return redirect("patient", patient_id)
        except patients.WeighAgain as again:
            for finding in again.findings:
                form.add_error("value", f"{finding.text}. Weigh a second time, then say so below.")
        except BadInput as error:
            form.add_error("value", str(error))
    return _person(request, patient_id, weight_form=form)


@require_POST
@opens("measure_height")
def height(request: Request, patient_id: UUID) -> HttpResponse:
    """A height."""
    form = HeightForm(request.POST, prefix="height")
    if form.is_valid():
        try:
            patients.measure_height(request.actor, patient_id, **form.cleaned_data)
            return redirect("patient", patient_id)
        except patients.WeighAgain as again:
            for finding in again.findings:
                form.add_error("value", f"With the last weight, {finding.text}. Then say so below.")
        except BadInput as error:
            form.add_error("value", str(error))
    return _person(request, patient_id, height_form=form)


@require_POST
@opens("refer")
def refer(request: Request, patient_id: UUID) -> HttpResponse:
    """A referral."""
    form = ReferralForm(request.POST, prefix="referral")
    if form.is_valid():
        try:
            patients.refer(request.actor, patient_id, **form.cleaned_data)
            return redirect("patient", patient_id)
        except BadInput as error:
            _say(form, error)
    return _person(request, patient_id, referral_form=form)


@require_POST
@opens("answer_referral")
def answer(request: Request, patient_id: UUID, referral_id: UUID) -> HttpResponse:
    """Accept or decline a referral."""
    form = AnswerForm(request.POST)
    if form.is_valid():
        try:
            patients.answer_referral(request.actor, referral_id, **form.cleaned_data)
            return redirect("patient", patient_id)
        except (BadInput, Conflict) as error:
            form.add_error("reason", str(error))
    return _person(request, patient_id, answer_form=form)


@require_POST
@opens("identify_elsewhere")
def identify(request: Request, patient_id: UUID) -> HttpResponse:
    """The person's number in another system."""
    form = IdentifierForm(request.POST, prefix="identifier")
    if form.is_valid():
        try:
            patients.identify_elsewhere(request.actor, patient_id, **form.cleaned_data)
            return redirect("patient", patient_id)
        except (BadInput, Conflict) as error:
            form.add_error("value", str(error))
    return _person(request, patient_id, identifier_form=form)


urlpatterns = [
    path("patients/", listing, name="patients"),
    path("patients/register/", register, name="register-patient"),
    path("patients/<uuid:patient_id>/", person, name="patient"),
    path("patients/<uuid:patient_id>/correct/", correct, name="correct-patient"),
    path("patients/<uuid:patient_id>/weight/", weigh, name="weigh"),
    path("patients/<uuid:patient_id>/height/", height, name="measure-height"),
    path("patients/<uuid:patient_id>/referral/", refer, name="refer"),
    path("patients/<uuid:patient_id>/referral/<uuid:referral_id>/", answer, name="answer-referral"),
    path("patients/<uuid:patient_id>/identifier/", identify, name="identify-elsewhere"),
]

"""A patient's own account, as the desk gives and closes it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import mail, patient_account, patients
from remit.acts.actors import Refused
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request


class AccountForm(forms.Form):
    """With which address the patient will sign in."""

    email = forms.CharField(label="E-mail", widget=forms.EmailInput(attrs={"autocomplete": "off"}))
    by_mail = forms.BooleanField(label="Send the code by e-mail", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not mail.is_set():
            del self.fields["by_mail"]


@never_cache
@require_http_methods(["GET", "POST"])
@opens("give_account")
def give(request: Request, patient_id: UUID) -> HttpResponse:
    """Give the account, or a new code for it."""
    patient = patients.open_patient(request.actor, patient_id)
    held = patient_account.show_account(request.actor, patient_id)
    form = AccountForm(request.POST or None, initial={"email": held.email if held else patient.email})
    if form.is_valid():
        with said(form) as done:
            invited = patient_account.give_account(
                request.actor, patient_id, form.cleaned_data["email"], by_mail=form.cleaned_data.get("by_mail", False)
            )
        if done:
            back = reverse("patient", args=[patient_id])
            return render(request, "people/code.html", {"invited": invited, "back": back})
    found = {"form": form, "patient": patient, "held": held}
    return render(request, "patients/account.html", found, status=422 if form.errors else 200)


@require_POST
@opens("close_account")
def close(request: Request, patient_id: UUID) -> HttpResponse:
    """Close the account."""
    try:
        patient_account.close_account(request.actor, patient_id)
        messages.success(request, "The account is closed.")
    except Refused as refused:
        messages.error(request, str(refused))
    return redirect("patient-account", patient_id)


urlpatterns = [
    path("patients/<uuid:patient_id>/account/", give, name="patient-account"),
    path("patients/<uuid:patient_id>/account/close/", close, name="close-patient-account"),
]

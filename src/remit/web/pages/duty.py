"""Duty: who answers at any hour, the crisis contacts, and the test of the alert channel."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_GET, require_POST

from remit.acts import duty
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.pages.clinic import may
from remit.web.refusals import said
from remit.web.request import Request

MANAGES = ("add_shift", "add_crisis_contact", "test_alert_channel")


class MomentInput(forms.DateTimeInput):
    """A date and time as browsers let one pick them."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class ShiftForm(forms.Form):
    """Who, from when to when, in which order."""

    person = forms.ChoiceField(label="Person")
    starts = forms.DateTimeField(label="From", widget=MomentInput())
    ends = forms.DateTimeField(label="Until", widget=MomentInput())
    order = forms.TypedChoiceField(
        label="Is told", coerce=int, choices=[(0, "first"), (1, "when the first does not answer"), (2, "third")]
    )

    def __init__(self, people: list[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self, "person", [(str(one.pk), str(one)) for one in people])


class ContactForm(forms.Form):
    """A number for a person in danger."""

    name = forms.CharField(label="Name", max_length=200)
    phone = forms.CharField(label="Number", max_length=40)
    country = forms.CharField(label="Country", max_length=2, help_text="Two letters, for example US.")
    hours = forms.CharField(label="Hours", max_length=80, required=False, help_text="For example: day and night.")
    url = forms.URLField(label="Web page", required=False, assume_scheme="https")


class ChannelForm(forms.Form):
    """Where the test message goes."""

    to = forms.EmailField(label="Send a test to")


class NumberForm(forms.Form):
    """The number in the test message."""

    number = forms.CharField(label="Number in the message", widget=forms.TextInput(attrs={"inputmode": "numeric"}))


@require_GET
def show(request: Request) -> HttpResponse:
    """The duty page."""
    return _page(request)


@require_POST
def add_shift(request: Request) -> HttpResponse:
    """Put somebody on duty."""
    form = ShiftForm(duty.show_duty(request.actor).candidates, request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            duty.add_shift(request.actor, held["person"], held["starts"], held["ends"], held["order"])
        if done:
            return _done(request, "The shift is added.")
    return _page(request, shift_form=form)


@require_POST
def remove_shift(request: Request, shift_id: UUID) -> HttpResponse:
    """Take somebody off duty."""
    duty.remove_shift(request.actor, shift_id)
    return _done(request, "The shift is removed.")


@require_POST
def add_contact(request: Request) -> HttpResponse:
    """Add a crisis contact."""
    form = ContactForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            duty.add_crisis_contact(
                request.actor, held["country"], held["name"], held["phone"], url=held["url"], hours=held["hours"]
            )
        if done:
            return _done(request, "The crisis contact is added. Ring it, then confirm that it answers.")
    return _page(request, contact_form=form)


@require_POST
def confirm_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """The number was rung and answered."""
    duty.confirm_crisis_contact(request.actor, contact_id)
    return _done(request, "Confirmed.")


@require_POST
def remove_contact(request: Request, contact_id: UUID) -> HttpResponse:
    """Show this number no longer."""
    duty.remove_crisis_contact(request.actor, contact_id)
    return _done(request, "The crisis contact is no longer shown.")


@require_POST
def test_channel(request: Request) -> HttpResponse:
    """Send a test message."""
    form = ChannelForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            failure = duty.test_alert_channel(request.actor, form.cleaned_data["to"])
        if done and not failure:
            return _done(request, "The test message was handed to the mail server. Enter its number when it arrives.")
        if done:
            form.add_error("to", f"It did not go: {failure}.")
    return _page(request, channel_form=form)


@require_POST
def confirm_channel(request: Request) -> HttpResponse:
    """The test message arrived."""
    form = NumberForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            duty.confirm_alert_channel(request.actor, form.cleaned_data["number"])
        if done:
            return _done(request, "The alert channel works.")
    return _page(request, number_form=form)


def _done(request: Request, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect("duty")


def _page(request: Request, **refused: forms.Form) -> HttpResponse:
    held = duty.show_duty(request.actor)
    found = {
        "duty": held,
        "may": may(request, *MANAGES),
        "shift_form": ShiftForm(held.candidates, prefix=None),
        "contact_form": ContactForm(),
        "channel_form": ChannelForm(initial={"to": request.standing.email}),
        "number_form": NumberForm(),
        **refused,
    }
    return render(request, "clinic/duty.html", found, status=422 if refused else 200)


urlpatterns = [
    path("clinic/duty/", opens("show_duty")(show), name="duty"),
    path("clinic/duty/shifts/", opens("add_shift")(add_shift), name="add-shift"),
    path("clinic/duty/shifts/<uuid:shift_id>/remove/", opens("remove_shift")(remove_shift), name="remove-shift"),
    path("clinic/duty/contacts/", opens("add_crisis_contact")(add_contact), name="add-contact"),
    path(
        "clinic/duty/contacts/<uuid:contact_id>/confirm/",
        opens("confirm_crisis_contact")(confirm_contact),
        name="confirm-contact",
    ),
    path(
        "clinic/duty/contacts/<uuid:contact_id>/remove/",
        opens("remove_crisis_contact")(remove_contact),
        name="remove-contact",
    ),
    path("clinic/duty/channel/test/", opens("test_alert_channel")(test_channel), name="test-channel"),
    path("clinic/duty/channel/confirm/", opens("confirm_alert_channel")(confirm_channel), name="confirm-channel"),
]

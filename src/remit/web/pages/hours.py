"""Nurses' hours: when each can be booked, and with how many people at once."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import closed_days, hours
from remit.acts.closed_days import LONGEST_NAME
from remit.acts.hours import StaffHours, Week
from remit.pathway.booking import day_words
from remit.web.forms import offer
from remit.web.guard import opens
from remit.web.pages.clinic import may
from remit.web.pages.patients import DayInput
from remit.web.plan_forms import TimeInput
from remit.web.refusals import said
from remit.web.request import Request


class HoursForm(forms.Form):
    """Hours on one day of every week."""

    person = forms.ChoiceField(label="Person")
    weekday = forms.TypedChoiceField(label="Day", coerce=int, choices=list(enumerate(hours.WEEKDAYS)))
    starts = forms.TimeField(label="From", widget=TimeInput())
    ends = forms.TimeField(label="To", widget=TimeInput())
    chairs_at_once = forms.IntegerField(label="People at once", min_value=1, initial=1)
    valid_from = forms.DateField(label="From which day on", widget=DayInput())

    def __init__(self, held: StaffHours, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = [(str(one.pk), str(one)) for one in held.people]
        offer(self, "person", people)

    def week(self) -> Week:
        """The hours as they were typed."""
        given = self.cleaned_data
        return Week(given["weekday"], given["starts"], given["ends"], given["chairs_at_once"], given["valid_from"])


class ClosedDayForm(forms.Form):
    """A day on which the clinic is closed."""

    day = forms.DateField(label="Day", widget=DayInput())
    name = forms.CharField(label="Name", max_length=LONGEST_NAME, help_text="Such as a holiday's.")


class OpenForm(forms.Form):
    """A closed day that is to be open after all."""

    day = forms.DateField()


class LastDayForm(forms.Form):
    """The last day of some hours."""

    last_day = forms.DateField(label="Last day", widget=DayInput())


_MAY = ("add_hours", "end_hours", "add_closed_day", "remove_closed_day")


@require_http_methods(["GET", "POST"])
@opens("list_hours", "add_hours")
def show(request: Request) -> HttpResponse:
    """Everybody's hours, and new ones."""
    held = hours.list_hours(request.actor)
    form = HoursForm(held, request.POST or None, initial={"valid_from": held.today})
    if form.is_valid():
        with said(form) as done:
            hours.add_hours(request.actor, form.cleaned_data["person"], form.week())
        if done:
            messages.success(request, "The hours are entered.")
            return redirect("hours")
    return _page(request, held, form)


@require_POST
@opens("end_hours")
def end(request: Request, hours_id: UUID) -> HttpResponse:
    """The last day of some hours."""
    held, form = hours.list_hours(request.actor), LastDayForm(request.POST)
    if hours_id not in {row.pk for row in held.hours}:
        raise Http404
    if form.is_valid():
        with said(form) as done:
            hours.end_hours(request.actor, hours_id, form.cleaned_data["last_day"])
        if done:
            messages.success(request, "The hours end on that day.")
            return redirect("hours")
    refusals = [error for errors in form.errors.values() for error in errors]
    return _page(request, held, HoursForm(held, initial={"valid_from": held.today}), refused=hours_id, said=refusals)


@require_POST
@opens("add_closed_day")
def close(request: Request) -> HttpResponse:
    """The clinic is closed on a day."""
    form = ClosedDayForm(request.POST)
    if form.is_valid():
        with said(form) as done:
            made = closed_days.add_closed_day(request.actor, form.cleaned_data["day"], form.cleaned_data["name"])
        if done:
            messages.success(request, f"The clinic is closed on {day_words(made.day)}: {made.name}.")
            if made.booked:
                words = "1 session is" if made.booked == 1 else f"{made.booked} sessions are"
                messages.warning(request, f"{words} booked on that day and stay there until somebody moves them.")
            return redirect("hours")
    held = hours.list_hours(request.actor)
    return _page(request, held, HoursForm(held, initial={"valid_from": held.today}), closing=form)


@require_POST
@opens("remove_closed_day")
def open_again(request: Request) -> HttpResponse:
    """The clinic is open on a day after all."""
    form = OpenForm(request.POST)
    if not form.is_valid():
        raise Http404
    day = form.cleaned_data["day"]
    closed_days.remove_closed_day(request.actor, day)
    messages.success(request, f"{day_words(day)} is a day like any other again.")
    return redirect("hours")


def _page(request: Request, held: StaffHours, form: HoursForm, **more: Any) -> HttpResponse:
    rows = [{"row": row, "day": hours.WEEKDAYS[row.weekday]} for row in held.hours]
    found = {"held": held, "rows": rows, "form": form, "may": may(request, *_MAY), "closing": ClosedDayForm()}
    found |= more
    return render(request, "clinic/hours.html", found, status=422 if form.errors or more else 200)


urlpatterns = [
    path("clinic/hours/", show, name="hours"),
    path("clinic/hours/closed/", close, name="close-day"),
    path("clinic/hours/closed/open/", open_again, name="open-day"),
    path("clinic/hours/<uuid:hours_id>/end/", end, name="end-hours"),
]

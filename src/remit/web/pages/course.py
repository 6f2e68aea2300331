"""A course: its series on the calendar and as a list, dose orders, standing orders, reviews, further weeks, its end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from remit.acts import drafting, plan, prescribing, reviewing
from remit.acts.actors import Actor, Refused
from remit.acts.core import ACTS
from remit.acts.plan import CourseView
from remit.acts.prescribing import Dosing
from remit.acts.screening import SECOND
from remit.acts.second_person import confirm_second
from remit.pathway.dosing import DoseOrder
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.pages.patients import sections
from remit.web.plan_forms import (
    DoseForm,
    EndForm,
    ExtendForm,
    ReasonForm,
    ReviewForm,
    StandingForm,
    WalkInForm,
    option_words,
    standing_forms,
    time_of,
)
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.series import of_calendar, of_course

SHOWN = (
    "move_session", "book_series", "book_walk_in", "cancel_session", "order_dose", "write_standing_order",
    "decide_review", "extend_course", "stop_course", "open_session",
)  # fmt: skip


@require_safe
@opens("open_course")
@plainly
def show(request: Request, course_id: UUID) -> HttpResponse:
    """One course, also one that has ended."""
    return course_page(request, plan.open_course(request.actor, course_id))


def course_page(request: Request, view: CourseView, **more: Any) -> HttpResponse:
    """The page of a course; `more` holds forms that were refused."""
    may = {name: ACTS[name].allows(request.actor, view.course) for name in SHOWN}
    going_on = view.course.status in ("planned", "active")
    found = {
        "view": view,
        "patient": view.patient,
        "course": view.course,
        "option": option_words(view.plan.option) if view.plan.option else "",
        "may": {name: allowed and (going_on or name == "open_session") for name, allowed in may.items()},
        "going_on": going_on,
        "dose_form": DoseForm(view),
        "standing_forms": standing_forms(),
        "review_form": ReviewForm(),
        "extend_form": ExtendForm(view.intervals, initial={"interval_days": view.interval.days}),
        "end_form": EndForm(),
        "walk_in_form": WalkInForm(),
        "withdraw_form": ReasonForm(),
        "sections": sections(request, view.patient.pk, "plan"),
        **series_of(request, view, may),
        **more,
    }
    refused = any(isinstance(form, forms.Form) and form.errors for form in more.values())
    return render(request, "plan/course.html", found, status=422 if refused or more.get("refusals") else 200)


def series_of(request: Request, view: CourseView, may: dict[str, bool]) -> dict[str, Any]:
    return {"protocol": view.protocol} | _calendar(request, view, may)


def _calendar(request: Request, view: CourseView, may: dict[str, bool]) -> dict[str, Any]:
    if view.unbooked and view.course.status == "planned" and may["book_series"]:
        return drafted(request, view, {})
    if not view.coming:
        return {"calendar": None}
    look, move = (reverse(name, args=[view.course.pk]) for name in ("course-look", "course-move"))
    return of_course(view, look, move, may["move_session"])


def refused_page(request: Request, course_id: UUID, **more: Any) -> HttpResponse:
    return course_page(request, plan.poll_course(request.actor, course_id), **more)


def done(request: Request, course_id: UUID, place: str, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(f"{reverse('course', args=[course_id])}#{place}")


# A series that is not booked yet


def drafted(request: Request, view: CourseView, places: dict[int, Any]) -> dict[str, Any]:
    course_id = view.course.pk
    sent = request.POST if request.method == "POST" else request.GET
    laid = drafting.draft_series(request.actor, course_id, time_of(sent), places)
    look, move = (reverse(name, args=[course_id]) for name in ("series-look", "series-move"))
    found = of_calendar(laid, look, move)
    return found | {
        "protocol": view.protocol,
        "fields": {"at": f"{time_of(sent):%H:%M}"},
        "sends": reverse("book-series", args=[course_id]),
    }


# The dose


@require_POST
@opens("look_at_dose")
def look_at_dose(request: Request, course_id: UUID) -> HttpResponse:
    """What the dose would come to, while it is being typed."""
    form = DoseForm(plan.poll_course(request.actor, course_id), request.POST)
    dose: DoseOrder | None = None
    if form.is_valid():
        with said(form):
            dose = prescribing.look_at_dose(request.actor, course_id, form.dosing())
    return render(request, "plan/dose.html", {"dose": dose, "form": form})


@require_POST
@opens("order_dose")
def order(request: Request, course_id: UUID) -> HttpResponse:
    """Order a dose, with the second prescriber where one is needed."""
    form = DoseForm(plan.poll_course(request.actor, course_id), request.POST)
    dose: DoseOrder | None = None
    if form.is_valid():
        with said(form) as went:
            dose = prescribing.look_at_dose(request.actor, course_id, form.dosing())
            _order(request, course_id, form, form.dosing())
        if went:
            return done(request, course_id, "orders", "The dose is ordered.")
    return refused_page(request, course_id, dose_form=form, dose=dose)


def _order(request: Request, course_id: UUID, form: DoseForm, dosing: Dosing) -> None:
    held = form.cleaned_data
    second = _second(request, form)
    prescribing.order_dose(request.actor, course_id, dosing, held["reason"], second, key=held["key"])


def _second(request: Request, form: DoseForm) -> Actor | None:
    """The second prescriber, where e-mail or password was typed."""
    email, password = form.cleaned_data["second_email"], form.cleaned_data["second_password"]
    if not email and not password:
        return None
    code = form.cleaned_data["second_code"]
    return confirm_second(request.actor, email, password, SECOND, request, code=code)


@require_POST
@opens("withdraw_order")
def withdraw(request: Request, course_id: UUID, order_id: UUID) -> HttpResponse:
    """Take an order back."""
    view, form = plan.poll_course(request.actor, course_id), ReasonForm(request.POST)
    if order_id not in {one.order.pk for one in view.orders}:
        raise Http404
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            prescribing.withdraw_order(request.actor, order_id, held["reason"], key=held["key"])
        if went:
            return done(request, course_id, "orders", "The order is taken back.")
    return refused_page(request, course_id, withdraw_form=form, withdrawing=order_id)


# Standing orders


@require_POST
@opens("write_standing_order")
def standing(request: Request, course_id: UUID, purpose: str) -> HttpResponse:
    """A standing order for nausea or pressure."""
    known = standing_forms()
    form = next((StandingForm(purpose, request.POST) for one in known if one.purpose == purpose), None)
    if form is None:
        raise Refused("write_standing_order", [f"no standing order is for {purpose}"])
    if form.is_valid():
        with said(form) as went:
            prescribing.write_standing_order(request.actor, course_id, form.standing(), key=form.cleaned_data["key"])
        if went:
            return done(request, course_id, "standing", f"The standing order for {purpose} is written.")
    shown = [form if one.purpose == purpose else one for one in known]
    return refused_page(request, course_id, standing_forms=shown, refused_standing=form)


@require_POST
@opens("withdraw_standing_order")
def withdraw_standing(request: Request, course_id: UUID, order_id: UUID) -> HttpResponse:
    """Take a standing order back."""
    view, form = plan.poll_course(request.actor, course_id), ReasonForm(request.POST)
    if order_id not in view.standing_ids:
        raise Http404
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            prescribing.withdraw_standing_order(request.actor, order_id, held["reason"], key=held["key"])
        if went:
            return done(request, course_id, "standing", "The standing order is taken back.")
    return refused_page(request, course_id, withdraw_form=form, withdrawing=order_id)


# How it goes on


@require_POST
@opens("decide_review")
def review(request: Request, course_id: UUID, after_session: int) -> HttpResponse:
    """Decide at a review."""
    form = ReviewForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            reviewing.decide_review(
                request.actor, course_id, after_session, held["decision"], held["reason"], key=held["key"]
            )
        if went:
            return done(request, course_id, "reviews", "The decision is recorded.")
    return refused_page(request, course_id, review_form=form, reviewing=after_session)


@require_POST
@opens("extend_course")
def extend(request: Request, course_id: UUID) -> HttpResponse:
    """Further weeks of maintenance."""
    view = plan.poll_course(request.actor, course_id)
    form = ExtendForm(view.intervals, request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            rows = reviewing.extend_course(request.actor, course_id, form.further(), held["reason"], key=held["key"])
        if went:
            return done(request, course_id, "series", f"{len(rows)} further sessions are booked.")
    return course_page(request, view, extend_form=form)


@require_POST
@opens("stop_course")
def end(request: Request, course_id: UUID) -> HttpResponse:
    """End the course."""
    form = EndForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            completed = held["how"] == "completed"
            reviewing.stop_course(request.actor, course_id, held["reason"], key=held["key"], completed=completed)
        if went:
            return done(request, course_id, "main", f"The course is {held['how']}.")
    return refused_page(request, course_id, end_form=form)


urlpatterns = [
    path("courses/<uuid:course_id>/", show, name="course"),
    path("courses/<uuid:course_id>/dose/look/", look_at_dose, name="look-at-dose"),
    path("courses/<uuid:course_id>/dose/", order, name="order-dose"),
    path("courses/<uuid:course_id>/dose/<uuid:order_id>/withdraw/", withdraw, name="withdraw-order"),
    path("courses/<uuid:course_id>/standing/<slug:purpose>/", standing, name="standing-order"),
    path("courses/<uuid:course_id>/standing/<uuid:order_id>/withdraw/", withdraw_standing, name="withdraw-standing"),
    path("courses/<uuid:course_id>/reviews/<int:after_session>/", review, name="decide-review"),
    path("courses/<uuid:course_id>/extend/", extend, name="extend-course"),
    path("courses/<uuid:course_id>/end/", end, name="end-course"),
]

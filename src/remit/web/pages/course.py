"""A course: its series on the calendar and as a list, dose orders, standing orders, reviews, further weeks, its end."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remit.acts import booking, drafting, plan, prescribing, reviewing
from remit.acts.actors import Actor, Refused
from remit.acts.core import ACTS
from remit.acts.landing import Wanted
from remit.acts.plan import CourseView
from remit.acts.prescribing import Dosing
from remit.acts.screening import SECOND
from remit.acts.second_person import confirm_second
from remit.pathway.dosing import DoseOrder
from remit.pathway.series import Landing
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.pages.patients import sections
from remit.web.plan_forms import (
    DoseForm,
    EndForm,
    ExtendForm,
    MoveForm,
    ReasonForm,
    ReviewForm,
    StandingForm,
    WalkInForm,
    option_words,
    places_of,
    standing_forms,
    time_of,
)
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.series import of_calendar, of_course, refusal

_SHOWN = (
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
    may = {name: ACTS[name].allows(request.actor, view.course) for name in _SHOWN}
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
        **_series(request, view, may),
        **more,
    }
    refused = any(isinstance(form, forms.Form) and form.errors for form in more.values())
    return render(request, "plan/course.html", found, status=422 if refused or more.get("refusals") else 200)


def _series(request: Request, view: CourseView, may: dict[str, bool]) -> dict[str, Any]:
    return {"protocol": view.protocol} | _calendar(request, view, may)


def _calendar(request: Request, view: CourseView, may: dict[str, bool]) -> dict[str, Any]:
    if view.unbooked and view.course.status == "planned" and may["book_series"]:
        return _draft(request, view, {})
    if not view.coming:
        return {"calendar": None}
    look, move = (reverse(name, args=[view.course.pk]) for name in ("course-look", "course-move"))
    return of_course(view, look, move, may["move_session"])


def _refused(request: Request, course_id: UUID, **more: Any) -> HttpResponse:
    return course_page(request, plan.open_course(request.actor, course_id), **more)


def _done(request: Request, course_id: UUID, place: str, words: str) -> HttpResponse:
    messages.success(request, words)
    return redirect(f"{reverse('course', args=[course_id])}#{place}")


# A series that is not booked yet


def _draft(request: Request, view: CourseView, places: dict[int, Any]) -> dict[str, Any]:
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


@require_POST
@opens("draft_series")
@plainly
def move_in_series(request: Request, course_id: UUID) -> HttpResponse:
    """One session of a series that is not booked yet to another time."""
    places = places_of(request.POST)
    landing, form = _looked_in_series(request, course_id, places)
    more: dict[str, Any] = refusal(landing, form)
    status = 422
    if landing is not None and landing.free:
        n = int(form.cleaned_data["session"])
        places, more, status = places | {n: form.at()}, {"moved": f"Session {n} is moved."}, 200
    view = plan.open_course(request.actor, course_id)
    found = _draft(request, view, places) | {"course": view.course, "view": view} | more
    return render(request, "plan/series.html", found, status=status)


@require_POST
@opens("look_in_series")
@plainly
def look_in_series(request: Request, course_id: UUID) -> HttpResponse:
    """What stands for and against one session of it at another time."""
    landing, form = _looked_in_series(request, course_id, places_of(request.POST))
    return render(request, "plan/landing.html", {"landing": landing, "form": form})


def _looked_in_series(request: Request, course_id: UUID, places: dict[int, Any]) -> tuple[Landing | None, MoveForm]:
    form = MoveForm(request.POST)
    if not form.is_valid() or not form.cleaned_data["session"].isdigit():
        return None, form
    n = int(form.cleaned_data["session"])
    return drafting.look_in_series(request.actor, course_id, places, n, form.at()), form


@require_POST
@opens("book_series")
@plainly
def book(request: Request, course_id: UUID) -> HttpResponse:
    """Book the series where it was laid, or one session of it."""
    places = places_of(request.POST)
    try:
        booking.book_series(request.actor, course_id, {n: Wanted(at) for n, at in places.items()})
    except Refused as refused:
        return _refused(request, course_id, refusals=refused.reasons)
    return _done(request, course_id, "series", "Booked: " + ("the session." if len(places) == 1 else "the series."))


# A session that is booked


@require_POST
@opens("move_session")
@plainly
def move(request: Request, course_id: UUID) -> HttpResponse:
    """Move a session; a refusal says which window, chair or nurse, and the session stays where it is."""
    form, more, status = MoveForm(request.POST), {}, 422
    if form.is_valid():
        session_id, reason = form.cleaned_data["session"], form.cleaned_data["reason"]
        try:
            row = booking.move_session(request.actor, session_id, form.wanted(), reason)
            more, status = {"moved": f"Session {row.n} is moved."}, 200
        except Refused as refused:
            landing = booking.look_at_move(request.actor, session_id, form.wanted())
            more = refusal(landing, form) | {"not_moved": refused.reasons}
    else:
        more = refusal(None, form)
    view = plan.open_course(request.actor, course_id)
    may = {name: ACTS[name].allows(request.actor, view.course) for name in _SHOWN}
    found = {"view": view, "course": view.course, "may": may} | _series(request, view, may) | more
    return render(request, "plan/series.html", found, status=status)


@require_POST
@opens("look_at_move")
@plainly
def look(request: Request, course_id: UUID) -> HttpResponse:
    """What stands for and against a booked session at another time."""
    form = MoveForm(request.POST)
    landing = None
    if form.is_valid():
        landing = booking.look_at_move(request.actor, form.cleaned_data["session"], form.wanted())
    decides = ACTS["prescribe_course"].allows(request.actor)
    return render(request, "plan/landing.html", {"landing": landing, "form": form, "decides": decides})


@require_http_methods(["GET", "POST"])
@opens("cancel_session")
def cancel(request: Request, course_id: UUID, session_id: UUID) -> HttpResponse:
    """Cancel a session, with the reason."""
    view = plan.open_course(request.actor, course_id)
    line = next((one for one in view.lines if one.row and one.row.pk == session_id), None)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with said(form) as done:
            held = form.cleaned_data
            booking.cancel_session(request.actor, session_id, held["reason"], held["key"])
        if done:
            return _done(request, course_id, "series", "The session is cancelled; its number may be booked again.")
    found = {"view": view, "patient": view.patient, "course": view.course, "line": line, "form": form,
             "sections": sections(request, view.patient.pk, "plan")}  # fmt: skip
    return render(request, "plan/cancel.html", found, status=422 if form.errors else 200)


@require_POST
@opens("book_walk_in")
def walk_in(request: Request, course_id: UUID) -> HttpResponse:
    """A session outside the plan, today."""
    form = WalkInForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            booking.book_walk_in(request.actor, course_id, held["reason"], at=form.at(), key=held["key"])
        if done:
            return _done(request, course_id, "series", "The walk-in is booked.")
    return _refused(request, course_id, walk_in_form=form)


# The dose


@require_POST
@opens("look_at_dose")
def look_at_dose(request: Request, course_id: UUID) -> HttpResponse:
    """What the dose would come to, while it is being typed."""
    form = DoseForm(plan.open_course(request.actor, course_id), request.POST)
    dose: DoseOrder | None = None
    if form.is_valid():
        with said(form):
            dose = prescribing.look_at_dose(request.actor, course_id, form.dosing())
    return render(request, "plan/dose.html", {"dose": dose, "form": form})


@require_POST
@opens("order_dose")
def order(request: Request, course_id: UUID) -> HttpResponse:
    """Order a dose, with the second prescriber where one is needed."""
    form = DoseForm(plan.open_course(request.actor, course_id), request.POST)
    dose: DoseOrder | None = None
    if form.is_valid():
        with said(form) as done:
            dose = prescribing.look_at_dose(request.actor, course_id, form.dosing())
            _order(request, course_id, form, form.dosing())
        if done:
            return _done(request, course_id, "orders", "The dose is ordered.")
    return _refused(request, course_id, dose_form=form, dose=dose)


def _order(request: Request, course_id: UUID, form: DoseForm, dosing: Dosing) -> None:
    held = form.cleaned_data
    second = _second(request, form)
    prescribing.order_dose(request.actor, course_id, dosing, held["reason"], second, key=held["key"])


def _second(request: Request, form: DoseForm) -> Actor | None:
    """The second prescriber, where e-mail or password was typed."""
    email, password = form.cleaned_data["second_email"], form.cleaned_data["second_password"]
    if not email and not password:
        return None
    return confirm_second(request.actor, email, password, SECOND, request)


@require_POST
@opens("withdraw_order")
def withdraw(request: Request, course_id: UUID, order_id: UUID) -> HttpResponse:
    """Take an order back."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            prescribing.withdraw_order(request.actor, order_id, held["reason"], key=held["key"])
        if done:
            return _done(request, course_id, "orders", "The order is taken back.")
    return _refused(request, course_id, withdraw_form=form, withdrawing=order_id)


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
        with said(form) as done:
            prescribing.write_standing_order(request.actor, course_id, form.standing(), key=form.cleaned_data["key"])
        if done:
            return _done(request, course_id, "standing", f"The standing order for {purpose} is written.")
    shown = [form if one.purpose == purpose else one for one in known]
    return _refused(request, course_id, standing_forms=shown, refused_standing=form)


@require_POST
@opens("withdraw_standing_order")
def withdraw_standing(request: Request, course_id: UUID, order_id: UUID) -> HttpResponse:
    """Take a standing order back."""
    form = ReasonForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            prescribing.withdraw_standing_order(request.actor, order_id, held["reason"], key=held["key"])
        if done:
            return _done(request, course_id, "standing", "The standing order is taken back.")
    return _refused(request, course_id, withdraw_form=form, withdrawing=order_id)


# How it goes on


@require_POST
@opens("decide_review")
def review(request: Request, course_id: UUID, after_session: int) -> HttpResponse:
    """Decide at a review."""
    form = ReviewForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            reviewing.decide_review(
                request.actor, course_id, after_session, held["decision"], held["reason"], key=held["key"]
            )
        if done:
            return _done(request, course_id, "reviews", "The decision is recorded.")
    return _refused(request, course_id, review_form=form, reviewing=after_session)


@require_POST
@opens("extend_course")
def extend(request: Request, course_id: UUID) -> HttpResponse:
    """Further weeks of maintenance."""
    view = plan.open_course(request.actor, course_id)
    form = ExtendForm(view.intervals, request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            rows = reviewing.extend_course(request.actor, course_id, form.further(), held["reason"], key=held["key"])
        if done:
            return _done(request, course_id, "series", f"{len(rows)} further sessions are booked.")
    return course_page(request, view, extend_form=form)


@require_POST
@opens("stop_course")
def end(request: Request, course_id: UUID) -> HttpResponse:
    """End the course."""
    form = EndForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as done:
            completed = held["how"] == "completed"
            reviewing.stop_course(request.actor, course_id, held["reason"], key=held["key"], completed=completed)
        if done:
            return _done(request, course_id, "main", f"The course is {held['how']}.")
    return _refused(request, course_id, end_form=form)


urlpatterns = [
    path("courses/<uuid:course_id>/", show, name="course"),
    path("courses/<uuid:course_id>/series/move/", move_in_series, name="series-move"),
    path("courses/<uuid:course_id>/series/look/", look_in_series, name="series-look"),
    path("courses/<uuid:course_id>/series/book/", book, name="book-series"),
    path("courses/<uuid:course_id>/move/", move, name="course-move"),
    path("courses/<uuid:course_id>/look/", look, name="course-look"),
    path("courses/<uuid:course_id>/sessions/<uuid:session_id>/cancel/", cancel, name="cancel-session"),
    path("courses/<uuid:course_id>/walk-in/", walk_in, name="walk-in"),
    path("courses/<uuid:course_id>/dose/look/", look_at_dose, name="look-at-dose"),
    path("courses/<uuid:course_id>/dose/", order, name="order-dose"),
    path("courses/<uuid:course_id>/dose/<uuid:order_id>/withdraw/", withdraw, name="withdraw-order"),
    path("courses/<uuid:course_id>/standing/<slug:purpose>/", standing, name="standing-order"),
    path("courses/<uuid:course_id>/standing/<uuid:order_id>/withdraw/", withdraw_standing, name="withdraw-standing"),
    path("courses/<uuid:course_id>/reviews/<int:after_session>/", review, name="decide-review"),
    path("courses/<uuid:course_id>/extend/", extend, name="extend-course"),
    path("courses/<uuid:course_id>/end/", end, name="end-course"),
]

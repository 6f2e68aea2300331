"""The sessions of a course: laid on the calendar before they are booked, moved, cancelled, and walk-ins."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import booking, drafting, plan
from remit.acts.actors import Refused
from remit.acts.core import ACTS
from remit.acts.landing import Wanted
from remit.acts.plan import CourseView, Line
from remit.pathway.series import Landing
from remit.web.forms import whole_number
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.pages.course import SHOWN, done, drafted, refused_page, series_of
from remit.web.pages.patients import sections
from remit.web.plan_forms import MoveForm, ReasonForm, WalkInForm, places_of
from remit.web.refusals import said
from remit.web.request import Request
from remit.web.series import refusal


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
    view = plan.poll_course(request.actor, course_id)
    found = drafted(request, view, places) | {"course": view.course, "view": view} | more
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
    n = whole_number(form.cleaned_data["session"]) if form.is_valid() else None
    if n is None:
        plan.poll_course(request.actor, course_id)
        return None, form
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
        return refused_page(request, course_id, refusals=refused.reasons)
    return done(request, course_id, "series", "Booked: " + ("the session." if len(places) == 1 else "the series."))


# A session that is booked


@require_POST
@opens("move_session")
@plainly
def move(request: Request, course_id: UUID) -> HttpResponse:
    """Move a session; a refusal says which window, chair or nurse, and the session stays where it is."""
    form, more, status = MoveForm(request.POST), {}, 422
    held = plan.poll_course(request.actor, course_id)
    if form.is_valid():
        session_id, reason = form.cleaned_data["session"], form.cleaned_data["reason"]
        _line(held, session_id)
        try:
            row = booking.move_session(request.actor, session_id, form.wanted(), reason)
            more, status = {"moved": f"Session {row.n} is moved."}, 200
        except Refused as refused:
            landing = booking.look_at_move(request.actor, session_id, form.wanted())
            more = refusal(landing, form) | {"not_moved": refused.reasons}
    else:
        more = refusal(None, form)
    view = plan.poll_course(request.actor, course_id)
    may = {name: ACTS[name].allows(request.actor, view.course) for name in SHOWN}
    found = {"view": view, "course": view.course, "may": may} | series_of(request, view, may) | more
    return render(request, "plan/series.html", found, status=status)


@require_POST
@opens("look_at_move")
@plainly
def look(request: Request, course_id: UUID) -> HttpResponse:
    """What stands for and against a booked session at another time."""
    form = MoveForm(request.POST)
    landing = None
    if not form.is_valid():
        plan.poll_course(request.actor, course_id)
    else:
        landing = booking.look_at_move(request.actor, form.cleaned_data["session"], form.wanted())
    decides = ACTS["prescribe_course"].allows(request.actor)
    return render(request, "plan/landing.html", {"landing": landing, "form": form, "decides": decides})


@require_http_methods(["GET", "POST"])
@opens("cancel_session")
def cancel(request: Request, course_id: UUID, session_id: UUID) -> HttpResponse:
    """Cancel a session, with the reason."""
    view = plan.poll_course(request.actor, course_id)
    line = _line(view, session_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        with said(form) as went:
            held = form.cleaned_data
            booking.cancel_session(request.actor, session_id, held["reason"], held["key"])
        if went:
            return done(request, course_id, "series", "The session is cancelled; its number may be booked again.")
    found = {"view": view, "patient": view.patient, "course": view.course, "line": line, "form": form,
             "sections": sections(request, view.patient.pk, "plan")}  # fmt: skip
    return render(request, "plan/cancel.html", found, status=422 if form.errors else 200)


def _line(view: CourseView, session_id: UUID | str) -> Line:
    """The session of this course; one of another course is not here."""
    found = next((one for one in view.lines if one.row and str(one.row.pk) == str(session_id)), None)
    if found is None:
        raise Http404
    return found


@require_POST
@opens("book_walk_in")
def walk_in(request: Request, course_id: UUID) -> HttpResponse:
    """A session outside the plan, today."""
    form = WalkInForm(request.POST)
    if form.is_valid():
        held = form.cleaned_data
        with said(form) as went:
            booking.book_walk_in(request.actor, course_id, held["reason"], at=form.at(), key=held["key"])
        if went:
            return done(request, course_id, "series", "The walk-in is booked.")
    return refused_page(request, course_id, walk_in_form=form)


urlpatterns = [
    path("courses/<uuid:course_id>/series/move/", move_in_series, name="series-move"),
    path("courses/<uuid:course_id>/series/look/", look_in_series, name="series-look"),
    path("courses/<uuid:course_id>/series/book/", book, name="book-series"),
    path("courses/<uuid:course_id>/move/", move, name="course-move"),
    path("courses/<uuid:course_id>/look/", look, name="course-look"),
    path("courses/<uuid:course_id>/sessions/<uuid:session_id>/cancel/", cancel, name="cancel-session"),
    path("courses/<uuid:course_id>/walk-in/", walk_in, name="book-walk-in"),
]

"""What the calendar of a series is drawn from, whether it is a draft or booked, and how a refused move is said."""

from __future__ import annotations

from typing import Any

from django.utils.timezone import localdate

from remit.acts.clock import now
from remit.acts.landing import Calendar
from remit.acts.plan import CourseView
from remit.pathway.series import Landing
from remit.web import calendar
from remit.web.plan_forms import MoveForm


def of_calendar(laid: Calendar | None, look: str, move: str) -> dict[str, Any]:
    """A series that is not booked yet."""
    if laid is None:
        return {"calendar": None}
    return {
        "calendar": calendar.of_draft(laid, localdate(now())),
        "complete": laid.complete,
        "stay": laid.stay,
        "places": {one.session.n: f"{one.starts:%Y-%m-%dT%H:%M}" for one in laid.proposed if one.starts},
        "look": look,
        "move": move,
        "is_draft": True,
        "step": laid.step,
    }


def of_course(view: CourseView, look: str, move: str, may_move: bool) -> dict[str, Any]:
    """A course as it is booked."""
    return {
        "calendar": calendar.of_course(view, may_move),
        "stay": view.stay,
        "places": {},
        "look": look,
        "move": move,
        "is_draft": False,
        "step": view.step,
        "chairs": [(chair, view.book.say(chair)) for chair in view.book.chairs],
        "nurses": sorted(
            {(shift.nurse, view.book.say(shift.nurse)) for shift in view.book.shifts}, key=lambda one: one[1]
        ),
    }


def refusal(landing: Landing | None, form: MoveForm) -> dict[str, Any]:
    """Why a session stays where it is, and what was asked for it."""
    reasons = landing.reasons if landing else [error for errors in form.errors.values() for error in errors]
    return {"not_moved": reasons, "instead": landing.instead if landing else None, "asked": form}

"""The board: today's chairs, live, what needs a hand first; who is still to come, and who went."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4, uuid5

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.timezone import get_current_timezone, localtime
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from remit.acts import board as boards
from remit.acts import booking, patients
from remit.acts.board import Board
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.patients import Found
from remit.acts.session import add_entry
from remit.web import board as rows
from remit.web.guard import opens
from remit.web.refusals import said
from remit.web.request import Request

STREAM = "/live/board"
"""Where Starlette says that something has changed."""


class WalkInForm(forms.Form):
    """Who has come without a booking, when, and why."""

    key = forms.UUIDField(widget=forms.HiddenInput, initial=uuid4)
    course = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": "Say who has come: choose one of the people found."}
    )
    reason = forms.CharField(label="Why outside the plan", max_length=500)
    time = forms.TimeField(
        label="Time today",
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text="Empty: now.",
    )

    def at(self) -> datetime | None:
        """The time of today; null for now."""
        held = self.cleaned_data["time"]
        return datetime.combine(localtime(now()).date(), held, get_current_timezone()) if held else None


@require_safe
@opens("show_board")
def board(request: Request) -> HttpResponse:
    """The whole page. It knows today alone, and says so to whoever asks for another day."""
    everybody = _everybody(request)
    held = boards.show_board(request.actor, None, now(), everybody=everybody)
    asked = request.GET.get("day", "")
    other = asked if asked != held.day.isoformat() else ""
    found = _found(request, held, everybody) | {"stream": STREAM, "other_day": other}
    return render(request, "board/page.html", found, status=422 if other else 200)


@require_safe
@opens("poll_board")
def live(request: Request) -> HttpResponse:
    """The part of the page that changes by itself."""
    return _rows(request)


@require_safe
@opens("list_ended")
def ended(request: Request) -> HttpResponse:
    """Who has ended today."""
    held = boards.list_ended(request.actor, None, now())
    return render(request, "board/ended.html", {"gone": held, "endings": rows.ENDINGS})


@require_POST
@opens("add_entry")
def arrived(request: Request, session_id: UUID) -> HttpResponse:
    """Somebody has arrived: one tap at the desk. Tapped twice it is one arrival."""
    entered = add_entry(request.actor, session_id, uuid5(session_id, "arrived"), {"kind": "arrived"}, now())
    return _rows(request, refused=entered.reasons if not entered.accepted else ())


@require_http_methods(["GET", "POST"])
@opens("book_walk_in")
def walk_in(request: Request) -> HttpResponse:
    """Somebody is here without a booking: who, and why."""
    words = request.POST.get("words", "") or request.GET.get("words", "")
    found = patients.find_patients(request.actor, words) if words.strip() else None
    form = WalkInForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        with said(form) as done:
            held = form.cleaned_data
            row = booking.book_walk_in(request.actor, held["course"], held["reason"], at=form.at(), key=held["key"])
        if done:
            messages.success(request, f"{row.patient} is booked for today.")
            return redirect("board")
    return _walk_in_page(request, form, found, words)


def _walk_in_page(request: Request, form: WalkInForm, found: Found | None, words: str) -> HttpResponse:
    with_course = [one for one in found.people if one.course] if found else []
    context = {"form": form, "found": found, "people": with_course, "words": words, "chosen": form["course"].value()}
    return render(request, "board/walk_in.html", context, status=422 if form.is_bound else 200)


def _rows(request: Request, refused: tuple[str, ...] = ()) -> HttpResponse:
    everybody = _everybody(request)
    held = boards.poll_board(request.actor, None, now(), everybody=everybody)
    context = _found(request, held, everybody) | {"refused": refused, "by_itself": True}
    return render(request, "board/rows.html", context, status=422 if refused else 200)


def _everybody(request: Request) -> bool:
    """True where all who are to come are asked for, here or on the page that a press came from."""
    return "all" in request.GET or (request.htmx.current_url_abs_path or "").endswith("?all")


def _found(request: Request, held: Board, everybody: bool) -> dict[str, Any]:
    lines, arrives = rows.lines(held), ACTS["add_entry"].allows(request.actor)
    return {
        "board": held,
        "rows": [rows.drawn(line) for line in lines],
        "coming": [rows.drawn_wait(wait, arrives) for wait in rows.waits(held)],
        "spoken": rows.spoken(lines, held),
        "waiting": rows.waiting(lines),
        "ended_words": rows.ended_words(held.ended),
        "everybody": everybody,
        "may_book": ACTS["book_walk_in"].allows(request.actor),
    }


urlpatterns = [
    path("board/", board, name="board"),
    path("board/live/", live, name="board-live"),
    path("board/ended/", ended, name="board-ended"),
    path("board/walk-in/", walk_in, name="walk-in"),
    path("board/<uuid:session_id>/arrived/", arrived, name="board-arrived"),
]

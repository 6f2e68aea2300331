"""The session sheet on the screen and on paper, its signatures, and the draft of the monitoring form."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.timezone import get_current_timezone
from django.views.decorators.http import require_POST, require_safe

from remit.acts import clock, papers, signing
from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.core import ACTS
from remit.acts.papers import Paper
from remit.quantities import BadInput
from remit.web import chair, curve, form_paper, happened, paper
from remit.web.forms import whole_number
from remit.web.guard import opens
from remit.web.request import Request
from remit.web.sheet.pdf import rems_form_pdf, session_sheet_pdf


@require_safe
@opens("print_sheet")
def sheet(request: Request, session_id: UUID) -> HttpResponse:
    """The sheet as it stands, or in an earlier signed version."""
    return _sheet(request, session_id)


def _sheet(request: Request, session_id: UUID, refused: str = "", form_refused: str = "") -> HttpResponse:
    held = papers.print_sheet(request.actor, session_id, clock.now(), _version(request))
    row = held.opened.loaded.row
    found = {
        "paper": held,
        "row": row,
        "patient": row.patient,
        "seen": held.opened.view,
        "plan": held.opened.loaded.plan,
        "filled": _filled(request, held).sheet(),
        "grid": chair.grid(held.opened.view, held.opened.loaded.plan.rules),
        "curve": curve.curve(held.opened, get_current_timezone()),
        "lines": list(reversed(happened.lines(held.opened))),
        "may_sign": ACTS["sign_session"].allows(request.actor, row) and held.opened.view.state.terminal,
        "may_send": ACTS["record_form_sent"].allows(request.actor, row),
        "refused": refused,
        "form_refused": form_refused,
    }
    return render(request, "session/sheet.html", found, status=422 if refused or form_refused else 200)


def _version(request: Request) -> int | None:
    wanted = request.GET.get("version", "")
    if not wanted:
        return None
    number = whole_number(wanted)
    if number is None:
        raise NotHere("print_sheet", [f"version: a number is needed, not {wanted!r}"])
    return number


def _filled(request: Request, held: Paper) -> paper.SheetOf:
    return paper.SheetOf(held, get_current_timezone(), request.actor.name, clock.now())


@require_safe
@opens("print_sheet")
def sheet_pdf(request: Request, session_id: UUID) -> HttpResponse:
    """The sheet on paper."""
    held = papers.print_sheet(request.actor, session_id, clock.now(), _version(request))
    return _pdf(session_sheet_pdf(_filled(request, held).sheet()), held, "sheet")


@require_safe
@opens("print_sheet")
def form_pdf(request: Request, session_id: UUID) -> HttpResponse:
    """The draft of the regulatory form on paper."""
    held = papers.print_sheet(request.actor, session_id, clock.now())
    if held.opened.view.form is None:
        raise NotHere("print_sheet", ["form: this session has none"])
    return _pdf(rems_form_pdf(form_paper.form(_filled(request, held))), held, "form")


def _pdf(content: bytes, held: Paper, what: str) -> HttpResponse:
    row = held.opened.loaded.row
    answer = HttpResponse(content, content_type="application/pdf")
    name = f"{what}-session-{row.n}-{row.planned_at:%Y%m%d}.pdf"
    answer["Content-Disposition"] = f'inline; filename="{name}"'
    answer["Cache-Control"] = "no-store"
    return answer


@require_POST
@opens("sign_session")
def sign(request: Request, session_id: UUID) -> HttpResponse:
    """Sign what is on the page."""
    read = whole_number(request.POST.get("up_to", ""))
    try:
        signing.sign_session(request.actor, session_id, -1 if read is None else read, clock.now())
    except (Conflict, Refused) as error:
        if isinstance(error, NotHere):
            raise
        return _sheet(request, session_id, refused="; ".join(error.reasons))
    return redirect("session-sheet", session_id)


@require_POST
@opens("record_form_sent")
def form_sent(request: Request, session_id: UUID) -> HttpResponse:
    """The form went to the programme."""
    try:
        papers.record_form_sent(request.actor, session_id, clock.now(), request.POST.get("reference", ""))
    except (BadInput, Conflict) as error:
        return _sheet(request, session_id, form_refused=str(error))
    return redirect("session-sheet", session_id)


urlpatterns = [
    path("sessions/<uuid:session_id>/sheet/", sheet, name="session-sheet"),
    path("sessions/<uuid:session_id>/sheet.pdf", sheet_pdf, name="session-sheet-pdf"),
    path("sessions/<uuid:session_id>/form.pdf", form_pdf, name="session-form-pdf"),
    path("sessions/<uuid:session_id>/sign/", sign, name="sign-session"),
    path("sessions/<uuid:session_id>/form/", form_sent, name="form-sent"),
]

"""Plan: protocols side by side, and a new series laid on the calendar before it is prescribed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.http import require_POST, require_safe

from remit.acts import compare, drafting, plan, prescribing
from remit.acts.actors import Refused
from remit.acts.core import ACTS
from remit.acts.landing import Wanted
from remit.acts.prescribing import Chosen
from remit.pathway.series import Landing
from remit.quantities import BadInput
from remit.web.forms import whole_number
from remit.web.guard import opens
from remit.web.pages.candidate import plainly
from remit.web.pages.course import course_page
from remit.web.pages.patients import SECTIONS, sections
from remit.web.plan_forms import ChooseForm, MoveForm, option_words, places_of, protocol_words, time_of, words
from remit.web.request import Request
from remit.web.series import of_calendar, refusal

SECTIONS.append(("Plan", "plan", "open_plan"))


@require_safe
@opens("open_plan")
def show(request: Request, patient_id: UUID) -> HttpResponse:
    """The course that goes on, else the protocols side by side."""
    view = plan.open_plan(request.actor, patient_id)
    if view is not None and "compare" not in request.GET:
        return course_page(request, view)
    return _comparison(request, patient_id)


def _comparison(request: Request, patient_id: UUID) -> HttpResponse:
    held = compare.compare_protocols(request.actor, patient_id)
    found = {
        "patient": held.patient,
        "held": held,
        "fitting": [_column(one, held.weeks) for one in held.fitting],
        "others": [_column(one, held.weeks) for one in held.others],
        "total": len(held.fitting) + len(held.others),
        "may_draft": ACTS["draft_course"].allows(request.actor, held.patient),
        "may_see_history": ACTS["open_candidate"].allows(request.actor, held.patient),
        "running": [course for course in held.courses if course.status in ("planned", "active")],
        "sections": sections(request, patient_id, "plan"),
    }
    return render(request, "plan/compare.html", found)


def _column(one: compare.Column, weeks: int) -> dict[str, Any]:
    return {
        "one": one,
        "protocol": one.protocol,
        "routes": protocol_words(one.protocol),
        "options": [(option_words(series.option), series) for series in one.series],
        "prices": {charge.item: charge for charge in one.cost.charges},
        "unpriced": [words(item) for item in one.cost.missing],
        "weeks": weeks,
    }


# A new series


@require_safe
@opens("draft_course")
@plainly
def draft(request: Request, patient_id: UUID) -> HttpResponse:
    """A series on this protocol, laid on the calendar; nothing is kept yet."""
    return _page(request, _drafted(request, patient_id, request.GET, {}))


def _page(request: Request, found: dict[str, Any], refusals: tuple[str, ...] = ()) -> HttpResponse:
    found |= {"refusals": refusals, "sections": sections(request, found["draft"].patient.pk, "plan")}
    return render(request, "plan/draft.html", found, status=422 if refusals else 200)


@require_POST
@opens("draft_course")
@plainly
def move_in_draft(request: Request, patient_id: UUID) -> HttpResponse:
    """One session of the series to another time, where it may lie; nothing is kept yet."""
    places = places_of(request.POST)
    landing, form = _looked(request, patient_id, places)
    if landing is not None and landing.free:
        n = int(form.cleaned_data["session"])
        found = _drafted(request, patient_id, request.POST, places | {n: form.at()})
        return render(request, "plan/series.html", found | {"moved": f"Session {n} is moved."})
    found = _drafted(request, patient_id, request.POST, places)
    return render(request, "plan/series.html", found | refusal(landing, form), status=422)


@require_POST
@opens("look_in_draft")
@plainly
def look_in_draft(request: Request, patient_id: UUID) -> HttpResponse:
    """What stands for and against one session at another time, while it is being moved."""
    landing, form = _looked(request, patient_id, places_of(request.POST))
    return render(request, "plan/landing.html", {"landing": landing, "form": form})


def _looked(request: Request, patient_id: UUID, places: dict[int, datetime]) -> tuple[Landing | None, MoveForm]:
    form = MoveForm(request.POST)
    n = whole_number(form.cleaned_data["session"]) if form.is_valid() else None
    if n is None:
        plan.open_plan(request.actor, patient_id)
        return None, form
    chosen = _chosen(request, request.POST)
    return drafting.look_in_draft(request.actor, patient_id, chosen, places, n, form.at()), form


@require_POST
@opens("prescribe_course")
@plainly
def prescribe(request: Request, patient_id: UUID) -> HttpResponse:
    """Prescribe the course, and book its series where it was laid."""
    places = places_of(request.POST)
    wanted = {n: Wanted(at) for n, at in places.items()} if "book" in request.POST else {}
    try:
        chosen, key = _chosen(request, request.POST), UUID(request.POST.get("key", ""))
        course = prescribing.prescribe_course(request.actor, patient_id, chosen, wanted, key=key)
    except Refused as refused:
        return _page(request, _drafted(request, patient_id, request.POST, places), refused.reasons)
    except ValueError as error:
        return _page(request, _drafted(request, patient_id, request.POST, places), (str(error),))
    booked = f" and {len(wanted)} sessions are booked" if wanted else ""
    messages.success(request, f"The course is prescribed{booked}. The dose is ordered next.")
    return redirect("course", course.pk)


def _chosen(request: Request, sent: Mapping[str, str]) -> Chosen:
    """What was chosen so far; what was not is where one looks first."""
    starts = sent.get("starts_on")
    try:
        starts_on = date.fromisoformat(starts) if starts else drafting.next_open_day(request.actor)
    except ValueError:
        raise BadInput(f"first day: a day such as 2026-11-23 is needed, not {starts!r}") from None
    return Chosen(sent.get("protocol", ""), sent.get("option", ""), sent.get("setting") or "outpatient", starts_on)


def _drafted(
    request: Request, patient_id: UUID, sent: Mapping[str, str], places: dict[int, datetime]
) -> dict[str, Any]:
    chosen, at = _chosen(request, sent), time_of(sent)
    held = drafting.draft_course(request.actor, patient_id, chosen, at, places)
    option = held.plan.option.id if held.plan.option else ""
    fields = {
        "protocol": chosen.protocol_id,
        "option": option,
        "starts_on": chosen.starts_on.isoformat(),
        "at": f"{at:%H:%M}",
        "setting": chosen.setting,
    }
    return {
        "draft": held,
        "protocol": held.protocol,
        "patient": held.patient,
        "choose": ChooseForm(held.options, initial=fields),
        "fields": fields | {"key": sent.get("key") or str(uuid4())},
        "may_prescribe": ACTS["prescribe_course"].allows(request.actor, held.patient),
        "sends": reverse("prescribe", args=[patient_id]),
    } | of_calendar(held.calendar, reverse("draft-look", args=[patient_id]), reverse("draft-move", args=[patient_id]))


urlpatterns = [
    path("patients/<uuid:patient_id>/plan/", show, name="plan"),
    path("patients/<uuid:patient_id>/plan/draft/", draft, name="draft"),
    path("patients/<uuid:patient_id>/plan/draft/look/", look_in_draft, name="draft-look"),
    path("patients/<uuid:patient_id>/plan/draft/move/", move_in_draft, name="draft-move"),
    path("patients/<uuid:patient_id>/plan/prescribe/", prescribe, name="prescribe"),
]

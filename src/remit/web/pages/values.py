"""Unverified values, and their adoption by the lead."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path
from django.utils.http import urlencode
from django.views.decorators.http import require_GET, require_POST

from remit.acts import adoption
from remit.acts.actors import Refused
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.pages.clinic import may
from remit.web.request import Request

PER_PAGE = 25


@require_GET
def show(request: Request) -> HttpResponse:
    """The values that nobody confirmed."""
    kind, words = request.GET.get("kind", ""), request.GET.get("words", "")
    only = "adopted" in request.GET
    held = adoption.list_unverified(request.actor, kind, words, adopted_only=only)
    page = Paginator(held.values, PER_PAGE).get_page(request.GET.get("page"))
    found = {
        "held": held,
        "page": page,
        "kind": kind,
        "words": words,
        "adopted_only": only,
        "query": urlencode({"kind": kind, "words": words} | ({"adopted": 1} if only else {})),
        "may": may(request, "adopt_value", "withdraw_adoption"),
    }
    return render(request, "clinic/values.html", found)


@require_POST
def adopt(request: Request) -> HttpResponse:
    """Adopt a value."""
    try:
        held = adoption.adopt_value(request.actor, request.POST.get("id", ""), request.POST.get("comment", ""))
        messages.success(request, f"{held.knowledge_id} is adopted.")
    except (BadInput, Refused) as error:
        messages.error(request, str(error))
    return _back(request)


@require_POST
def withdraw(request: Request, adoption_id: UUID) -> HttpResponse:
    """Take an adoption back."""
    try:
        adoption.withdraw_adoption(request.actor, adoption_id, request.POST.get("reason", ""))
        messages.success(request, "The adoption is taken back; both stay on record.")
    except BadInput as error:
        messages.error(request, str(error))
    return _back(request)


def _back(request: Request) -> HttpResponse:
    query = request.POST.get("query", "")
    answer = redirect("values")
    if query:
        answer["Location"] += f"?{query}"
    return answer


urlpatterns = [
    path("clinic/values/", opens("list_unverified")(show), name="values"),
    path("clinic/values/adopt/", opens("adopt_value")(adopt), name="adopt-value"),
    path(
        "clinic/values/adopted/<uuid:adoption_id>/withdraw/",
        opens("withdraw_adoption")(withdraw),
        name="withdraw-adoption",
    ),
]

"""Follow-up: who is due for a scale, links to phones, and how the courses under way stand."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from allauth.mfa.adapter import get_adapter
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from remit.acts import due, links
from remit.acts.actors import Conflict, Refused
from remit.acts.clock import now
from remit.acts.core import ACTS
from remit.acts.links import Sent
from remit.quantities import BadInput
from remit.web.guard import opens
from remit.web.pages.patients import SECTIONS, sections
from remit.web.request import Request

SECTIONS.append(("Links", "links", "list_links"))

RATED = "PHQ9"
"""The scale whose rates are shown first."""


class LinkForm(forms.Form):
    """Which scale, and how its link goes out. `key` was made with the page, so that sending twice makes one link."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    scale = forms.CharField(label="Scale", max_length=40)
    how = forms.ChoiceField(choices=[("mail", "mail"), ("hand", "hand")])


@require_safe
@opens("list_due")
def follow_up(request: Request) -> HttpResponse:
    """Who is due, and how the courses stand."""
    held = due.list_due(request.actor)
    found = {"held": held, "rows": [(one, uuid4()) for one in held.due], "rates": _rates(request), "now": now()}
    return render(request, "follow_up/due.html", found)


def _rates(request: Request) -> dict[str, Any] | None:
    if not ACTS["rate_courses"].allows(request.actor):
        return None
    scales = due.rated_scales()
    wanted = request.GET.get("scale", RATED)
    chosen = wanted if wanted in [scale.id for scale in scales] else RATED
    return {"scales": scales, "chosen": chosen, "achieved": due.rate_courses(request.actor, chosen)}


@require_safe
@opens("list_links")
def patient_links(request: Request, patient_id: UUID) -> HttpResponse:
    """A person's links."""
    return _links(request, patient_id)


def _links(request: Request, patient_id: UUID, refusals: tuple[str, ...] = ()) -> HttpResponse:
    held = links.list_links(request.actor, patient_id)
    found = {
        "held": held,
        "patient": held.patient,
        "rows": [(link, links.state_of(link, now())) for link in held.links],
        "key": uuid4(),
        "refusals": refusals,
        "sections": sections(request, patient_id, "links"),
    }
    return render(request, "follow_up/links.html", found, status=422 if refusals else 200)


@never_cache
@require_POST
@opens("create_link")
def send(request: Request, patient_id: UUID) -> HttpResponse:
    """Make a link and mail it, or show it once so that it can be handed over."""
    form = LinkForm(request.POST)
    if not form.is_valid():
        return _links(request, patient_id, ("Choose a scale.",))
    held = form.cleaned_data
    try:
        sent = links.send_link(
            request.actor, patient_id, held["scale"], held["key"], _address(request), by_mail=held["how"] == "mail"
        )
    except (Conflict, BadInput) as error:
        return _links(request, patient_id, (str(error),))
    except Refused as refused:
        if not ACTS["create_link"].allows(request.actor):
            raise
        return _links(request, patient_id, refused.reasons)
    return _sent(request, patient_id, sent)


def _sent(request: Request, patient_id: UUID, sent: Sent) -> HttpResponse:
    if sent.address is None:
        words = f"was sent to {sent.link.sent_to}" if sent.link.sent_to else "was made already"
        messages.success(request, f"The link to {sent.link.scale_id} {words}.")
        return redirect("links", patient_id)
    picture = get_adapter().build_totp_svg(sent.address)
    return render(request, "follow_up/hand_over.html", {"sent": sent, "patient": sent.link.patient, "picture": picture})


def _address(request: Request) -> Any:
    return lambda token: request.build_absolute_uri(reverse("link", args=[token]))


@require_POST
@opens("revoke_link")
def revoke(request: Request, patient_id: UUID, link_id: UUID) -> HttpResponse:
    """Withdraw a link."""
    try:
        links.revoke_link(request.actor, link_id, patient_id)
    except Conflict as error:
        return _links(request, patient_id, error.reasons)
    messages.success(request, "The link was withdrawn.")
    return redirect("links", patient_id)


urlpatterns = [
    path("follow-up/", follow_up, name="follow-up"),
    path("patients/<uuid:patient_id>/links/", patient_links, name="links"),
    path("patients/<uuid:patient_id>/links/send/", send, name="send-link"),
    path("patients/<uuid:patient_id>/links/<uuid:link_id>/revoke/", revoke, name="revoke-link"),
]

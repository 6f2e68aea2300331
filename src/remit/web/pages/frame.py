"""What belongs to no page: the first address, day or dark, drafts, the lock, and the choice of clinic."""

from __future__ import annotations

import json
from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.http import HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import path, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localtime
from django.views.decorators.http import require_http_methods, require_POST

from remit.acts import drafts, presence
from remit.acts.core import ACTS
from remit.quantities import BadInput
from remit.web.guard import anybody, signed_in
from remit.web.middleware import LOCKED
from remit.web.navigation import LINKS
from remit.web.request import Request
from remit.web.shell import THEME_COOKIE, THEMES
from remit.web.sign_in import client_address

_YEAR_S = 365 * 24 * 3600


def home(request: Request) -> HttpResponse:
    """The first page of the navigation that this person may open."""
    for link in LINKS:
        if ACTS[link.act].allows(request.actor):
            return redirect(link.view)
    return render(request, "remit/no_page.html")


def back(request: Request) -> str:
    """Where the form says to go next, if that is an address of ours."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours and wanted.startswith(("/", "http")) else reverse("home")


@require_POST
def theme(request: Request) -> HttpResponse:
    """Day or dark, for this device."""
    answer = redirect(back(request))
    chosen = request.POST.get("theme", "")
    if chosen in THEMES:
        answer.set_cookie(
            THEME_COOKIE, chosen, max_age=_YEAR_S, secure=request.is_secure(), httponly=True, samesite="Lax"
        )
    return answer


@require_http_methods(["GET", "POST"])
def keep(request: Request) -> HttpResponse:
    """Drafts, for the script that saves what is typed."""
    if request.method == "GET":
        held = drafts.read_draft(request.actor, request.GET.get("key", ""))
        if held is None:
            return HttpResponse(status=204)
        return JsonResponse({"key": held.key, "body": held.body, "at": f"{localtime(held.at):%H:%M}"})
    try:
        _change_draft(request)
    except (BadInput, ValueError) as error:
        return JsonResponse({"reason": str(error)}, status=422)
    return HttpResponse(status=204)


def _change_draft(request: Request) -> None:
    key = request.POST.get("key", "")
    if "drop" in request.POST:
        drafts.drop_draft(request.actor, key)
        return
    body: Any = json.loads(request.POST.get("body") or "{}")
    if not isinstance(body, dict):
        raise BadInput("draft: a mapping of fields is needed")
    drafts.keep_draft(request.actor, key, body)


class UnlockForm(forms.Form):
    """The password of whoever locked the screen."""

    password = forms.CharField(
        label="Password", widget=forms.PasswordInput(attrs={"autocomplete": "current-password", "autofocus": True})
    )


@require_http_methods(["GET", "POST"])
def lock(request: Request) -> HttpResponse:
    """Lock the screen (a form sent here), and the page that a locked screen shows."""
    if request.method == "POST" and not request.locked:
        presence.lock(request.session, request.standing, client_address(request), idle=False)
        request.locked = True
    return _lock_page(request, UnlockForm()) if request.locked else redirect(back(request))


@require_POST
def unlock(request: Request) -> HttpResponse:
    """Open the screen again, for the same account and by its password."""
    form = UnlockForm(request.POST)
    if form.is_valid() and _is_own_password(request, form.cleaned_data["password"]):
        presence.unlock(request.session, request.standing, client_address(request))
        request.session.cycle_key()
        return redirect(back(request))
    if not form.errors:
        form.add_error("password", "This is not the password of this account.")
    return _lock_page(request, form, status=422)


def _is_own_password(request: Request, password: str) -> bool:
    found = get_adapter(request).authenticate(request, email=request.standing.email, password=password)
    return found is not None and found.pk == request.standing.actor.account_id


def _lock_page(request: Request, form: UnlockForm, status: int = 200) -> HttpResponse:
    standing = request.standing
    found = {
        "form": form,
        "name": standing.actor.name,
        "email": standing.email,
        "since": presence.locked_since(request.session),
        "next": back(request),
    }
    return render(request, "sign_in/lock.html", found, status=status)


@require_POST
def alive(request: Request) -> HttpResponse:
    """Somebody reads or scrolls, which makes no other request."""
    return HttpResponse(status=LOCKED if request.locked else 204)


@require_POST
def choose_clinic(request: Request) -> HttpResponse:
    """Work in another clinic of this account from now on."""
    wanted = request.POST.get("clinic", "")
    if wanted in dict(request.standing.other_clinics):
        request.session[presence.CLINIC] = wanted
    return redirect("home")


urlpatterns = [
    path("", signed_in(home), name="home"),
    path("theme/", anybody(theme), name="theme"),
    path("drafts/", signed_in(keep), name="drafts"),
    path("lock/", signed_in(lock), name="lock"),
    path("lock/open/", signed_in(unlock), name="unlock"),
    path("lock/alive/", signed_in(alive), name="lock-alive"),
    path("clinics/choose/", signed_in(choose_clinic), name="choose-clinic"),
]

"""What happens around every page: who is here and in which zone, the idle lock, and refusals as pages."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.contrib.auth import logout
from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode

from remit.acts import drafts, presence, signin
from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.signin import Standing
from remit.quantities import BadInput
from remit.web import errors
from remit.web.request import Arriving
from remit.web.sign_in import client_address

Respond = Callable[[Arriving], HttpResponse]
LOCKED = 423
BACKGROUND = "X-Remit-Background"
"""The header of a request that a page makes by itself: it does not mean that somebody is there."""


class PlainText:
    """Refuses text that holds the sign of no meaning (NUL), which not every database takes."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: Arriving) -> HttpResponse:
        sent = (value for held in (request.GET, request.POST) for _, values in held.lists() for value in values)
        if any("\0" in value for value in sent):
            return HttpResponse("Text is needed, not NUL.", status=400, content_type="text/plain")
        return self.get_response(request)


class WhoAndWhere:
    """Sets `request.standing` and shows every time in the clinic's zone."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: Arriving) -> HttpResponse:
        request.standing = request.actor = None
        if request.user.is_authenticated:
            request.standing = signin.standing(request.user, request.session.get(presence.CLINIC))
            if request.standing is None:
                # The last role was taken away while the session was open.
                logout(request)
        if request.standing is None:
            return self.get_response(request)
        request.actor = request.standing.actor
        with timezone.override(request.standing.timezone):
            response = self.get_response(request)
        # Nobody who takes the tablet after a sign-out finds a page of it by going back.
        response.headers.setdefault("Cache-Control", "no-store")
        return response


class IdleLock:
    """Locks a session that nobody has touched; what was being sent is kept as a draft of that account."""

    open_views = frozenset({"lock", "unlock", "lock-alive", "theme", "account_logout"})

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: Arriving) -> HttpResponse:
        request.locked = False
        if request.standing is not None:
            request.locked = presence.is_locked(request.session, request.standing)
            _remember(request, request.standing)
        return self.get_response(request)

    def process_view(self, request: Arriving, view: object, *_: object) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        saves = name == "drafts" and request.method == "POST"
        if not request.locked or name in self.open_views or saves:
            return None
        _keep_what_was_sent(request)
        return to_lock_page(request)


def _remember(request: Arriving, standing: Standing) -> None:
    """Mark in the session that the screen is locked from now on, or that somebody is there."""
    if request.locked and presence.locked_since(request.session) is None:
        presence.lock(request.session, standing, client_address(request), idle=True)
    elif not request.locked and BACKGROUND not in request.headers:
        presence.touch(request.session)


def to_lock_page(request: Arriving) -> HttpResponse:
    """To the lock page, and from there back to where the person was."""
    address = f"{reverse('lock')}?{urlencode({'next': _page_of(request)})}"
    if request.htmx:
        return HttpResponse(status=LOCKED, headers={"HX-Redirect": address})
    if "text/html" not in request.headers.get("Accept", "text/html"):
        return HttpResponse(status=LOCKED)
    return HttpResponseRedirect(address)


def _page_of(request: Arriving) -> str:
    """The page the person sees: this one, or for a form and a partial request the one it was sent from."""
    if request.method == "GET" and not request.htmx:
        return request.get_full_path()
    sent_from = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    return sent_from._replace(scheme="", netloc="").geturl() or reverse("home")


def _keep_what_was_sent(request: Arriving) -> None:
    key = request.POST.get("_draft")
    if key and request.actor is not None:
        drafts.keep_draft(request.actor, key, {name: request.POST.getlist(name) for name in request.POST})


class Refusals:
    """What an act refuses, and no form says, becomes the page that says so; a draft that was sent is dropped."""

    def __init__(self, get_response: Respond) -> None:
        self.get_response = get_response

    def __call__(self, request: Arriving) -> HttpResponse:
        response = self.get_response(request)
        key = request.POST.get("_draft") if request.method == "POST" else None
        if key and request.actor is not None and not request.locked and response.status_code < 400:
            drafts.drop_draft(request.actor, key)
        return response

    def process_exception(self, request: Arriving, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, BadInput):
            return errors.page(request, 400, str(exception))
        if not isinstance(exception, Refused):
            return None
        status = 404 if isinstance(exception, NotHere) else 409 if isinstance(exception, Conflict) else 403
        return errors.page(request, status, str(exception))

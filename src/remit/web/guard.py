"""Who may open an address. Every view says it: the authorisation matrix reads it from here, and refuses silence.

@opens("list_people")                 signed in, and allowed to do this act
@signed_in                            any account of a clinic
@anybody                              no account needed: sign-in, and the patient's link
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import HttpResponse

from remit.acts.core import ACTS
from remit.acts.here import require_here
from remit.web import errors
from remit.web.request import Arriving

View = Callable[..., Any]
ANYBODY, SIGNED_IN = "anybody", "signed in"


def opens(*acts: str) -> Callable[[View], View]:
    """Only for people who may do one of these acts; the act itself checks again for the very row.

    An address with an id of another clinic, or of nothing, is not here.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def guarded(request: Arriving, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.actor is None:
                return _to_sign_in(request)
            if not any(ACTS[name].allows(request.actor) for name in acts):
                return errors.page(request, 403, ACTS[acts[0]].says)
            require_here(request.actor, acts, kwargs)
            return view(request, *args, **kwargs)

        return _ruled(guarded, acts)

    return decorate


def signed_in(view: View) -> View:
    """For every account that belongs to a clinic."""

    @wraps(view)
    def guarded(request: Arriving, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs) if request.actor is not None else _to_sign_in(request)

    return _ruled(guarded, SIGNED_IN)


def anybody(view: View) -> View:
    """For everybody: signing in, and whoever holds a patient's link."""

    @wraps(view)
    def guarded(request: Arriving, *args: Any, **kwargs: Any) -> HttpResponse:
        return view(request, *args, **kwargs)

    return _ruled(guarded, ANYBODY)


def rule_of(view: View) -> Any:
    """What the view says about who may open it: acts, `signed in` or `anybody`; null when it says nothing."""
    return getattr(view, "rule", None)


def _ruled(view: View, rule: Any) -> View:
    vars(view)["rule"] = rule
    return view


def _to_sign_in(request: Arriving) -> HttpResponse:
    if getattr(request, "htmx", False):
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path())

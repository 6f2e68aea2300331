"""The pages for what went wrong: each says what happened and what to do next."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

WORDS = {
    400: ("This request could not be read", "Go back and send it again."),
    403: (
        "This page is not yours to open",
        "Your role in this clinic does not include it. An administrator can change roles.",
    ),
    404: ("Nothing is kept at this address", "It may have been moved, or it belongs to another clinic."),
    409: (
        "Somebody was quicker",
        "The record changed while this page was open. Open it again and look before you repeat.",
    ),
    500: (
        "Remit failed here",
        "What was saved before is safe. Tell whoever looks after this installation what you did.",
    ),
}


def page(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    """The page for this status, with the reason where one is known; a part of it for a partial request."""
    title, words = WORDS[status]
    template = "remit/refusal.html" if getattr(request, "htmx", False) else "remit/error.html"
    found = {"status": status, "title": title, "words": words, "reason": reason}
    return render(request, template, found, status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 403, str(exception or ""))


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return page(request, 404)


def failed(request: HttpRequest) -> HttpResponse:
    """Drawn without the database or the session, either of which may be what failed."""
    title, words = WORDS[500]
    return HttpResponse(render_to_string("remit/failed.html", {"title": title, "words": words}), status=500)


def csrf(request: HttpRequest, reason: str = "") -> HttpResponse:
    """The form's token is missing or old: mostly a page left open over a sign-out."""
    found = {
        "status": 403,
        "title": "This form was out of date",
        "words": "The page was open for long, or you were signed out. Reload it and send again; a draft is kept.",
    }
    return render(request, "remit/error.html", found, status=403)

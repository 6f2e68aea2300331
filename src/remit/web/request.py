"""A request as Remit's middleware hands it to a page."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from remit.acts.actors import Actor
from remit.acts.signin import Standing


class Request(HttpRequest):
    """Who asks, in which clinic, and whether only a part of the page is wanted."""

    actor: Actor
    standing: Standing
    locked: bool
    htmx: HtmxDetails

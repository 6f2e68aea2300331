"""A request as Remit's middleware hands it to a page."""

from __future__ import annotations

from django.http import HttpRequest
from django_htmx.middleware import HtmxDetails

from remit.acts.actors import Actor
from remit.acts.signin import Standing


class Arriving(HttpRequest):
    """A request before it is known whether anybody is signed in."""

    actor: Actor | None
    standing: Standing | None
    locked: bool
    htmx: HtmxDetails


class Request(HttpRequest):
    """A request of somebody signed in: who asks, in which clinic, and whether only a part of the page is wanted."""

    actor: Actor
    standing: Standing
    locked: bool
    htmx: HtmxDetails

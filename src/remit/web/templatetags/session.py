"""Tags of the session's page."""

from __future__ import annotations

from uuid import uuid4

from django import template
from django.template.context import Context

from remit.web.chair import words_of

register = template.Library()
register.filter("words", words_of)


@register.inclusion_tag("session/hidden.html", takes_context=True)
def entry(context: Context, kind: str, dialog: str = "live") -> dict[str, object]:
    """What every form of an entry carries: its kind, its own id, and the account that types it."""
    return {"kind": kind, "dialog": dialog, "client_id": uuid4(), "account": context.get("account")}


@register.filter
def field_of(held: object, name: str) -> object:
    """The value under a name; null where there is none."""
    return held.get(name) if isinstance(held, dict) else getattr(held, name, None)

"""Tags of the follow-up pages."""

from __future__ import annotations

from django import template

register = template.Library()


@register.filter
def spoken(name: str) -> str:
    """An id of the knowledge as people say it: `moderately_severe` is moderately severe."""
    return str(name).replace("_", " ")


@register.filter
def tel(number: str) -> str:
    """A telephone number as a phone dials it: `tel:+15550100`."""
    return "tel:" + "".join(sign for sign in str(number) if sign.isdigit() or sign in "+*#")

"""Tags of the candidate's pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from remit.acts.candidate import choices, names
from remit.web.candidate_forms import OUTCOMES
from remit.web.candidate_forms import in_words as plain_words
from remit.web.templatetags.remit import state

register = template.Library()

VERDICTS = {
    "eligible": ("done", "Eligible"),
    "review": ("review", "The prescriber decides"),
    "blocked": ("blocked", "Blocked"),
}


@register.simple_tag
def verdict(word: str) -> SafeString:
    """A verdict as sign and words."""
    return state(*VERDICTS[word])


@register.filter
def in_words(word: str | None) -> str:
    """`severe_without_psychosis` as people read it; nothing stays nothing."""
    return plain_words(word or "")


@register.filter
def outcome(word: str) -> str:
    """How a trial ended, in words."""
    return dict(OUTCOMES).get(word, word)


@register.filter
def named(id: str | None) -> str:
    """What an indication, a condition or (as `check:id`) a check is called; its id in words where nobody named it."""
    held = id or ""
    return names().get(held) or plain_words(held.removeprefix("check:"))


@register.filter
def listed(ids: Iterable[str] | None) -> str:
    """Conditions as a line."""
    return "; ".join(named(id) for id in ids or ()) or "none"


@register.filter
def protocol_name(protocol_id: str) -> str:
    """A protocol's name, or its id where it is no longer carried."""
    return next((one.name for one in choices().protocols if one.id == protocol_id), protocol_id)

"""Tags of the candidate's pages."""

from __future__ import annotations

from collections.abc import Iterable

from django import template
from django.utils.safestring import SafeString

from remit.acts.candidate import choices
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
def listed(words: Iterable[str] | None) -> str:
    """Words of the knowledge as a line."""
    return ", ".join(plain_words(word) for word in words or ()) or "none"


@register.filter
def protocol_name(protocol_id: str) -> str:
    """A protocol's name, or its id where it is no longer carried."""
    return next((one.name for one in choices().protocols if one.id == protocol_id), protocol_id)

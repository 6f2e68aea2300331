"""Tags of the session's page."""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from uuid import uuid4

from django import template
from django.template.context import Context
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

from remit.pathway.trend import Trend
from remit.web.chair import alarm_words, in_words, words_of
from remit.web.forms import SECOND_CODE

register = template.Library()
register.filter("words", words_of)
register.filter("in_words", in_words)
register.filter("alarm_words", alarm_words)


@register.filter
def signed(value: float) -> str:
    """A change with its sign: `+57`, `−5`, `0`.

    >>> signed(57.0), signed(-5.2), signed(-0.3)
    ('+57', '−5', '0')
    """
    whole = round(value)
    return f"{whole:+d}".replace("-", "−") if whole else "0"


ARROWS = {
    gone: format_html(
        '<span class="trend" title="{0} since the last reading"><span aria-hidden="true">{1}</span>'
        '<span class="visually-hidden"> {0}</span></span>',
        gone.value,
        sign,
    )
    for gone, sign in ((Trend.RISING, "↑"), (Trend.FALLING, "↓"), (Trend.STEADY, "→"))
}


@register.simple_tag
def arrow(gone: Trend | None) -> SafeString:
    """Where a value goes since it was measured before; nothing where it was not."""
    return SafeString("") if gone is None else ARROWS[gone]


@register.simple_tag(takes_context=True)
def entry(context: Context, kind: str, dialog: str = "live") -> SafeString:
    """What every form of an entry carries: its kind, its own id, and the account that types it."""
    held = {
        "kind": kind,
        "client_id": context.get("client_id") or uuid4(),
        "account": context.get("account"),
        "dialog": dialog,
        "late_s": 0,
    }
    return SafeString(
        "".join(f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in held.items())
    )


@register.simple_tag
@cache
def second_code(form: str) -> SafeString:
    """The field of a second person's one-time code in a form of the chair."""
    return format_html(
        '<div class="field"><label for="{form}-code">{label} <span class="optional">{asked_of}</span></label>'
        '<input id="{form}-code" name="second_code" inputmode="numeric" autocomplete="off" maxlength="{length}">'
        '<span class="hint">{why}</span></div>',
        form=form,
        **asdict(SECOND_CODE),
    )

"""Tags for times, numbers, states and sources, so that every page writes them alike; built in, no load needed."""

from __future__ import annotations

import json
import secrets
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.forms import (
    BoundField,
    CheckboxInput,
    CheckboxSelectMultiple,
    DateInput,
    NumberInput,
    RadioSelect,
    TimeInput,
)
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.timezone import localtime

from remit.acts import clock, sources

register = template.Library()

MISSING = "–"
STATES = {
    "due": "due",
    "overdue": "overdue",
    "again": "again",
    "alarm": "alarm",
    "blocked": "blocked",
    "review": "review",
    "done": "done",
    "note": "note",
}
ACTIONS = {"block": "Blocks", "prescriber_review": "Prescriber decides", "warn": "Warns", "record": "Recorded"}
ORIGINS = {
    "label": "the product's label",
    "rems": "the US risk programme (REMS)",
    "guideline": "a guideline",
    "trial": "a published trial",
    "practice": "described practice",
    "project_default": "this project's own default",
}
STATUSES = {
    "verified": "read in the source itself",
    "secondary": "read at second hand",
    "derived": "computed from sourced values",
    "unverified": "not confirmed: it never permits, and a block asks a prescriber until the clinic's lead adopts it",
}


@register.simple_tag
@lru_cache(maxsize=1024)
def icon(name: str, label: str = "") -> SafeString:
    """A sign from the sprite; silent for screen readers unless it has a label."""
    if label:
        return format_html('<svg class="icon" role="img" aria-label="{}"><use href="#i-{}"/></svg>', label, name)
    return format_html('<svg class="icon" aria-hidden="true" focusable="false"><use href="#i-{}"/></svg>', name)


@register.simple_tag
def state(name: str, words: str = "") -> SafeString:
    """A state as sign and words: due, overdue, again, alarm, blocked, review, done, note."""
    sign = STATES[name]
    look = "again" if sign == "review" else sign
    return format_html('<span class="state {}">{}<span>{}</span></span>', look, icon(sign), words or name)


# Times, always in the clinic's zone, which the request has activated.


@register.filter(name="clock")
def clock_time(moment: datetime | None) -> SafeString | str:
    """`14:05`."""
    return _time(moment, "%H:%M")


@register.filter
def day(moment: date | datetime | None) -> SafeString | str:
    """`Tue 24 Nov`; with the year when it is another one."""
    if moment is None:
        return MISSING
    held = localtime(moment).date() if isinstance(moment, datetime) else moment
    words = f"{held:%a} {held.day} {held:%b}"
    if held.year != localtime(clock.now()).year:
        words = f"{held.day} {held:%b} {held.year}"
    return format_html('<time datetime="{}">{}</time>', held.isoformat(), words)


@register.filter
def moment(moment: datetime | None) -> SafeString | str:
    """`Tue 24 Nov 14:05`."""
    if moment is None:
        return MISSING
    return format_html("{} {}", day(moment), clock_time(moment))


@register.filter
def duration(minutes: float | None) -> str:
    """`38 min` or `1 h 52`."""
    if minutes is None:
        return MISSING
    whole = int(abs(minutes))
    words = f"{whole} min" if whole < 60 else f"{whole // 60} h {whole % 60:02d}"
    return f"−{words}" if minutes <= -1 else words


def _time(moment: datetime | None, form: str) -> SafeString | str:
    if moment is None:
        return MISSING
    held = localtime(moment)
    # Neither holds a sign that would need escaping; a page shows hundreds.
    return SafeString(f'<time datetime="{held.isoformat(timespec="minutes")}">{held:{form}}</time>')


# Numbers.


@register.simple_tag
def num(value: Any, unit: str = "", missing: str = "not measured", outside: bool = False) -> SafeString:
    """A number with its unit in lighter weight; a missing one is a dash that says why."""
    if value is None or value == "":
        return format_html(
            '<span class="num missing" title="{}"><span aria-hidden="true">–</span>'
            '<span class="visually-hidden">{}</span></span>',
            missing,
            missing,
        )
    held = format_html(' <span class="unit">{}</span>', unit) if unit else ""
    return format_html('<span class="num{}">{}{}</span>', " outside" if outside else "", _plain(value), held)


@register.simple_tag
def rate(
    part: int, whole: int, low: float | None = None, high: float | None = None, of: str = "eligible"
) -> SafeString:
    """`12/31 eligible · 39 % (24–56)`; the interval in per cent."""
    if not whole:
        return num(None, missing=f"nobody {of}")
    words = f"{part}/{whole} {of} · {100 * part / whole:.0f} %"
    if low is not None and high is not None:
        words += f" ({low:.0f}–{high:.0f})"
    return format_html('<span class="num">{}</span>', words)


@register.simple_tag
def count(shown: int, total: int, things: str) -> SafeString:
    """How many of how many a list shows: `12 of 60 people`."""
    words = f"{shown} of {total} {things}" if total else f"No {things}"
    return format_html('<span class="count" role="status">{}</span>', words)


def _plain(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


# Sources.


@register.simple_tag
def source_mark(thing: Any, name: str = "", value: Any = None, unit: str = "") -> SafeString:
    """A small mark that opens value, origin, status and citation.

    `thing` is a `Sourced`, a `Finding`, its `as_dict()`, or the id of a value of the knowledge.
    """
    view = _source_view(thing)
    if value is not None:
        view |= {"value": _plain(value), "unit": unit}
    drawn = _drawn(json.dumps(view | {"name": name or view["name"]}, default=str))
    return mark_safe(drawn.replace(_ID, f"source-{secrets.token_hex(4)}"))  # noqa: S308 - drawn by an escaping template


_ID = "source-00000000"
"""Stands for the id of a mark, of which no two on a page may be the same."""


@lru_cache(maxsize=1024)
def _drawn(view: str) -> str:
    """A mark on one line, because it stands inside sentences."""
    return " ".join(render_to_string("remit/source_mark.html", {"view": json.loads(view) | {"id": _ID}}).split())


@register.simple_tag
def sourced(thing: Any, unit: str = "", name: str = "") -> SafeString:
    """A sourced number with its mark; dotted underline where it is unverified."""
    view = _source_view(thing)
    held = num(getattr(thing, "value", view["value"]), unit or view["unit"])
    look = "sourced unverified" if view["status"] == "unverified" else "sourced"
    return format_html('<span class="{}">{}</span>{}', look, held, source_mark(thing, name, unit=unit))


def _source_view(thing: Any) -> dict[str, Any]:
    found = dict(_stated(thing))
    found["origin_words"] = ORIGINS.get(found["origin"], found["origin"])
    found["status_words"] = STATUSES.get(found["status"], found["status"])
    return found


def _stated(thing: Any) -> Mapping[str, Any]:
    if isinstance(thing, str):
        return sources.of_id(thing)
    held = thing if isinstance(thing, Mapping) else _as_mapping(thing)
    known = sources.of_id(held["path"]) if held.get("path") else {}
    return {
        "value": _shown(known.get("value")) if known else "",
        "unit": known.get("unit") or "",
        "note": known.get("note") or "",
        "path": held.get("path") or "",
        "name": held.get("text") or held.get("path") or "this value",
        "origin": str(held.get("origin", "")),
        "status": str(held.get("status", "")),
        "citations": sources.citations(held.get("sources") or ()),
    }


def _as_mapping(thing: Any) -> dict[str, Any]:
    source = thing.source
    return {
        "path": getattr(thing, "path", ""),
        "text": getattr(thing, "text", ""),
        "origin": source.origin.value,
        "status": source.status.value,
        "sources": source.keys,
    }


def _shown(value: Any) -> str:
    return _plain(value) if isinstance(value, int | float | str) and not isinstance(value, bool) else ""


@register.inclusion_tag("remit/finding.html")
def finding(thing: Any) -> dict[str, Any]:
    """One reason as a line of a `<ul class="findings">`: what it does, why, and its source mark."""
    held = thing if isinstance(thing, Mapping) else thing.as_dict()
    return {"thing": held, "words": ACTIONS[held["action"]], **held}


# Forms.


@register.filter
def field_kind(field: BoundField) -> str:
    """How a field is laid out: one choice, a group of choices, or a line."""
    widget = field.field.widget
    if isinstance(widget, RadioSelect | CheckboxSelectMultiple):
        return "group"
    return "choice" if isinstance(widget, CheckboxInput) else "line"


@register.filter
def is_short(field: BoundField) -> bool:
    """True for fields that hold a few signs."""
    return isinstance(field.field.widget, NumberInput | TimeInput | DateInput)

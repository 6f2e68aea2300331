"""A day's chairs and nurses as lines from opening to closing: dark where taken, a series' own stay in colour."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from remit.pathway.booking import Book, Taken, unattended

LANE, GAP, WIDTH = 5, 1, 100

Spans = Sequence[tuple[datetime, datetime]]


def lanes(book: Book, day: date, own: Mapping[str, Spans]) -> SafeString:
    """The drawing of a day; `own` holds the stays of the series shown, by chair. Nothing for a day that is closed."""
    if day not in book.hours:
        return SafeString()
    rows = [_bar(book, day, book.hours[day], at, "lane") for at in range(len(book.chairs) + 1)]
    for at, chair in enumerate(book.chairs):
        rows += [_bar(book, day, (one.starts, one.ends), at, "taken") for one in _others(book, chair, day, own)]
        rows += [_bar(book, day, span, at, "own") for span in own.get(chair, ())]
    rows += [_bar(book, day, span, len(book.chairs), "taken") for span in unattended(book, day)]
    return format_html(
        '<svg class="lanes" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img" aria-label="{}">{}</svg>',
        WIDTH,
        LANE * (len(book.chairs) + 1),
        words(book, day, own),
        format_html_join("", "{}", ((row,) for row in rows)),
    )


def _bar(book: Book, day: date, span: tuple[datetime, datetime], lane: int, kind: str) -> SafeString:
    opens, closes = book.hours[day]
    left, right = ((min(max(at, opens), closes) - opens) / (closes - opens) * WIDTH for at in span)
    return format_html(
        '<rect class="{}" x="{}" y="{}" width="{}" height="{}"/>',
        kind,
        round(left, 1),
        lane * LANE,
        round(right - left, 1),
        LANE - GAP,
    )


def _others(book: Book, chair: str, day: date, own: Mapping[str, Spans]) -> list[Taken]:
    mine = {starts for starts, _ in own.get(chair, ())}
    held = (one for one in book.taken if one.chair == chair and one.starts.date() == day)
    return [one for one in held if one.starts not in mine]


def words(book: Book, day: date, own: Mapping[str, Spans]) -> str:
    """The drawing in words."""
    said = []
    for chair in book.chairs:
        spans = ", ".join(f"{one.starts:%H:%M}–{one.ends:%H:%M}" for one in _others(book, chair, day, own))
        said.append(f"{book.say(chair)} {'taken ' + spans if spans else 'free'}")
    full = ", ".join(f"{starts:%H:%M}–{ends:%H:%M}" for starts, ends in unattended(book, day))
    return "; ".join([*said, f"no nurse free {full}" if full else "a nurse free all day"])

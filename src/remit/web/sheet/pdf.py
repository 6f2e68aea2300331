"""The printed papers as PDF. A template gets its data as JSON: nothing that a person typed is ever read as markup.

No network is used: the fonts lie beside the templates.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typst

from remit.web.sheet.data import FormData, HistoryData, SheetData

if TYPE_CHECKING:
    from typst import PDFStandard

FOLDER = Path(__file__).parent
ARCHIVAL: list[PDFStandard] = ["a-2a", "ua-1"]
"""To be kept for decades, and to be read by a screen reader."""
JOINERS = frozenset("\u200c\u200d")
"""Invisible letters that scripts such as Persian and Hindi need."""
_LONG = re.compile(r"\S{32}(?=\S)")


def session_sheet_pdf(data: SheetData) -> bytes:
    """The sheet of one session."""
    return _compile("sheet.typ", data)


def rems_form_pdf(data: FormData) -> bytes:
    """The draft of a regulatory form, from what the record holds."""
    return _compile("form.typ", data)


def history_pdf(data: HistoryData) -> bytes:
    """The treatment history of one episode, for prior authorisation."""
    return _compile("history.typ", data)


@cache
def fonts() -> typst.Fonts:
    """The fonts that lie beside the templates."""
    return typst.Fonts(font_paths=[str(FOLDER / "fonts")])


def _compile(template: str, data: SheetData | FormData | HistoryData) -> bytes:
    plain = _plain(data, data["clinic"]["zone"])
    compiler = typst.Compiler(
        FOLDER / template,
        root=FOLDER,
        font_paths=fonts(),
        sys_inputs={"data": json.dumps(plain, ensure_ascii=False, allow_nan=False)},
    )
    printed_at = int(data["print"]["printed_at"].timestamp())
    try:
        return _pdf(compiler, printed_at, ARCHIVAL)
    except typst.TypstError:
        # The archival standards refuse a letter that no font at hand has; such a name prints with boxes instead.
        return _pdf(compiler, printed_at, [])


def _pdf(compiler: typst.Compiler, printed_at: int, standards: list[PDFStandard]) -> bytes:
    made = compiler.compile(format="pdf", timestamp=printed_at, pdf_standards=standards)
    if not isinstance(made, bytes):
        raise TypeError(f"typst: one PDF is needed, not {type(made).__name__}")
    return made


def _plain(value: Any, zone: tzinfo) -> Any:
    """The value as JSON: moments in the clinic's zone, texts with everything invisible made visible."""
    if isinstance(value, Mapping):
        return {key: _plain(held, zone) for key, held in value.items() if not isinstance(held, tzinfo)}
    if isinstance(value, list | tuple):
        return [_plain(held, zone) for held in value]
    if isinstance(value, datetime):
        local = value.astimezone(zone)
        return {
            "clock": f"{local:%H:%M}",
            "day": _day(local),
            "zone": local.tzname(),
            "minute": value.timestamp() / 60,
            "offset": (local.utcoffset() or timedelta()).total_seconds() / 60,
        }
    if isinstance(value, date):
        return _day(value)
    return visible(value) if isinstance(value, str) else value


def _day(day: date) -> str:
    return f"{day.day} {day:%b %Y}"


def visible(text: str) -> str:
    """The text with each control or direction character as its code, and very long words allowed to break.

    >>> visible("Ana\\u202eeiraM")
    'Ana[U+202E]eiraM'
    """
    shown = "".join(letter if _printable(letter) else f"[U+{ord(letter):04X}]" for letter in text)
    return _LONG.sub(lambda run: run.group() + "\u200b", shown)


def _printable(letter: str) -> bool:
    return letter in JOINERS or letter == "\n" or unicodedata.category(letter) not in ("Cc", "Cf", "Cs", "Co", "Cn")

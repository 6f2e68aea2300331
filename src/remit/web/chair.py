"""A session's readings as the page draws them: the grid of times and values, corrected ones struck out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.utils.timezone import localtime

from remit.acts import clock
from remit.pathway.safety import PRESSURE, SessionRules
from remit.pathway.session import SessionView
from remit.pathway.trend import Trend, trend, trends

PRESSURE_ROW = "pressure"
ROWS = (
    (PRESSURE_ROW, "Pressure", "mmHg"),
    ("heart_rate", "Pulse", "/min"),
    ("spo2", "SpO₂", "%"),
    ("respiratory_rate", "Breaths", "/min"),
    ("temperature_c", "Temperature", "°C"),
)
SCALE_NAMES = {"MOAAS": "MOAA/S", "CADSS": "CADSS", "CADSS6": "CADSS-6", "BPRS_PLUS": "BPRS+"}


NAMES = SCALE_NAMES | {"SpO2": "SpO₂"}
_NAMED = re.compile(rf"\b({'|'.join(NAMES)})\b")
_MEASURED = {key: (name if name == "SpO₂" else name.lower(), unit) for key, name, unit in ROWS}
_VALUE = re.compile(rf"\b({'|'.join(_MEASURED)}) (\S+?)(?=,|$)")


def in_words(text: str) -> str:
    """A sentence of the rules with the scales by the names that are printed on them."""
    return _NAMED.sub(lambda found: NAMES[found[1]], text)


def alarm_words(why: str) -> str:
    """The values behind an alarm as the grid names them, each with its unit.

    >>> alarm_words("spo2 88, then spo2 87")
    'SpO₂ 88 %, then SpO₂ 87 %'
    """
    return in_words(_VALUE.sub(lambda found: " ".join((_MEASURED[found[1]][0], found[2], _MEASURED[found[1]][1])), why))


@dataclass(frozen=True, slots=True)
class Cell:
    """One value in the grid; `index` is its entry's place, by which it is corrected."""

    words: str
    index: int
    outside: bool = False
    struck: bool = False
    direction: Trend | None = None
    """Where it goes since it was measured before; null where it was not."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """One parameter over the session's times."""

    name: str
    unit: str
    cells: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Grid:
    """The readings as a table: parameters by times, the newest last."""

    times: tuple[datetime, ...]
    minutes: tuple[float | None, ...]
    rows: tuple[GridRow, ...]


def grid(seen: SessionView, rules: SessionRules) -> Grid:
    """The table twin of the curve."""
    minutes = {held.taken_at: held.minutes for held in seen.readings}
    minutes |= {held.taken_at: held.minutes for held in seen.ratings}
    times = sorted(minutes)
    rows = [row for key, name, unit in ROWS if (row := _reading_row(seen, rules, times, key, name, unit)) is not None]
    rows += [_rating_row(seen, times, scale) for scale in dict.fromkeys(held.scale for held in seen.ratings)]
    return Grid(tuple(times), tuple(minutes[time] for time in times), tuple(rows))


def _reading_row(
    seen: SessionView, rules: SessionRules, times: Sequence[datetime], key: str, name: str, unit: str
) -> GridRow | None:
    cells = {time: list[Cell]() for time in times}
    measures = PRESSURE if key == PRESSURE_ROW else (key,)
    gone = trends(seen.readings, measures, rules.noise)
    for held, direction in zip(seen.readings, gone, strict=True):
        if held.values.keys().isdisjoint(measures):
            continue
        words = pressure_words(held.values) if key == PRESSURE_ROW else f"{held.values[key]:g}"
        outside = any(concerns(threshold, key) for threshold in held.beyond)
        cells[held.taken_at].append(Cell(words, held.index, outside, held.corrected_by is not None, direction))
    if not any(cells.values()) and key in ("respiratory_rate", "temperature_c"):
        return None
    return GridRow(name, unit, tuple(_both(cells[time]) for time in times))


def concerns(threshold: str, key: str) -> bool:
    """Whether a threshold speaks of this row; the thresholds' own ids name what they measure."""
    named = {"heart_rate": "heart_rate", "spo2": "spo2", "respiratory_rate": "resp"}
    if key == PRESSURE_ROW:
        return not any(word in threshold for word in named.values())
    return key in named and named[key] in threshold


def _rating_row(seen: SessionView, times: Sequence[datetime], scale: str) -> GridRow:
    cells = {time: list[Cell]() for time in times}
    before: dict[str, float] = {}
    for held in (one for one in seen.ratings if one.scale == scale):
        struck, now = held.corrected_by is not None, {scale: float(held.total)}
        direction = None if struck else trend(before, now, (scale,), {})
        cells[held.taken_at].append(Cell(str(held.total), held.index, struck=struck, direction=direction))
        before = before if struck else now
    return GridRow(SCALE_NAMES.get(scale, scale), "", tuple(_both(cells[time]) for time in times))


def _both(cells: list[Cell]) -> tuple[Cell, ...]:
    """The corrected value before the one that stands; one that the correction left as it was is shown once."""
    standing = {cell.words for cell in cells if not cell.struck}
    shown = [cell for cell in cells if not (cell.struck and cell.words in standing)]
    return tuple(sorted(shown, key=lambda cell: not cell.struck))


def pressure_words(values: Mapping[str, float]) -> str:
    """`128/82`; a missing one is a dash."""
    return "/".join("–" if values.get(key) is None else f"{values[key]:g}" for key in ("systolic", "diastolic"))


_WORDS = {"bp": "pressure", "spo2": "SpO₂", "htn": "hypertension"}


_ASKED = {
    "spo2": "SpO₂",
    "sedation": "sedation (MOAA/S)",
    "med_changes": "medicines taken today",
    "cssrs_since_last_visit": "suicide risk since the last visit",
    "consent_offlabel": "written off-label consent",
    "rems_enrolment": "REMS enrolment",
    "identity": "two identifiers",
    "fasting_spravato": "no food, drink or nasal spray before",
    "fasting_offlabel": "fasting as this clinic asks",
    "weight_for_dose": "weight for the dose",
    "predose_bp_review": "pressure before the dose",
    "predose_bp_hold": "pressure before the dose",
    "predose_bp_block_ch": "pressure before the dose (Switzerland)",
}
"""What the gate asks for, in words."""


def asked_words(id: str) -> str:
    """A check, or what is measured before the dose, as the gate asks for it."""
    return _ASKED.get(id) or words_of(id)


def words_of(id: str) -> str:
    """An id in words: `postdose_bp_urgent` becomes `postdose pressure urgent`."""
    return " ".join(_WORDS.get(word, word) for word in id.split("_"))


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)")
_ID = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


def plain(words: str) -> str:
    """The rules speak in ids and in full moments; a person at the chair reads words and the clock."""
    words = _MOMENT.sub(lambda found: _moment(localtime(datetime.fromisoformat(found[0]))), words)
    return _ID.sub(lambda found: words_of(found[0]), in_words(words))


def _moment(at: datetime) -> str:
    """The clock, and the day where it is another than today."""
    return f"{at:%H:%M}" if at.date() == localtime(clock.now()).date() else f"{at:%H:%M on %a %d %b %Y}"

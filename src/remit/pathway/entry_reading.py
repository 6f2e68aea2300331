"""How an entry is read from what a file, a form or the record wrote down, and whether its values can be true."""

from __future__ import annotations

import math
import re
import types
from collections.abc import Mapping
from datetime import date, datetime
from enum import StrEnum
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec

from remit.pathway.entries import KINDS, AdverseEvent, Correct, EmergencyStep, Entry, Resolved, ScaleRated, VitalsTaken
from remit.pathway.safety import VITAL_SIGNS, SessionRules
from remit.pathway.scoring import score_total
from remit.quantities import BadInput, parse_strength


def read_entry(written: Mapping[str, Any], rules: SessionRules | None = None) -> Entry:
    """The entry that a file, a form or the record wrote down; numbers may be given as text.

    Raises `BadInput` that names the key, what would be possible there, and the value. With `rules`, values that
    cannot be true and ids that do not exist are refused as well.
    """
    given = {key: value for key, value in written.items() if value is not None and value != ""}
    kind = KINDS.get(str(given.get("kind")))
    if kind is None:
        raise BadInput(f"kind: one of {', '.join(KINDS)} is needed, not {given.get('kind')!r}")
    try:
        entry = msgspec.convert(given, kind, strict=False)
    except msgspec.ValidationError:
        entry = _read_by_key(given, kind)
    if isinstance(entry, AdverseEvent | Resolved):
        entry = msgspec.structs.replace(entry, id=_event_id(entry))
    _check_shape(entry)
    if rules is not None:
        check_possible(entry, rules)
    return entry


def _event_id(entry: AdverseEvent | Resolved) -> str:
    id = slug(entry.id)
    if not id:
        raise BadInput(f"{entry.kind}: id: the words of an event are needed, not {entry.id!r}")
    return id


def _read_by_key(given: Mapping[str, Any], kind: type[Entry]) -> Entry:
    """The same, key by key: slower, and able to say what is wrong."""
    word = given["kind"]
    fields = _fields(word)
    for key in given:
        if key != "kind" and key not in fields:
            raise BadInput(f"{word}: unknown key {key!r}; known are {', '.join(fields)}")
    for key, (_, required) in fields.items():
        if required and key not in given:
            raise BadInput(f"{word}: {key} is needed, it is not given")
    return kind(**{key: _value(word, key, value) for key, value in given.items() if key != "kind"})


@cache
def _fields(word: str) -> dict[str, tuple[Any, bool]]:
    found = msgspec.structs.fields(KINDS[word])
    return {field.name: (_one_type(field.type), field.required) for field in found}


def _one_type(annotation: Any) -> Any:
    """The type without its `None` and its annotations."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(part for part in get_args(annotation) if part is not type(None))
    return annotation


def _value(word: str, key: str, value: Any) -> Any:
    wanted = _fields(word)[key][0]
    try:
        moment = get_args(wanted)[:1] == (datetime,) and isinstance(value, str)
        return msgspec.convert(datetime.fromisoformat(value) if moment else value, wanted, strict=False)
    except (msgspec.ValidationError, ValueError):
        raise BadInput(f"{word}: {key}: {_words(wanted)} is needed, not {value!r}") from None


def _words(wanted: Any) -> str:
    """What a key takes, in words."""
    if isinstance(wanted, type) and issubclass(wanted, StrEnum):
        return ", ".join(wanted)
    if get_origin(wanted) is Literal:
        return ", ".join(get_args(wanted))
    if get_args(wanted)[:1] == (datetime,):
        return "a time with offset, such as 2026-11-21T14:05:00-05:00,"
    if get_origin(wanted) is tuple:
        return "a list of whole numbers"
    named = {float: "a number", int: "a whole number", bool: "true or false", date: "a date such as 2027-05-31"}
    return named.get(wanted, "an entry" if get_origin(wanted) is dict else "text")


def _check_shape(entry: Entry) -> None:
    """What a type cannot say: finite numbers, at least one value, a diastolic below the systolic."""
    for name, value in entry.values:
        if isinstance(value, float) and not math.isfinite(value):
            raise BadInput(f"{entry.kind}: {name}: a finite number is needed, not {value}")
    if isinstance(entry, VitalsTaken):
        if not entry.measured:
            raise BadInput(f"vitals: at least one of {', '.join(VITAL_SIGNS)} is needed, there is none")
        if entry.systolic is not None and entry.diastolic is not None and entry.systolic <= entry.diastolic:
            pressure = f"more than the diastolic {entry.diastolic:g} mmHg is needed, not {entry.systolic:g} mmHg"
            raise BadInput(f"vitals: systolic: {pressure}")
    for name in ("strength", "second_strength"):
        if text := getattr(entry, name, None):
            parse_strength(text)


def check_possible(entry: Entry, rules: SessionRules) -> None:
    """Raise `BadInput` for a value that cannot be true and for the id of a scale or card that does not exist."""
    for name, value in entry.values:
        bounds = rules.possible.get(name.removeprefix("second_"))
        if bounds is not None and value is not None and not bounds.low <= value <= bounds.high:
            raise BadInput(
                f"{entry.kind}: {name}: {bounds.low:g} to {bounds.high:g} {bounds.unit} is possible, not {value:g}"
            )
    if isinstance(entry, ScaleRated):
        _check_scale(entry, rules)
    if isinstance(entry, EmergencyStep) and rules.emergency(entry.card) is None:
        known = ", ".join(card.id for card in rules.emergencies)
        raise BadInput(f"emergency_step: card: one of {known} is needed, not {entry.card!r}")
    if isinstance(entry, Correct) and "kind" in entry.entry:
        read_entry({"at": entry.at, "by": entry.by, **entry.entry}, rules)


def _check_scale(entry: ScaleRated, rules: SessionRules) -> None:
    if entry.id not in rules.totals and entry.id in rules.scales:
        raise BadInput(f"scale: {entry.id} has no total; its answers are recorded among the person's scores")
    if entry.id not in rules.totals:
        raise BadInput(f"scale: id: one of {', '.join(rules.totals)} is needed, not {entry.id!r}")
    low, high = rules.totals[entry.id]
    if not low <= entry.total <= high:
        raise BadInput(f"scale: {entry.id} total: {low} to {high} is possible, not {entry.total}")
    if entry.answers:
        score_total(rules.scales[entry.id], entry.total, entry.answers)


def slug(words: str) -> str:
    """An event's words as its id, in whatever letters they are written; empty where there are none.

    >>> slug("Sudden severe headache"), slug("Übelkeit"), slug("?!")
    ('sudden_severe_headache', 'übelkeit', '')
    """
    return re.sub(r"[\W_]+", "_", words.lower()).strip("_")

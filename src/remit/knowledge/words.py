"""What any knowledge file must keep to, whatever its kind: legal words, known sources, ids given once."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from remit.knowledge.inherit import read_status
from remit.pathway.sourced import Origin

_SIGNED = re.compile(r"diff|_falls\b|(?:^|\.)ci\d*\b")
"""Differences, falls that turn into rises, and intervals may be below 0."""
Wrong = tuple[str, str]
"""A place inside the file, and the reason."""


def wrong_words(content: Any, known: Collection[str], path: str = "") -> Iterator[Wrong]:
    """Each status, origin, source key, id, range and number in the content that cannot stand."""
    if isinstance(content, list):
        yield from _twice(content, path)
        for at, part in enumerate(content):
            name = part.get("id", at) if isinstance(part, Mapping) else at
            yield from wrong_words(part, known, _below(path, name))
    elif isinstance(content, Mapping):
        yield from _own(content, known, path)
        for key, part in content.items():
            yield from wrong_words(part, known, _below(path, key))
    elif isinstance(content, int | float) and content < 0 and not _SIGNED.search(path):
        yield path, f"0 or more is needed, not {content:g}"


def _below(path: str, name: object) -> str:
    return f"{path}.{name}" if path else str(name)


def _twice(content: list[Any], path: str) -> Iterator[Wrong]:
    ids = [part["id"] for part in content if isinstance(part, Mapping) and isinstance(part.get("id"), str)]
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        yield _below(path, id), "the id is given twice"


def _own(content: Mapping[Any, Any], known: Collection[str], path: str) -> Iterator[Wrong]:
    for key, held in content.items():
        at = _below(path, key)
        if held is None and " " in str(key):
            yield at, "a sentence cut at a comma: put it in quotation marks"
        elif key == "origin" and held not in tuple(Origin):
            yield at, f"one of {', '.join(Origin)} is needed, not {held!r}"
        elif key == "status" or str(key).endswith("_status"):
            yield from _status(held, at)
        elif key in ("src", "sources") or str(key).endswith("_src"):
            yield from _keys(held, known, at)
    low, high = content.get("min"), content.get("max")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield path, f"min is at most max, not {low:g} to {high:g}"


def _status(held: Any, at: str) -> Iterator[Wrong]:
    for word in held.values() if isinstance(held, Mapping) else [held]:
        try:
            read_status(word if isinstance(word, str) else repr(word))
        except ValueError:
            yield at, f"a known status word is needed, not {word!r}"


def _keys(held: Any, known: Collection[str], at: str) -> Iterator[Wrong]:
    if not isinstance(held, list):
        yield at, f"a list of source keys is needed, not {held!r}"
        return
    for key in held:
        if not isinstance(key, str) or key not in known:
            yield at, f"source key {key!r} is not known"

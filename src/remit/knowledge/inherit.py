"""How a value gets its source: its own words where it has them, else those of the nearest thing around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from remit.pathway.sourced import Origin, Source, Status

META = frozenset({"origin", "status", "src", "source", "note", "unit", "id", "same_as"})
"""Keys that say something about the value beside them and are no value themselves."""
IN_WORDS = ("source", "citation", "doi")
"""Keys under which a row or a published model says its source in words, the best first."""
_ABOUT = {
    "range": ("min", "max"),
    "item_range": ("min", "max"),
    "site": ("site_requirements",),
    "events_detail": ("events",),
}
"""What the stem of a `…_status` or `…_src` key concerns, where it is not the key of that very name."""
_SUREST_FIRST = tuple(Status)
NO_CODE = frozenset({"no LOINC code found", "no verified SNOMED code", "not applicable"})
"""What the code table says where no standard code exists: nothing is confirmed, a local code is used."""


@dataclass(frozen=True, slots=True)
class Held:
    """What a part inherits from the things around it."""

    source: Source = field(default_factory=Source)
    statuses: Mapping[str, str] | None = None
    """Statuses given part by part."""
    intervals: str = ""
    """The status of the project's own intervals, where it differs from that of the finding."""
    words: str = ""
    """A table row's own words for its source, where it names no key."""


def read_status(word: str) -> Status:
    """The status that a file's word stands for, the code table's words among them.

    >>> read_status("no LOINC code found")
    <Status.UNVERIFIED: 'unverified'>
    """
    return Status.UNVERIFIED if word in NO_CODE else Status.read(word)


def weakest(words: list[str]) -> str:
    """The status word that promises least.

    >>> weakest(["verified", "memory", "secondary"])
    'memory'
    """
    return max(words, key=lambda word: _SUREST_FIRST.index(read_status(word)))


def inherit(around: Held, key: str, content: Any, beside: Mapping[Any, Any] | None = None) -> Held:
    """What the part under `key` holds: first what is said beside it, then what it says itself.

    Raises `ValueError` for a status or an origin that is no such word.
    """
    source = _beside(around, key, beside or {})
    if not isinstance(content, Mapping):
        return Held(source, words=around.words)
    words = next((content[key] for key in IN_WORDS if isinstance(content.get(key), str)), around.words)
    if "origin" in content:
        source = replace(source, origin=Origin(content["origin"]))
    if isinstance(content.get("src"), list):
        source = replace(source, keys=tuple(content["src"]))
    statuses = content.get("status")
    if isinstance(statuses, Mapping):
        return Held(
            _with_status(source, weakest(list(statuses.values()))),
            dict(statuses),
            words=words,
        )
    if isinstance(statuses, str):
        source = _with_status(source, statuses)
    return Held(source, None, str(content.get("interval_status", around.intervals)), words)


def _with_status(source: Source, word: str) -> Source:
    return replace(source, status=read_status(word), status_read=word)


def _beside(around: Held, key: str, beside: Mapping[Any, Any]) -> Source:
    source = around.source
    if key == "project_default" or key.startswith("project_default_"):
        source = replace(source, origin=Origin.PROJECT_DEFAULT)
        source = _with_status(source, around.intervals) if around.intervals else source
    if key.endswith("_unverified"):
        source = _with_status(source, "unverified")
    parts = [word for name, word in (around.statuses or {}).items() if name == key or name.startswith(f"{key}_")]
    if parts:
        source = _with_status(source, weakest(parts))
    for name, said in beside.items():
        stem, _, what = str(name).rpartition("_")
        if what in ("status", "src") and key in _ABOUT.get(stem, (stem,)):
            source = _with_status(source, said) if what == "status" else replace(source, keys=tuple(said))
    return source

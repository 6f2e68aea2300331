"""One index over all files: every value by its id, with the source that it carries or inherits.

An id is a dotted path (`iv_racemic_ketamine.dose_rule.start`, `PHQ9.remission`, `adequacy.venlafaxine`). A list
item is addressed by its own id; in the lists of eligibility and safety that id stands alone (`postdose_bp_urgent`).
Where two lists use one id, the first keeps the short form and the other is addressed by its whole path.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from functools import cache
from typing import Any

from remit.knowledge import sources
from remit.knowledge.documents import Document, documents
from remit.knowledge.inherit import META, Held, inherit
from remit.knowledge.sources import Citation
from remit.knowledge.units import unit_of
from remit.pathway.sourced import Source
from remit.quantities import BadInput

_NAMES = ("id", "for", "label")
"""Keys by which a list item may be addressed, the best first; without any it is counted from 0."""
_STATING = frozenset({"origin", "status", "src"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One value of the knowledge with its source. `stated`: it says its source itself, and does not inherit it."""

    id: str
    kind: str
    value: Any
    unit: str
    source: Source
    note: str
    file: str
    stated: bool
    place: str
    """The whole path inside the file, for an id that is shorter than it."""
    in_words: str = ""
    """A table row's own words for its source, where it names no key."""
    also: tuple[str, ...] = ()
    """The ids of other things that have the same short id."""

    @property
    def citations(self) -> tuple[Citation, ...]:
        """The citations behind the value."""
        if self.in_words:
            return (Citation(citation=self.in_words, year="", locator="", seen=""),)
        return tuple(sources.citation(key) for key in self.source.keys)

    def as_dict(self) -> dict[str, Any]:
        """The entry as the command line and the pages print it."""
        return {
            "id": self.id,
            "kind": self.kind,
            "value": self.value,
            "unit": self.unit or None,
            "origin": self.source.origin.value,
            "status": self.source.status.value,
            "status_read": self.source.status_read,
            "note": self.note or None,
            "sources": list(self.source.keys),
            "citations": [
                {name: getattr(cited, name) for name in ("key", "citation", "year", "locator", "seen")}
                for cited in self.citations
            ],
            "file": self.file,
            "also": list(self.also),
        }


def lookup(id: str) -> Entry:
    """The value with this id; `BadInput` names the nearest ids where there is none."""
    known = _index()
    if id in known.entries:
        return known.entries[id]
    short = known.short(id)
    if short in known.entries:
        return known.entries[short]
    near = get_close_matches(id, [*known.entries, *known.shortened], n=4)
    raise BadInput(f"knowledge id {id!r}: not known" + (f"; near it: {', '.join(near)}" if near else ""))


def entries() -> tuple[Entry, ...]:
    """Every value, in the order of the files."""
    return tuple(_index().entries.values())


def statements() -> tuple[Entry, ...]:
    """Every value that says its own origin, status or source."""
    return tuple(entry for entry in entries() if entry.stated)


@dataclass(frozen=True, slots=True)
class _Index:
    entries: Mapping[str, Entry]
    shortened: Mapping[str, str]
    """Whole path of a list item to its short id."""

    def short(self, id: str) -> str:
        """The id with the whole path of a list item at its start made short."""
        parts = id.split(".")
        for count in range(len(parts), 0, -1):
            if (head := ".".join(parts[:count])) in self.shortened:
                return ".".join([self.shortened[head], *parts[count:]])
        return id


@cache
def _index() -> _Index:
    return build(documents())


def build(held: Iterator[Document]) -> _Index:
    """The index of these documents. Raises `BadInput` where two of them have one id."""
    found: dict[str, Entry] = {}
    shortened: dict[str, str] = {}
    documents = list(held)
    taken = {document.id for document in documents}
    if len(taken) != len(documents):
        twice = next(held.id for at, held in enumerate(documents) if held.id in {d.id for d in documents[:at]})
        raise BadInput(f"knowledge id {twice!r}: each id is given once")
    for document in documents:
        for entry in _walk(document, shortened, taken):
            if entry.id in found:
                raise BadInput(f"{entry.file}: id {entry.id!r} is given twice")
            found[entry.id] = entry
    return _Index(_with_namesakes(found, shortened), shortened)


def _with_namesakes(found: dict[str, Entry], shortened: Mapping[str, str]) -> dict[str, Entry]:
    same: dict[str, list[str]] = {}
    for whole, short in shortened.items():
        same.setdefault(whole.rsplit(".", 1)[-1], []).append(short)
    for name, ids in same.items():
        alike = [name, *(id for id in ids if id != name)] if name in found else ids
        for id in alike if len(alike) > 1 else ():
            found[id] = replace(found[id], also=tuple(other for other in alike if other != id))
    return found


def _walk(document: Document, shortened: dict[str, str], taken: set[str]) -> Iterator[Entry]:
    def visit(id: str, place: str, content: Any, held: Held, unit: str) -> Iterator[Entry]:
        yield _entry(document, id, place, content, held, unit)
        if isinstance(content, Mapping):
            unit = str(content.get("unit", unit))
            for key, part in content.items():
                if key not in META and key != "value":
                    inner = inherit(held, str(key), part, content)
                    yield from visit(f"{id}.{key}", f"{place}.{key}", part, inner, unit_of(str(key), unit))
        elif isinstance(content, list):
            for at, part in enumerate(content):
                if isinstance(part, Mapping):
                    yield from item(id, place, at, part, held, unit)

    def item(id: str, place: str, at: int, part: Mapping[Any, Any], held: Held, unit: str) -> Iterator[Entry]:
        name = next((str(part[key]) for key in _NAMES if isinstance(part.get(key), str)), str(at))
        own, whole = f"{id}.{name}", f"{place}.{name}"
        if document.collection and "id" in part:
            own = whole if name in taken else name
            taken.add(name)
            shortened[whole] = own
        yield from visit(own, whole, part, inherit(held, name, part), unit)

    held = inherit(Held(), document.id, document.content)
    yield from visit(document.id, document.id, document.content, held, unit_of(document.id, ""))


def _entry(document: Document, id: str, place: str, content: Any, held: Held, unit: str) -> Entry:
    own = content if isinstance(content, Mapping) else {}
    return Entry(
        id=id,
        kind=document.kind,
        value=_value(content),
        unit=str(own.get("unit", unit)) if _measured(content) else "",
        source=held.source,
        note=str(own.get("note", "")),
        file=document.file,
        stated=bool(_STATING & own.keys()),
        place=place,
        in_words=held.words,
    )


def _measured(content: Any) -> bool:
    """True for numbers, lists of numbers, and mappings that say a unit or a value."""
    if isinstance(content, Mapping):
        return "unit" in content or _measured(content.get("value"))
    if isinstance(content, list):
        return bool(content) and all(_measured(part) for part in content)
    return isinstance(content, int | float) and not isinstance(content, bool)


def _value(content: Any) -> Any:
    if not isinstance(content, Mapping):
        return content
    if "value" in content:
        return content["value"]
    plain = {str(key): part for key, part in content.items() if key not in META}
    return plain["text"] if plain.keys() == {"text"} else plain

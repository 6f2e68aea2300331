"""One index over all files: every value by its id, with the source that it carries or inherits.

An id is a dotted path (`iv_racemic_ketamine.dose_rule.start`, `PHQ9.remission`, `adequacy.venlafaxine`). A list
item is addressed by its own id; in the lists of eligibility and safety that id stands alone (`postdose_bp_urgent`).
Where two lists use one id, the first keeps the short form and the other is addressed by its whole path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
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
    """The value with this id; `BadInput` names the nearest ids where there is none.

    >>> lookup("iv_racemic_ketamine.dose_rule.start").value
    0.5
    """
    known = _index()
    for said in (id, id.partition(".")[2]):
        entry = known.entries.get(said) or known.entries.get(known.own_id(said))
        if entry is not None:
            return entry
    near = get_close_matches(id, [*known.entries, *known.names], n=4)
    raise BadInput(f"knowledge id {id!r}: not known" + (f"; near it: {', '.join(near)}" if near else ""))


def entries() -> tuple[Entry, ...]:
    """Every value, in the order of the files."""
    return tuple(_index().entries.values())


def statements() -> tuple[Entry, ...]:
    """Every value that says its own origin, status or source."""
    return tuple(entry for entry in entries() if entry.stated)


@dataclass(frozen=True, slots=True)
class Index:
    """All entries by id, and the other names under which a thing may be asked for."""

    entries: Mapping[str, Entry]
    names: Mapping[str, str]

    def own_id(self, said: str) -> str:
        """The id of what is asked for, where its beginning is another name of a thing."""
        parts = said.split(".")
        for count in range(len(parts), 0, -1):
            if (head := ".".join(parts[:count])) in self.names:
                return ".".join([self.names[head], *parts[count:]])
        return said


@cache
def _index() -> Index:
    return build(documents())


def build(held: Iterable[Document]) -> Index:
    """The index of these documents. Raises `BadInput` where two of them have one id."""
    documents = list(held)
    building = _Building(taken={document.id for document in documents})
    for document in documents:
        try:
            building.add(document)
        except BadInput:
            raise
        except ValueError as error:  # a word that is no status or origin
            raise BadInput(f"{document.file}: {error}") from error
    return building.done()


@dataclass(slots=True)
class _Building:
    taken: set[str]
    entries: dict[str, Entry] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    things: dict[str, list[str]] = field(default_factory=dict)
    """The ids of everything that has a name of its own, by that name."""

    def add(self, document: Document) -> None:
        for entry in self.walk(document):
            if entry.id in self.entries:
                raise BadInput(f"{entry.file}: id {entry.id!r} is given twice")
            self.entries[entry.id] = entry

    def walk(self, document: Document) -> Iterator[Entry]:
        held = inherit(Held(), document.id, document.content)
        if not document.collection:
            self.things.setdefault(document.id, []).append(document.id)
        if document.rows:
            for key, row in document.content.items():
                self.thing(key, f"{document.id}.{key}", str(row[document.rows]))
        yield from self.part(document, document.id, document.id, document.content, held, unit_of(document.id, ""))

    def thing(self, name: str, id: str, *others: str) -> None:
        self.things.setdefault(name, []).append(id)
        for other in (name, *others):
            self.names.setdefault(other, id)

    def part(self, document: Document, id: str, place: str, content: Any, held: Held, unit: str) -> Iterator[Entry]:
        yield _entry(document, id, place, content, held, unit)
        if isinstance(content, Mapping):
            unit = str(content.get("unit", unit))
            for key, part in content.items():
                if key not in META:
                    inner = inherit(held, str(key), part, content)
                    yield from self.part(
                        document, f"{id}.{key}", f"{place}.{key}", part, inner, unit_of(str(key), unit)
                    )
        elif isinstance(content, list):
            for at, item in enumerate(content):
                if isinstance(item, Mapping):
                    own, whole = self.item(document, id, place, at, item)
                    yield from self.part(document, own, whole, item, inherit(held, own, item), unit)

    def item(self, document: Document, id: str, place: str, at: int, item: Mapping[Any, Any]) -> tuple[str, str]:
        """The id of a list item and its whole path; where things stand in lists, an item's own id stands alone."""
        name = next((str(item[key]) for key in _NAMES if isinstance(item.get(key), str)), str(at))
        own, whole = f"{id}.{name}", f"{place}.{name}"
        if document.collection and "id" in item:
            own = whole if name in self.taken else name
            self.taken.add(name)
            self.thing(name, own, whole)
        return own, whole

    def done(self) -> Index:
        for ids in self.things.values():
            for id in ids if len(ids) > 1 else ():
                self.entries[id] = replace(self.entries[id], also=tuple(other for other in ids if other != id))
        return Index(self.entries, self.names)


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

"""Codes by concept: the standard's code where it is confirmed, else our local one; never an invented number."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache

import msgspec

from remit.knowledge.documents import FOLDER, rows, slug
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.inherit import NO_CODE, read_status
from remit.pathway.sourced import Status
from remit.quantities import BadInput

TABLE = FOLDER / "terminology" / "codes.csv"


class _Row(msgspec.Struct, forbid_unknown_fields=True):
    concept: str
    system: str
    code: str
    display: str
    verified: str
    source: str


class _Local(msgspec.Struct, forbid_unknown_fields=True):
    url: str
    text: str


@dataclass(frozen=True, slots=True)
class Code:
    """A concept's code in one system, as the table has it. `code` is empty where no standard code exists."""

    concept: str
    system: str
    code: str
    display: str
    status: Status
    status_read: str
    source: str

    @property
    def id(self) -> str:
        """The concept's id in the knowledge, without its leading `codes.`."""
        return slug(self.concept)

    @property
    def confirmed(self) -> bool:
        """True where the code was seen in a standard's file, an official listing or real messages."""
        return bool(self.code) and self.status is not Status.UNVERIFIED


@dataclass(frozen=True, slots=True)
class Coding:
    """What is sent for a concept: system, code and words."""

    system: str
    code: str
    display: str


def _code(row: _Row) -> Code:
    try:
        status = read_status(row.verified)
    except ValueError as error:
        raise BadInput(f"{row.concept}: verified: a known word is needed, not {row.verified!r}") from error
    if not slug(row.concept):
        raise BadInput(f"{TABLE.name}: concept: words are needed, not {row.concept!r}")
    if bool(row.code) is (row.verified in NO_CODE):
        raise BadInput(f"{row.concept}: code: {row.code!r} does not go with verified {row.verified!r}")
    return Code(row.concept, row.system, row.code, row.display, status, row.verified, row.source)


@cache
def codes() -> Mapping[str, Code]:
    """Every code of the table by its concept's id. Raises `BadInput` for a malformed row."""
    found: dict[str, Code] = {}
    for row in rows(TABLE):
        code = _code(as_schema(row, _Row, TABLE.name))
        if code.id in found:
            raise BadInput(f"{TABLE.name}: concept {code.concept!r} is given twice")
        found[code.id] = code
    return found


def code(concept: str) -> Code:
    """The table's row for a concept, by its words or its id; `BadInput` names the nearest ones."""
    known = codes()
    if slug(concept) in known:
        return known[slug(concept)]
    near = get_close_matches(slug(concept), known, n=3)
    raise BadInput(f"concept {concept!r}: not in the code table" + (f"; near it: {', '.join(near)}" if near else ""))


def coding(concept: str) -> Coding:
    """What is sent for a concept: its confirmed code, else the local one, always with words.

    >>> coding("PHQ-9 total").code
    '44261-6'
    >>> coding("MADRS total").code
    'madrs_total'
    """
    held = code(concept)
    if held.confirmed:
        return Coding(held.system, held.code, held.display)
    return Coding(local_system(), held.id, held.concept)


@cache
def local_system() -> str:
    """The permanent address of our own code system."""
    return as_schema(
        read_typed(FOLDER / "terminology" / "local.yaml"),
        dict[str, _Local],
        "local.yaml",
    )["local_system"].url

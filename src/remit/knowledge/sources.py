"""The citations: what each source key stands for, and where it was read."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path

import msgspec

from remit.knowledge.files import as_schema, read_typed
from remit.quantities import BadInput

FILE = Path(__file__).with_name("sources.yaml")


class Citation(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One source: who wrote it, when, where it is found, and what of it was read (`seen`)."""

    citation: str
    year: str
    locator: str
    seen: str
    key: str = ""

    def __str__(self) -> str:
        return f"{self.citation} ({self.year}). {self.locator}"


class _File(msgspec.Struct, forbid_unknown_fields=True):
    sources: dict[str, Citation]


def read(path: Path) -> dict[str, Citation]:
    """The citations of one file, by key. Raises `BadInput`."""
    held = as_schema(read_typed(path), _File, str(path)).sources
    return {key: msgspec.structs.replace(cited, key=key) for key, cited in held.items()}


@cache
def citations() -> Mapping[str, Citation]:
    """Every citation that Remit carries, by key."""
    return read(FILE)


def citation(key: str) -> Citation:
    """The citation of a source key; `BadInput` names the nearest keys where it is not known."""
    known = citations()
    if key not in known:
        near = get_close_matches(key, known, n=3)
        raise BadInput(f"source key {key!r}: not known" + (f"; near it: {', '.join(near)}" if near else ""))
    return known[key]

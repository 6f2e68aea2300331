"""Marks each value of a protocol file with its id in the knowledge and the source it states or inherits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from remit.knowledge.documents import Document
from remit.knowledge.index import build
from remit.pathway.sourced import Source, Sourced

T = TypeVar("T")


class Marks:
    """The sources of one protocol file, by dotted path inside it."""

    def __init__(self, id: str, content: Mapping[str, Any], name: str) -> None:
        self.id = id
        self._entries = build([Document("protocols", id, content, name)]).entries

    def source(self, path: str) -> Source:
        """The source of the part at this path."""
        return self._entries[f"{self.id}.{path}"].source

    def mark(self, value: T, path: str, note: str | None = None) -> Sourced[T]:
        """The value with its source and its id."""
        return Sourced(value, self.source(path), f"{self.id}.{path}", note or "")

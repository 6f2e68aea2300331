"""A number or a statement with its origin, status and sources; and what a rule finds."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Generic, Self, TypeVar

T = TypeVar("T")


class Status(StrEnum):
    """How well a value is known. An `unverified` value never permits anything."""

    VERIFIED = "verified"
    SECONDARY = "secondary"
    DERIVED = "derived"
    UNVERIFIED = "unverified"

    @classmethod
    def read(cls, word: str) -> Status:
        """The status that a source file's own word stands for.

        Raises `ValueError` for a word that no source file may use.

        >>> Status.read("partly_verified")
        <Status.UNVERIFIED: 'unverified'>
        """
        return cls(_STATUS_WORDS.get(word, word))


_STATUS_WORDS = {
    "yes": "verified",
    "abstract": "verified",
    "sample": "secondary",
    "partly_verified": "unverified",
    "memory": "unverified",
}


class Origin(StrEnum):
    """Who asks for it: the regulator, the risk programme, a guideline, a trial, practice, or this project."""

    LABEL = "label"
    REMS = "rems"
    GUIDELINE = "guideline"
    TRIAL = "trial"
    PRACTICE = "practice"
    PROJECT_DEFAULT = "project_default"


@dataclass(frozen=True, slots=True)
class Source:
    """Where a value comes from: origin, status, the word read, and citation keys."""

    origin: Origin = Origin.PROJECT_DEFAULT
    status: Status = Status.UNVERIFIED
    status_read: str = "unverified"
    keys: tuple[str, ...] = ()

    @property
    def binding(self) -> bool:
        """True where a regulator or the risk programme demands it: nobody may override."""
        return self.origin in (Origin.LABEL, Origin.REMS)


@dataclass(frozen=True, slots=True)
class Sourced(Generic[T]):
    """A value that carries its source. `path` is its id in the knowledge, for the source mark on a page."""

    value: T
    source: Source = field(default_factory=Source)
    path: str = ""
    note: str = ""


class Action(StrEnum):
    """What a finding does, from the mildest to the strictest."""

    RECORD = "record"
    WARN = "warn"
    PRESCRIBER_REVIEW = "prescriber_review"
    BLOCK = "block"

    @property
    def rank(self) -> int:
        """Its place from the mildest, 0, to the strictest."""
        return list(Action).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """One reason: id, what it does, why in words, and its source."""

    id: str
    action: Action
    text: str
    source: Source = field(default_factory=Source)
    path: str = ""
    two_person: bool = False
    """An override of this finding needs a second prescriber."""

    def failing_safe(self, adopted: frozenset[str] = frozenset()) -> Self:
        """This finding as it may act: an `unverified` block asks the prescriber until the lead adopts it."""
        unsure = self.action is Action.BLOCK and self.source.status is Status.UNVERIFIED
        if unsure and self.id not in adopted and self.path not in adopted:
            return replace(
                self, action=Action.PRESCRIBER_REVIEW, text=f"{self.text} (not confirmed: a prescriber decides)"
            )
        return self

    def as_dict(self) -> dict[str, object]:
        """The finding as the command line and the pages print it."""
        return {
            "id": self.id,
            "action": self.action.value,
            "text": self.text,
            "origin": self.source.origin.value,
            "status": self.source.status.value,
            "status_read": self.source.status_read,
            "sources": list(self.source.keys),
            "path": self.path,
            "two_person": self.two_person,
        }


def worst_first(findings: list[Finding]) -> list[Finding]:
    """Every finding, the strictest first; equal ones keep their order.

    >>> [f.id for f in worst_first([Finding("a", Action.WARN, ""), Finding("b", Action.BLOCK, "")])]
    ['b', 'a']
    """
    return sorted(findings, key=lambda found: -found.action.rank)

"""An entry as it stands in a session's record: what was decided on it, and the state after it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from remit.pathway.chart import State
from remit.pathway.entries import Entry


@dataclass(frozen=True, slots=True)
class Decision:
    """Whether an entry is accepted, and every reason: of a refusal, or remarks on what was recorded.

    `needs` names what would let a refused entry pass: `reason`, `second_person`, `override_reason`, `prescriber`.
    """

    accepted: bool
    reasons: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    overridden: tuple[str, ...] = ()
    """What blocked a discharge that a prescriber decided all the same."""
    replaces: tuple[int, Entry] | None = None
    """The place of the corrected entry, and what now stands for it."""
    release_moved: tuple[datetime, datetime | None] | None = None
    """The release before and after an entry that brought it forward with a second person."""


@dataclass(frozen=True, slots=True)
class Record:
    """One entry as it reached the record, what was decided, and the state after it."""

    index: int
    entry: Entry
    decision: Decision
    state: State


@dataclass(frozen=True, slots=True)
class Row:
    """An accepted entry; `corrected_by` is the place of the correction after which it no longer counts."""

    index: int
    entry: Entry
    corrected_by: int | None

"""One study as a table: each figure of each arm with how it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from remit.pathway.trials import Arm, Seen, Study

ABOUT_THE_PAPER = (
    "study_id", "arm_id", "verified", "year", "citation", "doi", "pmid", "nct", "id_verified", "design",
    "is_comparator", "memory_fields",
)  # fmt: skip
"""Columns that say where the row is from, and not what it reports."""
LAST = ("source_ref", "notes")


@dataclass(frozen=True, slots=True)
class Cell:
    """One figure, and how it was seen."""

    value: Any
    seen: Seen


@dataclass(frozen=True, slots=True)
class Line:
    """One column of the dataset, with what each arm reports there; `None` where it reports nothing."""

    field: str
    cells: tuple[Cell | None, ...]


def lines(study: Study) -> tuple[Line, ...]:
    """What any arm of the study reports, in the order of the dataset's columns."""
    fields = [*(name for name in Arm.__struct_fields__ if name not in (*ABOUT_THE_PAPER, *LAST)), *LAST]
    held = (Line(field, tuple(_cell(arm, field) for arm in study.arms)) for field in fields)
    return tuple(line for line in held if any(cell is not None for cell in line.cells))


def _cell(arm: Arm, field: str) -> Cell | None:
    value = getattr(arm, field)
    return None if value is None else Cell(value, arm.seen(field))

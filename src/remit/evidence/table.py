"""A table of studies as text: its columns, its numbers, and a refusal that names row, column, bound and value."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from remit.evidence.effects import COLUMNS, Effect, Measure, check, effect
from remit.evidence.pooling import Studies
from remit.quantities import BadInput

NAME = "study"
"""The column that names a study."""
SCALE = "scale"
"""The column that says on which scale a mean or a difference was measured, where a table has one."""
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text by column."""

    columns: tuple[str, ...]
    rows: tuple[Mapping[str, str], ...]

    def place(self, at: int) -> str:
        """How messages call a row: its number below the heading, and its study."""
        name = self.rows[at].get(NAME, "")
        return f"row {at + 1} ({name})" if name else f"row {at + 1}"

    def need(self, columns: Sequence[str], purpose: str) -> None:
        """Refuse a table that lacks one of these columns. Raises `BadInput`."""
        missing = [column for column in columns if column not in self.columns]
        if missing:
            raise BadInput(f"column {', '.join(missing)}: needed for {purpose}; there are {', '.join(self.columns)}")

    def column(self, name: str) -> tuple[str, ...]:
        """The cells of a column."""
        return tuple(row[name] for row in self.rows)


def read_table(text: str) -> Table:
    """Read comma-separated text with one heading row. Raises `BadInput`.

    >>> read_table("study,yi,vi\\nA,0.2,0.1\\n").rows[0]["yi"]
    '0.2'
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        lines = [[cell.strip() for cell in line] for line in reader if any(cell.strip() for cell in line)]
    except csv.Error as error:
        raise BadInput(f"line {reader.line_num}: comma-separated text is needed ({error})") from error
    if not lines:
        raise BadInput("heading: a row with the names of the columns is needed, the table is empty")
    heading = lines[0]
    twice = [name for name in heading if heading.count(name) > 1]
    if twice:
        raise BadInput(f"heading: each column is named once, not {twice[0]!r} {heading.count(twice[0])} times")
    if len(lines) == 1:
        raise BadInput("rows: at least 1 is needed below the heading, not 0")
    for at, line in enumerate(lines[1:], start=1):
        if len(line) != len(heading):
            raise BadInput(f"row {at}: {len(heading)} cells are needed, not {len(line)}")
    return Table(tuple(heading), tuple(dict(zip(heading, line, strict=True)) for line in lines[1:]))


def joined(tables: Sequence[Table]) -> Table:
    """Tables with the same columns as one, such as those of several clinics. Raises `BadInput`."""
    first = tables[0]
    for other in tables[1:]:
        odd = sorted(set(other.columns) ^ set(first.columns))
        if odd:
            raise BadInput(f"columns: the same are needed in every table; {', '.join(odd)} is not in all")
    return Table(first.columns, tuple(row for table in tables for row in table.rows))


def number(text: str, column: str, place: str) -> float:
    """A cell as a number. Raises `BadInput`; an empty cell is not 0."""
    if not _NUMBER.fullmatch(text):
        raise BadInput(f"{place}: {column}: a number is needed, not {text!r}")
    return float(text)


def effects(table: Table, measure: Measure) -> tuple[Effect, ...]:
    """The effect of each row. Raises `BadInput`."""
    table.need(COLUMNS[measure], f"the measure {measure}")
    return tuple(_effect(table, at, measure) for at in range(len(table.rows)))


def _effect(table: Table, at: int, measure: Measure) -> Effect:
    place, row = table.place(at), table.rows[at]
    numbers = {column: number(row[column], column, place) for column in COLUMNS[measure]}
    try:
        for column, value in numbers.items():
            check(measure, column, value)
        return effect(measure, numbers)
    except BadInput as refused:
        raise BadInput(f"{place}: {refused}") from refused


def studies(
    table: Table, measure: Measure, moderators: Sequence[str] = (), cluster: str = ""
) -> tuple[Studies, tuple[str, ...]]:
    """What is pooled, and what has to be said about it. Raises `BadInput`."""
    found = effects(table, measure)
    table.need([*moderators, *([cluster] if cluster else [])], "the choices made")
    _one_scale(table, measure, moderators)
    names = table.column(NAME) if NAME in table.columns else tuple(str(at + 1) for at in range(len(table.rows)))
    notes = [f"{table.place(at)}: {each.note}" for at, each in enumerate(found) if each.note]
    if not cluster:
        notes += [
            f"study {name} stands in {names.count(name)} rows, which are taken as independent; --cluster allows for it"
            for name in dict.fromkeys(names)
            if names.count(name) > 1
        ]
    held = Studies(
        names=names,
        effects=tuple(each.estimate for each in found),
        variances=tuple(each.variance for each in found),
        moderators=tuple(column for name in dict.fromkeys(moderators) for column in design(table, name)),
        clusters=_clusters(table, cluster) if cluster else (),
    )
    return held, tuple(notes)


def _clusters(table: Table, cluster: str) -> tuple[str, ...]:
    for at, label in enumerate(table.column(cluster)):
        if not label:
            raise BadInput(f"{table.place(at)}: {cluster}: a value is needed, the cell is empty")
    return table.column(cluster)


def _one_scale(table: Table, measure: Measure, moderators: Sequence[str]) -> None:
    """Differences on different scales have no common unit."""
    if measure not in (Measure.MD, Measure.GEN) or SCALE not in table.columns or SCALE in moderators:
        return
    scales = list(dict.fromkeys(table.column(SCALE)))
    if len(scales) > 1:
        raise BadInput(f"{SCALE}: one is needed for the measure {measure}, not {', '.join(scales)}; SMD has no unit")


def design(table: Table, moderator: str) -> list[tuple[str, tuple[float, ...]]]:
    """A moderator as columns of the design: its numbers, or one column a level against the first. Raises `BadInput`."""
    cells = table.column(moderator)
    for at, cell in enumerate(cells):
        if not cell:
            raise BadInput(f"{table.place(at)}: {moderator}: a value is needed, the cell is empty")
    numeric = [bool(_NUMBER.fullmatch(cell)) for cell in cells]
    if all(numeric):
        if len({float(cell) for cell in cells}) == 1:
            raise BadInput(f"moderator {moderator}: at least 2 different values are needed, not {cells[0]} throughout")
        return [(moderator, tuple(float(cell) for cell in cells))]
    if any(numeric):
        at = numeric.index(False)
        raise BadInput(f"{table.place(at)}: {moderator}: numbers or words are needed, not both: {cells[at]!r}")
    levels = sorted(set(cells))
    if len(levels) == 1:
        raise BadInput(f"moderator {moderator}: at least 2 different levels are needed, not {levels[0]!r} throughout")
    return [(moderator + level, tuple(float(cell == level) for cell in cells)) for level in levels[1:]]

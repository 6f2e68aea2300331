"""Adequate doses and durations of antidepressants, and the classes of drugs, built from `knowledge/medications/`."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from remit.knowledge.documents import rows, slug
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.medications_file import AdequacyRow as FileRow
from remit.knowledge.medications_file import Classes
from remit.pathway.history import AdequacyRow, AdequacyTable
from remit.pathway.interactions import DrugClasses, Membership
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput

FOLDER = Path(__file__).parent / "medications"
TABLE, CLASSES = FOLDER / "antidepressant_adequacy.csv", FOLDER / "classes.yaml"
_FROM_MEMORY = "unverified"
"""The table's word for a row of which nothing was read, so that not even its class is confirmed."""


def _file_rows() -> list[FileRow]:
    return [as_schema(row, FileRow, f"{TABLE.name}: {row['drug']}", lax=True) for row in rows(TABLE)]


def _classes() -> Classes:
    held = as_schema(read_typed(CLASSES), Classes, CLASSES.name)
    for group in held.drug_classes:
        if len(set(group.drugs)) != len(group.drugs):
            twice = next(drug for drug in group.drugs if group.drugs.count(drug) > 1)
            raise BadInput(f"{CLASSES.name}: {group.id}: each drug is given once, not {twice!r} twice")
    return held


@cache
def adequacy_table() -> AdequacyTable:
    """What an adequate antidepressant trial is, drug by drug. Raises `BadInput` for a file that does not fit."""
    aliases = _classes().drug_aliases
    return AdequacyTable(
        rows=tuple(_row(row, aliases.formulation_words) for row in _file_rows()),
        aliases=tuple(aliases.names.items()),
        formulation_words=aliases.formulation_words,
        same_substance=tuple(aliases.same_substance.items()),
    )


def _name(drug: str, formulation_words: frozenset[str]) -> str:
    """The drug without what the table adds in brackets and without a formulation.

    >>> _name("quetiapine XR (augmentation)", frozenset({"xr"}))
    'quetiapine'
    """
    words = drug.partition(" (")[0].split()
    return " ".join(word for word in words if word.lower() not in formulation_words)


def _row(row: FileRow, formulation_words: frozenset[str]) -> AdequacyRow:
    """A row; a bracket such as `(augmentation)` says that it judges the drug when it is added to another."""
    path = f"adequacy.{slug(row.drug)}"

    def sourced(column: str, value: float) -> Sourced[float]:
        return Sourced(value, lookup(path).source, f"{path}.{column}")

    return AdequacyRow(
        drug=row.drug,
        name=_name(row.drug, formulation_words),
        drug_class=row.drug_class,
        augmentation="(" in row.drug,
        min_dose_mg_day=sourced("min_dose_mg_day", row.min_dose_mg_day),
        min_weeks=sourced("min_weeks", row.min_weeks),
        min_weeks_athf=sourced("min_weeks_athf", row.min_weeks_athf),
        note=row.note,
    )


@cache
def drug_classes() -> DrugClasses:
    """Which drug belongs to which class: those of the sourced table, and the project's own lists."""
    held = _classes()
    from_table = [_table_membership(row, held.drug_aliases.formulation_words) for row in _file_rows()]
    from_lists = [
        Membership(drug, group.id, lookup(f"drug_classes.{group.id}").source, f"drug_classes.{group.id}")
        for group in held.drug_classes
        for drug in group.drugs
    ]
    return DrugClasses((*from_table, *from_lists), tuple(held.drug_aliases.names.items()))


def _table_membership(row: FileRow, formulation_words: frozenset[str]) -> Membership:
    path = f"adequacy.{slug(row.drug)}"
    name = _name(row.drug, formulation_words)
    return Membership(name, slug(row.drug_class), lookup(path).source, path, trusted=row.status != _FROM_MEMORY)

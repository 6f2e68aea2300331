"""What the files in `knowledge/medications/` may hold. A key or a column that is not named here is refused."""

from __future__ import annotations

import msgspec

from remit.pathway.sourced import Origin


class AdequacyRow(msgspec.Struct, forbid_unknown_fields=True, rename={"drug_class": "class"}):
    """A row of the table of adequate doses and durations."""

    drug: str
    drug_class: str
    min_dose_mg_day: float
    min_weeks: float
    source: str
    min_weeks_athf: float
    status: str
    note: str


class DrugClass(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    text: str
    drugs: list[str]
    origin: Origin
    status: str
    src: list[str]


class Aliases(msgspec.Struct, forbid_unknown_fields=True):
    names: dict[str, str]
    formulation_words: frozenset[str]
    same_substance: dict[str, str]
    origin: Origin
    status: str
    src: list[str]


class Classes(msgspec.Struct, forbid_unknown_fields=True):
    drug_classes: list[DrugClass]
    drug_aliases: Aliases

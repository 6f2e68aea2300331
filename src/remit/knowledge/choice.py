"""What the choice page stands on, built from `knowledge/choice.yaml`."""

from __future__ import annotations

from dataclasses import fields
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.files import as_schema
from remit.knowledge.index import lookup
from remit.knowledge.trials import trials
from remit.pathway.choice import CertaintyRule, ChoiceRules, Modality
from remit.pathway.sourced import Sourced
from remit.pathway.trials import Comparator
from remit.quantities import BadInput

FILE = "choice.yaml"
MODALITIES = "modalities"
WORDS = ("told_apart", "hidden")


class _Modality(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    molecule: str
    routes: tuple[str, ...]


class _Control(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    name: str
    control: str


class _ToldApart(msgspec.Struct):
    kinds: frozenset[Comparator]
    unless: frozenset[str]


@cache
def choice_rules() -> ChoiceRules:
    """Modalities, certainty, cost and harms. Raises `BadInput`."""
    band = lookup("cost_per_remission")
    if band.value["band"] not in {each.id for each in trials().time_bands}:
        raise BadInput(f"{FILE}: cost_per_remission.band: a stretch of time of the trials is needed")
    return ChoiceRules(
        modalities=tuple(_modality(held) for held in lookup(MODALITIES).value),
        compared_with=tuple(_control(held) for held in lookup("compared_with").value),
        certainty=_rule(),
        cost_band=Sourced(str(band.value["band"]), band.source, band.id, band.note),
        harms=as_schema(lookup("harm_words").value["events"], dict[str, str], FILE),
    )


def _modality(held: Any) -> Modality:
    one = as_schema(held, _Modality, FILE)
    known = trials()
    if one.molecule not in known.molecules.values() or not {*one.routes} <= {*known.routes.values()}:
        raise BadInput(f"{FILE}: {MODALITIES}.{one.id}: a molecule and routes of the trials are needed")
    return Modality(one.id, one.name, one.molecule, one.routes)


def _control(held: Any) -> Modality:
    one = as_schema(held, _Control, FILE)
    if one.control not in {arm.molecule for study in trials().studies for arm in study.comparators}:
        raise BadInput(f"{FILE}: compared_with.{one.id}: a comparator of the trials is needed, not {one.control!r}")
    return Modality(one.id, one.name, one.control, ())


def _rule() -> CertaintyRule:
    names = [field.name for field in fields(CertaintyRule) if field.name not in WORDS]
    entry = lookup("certainty.told_apart")
    held = as_schema({name: entry.value[name] for name in ("kinds", "unless")}, _ToldApart, FILE)
    kinds = Sourced(held.kinds, entry.source, entry.id, entry.note)
    return CertaintyRule(**{name: _number(name) for name in names}, told_apart=kinds, hidden=held.unless)


def _number(name: str) -> Sourced[float]:
    entry = lookup(f"certainty.{name}")
    if not isinstance(entry.value, int | float):
        raise BadInput(f"{FILE}: certainty.{name}: a number is needed, not {entry.value!r}")
    return Sourced(float(entry.value), entry.source, entry.id, entry.note)

"""What the knowledge says about computing a dose, as the value that the rules read."""

from __future__ import annotations

from functools import cache
from typing import Any, TypeVar

from remit.knowledge.index import Entry, lookup
from remit.pathway.dosing import DosingRules
from remit.pathway.preparation import VialRules
from remit.pathway.referral import Sex
from remit.pathway.sourced import Action, Sourced
from remit.pathway.weight import IdealWeight, WeightRules
from remit.quantities import Centimetres, Kilograms, MgPerMl

T = TypeVar("T")


@cache
def dosing_rules() -> DosingRules:
    """The rules for weights and vials; the clinic's own second-check limit is added by its settings."""
    return DosingRules(weight=_weight_rules(), vials=_vial_rules())


def _marked(value: T, entry: Entry) -> Sourced[T]:
    return Sourced(value, entry.source, entry.id, entry.note)


def _number(id: str) -> Sourced[float]:
    entry = lookup(id)
    return _marked(float(entry.value), entry)


def _bounds(id: str) -> tuple[Entry, float, float]:
    entry = lookup(id)
    return entry, float(entry.value["min"]), float(entry.value["max"])


def _action(id: str) -> Action:
    value: Any = lookup(id).value
    return Action(value["action"])


def _weight_rules() -> WeightRules:
    limit = lookup("weight_for_dose.max_age_days")
    weight, lightest, heaviest = _bounds("weight_plausibility.kilograms")
    height, shortest, tallest = _bounds("weight_plausibility.height_cm")
    bmi, thinnest, fattest = _bounds("weight_plausibility.body_mass_index")
    capped = lookup("weight_basis.capped")
    return WeightRules(
        age_days=_marked(int(limit.value), limit),
        age_action=_action("weight_for_dose"),
        change_percent=_number("weight_plausibility.change_percent"),
        bmi=_marked((thinnest, fattest), bmi),
        weight=_marked((Kilograms(lightest), Kilograms(heaviest)), weight),
        height=_marked((Centimetres(shortest), Centimetres(tallest)), height),
        obesity_bmi=_number("iv_racemic_ketamine.dose_rule.weight_basis.bmi_threshold"),
        obesity_action=_action("obesity"),
        ideal=_ideal(),
        capped=_marked(capped.note, capped),
    )


def _ideal() -> Sourced[IdealWeight]:
    entry = lookup("weight_basis.ideal")
    base = tuple((Sex(sex), Kilograms(kg)) for sex, kg in entry.value["base_kg"].items())
    formula = IdealWeight(base, Centimetres(entry.value["base_height_cm"]), float(entry.value["kg_per_cm"]))
    return _marked(formula, entry)


def _vial_rules() -> VialRules:
    strengths = lookup("concentration_confusion.vial_strengths_mg_per_ml")
    dilute = lookup("concentration_confusion.dilute_iv_from_mg_per_ml")
    return VialRules(
        strengths=_marked(tuple(MgPerMl(one) for one in strengths.value), strengths),
        dilute_from=_marked(MgPerMl(dilute.value), dilute),
        action=_action("concentration_confusion"),
    )

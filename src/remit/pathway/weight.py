"""The body weight that a dose is computed from: how old it may be, whether it can be true, and on which basis."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum
from typing import TypeVar

from remit.pathway.referral import Patient, Sex, Weight
from remit.pathway.sourced import Action, Finding, Source, Sourced, Status
from remit.quantities import Centimetres, Kilograms, body_mass_index

T = TypeVar("T")
_ROUNDING = 1e-9
"""What the arithmetic of a change may be off by."""


class WeightBasis(StrEnum):
    """Which weight a dose per kilogram is multiplied with."""

    ACTUAL = "actual"
    IDEAL = "ideal"
    CAPPED = "capped"


@dataclass(frozen=True, slots=True)
class IdealWeight:
    """A formula for ideal body weight: a base for the sex, and a step for each centimetre above the base height."""

    base: tuple[tuple[Sex, Kilograms], ...]
    base_height: Centimetres
    kg_per_cm: float

    def of(self, sex: Sex | None, height: Centimetres | None) -> Kilograms | None:
        """The ideal weight; null where sex or height is not known, or the formula has no value for them."""
        base = dict(self.base)
        if sex not in base or height is None:
            return None
        kg = base[sex].value + self.kg_per_cm * (height.value - self.base_height.value)
        return Kilograms(kg) if kg > 0 else None


@dataclass(frozen=True, slots=True)
class WeightRules:
    """What the knowledge says about weights. Bounds are the lowest and the highest plausible value."""

    age_days: Sourced[int]
    age_action: Action
    change_percent: Sourced[float]
    bmi: Sourced[tuple[float, float]]
    weight: Sourced[tuple[Kilograms, Kilograms]]
    height: Sourced[tuple[Centimetres, Centimetres]]
    obesity_bmi: Sourced[float]
    obesity_action: Action
    ideal: Sourced[IdealWeight]
    capped: Sourced[str]


@dataclass(frozen=True, slots=True)
class WeightUsed:
    """The weight a dose is computed from; null where there is none to use, and the findings say why."""

    kg: Kilograms | None
    basis: WeightBasis
    findings: tuple[Finding, ...] = ()


def weight_for_dose(
    patient: Patient, asof: date, basis: WeightBasis, rules: WeightRules, rule_source: Source
) -> WeightUsed:
    """The weight for a dose on a day, with every reason to doubt it. `rule_source` asks for a dose by weight."""
    if patient.weight is None:
        text = "no body weight is recorded, and the dose goes by weight"
        return WeightUsed(None, basis, (_cannot("weight_for_dose", text, rule_source),))
    found = [*weight_age_findings(patient.weight, asof, rules)]
    found += plausibility_findings(patient.weight.kg, None, patient.height, rules)
    kg, chosen = _on_basis(patient, patient.weight.kg, basis, rules)
    return WeightUsed(kg, basis, (*found, *chosen))


def weight_age_findings(weight: Weight, asof: date, rules: WeightRules) -> list[Finding]:
    """A weight older than the limit, or without its date; the last day of the limit is fine."""
    limit = rules.age_days
    if weight.measured_on is None:
        text = f"the day of the weighing is not recorded; at most {limit.value} days are allowed"
    elif (days := (asof - weight.measured_on).days) > limit.value:
        text = f"the weight is {days} days old; at most {limit.value} days are allowed"
    else:
        return []
    return [Finding("weight_for_dose", rules.age_action, text, limit.source, limit.path)]


def plausibility_findings(
    new: Kilograms, previous: Kilograms | None, height: Centimetres | None, rules: WeightRules
) -> list[Finding]:
    """Reasons to weigh again: a large change since the last weighing, or a weight that is hardly possible.

    Without a plausible height the weight itself is judged, with it the body mass index.
    """
    found = [*_change(new, previous, rules)]
    if height is None:
        return found + _implausible_weight(new, rules)
    low, high = rules.height.value
    if not low <= height <= high:
        text = f"a height of {height} is hardly possible ({low} to {high}): measure again"
        return [*found, _again("weight_plausibility", text, rules.height), *_implausible_weight(new, rules)]
    return found + _implausible_bmi(body_mass_index(new, height), rules)


def _again(id: str, text: str, limit: Sourced[T]) -> Finding:
    return Finding(id, Action.PRESCRIBER_REVIEW, text, limit.source, limit.path)


def _cannot(id: str, text: str, source: Source, path: str = "") -> Finding:
    """A block that no number has to be confirmed for: without the fact there is nothing to compute."""
    return Finding(id, Action.BLOCK, text, replace(source, status=Status.DERIVED, status_read="derived"), path)


def _change(new: Kilograms, previous: Kilograms | None, rules: WeightRules) -> list[Finding]:
    if previous is None or previous.value == 0:
        return []
    percent = (new.value - previous.value) / previous.value * 100
    if abs(percent) <= rules.change_percent.value + _ROUNDING:
        return []
    text = (
        f"{new} is {percent:+.1f} % from the last weight of {previous} "
        f"(limit {rules.change_percent.value:g} %): weigh again"
    )
    return [_again("weight_change", text, rules.change_percent)]


def _implausible_weight(new: Kilograms, rules: WeightRules) -> list[Finding]:
    low, high = rules.weight.value
    if low <= new <= high:
        return []
    return [_again("weight_plausibility", f"{new} is hardly possible ({low} to {high}): weigh again", rules.weight)]


def _implausible_bmi(bmi: float, rules: WeightRules) -> list[Finding]:
    low, high = rules.bmi.value
    if low <= bmi <= high:
        return []
    text = f"a body mass index of {bmi:.1f} kg/m² is hardly possible ({low:g} to {high:g}): weigh and measure again"
    return [_again("weight_plausibility", text, rules.bmi)]


def _on_basis(
    patient: Patient, actual: Kilograms, basis: WeightBasis, rules: WeightRules
) -> tuple[Kilograms | None, list[Finding]]:
    if basis is WeightBasis.ACTUAL:
        return actual, _obesity(patient, actual, rules)
    if basis is WeightBasis.IDEAL:
        source: Source = rules.ideal.source
        path, kg = rules.ideal.path, rules.ideal.value.of(patient.sex, patient.height)
        needed = "sex (female or male) and height"
    else:
        source, path, needed = rules.capped.source, rules.capped.path, "height"
        kg = _capped(patient.height, rules.obesity_bmi.value)
    if kg is None:
        text = f"weight basis {basis}: {needed} must be recorded"
        return None, [_cannot("weight_basis", text, source, path)]
    used = min(kg, actual)
    text = f"{used.value:.1f} kg ({basis}) is used in place of the actual {actual}"
    return used, [Finding("weight_basis", Action.PRESCRIBER_REVIEW, text, source, path)]


def _obesity(patient: Patient, actual: Kilograms, rules: WeightRules) -> list[Finding]:
    if patient.height is None:
        return []
    bmi, limit = body_mass_index(actual, patient.height), rules.obesity_bmi
    if bmi < limit.value:
        return []
    text = (
        f"body mass index {bmi:.1f} kg/m² ({limit.value:g} or more): decide the weight basis; the actual weight is used"
    )
    return [Finding("obesity", rules.obesity_action, text, limit.source, limit.path)]


def _capped(height: Centimetres | None, bmi: float) -> Kilograms | None:
    return None if height is None else Kilograms(bmi * (height.value / 100) ** 2)

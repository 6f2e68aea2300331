"""The second person recomputes a prepared dose from molecule, strength and volume; agreeing by nodding is not possible.

What the first person drew, what the second computed on their own, and what was ordered must come to the same dose.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from remit.pathway.sourced import Action, Finding, Sourced
from remit.quantities import Kilograms, MgPerKg, MgPerMl, Milligrams, Millilitres, Molecule


@dataclass(frozen=True, slots=True)
class Ordered:
    """What was ordered; `per_kg` where the milligrams follow from the body weight, up to a `ceiling` if one is set."""

    molecule: Molecule
    mg: Milligrams
    per_kg: MgPerKg | None = None
    ceiling: Milligrams | None = None


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the first person says: read from the vial and the syringe."""

    molecule: Molecule
    strength: MgPerMl
    volume: Millilitres

    @property
    def mg(self) -> Milligrams:
        """The dose in the syringe."""
        return self.strength * self.volume


@dataclass(frozen=True, slots=True)
class Recomputed:
    """What the second person says without seeing the first: a volume or a dose, and the weight where it decides."""

    molecule: Molecule
    strength: MgPerMl
    volume: Millilitres | None = None
    mg: Milligrams | None = None
    weight: Kilograms | None = None


def check_preparation(
    order: Ordered, first: Drawn, second: Recomputed, tolerance_percent: Sourced[float]
) -> list[Finding]:
    """Every reason for which this dose may not start; none means that both people and the order agree.

    Differences up to the tolerance are rounding. A ten-fold slip, pounds taken for kilograms and a molecule mistaken
    for another lie far beyond it.
    """
    found = _molecules(order, first, second)
    if not math.isclose(first.strength.value, second.strength.value):
        text = f"the first person reads {first.strength}, the second {second.strength}"
        found.append(("concentration_confusion", text))
    found += _amounts(order, first, second, tolerance_percent.value)
    source, path = tolerance_percent.source, tolerance_percent.path
    return [Finding(id, Action.BLOCK, text, source, path) for id, text in found]


def _molecules(order: Ordered, first: Drawn, second: Recomputed) -> list[tuple[str, str]]:
    said = (("the first person", first.molecule), ("the second person", second.molecule))
    return [
        ("molecule_confusion", f"{who} reads {molecule.value}, ordered is {order.molecule.value}")
        for who, molecule in said
        if molecule is not order.molecule
    ]


def _amounts(order: Ordered, first: Drawn, second: Recomputed, percent: float) -> list[tuple[str, str]]:
    found = []
    if _apart(first.mg.value, order.mg.value, percent):
        found.append(("dose_mismatch", f"{first.volume} of {first.strength} are {first.mg}, ordered are {order.mg}"))
    if second.volume is None and second.mg is None:
        found.append(("second_dose_missing", "the second person states neither a volume nor a dose"))
    if second.volume is not None and _apart(second.volume.value, first.volume.value, percent):
        found.append(("volume_mismatch", f"the second person computes {second.volume}, drawn are {first.volume}"))
    computed = (second.mg, second.strength * second.volume if second.volume else None)
    found += [
        ("dose_mismatch", f"the second person computes {mg}, ordered are {order.mg}")
        for mg in computed
        if mg is not None and _apart(mg.value, order.mg.value, percent)
    ]
    return found + _by_weight(order, second, percent)


def _by_weight(order: Ordered, second: Recomputed, percent: float) -> list[tuple[str, str]]:
    if order.per_kg is None:
        return []
    if second.weight is None:
        return [("second_weight_missing", "the dose follows from the weight, and the second person states none")]
    due = order.per_kg * second.weight
    if order.ceiling is not None:
        due = min(due, order.ceiling)
    if _apart(due.value, order.mg.value, percent):
        return [("weight_mismatch", f"{order.per_kg} for {second.weight} are {due}, ordered are {order.mg}")]
    return []


def _apart(one: float, other: float, percent: float) -> bool:
    """True where two amounts differ by more than so many percent of the smaller one."""
    return abs(one - other) > min(one, other) * percent / 100 and not math.isclose(one, other)

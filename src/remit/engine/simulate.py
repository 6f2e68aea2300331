"""Regimens on virtual patients: concentrations and session effects over time, with what is known of each link."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine.blocks import Block, blocks, followers
from remit.engine.course import by_system
from remit.engine.people import Array, People
from remit.engine.plan import Plan, last_input
from remit.engine.regimen import check
from remit.engine.spread import LARGEST_TASK, Workers, spread
from remit.pathway.kinetics import Pharmacology, Site
from remit.quantities import BadInput

__all__ = ["EFFECTS", "Plan", "Result", "followers", "last_input", "simulate"]

_LARGEST = 2 * 10**8
"""Numbers kept in memory at most."""
_MOST_QUANTITIES = 15
EFFECTS = {
    "nmda_block": "share",
    "cadss": "points",
    "systolic_change_mmhg": "mmHg",
    "diastolic_change_mmhg": "mmHg",
    "pulse_change_per_min": "/min",
    "moaas": "points",
}
"""What is computed besides concentrations, with its unit."""


@dataclass(frozen=True, slots=True)
class Result:
    """Arrays: `values` by quantity, shape (patients, times); `summary` by quantity and measure, shape (patients,).

    Concentrations are ng/mL, the others as `EFFECTS` says. A measure says its own unit (`tmax_h`, `auc_ng_h_ml`);
    `cmax`, `max` and `min` have that of the quantity. The times are those of the plan, in hours.
    """

    plan: Plan
    values: Mapping[str, Array]
    summary: Mapping[str, Mapping[str, Array]]
    status: Mapping[str, Mapping[str, object]]
    extrapolation: tuple[str, ...]
    handed_over: int = 0


def simulate(
    facts: Pharmacology,
    plan: Plan,
    *,
    beyond: bool = False,
    workers: Workers = 1,
    shown: Collection[str] | None = None,
    went_on: Callable[[int], None] | None = None,
) -> Result:
    """Simulate a plan. Raises `BadInput` for a dose above what the model knows, unless `beyond` allows it.

    `values` are ng/mL for concentrations, else as `EFFECTS` says; `summary` holds `cmax`, `tmax_h`, `auc_ng_h_ml` (to
    infinity), `auc_window_ng_h_ml` (to the last output time) and `half_life_h`. `workers` is a number of threads,
    `processes:N` or the address of a Dask scheduler; the answer is the same. `shown` leaves out all other quantities;
    `went_on` hears of each patients that were computed, how many they are.
    """
    said = checked(plan, beyond=beyond)
    _check_size(plan)
    kept = _Kept(plan, shown)
    for block in _computed(facts, plan, workers, shown is None):
        kept.add(block)
        if went_on is not None:
            went_on(block.count)
    values = {name: held.T for name, held in kept.values.items()}
    return Result(plan, values, kept.summary, status(facts, plan, list(values)), said, kept.handed_over)


_SENT_AT_ONCE = 4 * 10**6
"""Numbers that a worker elsewhere sends at once, about."""


def _computed(facts: Pharmacology, plan: Plan, workers: Workers, kept: bool) -> Iterator[Block]:
    if isinstance(workers, int):
        yield from blocks(facts, plan, workers, kept=kept)
        return
    most = max(_SENT_AT_ONCE // (len(plan.times) * _MOST_QUANTITIES), 1)
    for some in spread(whole_blocks, (facts, plan), plan.people.count, workers, min(most, LARGEST_TASK)):
        yield from some


def whole_blocks(facts: Pharmacology, plan: Plan, part: range) -> list[Block]:
    """Some of a plan's patients, everybody with all numbers."""
    return list(blocks(facts, plan, 1, part))


def checked(plan: Plan, *, beyond: bool = False) -> tuple[str, ...]:
    """Which doses were never studied. Raises `BadInput` for none at all, and for one above what the model knows."""
    if not plan.doses:
        raise BadInput("regimen: at least one dose is needed, there is none")
    weight = float(_typical(plan.people).number("weight")[0])
    return () if beyond else check(plan.doses, weight)


def _typical(people: People) -> People:
    return People(people.population, people.seed, 0, 1, vary=False, fixed=people.fixed)


def _check_size(plan: Plan) -> None:
    most = most_kept(plan)
    if plan.people.count > most:
        raise BadInput(f"n: at most {most} patients are kept with {len(plan.times)} times, not {plan.people.count}")


def most_kept(plan: Plan) -> int:
    """How many patients can be kept one by one with the plan's times."""
    return _LARGEST // (len(plan.times) * _MOST_QUANTITIES)


class _Kept:
    """Everybody's numbers, as the blocks come in."""

    def __init__(self, plan: Plan, shown: Collection[str] | None) -> None:
        self.plan = plan
        self.shown = shown
        self.values: dict[str, Array] = {}
        self.summary: dict[str, dict[str, Array]] = {}
        self.handed_over = 0

    def add(self, block: Block) -> None:
        """Put a block in its place."""
        many, place = self.plan.people.count, slice(block.first, block.first + block.count)
        names = [name for name in self.shown or block.values if name in block.values]
        if not self.values:
            self.values = dict(block.whole or {name: np.empty((len(block.values[name]), many)) for name in names})
            self.summary = {name: {what: np.empty(many) for what in block.summary[name]} for name in names}
        for name in names:
            if not block.whole:
                self.values[name][:, place] = block.values[name]
            for what, each in block.summary[name].items():
                self.summary[name][what][place] = each
        self.handed_over += block.handed_over


_SUREST_FIRST = ("calibrated", "assumed", "hypothesis")


def status(facts: Pharmacology, plan: Plan, names: Sequence[str]) -> dict[str, dict[str, object]]:
    """How far each quantity is known, and from what."""
    ways = {one.formulation.key: one.formulation for one in plan.doses}.values()
    systems = [system for system, _ in by_system(plan.doses).values()]
    link = max((way.link for way in ways), key=_SUREST_FIRST.index)
    # Two drugs in one body: the factors of the other drug were solved from few ratios.
    link = max(link, "assumed" if plan.with_drugs else link, key=_SUREST_FIRST.index)
    model: dict[str, object] = {
        "models": sorted({system.id for system in systems}),
        "status": sorted(
            {system.source.status.value for system in systems} | {way.source.status.value for way in ways}
        ),
        "notes": sorted({way.note for way in ways if way.note}),
    }
    known = facts.effects
    arterial = all(Site.ARTERIAL in system.sites for system in systems)
    driven = (
        "arterial concentration" if arterial else "venous concentration, as no arterial model of this route is known"
    )
    found: dict[str, dict[str, object]] = {}
    for name in names:
        if name == "nmda_block":
            assay = plan.assay or known.assays[0]
            found[name] = {
                "link": known.block_link, "assay": assay.id, "assay_name": assay.name, "driven_by": driven,
                "notes": [known.block_note],
            }  # fmt: skip
        elif name in EFFECTS:
            effect = known.of(name)
            found[name] = {"link": effect.link, "driven_by": driven, "notes": [effect.note]}
        else:
            found[name] = {"link": link, "site": plan.site.value, **model}
    return found

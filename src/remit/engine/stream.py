"""A crowd too large to be kept: only counts in bins stay of each block, so that memory does not grow with its size."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial

from remit.engine.bins import MOST, Bins
from remit.engine.blocks import Block, blocks
from remit.engine.fast import kernel
from remit.engine.plan import Plan
from remit.engine.simulate import Result, checked, most_kept, simulate, status
from remit.engine.spread import Workers, spread
from remit.pathway.kinetics import Pharmacology
from remit.quantities import BadInput

EXACT_UP_TO = 10_000
"""Patients up to whom everybody's numbers are kept and percentiles are those of the numbers themselves."""


@dataclass(frozen=True, slots=True)
class Streamed:
    """Counts instead of everybody's numbers: `values` by quantity at each time, `summary` by quantity and measure."""

    plan: Plan
    values: Mapping[str, Bins]
    summary: Mapping[str, Mapping[str, Bins]]
    status: Mapping[str, Mapping[str, object]]
    extrapolation: tuple[str, ...]
    handed_over: int = 0


def simulated(
    facts: Pharmacology,
    plan: Plan,
    workers: Workers = 1,
    shown: Collection[str] | None = None,
    went_on: Callable[[int], None] | None = None,
) -> Result | Streamed:
    """Everybody's numbers for as many as can be kept, counts in bins for more."""
    if plan.people.count <= min(EXACT_UP_TO, most_kept(plan)):
        return simulate(facts, plan, workers=workers, shown=shown, went_on=went_on)
    return streamed(facts, plan, workers, shown, went_on)


def streamed(
    facts: Pharmacology,
    plan: Plan,
    workers: Workers = 1,
    shown: Collection[str] | None = None,
    went_on: Callable[[int], None] | None = None,
) -> Streamed:
    """The same as `simulate` for any number of patients, in memory that does not grow with it.

    `shown` leaves out all other quantities; `went_on` hears of each patients that were counted, how many they are.
    """
    said = checked(plan)
    if plan.people.count > MOST:
        raise BadInput(f"n: at most {MOST} patients can be counted, not {plan.people.count}")
    if isinstance(workers, int):
        found = counted(facts, plan, range(plan.people.count), workers, shown, went_on)
    else:
        found = Counts()
        for part in spread(partial(counted, shown=shown), (facts, plan), plan.people.count, workers):
            found.join(part)
            if went_on is not None:
                went_on(part.people)
    return Streamed(plan, found.values, found.summary, status(facts, plan, list(found.values)), said, found.handed_over)


@dataclass(slots=True)
class Counts:
    """What is kept of the patients so far: see `Streamed`."""

    values: dict[str, Bins] = field(default_factory=dict)
    summary: dict[str, dict[str, Bins]] = field(default_factory=dict)
    handed_over: int = 0
    people: int = 0
    fast: bool = False
    """Whether compiled code counts."""

    def add(self, block: Block, shown: Collection[str] | None = None) -> None:
        """Count a block of patients: these quantities, or all."""
        for name in block.values if shown is None else [name for name in shown if name in block.values]:
            held = block.values[name]
            self.values.setdefault(name, Bins(len(held), fast=self.fast)).add(held)
            for what, each in block.summary[name].items():
                self.summary.setdefault(name, {}).setdefault(what, Bins(1, fast=self.fast)).add(each[None])
        self.handed_over += block.handed_over
        self.people += block.count

    def join(self, other: Counts) -> None:
        """Count whom somebody else has counted."""
        for name, held in other.values.items():
            self.values.setdefault(name, Bins(len(held.low))).join(held)
        for name, numbers in other.summary.items():
            for what, each in numbers.items():
                self.summary.setdefault(name, {}).setdefault(what, Bins(1)).join(each)
        self.handed_over += other.handed_over
        self.people += other.people


def counted(
    facts: Pharmacology,
    plan: Plan,
    part: range,
    workers: int = 1,
    shown: Collection[str] | None = None,
    went_on: Callable[[int], None] | None = None,
) -> Counts:
    """Some of a plan's patients in bins."""
    found = Counts(fast=kernel(plan.people.count) is not None)
    for block in blocks(facts, plan, workers, part):
        found.add(block, shown)
        if went_on is not None:
            went_on(block.count)
    return found

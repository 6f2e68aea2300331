"""What regimens do to the MADRS: each as an arm of virtual trials beside the placebo course, day by day.

The arms are made from the doses themselves; everybody comes to every session and visit. All regimens are given to the
same virtual people, the comparator to others, as in a trial.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any

from remit.engine.arms import Arm, comparator_arm
from remit.engine.drive import panel
from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.plan import Plan
from remit.engine.regimen import check
from remit.engine.sessions import Sessions, sessions
from remit.engine.trial import BLOCK, ArmResult, TrialPlan, gathered, some_trials
from remit.engine.trial_report import document
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain
from remit.quantities import BadInput

DRUG = "regimen"
"""The arm of a regimen in its document; the other one has the comparator's id."""
SIZE, TRIALS = 100, 200
"""The trials that are run, whatever number of patients is looked at: each of the worlds of the fit is seen once."""
PLAIN_DAYS = (1.0, 7.0, 28.0)
"""Days after the first dose on which results are read in words, as `remit trial` reads them."""
SHOWN_AFTER_D = 28.0
"""For how long after the last session the course is shown."""
LONGEST_D = 364.0
"""A regimen whose sessions last longer is not followed: the points would lie a week apart and more."""
_MOST_POINTS = 60


@dataclass(frozen=True, slots=True)
class MoodAsked:
    """The trials that are run: patients an arm, how often, their seed, and whether all begin an antidepressant."""

    seed: int
    size: int = SIZE
    trials: int = TRIALS
    new_antidepressant: bool = False

    def people(self, regimens: int) -> int:
        """How many virtual patients that are, the comparator's among them."""
        return (regimens + 1) * self.size * self.trials


def regimen_mood(
    facts: Pharmacology,
    chain: MoodChain,
    endpoints: Endpoints,
    studied: Collection[tuple[str, str]],
    plans: Sequence[Plan],
    asked: MoodAsked,
    went_on: Callable[[int], None] | None = None,
) -> dict[str, Any]:
    """The course of the MADRS under each regimen: `regimens` has a trial's document each, or the reason for none.

    `studied`: molecule and route of the trials to which the chain was fitted. `went_on` hears of each patients that
    were computed, how many they are.
    """
    heard = went_on or _unheard
    made = [_arm(facts, chain, plan, asked, studied) for plan in plans]
    arms = [one for one in made if isinstance(one, Arm)]
    days = days_shown(arms)
    trials = TrialPlan((), endpoints, asked.size, asked.trials, asked.seed, tuple(day * 24.0 for day in days))
    beside = next(one for one in chain.comparators.values() if one.new_antidepressant == asked.new_antidepressant)
    control = _run(chain, replace(trials, follow=False), comparator_arm(beside, _NOTHING), [], "arm 1", heard)
    told: list[dict[str, Any]] = []
    for plan, one in zip(plans, made, strict=True):
        found = _told(facts, chain, trials, plan, one, control, heard) if isinstance(one, Arm) else {"none": one}
        told.append(found)
        if "none" in found:
            heard(asked.size * asked.trials)
    return {"regimens": told, "comparator": beside.id, "comparator_name": beside.name, "at_d": list(days)}


def _unheard(count: int) -> None:
    """Nobody asks how far it is."""


_NOTHING = Arm(DRUG, DRUG, (0.0,))


def days_shown(arms: Sequence[Arm]) -> tuple[float, ...]:
    """The days on which scores are read: evenly over all courses and four weeks after, and those read in words."""
    end = ceil(max([0.0, *(one.sessions[-1] for one in arms)]) + SHOWN_AFTER_D)
    step = ceil(end / _MOST_POINTS)
    plain = {day for one in arms for day in plain_days(one)} or set(PLAIN_DAYS)
    return tuple(sorted({*(float(day) for day in range(step, end + 1, step)), *plain}))


def plain_days(arm: Arm) -> tuple[float, ...]:
    """The days that are read in words: the usual ones, and the day after the last session of a series."""
    after = {arm.sessions[-1] + 1.0} if len(arm.sessions) > 1 else set()
    return tuple(sorted({*PLAIN_DAYS, *after}))


def _arm(
    facts: Pharmacology, chain: MoodChain, plan: Plan, asked: MoodAsked, studied: Collection[tuple[str, str]]
) -> Arm | str:
    """A regimen as an arm, or why there is none."""
    held = sessions(plan.doses)
    if held.days[-1] > LONGEST_D:
        return f"the course of mood is followed for up to {LONGEST_D:g} d, this regimen lasts {held.days[-1]:g} d"
    return Arm(
        DRUG, DRUG, held.days, held.ladder, each=held.each,
        new_antidepressant=asked.new_antidepressant, notes=tuple(_notes(facts, chain, plan, held, studied)),
    )  # fmt: skip


def _notes(
    facts: Pharmacology, chain: MoodChain, plan: Plan, held: Sessions, studied: Collection[tuple[str, str]]
) -> list[str]:
    """Where the chain goes beyond the trials behind it."""
    said = [f"extrapolation: {words}" for words in check(plan.doses, _weight(plan))]
    ways = dict.fromkeys((one.molecule.id, one.formulation.route.value) for one in plan.doses)
    said += [
        f"extrapolation: to no trial of {route} {molecule} was the course of mood fitted; it rests on receptor block"
        for molecule, route in ways
        if (molecule, route) not in studied
    ]
    gaps = [later - day for day, later in zip(held.days, held.days[1:], strict=False)]
    if gaps and min(gaps) * 24.0 < chain.reference.window_h:
        said.append(f"sessions less than {chain.reference.window_h:g} h apart: each drives as if it stood alone")
    if plan.assay is not None and plan.assay != facts.effects.assays[0]:
        said.append("mood is computed with the receptor affinities that the chain was fitted with")
    return said


def _told(
    facts: Pharmacology,
    chain: MoodChain,
    trials: TrialPlan,
    plan: Plan,
    arm: Arm,
    control: ArmResult,
    went_on: Callable[[int], None],
) -> dict[str, Any]:
    try:
        panels = [panel(facts, chain, one, plan.people.fixed, plan.with_drugs) for one in arm.ladder]
    except BadInput as refused:
        return {"none": str(refused)}
    found = _run(chain, trials, arm, panels, "arm 0", went_on)
    return {**document(chain, trials, [found, control]), "plain_d": list(plain_days(arm))}


def _run(
    chain: MoodChain, trials: TrialPlan, arm: Arm, panels: list[Array], key: str, went_on: Callable[[int], None]
) -> ArmResult:
    found, each = [], max(1, BLOCK // trials.size)
    for first in range(0, trials.trials, each):
        part = range(first, min(first + each, trials.trials))
        found.append(some_trials(chain, trials, arm, panels, key, part))
        went_on(len(part) * trials.size)
    return gathered(trials, arm, found)


def _weight(plan: Plan) -> float:
    return float(plan.people.fixed.get("weight", plan.people.population.measured["weight"].median))

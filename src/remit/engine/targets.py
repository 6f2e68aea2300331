"""What the chain predicts of a published result: for the fit as it is on average, for the report as one trial of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.arms import Arm, Wanted, comparator_arm, protocol_arm
from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.second_scale import SecondScale
from remit.engine.trial import ArmResult, TrialPlan, run_arm
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain, Target
from remit.pathway.protocol import Protocol
from remit.pathway.scales import Criterion, Measure

SHARES = frozenset({"response", "remission", "fell"})
_DAY = 24.0
_OWN, _OTHER = "arm 0", "arm 1"


@dataclass(frozen=True, slots=True)
class Case:
    """A target with the arms that it needs: its own, the one beside it, or both."""

    target: Target
    arm: Arm
    other: Arm | None
    endpoints: Endpoints
    second: SecondScale | None = None
    """The scale of the target, where it is not the MADRS."""


def cases(
    facts: Pharmacology,
    chain: MoodChain,
    targets: Sequence[Target],
    protocols: dict[str, Protocol],
    endpoints: Endpoints,
    second: SecondScale | None = None,
) -> list[Case]:
    """The targets with their arms; all are on the `second` scale, where one is given.

    Raises `BadInput` where one names something unknown.
    """
    found = [_case(facts, chain, one, protocols[one.protocol], endpoints) for one in targets]
    return found if second is None else [replace(one, second=_counting(second, one.target)) for one in found]


def _counting(second: SecondScale, one: Target) -> SecondScale:
    """The scale with those counted as responders whom a share of it is of."""
    if one.fell_by is None:
        return second
    fell = Criterion(Measure.POINTS_FALL, one.fell_by)
    return replace(second, endpoints=replace(second.endpoints, response=fell))


def _case(facts: Pharmacology, chain: MoodChain, one: Target, protocol: Protocol, endpoints: Endpoints) -> Case:
    arm = protocol_arm(facts, chain, protocol, Wanted(one.option, one.sessions, one.dose))
    arm = replace(arm, new_antidepressant=one.new_antidepressant)
    other = None
    if one.against is not None:
        held = comparator_arm(chain.comparator(one.against), arm)
        other = replace(held, new_antidepressant=one.new_antidepressant)
    if one.remission_at_most is not None:
        endpoints = replace(endpoints, remission=Criterion(Measure.AT_MOST, one.remission_at_most))
    return Case(one, arm, other, endpoints)


def expected(facts: Pharmacology, chain: MoodChain, held: Sequence[Case], size: int, seed: int) -> Array:
    """Each target's value among so many patients of the typical world: shape (targets,)."""
    known: dict[tuple[object, ...], ArmResult] = {}
    return np.array([_value(facts, chain, one, held, known, size, seed) for one in held])


def _value(
    facts: Pharmacology,
    chain: MoodChain,
    one: Case,
    held: Sequence[Case],
    known: dict[tuple[object, ...], ArmResult],
    size: int,
    seed: int,
) -> float:
    found = []
    for arm, key in _wanted(one):
        asked = _asked(one, arm, key)
        if asked not in known:
            alike = [case for case in held if any(_asked(case, *pair) == asked for pair in _wanted(case))]
            known[asked] = run_arm(facts, chain, _plan(alike, size, 1, seed, unsure=False), arm, key)
        at_h = sorted({case.target.at_h for case in held if case.target.at_h and asked in _all_asked(case)})
        found.append(float(_read(one.target, known[asked], at_h)[0]))
    return found[0] - found[1] if one.target.arm == "difference" else found[0]


def _wanted(one: Case) -> list[tuple[Arm, str]]:
    drug, other = (one.arm, _OWN), (one.other or one.arm, _OTHER)
    return {"drug": [drug], "comparator": [other], "difference": [drug, other]}[one.target.arm]


def _all_asked(one: Case) -> list[tuple[object, ...]]:
    return [_asked(one, arm, key) for arm, key in _wanted(one)]


def _asked(one: Case, arm: Arm, key: str) -> tuple[object, ...]:
    """What two targets have in common that can be read from one run."""
    cut = one.target.remission_at_most
    return arm.id, arm.said, arm.sessions, arm.new_antidepressant, one.target.baseline, cut, key


def _plan(alike: Sequence[Case], size: int, trials: int, seed: int, *, unsure: bool) -> TrialPlan:
    first = alike[0]
    return TrialPlan(
        arms=(),
        endpoints=first.endpoints,
        size=size,
        trials=trials,
        seed=seed,
        at_h=tuple(sorted({one.target.at_h for one in alike if one.target.at_h})) or (_DAY,),
        baseline=first.target.baseline,
        unsure=unsure,
        follow=any(one.target.quantity == "relapse" for one in alike),
        second=first.second,
    )


def together(facts: Pharmacology, chain: MoodChain, held: Sequence[Case], trials: int, seed: int) -> Array:
    """How far chance moves the targets of one arm at one time together, for they are of the same people.

    Correlations over so many trials of the typical world, 0 between others: shape (targets, targets).
    """
    found = np.eye(len(held))
    for alike in _same_people(held):
        runs = np.stack([repeated(facts, chain, held[at], trials, seed, unsure=False) for at in alike])
        moves = runs.std(axis=1) > 0
        known = np.ix_(np.array(alike)[moves], np.array(alike)[moves])
        found[known] = np.corrcoef(runs[moves])
    return found


def _same_people(held: Sequence[Case]) -> list[list[int]]:
    """Which targets are of one arm of one study at one time, where there are several."""
    groups: dict[tuple[object, ...], list[int]] = {}
    for at, one in enumerate(held):
        asked = one.target.study, one.target.arm, one.arm.said, one.arm.sessions, one.target.at_h
        groups.setdefault(asked, []).append(at)
    return [alike for alike in groups.values() if len(alike) > 1]


def repeated(facts: Pharmacology, chain: MoodChain, one: Case, trials: int, seed: int, *, unsure: bool = True) -> Array:
    """A target in so many trials of its own size, each in a world that the fit left possible: shape (trials,).

    Not `unsure`: all in the typical world.
    """
    sizes = {_OWN: one.target.size, _OTHER: one.target.against_size}
    found = []
    for arm, key in _wanted(one):
        plan = _plan([one], max(sizes[key], 2), trials, seed, unsure=unsure)
        found.append(_read(one.target, run_arm(facts, chain, plan, arm, key), list(plan.at_h)))
    return found[0] - found[1] if one.target.arm == "difference" else found[0]


def _read(one: Target, result: ArmResult, at_h: Sequence[float]) -> Array:
    if one.quantity == "relapse":
        return result.relapse
    if one.quantity == "first" and result.second is not None:
        return result.second.first[:, 0]
    at = list(at_h).index(one.at_h)
    seen = result.second or result
    if one.quantity == "fall":
        return -seen.change[:, at]
    column = np.asarray(getattr(seen, "response" if one.quantity == "fell" else one.quantity))[:, at]
    return column * 100.0 if one.quantity in SHARES else column

"""Virtual trials: arms of virtual patients, many times over, each time in a world that the doubt allows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from remit.engine.arms import Arm
from remit.engine.drive import drives, panel
from remit.engine.endpoints import Endpoints, Met, Relapses, met
from remit.engine.mood import Draws, Plasticity, Scores, effect
from remit.engine.people import Array
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain

BLOCK = 16_384
"""Patients computed together."""


@dataclass(frozen=True, slots=True)
class TrialPlan:
    """A trial: arms, patients an arm, how often it is repeated, and when it is read (hours from the first session).

    `size` 0 is the typical patient: no spread, no doubt. `unsure` False leaves out what is not known of the values.
    """

    arms: tuple[Arm, ...]
    endpoints: Endpoints
    size: int
    trials: int
    seed: int
    at_h: tuple[float, ...]
    baseline: float | None = None
    unsure: bool = True


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm over all trials; `change`, `sd`, `response`, `remission` have shape (trials, times)."""

    arm: Arm
    change: Array
    sd: Array
    response: Array
    remission: Array
    relapse: Array
    """The median time to relapse after the last session in days: shape (trials,)."""


def trial(facts: Pharmacology, chain: MoodChain, plan: TrialPlan) -> tuple[ArmResult, ...]:
    """Run a trial's arms. The answer does not depend on how the trials are split into blocks."""
    return tuple(_arm(facts, chain, plan, one, f"arm {at}") for at, one in enumerate(plan.arms))


def _arm(facts: Pharmacology, chain: MoodChain, plan: TrialPlan, arm: Arm, key: str) -> ArmResult:
    panels = [panel(facts, chain, session) for session in arm.ladder]
    size, trials = max(plan.size, 1), plan.trials if plan.size else 1
    each = max(1, BLOCK // size)
    blocks = []
    for first in range(0, trials, each):
        draws = Draws(
            chain, plan.seed, key, size, first, min(each, trials - first), plan.size > 0, plan.unsure and plan.size > 0
        )
        blocks.append(_block(chain, plan, arm, panels, draws))
    whole = [np.concatenate([block[at] for block in blocks]) for at in range(5)]
    return ArmResult(arm, *whole)


def _block(chain: MoodChain, plan: TrialPlan, arm: Arm, panels: list[Array], draws: Draws) -> tuple[Array, ...]:
    people = Scores.of(draws, plan.baseline, antidepressant=arm.new_antidepressant)
    held = plan.endpoints
    visits = chain.visits
    last = arm.sessions[-1]
    end = last + visits.end_after_days
    reading = [hours / 24 for hours in plan.at_h]
    follow = [last + step * visits.every_days for step in range(1, int(visits.follow_days / visits.every_days) + 1)]
    rated: dict[float, Array] = {}
    relapses: Relapses | None = None
    for day, _, score in walk(arm, panels, draws, people, held, sorted({*reading, end, *follow})):
        responds = met(held.scale, held.response, people.baseline, score)
        if day in reading:
            rated[day] = score
        if day == end:
            relapses = Relapses.of(held.consecutive, responds)
        elif relapses is not None and day in follow:
            relapses.visit(day - last, responds)
    found = [_read(held, people.baseline, rated[day], draws.trials) for day in reading]
    columns = [np.stack([one[at] for one in found], axis=1) for at in range(4)]
    middle = relapses.median(draws.trials) if relapses else np.full(draws.trials, np.nan)
    return (*columns, middle)


def _read(held: Endpoints, baseline: Array, score: Array, trials: int) -> tuple[Array, Array, Array, Array]:
    change = (score - baseline).reshape(trials, -1)
    sd = change.std(axis=1, ddof=1) if change.shape[1] > 1 else np.full(trials, np.nan)
    return (change.mean(axis=1), sd, _share(met(held.scale, held.response, baseline, score), trials),
            _share(met(held.scale, held.remission, baseline, score), trials))  # fmt: skip


def _share(found: Met, trials: int) -> Array:
    return np.asarray(found.reshape(trials, -1).mean(axis=1))


def walk(
    arm: Arm, panels: list[Array], draws: Draws, people: Scores, held: Endpoints, visits: list[float]
) -> Iterator[tuple[float, Array, Array]]:
    """At each visit, in order: its day, the plasticity, the rated scores; on the day of a session, before it."""
    state = Plasticity.of(draws)
    effects = [effect(draws.chain, draws.of("drive_half"), drives(one, draws.share("drive"))) for one in panels]
    step = np.zeros(draws.count, np.intp)
    now = 0.0
    for day in sorted({*arm.sessions, *visits}):
        if panels and day > now:
            state.pass_on(day - now)
        now = day
        score = people.rated(day, state.total)
        if day in visits:
            yield day, state.total, score
        if day in arm.sessions and panels:
            if arm.each:
                state.dose(effects[arm.each[arm.sessions.index(day)]])
                continue
            if day > arm.sessions[0]:
                responds = met(held.scale, held.response, people.baseline, score)
                step = np.minimum(step + ~responds, len(panels) - 1)
            state.dose(np.stack(effects)[step, np.arange(draws.count)])

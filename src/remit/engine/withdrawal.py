"""A randomised withdrawal: everybody is treated in the open, who is stable then goes on or stops, and relapses count.

Days are counted from the first session; times to relapse from the day of randomisation, read once a week.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remit.engine.arms import Arm
from remit.engine.chair import Chair, Presence
from remit.engine.drive import panel
from remit.engine.endpoints import Endpoints, Met, met
from remit.engine.mood import Draws, Scores
from remit.engine.people import Array
from remit.engine.trial import BLOCK, walk
from remit.pathway.course import CoursePlan
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain
from remit.pathway.trial_conduct import Attendance, WithdrawalRule
from remit.quantities import BadInput

WEEK = 7.0
_ROUNDS = 50


@dataclass(frozen=True, slots=True)
class WithdrawalPlan:
    """So many trials, each with `size` people who begin the open treatment."""

    arm: Arm
    endpoints: Endpoints
    rule: WithdrawalRule
    attendance: Attendance
    size: int
    trials: int
    seed: int
    baseline: float | None = None


@dataclass(frozen=True, slots=True)
class Lives:
    """One arm, week by week after randomisation: who could relapse and who did; shape (trials, weeks)."""

    at_risk: Array
    relapsed: Array

    @property
    def randomised(self) -> Array:
        """How many began: shape (trials,)."""
        return np.asarray(self.at_risk[:, 0])

    @property
    def median_d(self) -> Array:
        """The median time to relapse in days after Kaplan and Meier; infinite where it is not reached: (trials,)."""
        with np.errstate(invalid="ignore"):
            left = np.cumprod(1.0 - np.where(self.at_risk > 0, self.relapsed / self.at_risk, 0.0), axis=1)
        reached = left <= 0.5
        week = np.argmax(reached, axis=1) + 1.0
        found = np.where(reached.any(axis=1), WEEK * week, np.inf)
        return np.where(self.randomised > 0, found, np.nan)

    @property
    def share(self) -> Array:
        """The share that relapsed, of those randomised: shape (trials,)."""
        with np.errstate(invalid="ignore"):
            return np.asarray(self.relapsed.sum(axis=1) / self.randomised)


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """What came of it, by the trial's own rule of relapse and by the clinic's definition."""

    plan: WithdrawalPlan
    going_on: dict[str, Lives]
    stopping: dict[str, Lives]


RULES = ("trial", "outcome")
"""How a relapse is told: by the trial's own rule, or by that of `remit.pathway.outcome`."""


def withdrawal(facts: Pharmacology, chain: MoodChain, plan: WithdrawalPlan) -> Withdrawal:
    """Run the trials. Raises `BadInput` where no source gives sessions to go on with."""
    course = plan.arm.course
    if course is None or plan.arm.sessions[-1] <= plan.rule.open_weeks.value * WEEK:
        raise BadInput(f"{plan.arm.id}: a withdrawal needs sessions to go on with after the open weeks, there are none")
    panels = [panel(facts, chain, session) for session in plan.arm.ladder]
    each = max(1, BLOCK // plan.size)
    found: dict[tuple[str, bool], list[Lives]] = {(rule, stops): [] for rule in RULES for stops in (False, True)}
    for first in range(0, plan.trials, each):
        draws = Draws(chain, plan.seed, "arm 0", plan.size, first, min(each, plan.trials - first))
        for key, lives in _block(plan, course, panels, draws).items():
            found[key].append(lives)
    whole = {
        key: Lives(np.concatenate([p.at_risk for p in parts]), np.concatenate([p.relapsed for p in parts]))
        for key, parts in found.items()
    }
    return Withdrawal(plan, {r: whole[r, False] for r in RULES}, {r: whole[r, True] for r in RULES})


def _block(
    plan: WithdrawalPlan, course: CoursePlan, panels: list[Array], draws: Draws
) -> dict[tuple[str, bool], Lives]:
    rule, held = plan.rule, plan.endpoints
    people = Scores.of(draws, plan.baseline, antidepressant=plan.arm.new_antidepressant)
    presence = Presence.of(draws, plan.attendance, drug=True)
    chair = Chair.of(course, presence, plan.attendance)
    opened = rule.open_weeks.value * WEEK
    last = [opened - WEEK * back for back in reversed(range(rule.of_scores))]
    follow = [opened + WEEK * week for week in range(1, rule.follow_weeks.value + 1)]
    low = np.zeros(draws.count, np.int64)
    stable, stops = np.zeros(draws.count, bool), draws.share("withdrawn") < 0.5
    tables: dict[str, _Table] = {}
    for day, plasticity, score in walk(plan.arm, panels, draws, people, held, [*last, *follow], chair):
        there = presence.scored(day)
        if day <= opened:
            low += there & (score <= rule.stable_at_most.value)
        if day == opened:
            stable = (low >= rule.stable_scores.value) & (presence.leaves > day) & ~chair.stopped
            chair.due[stops | ~stable] = np.inf
            consecutive = {"trial": rule.relapse_scores, "outcome": held.consecutive}
            tables = {name: _Table.of(stable, count) for name, count in consecutive.items()}
        elif day > opened:
            bad = {
                "trial": score >= rule.relapse_from.value,
                "outcome": ~met(held.scale, held.response, people.baseline, score),
            }
            event = {"trial": _event(rule, draws, day, people.expected(day, plasticity))}
            for name, table in tables.items():
                table.week(bad[name], there, presence.leaves > day, event.get(name))
    return {(name, arm): table.lives(stops == arm, draws.trials) for name, table in tables.items()
            for arm in (False, True)}  # fmt: skip


def _event(rule: WithdrawalRule, draws: Draws, day: float, score: Array) -> Met:
    """Who relapses in this week in a way that the chain does not hold: the likelier the higher the score."""
    rate = rule.event_per_d.value * np.exp(rule.event_per_point.value * (score - rule.stable_at_most.value))
    return np.asarray(draws.share(f"event {day:g}") < 1.0 - np.exp(-WEEK * rate))


@dataclass(slots=True)
class _Table:
    """Who is at risk and who relapses, week by week: every array has shape (patients,)."""

    needed: int
    left: Met
    run: Array
    at_risk: list[Met]
    relapsed: list[Met]

    @classmethod
    def of(cls, stable: Met, needed: int) -> _Table:
        return cls(needed, stable.copy(), np.zeros(len(stable), np.int64), [], [])

    def week(self, bad: Met, there: Met, stays: Met, event: Met | None) -> None:
        """A visit. Who has left is no longer at risk; a score that was missed neither counts nor breaks a run."""
        self.run = np.where(there, np.where(bad, self.run + 1, 0), self.run)
        again = self.run >= self.needed
        again = self.left & (again if event is None else again | event)
        self.at_risk.append(self.left)
        self.relapsed.append(again)
        self.left = self.left & ~again & stays

    def lives(self, arm: Met, trials: int) -> Lives:
        """One arm of each trial."""

        def counted(weeks: list[Met]) -> Array:
            return np.stack([(one & arm).reshape(trials, -1).sum(axis=1) for one in weeks], axis=1).astype(np.float64)

        return Lives(counted(self.at_risk), counted(self.relapsed))


def hazard_ratio(one: Lives, other: Lives) -> Array:
    """The hazard of the first arm over that of the second, after Cox (ties after Breslow): shape (trials,).

    0 or infinite where only one arm relapses, not a number where none does.
    """
    events = one.relapsed + other.relapsed
    mine, theirs = one.relapsed.sum(axis=1), other.relapsed.sum(axis=1)
    log_ratio = np.zeros(len(mine))
    for _ in range(_ROUNDS):
        weighted = one.at_risk * np.exp(log_ratio)[:, None]
        whole = weighted + other.at_risk
        share = np.divide(weighted, whole, out=np.zeros_like(whole), where=whole > 0)
        slope = (events * share * (1.0 - share)).sum(axis=1)
        step = np.divide(mine - (events * share).sum(axis=1), slope, out=np.zeros_like(mine), where=slope > 0)
        log_ratio = np.clip(log_ratio + np.clip(step, -1.0, 1.0), -20.0, 20.0)
    found = np.exp(log_ratio)
    found = np.where((mine == 0) & (theirs > 0), 0.0, np.where((mine > 0) & (theirs == 0), np.inf, found))
    return np.where((mine + theirs) > 0, found, np.nan)

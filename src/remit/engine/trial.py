"""Virtual trials: arms of virtual patients, many times over, each time in a world that the doubt allows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from remit.engine.arms import Arm
from remit.engine.chair import Chair, Presence
from remit.engine.drive import drives, panel
from remit.engine.endpoints import Endpoints, Met, Relapses, met
from remit.engine.mood import Draws, Plasticity, Scores, effect
from remit.engine.people import Array
from remit.engine.second_scale import SecondResult, SecondScale
from remit.engine.spread import LARGEST_TASK, SMALLEST_TASK, Workers, spread
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain
from remit.pathway.trial_conduct import Attendance, Missing

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
    follow: bool = True
    """False: nobody is followed after the last session, and no time to relapse is found."""
    attendance: Attendance | None = None
    """Null: everybody comes to every session and visit."""
    second: SecondScale | None = None
    """A scale that is read beside the MADRS."""


@dataclass(frozen=True, slots=True)
class ArmResult:
    """One arm over all trials; `change`, `sd`, `response`, `remission`, `counted` have shape (trials, times)."""

    arm: Arm
    change: Array
    sd: Array
    response: Array
    remission: Array
    counted: Array
    """How many people of the arm the others are of."""
    relapse: Array
    """The median time to relapse after the last session in days: shape (trials,)."""
    sessions: Array
    """How many sessions a patient had, on average: shape (trials,)."""
    raised: Array
    """The share that went up to a higher dose: shape (trials,)."""
    put_off: Array
    """How many sessions of a patient the pressure before them put off, on average: shape (trials,)."""
    second: SecondResult | None = field(default=None, kw_only=True)


def trial(facts: Pharmacology, chain: MoodChain, plan: TrialPlan, workers: Workers = 1) -> tuple[ArmResult, ...]:
    """Run a trial's arms on threads or a cluster. How the trials are split does not change the answer."""
    return tuple(run_arm(facts, chain, plan, one, f"arm {at}", workers) for at, one in enumerate(plan.arms))


def run_arm(
    facts: Pharmacology, chain: MoodChain, plan: TrialPlan, arm: Arm, key: str, workers: Workers = 1
) -> ArmResult:
    """One arm, its patients drawn by `key`: arms of one trial have different ones."""
    panels = [panel(facts, chain, session) for session in arm.ladder]
    trials, each = plan.trials if plan.size else 1, max(1, BLOCK // max(plan.size, 1))
    some = partial(some_trials, chain, plan, arm, panels, key)
    if isinstance(workers, str):
        least = max(1, SMALLEST_TASK // max(plan.size, 1))
        most = max(1, LARGEST_TASK // max(plan.size, 1))
        found = sorted(spread(some, (), trials, workers, most, least), key=lambda part: part[0])
    elif workers == 1:
        found = [some(range(trials))]
    else:
        with ThreadPoolExecutor(workers) as pool:
            found = list(pool.map(some, (range(at, min(at + each, trials)) for at in range(0, trials, each))))
    return gathered(plan, arm, found)


def gathered(plan: TrialPlan, arm: Arm, found: Sequence[tuple[int, list[tuple[Array, ...]]]]) -> ArmResult:
    """All trials of an arm from `some_trials` of it, in order."""
    blocks = [block for _, held in found for block in held]
    whole = [np.concatenate(parts) for parts in zip(*blocks, strict=True)]
    return ArmResult(arm, *whole[:9], second=SecondResult(*whole[9:]) if plan.second else None)


def some_trials(
    chain: MoodChain, plan: TrialPlan, arm: Arm, panels: list[Array], key: str, part: range
) -> tuple[int, list[tuple[Array, ...]]]:
    """Some trials of an arm, block by block, with the number of the first."""
    size, some, found = max(plan.size, 1), plan.size > 0, []
    each = max(1, BLOCK // size)
    for first in range(part.start, part.stop, each):
        draws = Draws(chain, plan.seed, key, size, first, min(each, part.stop - first), some, plan.unsure and some)
        found.append(_block(chain, plan, arm, panels, draws))
    return part.start, found


def _block(chain: MoodChain, plan: TrialPlan, arm: Arm, panels: list[Array], draws: Draws) -> tuple[Array, ...]:
    people = Scores.of(draws, plan.baseline, antidepressant=arm.new_antidepressant)
    held, visits = plan.endpoints, chain.visits
    presence = None if plan.attendance is None else Presence.of(draws, plan.attendance, drug=bool(panels))
    chair = None
    if presence is not None and plan.attendance is not None and arm.course is not None and panels:
        chair = Chair.of(arm.course, presence, plan.attendance)
    last = arm.sessions[-1]
    end = last + visits.end_after_days
    reading = [hours / 24 for hours in plan.at_h]
    follow = visits.following(last) if plan.follow else []
    sessions = [] if presence is None else [day for day in arm.sessions if day <= max(reading, default=0.0)]
    days = sorted({*reading, *follow, *sessions, *([end] if plan.follow else [])})
    book = Book(people.baseline, plan.attendance.missing.value if plan.attendance else Missing.AS_OBSERVED)
    relapses: Relapses | None = None
    steps = np.zeros(draws.count, np.intp)
    for day, _, score in walk(arm, panels, draws, people, held, days, chair, steps):
        there = np.ones(draws.count, bool) if presence is None else presence.scored(day)
        book.take(day, score, there, read=day in reading)
        responds = met(held.scale, held.response, people.baseline, score)
        if day == end and plan.follow:
            relapses = Relapses.of(held.consecutive, responds & there)
        elif relapses is not None and day in follow:
            relapses.visit(day - last, responds)
    found = [book.read(held, day, draws.trials) for day in reading]
    columns = [np.stack([one[at] for one in found], axis=1) for at in range(5)]
    middle = relapses.median(draws.trials) if relapses else np.full(draws.trials, np.nan)
    given = np.full(draws.count, float(len(arm.sessions))) if chair is None else chair.held.astype(np.float64)
    put_off = np.zeros(draws.count) if chair is None else chair.put_off
    each = [one.reshape(draws.trials, -1).mean(axis=1) for one in (given, steps > 0, put_off)]
    return (*columns, middle, *each, *_second(plan, draws, book))


def _second(plan: TrialPlan, draws: Draws, book: Book) -> list[Array]:
    """What a second scale shows of the same people."""
    if plan.second is None:
        return []
    scale, held = plan.second, plan.second.endpoints
    first = scale.rated(draws, "baseline", book.baseline)
    days = [hours / 24 for hours in plan.at_h]
    later = {day: scale.rated(draws, f"{day:.6f}", book.scores[day][0], book.baseline) for day in days}
    found = [book.read(held, day, draws.trials, (first, later[day])) for day in days]
    begun = np.repeat(first.reshape(draws.trials, -1).mean(axis=1)[:, None], len(days), axis=1)
    return [*(np.stack([one[at] for one in found], axis=1) for at in range(4)), begun]


@dataclass(slots=True)
class Book:
    """The scores as they were taken, and what a missing one counts as: every array has shape (patients,)."""

    baseline: Array
    missing: Missing
    seen: Array = field(init=False)
    scores: dict[float, tuple[Array, Met]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.seen = self.baseline

    def take(self, day: float, score: Array, there: Met, *, read: bool) -> None:
        """A visit: who is there is scored."""
        self.seen = np.where(there, score, self.seen)
        if read:
            self.scores[day] = (self.seen, there)

    def read(
        self, held: Endpoints, day: float, trials: int, other: tuple[Array, Array] | None = None
    ) -> tuple[Array, Array, Array, Array, Array]:
        """Change, its standard deviation, response, remission, and how many people they are of: shape (trials,).

        `other`: the baseline and the score on another scale, of the same people.
        """
        score, there = self.scores[day]
        first, score = other or (self.baseline, score)
        counts = there if self.missing is Missing.AS_OBSERVED else np.ones_like(there)
        able = there if self.missing is Missing.NON_RESPONDER else np.ones_like(there)
        weight = counts.reshape(trials, -1).astype(np.float64)
        n = weight.sum(axis=1)
        some, several = np.where(n > 0, n, np.nan), np.where(n > 1, n - 1.0, np.nan)
        change = (score - first).reshape(trials, -1)
        mean = (change * weight).sum(axis=1) / some
        sd = np.sqrt(((change - mean[:, None]) ** 2 * weight).sum(axis=1) / several)
        shares = [
            ((met(held.scale, one, first, score) & able).reshape(trials, -1) * weight).sum(axis=1) / some
            for one in (held.response, held.remission)
        ]
        return mean, sd, shares[0], shares[1], n


def walk(
    arm: Arm,
    panels: list[Array],
    draws: Draws,
    people: Scores,
    held: Endpoints,
    visits: list[float],
    chair: Chair | None = None,
    steps: NDArray[np.intp] | None = None,
) -> Iterator[tuple[float, Array, Array]]:
    """At each visit, in order: its day, the plasticity, the rated scores; on the day of a session, before it.

    Without a chair everybody comes to every session on its day. `steps`, where given, is filled with the step of the
    ladder on which each patient stands.
    """
    state = Plasticity.of(draws)
    effects = [effect(draws.chain, draws.of("drive_half"), drives(one, draws.share("drive"))) for one in panels]
    step = np.zeros(draws.count, np.intp) if steps is None else steps
    now = 0.0
    for day, session in _days(arm, visits, chair):
        if panels and day > now:
            state.pass_on(day - now)
        now = day
        score = people.rated(day, state.total)
        if day in visits:
            yield day, state.total, score
        if not session or not panels:
            continue
        if arm.each:
            state.dose(effects[arm.each[arm.sessions.index(day)]])
            continue
        responds = met(held.scale, held.response, people.baseline, score)
        given = None if chair is None else chair.come(day, responds)
        up = _up(arm, draws, state, step, responds)
        step[:] = np.minimum(step + (up if given is None else up & given), len(panels) - 1)
        state.dose(np.stack(effects)[step, np.arange(draws.count)], given)


def _up(arm: Arm, draws: Draws, state: Plasticity, step: NDArray[np.intp], responds: Met) -> Met:
    """Who goes a step up at this session, where he comes to it."""
    if not arm.rises:
        return np.asarray(~responds & (state.doses >= arm.first_sessions))
    sessions, shares = zip(*arm.rises, strict=True)
    reached = np.searchsorted(sessions, state.doses + 1, side="right")
    share = np.array([0.0, *shares])[reached]
    return np.asarray((draws.share("goes up") < share) & (step == 0))


def _days(arm: Arm, visits: list[float], chair: Chair | None) -> Iterator[tuple[float, bool]]:
    """Each day on which something happens until the last visit, and whether a session is due on it."""
    until = max(visits, default=0.0)
    if chair is None:
        for day in sorted({*(one for one in arm.sessions if one <= until), *visits}):
            yield day, day in arm.sessions
        return
    left = list(visits)
    while left:
        day = min(left[0], chair.next())
        left = left[1:] if day == left[0] else left
        yield day, day == chair.next()

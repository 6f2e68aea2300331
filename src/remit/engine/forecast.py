"""One person's forecast: virtual patients on the person's own sessions, weighted by how well they explain the scores.

Advice only: nothing here proposes a dose, and no order is made from it. The chain is a hypothesis, see
`docs/decisions/0022-mood-chain.md`; pressures and dissociation do not weigh, because in it they lead to no mood.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.arms import Arm
from remit.engine.drive import panel
from remit.engine.endpoints import Endpoints, Met, Relapses, met
from remit.engine.mood import HIGHEST, Draws, Scores
from remit.engine.people import Array
from remit.engine.trial import walk
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import MoodChain
from remit.quantities import BadInput

BAND = (0.05, 0.5, 0.95)
"""The quantiles of a 90 % band, with its middle."""
LONGER = (1, 2, 3)
"""How many intervals without a dose a wider interval is looked at for."""


@dataclass(frozen=True, slots=True)
class Course:
    """A person's course so far: days since the first session.

    `arm` holds the sessions given and planned; `now` is the day of the forecast; `scores` are the totals of the MADRS
    by their day, the baseline apart.
    """

    arm: Arm
    baseline: float
    scores: Mapping[float, float]
    now: float
    fixed: Mapping[str, float]
    """Covariates that are known of the person, such as the weight in kilograms."""


@dataclass(frozen=True, slots=True)
class Outlook:
    """What is expected at one visit: the score as 5, 50 and 95 % point, and the chances of response and remission."""

    day: float
    session: int | None
    """The number of the session that the score comes before; null for a visit after the last."""
    score: tuple[float, float, float]
    response: float
    remission: float
    response_between: tuple[float, float]
    """The chance of response from the 5 to the 95 % point of the worlds that what is not known allows."""


@dataclass(frozen=True, slots=True)
class Day:
    """One day to come: what is expected, and which share of the virtual patients has each whole score from 0 on.

    `own`: weighted by how well they explain the person's scores; `base`: all alike, the base rate.
    """

    expected: Outlook
    own: tuple[float, ...]
    base: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Forecast:
    """A person's forecast, with what it rests on."""

    patients: int
    effective: float
    """How many patients of equal weight would be as sure."""
    ahead: tuple[Outlook, ...]
    relapse_d: tuple[float, float, float]
    """Days from the last planned session to relapse among those who respond then; infinite beyond the follow-up."""
    without: tuple[tuple[float, Outlook], ...]
    """Days since the last session given, and what is expected where nothing more is given until then."""
    days: tuple[Day, ...] = ()
    """The days that follow, one by one."""


@dataclass(frozen=True, slots=True)
class Likely:
    """Scores that virtual patients would be rated at each day, with their weights: shapes (patients,)."""

    rated: Mapping[float, Array]
    expected: Mapping[float, Array]
    """The same without the noise of a rating."""
    weights: Array
    worlds: int = 1
    """How many worlds they come from, as many patients from each, one world after the other."""
    nearest: float = 0.0
    """How far the best of them is from the scores, in standard deviations of a rating."""

    @property
    def effective(self) -> float:
        """The number of patients of equal weight that would be as sure."""
        return float(self.weights.sum() ** 2 / (self.weights**2).sum())

    def chance(self, met: Met) -> tuple[float, tuple[float, float]]:
        """The chance of what these patients met, and its 5 and 95 % points over the worlds, each by its weight."""
        weights, told = self.weights.reshape(self.worlds, -1), met.reshape(self.worlds, -1)
        whole = weights.sum(axis=1)
        known = whole > 0
        shares = (weights * told).sum(axis=1)[known] / whole[known]
        low, high = quantiles(shares, whole[known], BAND[::2])
        return float(np.average(met, weights=self.weights)), (low, high)

    def given(self, scores: Mapping[float, float], residual: float) -> Likely:
        """The same patients, weighted by how well they explain these scores; `residual` is the noise of a rating."""
        fit = np.zeros(len(self.weights))
        for day, score in scores.items():
            fit -= 0.5 * ((score - self.expected[day]) / residual) ** 2
        nearest = float(np.sqrt(-2.0 * fit.max() / max(len(scores), 1)))
        return replace(self, weights=np.exp(fit - fit.max()), nearest=nearest)


def virtual(
    facts: Pharmacology, chain: MoodChain, held: Endpoints, course: Course, seed: int, days: Sequence[float]
) -> Likely:
    """Virtual patients on the sessions of this course, all of one weight, at these days."""
    chosen = chain.forecast
    draws = Draws(chain, seed, "forecast", chosen.patients, 0, chosen.worlds)
    scores = replace(Scores.of(draws), baseline=np.full(draws.count, course.baseline))
    panels = [panel(facts, chain, session, course.fixed) for session in course.arm.ladder]
    rated, expected = {}, {}
    for day, plasticity, score in walk(course.arm, panels, draws, scores, held, sorted(set(days))):
        rated[day], expected[day] = score, scores.expected(day, plasticity)
    return Likely(rated, expected, np.ones(draws.count), chosen.worlds)


def weighted(
    facts: Pharmacology, chain: MoodChain, held: Endpoints, course: Course, seed: int, days: Sequence[float]
) -> Likely:
    """Virtual patients at these days, weighted by the person's scores."""
    people = virtual(facts, chain, held, course, seed, [*course.scores, *days])
    return people.given(course.scores, chain["residual_points"].value)


def forecast(
    facts: Pharmacology, chain: MoodChain, held: Endpoints, course: Course, seed: int, days_ahead: int = 0
) -> Forecast:
    """What is to be expected of this person, and on each of so many days ahead.

    Raises `BadInput` where too few virtual patients explain the scores.
    """
    if not 1 <= course.baseline <= HIGHEST:
        raise BadInput(f"baseline: 1 to {HIGHEST:g} points is needed to fall from, not {course.baseline:g}")
    given = [day for day in course.arm.sessions if day <= course.now]
    if not given:
        raise BadInput("forecast: at least one session must have been given, and a baseline before it")
    coming = [day for day in course.arm.sessions if day > course.now]
    last = course.arm.sessions[-1]
    visits = chain.visits
    end = last + visits.end_after_days
    follow = visits.following(last)
    ahead = [day for day in (*coming, end) if day > course.now]
    each = [course.now + day for day in range(1, days_ahead + 1)]
    people = weighted(facts, chain, held, course, seed, [*ahead, end, *follow, *each])
    _refuse_strange(chain, people)
    number = {day: at + 1 for at, day in enumerate(course.arm.sessions)}
    return Forecast(
        patients=len(people.weights),
        effective=people.effective,
        ahead=tuple(_outlook(held, course, people, day, number.get(day)) for day in ahead),
        relapse_d=_relapse(held, course, people, last, end, follow),
        without=_without(facts, chain, held, course, seed, given),
        days=tuple(_day(held, course, people, day, number.get(day)) for day in each),
    )


def _refuse_strange(chain: MoodChain, people: Likely) -> None:
    held = chain.forecast
    if people.nearest > held.farthest_sd:
        raise BadInput(
            "forecast: no virtual patient comes near these scores: the nearest is off by "
            f"{people.nearest:.1f} times the noise of a rating, at most {held.farthest_sd:g} is needed; "
            "nothing can be said of this person"
        )
    if people.effective < held.least_effective:
        raise BadInput(
            f"forecast: the virtual patients who explain these scores count for {people.effective:.0f} of "
            f"{len(people.weights)}, at least {held.least_effective} are needed; nothing can be said of this person"
        )


def _day(held: Endpoints, course: Course, people: Likely, day: float, session: int | None) -> Day:
    scores, places = people.rated[day].astype(np.intp), int(HIGHEST) + 1
    own = np.bincount(scores, people.weights, places) / people.weights.sum()
    base = np.bincount(scores, minlength=places) / len(scores)
    return Day(_outlook(held, course, people, day, session), tuple(own.tolist()), tuple(base.tolist()))


def _outlook(held: Endpoints, course: Course, people: Likely, day: float, session: int | None) -> Outlook:
    score, weights = people.rated[day], people.weights
    first = np.full(len(score), course.baseline)
    low, middle, high = quantiles(score, weights, BAND)
    response, between = people.chance(met(held.scale, held.response, first, score))
    return Outlook(
        day=day,
        session=session,
        score=(low, middle, high),
        response=response,
        remission=float(np.average(met(held.scale, held.remission, first, score), weights=weights)),
        response_between=between,
    )


def _relapse(
    held: Endpoints, course: Course, people: Likely, last: float, end: float, follow: Sequence[float]
) -> tuple[float, float, float]:
    first = np.full(len(people.weights), course.baseline)
    relapses = Relapses.of(held.consecutive, met(held.scale, held.response, first, people.rated[end]))
    for day in follow:
        if day > end:
            relapses.visit(day - last, met(held.scale, held.response, first, people.rated[day]))
    who = relapses.responders
    if not people.weights[who].sum() > 0:
        return float("nan"), float("nan"), float("nan")
    low, middle, high = quantiles(relapses.since[who], people.weights[who], BAND)
    return low, middle, high


def _without(
    facts: Pharmacology, chain: MoodChain, held: Endpoints, course: Course, seed: int, given: Sequence[float]
) -> tuple[tuple[float, Outlook], ...]:
    """What waiting longer than planned risks: the same people, with nothing more given."""
    coming = [day for day in course.arm.sessions if day > course.now]
    if not coming:
        return ()
    interval = coming[0] - given[-1]
    days = [given[-1] + times * interval for times in LONGER]
    held_only = replace(course.arm, sessions=tuple(given), each=course.arm.each[: len(given)])
    stopped = replace(course, arm=held_only)
    people = weighted(facts, chain, held, stopped, seed, days)
    return tuple((day - given[-1], _outlook(held, course, people, day, None)) for day in days)


def quantiles(values: Array, weights: Array, parts: Sequence[float]) -> tuple[float, ...]:
    """The smallest value at which so much of the weight lies at or below it."""
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order]) / weights.sum()
    places = np.minimum(np.searchsorted(reached, np.asarray(parts) - 1e-12), len(values) - 1)
    return tuple(float(one) for one in values[order][places])


def crps(values: Array, weights: Array, observed: float) -> float:
    """The continuous ranked probability score of a weighted sample in its own unit; of a single value its distance."""
    share = weights / weights.sum()
    order = np.argsort(values, kind="stable")
    sorted_values, sorted_share = values[order], share[order]
    below = np.cumsum(sorted_share)[:-1]
    spread = float(np.sum(below * (1.0 - below) * np.diff(sorted_values)))
    return float(np.sum(share * np.abs(values - observed))) - spread

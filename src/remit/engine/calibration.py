"""A posterior of a model that takes long to run: learn its answers from few runs, walk there, look again, walk again.

The answers are learnt as a quadratic of the steps; the price of an answer may have corners, as where a range begins to
pull. A step of 1 is one standard deviation of the prior. The same function, rule and seed give the same worlds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from remit.engine.people import Array, normals, uniforms
from remit.quantities import BadInput

_LEARN = 50
_FIRST_SPREAD = 0.8
"""How wide the first runs are laid, in standard deviations of the prior."""
_RIDGE = 1e-3


@dataclass(frozen=True, slots=True)
class Rule:
    """How many runs are spent: at first, in each later round, and on the worlds that are kept."""

    first: int
    round: int
    rounds: int
    worlds: int
    walk: int
    """How often a walker moves; in the first half it also learns how far."""
    seed: int


@dataclass(frozen=True, slots=True)
class Fit:
    """What was found.

    `worlds` has shape (worlds, steps); `misfit` is the price of the best of them, the prior's part included;
    `effective` says how many independent worlds they are worth once each is run: as many as there are where the learnt
    answers are exact.
    """

    worlds: Array
    misfit: float
    effective: float


Answers = Callable[[Array], Array]
"""From one step, shape (steps,), to the model's answers, shape (answers,)."""
Price = Callable[[Array], Array]
"""From answers, shape (any, answers), to the price of each, shape (any,): minus the logarithm of its likelihood."""


def fit(answers: Answers, price: Price, size: int, rule: Rule) -> Fit:
    """Worlds of the posterior of `size` steps, each with a standard normal prior."""
    steps = _FIRST_SPREAD * _noise(rule.seed, "first", rule.first, size)
    found = _run(answers, steps)
    for at in range(rule.rounds + 1):
        learnt = _Learnt.of(steps, found, _price(price, steps, found))
        best = steps[np.argmin(_price(price, steps, found))]
        worlds = _walk(learnt, price, best, rule, at)
        if at == rule.rounds:
            break
        more = worlds[: rule.round]
        steps, found = np.concatenate([steps, more]), np.concatenate([found, _run(answers, more)])
    true = _price(price, worlds, _run(answers, worlds))
    level = _price(price, worlds, learnt.answers(worlds)) - true
    weights = np.exp(level - level.max())
    return Fit(worlds, float(true.min()), float(weights.sum() ** 2 / (weights**2).sum()))


def _noise(seed: int, name: str, count: int, size: int) -> Array:
    return normals(seed, f"fit {name}", 0, count * size).reshape(count, size)


def _run(answers: Answers, steps: Array) -> Array:
    found = np.stack([answers(one) for one in steps])
    if not np.isfinite(found).all():
        raise BadInput("fit: each answer must be a number, some are not")
    return found


def _price(price: Price, steps: Array, found: Array) -> Array:
    return np.asarray(price(found) + 0.5 * (steps**2).sum(axis=1))


@dataclass(frozen=True, slots=True)
class _Learnt:
    """The answers as a quadratic of the steps: shape (terms, answers)."""

    factors: Array

    @classmethod
    def of(cls, steps: Array, found: Array, cost: Array) -> _Learnt:
        """Learnt from runs; the nearer to the best, the more a run counts."""
        weight = np.sqrt(1.0 / (1.0 + (cost - cost.min()) / steps.shape[1]))[:, None]
        terms = _terms(steps) * weight
        square = terms.T @ terms + _RIDGE * np.eye(terms.shape[1])
        return cls(np.linalg.solve(square, terms.T @ (found * weight)))

    def answers(self, steps: Array) -> Array:
        """What would be answered: shape (any, answers)."""
        return np.asarray(_terms(steps) @ self.factors)


def _terms(steps: Array) -> Array:
    one, other = np.triu_indices(steps.shape[1])
    return np.concatenate([np.ones((len(steps), 1)), steps, steps[:, one] * steps[:, other]], axis=1)


def _walk(learnt: _Learnt, price: Price, start: Array, rule: Rule, round: int) -> Array:
    """Where walkers after Metropolis stand at the end, each on a path of its own: shape (worlds, steps)."""
    size, count, seed = len(start), rule.worlds, rule.seed

    def cost(steps: Array) -> Array:
        return _price(price, steps, learnt.answers(steps))

    here = start + 0.1 * _noise(seed, f"walkers {round}", count, size)
    now, root = cost(here), 0.1 * np.eye(size)
    for at in range(rule.walk):
        if at and at % _LEARN == 0 and at <= rule.walk // 2:
            spread = np.cov(here.T).reshape(size, size) + 1e-6 * np.eye(size)
            root = np.linalg.cholesky(spread) * 2.38 / np.sqrt(size)
        tried = here + _noise(seed, f"walk {round} {at}", count, size) @ root.T
        then = cost(tried)
        taken = np.log(uniforms(seed, f"fit chance {round} {at}", 0, count)[0]) < now - then
        here, now = np.where(taken[:, None], tried, here), np.where(taken, then, now)
    return here

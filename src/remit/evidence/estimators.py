"""The variance between studies (τ²), by every estimator in use, for one set of studies or for thousands at once.

Every function takes arrays whose last axis runs over the studies: effects `y`, sampling variances `v`, and the
design `x` (studies × coefficients), each with any number of replicates in front.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from remit.quantities import BadInput

Array = NDArray[np.float64]
MOST_STEPS = 500
PRECISE = 1e-11
"""Relative step at which an estimate counts as found."""


class Method(StrEnum):
    """How the variance between studies is estimated. `FE` assumes that there is none (common effect)."""

    FE = "FE"
    DL = "DL"
    PM = "PM"
    REML = "REML"
    ML = "ML"
    HE = "HE"
    SJ = "SJ"


class NotConverged(BadInput):
    """An iterative estimator found no value: another one has to be chosen."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """Weighted least squares at one τ², with the traces that the estimators need."""

    weights: Array
    beta: Array
    residuals: Array
    inverse: Array
    """(XᵀWX)⁻¹"""
    q: Array
    """Weighted sum of the squared residuals."""
    q_slope: Array
    """By how much `q` falls as τ² rises."""
    x: Array

    def log_likelihood(self, restricted: bool) -> Array:
        """The logarithm of the likelihood, or of the restricted one, but for a constant."""
        whole: Array = (np.log(self.weights).sum(-1) - self.q) / 2
        return whole + np.linalg.slogdet(self.inverse)[1] / 2 if restricted else whole

    def trace_p(self) -> Array:
        """Trace of W − WX(XᵀWX)⁻¹XᵀW."""
        total: Array = self.weights.sum(-1)
        return total - _trace(self.inverse, _gram(self.x, self.weights**2))

    def trace_pp(self) -> Array:
        """Trace of that matrix squared."""
        second = self.inverse @ _gram(self.x, self.weights**2)
        third = _trace(self.inverse, _gram(self.x, self.weights**3))
        total: Array = (self.weights**2).sum(-1)
        return total - 2 * third + _trace(second, second)


def _gram(x: Array, weights: Array) -> Array:
    if x.ndim == 2:
        # One design for all replicates: a single product instead of one for each.
        k, p = x.shape
        products = (x[:, :, None] * x[:, None, :]).reshape(k, p * p)
        return np.asarray((weights @ products).reshape(*weights.shape[:-1], p, p))
    gram: Array = np.swapaxes(x, -1, -2) @ (weights[..., None] * x)
    return gram


def _inverse(gram: Array) -> Array:
    return np.asarray(1 / gram if gram.shape[-1] == 1 else np.linalg.inv(gram), dtype=np.float64)


def _fitted(x: Array, beta: Array) -> Array:
    return np.asarray(beta @ x.T if x.ndim == 2 else (x @ beta[..., None])[..., 0])


def _score(x: Array, rows: Array) -> Array:
    return np.asarray(rows @ x if x.ndim == 2 else (np.swapaxes(x, -1, -2) @ rows[..., None])[..., 0])


def _trace(one: Array, other: Array) -> Array:
    """Trace of the product of two stacks of matrices."""
    return np.asarray((one * np.swapaxes(other, -1, -2)).sum((-1, -2)))


def weighted(y: Array, v: Array, x: Array, tau2: Array | float = 0.0) -> Weighted:
    """Least squares with the weights 1 / (v + τ²)."""
    weights = 1 / (v + np.asarray(tau2)[..., None])
    inverse = _inverse(_gram(x, weights))
    beta = (inverse @ _score(x, weights * y)[..., None])[..., 0]
    residuals = y - _fitted(x, beta)
    return Weighted(
        weights=weights,
        beta=beta,
        residuals=residuals,
        inverse=inverse,
        q=(weights * residuals**2).sum(-1),
        q_slope=(weights**2 * residuals**2).sum(-1),
        x=x,
    )


def between_variance(method: Method, y: Array, v: Array, x: Array) -> Array:
    """τ² by this method, never below 0. Raises `NotConverged`."""
    return _ESTIMATE[method](y, v, x)


def tau2_where(target: float, y: Array, v: Array, x: Array) -> Array:
    """The τ² at which the weighted sum of squares equals `target`; 0 where it is smaller from the start.

    The sum falls ever more slowly as τ² rises, so that Newton's steps from 0 approach the answer from below.
    """
    tau2 = np.zeros(y.shape[:-1])
    for _ in range(MOST_STEPS):
        at = weighted(y, v, x, tau2)
        over = at.q > target
        step = np.where(over, at.q - target, 0.0) / np.where(over, at.q_slope, 1.0)
        tau2 = tau2 + step
        if np.all(step <= PRECISE * (tau2 + v.mean(-1))):
            return np.asarray(tau2)
    raise NotConverged(f"tau2: a value was not found in {MOST_STEPS} steps; choose DL, HE or SJ")


def _none(y: Array, _v: Array, _x: Array) -> Array:
    return np.zeros(y.shape[:-1])


def _freedom(x: Array) -> int:
    return int(x.shape[-2] - x.shape[-1])


def _dersimonian_laird(y: Array, v: Array, x: Array) -> Array:
    at = weighted(y, v, x)
    return np.asarray(np.maximum(0.0, (at.q - _freedom(x)) / at.trace_p()))


def _paule_mandel(y: Array, v: Array, x: Array) -> Array:
    return tau2_where(float(_freedom(x)), y, v, x)


def _hedges(y: Array, v: Array, x: Array) -> Array:
    return np.asarray(np.maximum(0.0, _hedges_unbounded(y, v, x)))


def _hedges_unbounded(y: Array, v: Array, x: Array) -> Array:
    at = weighted(y, np.ones_like(v), x)
    leverage = ((x @ at.inverse) * x).sum(-1)
    return np.asarray((at.q - (v * (1 - leverage)).sum(-1)) / _freedom(x))


def _sidik_jonkman(y: Array, v: Array, x: Array) -> Array:
    first = y.var(-1)
    certain = np.where(first > 0, first, 1.0)
    found = certain * weighted(y, v, x, certain).q / _freedom(x)
    return np.where(first > 0, found, 0.0)


STARTS = (0.0, 0.001, 0.003, 0.01, 0.03, 0.1, 0.2, 0.4, 0.7, 1.0, 1.5, 3.0)
"""Where the top of a likelihood is looked for first, in variances of the effects: it may have more than one."""


def _likelihood(step: Callable[[Weighted], Array], restricted: bool) -> Callable[[Array, Array, Array], Array]:
    """Fisher scoring from the best of some starts: secants between its steps, inside the bracket that they leave."""

    def estimate(y: Array, v: Array, x: Array) -> Array:
        tau2, low, high = _start(y, v, x, restricted)
        slope, last_tau2, last_move = np.full_like(tau2, -1.0), tau2, np.zeros_like(tau2)
        for _ in range(MOST_STEPS):
            move = step(weighted(y, v, x, tau2))
            slope = _secant(slope, tau2 - last_tau2, move - last_move)
            low, high = np.where(move > 0, tau2, low), np.where(move < 0, tau2, high)
            following = np.maximum(0.0, tau2 - move / slope)
            middle = (low + np.where(np.isfinite(high), high, low)) / 2
            following = np.where((following < low) | (following > high), middle, following)
            change = np.abs(following - tau2)
            last_tau2, last_move, tau2 = tau2, move, following
            if np.all(change <= PRECISE * (tau2 + v.mean(-1))):
                return np.asarray(tau2)
        raise NotConverged(f"tau2: the likelihood has no top that {MOST_STEPS} steps find; choose PM or DL")

    return estimate


def _start(y: Array, v: Array, x: Array, restricted: bool) -> tuple[Array, Array, Array]:
    """The start with the highest likelihood, and its neighbours as the first bracket."""
    spread = np.asarray(weighted(y, np.ones_like(v), x).q / _freedom(x))
    starts = np.stack([part * spread for part in STARTS])
    best = np.argmax([weighted(y, v, x, start).log_likelihood(restricted) for start in starts], axis=0)
    low = np.take_along_axis(starts, np.maximum(best - 1, 0)[None], axis=0)[0]
    beyond = np.take_along_axis(starts, np.minimum(best + 1, len(STARTS) - 1)[None], axis=0)[0]
    high = np.where((best == len(STARTS) - 1) | (beyond <= low), np.inf, beyond)
    return np.take_along_axis(starts, best[None], axis=0)[0], low, high


def _secant(slope: Array, across: Array, up: Array) -> Array:
    """How the step changes with τ², where the last two of them tell; a step that rises tells nothing."""
    with np.errstate(divide="ignore", invalid="ignore"):
        seen = up / across
    return np.where((across != 0) & (seen < 0) & np.isfinite(seen), seen, slope)


def _restricted(at: Weighted) -> Array:
    return np.asarray((at.q_slope - at.trace_p()) / at.trace_pp())


def _full(at: Weighted) -> Array:
    return np.asarray((at.q_slope - at.weights.sum(-1)) / (at.weights**2).sum(-1))


_ESTIMATE: Mapping[Method, Callable[[Array, Array, Array], Array]] = {
    Method.FE: _none,
    Method.DL: _dersimonian_laird,
    Method.PM: _paule_mandel,
    Method.REML: _likelihood(_restricted, restricted=True),
    Method.ML: _likelihood(_full, restricted=False),
    Method.HE: _hedges,
    Method.SJ: _sidik_jonkman,
}

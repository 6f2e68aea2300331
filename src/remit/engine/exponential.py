"""The same kinetics by the matrix exponential: for the few patients whose rates meet by chance."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from remit.engine.people import Array

_TERMS = 18
_SMALL = 0.5
"""After halving to this size the series is exact to the last digit in that many terms."""
_MOST_CACHED = 64


def exponential(matrix: Array) -> Array:
    """The exponential of each matrix of a stack, by scaling and squaring of the Taylor series: shape (n, k, k)."""
    size = float(np.abs(matrix).sum(axis=1).max(initial=0.0))
    halvings = max(0, int(np.ceil(np.log2(size / _SMALL)))) if size > _SMALL else 0
    small = matrix / 2.0**halvings
    one = np.broadcast_to(np.eye(matrix.shape[1]), matrix.shape)
    found = one + small / _TERMS
    for term in range(_TERMS - 1, 0, -1):
        found = one + small @ found / term
    for _ in range(halvings):
        found = found @ found
    return np.asarray(found)


@dataclass(frozen=True, slots=True)
class Steps:
    """A system stepped by the exponential of its rates: shape (patients, states, states)."""

    matrix: Array
    cache: dict[float, tuple[Array, Array]] = field(default_factory=dict)

    def step(self, state: Array, rate: Array | None, hours: float) -> Array:
        """The states `hours` later, under a constant input (per hour): shape (patients, states)."""
        whole, mean = self._exponentials(hours)
        found = whole @ state[:, :, None]
        if rate is not None:
            found = found + mean @ rate[:, :, None]
        return np.asarray(found[:, :, 0])

    def _exponentials(self, hours: float) -> tuple[Array, Array]:
        key = round(hours, 12)
        if key not in self.cache:
            if len(self.cache) >= _MOST_CACHED:
                self.cache.clear()
            size = self.matrix.shape[1]
            wide = np.zeros((len(self.matrix), 2 * size, 2 * size))
            wide[:, :size, :size] = self.matrix * hours
            wide[:, :size, size:] = np.eye(size) * hours
            found = exponential(wide)
            self.cache[key] = found[:, :size, :size], found[:, :size, size:]
        return self.cache[key]

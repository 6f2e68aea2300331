"""The same kinetics by the matrix exponential: for the few patients whose rates meet by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from remit.engine.people import Array, Chosen
from remit.engine.walk import Walk

_SHARES = [1.0 / math.factorial(power) for power in range(17)]
_SMALL = 0.5
"""After halving to this size the series is exact to the last digit."""
_TOGETHER = 2048
"""Matrices computed together."""


def exponential(matrix: Array) -> Array:
    """The exponential of each matrix of a stack, by scaling and squaring of the Taylor series: shape (n, k, k)."""
    sizes = np.abs(matrix).sum(axis=1).max(axis=1)
    halvings = np.ceil(np.log2(np.maximum(sizes / _SMALL, 1.0))).astype(int)
    found = np.empty_like(matrix)
    # Each matrix is halved as often as it needs, so that its answer does not depend on the others.
    for times in np.unique(halvings):
        chosen = halvings == times
        found[chosen] = _squared(matrix[chosen] / 2.0**times, int(times))
    return found


def _squared(small: Array, times: int) -> Array:
    """The series to the 16th power, grouped so that six products suffice, then squared that many times."""
    second = small @ small
    third, fourth = second @ small, second @ second
    found = fourth * _SHARES[16]
    for first in (12, 8, 4, 0):
        if first < 12:
            found = found @ fourth
        for power, share in ((small, 1), (second, 2), (third, 3)):
            found += power * _SHARES[first + share]
        found += _SHARES[first] * np.eye(small.shape[1])
    for _ in range(times):
        found = found @ found
    return np.asarray(found)


def stepped(matrix: Array, entering: Sequence[Array], walk: Walk, chosen: Chosen) -> Array:
    """Amounts at the chosen output times of a walk, in the order of `np.nonzero`: shape (chosen, states).

    `matrix`: rates of shape (patients, states, states); `entering`: what each input gives each state, of shape
    (patients, states); `chosen` has shape (times, patients).
    """
    count, states = matrix.shape[:2]
    rows = np.cumsum(chosen).reshape(chosen.shape) - 1
    found = np.zeros((int(chosen.sum()), states))
    # An even input is one more state that never changes.
    wide = np.zeros((count, states + 1, states + 1))
    wide[:, :states, :states] = matrix
    state = np.zeros((count, states + 1))
    state[:, states] = 1.0
    known: dict[float, tuple[Array, Array]] = {}
    needed = [any(chosen[time : time + many].any() for time, _, many in one.runs) for one in walk.stretches]
    last = len(needed) - needed[::-1].index(True) if any(needed) else 0
    for one in walk.stretches[:last]:
        for number, begins, hours in one.changes:
            if hours == 0:
                state[:, :states] += entering[number]
            else:
                wide[:, :states, states] += entering[number] / (hours if begins else -hours)
        if not one.running:
            wide[:, :states, states] = 0.0
        for time, offset, many in one.runs:
            at, people = np.nonzero(chosen[time : time + many])
            for first in range(0, len(at), _TOGETHER):
                some, who = at[first : first + _TOGETHER], people[first : first + _TOGETHER]
                after = _passed(wide[who], state[who], walk.offsets[offset + some])
                found[rows[time + some, who]] = after[:, :states]
        if one is not walk.stretches[last - 1]:
            state = np.asarray((_over(wide, one.hours, known) @ state[:, :, None])[:, :, 0])
    return found


def _passed(wide: Array, state: Array, hours: Array) -> Array:
    """Each state after its own time."""
    return np.asarray((exponential(wide * hours[:, None, None]) @ state[:, :, None])[:, :, 0])


def _over(wide: Array, hours: float, known: dict[float, tuple[Array, Array]]) -> Array:
    """The exponentials over a whole stretch: equal sessions repeat theirs."""
    key = round(hours, 12)
    if key not in known or not np.array_equal(known[key][0], wide):
        known[key] = wide.copy(), exponential(wide * hours)
    return known[key][1]

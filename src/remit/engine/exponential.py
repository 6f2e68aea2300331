"""The same kinetics by the matrix exponential: for the few patients whose rates meet by chance."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from remit.engine.people import Array, Chosen, Places
from remit.engine.walk import Stretch, Walk

_SHARES = [1.0 / math.factorial(power) for power in range(17)]
_SMALL = 0.5
"""After halving to this size the series is exact to the last digit."""
_TOGETHER = 2048
"""Matrices computed together, about."""


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
    rows = np.cumsum(chosen).reshape(chosen.shape) - 1
    found = np.zeros((int(chosen.sum()), matrix.shape[1]))
    # So many patients at once as have about that many chosen times together.
    group = np.cumsum(chosen.sum(axis=0)) // _TOGETHER
    for number in np.unique(group):
        some = group == number
        part = chosen[:, some]
        found[rows[:, some][part]] = _stepped(matrix[some], [one[some] for one in entering], walk, part)
    return found


def _stepped(matrix: Array, entering: Sequence[Array], walk: Walk, chosen: Chosen) -> Array:
    count, states = matrix.shape[:2]
    wides = _wides(matrix, entering, walk)
    outputs = [_outputs(one, chosen) for one in walk.stretches]
    last = max((at for at, (times, *_) in enumerate(outputs) if len(times)), default=-1)
    alike = [next(at for at, other in enumerate(wides) if other is wide) for wide in wides]
    passed = _passed(wides, alike, outputs, walk.offsets)
    rows, found = np.cumsum(chosen).reshape(chosen.shape) - 1, np.zeros((int(chosen.sum()), states))
    state = np.zeros((count, states + 1))
    state[:, states] = 1.0
    over: dict[tuple[int, float], Array] = {}
    for at, one in enumerate(walk.stretches[: last + 1]):
        for number, _, hours in one.changes:
            if hours == 0:
                state[:, :states] += entering[number]
        times, _, who = outputs[at]
        found[rows[times, who]] = (passed[at] @ state[who][:, :, None])[:, :states, 0]
        if at < last:
            key = (alike[at], round(one.hours, 12))
            if key not in over:
                over[key] = exponential(wides[at] * one.hours)
            state = np.asarray((over[key] @ state[:, :, None])[:, :, 0])
    return found


def _wides(matrix: Array, entering: Sequence[Array], walk: Walk) -> list[Array]:
    """The rates in each stretch, an even input as one more state that never changes; equal ones are one array."""
    count, states = matrix.shape[:2]
    still = np.zeros((count, states + 1, states + 1))
    still[:, :states, :states] = matrix
    rate = np.zeros((count, states))
    found: list[Array] = []
    for one in walk.stretches:
        for number, begins, hours in one.changes:
            if hours > 0:
                rate = rate + entering[number] / (hours if begins else -hours)
        wide = still
        if one.running:
            wide = still.copy()
            wide[:, :states, states] = rate
            wide = next((other for other in found if np.array_equal(other, wide)), wide)
        else:
            rate = np.zeros_like(rate)
        found.append(wide)
    return found


def _outputs(one: Stretch, chosen: Chosen) -> tuple[Places, Places, Places]:
    """The chosen outputs of a stretch: numbers of their times, of their offsets, and of the patients."""
    found = [np.zeros((3, 0), np.intp)]
    for time, offset, many in one.runs:
        at, who = np.nonzero(chosen[time : time + many])
        found.append(np.stack([time + at, offset + at, who]))
    times, offsets, who = np.concatenate(found, axis=1)
    return times, offsets, who


def _passed(
    wides: list[Array], alike: list[int], outputs: list[tuple[Places, Places, Places]], offsets: Array
) -> dict[int, Array]:
    """The exponentials for each stretch's outputs; those of equal rates, patient and offset are computed once."""
    found: dict[int, Array] = {}
    for kind in set(alike):
        members = [at for at, other in enumerate(alike) if other == kind]
        keys = [outputs[at][2] * len(offsets) + outputs[at][1] for at in members]
        once, places = np.unique(np.concatenate(keys), return_inverse=True)
        who, offset = np.divmod(once, len(offsets))
        held = exponential(wides[kind][who] * offsets[offset][:, None, None])
        ends = np.cumsum([len(each) for each in keys])
        found |= dict(zip(members, (held[each] for each in np.split(places, ends[:-1])), strict=True))
    return found

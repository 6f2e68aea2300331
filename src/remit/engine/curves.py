"""The curves of the states from their modes: a sum of exponentials over each stretch, for a block of patients.

The exponentials of one distance from the beginning of a stretch are computed once for all stretches, in pieces that
stay in the processor's cache. Every operation is one on vectors over patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from remit.engine.fast import Kernel
from remit.engine.modes import Modes, exponentials
from remit.engine.people import Array, Places
from remit.engine.walk import Stretch, Walk

_PIECE = 16_384
"""Numbers of one exponential that are computed together."""
Shares = dict[int, Array]
"""The share of each mode in a state, for every patient."""
Held = tuple[Array, Array]
"""The modes at the beginning of each stretch, and what enters them per hour: shapes (stretches, modes, patients)."""
Terms = tuple[Places, Array]
"""Rows of the basis, and their coefficients of shape (stretches, rows, patients)."""


def along(closed: Modes, walk: Walk, entering: Sequence[Array]) -> Held:
    """The modes at the beginning of each stretch; `entering`: what each input is in the modes."""
    states = np.zeros((len(walk.stretches), *closed.rates.shape))
    rates = np.zeros_like(states)
    for at, one in enumerate(walk.stretches):
        if at:
            before = walk.stretches[at - 1]
            states[at] = closed.step(states[at - 1], rates[at - 1] if before.running else None, before.hours)
            if one.running:
                rates[at] = rates[at - 1]
        for number, begins, hours in one.changes:
            if hours == 0:
                states[at] += entering[number]
            elif one.running:
                rates[at] += entering[number] / (hours if begins else -hours)
    return states, rates


class Basis:
    """The exponentials of a system's rates, with the powers of time that chains of equal rates need.

    Row by row: what is left of an amount at once; after those, in the same order, what is left of an even input.
    """

    def __init__(self, closed: Modes, backs: Sequence[Shares]) -> None:
        used = {at for back in backs for at in back}
        self.closed = closed
        self.families = tuple(family for family in closed.families if used.intersection(family))
        self.first = np.cumsum([0, *(len(family) for family in self.families)]).tolist()
        self.size: int = self.first[-1]

    def rows(self, offsets: Array, evenly: bool) -> Array:
        """The rows at these times: shape (rows, times, patients); those of even inputs only where asked for."""
        count = self.closed.rates.shape[1]
        found = np.empty(((2 if evenly else 1) * self.size, len(offsets), count))
        time = offsets[:, None]
        for family, first in zip(self.families, self.first, strict=False):
            rate = self.closed.rates[family[0]]
            if evenly:
                left, mean = exponentials(rate, time)
                found[first], found[self.size + first] = left, mean
            else:
                np.multiply(time, -rate, out=found[first])
                np.exp(found[first], out=found[first])
            for power in range(1, len(family)):
                np.multiply(found[first + power - 1], time / power, out=found[first + power])
                if evenly:
                    later = found[self.size + first + power]
                    np.subtract(found[self.size + first + power - 1], found[first + power], out=later)
                    later /= rate
        return found

    def terms(self, back: Shares, held: Held, at_once: bool, evenly: bool) -> Terms:
        """A state's coefficients in every stretch, for what is there at once, for what enters evenly, or for both."""
        found = [*(self._of(back, held[0], 0) if at_once else ())]
        found += [*(self._of(back, held[1], self.size) if evenly else ())]
        return np.array([row for row, _ in found], np.intp), np.stack([each for _, each in found], axis=1)

    def _of(self, back: Shares, amounts: Array, row: int) -> Iterator[tuple[int, Array]]:
        for family, first in zip(self.families, self.first, strict=False):
            held = {at: amounts[:, at] for at in family}
            for power in range(len(family)):
                parts = [back[at] * amount for at, amount in held.items() if at in back]
                if parts:
                    yield row + first + power, sum(parts[1:], parts[0])
                held = self.closed.handed_on(held)


def summed(
    closed: Modes,
    walk: Walk,
    held: Held,
    backs: Sequence[Shares],
    size: int,
    kernel: Kernel | None = None,
) -> Array:
    """The curves of states at `size` output times: shape (states, times, patients).

    `backs` holds the share of each mode in each state; `kernel` is the compiled sum, where there is one.
    """
    count = closed.rates.shape[1]
    found = np.zeros((len(backs), size, count))
    basis = Basis(closed, backs)
    kinds = {(not one.empty, one.running) for one in walk.stretches if one.runs} - {(False, False)}
    terms = {kind: [basis.terms(back, held, *kind) for back in backs] for kind in kinds}
    piece = max(4, _PIECE // count)
    spare = np.empty((piece, count))
    for first in range(0, len(walk.offsets), piece):
        last = min(first + piece, len(walk.offsets))
        parts = list(_within(walk.stretches, first, last))
        evenly = any(walk.stretches[number].running for number, *_ in parts)
        rows = basis.rows(walk.offsets[first:last], evenly)
        for number, time, offset, many in parts:
            one, part = walk.stretches[number], rows[:, offset : offset + many]
            for state, (which, coefficients) in enumerate(terms.get((not one.empty, one.running), ())):
                if kernel is not None:
                    kernel(found[state, time : time + many], part, which, coefficients[number])
                else:
                    _add(found[state, time : time + many], part, which, coefficients[number], spare[:many])
    return found


def _within(stretches: Iterable[Stretch], first: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """The output times whose offsets are among `first` to `last`: stretch, first time, place in the piece, how many."""
    for number, one in enumerate(stretches):
        for time, offset, many in one.runs:
            begin, end = max(offset, first), min(offset + many, last)
            if begin < end:
                yield number, time + begin - offset, begin - first, end - begin


def _add(found: Array, rows: Array, which: Places, coefficients: Array, spare: Array) -> None:
    for at, row in enumerate(which.tolist()):
        if at:
            np.multiply(rows[row], coefficients[at], out=spare)
            found += spare
        else:
            np.multiply(rows[row], coefficients[at], out=found)

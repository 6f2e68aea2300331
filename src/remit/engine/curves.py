"""The curves of the states from their modes: a sum of exponentials over each stretch, for a block of patients.

The exponentials of one distance from the beginning of a stretch are computed once for all stretches, in pieces that
stay in the processor's cache. Every operation is one on vectors over patients.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from remit.engine.modes import Modes, exponentials
from remit.engine.people import Array
from remit.engine.walk import Stretch, Walk

_PIECE = 16_384
"""Numbers of one exponential that are computed together."""
Terms = list[tuple[int, Array]]
"""Rows of the basis, each with its coefficient for every patient."""
Shares = dict[int, Array]
"""The share of each mode in a state, for every patient."""
Held = tuple[Array, Array | None]
"""The modes at the beginning of a stretch, and what enters them per hour."""


def along(closed: Modes, walk: Walk, entering: Sequence[Array]) -> list[Held]:
    """The modes at the beginning of each stretch; `entering`: what each input is in the modes."""
    state, rate = np.zeros_like(closed.rates), np.zeros_like(closed.rates)
    found: list[Held] = []
    for at, one in enumerate(walk.stretches):
        if at:
            before = walk.stretches[at - 1]
            state = closed.step(state, rate if before.running else None, before.hours)
        for number, begins, hours in one.changes:
            if hours == 0:
                state = state + entering[number]
            else:
                rate = rate + entering[number] / (hours if begins else -hours)
        if not one.running:
            rate = np.zeros_like(rate)
        found.append((state, rate if one.running else None))
    return found


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

    def terms(self, back: Shares, held: Held, one: Stretch) -> Terms:
        """A state's coefficients in a stretch."""
        found: Terms = []
        state, rate = held
        if not one.empty:
            found += self._of(back, state, 0)
        if rate is not None:
            found += self._of(back, rate, self.size)
        return found

    def _of(self, back: Shares, amounts: Array, row: int) -> Iterator[tuple[int, Array]]:
        for family, first in zip(self.families, self.first, strict=False):
            held = {at: amounts[at] for at in family}
            for power in range(len(family)):
                parts = [back[at] * amount for at, amount in held.items() if at in back]
                if parts:
                    yield row + first + power, sum(parts[1:], parts[0])
                held = self.closed.handed_on(held)


def summed(closed: Modes, walk: Walk, held: Sequence[Held], backs: Sequence[Shares], size: int) -> Array:
    """The curves of states at `size` output times: shape (states, times, patients).

    `backs` holds the share of each mode in each state.
    """
    count = closed.rates.shape[1]
    found = np.zeros((len(backs), size, count))
    basis = Basis(closed, backs)
    terms = [
        [basis.terms(back, one, stretch) for back in backs]
        for one, stretch in zip(held, walk.stretches, strict=True)
    ]  # fmt: skip
    piece = max(4, _PIECE // count)
    spare = np.empty((piece, count))
    for first in range(0, len(walk.offsets), piece):
        last = min(first + piece, len(walk.offsets))
        parts = list(_within(walk.stretches, first, last))
        if not parts:
            continue
        evenly = any(walk.stretches[number].running for number, *_ in parts)
        rows = basis.rows(walk.offsets[first:last], evenly)
        for number, time, offset, many in parts:
            for state, listed in enumerate(terms[number]):
                _add(found[state, time : time + many], rows[:, offset : offset + many], listed, spare[:many])
    return found


def _within(stretches: Iterable[Stretch], first: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """The output times whose offsets are among `first` to `last`: stretch, first time, place in the piece, how many."""
    for number, one in enumerate(stretches):
        for time, offset, many in one.runs:
            begin, end = max(offset, first), min(offset + many, last)
            if begin < end:
                yield number, time + begin - offset, begin - first, end - begin


def _add(found: Array, rows: Array, terms: Terms, spare: Array) -> None:
    for at, (row, coefficient) in enumerate(terms):
        if at:
            np.multiply(rows[row], coefficient, out=spare)
            found += spare
        else:
            np.multiply(rows[row], coefficient, out=found)

"""The curves of the states from their modes: a sum of exponentials over each stretch, for a block of patients.

The exponentials of one distance from the beginning of a stretch are computed once for all stretches, in pieces that
stay in the processor's cache. Every operation is one on vectors over patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from remit.engine.fast import Kernel
from remit.engine.modes import Modes, exponentials
from remit.engine.people import Array, Places
from remit.engine.walk import Walk, within

_PIECE = 16_384
"""Numbers of one exponential that are computed together."""
Shares = dict[int, Array]
"""The share of each mode in a state, for every patient."""
Held = tuple[Array, Array]
"""The modes at the beginning of each stretch, and what enters them per hour: shapes (stretches, modes, patients)."""
Terms = tuple[Places, Array]
"""Rows of the basis, and their coefficients of shape (stretches, rows, patients)."""


def along(closed: Modes, walk: Walk, entering: Sequence[Array], kernel: Kernel | None = None) -> Held:
    """The modes at the beginning of each stretch; `entering`: what each input is in the modes."""
    states = np.zeros((len(walk.stretches), *closed.rates.shape), closed.rates.dtype)
    rates = np.zeros_like(states)
    passed: dict[float, tuple[Array, Array]] = {}
    for at, one in enumerate(walk.stretches):
        if at:
            before = walk.stretches[at - 1]
            # Equal sessions leave the same between them, but for rounding.
            length = round(before.hours, 12)
            if length not in passed:
                passed[length] = exponentials(closed.rates, length, kernel)
            rate = rates[at - 1] if before.running else None
            states[at] = closed.step(states[at - 1], rate, length, passed[length])
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

    def shares(self, back: Shares) -> Iterator[tuple[int, int, Array]]:
        """What a state is made of: a row, a mode, and what of the mode's amount counts with that row."""
        for family, first in zip(self.families, self.first, strict=False):
            yield from ((first, origin, back[origin]) for origin in family if origin in back)
            own: dict[int, dict[int, Array]] = {at: {at: np.ones_like(self.closed.rates[at])} for at in family[:-1]}
            for power in range(1, len(family)):
                own = {origin: self.closed.handed_on(held) for origin, held in own.items()}
                for origin, held in own.items():
                    parts = [back[to] * share for to, share in held.items() if to in back]
                    if parts:
                        yield first + power, origin, _sum(parts)

    def terms(self, back: Shares, held: Held) -> tuple[Terms, Terms]:
        """A state's coefficients in every stretch, for what is there at once, and for what enters evenly."""
        shares = list(self.shares(back))
        which = np.array(sorted({row for row, *_ in shares}), np.intp)
        found = [np.empty((len(held[0]), len(which), self.closed.rates.shape[1])) for _ in held]
        for at, row in enumerate(which):
            for amounts, to in zip(held, found, strict=True):
                _sum_into(to[:, at], [(amounts[:, mode], share) for own, mode, share in shares if own == row])
        return (which, found[0]), (which + self.size, found[1])


def summed(closed: Modes, walk: Walk, held: Held, backs: Sequence[Shares], size: int) -> Array:
    """The curves of states at `size` output times, by numpy: shape (states, times, patients).

    `backs` holds the share of each mode in each state.
    """
    count = closed.rates.shape[1]
    found = np.empty((len(backs), size, count))
    # Before anything has entered there is nothing.
    found[:, : walk.visits[:, 1].min(initial=size)] = 0.0
    basis = Basis(closed, backs)
    terms = [basis.terms(back, held) for back in backs]
    piece = max(4, _PIECE // count)
    spare = np.empty((piece, count))
    for first in range(0, len(walk.offsets), piece):
        last = min(first + piece, len(walk.offsets))
        parts = [each for each in within(walk.stretches, first, last) if not walk.stretches[each[0]].nothing]
        evenly = any(walk.stretches[number].running for number, *_ in parts)
        rows = basis.rows(walk.offsets[first:last], evenly)
        for number, time, offset, many in parts:
            one, part = walk.stretches[number], rows[:, offset - first : offset - first + many]
            for state, (at_once, evenly_) in enumerate(terms):
                used = [*([] if one.empty else [at_once]), *([evenly_] if one.running else [])]
                _add(found[state, time : time + many], part, used, number, spare[:many])
    return found


def _add(found: Array, rows: Array, used: Sequence[Terms], number: int, spare: Array) -> None:
    """Set an array to the sum of these rows, each with its coefficients in the stretch of that number."""
    terms = [(row, own[number, at]) for which, own in used for at, row in enumerate(which.tolist())]
    for at, (row, own) in enumerate(terms):
        np.multiply(rows[row], own, out=spare if at else found)
        if at:
            found += spare


def _sum(parts: Sequence[Array]) -> Array:
    return np.asarray(sum(parts[1:], parts[0]))


def _sum_into(found: Array, parts: Sequence[tuple[Array, Array]]) -> None:
    np.multiply(*parts[0], out=found)
    for amounts, share in parts[1:]:
        found += amounts * share

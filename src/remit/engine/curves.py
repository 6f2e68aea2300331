"""The curves of the states from their modes: a sum of exponentials over each stretch, for a block of patients.

The exponentials of one distance from the beginning of a stretch are computed once for all stretches, in pieces that
stay in the processor's cache. Every operation is one on vectors over patients.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.fast import Kernel
from remit.engine.modes import Modes, exponentials
from remit.engine.people import Array, Places
from remit.engine.walk import Walk, steps, within

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

    @property
    def lines(self) -> list[int]:
        """Where compiled code has each row: all families' first, what is left of their even inputs, and the powers."""
        many = len(self.families)
        once: list[int] = []
        even: list[int] = []
        for number, family in enumerate(self.families):
            later = 2 * (self.first[number] - number + many)
            once += [number, *range(later, later + 2 * len(family) - 2, 2)]
            even += [many + number, *range(later + 1, later + 2 * len(family) - 1, 2)]
        return once + even

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


@dataclass(frozen=True, slots=True)
class Recipe:
    """What each state is made of, the same for every patient: numbers of rows, modes and shares for compiled code."""

    sizes: Places
    """How many modes each family has."""
    made_of: tuple[Places, Places, Places, Places]
    """State by state: rows of the basis, an even number, and terms: place among the rows, mode, number of the share;
    each followed by where a state's begin."""
    drawn: tuple[Places, Places, Places]
    """The same for `drawing.curves`."""


def recipe(basis: Basis, backs: Sequence[Shares]) -> tuple[Recipe, list[Array]]:
    """What states are made of, and the shares of which it tells."""
    which: list[int] = []
    terms: list[tuple[int, int, int]] = []
    shares: list[Array] = []
    lines: list[list[int]] = []
    from_row, from_term = [0], [0]
    for back in backs:
        parts = list(basis.shares(back))
        lines.append(sorted({row for row, *_ in parts}))
        terms += [(lines[-1].index(row), mode, len(shares) + at) for at, (row, mode, _) in enumerate(parts)]
        shares += [share for *_, share in parts]
        which += lines[-1] + lines[-1][:1] * (len(lines[-1]) % 2)
        from_row.append(len(which))
        from_term.append(len(terms))
    made_of = np.array(which), np.array(from_row), np.array(terms), np.array(from_term)
    sizes = np.array([len(family) for family in basis.families])
    return Recipe(sizes, made_of, _drawn(basis.lines, lines, terms, from_term)), shares


def _drawn(
    places: list[int], rows: list[list[int]], terms: list[tuple[int, int, int]], from_term: list[int]
) -> tuple[Places, Places, Places]:
    """The same with rows numbered through: terms, and for each of the three kinds of stretches which rows are added."""
    firsts = np.cumsum([0, *(len(each) for each in rows)]).tolist()
    ends = zip(firsts, from_term, from_term[1:], strict=False)
    own = [(first + row, mode, share) for first, a, b in ends for row, mode, share in terms[a:b]]
    half = len(places) // 2
    once, even = (
        [
            [(places[kind * half + row], kind * firsts[-1] + first + at) for at, row in enumerate(each)]
            for first, each in zip(firsts, rows, strict=False)
        ]
        for kind in (0, 1)
    )
    kinds = [*once, *even, *(one + other for one, other in zip(once, even, strict=True))]
    pairs = np.array([pair for each in kinds for pair in each])
    return np.array(own), pairs, np.cumsum([0, *(len(each) for each in kinds)])


@dataclass(frozen=True, slots=True)
class Layout:
    """Which row of everybody's numbers is what: first the rates of the families, then the shares."""

    families: int
    shares: int
    places: Places
    """The rows of the modes at the beginning of each stretch, and of what enters them: shape (2, stretches, modes). The
    last row, -1, is of zeros."""
    made: Recipe


class Sums:
    """The same sums, ready for compiled code, which puts those of any of the patients anywhere."""

    def __init__(self, kernel: Kernel, rows: Array, layout: Layout) -> None:
        self.kernel = kernel
        self.rows = rows
        self.layout = layout

    @property
    def families(self) -> tuple[Array, Places]:
        """The rates of the families, and how many modes each has."""
        return self.rows[: self.layout.families], self.layout.made.sizes

    @property
    def shares(self) -> Array:
        """What of the modes counts in the states."""
        return self.rows[self.layout.families : self.layout.families + self.layout.shares]

    @property
    def made_of(self) -> tuple[Held, Array, tuple[Places, Places, Places, Places]]:
        """The modes at the beginning of each stretch and what enters them, the shares, and what states are made of."""
        there, enters = self.layout.places
        return (self.rows[there], self.rows[enters]), self.shares, self.layout.made.made_of

    def begun(self, stretches: int) -> Sums:
        """The same of no more than so many of the first stretches."""
        places = np.ascontiguousarray(self.layout.places[:, :stretches])
        return Sums(self.kernel, self.rows, replace(self.layout, places=places))

    def put(self, found: Array, walk: Walk, first: int, last: int, column: int = 0) -> None:
        """The curves of patients `first` to `last`, in an array (states, times, patients) from a column on."""
        begins = walk.visits[:, 1].min(initial=found.shape[1])
        if begins:
            found[:, :begins, column : column + last - first] = 0.0
        if begins == found.shape[1]:
            return
        exponents, way = (*self.families, walk.offsets, *steps(walk.offsets.tobytes())), (walk.visits, walk.tiles)
        amounts = self.rows, self.layout.places
        self.kernel.curves(found, (first, last, column), exponents, way, amounts, self.shares, self.layout.made.drawn)


def _sum(parts: Sequence[Array]) -> Array:
    return np.asarray(sum(parts[1:], parts[0]))


def _sum_into(found: Array, parts: Sequence[tuple[Array, Array]]) -> None:
    np.multiply(*parts[0], out=found)
    for amounts, share in parts[1:]:
        found += amounts * share

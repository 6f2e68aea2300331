"""Where compiled code finds everybody's numbers, and which of them make up a state."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np

from remit.engine.fast import Kernel
from remit.engine.people import Array, Places
from remit.engine.walk import Walk, steps

Term = tuple[int, int, int]
"""A row of the basis, a mode, and the number of the share of the mode's amount that counts with that row."""
Sized = tuple[int, int, int, int]
"""How many families, shares, stretches and modes there are."""


@dataclass(frozen=True, eq=False)
class Layout:
    """Rows of everybody's numbers, (rows, patients), and what each state is made of."""

    sizes: tuple[int, ...]
    """How many modes each family has."""
    rates: Places
    """The row of each family's rate."""
    shares: Places
    amounts: Places
    """The modes at the beginning of each stretch, and what enters them: shape (2, stretches, modes); -1 is nothing."""
    states: tuple[tuple[Term, ...], ...]

    @cached_property
    def counts(self) -> Sized:
        """What `drawing.parted` needs."""
        return len(self.sizes), len(self.shares), *self.amounts.shape[1:]

    @cached_property
    def gathers(self) -> Places:
        """What `drawing.gathered` takes: where to, and which row."""
        rows = np.concatenate([self.rates, self.shares, self.amounts.ravel()])
        there = np.flatnonzero(rows >= 0)
        return np.stack([there, rows[there]], axis=1)

    @cached_property
    def state_of(self) -> Places:
        """The state to which each share belongs."""
        found = np.zeros(len(self.shares), np.intp)
        for state, terms in enumerate(self.states):
            found[[share for *_, share in terms]] = state
        return found

    @cached_property
    def made_of(self) -> tuple[Places, Places, Places]:
        """What `drawing.draw` takes: all coefficients' terms; for a stretch in which something is there, something
        enters, and both: rows and coefficients, state by state; and where those of each begin."""
        own = [sorted({row for row, *_ in each}) for each in self.states]
        firsts = np.cumsum([0, *(len(each) for each in own)]).tolist()
        terms = [
            (first + rows.index(row), mode, share)
            for first, rows, each in zip(firsts, own, self.states, strict=False)
            for row, mode, share in sorted(each)
        ]
        once, even = (
            [
                [(lines[row], kind * firsts[-1] + first + at) for at, row in enumerate(rows)]
                for first, rows in zip(firsts, own, strict=False)
            ]
            for kind, lines in enumerate(lines_of(self.sizes))
        )
        kinds = [*once, *even, *(one + other for one, other in zip(once, even, strict=True))]
        pairs = np.array([pair for each in kinds for pair in each], np.intp).reshape(-1, 2)
        return np.array(terms, np.intp).reshape(-1, 3), pairs, np.cumsum([0, *(len(each) for each in kinds)])


@lru_cache(maxsize=16)
def begun(held: Layout, stretches: int) -> Layout:
    """The same of no more than so many of the first stretches."""
    return replace(held, amounts=held.amounts[:, :stretches])


@lru_cache(maxsize=256)
def only(held: Layout, state: int) -> Layout:
    """What one of the states needs."""
    edges, terms = np.cumsum([0, *held.sizes]), held.states[state]
    family = {row: int(np.searchsorted(edges, row, side="right")) - 1 for row, *_ in terms}
    families, modes = sorted(set(family.values())), sorted({mode for _, mode, _ in terms})
    sizes = tuple(held.sizes[each] for each in families)
    begins = np.cumsum([0, *sizes]).tolist()
    row = {at: begins[families.index(one)] + at - int(edges[one]) for at, one in family.items()}
    own = tuple((row[at], modes.index(mode), number) for number, (at, mode, _) in enumerate(terms))
    shares = held.shares[[share for *_, share in terms]]
    return Layout(sizes, held.rates[families], shares, held.amounts[:, :, modes], (own,))


@lru_cache(maxsize=256)
def of_amounts(held: Layout, state: int) -> Places:
    """The same of numbers that are the amounts and nothing else, (kinds, stretches, modes) one after the other."""
    one, modes = only(held, state), sorted({mode for _, mode, _ in held.states[state]})
    rows = np.arange(held.amounts.size).reshape(held.amounts.shape)[:, :, modes].ravel()
    return np.stack([one.counts[0] + one.counts[1] + np.arange(len(rows)), rows], axis=1)


def lines_of(sizes: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where `drawing.basis` has each row, and what is left of its even input: all families' first, then those of their
    even inputs, then powers of time."""
    many = len(sizes)
    once: list[int] = []
    even: list[int] = []
    later = 2 * many
    for number, size in enumerate(sizes):
        once += [number, *range(later, later + 2 * size - 2, 2)]
        even += [many + number, *range(later + 1, later + 2 * size - 1, 2)]
        later += 2 * size - 2
    return once, even


@lru_cache(maxsize=16)
def joined(layouts: tuple[Layout, ...], rows: tuple[int, ...], states: int) -> tuple[Layout, tuple[Places, ...]]:
    """Several layouts as one, of which each has so many rows; and what is gathered of each one's numbers.

    Where there are none, nothing is known of any of the states.
    """
    if not layouts:
        nothing = np.zeros(0, np.intp)
        return Layout((), nothing, nothing, np.zeros((2, 0, 0), np.intp), ((),) * states), ()
    firsts = np.cumsum([0, *rows]).tolist()
    placed = [*zip(layouts, firsts, _shifts(layouts), strict=False)]
    whole = Layout(
        tuple(size for one in layouts for size in one.sizes),
        np.concatenate([one.rates + first for one, first, _ in placed]),
        np.concatenate([one.shares + first for one, first, _ in placed]),
        np.concatenate([np.where(one.amounts < 0, -1, one.amounts + first) for one, first, _ in placed], axis=2),
        tuple(tuple(_moved(each, by)) for one, _, by in placed for each in one.states),
    )
    to, of = whole.gathers.T
    parts = [(of >= first) & (of < first + many) for first, many in zip(firsts, rows, strict=False)]
    return whole, tuple(
        np.stack([to[each], of[each] - first], axis=1) for each, first in zip(parts, firsts, strict=False)
    )


def _shifts(layouts: Iterable[Layout]) -> Iterator[Term]:
    row = mode = share = 0
    for one in layouts:
        yield row, mode, share
        row, mode, share = row + sum(one.sizes), mode + one.amounts.shape[2], share + len(one.shares)


def _moved(terms: Iterable[Term], by: Term) -> Iterator[Term]:
    return ((row + by[0], mode + by[1], share + by[2]) for row, mode, share in terms)


class Sums:
    """Sums of modes, ready for compiled code, which puts those of any of the patients anywhere."""

    def __init__(self, kernel: Kernel, rows: Array, layout: Layout) -> None:
        self.kernel = kernel
        self.rows = rows
        self.layout = layout

    def put(self, found: Array, walk: Walk, first: int, last: int, column: int = 0) -> None:
        """The curves of patients `first` to `last`, in an array (states, times, patients) from a column on."""
        begins = walk.visits[:, 1].min(initial=found.shape[1])
        if begins:
            found[:, :begins, column : column + last - first] = 0.0
        if begins == found.shape[1]:
            return
        held = self.layout
        self.kernel.curves(
            found, (first, last, column), (self.rows, held.gathers), held.counts, basis_of(held, walk),
            (walk.visits, walk.tiles), held.made_of,
        )  # fmt: skip


def basis_of(held: Layout, walk: Walk) -> tuple[Places, Array, Places, int]:
    """What `drawing.basis` needs: how many modes each family has, the offsets, and how these follow from each other."""
    return np.array(held.sizes, np.intp), walk.offsets, *steps(walk.offsets.tobytes())

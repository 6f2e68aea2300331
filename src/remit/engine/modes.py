"""Linear kinetics in closed form: each block by its own modes, the blocks joined by forward substitution.

Within a block the exchange is symmetric once amounts are divided by the root of their volumes, so its modes are real
and independent, coincident or not. Between blocks two rates may come together: where a chain has equal rates by
construction the pair is kept as one (its answer is a polynomial times an exponential), and a patient whose rates
merely happen to meet is handed to the matrix exponential (`exponential.py`).

Every number is a vector over patients, and only those that the structure knows not to be zero are kept. Each patient's
numbers are computed by themselves in the same order, so that an answer does not depend on who else is in the block.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit.engine.fast import Kernel
from remit.engine.people import Array, Chosen, Places
from remit.engine.structure import Structure
from remit.engine.tape import apart, passing, recorded, root, turned

SHORT = 1e-5
"""Below this rate times time the mean of an exponential is taken from its series."""
Sparse = dict[tuple[int, int], Array]


@dataclass(frozen=True, slots=True)
class Modes:
    """A system's modes for a number of patients; `rates` has shape (modes, patients), per hour."""

    rates: Array
    root: Sparse
    """(state, mode) within a block: the state's share of each of its block's modes."""
    inverse: Sparse
    join: Sparse
    """(mode, earlier mode): how far a mode follows an earlier one at once."""
    kept: Sparse
    """(mode, earlier mode of the same rate): what the earlier one hands on."""
    chains: tuple[tuple[int, ...], ...]
    """Modes of one rate that hand on to each other."""

    @property
    def families(self) -> tuple[tuple[int, ...], ...]:
        """The modes by rate: chains, and every other mode alone, in order."""
        chained = {at for chain in self.chains for at in chain}
        return tuple(sorted([*self.chains, *((at,) for at in range(len(self.rates)) if at not in chained)]))

    def some(self, chosen: Chosen | Places) -> Modes:
        """Some of the patients."""
        root, inverse, join, kept = (
            {at: held[chosen] for at, held in one.items()} for one in (self.root, self.inverse, self.join, self.kept)
        )
        return Modes(self.rates[:, chosen], root, inverse, join, kept, self.chains)

    def sized(self, chosen: Chosen) -> Modes:
        """Some of the patients, with signs by which nothing cancels: for how large the parts of a sum are."""
        inverse, join, kept = (
            {at: sign * np.abs(held[chosen]) for at, held in one.items()}
            for one, sign in ((self.inverse, 1.0), (self.join, -1.0), (self.kept, 1.0))
        )
        return Modes(self.rates[:, chosen], {}, inverse, join, kept, self.chains)

    def entering(self, state: int, amount: Array) -> Array:
        """What an amount in a state is in the modes: shape (modes, patients)."""
        found = np.zeros_like(self.rates)
        for (mode, of), share in self.inverse.items():
            if of == state:
                found[mode] = share * amount
        for row, column in sorted(self.join):
            found[row] -= self.join[row, column] * found[column]
        return found

    def back(self, state: int) -> dict[int, Array]:
        """The share of each mode in a state."""
        found: dict[int, Array] = {}
        for (of, mode), share in self.root.items():
            if of != state:
                continue
            found[mode] = found[mode] + share if mode in found else share
            for (row, column), joined in self.join.items():
                if row == mode:
                    part = share * joined
                    found[column] = found[column] + part if column in found else part
        return found

    def handed_on(self, held: Mapping[int, Array]) -> dict[int, Array]:
        """What each mode of a chain is given by those before it."""
        found: dict[int, Array] = {}
        for (to, origin), coupling in self.kept.items():
            if origin in held:
                part = coupling * held[origin]
                found[to] = found[to] + part if to in found else part
        return found

    def step(self, state: Array, rate: Array | None, hours: float, passed: tuple[Array, Array] | None = None) -> Array:
        """The modes `hours` later, under a constant input (modes per hour): shape (modes, patients).

        `passed` are the exponentials of that time, where they are known.
        """
        left, mean = passed or exponentials(self.rates, hours)
        found = left * state
        if rate is not None:
            found += mean * rate
        for chain in self.chains:
            first, factor, integral = chain[0], 1.0, mean[chain[0]]
            held = {at: state[at] for at in chain}
            given = {} if rate is None else {at: rate[at] for at in chain}
            for power in range(1, len(chain)):
                factor *= hours / power
                share = left[first] * factor
                integral = (integral - share) / self.rates[first]
                held, given = self.handed_on(held), self.handed_on(given)
                for at, amount in held.items():
                    found[at] += share * amount
                for at, amount in given.items():
                    found[at] += integral * amount
        return found

    def areas(self, entered: Array, there: Array) -> Array:
        """The areas of the modes, from what has entered them and what is there: shape (modes, patients)."""
        found = np.zeros_like(self.rates)
        given = entered - there
        for row in range(len(found)):
            for (to, origin), coupling in self.kept.items():
                if to == row:
                    given[row] += coupling * found[origin]
            found[row] = given[row] / self.rates[row]
        return found


def exponentials(rates: Array, hours: float | Array, kernel: Kernel | None = None) -> tuple[Array, Array]:
    """What is left of each mode after a time, and the integral of it."""
    if kernel is not None:
        gone, mean = np.empty_like(rates), np.empty_like(rates)
        kernel.exponentials(gone, mean, rates, hours)
        return gone, mean
    if recorded(rates):
        return passing(rates, hours)
    passed = rates * hours
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        gone = np.exp(-passed)
        mean = np.expm1(-passed)
        mean /= -rates
        short = np.abs(passed) <= SHORT
        if short.any():
            mean = np.where(short, hours * (1 - passed / 2 + passed**2 / 6), mean)
    return gone, mean


def modes(held: Structure, matrix: Array, volume: Array) -> Modes:
    """The modes of a system from its rates (patients, states, states) and volumes (patients, states)."""
    rates = np.zeros(matrix.shape[1::-1], matrix.dtype)
    roots: Sparse = {}
    inverse: Sparse = {}
    for block in held.blocks:
        if len(block) == 1:
            [at] = block
            rates[at] = -matrix[:, at, at]
            roots[at, at] = inverse[at, at] = np.ones(len(matrix))
            continue
        values, vectors, scale = _exchange(held, matrix, volume, block)
        rates[list(block)] = values
        for row, state in enumerate(block):
            for column, mode in enumerate(block):
                roots[state, mode] = scale[row] * vectors[row][column]
                inverse[mode, state] = vectors[row][column] / scale[row]
    join, kept = _join(held, _lower(held, matrix, roots, inverse), rates)
    return Modes(rates, roots, inverse, join, kept, _chains(held))


def _exchange(
    held: Structure, matrix: Array, volume: Array, block: tuple[int, ...]
) -> tuple[Array, list[list[Array]], list[Array]]:
    """The rates of a block that exchanges both ways, its modes by state, and the roots of its volumes."""
    scale = [np.asarray(root(volume[:, at])) for at in block]
    size = len(block)
    symmetric = np.zeros((size, size, len(matrix)), matrix.dtype)
    for row, state in enumerate(block):
        symmetric[row, row] = matrix[:, state, state]
        for column, other in enumerate(block[:row]):
            if (state, other) in held.direct or (other, state) in held.direct:
                there = matrix[:, state, other] * (scale[column] / scale[row])
                again = matrix[:, other, state] * (scale[row] / scale[column])
                symmetric[row, column] = symmetric[column, row] = (there + again) / 2
    if recorded(symmetric):
        values, vectors = turned(symmetric)
        return -values, [list(row) for row in vectors], scale
    if size == 2:
        values, vectors = _two(symmetric)
        return values, vectors, scale
    found, rotated = np.linalg.eigh(np.ascontiguousarray(symmetric.transpose(2, 0, 1)))
    rotated = np.ascontiguousarray(rotated.transpose(1, 2, 0))
    return -found.T, [list(row) for row in rotated], scale


def _two(symmetric: Array) -> tuple[Array, list[list[Array]]]:
    """Two compartments that exchange: one rotation sets their modes apart."""
    one, other, shared = symmetric[0, 0], symmetric[1, 1], symmetric[0, 1]
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        slant = (other - one) / (2.0 * shared)
        tangent = np.copysign(1.0, slant) / (np.abs(slant) + np.sqrt(slant * slant + 1.0))
    tangent = np.where(shared == 0, 0.0, tangent)
    cosine = 1.0 / np.sqrt(tangent * tangent + 1.0)
    sine = tangent * cosine
    turn = tangent * shared
    return np.stack([turn - one, -turn - other]), [[cosine, sine], [-sine, cosine]]


def _lower(held: Structure, matrix: Array, root: Sparse, inverse: Sparse) -> Sparse:
    """How the modes of one block feed those of another."""
    block = {at: members for members in held.blocks for at in members}
    found: Sparse = {}
    for origin, to in sorted(held.direct):
        if block[origin] is block[to]:
            continue
        flow = matrix[:, to, origin]
        for row in block[to]:
            for column in block[origin]:
                part = inverse[row, to] * flow * root[origin, column]
                found[row, column] = found[row, column] + part if (row, column) in found else part
    return found


def _join(held: Structure, lower: Sparse, rates: Array) -> tuple[Sparse, Sparse]:
    """The couplings between blocks taken apart, column by column; those of equal rates are kept instead."""
    size = len(rates)
    block = {at: number for number, members in enumerate(held.blocks) for at in members}
    join: Sparse = {}
    kept: Sparse = {}
    for column in reversed(range(size)):
        for row in range(column + 1, size):
            if block[row] == block[column] or (column, row) not in held.reach:
                continue
            parts = _parts(row, column, lower, join, kept)
            if not parts:
                continue
            fed = sum(parts[1:], parts[0])
            if (column, row) in held.equal:
                kept[row, column] = fed
            else:
                join[row, column] = np.asarray(apart(fed, rates[row] - rates[column]))
    return join, kept


def _parts(row: int, column: int, lower: Sparse, join: Sparse, kept: Sparse) -> list[Array]:
    """What feeds one mode from an earlier one, at whatever remove."""
    found = [lower[row, column]] if (row, column) in lower else []
    for middle in range(column + 1, row):
        if (row, middle) in lower and (middle, column) in join:
            found.append(lower[row, middle] * join[middle, column])
        if (row, middle) in join and (middle, column) in kept:
            found.append(-join[row, middle] * kept[middle, column])
    return found


def _chains(held: Structure) -> tuple[tuple[int, ...], ...]:
    """The chains of equal rates, each in order."""
    found: list[set[int]] = []
    for pair in sorted(held.equal):
        touching = [group for group in found if group & set(pair)]
        found = [group for group in found if group not in touching] + [set(pair).union(*touching)]
    return tuple(tuple(sorted(group)) for group in found)

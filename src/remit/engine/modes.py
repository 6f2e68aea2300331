"""Linear kinetics in closed form: each block by its own modes, the blocks joined by forward substitution.

Within a block the exchange is symmetric once amounts are divided by the root of their volumes, so its modes are real
and independent, coincident or not. Between blocks two rates may come together: where a chain has equal rates by
construction the pair is kept as one (its answer is a polynomial times an exponential), and a patient whose rates
merely happen to meet is handed to the matrix exponential (`exponential.py`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from remit.engine.people import Array
from remit.engine.structure import Structure

_SHORT = 1e-5
"""Below this rate times time the mean of an exponential is taken from its series."""


@dataclass(frozen=True, slots=True)
class Chain:
    """Modes of one rate, each fed by earlier ones: (to, from) gives the coupling, of shape (patients,)."""

    members: tuple[int, ...]
    coupling: Mapping[tuple[int, int], Array]

    def fed(self, held: Mapping[int, Array]) -> dict[int, Array]:
        """What each member is given by those before it."""
        found: dict[int, Array] = {}
        for (to, origin), coupling in self.coupling.items():
            if origin in held:
                found[to] = found[to] + coupling * held[origin] if to in found else coupling * held[origin]
        return found


@dataclass(frozen=True, slots=True)
class Modes:
    """A system's modes for a number of patients. Shapes: rates (patients, modes), maps (patients, states, modes)."""

    rates: Array
    forward: Array
    """From states to modes: (patients, modes, states)."""
    back: Array
    """From modes to states: (patients, states, modes)."""
    chains: tuple[Chain, ...]
    cache: dict[float, tuple[Array, Array]] = field(default_factory=dict)

    def step(self, state: Array, rate: Array | None, hours: float) -> Array:
        """The modes `hours` later, under a constant input (modes per hour): shape (patients, modes)."""
        decay, mean = self._decay(hours)
        found = decay * state
        if rate is not None:
            found = found + mean * rate
        for chain in self.chains:
            self._hand_on(found, chain, state, rate, hours)
        return found

    def _decay(self, hours: float) -> tuple[Array, Array]:
        """What is left of each mode, and the integral of it: cached, for a grid repeats its steps."""
        key = round(hours, 12)
        if key not in self.cache:
            if len(self.cache) >= _MOST_CACHED:
                self.cache.clear()
            self.cache[key] = _exponentials(self.rates, hours)
        return self.cache[key]

    def _hand_on(self, found: Array, chain: Chain, state: Array, rate: Array | None, hours: float) -> None:
        """Add what the earlier members of a chain hand on to the later ones."""
        first = chain.members[0]
        decay, mean = self._decay(hours)
        left, integral, speed = decay[:, first], mean[:, first], self.rates[:, first]
        held = {at: state[:, at] for at in chain.members}
        given = {} if rate is None else {at: rate[:, at] for at in chain.members}
        factor = 1.0
        for power in range(1, len(chain.members)):
            factor *= hours / power
            held, given = chain.fed(held), chain.fed(given)
            share = left * factor
            for at, amount in held.items():
                found[:, at] += share * amount
            if given:
                integral = (integral - share) / speed
            for at, amount in given.items():
                found[:, at] += integral * amount


_MOST_CACHED = 64


def _exponentials(rates: Array, hours: float) -> tuple[Array, Array]:
    passed = rates * hours
    left = np.exp(-passed)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(np.abs(passed) > _SHORT, -np.expm1(-passed) / rates, hours * (1 - passed / 2 + passed**2 / 6))
    return left, mean


def modes(held: Structure, matrix: Array, volume: Array) -> Modes:
    """The modes of a system from its rates (patients, states, states) and volumes (patients, states)."""
    count, size = matrix.shape[0], matrix.shape[1]
    root = np.zeros((count, size, size))
    inverse = np.zeros((count, size, size))
    rates = np.zeros((count, size))
    for block in held.blocks:
        at = np.ix_(range(count), block, block)
        if len(block) == 1:
            root[at] = inverse[at] = 1.0
            rates[:, block[0]] = -matrix[:, block[0], block[0]]
        else:
            rates[:, list(block)], root[at], inverse[at] = _exchange(matrix[at], volume[:, list(block)])
    lower = inverse @ matrix @ root
    join, kept = _join(held, lower, rates)
    undo = _inverse_lower(join)
    chains = tuple(_chain(held, group, kept) for group in _groups(held))
    return Modes(rates, undo @ inverse, root @ join, chains)


def _exchange(matrix: Array, volume: Array) -> tuple[Array, Array, Array]:
    """The rates of a block that exchanges both ways, its modes, and their inverse."""
    scale = np.sqrt(volume)
    symmetric = matrix * scale[:, None, :] / scale[:, :, None]
    values, vectors = np.linalg.eigh((symmetric + symmetric.transpose(0, 2, 1)) / 2)
    return -values, scale[:, :, None] * vectors, vectors.transpose(0, 2, 1) / scale[:, None, :]


def _member(held: Structure, size: int) -> list[int]:
    """The block of each state: modes of one block are not coupled."""
    found = [0] * size
    for number, block in enumerate(held.blocks):
        for at in block:
            found[at] = number
    return found


def _join(held: Structure, lower: Array, rates: Array) -> tuple[Array, Array]:
    """The couplings between blocks taken apart, column by column; those of equal rates are kept instead."""
    size = lower.shape[1]
    block = _member(held, size)
    join = np.broadcast_to(np.eye(size), lower.shape).copy()
    kept = np.zeros_like(lower)
    for column in reversed(range(size)):
        for row in range(column + 1, size):
            if block[row] == block[column] or (column, row) not in held.reach:
                continue
            sum_ = np.einsum("pj,pj->p", lower[:, row, column:row], join[:, column:row, column])
            sum_ -= np.einsum("pj,pj->p", join[:, row, column + 1 :], kept[:, column + 1 :, column])
            # Within the row's own block the modes are already apart.
            same = [at for at in range(column, row) if block[at] == block[row]]
            if same:
                sum_ -= np.einsum("pj,pj->p", lower[:, row, same], join[:, same, column])
            if (column, row) in held.equal:
                kept[:, row, column] = sum_
            else:
                gap = rates[:, row] - rates[:, column]
                with np.errstate(divide="ignore", invalid="ignore"):
                    join[:, row, column] = np.where(sum_ == 0, 0.0, sum_ / gap)
    return join, kept


def _inverse_lower(join: Array) -> Array:
    """The inverse of matrices with ones on the diagonal and nothing above it; infinite where one is."""
    size = join.shape[1]
    found = np.broadcast_to(np.eye(size), join.shape).copy()
    with np.errstate(invalid="ignore", over="ignore"):
        for row in range(1, size):
            found[:, row, :row] = -np.einsum("pj,pjk->pk", join[:, row, :row], found[:, :row, :row])
    return np.where(np.isfinite(found), found, np.inf)


def _groups(held: Structure) -> list[list[int]]:
    """The chains of equal rates, each in order."""
    found: list[set[int]] = []
    for pair in sorted(held.equal):
        touching = [group for group in found if group & set(pair)]
        found = [group for group in found if group not in touching] + [set(pair).union(*touching)]
    return [sorted(group) for group in found]


def _chain(held: Structure, members: list[int], kept: Array) -> Chain:
    pairs = [(to, origin) for origin in members for to in members if (origin, to) in held.equal]
    return Chain(tuple(members), {(to, origin): kept[:, to, origin] for to, origin in pairs})

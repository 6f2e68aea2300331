"""One pass over a history: every dose event and every output time once, for a block of patients.

Doses of any route go into the same states, so that mixtures, overlaps and infusions that outlast an interval need no
special case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from remit.engine.exponential import Steps
from remit.engine.modes import Modes, modes
from remit.engine.people import Array, Chosen, People, Values, parameters
from remit.engine.regimen import Dose
from remit.engine.structure import Follower, Structure, depot_id, matrices, structure, volumes
from remit.pathway.kinetics import Formulation, Interaction, Path, System
from remit.quantities import BadInput

WORST_GROWTH = 3000.0
"""How far numbers may cancel before a patient is handed to the matrix exponential: nine digits are left of whatever is
above a thousandth of its peak, as measured against that exponential."""
_GRAMS = 1000.0
"""Micrograms in a milligram: mg over g/mol is in millimoles, times this in micromoles."""


@dataclass(frozen=True, slots=True)
class Input:
    """Amounts in micromoles (patients,) that enter a state: at once, or evenly over a duration. Times in hours."""

    state: int
    amount: Array
    start_h: float
    duration_h: float


@dataclass(frozen=True, slots=True)
class Course:
    """Concentrations in µmol/L by state: shape (patients, states, times)."""

    held: Structure
    times: Array
    concentration: Array
    volume: Array
    """Litres, 1 for a site that follows: (patients, states)."""
    inverse: Array
    """The inverse of the rates: (patients, states, states)."""
    given: tuple[Input, ...]
    handed_over: int
    """How many patients were computed by the matrix exponential."""

    def of(self, state: str) -> Array:
        """The concentrations of one state: shape (patients, times)."""
        return np.asarray(self.concentration[:, self.held.at(state)])

    def area(self, at: int) -> Array:
        """The areas from 0 to the time of number `at`, in µmol·h/L: shape (patients, states).

        They follow from the balance of what went in and what is there: exact, without quadrature.
        """
        return self._balance(self.concentration[:, :, at] * self.volume - self._entered(float(self.times[at])))

    def whole_area(self) -> Array:
        """The areas to infinity, when all has left: shape (patients, states)."""
        return self._balance(-self._entered(np.inf))

    def _balance(self, difference: Array) -> Array:
        return np.asarray((self.inverse @ difference[:, :, None])[:, :, 0] / self.volume)

    def _entered(self, until: float) -> Array:
        """What has entered each state until a time: shape (patients, states)."""
        found = np.zeros_like(self.volume)
        for one in self.given:
            passed = until - one.start_h
            share = min(max(passed / one.duration_h, 0.0), 1.0) if one.duration_h else float(passed >= 0)
            found[:, one.state] += one.amount * share
        return found


class _Stepper(Protocol):
    def step(self, state: Array, rate: Array | None, hours: float) -> Array: ...


def run(
    system: System,
    doses: Sequence[Dose],
    people: People,
    times: Array,
    followers: tuple[Follower, ...] = (),
    with_drugs: tuple[Interaction, ...] = (),
) -> Course:
    """One enantiomer's course through one system, for a block of patients, at rising times in hours."""
    ways = tuple({id(one.formulation): one.formulation for one in doses}.values())
    held = structure(system, ways, followers)
    own, by_way = parameters(system, ways, people, with_drugs)
    matrix, volume = matrices(held, own, by_way), volumes(held, own)
    weight = people.number("weight") if any(one.per_kg for one in doses) else np.ones(people.count)
    given = tuple(part for one in doses for part in _inputs(one, held, own, by_way, weight))
    amounts, handed_over = _amounts(held, matrix, volume, given, times)
    return Course(
        held,
        times,
        amounts / volume[:, :, None],
        volume,
        np.asarray(np.linalg.inv(matrix), np.float64),
        given,
        handed_over,
    )


def _inputs(one: Dose, held: Structure, own: Values, ways: dict[str, Values], weight: Array) -> Iterator[Input]:
    """What a dose puts into which state."""
    way = one.formulation
    known = own | ways[way.key]
    share = one.molecule.composition[held.system.enantiomer]
    micromoles = (
        one.amount * (weight if one.per_kg else np.ones_like(weight)) * share / one.molecule.molar_mass * _GRAMS
    )
    for at, path in enumerate(way.paths):
        amount = micromoles * _factor(path, way, known, held.system, one.device)
        lag = _same("lag", path.lag, known)
        state = held.at(path.into if path.rate is None else depot_id(way.key, at))
        yield Input(state, amount, one.start_h + lag, one.duration_h + _same("duration", path.duration, known))


def _factor(path: Path, way: Formulation, known: Values, system: System, device: int) -> Array:
    """The share of a dose that takes a path."""
    found = np.ones_like(next(iter(known.values())))
    for name in path.factors:
        plain = name.removeprefix("not ")
        share = known[plain]
        if device > 1:
            share = share * (way.parameters.get(plain) or system.parameters[plain]).later_devices
        found = found * (share if plain == name else 1.0 - share)
    return found


def _same(thing: str, name: str | None, known: Values) -> float:
    """A time that is the same for everybody: the events of a history are shared by all patients."""
    if name is None:
        return 0.0
    if np.ptp(known[name]) > 0:
        raise BadInput(f"{thing} {name}: the same for everybody is needed, it is spread")
    return float(known[name][0])


def _amounts(held: Structure, matrix: Array, volume: Array, given: Sequence[Input], times: Array) -> tuple[Array, int]:
    """The amount in each state at each time: shape (patients, states, times)."""
    with np.errstate(all="ignore"):
        closed = modes(held, matrix, volume)
        passed = _pass(closed, given, closed.rates.shape, times, closed.forward)
        found = np.asarray(closed.back @ passed.transpose(1, 2, 0))
        apart = ~(_growth(closed, given, found) < WORST_GROWTH)
    if apart.any():
        stepped = _pass(Steps(matrix[apart]), [_part(one, apart) for one in given], volume[apart].shape, times, None)
        found[apart] = stepped.transpose(1, 2, 0)
    return found, int(apart.sum())


def _growth(closed: Modes, given: Sequence[Input], found: Array) -> Array:
    """How much larger than a state's highest amount the parts are of which it is the sum: shape (patients,)."""
    entered = sum((np.abs(closed.forward[:, :, one.state]) * one.amount[:, None] for one in given), np.zeros(()))
    parts = (np.abs(closed.back) @ entered[:, :, None])[:, :, 0]
    highest = np.abs(found).max(axis=2)
    return np.asarray(np.where(highest == 0, 0.0, parts / highest).max(axis=1))


def _part(one: Input, chosen: Chosen) -> Input:
    return Input(one.state, one.amount[chosen], one.start_h, one.duration_h)


def _pass(
    stepper: _Stepper, given: Sequence[Input], shape: tuple[int, ...], times: Array, forward: Array | None
) -> Array:
    """Walk along the events and the output times once: shape (times, patients, modes or states)."""
    found = np.zeros((len(times), *shape))
    state, rate = np.zeros(shape), np.zeros(shape)
    running = 0
    now = 0.0
    for moment, index, changes in _moments(given, times):
        if moment > now:
            state = stepper.step(state, rate if running else None, moment - now)
            now = moment
        for one, begins in changes:
            entering = _entering(one, shape, forward)
            if one.duration_h == 0:
                state = state + entering
            else:
                rate = rate + entering / (one.duration_h if begins else -one.duration_h)
                running += 1 if begins else -1
        if not running and changes:
            rate = np.zeros(shape)
        if index is not None:
            found[index] = state
    return found


def _entering(one: Input, shape: tuple[int, ...], forward: Array | None) -> Array:
    if forward is not None:
        return np.asarray(forward[:, :, one.state] * one.amount[:, None])
    found = np.zeros(shape)
    found[:, one.state] = one.amount
    return found


def _moments(given: Sequence[Input], times: Array) -> Iterator[tuple[float, int | None, list[tuple[Input, bool]]]]:
    """Each moment at which something happens: the output's number if it is one, and the inputs that begin or end.

    An output at the moment of a dose shows what is there with the dose.
    """
    changes: dict[float, list[tuple[Input, bool]]] = {}
    for one in given:
        changes.setdefault(one.start_h, []).append((one, True))
        if one.duration_h > 0:
            changes.setdefault(one.start_h + one.duration_h, []).append((one, False))
    outputs: dict[float, int] = {float(time): at for at, time in enumerate(times)}
    last = float(times[-1])
    for moment in sorted({*changes, *outputs}):
        if moment <= last:
            yield moment, outputs.get(moment), changes.get(moment, [])


def by_system(doses: Iterable[Dose]) -> dict[tuple[str, str], tuple[System, list[Dose]]]:
    """The doses by model and enantiomer: each such pair is a course of its own."""
    found: dict[tuple[str, str], tuple[System, list[Dose]]] = {}
    for one in doses:
        for enantiomer in one.molecule.composition:
            system = one.formulation.systems[enantiomer]
            found.setdefault((system.id, enantiomer), (system, []))[1].append(one)
    return found

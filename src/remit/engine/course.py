"""A history on a block of patients: what enters, the course of each state, and the areas under it.

Doses of any route go into the same states, so that mixtures, overlaps and infusions that outlast an interval need no
special case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.cancelled import Input, Repairs, Sought, apart, apart_compiled, repaired, stepped_amounts, way_of
from remit.engine.curves import Held, Shares, Sums, along, summed, sums_of
from remit.engine.fast import Kernel
from remit.engine.modes import Modes, modes
from remit.engine.people import Array, Chosen, People, Values, parameters
from remit.engine.regimen import Dose
from remit.engine.structure import Follower, Structure, depot_id, matrices, structure, volumes
from remit.engine.walk import Walk
from remit.pathway.kinetics import Formulation, Interaction, Path, System
from remit.quantities import BadInput

_GRAMS = 1000.0
"""Micrograms in a milligram: mg over g/mol is in millimoles, times this in micromoles."""


@dataclass(frozen=True, slots=True)
class Course:
    """Concentrations in µmol/L of the states that were asked for: `curves` has shape (states, times, patients)."""

    held: Structure
    times: Array
    wanted: tuple[int, ...]
    curves: Array
    matrix: Array
    volume: Array
    """Litres, 1 for a site that follows: (patients, states)."""
    given: tuple[Input, ...]
    lost: Chosen
    """Of whom also the areas were computed by the matrix."""
    closed: Modes
    way: Walk
    at_starts: Held
    entering: list[Array]
    sums: Sums | None = None
    """Where compiled code computes: what `put` needs, and `curves` may be left out."""
    repairs: Repairs | None = None

    def put(self, found: Array, first: int, last: int, column: int = 0) -> None:
        """The curves of patients `first` to `last` in an array (states, times, patients) from a column on; compiled."""
        if self.sums is not None:
            self.sums.put(found, self.way, first, last, column)
        if self.repairs is not None:
            begin, end = np.searchsorted(self.repairs.who, (first, last))
            if begin < end:
                who, time = self.repairs.who[begin:end], self.repairs.time[begin:end]
                found[:, time, who - first + column] = self.repairs.values[:, begin:end]

    @property
    def states(self) -> tuple[str, ...]:
        """The states that were asked for."""
        return tuple(self.held.states[at] for at in self.wanted)

    @property
    def apart(self) -> Chosen:
        """Which patients were not computed by their modes, at one time at least."""
        found: Chosen = np.zeros(len(self.matrix), np.bool_)
        if self.repairs is not None:
            found[self.repairs.who] = True
        return found

    @property
    def handed_over(self) -> int:
        """How many patients were not computed by their modes, at one time at least."""
        return int(self.apart.sum())

    @property
    def concentration(self) -> Array:
        """The concentrations of the states that were asked for: shape (patients, states, times)."""
        return np.asarray(self.curves.transpose(2, 0, 1))

    def of(self, state: str) -> Array:
        """The concentrations of one state: shape (patients, times)."""
        return self.line(state).T

    def line(self, state: str) -> Array:
        """The concentrations of one state as they lie in memory: shape (times, patients)."""
        return np.asarray(self.curves[self.wanted.index(self.held.at(state))])

    def area(self, at: int) -> Array:
        """The areas from 0 to the time of number `at`, in µmol·h/L: shape (patients, states that were asked for).

        They follow from the balance of what went in and what is there: exact, without quadrature.
        """
        return self._areas(float(self.times[at]))

    def whole_area(self) -> Array:
        """The areas to infinity, when all has left: shape (patients, states that were asked for)."""
        return self._areas(np.inf)

    def _areas(self, until: float) -> Array:
        entered = np.zeros_like(self.closed.rates)
        with np.errstate(all="ignore"):
            for one, entering in zip(self.given, self.entering, strict=True):
                entered += entering * one.entered(until)
            areas = self.closed.areas(entered, self._there(until))
            found = np.stack([_sum(self.closed.back(at), areas) / self.volume[:, at] for at in self.wanted], axis=1)
        if self.lost.any():
            found[self.lost] = self._areas_apart(until)[:, list(self.wanted)]
        return found

    def _there(self, until: float) -> Array:
        """The modes at a time."""
        found = np.zeros_like(self.closed.rates)
        for one, state, rate in zip(self.way.stretches, *self.at_starts, strict=True):
            if one.start_h <= until < one.start_h + one.hours and np.isfinite(until):
                found = self.closed.step(state, rate if one.running else None, until - one.start_h)
        return found

    def _areas_apart(self, until: float) -> Array:
        """The same for those of whom the modes keep too few digits: shape (their number, states)."""
        volume = self.volume[self.lost]
        left = np.zeros_like(volume)
        if np.isfinite(until):
            way, whole = way_of(self.given, np.array([until])), np.ones((1, len(volume)), np.bool_)
            left = stepped_amounts(self.matrix, self.given, self.lost, way, whole)
        for one in self.given:
            left[:, one.state] -= one.amount[self.lost] * one.entered(until)
        return np.asarray(np.linalg.solve(self.matrix[self.lost], left[:, :, None])[:, :, 0] / volume)


def formulations(doses: Iterable[Dose]) -> tuple[Formulation, ...]:
    """The ways by which doses come in, each once."""
    return tuple({id(one.formulation): one.formulation for one in doses}.values())


def run(
    system: System,
    doses: Sequence[Dose],
    people: People,
    times: Array,
    followers: tuple[Follower, ...] = (),
    with_drugs: tuple[Interaction, ...] = (),
    wanted: Sequence[str] | None = None,
    held: Structure | None = None,
    kernel: Kernel | None = None,
    drawn: bool = True,
) -> Course:
    """One enantiomer's course through one system, for a block of patients, at rising times in hours.

    `wanted` names the states that are needed; all, where nothing is said. `held` is the structure and
    `kernel` the compiled code (`fast.kernel`), where they are known. Compiled code leaves curves that are not `drawn`
    to `Course.put`.
    """
    ways = formulations(doses)
    held = held or structure(system, ways, followers)
    own, by_way = parameters(system, ways, people, with_drugs)
    matrix, volume = matrices(held, own, by_way), volumes(held, own)
    weight = people.number("weight") if any(one.per_kg for one in doses) else np.ones(people.count)
    given = tuple(part for one in doses for part in _inputs(one, held, own, by_way, weight))
    states = tuple(range(len(held.states))) if wanted is None else tuple(held.at(name) for name in wanted)
    found = _course(held, matrix, volume, given, np.asarray(times, np.float64), states, kernel)
    if kernel is not None and drawn:
        found = replace(found, curves=np.empty((len(states), len(found.times), people.count)))
        found.put(found.curves, 0, people.count)
    return found


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


def _course(
    held: Structure,
    matrix: Array,
    volume: Array,
    given: tuple[Input, ...],
    times: Array,
    states: tuple[int, ...],
    kernel: Kernel | None,
) -> Course:
    way = way_of(given, times)
    with np.errstate(all="ignore"):
        closed = modes(held, matrix, volume, kernel)
        entering = [closed.entering(one.state, one.amount) for one in given]
        at_starts = along(closed, way, entering, kernel)
        backs = [{at: share / volume[:, state] for at, share in closed.back(state).items()} for state in states]
        sought = Sought(closed, way, given, times, at_starts, backs, kernel)
        if kernel is None:
            sums, curves = None, summed(closed, way, at_starts, backs, len(times))
            some, when, lost = apart(sought, curves)
        else:
            sums, curves = sums_of(kernel, closed, at_starts, backs), np.empty((len(states), 0, 0))
            some, when, lost = apart_compiled(sought, kernel, sums)
        repairs = repaired(sought, matrix, volume, states, some, when, lost)
    if kernel is None and repairs is not None:
        curves[:, repairs.time, repairs.who] = repairs.values
    return Course(
        held, times, states, curves, matrix, volume, given, lost, closed, way, at_starts, entering, sums, repairs
    )


def _sum(shares: Shares, amounts: Array) -> Array:
    parts = [share * amounts[at] for at, share in shares.items()]
    return np.asarray(sum(parts[1:], parts[0]))


def by_system(doses: Iterable[Dose]) -> dict[tuple[str, str], tuple[System, list[Dose]]]:
    """The doses by model and enantiomer: each such pair is a course of its own."""
    found: dict[tuple[str, str], tuple[System, list[Dose]]] = {}
    for one in doses:
        for enantiomer in one.molecule.composition:
            system = one.formulation.systems[enantiomer]
            found.setdefault((system.id, enantiomer), (system, []))[1].append(one)
    return found

"""A history on a block of patients in closed form: what enters, the modes at the beginning of each stretch, and areas.

Doses of any route go into the same states, so that mixtures, overlaps and infusions that outlast an interval need no
special case.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine.cancelled import Input, stepped_amounts, way_of
from remit.engine.curves import Held, Shares, along
from remit.engine.modes import Modes, modes
from remit.engine.people import Array, Chosen, People, Values, parameters
from remit.engine.regimen import Dose
from remit.engine.structure import Structure, depot_id, matrices, volumes
from remit.engine.tape import recorded
from remit.engine.walk import Walk
from remit.pathway.kinetics import Formulation, Interaction, Path, System
from remit.quantities import BadInput

_GRAMS = 1000.0
"""Micrograms in a milligram: mg over g/mol is in millimoles, times this in micromoles."""


@dataclass(frozen=True, slots=True)
class Solved:
    """The numbers of each patient from which curves and areas follow."""

    matrix: Array
    volume: Array
    """Litres, 1 for a site that follows: (patients, states)."""
    given: tuple[Input, ...]
    closed: Modes
    way: Walk
    at_starts: Held
    entering: tuple[Array, ...]
    """What each input is in the modes."""

    def backs(self, states: Sequence[int]) -> list[Shares]:
        """The share of each mode in the concentrations of some states."""
        return [
            {at: share / self.volume[:, state] for at, share in self.closed.back(state).items()} for state in states
        ]

    def areas(self, until: float, states: Sequence[int]) -> Array:
        """The areas from 0 to a time, in µmol·h/L: shape (patients, states)."""
        entered = np.zeros_like(self.closed.rates)
        for one, entering in zip(self.given, self.entering, strict=True):
            entered += entering * one.entered(until)
        areas = self.closed.areas(entered, self._there(until))
        return np.stack([_sum(self.closed.back(at), areas) / self.volume[:, at] for at in states], axis=1)

    def _there(self, until: float) -> Array:
        """The modes at a time."""
        found = np.zeros_like(self.closed.rates)
        for one, state, rate in zip(self.way.stretches, *self.at_starts, strict=True):
            if one.start_h <= until < one.start_h + one.hours and np.isfinite(until):
                found = self.closed.step(state, rate if one.running else None, until - one.start_h)
        return found

    def areas_apart(self, until: float, some: Chosen) -> Array:
        """The same of all states for some of whom the modes keep too few digits: shape (their number, states)."""
        volume = self.volume[some]
        left = np.zeros_like(volume)
        if np.isfinite(until):
            way, whole = way_of(self.given, np.array([until])), np.ones((1, len(volume)), np.bool_)
            left = stepped_amounts(self.matrix, self.given, some, way, whole)
        for one in self.given:
            left[:, one.state] -= one.amount[some] * one.entered(until)
        return np.asarray(np.linalg.solve(self.matrix[some], left[:, :, None])[:, :, 0] / volume)


def formulations(doses: Iterable[Dose]) -> tuple[Formulation, ...]:
    """The ways by which doses come in, each once."""
    return tuple({id(one.formulation): one.formulation for one in doses}.values())


def solved(
    system: System,
    doses: Sequence[Dose],
    people: People,
    times: Array,
    with_drugs: tuple[Interaction, ...],
    held: Structure,
) -> Solved:
    """One enantiomer's history through one system, for a block of patients."""
    own, by_way = parameters(system, formulations(doses), people, with_drugs)
    matrix, volume = matrices(held, own, by_way), volumes(held, own)
    weight = people.number("weight") if any(one.per_kg for one in doses) else np.ones(people.count)
    given = tuple(part for one in doses for part in _inputs(one, held, own, by_way, weight))
    way = way_of(given, times)
    # Where rates meet there are no modes: such patients are computed by the matrix.
    with np.errstate(all="ignore"):
        closed = modes(held, matrix, volume)
        entering = tuple(closed.entering(one.state, one.amount) for one in given)
        return Solved(matrix, volume, given, closed, way, along(closed, way, entering), entering)


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
    if recorded(known[name]) or np.ptp(known[name]) > 0:
        raise BadInput(f"{thing} {name}: the same for everybody is needed, it is spread")
    return float(known[name][0])


def _sum(shares: Shares, amounts: Array) -> Array:
    parts = [share * amounts[at] for at, share in shares.items()]
    return np.asarray(sum(parts[1:], parts[0]))

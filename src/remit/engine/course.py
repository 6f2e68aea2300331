"""A history on a block of patients: what enters, the course of each state, and the areas under it.

Doses of any route go into the same states, so that mixtures, overlaps and infusions that outlast an interval need no
special case.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from remit.engine.curves import Held, Shares, Sums, along, summed
from remit.engine.exponential import stepped
from remit.engine.fast import Kernel
from remit.engine.modes import Modes, modes
from remit.engine.people import Array, Chosen, People, Places, Values, parameters
from remit.engine.regimen import Dose
from remit.engine.structure import Follower, Structure, depot_id, matrices, structure, volumes
from remit.engine.walk import Walk, walk
from remit.pathway.kinetics import Formulation, Interaction, Path, System
from remit.quantities import BadInput

WORST_GROWTH = 1000.0
"""How far numbers may cancel at their highest before each time is looked at: nine digits are left of whatever is above
a thousandth of its peak, as measured against the matrix exponential."""
_CLOSE = 30.0
"""How many times that much cancels where two rates are so close that also what is in the other modes loses digits."""
_STRICTER = 0.2
"""Where each time is looked at, less may cancel."""
_LOW = 1e-3
"""The share of a curve's peak down to which its digits count."""
_EVERY = 8
"""At every how many output times is looked for what cancels."""
_GRAMS = 1000.0
"""Micrograms in a milligram: mg over g/mol is in millimoles, times this in micromoles."""


@dataclass(frozen=True, slots=True)
class Input:
    """Amounts in micromoles (patients,) that enter a state: at once, or evenly over a duration. Times in hours."""

    state: int
    amount: Array
    start_h: float
    duration_h: float

    @property
    def end_h(self) -> float:
        """When the last of it enters."""
        return self.start_h + self.duration_h

    def entered(self, until: float) -> float:
        """The share of it that has entered until a time."""
        passed = until - self.start_h
        return min(max(passed / self.duration_h, 0.0), 1.0) if self.duration_h else float(passed >= 0)


class Repairs(NamedTuple):
    """What the matrix exponential gave, in the order of the patients: their numbers, those of the times, and the values
    of shape (states, their number)."""

    who: Places
    time: Places
    values: Array


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
    apart: Chosen
    """Which patients were computed by the matrix exponential, at one time at least."""
    lost: Chosen
    """Of whom the areas, too, were computed by the matrix."""
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
            self.sums.put(found, first, last, column)
        if self.repairs is not None:
            begin, end = np.searchsorted(self.repairs.who, (first, last))
            who, time = self.repairs.who[begin:end], self.repairs.time[begin:end]
            found[:, time, who - first + column] = self.repairs.values[:, begin:end]

    @property
    def states(self) -> tuple[str, ...]:
        """The states that were asked for."""
        return tuple(self.held.states[at] for at in self.wanted)

    @property
    def handed_over(self) -> int:
        """How many patients were computed by the matrix exponential, at one time at least."""
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
            way, whole = _walk(self.given, np.array([until])), np.ones((1, len(volume)), np.bool_)
            left = _stepped(self.matrix, self.given, self.lost, way, whole)
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
    way = _walk(given, times)
    with np.errstate(all="ignore"):
        closed = modes(held, matrix, volume, kernel)
        entering = [closed.entering(one.state, one.amount) for one in given]
        at_starts = along(closed, way, entering, kernel)
        backs = [{at: share / volume[:, state] for at, share in closed.back(state).items()} for state in states]
        course = _Sought(closed, way, given, times, at_starts, backs, kernel)
        if kernel is None:
            sums, curves = None, summed(closed, way, at_starts, backs, len(times))
            some, when, lost = _apart(course, curves, lambda chosen: curves[:, :, chosen])
        else:
            sums, curves = Sums(kernel, closed, way, at_starts, backs), np.empty((len(states), 0, 0))
            some, when, lost = _apart(course, _here_and_there(course), course.drawn)
    apart: Chosen = np.zeros(len(matrix), np.bool_)
    repairs = None
    if when.any():
        apart[some] = when.any(axis=0)
        when = when[:, apart[some]]
        time, who = np.nonzero(when)
        values = (_stepped(matrix, given, apart, way, when) / volume[apart][who])[:, list(states)].T
        who = np.flatnonzero(apart)[who]
        if kernel is None:
            curves[:, time, who] = values
        order = np.argsort(who, kind="stable")
        repairs = Repairs(who[order], time[order], values[:, order])
    return Course(
        held, times, states, curves, matrix, volume, given, apart, lost, closed, way, at_starts, entering, sums, repairs
    )


def _walk(given: Sequence[Input], times: Array) -> Walk:
    return walk(tuple((one.start_h, one.duration_h) for one in given), times)


def _sum(shares: dict[int, Array], amounts: Array) -> Array:
    parts = [share * amounts[at] for at, share in shares.items()]
    return np.asarray(sum(parts[1:], parts[0]))


@dataclass(frozen=True, slots=True)
class _Sought:
    """What is needed to look for numbers that cancel."""

    closed: Modes
    way: Walk
    given: Sequence[Input]
    times: Array
    at_starts: Held
    backs: list[Shares]
    kernel: Kernel | None

    def drawn(self, chosen: Chosen) -> Array:
        """The curves of some of the patients."""
        held = self.at_starts[0][:, :, chosen], self.at_starts[1][:, :, chosen]
        backs = [{mode: share[chosen] for mode, share in back.items()} for back in self.backs]
        return summed(self.closed.some(chosen), self.way, held, backs, len(self.times), self.kernel)

    def looked(self) -> Places:
        """The times at which is looked: here and there, and where something begins or ends."""
        changes = np.searchsorted(self.times, [moment for one in self.given for moment in (one.start_h, one.end_h)])
        within = changes[changes < len(self.times)]
        return np.unique([*range(0, len(self.times), _EVERY), *within, len(self.times) - 1])


def _here_and_there(sought: _Sought) -> Array:
    """The curves at some of the times: by their highest point, nobody is cleared who would not be by the highest."""
    times = sought.times[sought.looked()]
    return summed(sought.closed, _walk(sought.given, times), sought.at_starts, sought.backs, len(times), sought.kernel)


def _apart(sought: _Sought, curves: Array, drawn: Callable[[Chosen], Array]) -> tuple[Places, Chosen, Chosen]:
    """Whose numbers may cancel too far: their numbers, and at which times they do, of shape (times, their number); and
    who keeps too few digits even for an area: shape (patients,).

    First by how much larger than a state's highest amount in `curves` the parts are of which it is the sum; where that
    does not clear a patient, by the same at each time, for which `drawn` gives the curves of some.
    """
    most = _most(sought.way, float(sought.times[-1]), sought.at_starts)
    shares = [{mode: np.abs(share) for mode, share in back.items()} for back in sought.backs]
    parts = np.stack([_sum(each, most) for each in shares])
    highest = np.maximum(curves.max(axis=1), -curves.min(axis=1))
    ratio = np.where((highest == 0) & np.isfinite(parts), 0.0, parts / highest)
    far, close = ~(ratio < WORST_GROWTH), ~(ratio < _CLOSE * WORST_GROWTH)
    some: Chosen = np.asarray(far.any(axis=0))
    found = np.zeros((len(sought.times), int(some.sum())), np.bool_)
    if some.any():
        for one, curve, its_far, its_close in zip(shares, drawn(some), far, close, strict=True):
            for chosen, starts in ((its_far, sought.at_starts), (its_close, None)):
                if chosen.any():
                    among = chosen[some]
                    found[:, among] |= _cancelled(sought, starts, one, curve[:, among], chosen)
    return np.flatnonzero(some), found, np.asarray(close.any(axis=0))


def _most(way: Walk, last: float, at_starts: Held) -> Array:
    """The most that is in each mode at any time, without its sign: shape (modes, patients)."""
    states, rates = at_starts
    found = np.abs(states).max(axis=0, initial=0.0)
    for one, state, rate in zip(way.stretches, states, rates, strict=True):
        if one.running:
            here = np.abs(state) + np.abs(rate) * min(one.hours, last - one.start_h)
            np.maximum(found, here, out=found)
    return np.asarray(found)


def _cancelled(sought: _Sought, at_starts: Held | None, shares: Shares, curve: Array, far: Chosen) -> Chosen:
    """Whether more digits of a state cancel than may, in some of the patients: shape (times, those patients).

    The parts of a sum fall or rise slowly: they are looked at here and there, and are the larger of both sides between.
    Without `at_starts` what is in the modes is itself taken as large as the parts of which it is the sum.
    """
    times, looked, given, kernel = sought.times, sought.looked(), sought.given, sought.kernel
    way, sized = _walk(given, times[looked]), sought.closed.sized(far)
    if at_starts is None:
        held = along(sized, way, [sized.entering(one.state, one.amount[far]) for one in given], kernel)
    else:
        held = at_starts[0][:, :, far], at_starts[1][:, :, far]
    some = {mode: share[far] for mode, share in shares.items()}
    [parts] = summed(sized, way, (np.abs(held[0]), np.abs(held[1])), [some], len(looked), kernel)
    every = np.arange(len(times))
    before, after = np.searchsorted(looked, every, "right") - 1, np.searchsorted(looked, every)
    values = np.abs(curve)
    floor = np.maximum(values, _LOW * values.max(axis=0))
    larger = np.maximum(parts[before], parts[after])
    return np.asarray(~(np.where(floor == 0, 0.0, larger / floor) < _STRICTER * WORST_GROWTH / _LOW))


def _stepped(matrix: Array, given: Sequence[Input], some: Chosen, way: Walk, chosen: Chosen) -> Array:
    """Amounts of some of the patients by the matrix exponential, where chosen: shape (chosen, states)."""
    entering = []
    for one in given:
        amount = np.zeros((int(some.sum()), matrix.shape[1]))
        amount[:, one.state] = one.amount[some]
        entering.append(amount)
    return stepped(np.ascontiguousarray(matrix[some]), entering, way, chosen)


def by_system(doses: Iterable[Dose]) -> dict[tuple[str, str], tuple[System, list[Dose]]]:
    """The doses by model and enantiomer: each such pair is a course of its own."""
    found: dict[tuple[str, str], tuple[System, list[Dose]]] = {}
    for one in doses:
        for enantiomer in one.molecule.composition:
            system = one.formulation.systems[enantiomer]
            found.setdefault((system.id, enantiomer), (system, []))[1].append(one)
    return found

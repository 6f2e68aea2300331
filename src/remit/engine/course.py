"""A history on a block of patients: the course of each state, and the areas under it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.cancelled import Input, Repairs, Sought, apart, repaired
from remit.engine.curves import Held, summed
from remit.engine.fast import Kernel
from remit.engine.layout import Sums
from remit.engine.modes import Modes
from remit.engine.people import Array, Chosen, People
from remit.engine.prepared import Found, prepared
from remit.engine.regimen import Dose
from remit.engine.solved import Solved, formulations, solved
from remit.engine.structure import Follower, Structure, structure
from remit.engine.walk import Event, Walk
from remit.pathway.kinetics import Interaction, System

__all__ = ["Course", "by_system", "formulations", "run"]


@dataclass(frozen=True, slots=True)
class Course:
    """Concentrations in µmol/L of the states that were asked for: `curves` has shape (states, times, patients)."""

    held: Structure
    times: Array
    wanted: tuple[int, ...]
    curves: Array
    count: int
    events: tuple[Event, ...]
    """When each input begins, and how long it lasts."""
    way: Walk
    lost: Chosen
    """Of whom also the areas were computed by the matrix."""
    solved: Callable[[], Solved]
    """Everybody's numbers, which compiled code computes only where they are asked for."""
    areas: Callable[[float], Array]
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
    def matrix(self) -> Array:
        """The rates between states: shape (patients, states, states)."""
        return self.solved().matrix

    @property
    def volume(self) -> Array:
        """Litres, 1 for a site that follows: (patients, states)."""
        return self.solved().volume

    @property
    def given(self) -> tuple[Input, ...]:
        """What enters."""
        return self.solved().given

    @property
    def closed(self) -> Modes:
        """The modes."""
        return self.solved().closed

    @property
    def at_starts(self) -> Held:
        """The modes at the beginning of each stretch, and what enters them."""
        return self.solved().at_starts

    @property
    def states(self) -> tuple[str, ...]:
        """The states that were asked for."""
        return tuple(self.held.states[at] for at in self.wanted)

    @property
    def apart(self) -> Chosen:
        """Which patients were not computed by their modes, at one time at least."""
        found: Chosen = np.zeros(self.count, np.bool_)
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
        return self.areas(float(self.times[at]))

    def whole_area(self) -> Array:
        """The areas to infinity, when all has left: shape (patients, states that were asked for)."""
        return self.areas(np.inf)


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
    untils: tuple[float, ...] = (),
) -> Course:
    """One enantiomer's course through one system, for a block of patients, at rising times in hours.

    `wanted` names the states that are needed; all, where nothing is said. `held` is the structure and
    `kernel` the compiled code (`fast.kernel`), where they are known. Compiled code leaves curves that are not `drawn`
    to `Course.put`, and has ready the areas whose ends are among the `untils`.
    """
    held = held or structure(system, formulations(doses), followers)
    states = tuple(range(len(held.states))) if wanted is None else tuple(held.at(name) for name in wanted)
    times = np.asarray(times, np.float64)
    if kernel is None:
        return _by_numpy(held, solved(system, doses, people, times, with_drugs, held), times, states)
    ready = prepared(system, doses, people, times, with_drugs, held, states, untils)
    found = _compiled(held, ready.found(people, kernel), times, states, people.count)
    if drawn:
        found = replace(found, curves=np.empty((len(states), len(times), people.count)))
        found.put(found.curves, 0, people.count)
    return found


def _compiled(held: Structure, found: Found, times: Array, states: tuple[int, ...], count: int) -> Course:
    curves = np.empty((len(states), 0, 0))
    return Course(
        held, times, states, curves, count, found.events, found.way, found.lost, found.solved, found.areas, found.sums,
        found.repairs,
    )  # fmt: skip


def _by_numpy(held: Structure, known: Solved, times: Array, states: tuple[int, ...]) -> Course:
    closed, way, given = known.closed, known.way, known.given
    with np.errstate(all="ignore"):
        backs = known.backs(states)
        sought = Sought(closed, way, given, times, known.at_starts, backs, None)
        curves = summed(closed, way, known.at_starts, backs, len(times))
        some, when, lost = apart(sought, curves)
        repairs = repaired(sought, known.matrix, known.volume, states, some, when, lost)
    if repairs is not None:
        curves[:, repairs.time, repairs.who] = repairs.values

    def areas(until: float) -> Array:
        with np.errstate(all="ignore"):
            found = known.areas(until, states)
        if lost.any():
            found[lost] = known.areas_apart(until, lost)[:, list(states)]
        return found

    events = tuple((one.start_h, one.duration_h) for one in given)
    return Course(
        held, times, states, curves, len(known.matrix), events, way, lost, lambda: known, areas, None, repairs
    )


def by_system(doses: Iterable[Dose]) -> dict[tuple[str, str], tuple[System, list[Dose]]]:
    """The doses by model and enantiomer: each such pair is a course of its own."""
    found: dict[tuple[str, str], tuple[System, list[Dose]]] = {}
    for one in doses:
        for enantiomer in one.molecule.composition:
            system = one.formulation.systems[enantiomer]
            found.setdefault((system.id, enantiomer), (system, []))[1].append(one)
    return found

"""A history made ready for compiled code: said once for all patients, then computed for any of them.

The numpy code of `solved.py` runs once on lines that stand for everybody's numbers (`tape.py`); what it did is repeated
by `worked.worked`, many patients side by side, without the interpreter.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from threading import Lock
from typing import Any

import numpy as np

from remit.engine.cancelled import WORST_GROWTH, Input, Repairs, Sought, apart_compiled, repaired
from remit.engine.curves import Basis
from remit.engine.fast import Kernel
from remit.engine.layout import Layout, Sums, Term
from remit.engine.modes import Modes
from remit.engine.people import Array, Chosen, People
from remit.engine.regimen import Dose
from remit.engine.solved import Solved, solved
from remit.engine.structure import Structure
from remit.engine.tape import Program, Tape, at_least, program
from remit.engine.walk import Event, Walk
from remit.pathway.kinetics import Interaction, System

_KEPT = 16
"""How many histories are kept ready."""
_SELDOM, _FIRST_STRETCHES = 60, 4
"""At every how many output times is looked for a curve's height, besides where something begins or ends, and in how
many of the first stretches."""


@dataclass(frozen=True, slots=True)
class Anybody(People):
    """One person who stands for all."""

    tape: Tape = field(default_factory=Tape, compare=False, repr=False)

    def _normal(self, key: str) -> Array:
        found = np.empty(1, object)
        found[0] = self.tape.input(key)
        return found


@dataclass(frozen=True, slots=True)
class Found:
    """What was computed of a block of patients."""

    events: tuple[Event, ...]
    way: Walk
    sums: Sums
    lost: Chosen
    repairs: Repairs | None
    solved: Callable[[], Solved]
    areas: Callable[[float], Array]


class Prepared:
    """A history and the steps to everybody's numbers."""

    def __init__(
        self, known: Solved, tape: Tape, times: Array, states: tuple[int, ...], untils: tuple[float, ...]
    ) -> None:
        self.known = known
        self.tape = tape
        self.times = times
        self.states = states
        self.events = tuple((one.start_h, one.duration_h) for one in known.given)
        self.backs = known.backs(states)
        self.layout, rows = _layout(known, self.backs)
        ratios = _ratios(known, times, self.backs)
        self.ratios = slice(len(rows), len(rows) + len(ratios))
        self.area_of = {until: len(rows) + len(ratios) + at * len(states) for at, until in enumerate(untils)}
        areas = [line for until in untils for line in self._areas(until)]
        self.steps = program(tape, [*rows, *ratios, *areas])
        self.more: dict[float | None, Program] = {}
        """Programs that were asked for later: to all numbers (None), and to the areas until another time."""
        self.wanted = [*_lines(known), *rows, *ratios]
        self.writing = Lock()

    def _areas(self, until: float) -> list[Any]:
        return list(self.known.areas(until, self.states)[0].tolist())

    def _steps_to(self, until: float | None) -> Program:
        """The program to the areas until a time, or to all numbers; one thread writes at a time."""
        with self.writing, np.errstate(all="ignore"):
            if until not in self.more:
                self.more[until] = program(self.tape, self.wanted if until is None else self._areas(until))
            return self.more[until]

    def found(self, people: People, kernel: Kernel) -> Found:
        """The numbers of these people."""
        inputs = [people.normal(key) for key in self.tape.inputs]
        normals = np.stack(inputs) if inputs else np.empty((0, people.count))
        rows = _worked(self.steps, normals, people.count, kernel)
        some = np.flatnonzero(~(rows[self.ratios] < WORST_GROWTH).all(axis=0))
        lost: Chosen = np.zeros(people.count, np.bool_)
        repairs, part, mine = None, None, lost
        if len(some):
            part, repairs, mine = self._repairs(normals[:, some], kernel)
            lost[some] = mine
            repairs = None if repairs is None else repairs._replace(who=some[repairs.who])

        def whole() -> Solved:
            return self._solved(normals, people.count, kernel)[0]

        def areas(until: float) -> Array:
            if until in self.area_of:
                held = rows[self.area_of[until] :][: len(self.states)]
            else:
                held = _worked(self._steps_to(until), normals, people.count, kernel)
            values = np.array(held.T, order="C")
            if part is not None and mine.any():
                values[lost] = part.areas_apart(until, mine)[:, list(self.states)]
            return values

        sums = Sums(kernel, rows, self.layout)
        return Found(self.events, self.known.way, sums, lost, repairs, cache(whole), areas)

    def _repairs(self, normals: Array, kernel: Kernel) -> tuple[Solved, Repairs | None, Chosen]:
        """All numbers of people whose digits may cancel, what is computed otherwise of them, and whose areas are."""
        part, rows = self._solved(normals, normals.shape[1], kernel)
        with np.errstate(all="ignore"):
            backs = part.backs(self.states)
            sought = Sought(part.closed, part.way, part.given, self.times, part.at_starts, backs, kernel)
            who, when, lost = apart_compiled(sought, kernel, Sums(kernel, rows, self.layout))
            return part, repaired(sought, part.matrix, part.volume, self.states, who, when, lost), lost

    def _solved(self, normals: Array, count: int, kernel: Kernel) -> tuple[Solved, Array]:
        """All numbers of these people, and the rows of which their sums are made."""
        rows = _worked(self._steps_to(None), normals, count, kernel)
        values = _Values(rows)
        return _filled(self.known, values), rows[values.at :]


def _worked(steps: Program, normals: Array, count: int, kernel: Kernel) -> Array:
    found = np.empty((steps.rows, count))
    sizes = steps.registers, steps.largest
    kernel.worked(found, normals, steps.steps, steps.numbers, steps.constants, sizes)
    return found


def _layout(known: Solved, backs: Sequence[Any]) -> tuple[Layout, list[Any]]:
    """Where everybody's numbers for the sums stand, and the lines of these."""
    basis = Basis(known.closed, backs)
    rows = [known.closed.rates[family[0], 0] for family in basis.families]
    families, states = len(rows), list[tuple[Term, ...]]()
    for back in backs:
        parts = list(basis.shares(back))
        states.append(tuple((row, mode, len(rows) - families + at) for at, (row, mode, _) in enumerate(parts)))
        rows += [share[0] for *_, share in parts]
    shares = len(rows)
    places = np.full((2, *known.at_starts[0].shape[:2]), -1)
    stood: dict[int, int] = {}
    for kind, held in enumerate(known.at_starts):
        for (stretch, mode), line in np.ndenumerate(held[:, :, 0]):
            if not isinstance(line, (int, float)):
                if line.at not in stood:
                    stood[line.at] = len(rows)
                    rows.append(line)
                places[kind, stretch, mode] = stood[line.at]
            elif line:
                places[kind, stretch, mode] = len(rows)
                rows.append(line)
    sizes = tuple(len(family) for family in basis.families)
    return Layout(sizes, np.arange(families), np.arange(families, shares), places, tuple(states)), rows


def _ratios(known: Solved, times: Array, backs: Sequence[Any]) -> list[Any]:
    """How many times as large as the height of a state the parts may be of which it is the sum: see `cancelled`.

    Its height is looked at here and there in the first stretches: nobody is cleared by it who would not be by the
    highest of all.
    """
    sought = Sought(known.closed, known.way, known.given, times, known.at_starts, list(backs), None)
    looked, stretches = times[sought.looked(_SELDOM)], known.way.stretches
    last = stretches[_FIRST_STRETCHES].start_h if len(stretches) > _FIRST_STRETCHES else np.inf
    first = looked[looked <= last]
    seen = [_modes_at(known, time) for time in (first if len(first) else looked)]
    most = _most(known, float(times[-1]))
    found = []
    for back in backs:
        parts = sum(abs(share[0]) * most[mode] for mode, share in back.items())
        heights = [abs(sum(share[0] * there[mode] for mode, share in back.items())) for there in seen]
        highest = heights[0]
        for each in heights[1:]:
            highest = _higher(highest, each)
        if isinstance(parts, (int, float)) and parts == 0.0:
            continue
        found.append(parts / highest if not isinstance(highest, (int, float)) or highest else np.inf)
    return found


def _higher(one: Any, other: Any) -> Any:
    return at_least(np.array([one], object), np.array([other], object))[0]


def _modes_at(known: Solved, time: float) -> list[Any]:
    """The modes at a time."""
    for one, state, rate in zip(reversed(known.way.stretches), *(each[::-1] for each in known.at_starts), strict=True):
        if one.start_h <= time:
            there = known.closed.step(state, rate if one.running else None, round(time - one.start_h, 12))
            return list(there[:, 0])
    return [0.0] * len(known.closed.rates)


def _most(known: Solved, last: float) -> list[Any]:
    """The most that is in each mode at any time, without its sign."""
    found: list[Any] = [0.0] * len(known.closed.rates)
    for one, state, rate in zip(known.way.stretches, *known.at_starts, strict=True):
        lasting = min(one.hours, last - one.start_h) if one.running else 0.0
        for mode in range(len(found)):
            here = abs(state[mode, 0]) + abs(rate[mode, 0]) * lasting
            found[mode] = here if isinstance(found[mode], float) and found[mode] == 0.0 else _higher(found[mode], here)
    return found


def _lines(known: Solved) -> list[Any]:
    """All numbers of a person, in the order in which `_filled` takes them."""
    closed = known.closed
    dicts = [each for held in (closed.root, closed.inverse, closed.join, closed.kept) for each in held.values()]
    arrays = [
        known.matrix, known.volume, *(one.amount for one in known.given), closed.rates, *dicts, *known.at_starts,
        *known.entering,
    ]  # fmt: skip
    return [each for array in arrays for each in array.ravel().tolist()]


class _Values:
    """Rows of numbers, taken one array after the other."""

    def __init__(self, rows: Array) -> None:
        self.rows = rows
        self.at = 0

    def next(self, shape: tuple[int, ...]) -> Array:
        """The next numbers of that shape, patients last."""
        many = math.prod(shape)
        found = self.rows[self.at : self.at + many].reshape(*shape, self.rows.shape[1])
        self.at += many
        return found


def _filled(known: Solved, values: _Values) -> Solved:
    """The same with the numbers of some people."""
    closed, size = known.closed, known.matrix.shape[1]
    matrix, volume = values.next((size, size)).transpose(2, 0, 1), values.next((size,)).T
    given = tuple(Input(one.state, values.next(()), one.start_h, one.duration_h) for one in known.given)
    rates = values.next((len(closed.rates),))
    root, inverse, join, kept = (
        {at: values.next(()) for at in each} for each in (closed.root, closed.inverse, closed.join, closed.kept)
    )
    starts, enters = (values.next(each.shape[:2]) for each in known.at_starts)
    entering = tuple(values.next((len(rates),)) for _ in known.entering)
    return Solved(
        matrix,
        volume,
        given,
        Modes(rates, root, inverse, join, kept, closed.chains),
        known.way,
        (starts, enters),
        entering,
    )


_ready: list[tuple[tuple[Any, ...], Prepared]] = []


def prepared(
    system: System,
    doses: Sequence[Dose],
    people: People,
    times: Array,
    with_drugs: tuple[Interaction, ...],
    held: Structure,
    states: tuple[int, ...],
    untils: tuple[float, ...] = (),
) -> Prepared:
    """The history made ready, or as it was made ready before. `untils`: the ends of areas that will be asked for."""
    anybody = (people.population, people.vary, people.unsure, dict(people.fixed))
    asked = (system, tuple(doses), held.followers, with_drugs, states, untils, times.tobytes(), anybody)
    for known, ready in _ready:
        if known == asked:
            return ready
    tape = Tape()
    person = Anybody(people.population, 0, 0, 1, people.vary, people.unsure, people.fixed, tape=tape)
    with np.errstate(all="ignore"):
        ready = Prepared(solved(system, doses, person, times, with_drugs, held), tape, times, states, untils)
    _ready.append((asked, ready))
    del _ready[:-_KEPT]
    return ready

"""What is read off a course: concentrations, receptor block and session effects, each from the states of the models."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine import effects, kernels, tracing
from remit.engine.course import Course
from remit.engine.fast import Kernel
from remit.engine.joined import Traced
from remit.engine.kernels import LANES
from remit.engine.people import Array, People, Places
from remit.engine.plan import Plan
from remit.engine.regimen import Dose
from remit.engine.structure import Follower
from remit.engine.summary import Clock, peak
from remit.pathway.kinetics import Compartment, Curve, Parameter, Pharmacology, Site, System
from remit.quantities import BadInput

MOAAS = "moaas"
VENOUS, BRAIN, PRESSURE = "venous", "brain", "pressure"
_NAMES = {("S", "ketamine"): "esketamine", ("R", "ketamine"): "arketamine"}
_NAMES |= {("S", "hydroxynorketamine"): "hydroxynoresketamine", ("R", "hydroxynorketamine"): "hydroxynorarketamine"}
_NAMES |= {("S", "norketamine"): "noresketamine", ("R", "norketamine"): "norarketamine"}
Part = tuple[int, str, float]
"""The number of a model, one of its states, and what a concentration there is multiplied by."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A quantity: what its parts add up to, and what an effect makes of that."""

    name: str
    parts: tuple[Part, ...]
    kind: int = tracing.PLAIN
    own: Parameter | None = None
    """The number of the effect that each patient has: its top, or where alertness begins to fall."""
    curve: Curve | None = None
    deepest: float = 0.0

    @property
    def numbers(self) -> tuple[float, float]:
        """What the effect needs besides, for compiled code."""
        if self.curve is None:
            return self.deepest, 1.0
        return self.curve.half_ng_ml**self.curve.steepness, self.curve.steepness


Model = tuple[System, Sequence[Dose], Sequence[str]]
"""A model, the doses that go into it, and the states that are wanted of it."""


def wanted(plan: Plan, system: System, watched: Sequence[Follower]) -> list[str]:
    """The states that readings are made of."""
    found = [_place(plan, system, one) for one in system.compartments if one.species and one.volume]
    return [*found, *(one.id for one in watched if one.id != VENOUS)]


def _place(plan: Plan, system: System, compartment: Compartment) -> str:
    """Where a compartment's concentration is read: for the parent in venous blood it is the arm vein."""
    return VENOUS if plan.site is Site.VENOUS and compartment.id == system.venous_of else compartment.id


def readings(facts: Pharmacology, plan: Plan, models: Sequence[Model]) -> tuple[Reading, ...]:
    """Everything that is read off a plan's courses, at the site asked for."""
    plain: dict[str, list[Part]] = {}
    brain: dict[tuple[str, str], list[Part]] = {}
    pressure: list[Part] = []
    for number, (system, [one, *_], states) in enumerate(models):
        for compartment in system.compartments:
            species = compartment.species
            if species is None or compartment.volume is None:
                continue
            mass, own = _mass(facts, one, system, species), _own_mass(facts, one, species)
            enantiomer = _NAMES.get((system.enantiomer, species))
            for name in [species, *([enantiomer] if enantiomer else [])]:
                plain.setdefault(f"{name}_ng_ml", []).append((number, _place(plan, system, compartment), mass))
            if f"{BRAIN} {compartment.id}" in states:
                place = (number, f"{BRAIN} {compartment.id}", mass / own)
                brain.setdefault((system.enantiomer, species), []).append(place)
            if f"{PRESSURE} {compartment.id}" in states:
                pressure.append((number, f"{PRESSURE} {compartment.id}", mass))
    concentrations = tuple(Reading(name, tuple(parts)) for name, parts in plain.items())
    return concentrations + tuple(_effects(facts, plan, brain, tuple(pressure)))


def _own_mass(facts: Pharmacology, one: Dose, species: str) -> float:
    known = {**facts.molar_masses, **one.molecule.metabolites, one.molecule.id: one.molecule.molar_mass}
    if species not in known:
        raise BadInput(f"{one.molecule.id}: the molar mass of {species} is needed, there is none")
    return known[species]


def _mass(facts: Pharmacology, one: Dose, system: System, species: str) -> float:
    """What a micromole of the model weighs: that of the parent, where the model counts milligrams of parent."""
    return _own_mass(facts, one, species) if system.molar else one.molecule.molar_mass


def _effects(
    facts: Pharmacology, plan: Plan, brain: Mapping[tuple[str, str], list[Part]], pressure: tuple[Part, ...]
) -> list[Reading]:
    """Receptor block and what follows from it in a session; nothing where no affinity of the molecule is known."""
    if not brain:
        return []
    known = facts.effects
    load = effects.load(known.unbound, plan.assay or known.assays[0])
    block = [
        (at, state, factor * load[key]) for key, parts in brain.items() if key in load for at, state, factor in parts
    ]
    found = [Reading("nmda_block", tuple(block), tracing.BLOCK)]
    if ("S", "ketamine") not in brain:
        # The curves are of S-ketamine; without it nothing is known, which is not the same as nothing happening.
        return found
    weight = facts.molar_masses["ketamine"]
    driven = tuple((at, state, factor * weight) for at, state, factor in brain["S", "ketamine"])

    def of(name: str, curve: Curve, parts: tuple[Part, ...], kind: int = tracing.SATURATING) -> Reading:
        return Reading(name, parts, kind, curve.top, curve)

    return [
        *found,
        of("cadss", known.dissociation, driven),
        # One shape for the circulation: what differs is the top.
        of("systolic_change_mmhg", known.systolic, pressure),
        of("diastolic_change_mmhg", known.diastolic, pressure, tracing.AGAIN),
        of("pulse_change_per_min", known.pulse, pressure, tracing.AGAIN),
        Reading(MOAAS, driven, tracing.ALERTNESS, known.sedation.half, deepest=known.sedation.deepest),
    ]


def owns(read: Sequence[Reading], people: People) -> Array:
    """Each patient's number of each reading: shape (readings, patients), 1 where it needs none."""
    found = np.ones((len(read), people.count))
    for at, one in enumerate(read):
        if one.own is not None:
            typical = np.full(people.count, one.own.value)
            found[at] = people.around(f"effect {one.own.name}", one.own, typical)
    return found


_FEW = 512
"""Patients up to whom compiled code puts what it reads in its place at once."""
Told = tuple[Array, Array]
"""Values at both ends of a half-life, and how far each goes, and when: shapes (readings, 2, patients)."""


class Reader:
    """Reads some courses, on which compiled code, where there is some, has not drawn the curves."""

    def __init__(
        self, read: Sequence[Reading], courses: Sequence[Course], own: Array, clock: Clock, kernel: Kernel | None
    ) -> None:
        self.read = read
        self.courses = courses
        self.own = own
        self.clock = clock
        self.kernel = kernel
        if kernel is not None:
            self.recipe, units = _recipe(read, courses)
            self.traced, self.seen = Traced(courses, kernel, units), _seen(clock)

    def told(self, first: int, last: int, into: Array) -> Told:
        """What is told of the patients from `first` to before `last`; numpy knows all of them or none.

        The values at the shown times are put in an array (readings, times, these patients).
        """
        ends, farthest = np.empty((2, len(self.read), 2, last - first))
        if self.kernel is None:
            _by_numpy(self.read, self.courses, self.own, self.clock, into, (ends, farthest))
            return ends, farthest
        # Pages of many patients' numbers are slow to find: they are visited once, when all is known.
        direct = kernels.lined_up(into) and into.shape[2] <= _FEW
        lines = into if direct else kernels.memory(len(self.read), into.shape[1], LANES)
        own, told = np.ascontiguousarray(self.own[:, first:last]), (ends, farthest)
        for begin in range(0, last - first, LANES):
            end = min(begin + LANES, last - first)
            span, given = (begin, end, begin if direct else 0), self.traced.lanes(first + begin, first + end)
            self.kernel.read(lines, told, span, *given, self.recipe, own, self.seen)
            if not direct:
                into[:, :, begin:end] = lines[:, :, : end - begin]
        return ends, farthest


def _by_numpy(
    read: Sequence[Reading], courses: Sequence[Course], own: Array, clock: Clock, values: Array, found: Told
) -> None:
    share = np.zeros(0)
    ends, farthest = found
    for at, one in enumerate(read):
        raw = np.zeros(0)
        if one.kind != tracing.AGAIN:
            parts = [courses[number].line(state) * factor for number, state, factor in one.parts]
            raw = np.asarray(sum(parts[1:], parts[0]))
        if one.kind == tracing.SATURATING and one.curve is not None:
            share = effects.filled(one.curve, raw)
        curve = _responding(one, raw, share, own[at])
        values[at], ends[at], farthest[at] = curve[clock.shown], curve[clock.ends], peak(curve, clock)
        if one.kind == tracing.ALERTNESS:
            lowest = curve.argmin(axis=0)
            farthest[at] = curve[lowest, np.arange(len(lowest))], clock.times[lowest]


def _responding(one: Reading, raw: Array, share: Array, own: Array) -> Array:
    if one.kind == tracing.BLOCK:
        return effects.blocked(raw)
    if one.kind == tracing.ALERTNESS:
        return effects.moaas(one.deepest, own, raw)
    return raw if one.kind == tracing.PLAIN else share * own


Recipe = tuple[Places, Places, Places, Array, Array]


def _recipe(read: Sequence[Reading], courses: Sequence[Course]) -> tuple[Recipe, Array]:
    """What compiled code makes readings of, their kinds, where their parts begin, states and factors, and numbers; and
    the unit in which it draws each state: that in which it is read first."""
    places = np.cumsum([0, *(len(one.wanted) for one in courses)]).tolist()
    parts = [
        (places[number] + courses[number].states.index(state), factor)
        for one in sorted(read, key=lambda one: len(one.parts))
        for number, state, factor in one.parts
    ]
    units = np.ones(places[-1])
    for state, factor in reversed(parts):
        units[state] = factor
    parts = [
        (state, factor / units[state])
        for one in read
        for number, name, factor in one.parts
        for state in [places[number] + courses[number].states.index(name)]
    ]
    recipe = (
        np.array([one.kind for one in read]),
        np.cumsum([0, *(len(one.parts) for one in read)]),
        np.array([state for state, _ in parts]),
        np.array([factor for _, factor in parts]),
        np.array([one.numbers for one in read]),
    )
    return recipe, units


def _seen(clock: Clock) -> tuple[Array, Places, Places, Places]:
    """The clock for compiled code: each time's row among those shown, or below 0 its number among the others."""
    rows = np.empty(len(clock.times), np.intp)
    hidden = np.ones(len(clock.times), np.bool_)
    hidden[clock.shown] = False
    rows[clock.shown], rows[hidden] = np.arange(len(clock.shown)), -1 - np.arange(hidden.sum())
    return clock.times, rows, clock.ends, clock.corners

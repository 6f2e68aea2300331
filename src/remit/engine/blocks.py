"""A plan on blocks of patients, on as many threads as are asked for: concentrations, effects, a few numbers a curve.

A patient's numbers do not depend on the block or the thread: whoever puts blocks together gets the same answer.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from remit.engine import effects
from remit.engine.course import Course, by_system, formulations, run
from remit.engine.fast import Kernel, kernel
from remit.engine.people import Array, People, Places
from remit.engine.plan import Plan, last_input, times, turns
from remit.engine.regimen import Dose
from remit.engine.structure import Follower, Structure, structure
from remit.engine.summary import half_life, peak
from remit.pathway.kinetics import Compartment, Parameter, Pharmacology, Site, System
from remit.quantities import BadInput

BLOCK = 512
"""Patients computed together: their numbers stay in the processor's cache."""
MOAAS = "moaas"
VENOUS, BRAIN, PRESSURE = "venous", "brain", "pressure"
_NAMES = {("S", "ketamine"): "esketamine", ("R", "ketamine"): "arketamine"}
_NAMES |= {("S", "hydroxynorketamine"): "hydroxynoresketamine", ("R", "hydroxynorketamine"): "hydroxynorarketamine"}
_NAMES |= {("S", "norketamine"): "noresketamine", ("R", "norketamine"): "norarketamine"}


@dataclass(frozen=True, slots=True)
class Block:
    """What was computed of patients `first` to `first + count - 1` of a plan: see `Result` for what the arrays hold."""

    first: int
    count: int
    values: Mapping[str, Array]
    """By quantity, of shape (times, patients)."""
    summary: Mapping[str, Mapping[str, Array]]
    handed_over: int


@dataclass(frozen=True, slots=True)
class _Part:
    """One model and enantiomer: what is the same for every block of patients."""

    system: System
    doses: list[Dose]
    watched: tuple[Follower, ...]
    wanted: list[str]
    held: Structure


@dataclass(frozen=True, slots=True)
class _Work:
    """A plan made ready: everything that does not depend on the patients."""

    facts: Pharmacology
    plan: Plan
    parts: list[_Part]
    inner: Array
    shown: Places
    corners: Array
    kernel: Kernel | None


@dataclass(slots=True)
class _Sums:
    """What models and enantiomers add to each quantity: curves of shape (times, patients), and the areas under them."""

    curves: dict[str, list[Array]] = field(default_factory=dict)
    areas: dict[str, list[tuple[Array, Array]]] = field(default_factory=dict)
    brain: dict[tuple[str, str], list[Array]] = field(default_factory=dict)
    pressure: list[Array] = field(default_factory=list)
    handed_over: int = 0


def blocks(facts: Pharmacology, plan: Plan, workers: int = 1, part: range | None = None) -> Iterator[Block]:
    """The plan's patients block by block, in order, computed on that many threads; only those of `part`, where given.

    How they are computed is decided by the whole plan, so that a part has the digits that it has in the whole.
    """
    work = _work(facts, plan)
    patients = range(plan.people.count) if part is None else part
    firsts = range(patients.start, patients.stop, BLOCK)
    jobs = (lambda first=first: _block(work, first, min(BLOCK, patients.stop - first)) for first in firsts)
    return _in_order(jobs, workers)


def _in_order(jobs: Iterator[Callable[[], Block]], workers: int) -> Iterator[Block]:
    """The answers in the order of the jobs, with no more of them waiting than there are threads, twice."""
    if workers == 1:
        for job in jobs:
            yield job()
        return
    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[Block]] = []
        for job in jobs:
            waiting.append(pool.submit(job))
            if len(waiting) >= 2 * workers:
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def _work(facts: Pharmacology, plan: Plan) -> _Work:
    parts = []
    for system, doses in by_system(plan.doses).values():
        if plan.site not in system.sites:
            known = " or ".join(system.sites)
            raise BadInput(
                f"site: {doses[0].molecule.id} by this route is known in {known} blood only, not {plan.site.value}"
            )
        watched = followers(facts, system)
        held = structure(system, formulations(doses), watched)
        parts.append(_Part(system, doses, watched, _wanted(plan, system, watched), held))
    inner = times(plan, facts)
    corners = np.array([moment for one in plan.doses for moment in turns(one)])
    return _Work(facts, plan, parts, inner, np.searchsorted(inner, plan.times), corners, kernel(plan.people.count))


def _block(work: _Work, first: int, count: int) -> Block:
    facts, plan, inner, people = work.facts, work.plan, work.inner, work.plan.people.block(first, count)
    sums = _Sums()
    for part in work.parts:
        found = run(
            part.system, part.doses, people, inner, part.watched, plan.with_drugs, part.wanted, part.held, work.kernel
        )
        _collect(work, part, found, sums)
        sums.handed_over += found.handed_over
    curves = {name: _sum(held) for name, held in sums.curves.items()}
    summary: dict[str, dict[str, Array]] = {}
    for name, curve in curves.items():
        highest, when = peak(curve, inner, work.corners)
        summary[name] = {
            "cmax": highest,
            "tmax_h": when,
            "auc_ng_h_ml": _sum([whole for _, whole in sums.areas[name]]),
            "auc_window_ng_h_ml": _sum([area for area, _ in sums.areas[name]]),
            "half_life_h": half_life(curve, inner, last_input(plan.doses), facts.half_life),
        }
    for name, curve in _effects(facts, plan, people, sums).items():
        curves[name] = curve
        summary[name] = _farthest(name, curve, work)
    values = {name: curve[work.shown] for name, curve in curves.items()}
    return Block(first, count, values, summary, sums.handed_over)


def _sum(parts: Sequence[Array]) -> Array:
    return np.asarray(sum(parts[1:], parts[0]))


def followers(facts: Pharmacology, system: System) -> tuple[Follower, ...]:
    """The sites that follow a system's concentrations: arm vein, brain, and what drives the pressure."""
    found: list[Follower] = []
    if system.venous_of is not None and system.venous_rate is not None:
        found.append(Follower(VENOUS, system.venous_of, system.venous_rate))
    for one in system.compartments:
        if (system.enantiomer, one.species) in facts.effects.assays[0].half_block:
            found.append(Follower(f"{BRAIN} {one.id}", one.id, facts.effects.brain_rate))
        if (system.enantiomer, one.species) == ("S", "ketamine"):
            found.append(Follower(f"{PRESSURE} {one.id}", one.id, facts.effects.pressure_rate))
    return tuple(found)


def _wanted(plan: Plan, system: System, watched: Sequence[Follower]) -> list[str]:
    """The states that results are made of."""
    found = [_place(plan, system, one) for one in system.compartments if one.species and one.volume]
    return [*found, *(one.id for one in watched if one.id != VENOUS)]


def _place(plan: Plan, system: System, compartment: Compartment) -> str:
    """Where a compartment's concentration is read: for the parent in venous blood it is the arm vein."""
    return VENOUS if plan.site is Site.VENOUS and compartment.id == system.venous_of else compartment.id


def _collect(work: _Work, part: _Part, found: Course, sums: _Sums) -> None:
    """Add a course to the sums, at the site asked for."""
    facts, plan, system, one = work.facts, work.plan, part.system, part.doses[0]
    states, area, whole = found.states, found.area(int(work.shown[-1])), found.whole_area()
    for compartment in system.compartments:
        if compartment.species is None or compartment.volume is None:
            continue
        place = _place(plan, system, compartment)
        at, mass = states.index(place), _mass(facts, one, system, compartment.species)
        curve, areas = found.line(place) * mass, (area[:, at] * mass, whole[:, at] * mass)
        enantiomer = _NAMES.get((system.enantiomer, compartment.species))
        for name in [compartment.species, *([enantiomer] if enantiomer else [])]:
            sums.curves.setdefault(f"{name}_ng_ml", []).append(curve)
            sums.areas.setdefault(f"{name}_ng_ml", []).append(areas)
        key = (system.enantiomer, compartment.species)
        if f"{BRAIN} {compartment.id}" in states:
            micromolar = found.line(f"{BRAIN} {compartment.id}")
            own = _own_mass(facts, one, compartment.species)
            sums.brain.setdefault(key, []).append(micromolar if mass == own else micromolar * (mass / own))
        if f"{PRESSURE} {compartment.id}" in states:
            sums.pressure.append(found.line(f"{PRESSURE} {compartment.id}") * mass)


def _own_mass(facts: Pharmacology, one: Dose, species: str) -> float:
    known = {**facts.molar_masses, **one.molecule.metabolites, one.molecule.id: one.molecule.molar_mass}
    if species not in known:
        raise BadInput(f"{one.molecule.id}: the molar mass of {species} is needed, there is none")
    return known[species]


def _mass(facts: Pharmacology, one: Dose, system: System, species: str) -> float:
    """What a micromole of the model weighs: that of the parent, where the model counts milligrams of parent."""
    return _own_mass(facts, one, species) if system.molar else one.molecule.molar_mass


def _effects(facts: Pharmacology, plan: Plan, people: People, sums: _Sums) -> dict[str, Array]:
    """Receptor block and what follows from it in a session; nothing where no affinity of the molecule is known."""
    if not sums.brain:
        return {}
    known = facts.effects
    brain = {key: _sum(parts) for key, parts in sums.brain.items()}
    found = {"nmda_block": effects.receptor_block(brain, known.unbound, plan.assay or known.assays[0])}
    if ("S", "ketamine") not in brain:
        # The curves are of S-ketamine; without it nothing is known, which is not the same as nothing happening.
        return found
    driven = brain["S", "ketamine"] * facts.molar_masses["ketamine"]
    found["cadss"] = effects.saturating(known.dissociation, _own(people, known.dissociation.top), driven)
    # One shape for the circulation: what differs is the top.
    share = effects.filled(known.systolic, _sum(sums.pressure))
    for name, curve in (
        ("systolic_change_mmhg", known.systolic),
        ("diastolic_change_mmhg", known.diastolic),
        ("pulse_change_per_min", known.pulse),
    ):
        found[name] = share * _own(people, curve.top)
    found[MOAAS] = effects.moaas(known.sedation.deepest, _own(people, known.sedation.half), driven)
    return found


def _own(people: People, parameter: Parameter) -> Array:
    """An effect's number of each patient."""
    return people.around(f"effect {parameter.name}", parameter, np.full(people.count, parameter.value))


def _farthest(name: str, curve: Array, work: _Work) -> dict[str, Array]:
    """How far an effect goes, and when: its highest value; of alertness the lowest, which comes in whole points."""
    if name == MOAAS:
        at = curve.argmin(axis=0)
        return {"min": curve[at, np.arange(len(at))], "tmin_h": work.inner[at]}
    highest, when = peak(curve, work.inner, work.corners)
    return {"max": highest, "tmax_h": when}

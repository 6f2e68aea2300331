"""Regimens on virtual patients: concentrations and session effects over time, with what is known of each link."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from remit.engine import effects
from remit.engine.course import Course, by_system, run
from remit.engine.people import Array, People, Places
from remit.engine.regimen import Dose, check
from remit.engine.structure import Follower
from remit.engine.summary import half_life, peak
from remit.pathway.kinetics import Assay, Compartment, Interaction, Pharmacology, Site, System
from remit.quantities import BadInput

BLOCK = 256
"""Patients computed together: their numbers stay in the processor's cache."""
_LARGEST = 2 * 10**8
"""Numbers kept in memory at most."""
VENOUS, BRAIN, PRESSURE = "venous", "brain", "pressure"
_NAMES = {("S", "ketamine"): "esketamine", ("R", "ketamine"): "arketamine"}
_NAMES |= {("S", "hydroxynorketamine"): "hydroxynoresketamine", ("R", "hydroxynorketamine"): "hydroxynorarketamine"}
_NAMES |= {("S", "norketamine"): "noresketamine", ("R", "norketamine"): "norarketamine"}
EFFECTS = {"nmda_block": "share", "cadss": "points", "systolic_change_mmhg": "mmHg"}
"""What is computed besides concentrations, with its unit."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: doses, people, times in hours, where the blood is taken, and what else is taken."""

    doses: tuple[Dose, ...]
    people: People
    times: Array
    site: Site = Site.VENOUS
    with_drugs: tuple[Interaction, ...] = ()
    assay: Assay | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """Arrays over patients: `values` (patients, times) by quantity, `summary` (patients,) by quantity and measure."""

    plan: Plan
    values: Mapping[str, Array]
    summary: Mapping[str, Mapping[str, Array]]
    status: Mapping[str, Mapping[str, object]]
    extrapolation: tuple[str, ...]
    handed_over: int = 0


@dataclass(slots=True)
class _Sums:
    """Concentrations added up over models and enantiomers, and the areas under them."""

    curves: dict[str, Array] = field(default_factory=dict)
    areas: dict[str, tuple[Array, Array]] = field(default_factory=dict)
    brain: dict[tuple[str, str], Array] = field(default_factory=dict)
    pressure: dict[str, Array] = field(default_factory=dict)
    handed_over: int = 0

    def add(self, name: str, curve: Array, area: Array, whole: Array) -> None:
        """Add one model's share of a quantity."""
        self.curves[name] = self.curves.get(name, 0.0) + curve
        had = self.areas.get(name, (0.0, 0.0))
        self.areas[name] = (had[0] + area, had[1] + whole)


def simulate(facts: Pharmacology, plan: Plan, *, beyond: bool = False) -> Result:
    """Simulate a plan. Raises `BadInput` for a dose above what the model knows, unless `beyond` allows it.

    `values` are ng/mL for concentrations, else as `EFFECTS` says; `summary` holds `cmax`, `tmax_h`, `auc_ng_h_ml` (to
    infinity), `auc_window_ng_h_ml` (to the last output time) and `half_life_h`.
    """
    if not plan.doses:
        raise BadInput("regimen: at least one dose is needed, there is none")
    _check_size(plan)
    weight = float(np.median(People.number(_typical(plan.people), "weight")))
    said = () if beyond else check(plan.doses, weight)
    inner = times(plan, facts)
    shown = np.searchsorted(inner, plan.times)
    blocks = [
        _block(facts, plan, plan.people.block(first, min(BLOCK, plan.people.count - first)), inner, shown)
        for first in range(0, plan.people.count, BLOCK)
    ]
    values = {name: np.concatenate([one[0][name] for one in blocks]) for name in blocks[0][0]}
    summary = {
        name: {what: np.concatenate([one[1][name][what] for one in blocks]) for what in held}
        for name, held in blocks[0][1].items()
    }
    return Result(plan, values, summary, _status(facts, plan, list(values)), said, sum(one[2] for one in blocks))


def _typical(people: People) -> People:
    return People(people.population, people.seed, 0, 1, vary=False, fixed=people.fixed)


def _check_size(plan: Plan) -> None:
    most = _LARGEST // (len(plan.times) * _MOST_QUANTITIES)
    if plan.people.count > most:
        raise BadInput(f"n: at most {most} patients are kept with {len(plan.times)} times, not {plan.people.count}")


_MOST_QUANTITIES = 12


def times(plan: Plan, facts: Pharmacology) -> Array:
    """The output times, with those between them that a peak and a half-life need."""
    starts = sorted({one.start_h for one in plan.doses})
    sessions = [at for number, at in enumerate(starts) if number == 0 or at - starts[number - 1] > 1.0]
    end = last_input(plan.doses)
    offsets = np.concatenate([np.arange(0, 1.5, 1 / 30), np.arange(1.5, 6, 1 / 6), np.arange(6, 24.1, 1)])
    window = end + np.array([facts.half_life.from_h, facts.half_life.to_h])
    ends = [moment for one in plan.doses for moment in _turns(one)]
    found = [np.asarray(plan.times), window, np.array(ends), *(at + offsets for at in sessions)]
    return np.unique(np.concatenate(found))


def last_input(doses: Sequence[Dose]) -> float:
    """When the last of the drug has left a pump or a tablet, in hours."""
    return max(one.end_h + _release(one) for one in doses)


def _turns(one: Dose) -> tuple[float, float, float]:
    """When an input begins or ends: there a curve has a corner."""
    return one.start_h, one.end_h, one.end_h + _release(one)


def _release(one: Dose) -> float:
    known = one.formulation.parameters
    lasting = [known[path.duration].value for path in one.formulation.paths if path.duration and path.duration in known]
    return max((hours or 0.0 for hours in lasting), default=0.0)


def _block(
    facts: Pharmacology, plan: Plan, people: People, inner: Array, shown: Places
) -> tuple[dict[str, Array], dict[str, dict[str, Array]], int]:
    sums, last = _Sums(), int(shown[-1])
    for system, doses in by_system(plan.doses).values():
        watched = followers(facts, system)
        found = run(system, doses, people, inner, watched, plan.with_drugs, _wanted(plan, system, watched))
        _collect(facts, plan, system, doses[0], found, last, sums)
        sums.handed_over += found.handed_over
    corners = np.array([moment for one in plan.doses for moment in _turns(one)])
    summary = {}
    for name, curve in sums.curves.items():
        highest, when = peak(curve, inner, corners)
        area, whole = sums.areas[name]
        summary[name] = {
            "cmax": highest,
            "tmax_h": when,
            "auc_ng_h_ml": whole,
            "auc_window_ng_h_ml": area,
            "half_life_h": half_life(curve, inner, last_input(plan.doses), facts.half_life),
        }
    for name, curve in _effects(facts, plan, people, sums).items():
        sums.curves[name] = curve
        highest, when = peak(curve, inner, corners)
        summary[name] = {"max": highest, "tmax_h": when}
    return {name: curve[:, shown] for name, curve in sums.curves.items()}, summary, sums.handed_over


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


def _collect(facts: Pharmacology, plan: Plan, system: System, one: Dose, found: Course, last: int, sums: _Sums) -> None:
    """Add a course to the sums, at the site asked for."""
    if plan.site not in system.sites:
        known = " or ".join(system.sites)
        raise BadInput(f"site: {one.molecule.id} by this route is known in {known} blood only, not {plan.site.value}")
    states, area, whole = found.states, found.area(last), found.whole_area()
    for compartment in system.compartments:
        if compartment.species is None or compartment.volume is None:
            continue
        place = _place(plan, system, compartment)
        at = states.index(place)
        mass = _mass(facts, one, system, compartment.species)
        enantiomer = _NAMES.get((system.enantiomer, compartment.species))
        for name in [compartment.species, *([enantiomer] if enantiomer else [])]:
            sums.add(
                f"{name}_ng_ml",
                found.of(place) * mass,
                area[:, at] * mass,
                whole[:, at] * mass,
            )
        key = (system.enantiomer, compartment.species)
        if f"{BRAIN} {compartment.id}" in states:
            micromolar = found.of(f"{BRAIN} {compartment.id}") * mass / _own_mass(facts, one, compartment.species)
            sums.brain[key] = sums.brain.get(key, 0.0) + micromolar
        if f"{PRESSURE} {compartment.id}" in states:
            driven = found.of(f"{PRESSURE} {compartment.id}") * mass
            sums.pressure["S"] = sums.pressure.get("S", 0.0) + driven


def _own_mass(facts: Pharmacology, one: Dose, species: str) -> float:
    known = {**facts.molar_masses, **one.molecule.metabolites, one.molecule.id: one.molecule.molar_mass}
    if species not in known:
        raise BadInput(f"{one.molecule.id}: the molar mass of {species} is needed, there is none")
    return known[species]


def _mass(facts: Pharmacology, one: Dose, system: System, species: str) -> float:
    """What a micromole of the model weighs: that of the parent, where the model counts milligrams of parent."""
    return _own_mass(facts, one, species) if system.molar else one.molecule.molar_mass


def _effects(facts: Pharmacology, plan: Plan, people: People, sums: _Sums) -> dict[str, Array]:
    """Receptor block, dissociation and systolic change; nothing where no affinity of the molecule is known."""
    if not sums.brain:
        return {}
    known = facts.effects
    assay = plan.assay or known.assays[0]
    found = {"nmda_block": effects.receptor_block(sums.brain, known.unbound, assay)}
    if ("S", "ketamine") not in sums.brain:
        # The curves are of S-ketamine; without it nothing is known, which is not the same as nothing happening.
        return found
    dissociation = sums.brain["S", "ketamine"] * facts.molar_masses["ketamine"]
    for name, curve, driven in (
        ("cadss", known.dissociation, dissociation),
        ("systolic_change_mmhg", known.systolic, sums.pressure["S"]),
    ):
        top = people.around(f"effect {curve.top.name}", curve.top, np.full(people.count, curve.top.value))
        found[name] = effects.saturating(curve, top, driven)
    return found


_SUREST_FIRST = ("calibrated", "assumed", "hypothesis")


def _status(facts: Pharmacology, plan: Plan, names: Sequence[str]) -> dict[str, dict[str, object]]:
    """How far each quantity is known, and from what."""
    ways = {one.formulation.key: one.formulation for one in plan.doses}.values()
    systems = [system for system, _ in by_system(plan.doses).values()]
    link = max((way.link for way in ways), key=_SUREST_FIRST.index)
    # Two drugs in one body: the factors of the other drug were solved from few ratios.
    link = max(link, "assumed" if plan.with_drugs else link, key=_SUREST_FIRST.index)
    model: dict[str, object] = {
        "models": sorted({system.id for system in systems}),
        "status": sorted(
            {system.source.status.value for system in systems} | {way.source.status.value for way in ways}
        ),
        "notes": sorted({way.note for way in ways if way.note}),
    }
    known = facts.effects
    arterial = all(Site.ARTERIAL in system.sites for system in systems)
    driven = (
        "arterial concentration" if arterial else "venous concentration, as no arterial model of this route is known"
    )
    found: dict[str, dict[str, object]] = {}
    for name in names:
        if name == "nmda_block":
            assay = plan.assay or known.assays[0]
            found[name] = {
                "link": known.block_link, "assay": assay.id, "assay_name": assay.name, "driven_by": driven,
                "notes": [known.block_note],
            }  # fmt: skip
        elif name in EFFECTS:
            curve = known.dissociation if name == "cadss" else known.systolic
            found[name] = {"link": curve.link, "driven_by": driven, "notes": [curve.note]}
        else:
            found[name] = {"link": link, "site": plan.site.value, **model}
    return found

"""The engine against published measurements, row by row: predicted, observed, how far apart; what is not understood is
skipped with its reason, never guessed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from remit.engine.course import by_system
from remit.engine.people import Array, People, covariates, parameters
from remit.engine.regimen import Dose, check, counted, in_devices, parse_regimen
from remit.engine.simulate import Plan, Result, simulate
from remit.engine.structure import matrices, structure, volumes
from remit.pathway.kinetics import (
    Formulation,
    Interaction,
    Observation,
    Path,
    Pharmacology,
    Seen,
    Site,
    ValidationWords,
)
from remit.pathway.model_check import Row
from remit.quantities import BadInput

PATIENTS = 200
"""Virtual patients behind a prediction interval."""
INTERVAL = (2.5, 97.5)
"""The interval that holds 95 % of patients."""
_REFERENCE_MG = 10.0
"""The dose behind a ratio: the kinetics are linear, a ratio is that of any dose."""
_LATEST_H = 48.0


SCORES = frozenset({"MADRS_change", "response_rate", "remission_rate"})
OF_A_TRIAL = "a score of a trial: compared with virtual trials of its size instead"
"""The reason where kinetics alone are run; `remit.engine.validate_trials` runs these rows."""


class Skipped(Exception):
    """A row that is not run, with the reason."""


def validate(facts: Pharmacology, words: ValidationWords, observed: Iterable[Observation], seed: int = 1) -> list[Row]:
    """Each measurement beside its prediction, in the order given."""
    runs = _Runs(facts, words, seed)
    return [_row(runs, one) for one in observed]


def _row(runs: _Runs, one: Observation) -> Row:
    row = _compared(runs, one)
    explained = runs.words.explained.get((one.source, one.molecule, one.quantity))
    return replace(row, why=explained) if row.missed else row


def _compared(runs: _Runs, one: Observation) -> Row:
    fitted = one.source in runs.words.fitted or one.quantity in runs.words.fitted_quantities
    try:
        typical, many = (_predict(runs, one, vary) for vary in (False, True))
    except (Skipped, BadInput) as reason:
        return Row(one, skipped=str(reason))
    if not np.isfinite(typical).all():
        return Row(one, skipped="no such value in the time that is simulated")
    low, high = np.percentile(many[np.isfinite(many)], INTERVAL)
    return Row(one, float(np.median(typical)), (float(low), float(high)), fitted=fitted, beyond=_beyond(runs, one))


def _beyond(runs: _Runs, one: Observation) -> str | None:
    """How far a row's doses lie outside those that were studied, in words; null where they do not."""
    try:
        return "; ".join(check(given(runs.facts, runs.words, one), runs.words.weight_kg)) or None
    except Skipped:
        return None
    except BadInput as above:
        return str(above)


def given(facts: Pharmacology, words: ValidationWords, one: Observation) -> tuple[Dose, ...]:
    """The doses of a row. Raises `Skipped` or `BadInput` where it cannot be run."""
    return _ask(_Runs(facts, words, 1), one, _seen(words, one)).doses


@dataclass(slots=True)
class _Runs:
    """Simulations, each done once."""

    facts: Pharmacology
    words: ValidationWords
    seed: int
    done: dict[Any, Result]

    def __init__(self, facts: Pharmacology, words: ValidationWords, seed: int) -> None:
        self.facts, self.words, self.seed, self.done = facts, words, seed, {}

    def people(self, fixed: Mapping[str, str], vary: bool) -> People:
        """Patients of a study: its covariates, and our weight."""
        known = covariates(self.facts.population, {"weight": f"{self.words.weight_kg:g}", **fixed})
        return People(self.facts.population, self.seed, 0, PATIENTS if vary else 1, vary, vary, known)

    def result(self, asked: _Asked, vary: bool) -> Result:
        """The simulation of what a row asks."""
        key = (asked.key, asked.times, vary)
        if key not in self.done:
            plan = Plan(
                asked.doses, self.people(asked.fixed, vary), np.array(asked.times), asked.site, asked.with_drugs
            )
            self.done[key] = simulate(self.facts, plan, beyond=True)
        return self.done[key]


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a row needs to be run."""

    key: tuple[Any, ...]
    doses: tuple[Dose, ...]
    fixed: Mapping[str, str]
    site: Site
    times: tuple[float, ...]
    with_drugs: tuple[Interaction, ...] = ()


def _predict(runs: _Runs, one: Observation, vary: bool) -> Array:
    """What the engine says of a row for each patient. Raises `Skipped`."""
    possible(one)
    for pattern, answer in _ANSWERS:
        match = re.fullmatch(pattern, one.quantity)
        if match is not None:
            if one.value is not None and one.value < 0:
                raise Skipped(f"value: 0 {one.unit} or more is needed, not {one.value:g} {one.unit}")
            seen = _seen(runs.words, one)
            found = answer(runs, one, seen, match, vary)
            return found / 2 if seen.each else found
    raise Skipped(OF_A_TRIAL if one.quantity in SCORES else f"quantity {one.quantity} is not computed")


def possible(one: Observation) -> None:
    """Raises `Skipped` for a row that no study can have measured, or that has no value."""
    if one.value is None:
        raise Skipped("no value")
    if one.time is not None and one.time < 0:
        raise Skipped(f"time: 0 h or later is needed, not {one.time:g} h")


def _seen(words: ValidationWords, one: Observation) -> Seen:
    if one.molecule not in words.molecules:
        raise Skipped(f"molecule {one.molecule} has no model")
    if any(word in one.population for word in words.unfit):
        raise Skipped(words.unfit_reason)
    return words.molecules[one.molecule]


def _ask(
    runs: _Runs, one: Observation, seen: Seen, times: Sequence[float] = (), regimen: str | None = None, drug: str = ""
) -> _Asked:
    text = one.regimen if regimen is None else regimen
    if not text:
        raise Skipped("no regimen that can be run")
    way = _way(runs, one, seen)
    molecule = _given(one, seen)
    doses = parse_regimen(text, runs.facts.molecule(molecule), way.route, way.id)
    if drug and drug not in runs.facts.interactions:
        raise Skipped(f"what {drug} does is not known")
    site = Site.ARTERIAL if "arterial" in one.citation.lower() else Site.VENOUS
    fixed = runs.words.populations.get(one.population, {})
    return _Asked(
        (molecule, way.id, text, site, drug, tuple(sorted(fixed.items()))),
        counted([part for held in doses for part in in_devices(held)]),
        fixed,
        site,
        tuple(sorted({*times, _LATEST_H})),
        (runs.facts.interactions[drug],) if drug else (),
    )


def _given(one: Observation, seen: Seen) -> str:
    return seen.given or ("ketamine" if "racemate" in one.dose else seen.alone)


def _way(runs: _Runs, one: Observation, seen: Seen) -> Formulation:
    if one.route not in runs.words.routes:
        raise Skipped(f"route {one.route} has no model")
    route, formulation = runs.words.routes[one.route]
    return runs.facts.molecule(_given(one, seen)).formulation(route, formulation)


def _summary(runs: _Runs, one: Observation, seen: Seen, measure: str, vary: bool) -> Array:
    found = runs.result(_ask(runs, one, seen), vary).summary
    return found[_curve(found, seen)][measure]


def _curve(found: Mapping[str, Any], seen: Seen) -> str:
    name = f"{seen.quantity}_ng_ml"
    if name not in found:
        raise Skipped(f"the model of this route has no {seen.quantity}")
    return name


def _concentration(runs: _Runs, one: Observation, seen: Seen, match: re.Match[str], vary: bool) -> Array:
    if one.time is None:
        raise Skipped("no time")
    asked = _ask(runs, one, seen, [one.time])
    # The end of a range belongs to many people; the typical patient has none.
    result = runs.result(asked, vary or match["end"] is not None)
    at = asked.times.index(one.time)
    found = result.values[_curve(result.values, seen)][:, at]
    found = found * _in_unit(one, _amounts(runs, seen))
    return _of_range(found, match["end"], one) if match["end"] else found


def _amounts(runs: _Runs, seen: Seen, per: str = "") -> dict[str, float]:
    """What 1 ng/mL is in each unit that a table may have; `per` is an hour before the volume."""
    mass = _mass(runs, seen)
    units = {f"ng{per}/mL": 1.0, f"ug{per}/L": 1.0, f"µg{per}/L": 1.0, f"mcg{per}/L": 1.0, f"mg{per}/L": 1e-3}
    return units | {f"nmol{per}/mL": 1.0 / mass, f"umol{per}/L": 1.0 / mass, f"µmol{per}/L": 1.0 / mass}


_HOURS = {"h": 1.0, "min": 60.0}


def _in_unit(one: Observation, units: Mapping[str, float]) -> float:
    """The factor from the engine's unit to the row's. Raises `Skipped` for another, which is never guessed."""
    unit = one.unit.replace("\N{GREEK SMALL LETTER MU}", "\N{MICRO SIGN}")
    if unit not in units:
        raise Skipped(f"unit {one.unit} is not known" if one.unit else "no unit")
    return units[unit]


def _of_range(found: Array, end: str, one: Observation) -> Array:
    """The lowest or the highest of a study's people, in as many such studies as the patients make."""
    if not one.n.isdigit() or not 0 < int(one.n) <= len(found):
        raise Skipped("the end of a range needs the number of people")
    size = int(one.n)
    studies = found[: len(found) // size * size].reshape(-1, size)
    return np.asarray(studies.min(axis=1) if end == "low" else studies.max(axis=1))


def _mass(runs: _Runs, seen: Seen) -> float:
    species = next(name for name in ("hydroxynorketamine", "norketamine", "ketamine") if _is(seen.quantity, name))
    return runs.facts.molar_masses[species]


def _is(quantity: str, species: str) -> bool:
    """True where a quantity is of a species, of whichever enantiomer."""
    return re.sub(r"(es|ar)(?=ketamine)", "", quantity) == species


def _cmax(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    return _summary(runs, one, seen, "cmax", vary) * _in_unit(one, _amounts(runs, seen))


def _tmax(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    return _summary(runs, one, seen, "tmax_h", vary) * _in_unit(one, _HOURS)


def _half_life(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    return _summary(runs, one, seen, "half_life_h", vary) * _in_unit(one, _HOURS)


def _area(runs: _Runs, one: Observation, seen: Seen, match: re.Match[str], vary: bool) -> Array:
    factor = _in_unit(one, _amounts(runs, seen, "*h"))
    if match["until"] is None:
        return _summary(runs, one, seen, "auc_ng_h_ml", vary) * factor
    asked = replace(_ask(runs, one, seen), times=(float(match["until"]),))
    found = runs.result(asked, vary).summary
    return found[_curve(found, seen)]["auc_window_ng_h_ml"] * factor


def _metabolite_ratio(runs: _Runs, one: Observation, seen: Seen, match: re.Match[str], vary: bool) -> Array:
    """Metabolite over parent, each by weight, of the same enantiomer."""
    metabolite = {"NK": "norketamine", "HNK": "hydroxynorketamine"}[match["species"]]
    own = seen.quantity.replace("ketamine", "") if seen.quantity != "ketamine" else ""
    name = metabolite.replace("ketamine", f"{own}ketamine")
    parent = _summary(runs, one, seen, "auc_ng_h_ml", vary)
    return np.asarray(_summary(runs, one, replace(seen, quantity=name), "auc_ng_h_ml", vary) / parent)


def _drug_ratio(runs: _Runs, one: Observation, seen: Seen, match: re.Match[str], vary: bool) -> Array:
    """With another drug over without it, in the same people."""
    said = re.search(r"with (.+)", one.dose)
    if said is None:
        raise Skipped("which other drug it is about is not said")
    measure = {"AUC": "auc_ng_h_ml", "Cmax": "cmax"}[match["measure"]]
    text = f"{_REFERENCE_MG:g} mg @0"
    without, together = (
        runs.result(_ask(runs, one, seen, regimen=text, drug=drug), vary).summary
        for drug in ("", said[1].strip().lower())
    )
    name = _curve(without, seen)
    return np.asarray(together[name][measure] / without[name][measure])


def _available(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    """The area beside that of the same dose into a vein, in the same model and people, in per cent."""
    asked = _ask(runs, one, seen)
    into_vein = tuple(_into_vein(held) for held in asked.doses)
    vein = replace(asked, key=("vein", *asked.key), doses=into_vein)
    found, whole = (runs.result(one_of, vary).summary for one_of in (asked, vein))
    name = _curve(found, seen)
    return np.asarray(_in_unit(one, {"%": 100.0}) * found[name]["auc_ng_h_ml"] / whole[name]["auc_ng_h_ml"])


def _into_vein(held: Dose) -> Dose:
    """The dose straight into the model's first compartment."""
    system = next(iter(held.formulation.systems.values()))
    way = replace(held.formulation, paths=(Path(system.compartments[0].id),), first_pass=None)
    return replace(held, formulation=way, duration_h=0.0)


def _clearance(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    asked = _ask(runs, one, seen)
    found = runs.result(asked, vary).summary
    name = _curve(found, seen)
    share = _share(asked.doses[0], seen)
    given = sum(held.amount * (runs.words.weight_kg if held.per_kg else 1) for held in asked.doses) * share
    litres_per_hour = given * 1000 / found[name]["auc_ng_h_ml"]
    units = {"mL/min": 1000 / 60, "mL/min/kg": 1000 / 60 / runs.words.weight_kg, "L/h": 1.0}
    return np.asarray(litres_per_hour * _in_unit(one, units))


def _share(held: Dose, seen: Seen) -> float:
    enantiomer = {"esketamine": "S", "arketamine": "R"}.get(seen.quantity)
    return 1.0 if enantiomer is None else held.molecule.composition[enantiomer]


def _volume(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    """The volume at steady state: what the parent's compartments hold at 1 µmol/L in the first of them."""
    _in_unit(one, {"L/kg": 1.0})
    asked = _ask(runs, one, seen)
    enantiomer = {"esketamine": "S", "arketamine": "R"}.get(seen.quantity, "S")
    system = next(held for held, _ in by_system(asked.doses).values() if held.enantiomer == enantiomer)
    held = structure(system, ())
    own, ways = parameters(system, (), runs.people(asked.fixed, vary))
    first = held.at(system.compartments[0].id)
    block = list(next(block for block in held.blocks if first in block))
    steady = -np.linalg.inv(matrices(held, own, ways))[:, :, first]
    return np.asarray(steady[:, block].sum(axis=1) / (steady / volumes(held, own))[:, first] / runs.words.weight_kg)


def _dissociation(runs: _Runs, one: Observation, seen: Seen, _: re.Match[str], vary: bool) -> Array:
    _in_unit(one, {"score": 1.0, "points": 1.0})
    return _effect(runs, one, seen, "cadss", vary)


def _pressure(runs: _Runs, one: Observation, seen: Seen, match: re.Match[str], vary: bool) -> Array:
    _in_unit(one, {"mmHg": 1.0})
    which = {"SBP": "systolic", "DBP": "diastolic"}[match["which"]]
    return _effect(runs, one, seen, f"{which}_change_mmhg", vary)


def _effect(runs: _Runs, one: Observation, seen: Seen, name: str, vary: bool) -> Array:
    found = runs.result(_ask(runs, one, seen), vary).summary
    if name not in found:
        raise Skipped(f"no {name} is computed for this molecule")
    return found[name]["max"]


_Answer = Callable[[_Runs, Observation, Seen, re.Match[str], bool], Array]
_ANSWERS: tuple[tuple[str, _Answer], ...] = (
    (r"C(_end_infusion)?(_(?P<end>low|high)_range)?", _concentration),
    (r"Cmax(_mean|_median)?", _cmax),
    (r"Tmax(_mean|_median|_control)?", _tmax),
    (r"t_half(_beta|_mean|_median)?", _half_life),
    (r"AUC(0-(?P<until>\d+))?(_mean|_median)?", _area),
    (r"AUC_ratio_(?P<species>NK|HNK)_K", _metabolite_ratio),
    (r"(?P<measure>AUC|Cmax)_ratio", _drug_ratio),
    (r"F", _available),
    (r"CL", _clearance),
    (r"Vss", _volume),
    (r"CADSS_(mean_max|max|peak)(_mean|_median)?", _dissociation),
    (r"d(?P<which>SBP|DBP)_(max|peak)(_mean|_median)?", _pressure),
)

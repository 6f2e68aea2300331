"""Virtual patients: who they are, and the parameters of each. One seed gives the same people, however they are split.

Every quantity that varies is drawn by a counter-based generator (Philox) keyed by the seed and by the quantity's
name, and counted by the patient's number: patient 7 is the same alone, in a block, or on another machine.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from remit.engine.tape import at_least, at_most, between, recorded
from remit.pathway.kinetics import Covariate, Formulation, Interaction, Parameter, PopulationModel, Scale, System
from remit.quantities import BadInput

Array = NDArray[np.float64]
Chosen = NDArray[np.bool_]
Places = NDArray[np.intp]


def uniforms(seed: int, name: str, first: int, count: int) -> tuple[Array, Array]:
    """Two uniform numbers in (0, 1) for each of `count` patients from number `first` on, each of shape (count,)."""
    word = int.from_bytes(hashlib.blake2b(name.encode(), digest_size=8).digest(), "little")
    generator = np.random.Philox(key=np.array([seed, word], np.uint64), counter=np.array([first, 0, 0, 0], np.uint64))
    raw = generator.random_raw(4 * count).reshape(count, 4)[:, :2]
    # The top 53 bits fill a double's mantissa; the half keeps 0 away from the logarithm.
    found = ((raw >> np.uint64(11)).astype(np.float64) + 0.5) * 2.0**-53
    return found[:, 0], found[:, 1]


def normals(seed: int, name: str, first: int, count: int) -> Array:
    """A standard normal number for each patient, of shape (count,)."""
    one, two = uniforms(seed, name, first, count)
    return np.asarray(np.sqrt(-2.0 * np.log(one)) * np.cos(2.0 * np.pi * two))


@dataclass(frozen=True, slots=True)
class People:
    """A block of virtual patients: numbers `first` to `first + count - 1` of a seed.

    `vary` gives each their own parameters and covariates; `unsure` moves the typical values within what is not known
    of them. Without both everybody is the typical patient.
    """

    population: PopulationModel
    seed: int
    first: int
    count: int
    vary: bool = True
    unsure: bool = False
    fixed: Mapping[str, float | str] = field(default_factory=dict)
    """Covariates that everybody shares."""
    drawn: dict[str, Array] = field(default_factory=dict, compare=False, repr=False)
    """Standard normal numbers by the key of their draw, for S and R alike."""

    def block(self, first: int, count: int) -> People:
        """A part of these patients, with the numbers that they have in the whole."""
        return People(self.population, self.seed, self.first + first, count, self.vary, self.unsure, self.fixed)

    def number(self, name: str) -> Array:
        """A covariate that is a number, for each patient: shape (count,)."""
        measured = self.population.measured[name]
        if name in self.fixed:
            return np.full(self.count, float(self.fixed[name]))
        if not self.vary:
            return np.full(self.count, measured.median)
        spread = np.exp(measured.sd * self._normal(f"covariate {name}"))
        return np.asarray(between(measured.median * spread, measured.least, measured.most))

    def normal(self, key: str) -> Array:
        """The standard normal number of that name, for each patient: shape (count,)."""
        return self._normal(key)

    def _normal(self, key: str) -> Array:
        if key not in self.drawn:
            self.drawn[key] = normals(self.seed, key, self.first, self.count)
        return self.drawn[key]

    def word(self, name: str) -> str:
        """A covariate that is a word, the same for everybody."""
        return str(self.fixed.get(name, self.population.words[name][0]))

    def around(self, key: str, parameter: Parameter, typical: Array) -> Array:
        """The parameter of each patient around a typical value: shape (count,)."""
        own = self._normal(key) if self.vary and parameter.sd else np.zeros(self.count)
        if parameter.cap_sd is not None:
            own = np.asarray(between(own, -parameter.cap_sd, parameter.cap_sd))
        moved = parameter.sd * own
        if self.unsure and parameter.uncertainty_sd:
            moved = moved + parameter.uncertainty_sd * self._normal(f"uncertainty {key}")
        if parameter.scale is not Scale.SHARE:
            return np.asarray(typical * np.exp(moved))
        if not recorded(moved) and not np.any(moved):
            return typical
        logit = np.log(typical) - np.log1p(-typical) + moved
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def covariates(population: PopulationModel, said: Mapping[str, str]) -> dict[str, float | str]:
    """Covariates as a person says them. Raises `BadInput` for an unknown one and for one out of its range."""
    found: dict[str, float | str] = {}
    for name, text in said.items():
        if name in population.measured:
            found[name] = _in_range(population, name, text)
        elif name in population.words:
            if text not in population.words[name]:
                raise BadInput(f"{name}: one of {', '.join(population.words[name])} is needed, not {text!r}")
            found[name] = text
        else:
            known = ", ".join([*population.measured, *population.words])
            raise BadInput(f"covariate: one of {known} is needed, not {name!r}")
    return found


def _in_range(population: PopulationModel, name: str, text: str) -> float:
    held = population.measured[name]
    try:
        # The covariate's own unit may be said; any other makes it no number.
        value = float(text.strip().removesuffix(held.unit))
    except ValueError:
        value = np.nan
    if not held.least <= value <= held.most:
        raise BadInput(f"{name}: {held.least:g} to {held.most:g} {held.unit} is needed, not {text or repr(text)}")
    return value


Values = dict[str, Array]


def parameters(
    system: System, formulations: tuple[Formulation, ...], people: People, with_drugs: tuple[Interaction, ...] = ()
) -> tuple[Values, dict[str, Values]]:
    """Each patient's parameters: those of the system, and those of each formulation by its key; shapes (count,).

    A person's S and R parameters move together: the draw is keyed by the model's id and the parameter's name, not by
    the enantiomer.
    """
    own = {name: _value(f"{system.id}.{name}", held, system, people) for name, held in system.parameters.items()}
    ways = {
        way.key: {
            name: people.around(f"{way.key}.{name}", held, np.full(people.count, _known(held)))
            for name, held in way.parameters.items()
        }
        for way in formulations
    }
    if with_drugs:
        _interact(system, formulations, own, ways, with_drugs)
    return own, ways


def _known(parameter: Parameter) -> float:
    if parameter.value is None:
        raise BadInput(f"{parameter.name}: a sourced value is needed, there is none")
    return parameter.value


def _value(key: str, parameter: Parameter, system: System, people: People) -> Array:
    typical = np.full(people.count, _known(parameter))
    mine = [held for held in system.covariates if parameter.name in held.parameters]
    for held in mine:
        typical = _moved(typical, held, people)
    if system.allometry is not None and parameter.scale in (Scale.CLEARANCE, Scale.VOLUME):
        power = system.allometry.clearance if parameter.scale is Scale.CLEARANCE else system.allometry.volume
        typical = typical * (people.number("weight") / system.allometry.reference_kg) ** power
    found = people.around(key, parameter, typical)
    for held in mine:
        if held.at_most is not None:
            found = np.asarray(at_most(found, held.at_most))
    return found


def _moved(typical: Array, held: Covariate, people: People) -> Array:
    if held.among:
        moved = typical * held.times if people.word(held.name) in held.among else typical
        return moved if held.at_most is None else np.asarray(at_most(moved, held.at_most))
    over = at_least(people.number(held.name) - (held.above or 0.0), 0.0)
    return np.asarray(typical - held.less * over)


def _interact(
    system: System,
    formulations: tuple[Formulation, ...],
    own: Values,
    ways: dict[str, Values],
    with_drugs: tuple[Interaction, ...],
) -> None:
    """Change the parameters as other drugs do: on the liver for every route, on the gut only for what is swallowed."""
    liver = system.liver
    intrinsic, gut, metabolite = (
        float(np.prod([getattr(held, name) for held in with_drugs])) for name in ("intrinsic", "gut", "metabolite")
    )
    for name in liver.intrinsic:
        own[name] = own[name] * intrinsic
    for name in liver.gut:
        own[name] = np.asarray(at_most(own[name] * gut, 1.0))
    for name in liver.metabolite:
        own[name] = own[name] * metabolite
    passing = np.ones_like(next(iter(own.values())))
    if liver.clearance is not None and liver.flow is not None:
        passing = _well_stirred(own, liver.clearance, liver.flow, intrinsic, liver.extraction_at_most)
    for way in formulations:
        if way.first_pass is not None:
            _first_pass(ways[way.key], way.first_pass, gut * passing)


def _well_stirred(own: Values, clearance: str, flow: str, factor: float, most: float) -> Array:
    """Change a clearance through intrinsic clearance; the factor on what passes the liver is returned."""
    extraction = at_most(own[clearance] / own[flow], most)
    changed = factor * extraction / (1 - extraction + factor * extraction)
    own[clearance] = own[clearance] * changed / extraction
    return np.asarray((1 - changed) / (1 - extraction))


def _first_pass(way: Values, names: tuple[str, str | None], factor: Array) -> None:
    available, metabolite = names
    before = way[available]
    way[available] = np.asarray(at_most(before * factor, 1.0))
    if metabolite is not None:
        way[metabolite] = way[metabolite] * (1 - way[available]) / (1 - before)

"""What a person asks for, in words, made into a plan: the command line and the page ask in the same words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine.people import People, covariates
from remit.engine.regimen import (
    Dose,
    counted,
    dose,
    duration,
    grid,
    in_devices,
    moments,
    parse_regimen,
    repeated,
)
from remit.engine.simulate import Plan
from remit.pathway.kinetics import Interaction, MoleculeModel, Pharmacology, Site
from remit.quantities import BadInput, Route

LARGEST_SEED = 2**63 - 1
_MOST_USUAL_TIMES = 600


@dataclass(frozen=True, slots=True)
class Asked:
    """A simulation in the words of `remit simulate`; null: not said."""

    molecule: str
    route: str | None = None
    formulation: str | None = None
    dose: str | None = None
    regimen: str | None = None
    duration: str | None = None
    repeat: str | None = None
    weight: str | None = None
    site: str = "venous"
    times: str | None = None
    n: str = "1000"
    seed: str = "1"
    covariates: tuple[tuple[str, str], ...] = ()
    """Name and value of each, the weight apart."""
    drugs: tuple[str, ...] = ()
    """What else is taken."""
    assay: str | None = None

    def options(self) -> list[str]:
        """The same as arguments of `remit simulate`."""
        plain = ("molecule", "route", "formulation", "dose", "regimen", "duration", "repeat", "weight", "site", "times")
        said = [(name, getattr(self, name)) for name in (*plain, "n", "seed", "assay")]
        said += [("covariate", f"{name}={value}") for name, value in self.covariates]
        said += [("with", drug) for drug in self.drugs]
        return [part for name, value in said if value is not None for part in (f"--{name}", value)]


def plan_of(facts: Pharmacology, asked: Asked) -> Plan:
    """The plan that is asked for. Raises `BadInput` that names what cannot be read and what is needed."""
    count, seed = whole("n", asked.n), whole("seed", asked.seed)
    fixed = covariates(facts.population, _covariates(asked))
    doses = _doses(facts.molecule(asked.molecule), asked)
    times = grid(asked.times) if asked.times is not None else usual_times(doses)
    return Plan(
        doses=doses,
        people=People(facts.population, seed, 0, max(count, 1), vary=count > 0, fixed=fixed),
        times=np.array(times),
        site=_site(asked.site),
        with_drugs=tuple(_drug(facts, name) for name in dict.fromkeys(map(str.lower, asked.drugs))),
        assay=facts.effects.assay(asked.assay),
    )


def whole(thing: str, text: str, most: int = LARGEST_SEED) -> int:
    """A whole number that a text says. Raises `BadInput`."""
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise BadInput(f"{thing}: a whole number from 0 to {most} is needed, not {text!r}")
    return int(text)


def usual_times(doses: Sequence[Dose]) -> tuple[float, ...]:
    """Every 5 minutes for a day after the last dose, or as many points spread over a longer course."""
    last = max(one.end_h for one in doses) + 24.0
    return tuple(np.linspace(0.0, last, min(round(last * 12), _MOST_USUAL_TIMES) + 1).tolist())


def _covariates(asked: Asked) -> dict[str, str]:
    said = [("weight", asked.weight)] if asked.weight is not None else []
    said += asked.covariates
    names = [name for name, _ in said]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"covariate: {twice} is given twice")
    return dict(said)


def _doses(molecule: MoleculeModel, asked: Asked) -> tuple[Dose, ...]:
    route = None if asked.route is None else _route(asked.route)
    if asked.regimen is not None:
        if asked.duration is not None or asked.repeat is not None:
            raise BadInput("regimen: says its own durations and repeats; --duration and --repeat belong to --dose")
        read = parse_regimen(asked.regimen, molecule, route, asked.formulation)
        return counted([part for one in read for part in in_devices(one)])
    if route is None:
        raise BadInput(f"route: one of {', '.join(Route)} is needed, there is none")
    way = molecule.formulation(route, asked.formulation)
    length = 0.0 if asked.duration is None else duration("duration", asked.duration)
    one = dose(asked.dose or "", molecule, way, 0.0, length)
    starts = (0.0,) if asked.repeat is None else moments("repeat", asked.repeat)
    return repeated(in_devices(one), starts)


def _route(word: str) -> Route:
    if word not in tuple(Route):
        raise BadInput(f"route: one of {', '.join(Route)} is needed, not {word!r}")
    return Route(word)


def _site(word: str) -> Site:
    if word not in tuple(Site):
        raise BadInput(f"site: one of {', '.join(Site)} is needed, not {word!r}")
    return Site(word)


def _drug(facts: Pharmacology, name: str) -> Interaction:
    if name not in facts.interactions:
        known = ", ".join(sorted(facts.interactions))
        raise BadInput(f"with: a drug whose effect on the kinetics is known ({known}) is needed, not {name!r}")
    return facts.interactions[name]

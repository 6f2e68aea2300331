"""What a simulation was asked for and does not hold, in words: no effect that is unknown may look like none."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from remit.engine.course import by_system
from remit.engine.plan import Plan
from remit.pathway.kinetics import Formulation, Interaction
from remit.pathway.sourced import Status

ALWAYS = "weight"
"""The covariate that every model knows."""


def limits(plan: Plan) -> tuple[str, ...]:
    """What the numbers of this plan leave out: covariates and drugs without a known effect, metabolites of a part."""
    ways = list({one.formulation.key: one.formulation for one in plan.doses}.values())
    return (*_together(ways), *_covariates(plan, ways), *_drugs(plan, ways), *_metabolites(plan))


def _together(ways: list[Formulation]) -> Iterator[str]:
    """Each way has bounds of its own; what comes of several at once nobody measured."""
    if len(ways) > 1:
        yield f"{' and '.join(map(_name, ways))}: each was studied alone, and is held to its own doses alone"


def _covariates(plan: Plan, ways: list[Formulation]) -> Iterator[str]:
    usual = {name: words[0] for name, words in plan.people.population.words.items()}
    for name, value in plan.people.fixed.items():
        if name == ALWAYS or value == usual.get(name):
            continue
        said = f"{name} {value:g}" if isinstance(value, float) else f"{name} {value}"
        for way in ways:
            known = [held for system in way.systems.values() for held in system.covariates if held.name == name]
            if not known:
                yield f"{said}: no effect of it is known for {_name(way)}; the numbers are those of anybody"
            elif not all(held.verified for held in known):
                yield f"{said}: how much it changes {_name(way)} is unverified"


def _drugs(plan: Plan, ways: list[Formulation]) -> Iterator[str]:
    for drug in plan.with_drugs:
        if drug.source.status is Status.UNVERIFIED:
            yield f"with {drug.drug}: how much it changes the kinetics is unverified"
        for way in ways:
            if _only_in_the_gut(drug) and not _passes_the_gut(way):
                yield f"with {drug.drug}: what it does to {_name(way)} is not known; the numbers are those without it"
    if len(plan.with_drugs) > 1:
        together = " and ".join(drug.drug for drug in plan.with_drugs)
        yield f"with {together}: what each does alone is multiplied; nobody studied them together"


def _only_in_the_gut(drug: Interaction) -> bool:
    return drug.gut != 1 and drug.intrinsic == drug.metabolite == 1


def _passes_the_gut(way: Formulation) -> bool:
    return way.first_pass is not None or any(system.liver.gut for system in way.systems.values())


def _metabolites(plan: Plan) -> Iterator[str]:
    """What one model of the plan computes and another does not: its sum is of a part of the doses."""
    known: Mapping[str, set[str]] = {
        system.id: {part.species for part in system.compartments if part.species}
        for system, _ in by_system(plan.doses).values()
    }
    for species in sorted(set().union(*known.values())):
        ways = [
            one.formulation
            for one in plan.doses
            if all(species not in known[system.id] for system in one.formulation.systems.values())
        ]
        for name in dict.fromkeys(map(_name, ways)):
            yield f"{species}: the model of {name} computes none; what is shown comes of the other doses alone"


def _name(way: Formulation) -> str:
    return f"{way.molecule} {way.id}".replace("_", " ")

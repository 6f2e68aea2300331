"""The molecules and their models, built from `molecules/` and `kinetics/`.

A new molecule, analogue or formulation is one file: in `molecules/`, or in a folder of one's own. A formulation with a
gap (no model, or a parameter without a value) is kept with what it lacks, and refuses to run.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import msgspec

from remit.knowledge import kinetics_file as files
from remit.knowledge import sources
from remit.knowledge.documents import FOLDER, molecule_files
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.inherit import Held, inherit
from remit.knowledge.words import wrong_words
from remit.pathway import kinetics as values
from remit.pathway.sourced import Source, Status
from remit.quantities import BadInput

UNITS = {"mg": False, "mg/kg": True}
"""Units of a dose: true for those per kilogram."""
BUILT_IN = frozenset({"depot", "venous"})


Systems = Mapping[str, values.System]
"""A published model, enantiomer by enantiomer; empty where its structure and parameters were not read."""


@cache
def models() -> Mapping[str, Systems]:
    """The published models, by id. Raises `BadInput` with file, place and reason."""
    return dict(map(_model, sorted((FOLDER / "kinetics").glob("*.yaml"))))


def _model(path: Path) -> tuple[str, Systems]:
    held = as_schema(read_typed(path), files.ModelFile, f"kinetics/{path.name}")
    return held.id, _systems(held, f"kinetics/{path.name}")


@cache
def molecules() -> Mapping[str, values.MoleculeModel]:
    """The molecules that Remit carries, by id."""
    return {held.id: held for held in (_carried(path) for path in sorted((FOLDER / "molecules").glob("*.yaml")))}


def _carried(path: Path) -> values.MoleculeModel:
    return read_molecule(path, f"molecules/{path.name}")


def load_folder(folder: Path) -> Mapping[str, values.MoleculeModel]:
    """The molecules of a folder of one's own, by id. Raises `BadInput` for the first file that does not pass."""
    found: dict[str, values.MoleculeModel] = {}
    for path in molecule_files(folder):
        held = own_molecule(path, str(path), _known_sources(folder))
        if held.id in found:
            raise BadInput(f"{path}: id: a new id is needed, {held.id!r} is taken")
        found[held.id] = held
    return found


def own_molecule(path: Path, name: str, known: frozenset[str]) -> values.MoleculeModel:
    """A molecule of one's own, with an id that Remit does not carry. Raises `BadInput`."""
    held = read_molecule(path, name, known)
    if held.id in molecules():
        raise BadInput(f"{name}: id: a new id is needed, {held.id!r} is taken")
    return held


def _known_sources(folder: Path) -> frozenset[str]:
    own = folder / "sources.yaml"
    return frozenset(sources.citations()) | (frozenset(sources.read(own)) if own.exists() else frozenset())


def read_molecule(path: Path, name: str, known: frozenset[str] | None = None) -> values.MoleculeModel:
    """The molecule in one file, whose words are looked at where the source keys are `known` that it may name; those of
    Remit's own files `remit knowledge check` looks at. Raises `BadInput` with the file, the place and the reason.
    """
    content = read_typed(path)
    held = as_schema(content, files.MoleculeFile, name)
    for place, reason in () if known is None else wrong_words(content, known):
        raise BadInput(f"{name}: {reason} - at `$.{place}`")
    published = {**models(), **{model.id: _systems(model, name) for model in held.models}}
    if abs(sum(held.composition.values()) - 1) > 1e-9:
        raise BadInput(f"{name}: the shares add up to 1, not {sum(held.composition.values()):g} - at `$.composition`")
    ids = [formulation.id for formulation in held.formulations]
    if len(set(ids)) < len(ids):
        raise BadInput(f"{name}: each formulation has an id of its own, not {', '.join(ids)} - at `$.formulations`")
    return values.MoleculeModel(
        id=held.id,
        name=held.name,
        composition=held.composition,
        molar_mass=held.molar_mass.value or math.nan,
        metabolites={species: mass.value for species, mass in held.metabolites.items() if mass.value},
        formulations=tuple(_formulation(held, formulation, published, name) for formulation in held.formulations),
    )


def _formulation(
    molecule: files.MoleculeFile, held: files.FormulationFile, published: Mapping[str, Systems], name: str
) -> values.Formulation:
    place = f"{name}: formulations.{held.id}"
    lacking = [] if molecule.molar_mass.value else ["molar_mass"]
    systems: dict[str, values.System] = {}
    if held.kinetics is None:
        lacking.append("kinetics")
    else:
        known = published.get(held.kinetics)
        if known is None:
            raise BadInput(f"{place}: kinetics {held.kinetics!r} is not known")
        lacking += [] if known else [f"the structure and parameters of {held.kinetics}"]
        for enantiomer in molecule.composition if known else ():
            if enantiomer in known:
                systems[enantiomer] = known[enantiomer]
                lacking += known[enantiomer].missing()
            else:
                lacking.append(f"{enantiomer} in {held.kinetics}")
    parameters = {key: _parameter(key, one, {}, "", place) for key, one in held.parameters.items()}
    lacking += [f"{held.id}.{key}" for key, one in parameters.items() if one.value is None]
    built = values.Formulation(
        id=held.id,
        route=held.route,
        systems=systems,
        paths=tuple(values.Path(p.into, tuple(p.factors), p.rate, p.duration, p.lag) for p in held.paths),
        parameters=parameters,
        studied=_range(held.studied, place),
        limit=_range(held.limit, place),
        device=None if held.device is None else values.Device(held.device.mg, held.device.apart_min / 60),
        first_pass=None if held.first_pass is None else (held.first_pass.available, held.first_pass.metabolite),
        lacking=tuple(dict.fromkeys(lacking)),
        link=held.link,
        source=_source(held),
        note=held.note,
        molecule=molecule.id,
    )
    _check_paths(built, place)
    return built


def _check_paths(held: values.Formulation, place: str) -> None:
    """Each path leads into a compartment that is there, and names parameters that are there."""
    if not held.paths:
        raise BadInput(f"{place}: at least one path is needed, there is none")
    for system in held.systems.values():
        compartments = {one.id for one in system.compartments}
        known = {*system.parameters, *held.parameters}
        for path in held.paths:
            if path.into not in compartments:
                raise BadInput(f"{place}: paths: compartment {path.into!r} is not in {system.id}")
            named = [name.removeprefix("not ") for name in path.factors]
            for name in [*named, path.rate, path.duration, path.lag]:
                if name is not None and name not in known:
                    raise BadInput(f"{place}: paths: parameter {name!r} is not known")
            for name in (path.duration, path.lag):
                spread = held.parameters.get(name or "") or system.parameters.get(name or "")
                if spread is not None and spread.sd:
                    raise BadInput(f"{place}: {name}: a duration or a lag is the same for everybody, not spread")


def _range(held: files.RangeFile | None, place: str) -> values.DoseRange | None:
    if held is None:
        return None
    if held.unit not in UNITS:
        raise BadInput(f"{place}: unit: one of {', '.join(UNITS)} is needed, not {held.unit!r}")
    return values.DoseRange(held.max, UNITS[held.unit], held.min, held.within_h, _source(held))


def _systems(model: files.ModelFile, name: str) -> dict[str, values.System]:
    """The model of each enantiomer. Raises `BadInput` for a name that is not there."""
    held = model.system
    if held is None:
        return {}
    raw = msgspec.to_builtins(model)
    around = inherit(Held(), model.id, raw)
    found: dict[str, values.System] = {}
    for enantiomer in held.enantiomers:
        system = values.System(
            id=model.id,
            enantiomer=enantiomer,
            sites=tuple(held.sites),
            compartments=tuple(values.Compartment(one.id, one.volume, one.species) for one in held.compartments),
            flows=tuple(_flow(one, f"{name}: system.flows") for one in held.flows),
            parameters={
                key: _parameter(key, one, raw, enantiomer, f"{name}: system.parameters", around.source)
                for key, one in held.parameters.items()
            },
            venous_of=held.venous_delay.of if held.venous_delay else None,
            venous_rate=held.venous_delay.rate if held.venous_delay else None,
            allometry=_allometry(held.allometry),
            covariates=tuple(_covariate(one) for one in held.covariates),
            liver=_liver(held.liver),
            molar=held.formation == "molar",
            source=around.source,
            citation=model.citation,
        )
        _check_names(system, name)
        found[enantiomer] = system
    return found


def _allometry(held: files.AllometryFile | None) -> values.Allometry | None:
    return None if held is None else values.Allometry(held.reference_kg, held.clearance, held.volume)


def _covariate(held: files.CovariateFile) -> values.Covariate:
    return values.Covariate(
        held.covariate,
        tuple(held.on),
        tuple(held.among),
        held.times,
        held.at_most,
        held.above,
        held.less,
        held.status != Status.UNVERIFIED,
    )


def _liver(held: files.LiverFile) -> values.Liver:
    return values.Liver(
        tuple(held.intrinsic),
        tuple(held.gut),
        held.clearance,
        held.flow,
        tuple(held.metabolite),
        held.extraction_at_most,
    )


def _flow(held: files.FlowFile, place: str) -> values.Flow:
    if (held.clearance is None) is (held.rate is None):
        raise BadInput(f"{place}: from {held.origin}: either a clearance or a rate is needed")
    if held.both_ways and (held.clearance is None or held.to is None or held.share or held.rest_of):
        raise BadInput(
            f"{place}: from {held.origin}: what goes both ways is a whole clearance between two compartments"
        )
    by = held.clearance or held.rate or ""
    clearance = held.clearance is not None
    return values.Flow(held.origin, held.to, by, clearance, held.both_ways, held.share, held.rest_of)


def _check_names(system: values.System, name: str) -> None:
    """Each name in a system leads to a compartment or a parameter of it."""
    compartments = {one.id: one for one in system.compartments}
    if BUILT_IN & compartments.keys():
        raise BadInput(f"{name}: system.compartments: {', '.join(sorted(BUILT_IN))} are made by the engine itself")
    for place, parameter in _named(system):
        if parameter not in system.parameters:
            raise BadInput(f"{name}: system.{place}: parameter {parameter!r} is not known")
    for flow in system.flows:
        for wanted in (flow.origin, flow.to):
            if wanted is not None and wanted not in compartments:
                raise BadInput(f"{name}: system.flows: compartment {wanted!r} is not known")
        ends = (flow.origin, flow.to) if flow.both_ways else (flow.origin,) if flow.clearance else ()
        for end in ends:
            if end is not None and compartments[end].volume is None:
                raise BadInput(f"{name}: system.flows: a clearance needs a volume, {end} has none")
    if system.venous_of is not None and compartments.get(system.venous_of, values.Compartment("")).volume is None:
        raise BadInput(f"{name}: system.venous_delay: a compartment with a volume is needed, not {system.venous_of!r}")


def _named(system: values.System) -> Iterator[tuple[str, str]]:
    for one in system.compartments:
        yield from [("compartments", one.volume)] if one.volume else []
    for flow in system.flows:
        yield from (("flows", said) for said in (flow.by, flow.share, flow.rest_of) if said)
    for covariate in system.covariates:
        yield from (("covariates", said) for said in covariate.parameters)
    liver = system.liver
    for said in (*liver.intrinsic, *liver.gut, *liver.metabolite, liver.clearance, liver.flow, system.venous_rate):
        yield from [("liver", said)] if said else []


def _parameter(
    key: str,
    held: files.ParameterFile,
    raw: Mapping[str, Any],
    enantiomer: str,
    place: str,
    around: Source | None = None,
) -> values.Parameter:
    value = _number(held.value, raw, enantiomer, f"{place}.{key}.value")
    cv = _number(held.cv, raw, enantiomer, f"{place}.{key}.cv")
    if held.logit_sd is not None and held.scale is not values.Scale.SHARE:
        raise BadInput(f"{place}.{key}: logit_sd belongs to a share")
    if value is not None and held.scale is values.Scale.SHARE and not 0 <= value <= 1:
        raise BadInput(f"{place}.{key}: a share is between 0 and 1, not {value:g}")
    return values.Parameter(
        name=key,
        value=value,
        scale=held.scale,
        sd=held.logit_sd if held.logit_sd is not None else log_sd(cv or 0),
        cap_sd=held.cap_sd,
        uncertainty_sd=log_sd(held.uncertainty_cv),
        later_devices=held.later_devices,
        source=_source(held, around),
    )


def log_sd(cv_percent: float) -> float:
    """The spread of the logarithm that gives this coefficient of variation.

    >>> round(log_sd(20), 4)
    0.198
    """
    return math.sqrt(math.log1p((cv_percent / 100) ** 2))


def _number(said: float | str | None, raw: Mapping[str, Any], enantiomer: str, place: str) -> float | None:
    """A number, or the number that a path inside the same file leads to."""
    if not isinstance(said, str):
        return said
    found: Any = raw
    for part in said.replace("*", enantiomer).split("."):
        found = found.get(part) if isinstance(found, Mapping) else None
    if found is not None and not isinstance(found, int | float):
        raise BadInput(f"{place}: {said} leads to {found!r}, not to a number")
    if found is None:
        raise BadInput(f"{place}: {said} leads to nothing in this file")
    return float(found)


def _source(held: files._Part, around: Source | None = None) -> Source:
    """The origin and status that a part says, each where it says none taken from what is around it."""
    said = {"origin": held.origin, "status": held.status, "src": held.src or None}
    own = {key: word for key, word in said.items() if word is not None}
    return inherit(Held(source=around or Source()), "", own).source

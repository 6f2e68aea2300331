"""What the engine knows besides molecules: effects, interactions, people, and the published measurements."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER, rows
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.kinetics import load_folder, log_sd, molecules
from remit.pathway import kinetics as values
from remit.pathway.sourced import Source, Status
from remit.quantities import BadInput, Route

FILES = FOLDER / "pharmacology"
OBSERVED = FILES / "observed.csv"
LINKS = ("calibrated", "assumed", "hypothesis")
"""How far a link of the chain is known."""


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: str
    status: str
    src: list[str] = msgspec.field(default_factory=list)
    note: str = ""


class _Value(_Part, kw_only=True):
    value: float
    unit: str = ""
    cv: float = 0.0


class _Brain(_Part, kw_only=True):
    half_time_min: float


class _Pressure(_Part, kw_only=True):
    rate_per_h: float


class _Assay(_Part, kw_only=True):
    id: str
    name: str
    S_ketamine: float
    R_ketamine: float
    S_norketamine: float
    R_norketamine: float
    unit: str


class _Block(msgspec.Struct, forbid_unknown_fields=True):
    link: str
    note: str
    assays: list[_Assay]


class _Curve(msgspec.Struct, forbid_unknown_fields=True):
    link: str
    note: str
    half_ng_ml: _Value
    steepness: _Value
    top: _Value


class _Top(msgspec.Struct, forbid_unknown_fields=True):
    link: str
    note: str
    top: _Value


class _Sedation(msgspec.Struct, forbid_unknown_fields=True):
    link: str
    note: str
    half_ng_ml: _Value
    deepest: _Value


class _Effects(msgspec.Struct, forbid_unknown_fields=True):
    unbound_fraction: _Value
    brain_site: _Brain
    pressure_site: _Pressure
    receptor_block: _Block
    dissociation: _Curve
    systolic: _Curve
    diastolic: _Top
    pulse: _Top
    sedation: _Sedation


class _Interaction(_Part, kw_only=True):
    id: str
    drug: str
    intrinsic: float
    gut: float
    metabolite: float = 1.0


class _Measured(_Part, kw_only=True):
    median: float
    min: float
    max: float
    cv: float
    unit: str


class _Words(_Part, kw_only=True):
    words: list[str]
    usual: str


class _Window(_Part, kw_only=True):
    from_h: float
    to_h: float


class _Seen(msgspec.Struct, forbid_unknown_fields=True):
    given: str | None
    seen: str
    alone: str = ""
    each: bool = False


class _Way(msgspec.Struct, forbid_unknown_fields=True):
    route: Route
    formulation: str | None = None


class _Unfit(msgspec.Struct, forbid_unknown_fields=True):
    words: list[str]
    reason: str


class _Fitted(_Part, kw_only=True):
    studies: list[str]
    quantities: list[str]


class _Explained(msgspec.Struct, forbid_unknown_fields=True):
    study: str
    molecule: str
    quantity: str
    why: str


class _TrialExplained(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    why: str


class _Validation(msgspec.Struct, forbid_unknown_fields=True):
    weight_kg: _Value
    molecules: dict[str, _Seen]
    routes: dict[str, _Way]
    populations: dict[str, dict[str, str]]
    age_note: _Part
    without_model: _Unfit
    explained: list[_Explained]
    fitted: _Fitted
    trials_explained: list[_TrialExplained]


class _Population(msgspec.Struct, forbid_unknown_fields=True):
    weight: _Measured
    age: _Measured
    race: _Words
    hepatic: _Words


class _Masses(msgspec.Struct):
    molar_mass_g_per_mol: dict[str, float]


def _file(name: str, schema: type[Any]) -> Any:
    content = read_typed(FILES / f"{name}.yaml")
    whole = as_schema(content, dict[str, Any], f"pharmacology/{name}.yaml")
    return as_schema(whole.get(_KEYS.get(name, name)), schema, f"pharmacology/{name}.yaml")


_KEYS = {"reading": "pharmacology_reading"}


@cache
def effects() -> values.SessionEffects:
    """What is computed from the concentration during a session."""
    held: _Effects = _file("session_effects", _Effects)
    return values.SessionEffects(
        unbound=held.unbound_fraction.value,
        brain_rate=_rate_per_hour(held.brain_site.half_time_min),
        pressure_rate=held.pressure_site.rate_per_h,
        assays=tuple(_assay(one) for one in held.receptor_block.assays),
        dissociation=_curve("dissociation_top", held.dissociation),
        systolic=_curve("systolic_top", held.systolic),
        # Whose upper pressure rises much, their lower rises much, too: one draw for both.
        diastolic=_like(held.systolic, "systolic_top", held.diastolic),
        pulse=_like(held.systolic, "pulse_top", held.pulse),
        sedation=values.Sedation(
            _spread("sedation_half", held.sedation.half_ng_ml),
            held.sedation.deepest.value,
            _link(held.sedation.link),
            held.sedation.note,
        ),
        block_link=_link(held.receptor_block.link),
        block_note=held.receptor_block.note,
    )


def _rate_per_hour(half_time_min: float) -> float:
    return math.log(2) * 60 / half_time_min


def _assay(held: _Assay) -> values.Assay:
    names = {(one, species): f"{one}_{species}" for one in ("S", "R") for species in ("ketamine", "norketamine")}
    return values.Assay(held.id, held.name, {key: getattr(held, name) for key, name in names.items()})


def _link(word: str) -> str:
    if word not in LINKS:
        raise BadInput(f"pharmacology/session_effects.yaml: link: one of {', '.join(LINKS)} is needed, not {word!r}")
    return word


def _curve(name: str, held: _Curve) -> values.Curve:
    top = _spread(name, held.top)
    return values.Curve(top, held.half_ng_ml.value, held.steepness.value, _link(held.link), held.note)


def _like(other: _Curve, name: str, held: _Top) -> values.Curve:
    """An effect that differs from another in its top alone."""
    top = _spread(name, held.top)
    return values.Curve(top, other.half_ng_ml.value, other.steepness.value, _link(held.link), held.note)


def _spread(name: str, held: _Value) -> values.Parameter:
    return values.Parameter(name, held.value, sd=log_sd(held.cv), source=Source(status=Status.read(held.status)))


@cache
def interactions() -> Mapping[str, values.Interaction]:
    """What other drugs do to the disposition, by the drug's name."""
    held: list[_Interaction] = _file("kinetic_interactions", list[_Interaction])
    return MappingProxyType(
        {
            one.drug: values.Interaction(
                one.drug, one.intrinsic, one.gut, one.metabolite, Source(status=Status.read(one.status))
            )
            for one in held
        }
    )


@cache
def population() -> values.PopulationModel:
    """Who the virtual patients are."""
    held: _Population = _file("virtual_population", _Population)
    return values.PopulationModel(
        {name: _measured(getattr(held, name)) for name in ("weight", "age")},
        {name: _words(getattr(held, name)) for name in ("race", "hepatic")},
    )


def _measured(held: _Measured) -> values.Measured:
    return values.Measured(held.median, held.min, held.max, log_sd(held.cv), held.unit)


def _words(held: _Words) -> tuple[str, ...]:
    return (held.usual, *(word for word in held.words if word != held.usual))


def half_life_window() -> values.Window:
    """The time after the last dose over which a half-life is read."""
    held: _Window = _file("half_life_window", _Window)
    return values.Window(held.from_h, held.to_h)


def pharmacology(folder: Path | None = None) -> values.Pharmacology:
    """Everything that the engine needs; `folder` adds molecules of one's own. Raises `BadInput`."""
    masses: _Masses = _file("reading", _Masses)
    own = {} if folder is None else load_folder(folder)
    return values.Pharmacology(
        molecules={**molecules(), **own},
        interactions=interactions(),
        effects=effects(),
        population=population(),
        molar_masses=masses.molar_mass_g_per_mol,
        half_life=half_life_window(),
    )


@cache
def validation_words() -> values.ValidationWords:
    """How the rows of the published measurements are run."""
    held: _Validation = _file("validation", _Validation)
    return values.ValidationWords(
        weight_kg=held.weight_kg.value,
        molecules={name: values.Seen(one.given, one.alone, one.seen, one.each) for name, one in held.molecules.items()},
        routes={name: (one.route, one.formulation) for name, one in held.routes.items()},
        populations=held.populations,
        unfit=tuple(held.without_model.words),
        unfit_reason=held.without_model.reason,
        fitted=frozenset(held.fitted.studies),
        fitted_quantities=frozenset(held.fitted.quantities),
        explained={(one.study, one.molecule, one.quantity): one.why for one in held.explained},
    )


@cache
def trials_explained() -> Mapping[str, str]:
    """Why a published trial or a range is not met, by the id of the target or of the range."""
    held: _Validation = _file("validation", _Validation)
    return {one.id: one.why for one in held.trials_explained}


@cache
def observations() -> tuple[values.Observation, ...]:
    """The published measurements that Remit carries."""
    return read_observations(OBSERVED)


def read_observations(path: Path) -> tuple[values.Observation, ...]:
    """The measurements of a table with these columns. Raises `BadInput` with file, line and column."""
    held = rows(path)
    columns = values.Observation.__slots__
    if held and set(held[0]) != set(columns):
        missing = ", ".join(name for name in columns if name not in held[0]) or "none"
        unknown = ", ".join(name for name in held[0] if name not in columns) or "none"
        raise BadInput(f"{path}: the columns {', '.join(columns)} are needed; missing: {missing}; not known: {unknown}")
    return tuple(_observation(row, f"{path}: row {at}") for at, row in enumerate(held, start=1))


def _observation(row: Mapping[str, str], place: str) -> values.Observation:
    numbers = {name: _number(row[name], f"{place}: {name}") for name in ("time", "value", "sd")}
    said = {name: text.strip() for name, text in row.items() if name not in numbers}
    return values.Observation(**said, **numbers)  # type: ignore[arg-type]


def _number(text: str, place: str) -> float | None:
    if not text.strip():
        return None
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise BadInput(f"{place}: a number is needed, not {text!r}")
    return value

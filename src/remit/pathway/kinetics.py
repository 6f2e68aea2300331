"""What a molecule's model is made of: compartments, flows, parameters, and the ways by which a dose comes in.

The values here are facts in a shape that can be computed with; `knowledge` builds them from its files and `engine`
computes with them. Amounts are micromoles, volumes litres, times hours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from remit.pathway.sourced import Source
from remit.quantities import BadInput, Route


class Site(StrEnum):
    """Where the blood is taken. An artery and an arm vein differ 1.4-fold at the end of an infusion."""

    ARTERIAL = "arterial"
    VENOUS = "venous"


class Scale(StrEnum):
    """How a parameter is spread, and how it grows with the body."""

    CLEARANCE = "clearance"
    VOLUME = "volume"
    SHARE = "share"
    PLAIN = "plain"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A number of a model: typical value, spread between people, and how surely the typical value is known.

    `sd` is that of the logarithm, for a share that of the logit. `later_devices` multiplies the parameter from the
    second device of a session on. A value of None is a gap: nothing runs through it.
    """

    name: str
    value: float | None
    scale: Scale = Scale.PLAIN
    sd: float = 0.0
    cap_sd: float | None = None
    uncertainty_sd: float = 0.0
    later_devices: float = 1.0
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class Compartment:
    """A place where the molecule or a metabolite is. Without a volume only its amount is known."""

    id: str
    volume: str | None = None
    species: str | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """What goes from one compartment to another, or out: a clearance or a rate, times a share or the rest of one."""

    origin: str
    to: str | None
    by: str
    clearance: bool
    both_ways: bool = False
    share: str | None = None
    rest_of: str | None = None


@dataclass(frozen=True, slots=True)
class Covariate:
    """What a property of the person does to parameters: a factor for some, or so much less above a bound."""

    name: str
    parameters: tuple[str, ...]
    among: tuple[str, ...] = ()
    times: float = 1.0
    at_most: float | None = None
    above: float | None = None
    less: float = 0.0
    verified: bool = True
    """False where the file says that nobody has confirmed how much it does."""


@dataclass(frozen=True, slots=True)
class Liver:
    """Where an interaction acts: intrinsic rates or a well-stirred clearance, the gut wall, the metabolite."""

    intrinsic: tuple[str, ...] = ()
    gut: tuple[str, ...] = ()
    clearance: str | None = None
    flow: str | None = None
    metabolite: tuple[str, ...] = ()
    extraction_at_most: float = 1.0


@dataclass(frozen=True, slots=True)
class Allometry:
    """How clearances and volumes grow with weight: powers of weight over a reference."""

    reference_kg: float
    clearance: float
    volume: float


@dataclass(frozen=True, slots=True)
class System:
    """One published model of one enantiomer, ready to be computed."""

    id: str
    enantiomer: str
    sites: tuple[Site, ...]
    compartments: tuple[Compartment, ...]
    flows: tuple[Flow, ...]
    parameters: Mapping[str, Parameter]
    venous_of: str | None = None
    venous_rate: str | None = None
    allometry: Allometry | None = None
    covariates: tuple[Covariate, ...] = ()
    liver: Liver = field(default_factory=Liver)
    molar: bool = True
    """False where the published metabolite counts milligrams of parent."""
    source: Source = field(default_factory=Source)
    citation: str = ""

    def missing(self) -> list[str]:
        """The parameters without a value."""
        return [f"{self.id}.{name}" for name, held in self.parameters.items() if held.value is None]


@dataclass(frozen=True, slots=True)
class Path:
    """One way in: into which compartment, which share of the dose, how fast. `not X` is what X leaves.

    With a `rate` the dose waits in a depot that empties at it; with a `duration` it arrives evenly over that time.
    """

    into: str
    factors: tuple[str, ...] = ()
    rate: str | None = None
    duration: str | None = None
    lag: str | None = None


@dataclass(frozen=True, slots=True)
class DoseRange:
    """Doses in mg, or in mg/kg: those studied, or those beyond which the model does not go."""

    most: float
    per_kg: bool
    least: float = 0.0
    within_h: float | None = None
    source: Source = field(default_factory=Source)

    @property
    def unit(self) -> str:
        """The unit of the doses."""
        return "mg/kg" if self.per_kg else "mg"


@dataclass(frozen=True, slots=True)
class Device:
    """A spray that gives a fixed amount, and the pause before the next one."""

    mg: float
    apart_h: float


@dataclass(frozen=True, slots=True)
class Formulation:
    """A way to give a molecule: route, model, paths, studied doses."""

    id: str
    route: Route
    systems: Mapping[str, System]
    """By enantiomer."""
    paths: tuple[Path, ...]
    parameters: Mapping[str, Parameter] = field(default_factory=dict)
    studied: DoseRange | None = None
    limit: DoseRange | None = None
    device: Device | None = None
    first_pass: tuple[str, str | None] | None = None
    """The parameter that says how much is available, and the one that says how much becomes metabolite on the way."""
    lacking: tuple[str, ...] = ()
    """What has no sourced value; with anything in here it does not run."""
    link: str = "assumed"
    """How far the concentration after it is known: calibrated, assumed or hypothesis."""
    source: Source = field(default_factory=Source)
    note: str = ""
    molecule: str = ""

    @property
    def key(self) -> str:
        """Its name beside the formulations of other molecules."""
        return f"{self.molecule} {self.id}"


@dataclass(frozen=True, slots=True)
class MoleculeModel:
    """A molecule as the engine knows it: its enantiomers' shares, its molar mass, and the ways to give it."""

    id: str
    name: str
    composition: Mapping[str, float]
    molar_mass: float
    formulations: tuple[Formulation, ...]
    metabolites: Mapping[str, float] = field(default_factory=dict)
    """Molar masses of metabolites that only this molecule has."""

    def formulation(self, route: Route, id: str | None = None) -> Formulation:
        """The way to give it by this route, the first unless one is named. Raises `BadInput` where none has a model."""
        known = [held for held in self.formulations if held.route is route]
        if not known:
            routes = ", ".join(dict.fromkeys(held.route.value for held in self.formulations)) or "no route at all"
            raise BadInput(f"route: {self.id} has a model for {routes}, not {route.value}")
        found = next((held for held in known if id in (None, held.id)), None)
        if found is None:
            raise BadInput(f"formulation: one of {', '.join(held.id for held in known)} is needed, not {id!r}")
        if found.lacking:
            raise BadInput(
                f"{self.id}, {found.id}: does not run without a sourced value for {', '.join(found.lacking)}"
            )
        return found


@dataclass(frozen=True, slots=True)
class Interaction:
    """What another drug does: factors on intrinsic clearance, gut passage and the metabolite's clearance."""

    drug: str
    intrinsic: float = 1.0
    gut: float = 1.0
    metabolite: float = 1.0
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class Assay:
    """Concentrations in µmol/L at which half of the NMDA receptors are blocked, by enantiomer and species."""

    id: str
    name: str
    half_block: Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True)
class Curve:
    """A saturating effect of the S-ketamine concentration at its site: top, half concentration, steepness."""

    top: Parameter
    half_ng_ml: float
    steepness: float
    link: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Sedation:
    """MOAA/S over the S-ketamine concentration in the brain: each person has concentrations at which it falls a point.

    `half` is that of the first point, 5 to 4, in ng/mL, with its spread between people; at `deepest` times as much the
    last point falls, and the points between stand evenly on the scale of the logarithm.
    """

    half: Parameter
    deepest: float
    link: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class SessionEffects:
    """What is computed from the concentration during a session."""

    unbound: float
    brain_rate: float
    """Per hour."""
    pressure_rate: float
    assays: tuple[Assay, ...]
    dissociation: Curve
    systolic: Curve
    diastolic: Curve
    pulse: Curve
    sedation: Sedation
    block_link: str
    block_note: str = ""

    def of(self, quantity: str) -> Curve | Sedation:
        """What stands behind an effect, by the quantity's name."""
        known: dict[str, Curve | Sedation] = {
            "cadss": self.dissociation,
            "systolic_change_mmhg": self.systolic,
            "diastolic_change_mmhg": self.diastolic,
            "pulse_change_per_min": self.pulse,
            "moaas": self.sedation,
        }
        return known[quantity]

    def assay(self, id: str | None) -> Assay:
        """The assay of this id, else the first. Raises `BadInput` that names the known ones."""
        found = next((held for held in self.assays if id in (None, held.id)), None)
        if found is None:
            raise BadInput(f"assay: one of {', '.join(held.id for held in self.assays)} is needed, not {id!r}")
        return found


@dataclass(frozen=True, slots=True)
class Measured:
    """A covariate that is a number: typical value, bounds, and spread (sd of the logarithm)."""

    median: float
    least: float
    most: float
    sd: float
    unit: str


@dataclass(frozen=True, slots=True)
class PopulationModel:
    """Who the virtual patients are: numbers with their spread, words with the usual one first."""

    measured: Mapping[str, Measured]
    words: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Window:
    """The time after the last dose over which a half-life is read, in hours."""

    from_h: float
    to_h: float


@dataclass(frozen=True, slots=True)
class Observation:
    """A published measurement, as its table row says it."""

    source: str
    molecule: str
    route: str
    dose: str
    regimen: str
    population: str
    quantity: str
    time: float | None
    value: float | None
    sd: float | None
    unit: str
    n: str
    citation: str
    verified: str


@dataclass(frozen=True, slots=True)
class Seen:
    """What a row's molecule means: what was given (None: the dose's words decide), and which quantity was measured."""

    given: str | None
    alone: str
    quantity: str
    each: bool = False


@dataclass(frozen=True, slots=True)
class ValidationWords:
    """How the rows of the published measurements are run."""

    weight_kg: float
    molecules: Mapping[str, Seen]
    routes: Mapping[str, tuple[Route, str | None]]
    populations: Mapping[str, Mapping[str, str]]
    unfit: tuple[str, ...]
    """Words of a population for which there is no model."""
    unfit_reason: str
    fitted: frozenset[str]
    """Studies to which the models were fitted."""
    fitted_quantities: frozenset[str]
    explained: Mapping[tuple[str, str, str], str]
    """Why a row is missed, by its study, molecule and quantity."""


@dataclass(frozen=True, slots=True)
class Pharmacology:
    """Everything that the engine needs to know."""

    molecules: Mapping[str, MoleculeModel]
    interactions: Mapping[str, Interaction]
    effects: SessionEffects
    population: PopulationModel
    molar_masses: Mapping[str, float]
    half_life: Window

    def molecule(self, id: str) -> MoleculeModel:
        """The molecule of this id. Raises `BadInput` that names the known ones."""
        if id not in self.molecules:
            raise BadInput(f"molecule: one of {', '.join(sorted(self.molecules))} is needed, not {id!r}")
        return self.molecules[id]

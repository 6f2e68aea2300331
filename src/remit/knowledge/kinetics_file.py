"""The shape of the files of published models and of molecules; anything else in them is refused with its place."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from remit.pathway.kinetics import Scale, Site
from remit.quantities import Route


class _Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: str | None = None
    status: str | None = None
    src: list[str] = msgspec.field(default_factory=list)
    note: str = ""


class ParameterFile(_Part, kw_only=True):
    value: float | str | None
    cv: float | str | None = None
    logit_sd: float | None = None
    cap_sd: float | None = None
    scale: Scale = Scale.PLAIN
    unit: str | None = None
    uncertainty_cv: float = 0.0
    uncertainty_note: str = ""
    later_devices: float = 1.0


class CompartmentFile(_Part, kw_only=True):
    id: str
    volume: str | None = None
    species: str | None = None


class FlowFile(msgspec.Struct, forbid_unknown_fields=True, rename={"origin": "from", "rest_of": "except"}):
    origin: str
    to: str | None = None
    both_ways: bool = False
    clearance: str | None = None
    rate: str | None = None
    share: str | None = None
    rest_of: str | None = None


class VenousFile(_Part, kw_only=True):
    of: str
    rate: str


class AllometryFile(_Part, kw_only=True):
    reference_kg: float
    clearance: float
    volume: float


class CovariateFile(_Part, kw_only=True):
    covariate: str
    on: list[str]
    among: list[str] = msgspec.field(default_factory=list)
    times: float = 1.0
    at_most: float | None = None
    above: float | None = None
    less: float = 0.0


class LiverFile(_Part, kw_only=True):
    intrinsic: list[str] = msgspec.field(default_factory=list)
    gut: list[str] = msgspec.field(default_factory=list)
    clearance: str | None = None
    flow: str | None = None
    metabolite: list[str] = msgspec.field(default_factory=list)
    extraction_at_most: float = 1.0


class SystemFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    enantiomers: list[str]
    sites: list[Site]
    compartments: list[CompartmentFile]
    flows: list[FlowFile]
    parameters: dict[str, ParameterFile]
    venous_delay: VenousFile | None = None
    allometry: AllometryFile | None = None
    covariates: list[CovariateFile] = msgspec.field(default_factory=list)
    liver: LiverFile = msgspec.field(default_factory=LiverFile)
    formation: Literal["molar", "mass"] = "molar"
    correlation: _Part | None = None


class ModelFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A published model: what was read is free in its details, `system` is what the engine builds from."""

    id: str
    status: str
    origin: str
    citation: str
    verified: str | None = None
    readable: str | None = None
    role: str | None = None
    crosscheck: str | None = None
    population: str | None = None
    structure: str | None = None
    parameters: dict[str, Any] = msgspec.field(default_factory=dict)
    parameter_key: dict[str, str] = msgspec.field(default_factory=dict)
    units: dict[str, str] = msgspec.field(default_factory=dict)
    equations: list[str] = msgspec.field(default_factory=list)
    derived_70kg: dict[str, float] = msgspec.field(default_factory=dict)
    IIV: dict[str, Any] | str | None = None
    IIV_CV_pct: dict[str, Any] = msgspec.field(default_factory=dict)
    IM: dict[str, Any] = msgspec.field(default_factory=dict)
    residual: dict[str, str] | str | None = None
    covariates: list[str] | str | None = None
    covariate_update: str | None = None
    ke0: str | None = None
    fit: dict[str, Any] = msgspec.field(default_factory=dict)
    simulation_check: dict[str, Any] = msgspec.field(default_factory=dict)
    limits: list[Any] = msgspec.field(default_factory=list)
    disagreements: list[str] = msgspec.field(default_factory=list)
    disagreement: str | None = None
    note: str | None = None
    system: SystemFile | None = None


class RangeFile(_Part, kw_only=True):
    max: float
    min: float = 0.0
    unit: str
    within_h: float | None = None


class DeviceFile(_Part, kw_only=True):
    mg: float
    apart_min: float


class PathFile(msgspec.Struct, forbid_unknown_fields=True):
    into: str
    factors: list[str] = msgspec.field(default_factory=list)
    rate: str | None = None
    duration: str | None = None
    lag: str | None = None


class FirstPassFile(msgspec.Struct, forbid_unknown_fields=True):
    available: str
    metabolite: str | None = None


class FormulationFile(_Part, kw_only=True):
    id: str
    route: Route
    paths: list[PathFile]
    kinetics: str | None = None
    parameters: dict[str, ParameterFile] = msgspec.field(default_factory=dict)
    studied: RangeFile | None = None
    limit: RangeFile | None = None
    device: DeviceFile | None = None
    first_pass: FirstPassFile | None = None
    link: Literal["calibrated", "assumed", "hypothesis"] = "assumed"


class MassFile(_Part, kw_only=True):
    value: float | None
    unit: str = "g/mol"


class MoleculeFile(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A molecule: what it consists of, and the ways to give it. A model of its own may stand in the same file."""

    id: str
    name: str
    composition: dict[str, float]
    molar_mass: MassFile
    metabolites: dict[str, MassFile] = msgspec.field(default_factory=dict)
    formulations: list[FormulationFile]
    models: list[ModelFile] = msgspec.field(default_factory=list)

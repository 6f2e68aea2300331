"""How the drug works, link by link: what is told, by what evidence, and whether the model computes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from remit.pathway.sourced import Source


class Evidence(StrEnum):
    """In whom a link was studied, among what was read for this project."""

    HUMAN = "human"
    ANIMAL = "animal"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Cited:
    """A paper, and how it was seen: in its table, in an abstract, at second hand, or only derived from."""

    text: str
    seen: str


@dataclass(frozen=True, slots=True)
class Link:
    """One link of the chain. `plain` is for everybody, `told` for clinicians."""

    id: str
    title: str
    plain: str
    told: str
    evidence: Evidence
    computed: bool
    known_as: str
    """How far the model's own link is known; empty where it computes none."""
    curves: tuple[str, ...]
    side: bool
    """True for what happens beside the chain."""
    claim: str
    """The statement that circulates about it, by its id; empty where there is none."""
    cited: tuple[Cited, ...]
    source: Source


@dataclass(frozen=True, slots=True)
class ShownRegimen:
    """A fixed regimen whose curves are drawn: a protocol with its dose, so often, beside a comparator."""

    id: str
    words: str
    protocol: str
    dose: str
    sessions: int
    against: str
    note: str


@dataclass(frozen=True, slots=True)
class Shown:
    """How long the pictures are, and how much the typical patient weighs."""

    session_h: float
    step_min: float
    after_last_d: float
    step_d: float
    weight_kg: float


@dataclass(frozen=True, slots=True)
class Mechanism:
    """The whole chain, in its order."""

    links: tuple[Link, ...]
    regimens: Mapping[str, ShownRegimen]
    shown: Shown

"""What the chain from a dose to mood is made of: values with their spread, their doubt, and how far each is known.

The values stand in the knowledge and the engine computes with them. Times are days, amounts points of the MADRS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from remit.pathway.sourced import Source
from remit.quantities import BadInput


class Spread(StrEnum):
    """In what measure people differ: in points, in the logarithm, or in the logit of a share."""

    PLAIN = "plain"
    LOG = "log"
    LOGIT = "logit"


@dataclass(frozen=True, slots=True)
class MoodValue:
    """A number of the chain: its typical value, the spread between people, and how surely the typical value is known.

    `sd` and `uncertainty` are standard deviations in the measure that `spread` names.
    """

    name: str
    value: float
    spread: Spread = Spread.PLAIN
    sd: float = 0.0
    uncertainty: float = 0.0
    link: str = "hypothesis"
    source: Source = field(default_factory=Source)
    note: str = ""


@dataclass(frozen=True, slots=True)
class Reference:
    """The session whose receptor block over time is called a drive of 1."""

    molecule: str
    route: str
    regimen: str
    weight_kg: float
    window_h: float
    panel: int
    """How many virtual patients stand for the spread of the drive."""
    panel_seed: int


@dataclass(frozen=True, slots=True)
class Visits:
    """When scores are taken after the last session, and for how long a relapse is looked for."""

    end_after_days: float
    every_days: float
    follow_days: float


@dataclass(frozen=True, slots=True)
class ForecastRule:
    """How many virtual patients stand behind one person's forecast, and how few must be left for one to be given."""

    worlds: int
    """How often the typical values are drawn anew within what is not known of them."""
    patients: int
    """Patients of each world."""
    least_effective: int
    farthest_sd: float
    """How far the nearest patient may be from the scores, in standard deviations of a rating."""
    days_ahead: int
    """For how many days."""


@dataclass(frozen=True, slots=True)
class Comparator:
    """An arm without the drug. `new_antidepressant`: a new oral antidepressant begins with the first session."""

    id: str
    name: str
    new_antidepressant: bool = False


@dataclass(frozen=True, slots=True)
class AcceptRange:
    """What a credible virtual trial shows, for one arm at one time; rows from memory are reported, not required."""

    id: str
    protocol: str
    sessions: int | None
    against: str | None
    arm: str
    at_h: float
    quantity: str
    low: float
    high: float
    required: bool


@dataclass(frozen=True, slots=True)
class MoodChain:
    """The whole chain, as one version of the knowledge holds it."""

    version: str
    values: Mapping[str, MoodValue]
    reference: Reference
    visits: Visits
    forecast: ForecastRule
    comparators: Mapping[str, Comparator]
    new_antidepressant: frozenset[str]
    """Protocols that were studied with a new oral antidepressant."""
    formulations: Mapping[str, str]
    """Where a protocol's route has several formulations: the one that it gives."""
    infusion_min: float
    """How long an infusion runs where its protocol has no sourced time."""

    def __getitem__(self, name: str) -> MoodValue:
        """One value of the chain."""
        return self.values[name]

    def comparator(self, id: str) -> Comparator:
        """The comparator of this id. Raises `BadInput` that names the known ones."""
        if id not in self.comparators:
            raise BadInput(f"versus: a protocol or one of {', '.join(self.comparators)} is needed, not {id!r}")
        return self.comparators[id]

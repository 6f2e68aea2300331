"""What the chain from a dose to mood is made of: values with their spread, their doubt, and how far each is known.

The values stand in the knowledge and the engine computes with them. Times are days, amounts points of the MADRS.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from math import exp, log, sqrt

from remit.pathway.sourced import Source
from remit.quantities import BadInput


class Spread(StrEnum):
    """In what measure people differ: in points, in the logarithm, or in the logit of a share."""

    PLAIN = "plain"
    LOG = "log"
    LOGIT = "logit"

    def measure(self, value: float) -> float:
        """A value in this measure."""
        if self is Spread.PLAIN:
            return value
        return log(value) if self is Spread.LOG else log(value / (1.0 - value))

    def back(self, found: float) -> float:
        """The value that a number in this measure stands for."""
        if self is Spread.PLAIN:
            return found
        return exp(found) if self is Spread.LOG else 1.0 / (1.0 + exp(-found))


@dataclass(frozen=True, slots=True)
class MoodValue:
    """A number of the chain: its typical value, the spread between people, and how surely both are known.

    `sd` and `uncertainty` are standard deviations in the measure that `spread` names, `sd_uncertainty` that of the
    logarithm of `sd`. Before a fit both doubts say how far the fit may go; after it, how far it left them open.
    """

    name: str
    value: float
    spread: Spread = Spread.PLAIN
    sd: float = 0.0
    uncertainty: float = 0.0
    link: str = "hypothesis"
    source: Source = field(default_factory=Source)
    note: str = ""
    sd_uncertainty: float = 0.0


@dataclass(frozen=True, slots=True)
class Posterior:
    """What a fit left possible: worlds, each with its own typical values and spreads, all as likely as each other."""

    version: str
    names: tuple[tuple[str, str], ...]
    """Which number each column is: a value of the chain, and its `value` or its `sd`."""
    worlds: tuple[tuple[float, ...], ...]
    checksum: str = ""
    """Of the files that were fitted: another one means that they have changed since."""

    def column(self, name: str, what: str) -> tuple[float, ...] | None:
        """One number in each world; null where it was not fitted."""
        if (name, what) not in self.names:
            return None
        at = self.names.index((name, what))
        return tuple(world[at] for world in self.worlds)


@dataclass(frozen=True, slots=True)
class Missed:
    """A published result that lies outside the model's interval: what was seen, in how many people, and predicted.

    A fall is in points, a share in per cent; `against` where it is of what one arm fell more than the comparator.
    """

    quantity: str
    against: bool
    at_h: float
    observed: float
    predicted: float
    people: str


@dataclass(frozen=True, slots=True)
class HeldAside:
    """How the model does on results that no fit saw: how many lie in its interval, of how many, and which do not."""

    inside: int
    of: int
    missed: tuple[Missed, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """A published result of one trial: fitted, or kept aside to be predicted.

    A fall is in points, response and remission are in per cent, relapse is in days after the last session. `size` and
    `against_size` are the people analysed, in the arm and in the one that it is compared with.
    """

    id: str
    study: str
    fitted: bool
    protocol: str
    arm: str
    """`drug`, `comparator`, or their `difference`."""
    at_h: float
    quantity: str
    observed: float
    size: int
    status: str
    error: float | None = None
    """The standard error; null: that of a share, by its size."""
    option: str | None = None
    sessions: int | None = None
    dose: str | None = None
    against: str | None = None
    against_size: int = 0
    new_antidepressant: bool = False
    baseline: float | None = None
    remission_at_most: float | None = None
    """The trial's own cut-off; null: that of the scale."""
    note: str = ""
    trials: int = 1
    """How many trials it is of: how they differ averages out among them."""
    scale: str = "MADRS"
    """The scale that it was seen on."""
    fell_by: float | None = None
    """By how many points those fell whom a share counts."""
    known: bool = False
    """Not fitted, but seen before what predicts it was chosen: it judges less than one kept aside."""

    @property
    def use(self) -> str:
        """What it was for, in a word."""
        return "fitted" if self.fitted else "seen" if self.known else "aside"

    def between(self, one_trial: float) -> float:
        """How far it is off because trials of one thing differ, where a single one is off by so much."""
        return one_trial / sqrt(self.trials)

    @property
    def standard_error(self) -> float:
        """How far chance alone moves it."""
        if self.error is not None:
            return self.error
        share = self.observed / 100.0
        return 100.0 * sqrt(share * (1.0 - share) / self.size)


@dataclass(frozen=True, slots=True)
class FitRule:
    """How the chain is fitted: see `docs/decisions/0027-mood-posterior.md`."""

    between_trials: Mapping[str, float]
    """By quantity: how far trials of the same thing differ beyond chance, as a standard deviation."""
    range_margin: float
    """From which share of its half width a range begins to pull back."""
    range_slope: float
    """How strongly: the share of the half width that counts as one standard deviation."""
    size: int
    """Patients of a run."""
    first: int
    round: int
    rounds: int
    worlds: int
    walk: int
    seed: int


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

    def following(self, last: float) -> list[float]:
        """The days of the visits after a last session on this day."""
        return [last + step * self.every_days for step in range(1, int(self.follow_days / self.every_days) + 1)]


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
    """For how many days a forecast that is kept says what is to be expected, and can be scored."""


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
class ScaleLink:
    """How the total of another scale goes with that of the MADRS, in people who were seen with both."""

    scale: str
    madrs: tuple[float, ...]
    """Totals of the MADRS, rising, and those of the other scale that as many people reach."""
    other: tuple[float, ...]
    madrs_falls: tuple[float, ...]
    """Falls of the MADRS, rising, and those of the other scale that as many people reach."""
    other_falls: tuple[float, ...]
    correlation: float
    """Of the other scale as it was seen with the one made from the MADRS of the same person."""
    link: str = "hypothesis"
    source: Source = field(default_factory=Source)
    note: str = ""


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
    posterior: Posterior | None = None
    """Null: before a fit."""

    def __getitem__(self, name: str) -> MoodValue:
        """One value of the chain."""
        return self.values[name]

    def comparator(self, id: str) -> Comparator:
        """The comparator of this id. Raises `BadInput` that names the known ones."""
        if id not in self.comparators:
            raise BadInput(f"versus: a protocol or one of {', '.join(self.comparators)} is needed, not {id!r}")
        return self.comparators[id]

"""Rating scales as values: structure, bands, alerts, cut-offs. Every bound and cut-off is part of the `Scale`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from remit.pathway.sourced import Source, Sourced


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its place from 1, the lowest and highest answer, and when it is asked at all."""

    n: int
    low: int
    high: int
    name: str = ""
    loinc: str | None = None
    asked_if: int | None = None
    """Asked only when that item was answered with more than its lowest answer."""
    follow_up: bool = False
    """A second part of `asked_if`: it counts as an item of its own only where its place was given."""


@dataclass(frozen=True, slots=True)
class Band:
    """A named range of totals, both ends included."""

    name: str
    low: int
    high: int

    def holds(self, total: int) -> bool:
        """True for a total inside the band."""
        return self.low <= total <= self.high


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An answer (or, without an item, a total) that makes somebody act."""

    action: str
    item: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    source: Source = field(default_factory=Source)

    def fires(self, value: int | None) -> bool:
        """True for a value at or beyond the alert's limit; an unknown value never fires."""
        if value is None:
            return False
        high = self.at_least is not None and value >= self.at_least
        low = self.at_most is not None and value <= self.at_most
        return high or low


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a triage, reached by any of these items; levels stand from the mildest to the gravest."""

    name: str
    items: tuple[int, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A screening cut-off; where sources differ, from `low` (first met) to `high` (met for all)."""

    low: int
    high: int
    meaning: str
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A provisional diagnosis: enough items of each cluster answered with `item_at_least` or more."""

    rule: str
    item_at_least: int
    need: Mapping[str, int]
    source: Source = field(default_factory=Source)


class Measure(StrEnum):
    """What a definition of an outcome looks at."""

    PERCENT_FALL = "percent_fall"
    POINTS_FALL = "points_fall"
    PERCENT_RISE = "percent_rise"
    POINTS_RISE = "points_rise"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A definition of an outcome: a measure, its cut-off, and the one item it reads where it reads no total."""

    measure: Measure
    cut_off: float
    item: int | None = None


class Permission(StrEnum):
    """Whether the item texts of a scale may be shipped."""

    FREE = "free_text_ok"
    ASK = "permission"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Loinc:
    """LOINC codes of the panel and of its total; null where none is known."""

    panel: str | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that means something on this scale, in points or in percent."""

    name: str
    value: tuple[float, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Variant:
    """Another published cut-off for remission on the same scale."""

    text: str
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Scale:
    """One rating scale: structure, scoring, bands, alerts and outcome definitions. It holds no item wording."""

    id: str
    name: str
    rater: str
    items: tuple[Item, ...]
    items_source: Source
    total: Sourced[Band] | None
    source: Source
    recall_days: int | None = None
    recall: str | None = None
    bands: Sourced[tuple[Band, ...]] | None = None
    alerts: tuple[AlertRule, ...] = ()
    highest_of: tuple[tuple[int, ...], ...] = ()
    """Groups that add their highest answer once."""
    one_of: tuple[tuple[int, ...], ...] = ()
    """Items that stand for one another: one answer of each group is enough."""
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Subscales or clusters: first and last item."""
    cut: Cut | None = None
    diagnosis: Diagnosis | None = None
    triage: Sourced[tuple[Level, ...]] | None = None
    level_item: int | None = None
    """The item that stands for the state of illness where the scale has no total."""
    judged: bool = True
    """False for a scale on which no outcome is judged, such as one of a session's state of mind."""
    response: Sourced[Criterion] | None = None
    remission: Sourced[Criterion] | None = None
    remission_variants: tuple[Sourced[Variant], ...] = ()
    worsening: Sourced[Criterion] | None = None
    changes: tuple[Sourced[Change], ...] = ()
    direction: str = ""
    time_points: tuple[str, ...] = ()
    baseline_within: Sourced[int] | None = None
    """Back to baseline: at most this many points above the value before dosing."""
    permission: Permission = Permission.UNCLEAR
    attribution: str = ""
    loinc: Loinc = Loinc()
    notes: tuple[Sourced[str], ...] = ()

    @property
    def length(self) -> int:
        """How many items the scale has, follow-up questions not counted."""
        return sum(not item.follow_up for item in self.items)

    @property
    def floor(self) -> int:
        """The lowest value of the total, or of the item that stands for it."""
        if self.total is not None:
            return self.total.value.low
        return self.items[(self.level_item or 1) - 1].low

"""What a published trial reported: its arms, its values over time and its adverse events, each with how it was seen.

A missing number is `None`, never 0. Differences and changes below 0 favour the treatment.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

import msgspec

ALL_NUMERIC = "all numeric outcomes"
"""The word by which a row says that none of its numbers was seen."""


class Seen(StrEnum):
    """How a figure was found: in a table or the full text, in an abstract, or not seen at all (from memory)."""

    TABLE = "yes"
    ABSTRACT = "abstract"
    MEMORY = "memory"


class Row(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A row as it stands in the file. Its place is known by study and arm."""

    study_id: str
    arm_id: str
    verified: Seen
    source_ref: str | None
    notes: str | None


class Arm(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One arm of one study at its primary, or best reported, time point."""

    year: int
    citation: str
    doi: str | None = None
    pmid: str | None = None
    nct: str | None = None
    id_verified: str
    indication: str
    design: str
    arm_label: str
    molecule: str
    route: str
    dose: str | None = None
    n_doses: str | None = None
    is_comparator: bool
    comparator_type: str | None = None
    n_randomised: int | None = None
    n_analysed: int | None = None
    timepoint_hours: float | None = None
    scale: str | None = None
    baseline_mean: float | None = None
    baseline_sd: float | None = None
    endpoint_mean: float | None = None
    endpoint_sd: float | None = None
    change_mean: float | None = None
    change_sd: float | None = None
    change_se: float | None = None
    change_ci_low: float | None = None
    change_ci_high: float | None = None
    change_type: str | None = None
    diff_mean: float | None = None
    diff_se: float | None = None
    diff_ci_low: float | None = None
    diff_ci_high: float | None = None
    responders_n: int | None = None
    responders_pct: float | None = None
    remitters_n: int | None = None
    remitters_pct: float | None = None
    resp_denominator_n: int | None = None
    events_relapse_n: int | None = None
    response_definition: str | None = None
    remission_definition: str | None = None
    dropouts_n: int | None = None
    count_basis: str | None = None
    memory_fields: str | None = None

    @property
    def not_seen(self) -> frozenset[str]:
        """The columns that this row names as not seen."""
        named = (self.memory_fields or "").split(";")
        return frozenset(name.partition(" (")[0].strip() for name in named if name.strip() and name != ALL_NUMERIC)

    def seen(self, field: str) -> Seen:
        """How one figure of the row was seen. A row from memory vouches for none of its figures."""
        return Seen.MEMORY if field in self.not_seen or self.memory_fields == ALL_NUMERIC else self.verified

    @property
    def counted(self) -> int | None:
        """Of how many people responders and remitters are counted."""
        return self.n_analysed if self.resp_denominator_n is None else self.resp_denominator_n


class TimePoint(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One value at one time, or one figure of durability."""

    time_hours: float | None = None
    time_reference: str
    scale: str | None = None
    statistic: str
    value: float
    sd: float | None = None
    se: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    n: int | None = None


class AdverseEvent(Row, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One event in one arm: patients with it, of how many."""

    event: str
    n: int | None = None
    of: int | None = msgspec.field(default=None, name="N")
    phase: str | None = None


class Design(StrEnum):
    """How a study compared."""

    PARALLEL = "parallel"
    CROSSOVER = "crossover"
    FIRST_PHASE = "first_phase"
    """A crossover of which only the first phase is used: its arms are different people."""
    WITHDRAWAL = "randomised_withdrawal"
    SINGLE_ARM = "single_arm"
    COHORT = "cohort"


class Outcome(StrEnum):
    """What response and remission of a study are counted on."""

    DEPRESSION = "depression"
    SUICIDALITY = "suicidality"
    PTSD = "ptsd"
    ANXIETY = "anxiety"
    OCD = "ocd"
    SELF_JUDGED = "self_judged"
    """The person's own word, without a scale."""


class StudyFacts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What decides with which others a study may be pooled, in words that a rule can read."""

    design: Design
    indication: str
    outcome: Outcome = Outcome.DEPRESSION
    any_time: bool = False
    """Response at any time in a period, not at a fixed time."""
    enriched: bool = False
    """Only people who had responded before were randomised."""
    overlaps: tuple[str, ...] = ()
    """Studies with some of the same people."""
    pairs: Mapping[str, str] = msgspec.field(default_factory=dict)
    """Which comparator belongs to which arm, where a study has several."""
    apart: tuple[str, ...] = ()
    """Arms that were not randomised with the others."""
    why: str


class Comparator(StrEnum):
    """What a treatment was compared with. Effects are larger against inert placebo: these are not interchangeable."""

    INERT = "inert_placebo"
    ACTIVE_PLACEBO = "active_placebo"
    BACKGROUND = "active_background"
    """An active treatment in both arms, the spray of one of them inert."""
    TREATMENT = "active_treatment"


class Study(msgspec.Struct, frozen=True, kw_only=True):
    """One study: its arms, and what decides about pooling it."""

    id: str
    arms: tuple[Arm, ...]
    facts: StudyFacts

    @property
    def citation(self) -> str:
        """The paper."""
        return self.arms[0].citation

    @property
    def comparators(self) -> tuple[Arm, ...]:
        """The arms with which the others were compared."""
        return tuple(arm for arm in self.arms if arm.is_comparator)


class TimeBand(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A stretch of time after the first dose within which results are pooled by default."""

    id: str
    up_to_hours: float | None
    text: str


class Trials(msgspec.Struct, frozen=True, kw_only=True):
    """The dataset, as one release."""

    studies: tuple[Study, ...]
    timecourse: tuple[TimePoint, ...]
    adverse_events: tuple[AdverseEvent, ...]
    comparators: Mapping[str, Comparator]
    """What each of the files' own words for a comparator stands for."""
    routes: Mapping[str, str]
    molecules: Mapping[str, str]
    time_bands: tuple[TimeBand, ...]
    pooled_records: Mapping[str, tuple[str, ...]]
    """Records that pool several studies, and which."""
    release: Mapping[str, Any]

    def study(self, id: str) -> Study | None:
        """The study with this id."""
        return next((study for study in self.studies if study.id == id), None)

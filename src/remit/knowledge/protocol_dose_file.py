"""The dosing part of a protocol file, and what every part of such a file has in common."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar, Literal

import msgspec

from remit.pathway.sourced import Origin

StatusWord = Literal[
    "verified", "secondary", "derived", "unverified", "yes", "abstract", "sample", "partly_verified", "memory"
]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Any part of a file: it may state its own source; what it leaves out it inherits."""

    zero_is_fine: ClassVar[frozenset[str]] = frozenset()
    signed: ClassVar[frozenset[str]] = frozenset()

    origin: Origin | None = None
    status: StatusWord | None = None
    src: tuple[str, ...] | None = None
    text: str | None = None
    note: str | None = None

    def __post_init__(self) -> None:
        for name in self.__struct_fields__:
            for number in _numbers(getattr(self, name)):
                if number < 0 and name not in self.signed:
                    raise ValueError(f"{name}: 0 or more is needed, not {number:g}")
                if number == 0 and name not in self.zero_is_fine:
                    raise ValueError(f"{name}: more than 0 is needed, not 0")


def _numbers(held: object) -> Iterator[float]:
    if isinstance(held, int | float) and not isinstance(held, bool):
        yield held
    elif isinstance(held, tuple):
        for one in held:
            yield from _numbers(one)


class Number(Part):
    value: float | None
    unit: str | None = None


class Numbers(Part):
    zero_is_fine = frozenset({"value"})
    value: tuple[float, ...]
    unit: str | None = None


class Range(Part):
    zero_is_fine = frozenset({"min"})
    min: float
    max: float
    unit: str | None = None
    unit_strengths_mg: tuple[float, ...] | None = None


class WeightBasis(Part):
    bmi_threshold: float


class Escalation(Part):
    threshold_percent_improvement: float | None = None


class Arm(Part):
    zero_is_fine = frozenset({"duration_min"})
    mg_per_kg: float | tuple[float, float]
    duration_min: float | None = None


class PerKgRule(Part, tag_field="type", tag="mg_per_kg"):
    """Dosing by body weight: a start, a studied range, trial arms, or a single studied value."""

    value: float | None = None
    start: Number | None = None
    studied: Numbers | None = None
    studied_range: Range | None = None
    practice_range: Range | None = None
    arms: tuple[Arm, ...] | None = None
    escalation: Escalation | None = None
    weight_basis: WeightBasis | None = None
    absolute_cap_mg: Number | None = None
    evidence_level: Part | None = None


class Volume(Part):
    start_min: float
    start_max: float
    ceiling: float
    ceiling_mg: float


class SteppedRule(Part, tag_field="type", tag="mg_per_kg_step"):
    """Dosing by body weight in steps that follow the response."""

    steps_mg_per_kg: Numbers | None = None
    range_verified: Range | None = None
    escalation: Escalation | None = None
    fixed_dose_arm: Number | None = None
    solution_mg_per_ml: Number | None = None
    volume_ml: Volume | None = None
    max_mg_per_kg: float | None = None
    start_mg_per_kg: float | None = None
    start_note: str | None = None


class Enrichment(Part):
    mg: float
    per_day: float
    days: int
    assess_day: int


class ResponderDefinition(Part):
    madrs_max: float
    min_reduction_percent: float


class DoubleBlindArms(Numbers, kw_only=True):
    per_week: int
    weeks: int


class EffectiveArm(Part):
    signed = frozenset({"madrs_diff_vs_placebo", "ci95"})
    mg: float
    madrs_diff_vs_placebo: float
    ci95: tuple[float, float]
    ci_note: str
    week: int


class FixedRule(Part, tag_field="type", tag="fixed_mg"):
    """Dosing in milligrams, the same for every weight."""

    day1_mg: float | Number | None = None
    allowed_mg: tuple[float, ...] | Numbers | None = None
    older_from_age: Number | None = None
    day1_mg_under_65: Number | None = None
    day1_mg_65_plus: Number | None = None
    allowed_mg_under_65: tuple[float, ...] | None = None
    allowed_mg_65_plus: tuple[float, ...] | None = None
    allowed_source: Part | None = None
    step_mg: Number | None = None
    devices_for_mg: dict[str, int] | None = None
    weight_based: bool | None = None
    escalation: Escalation | None = None
    elderly: Part | None = None
    reduction: str | None = None
    enrichment: Enrichment | None = None
    responder_definition: ResponderDefinition | None = None
    double_blind_arms_mg: DoubleBlindArms | None = None
    effective_arm: EffectiveArm | None = None


class ReportedArm(Part):
    studied_mg_per_kg: tuple[float, float] | None = None


class ReportedRule(Part, tag_field="type", tag="reported"):
    """No dosing rule: what was reported and tried."""

    reported_range_mg_per_kg: Range | None = None
    reported_fixed_mg: Range | None = None
    trial_arms: tuple[ReportedArm, ...] | None = None
    escalation: Escalation | None = None


class DoseLevel(Part):
    mg: float | None = None


class DoseLevels(Part):
    low_psycholytic: DoseLevel
    high_psychedelic: DoseLevel
    lozenge_mg_range: Range
    im_mg: Number
    escalation: Escalation

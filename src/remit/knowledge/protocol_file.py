"""The shape of a protocol file. A key that is not named here is refused, so a mistyped one cannot be lost."""

from __future__ import annotations

from typing import Literal

import msgspec

from remit.knowledge.protocol_dose_file import (
    DoseLevels,
    FixedRule,
    Number,
    Part,
    PerKgRule,
    ReportedRule,
    StatusWord,
    SteppedRule,
)
from remit.quantities import Route

Weeks = int | str
"""A number of weeks, or a span of them such as `5-8`."""
Criterion = Literal[
    "minimum_observation",
    "blood_pressure",
    "spo2",
    "sedation",
    "dissociation",
    "respiratory",
    "orientation",
    "walking",
    "nausea",
    "suicide_risk",
    "escort",
    "open_alarm",
]
"""What can block a discharge."""


class Rule(Part):
    """A rule in words: one text, or a list of which any or all hold."""

    any_of: tuple[str, ...] | None = None
    all_of: tuple[str, ...] | None = None
    driving: str | None = None
    none_sourced: bool | None = None


class StopRules(Rule):
    infusion: Rule | None = None
    course: Rule | None = None
    home_use: Part | None = None


class Regulatory(Part):
    limits: tuple[str, ...] | None = None


class DeviceFile(Part):
    zero_is_fine = frozenset({"rest_between_devices_min"})

    mg_per_device: float
    sprays_per_device: int
    sprays_per_nostril_per_device: int
    prime: bool
    rest_between_devices_min: float
    single_use: bool


class Administration(Part):
    zero_is_fine = frozenset({"duration_min"})

    duration_min: float | None = None
    method: str | None = None
    setting: str | None = None
    self_administered_under_direct_observation: bool | None = None
    minutes_between_devices: float | None = None
    min_total_admin_min_56mg: float | None = None
    min_total_admin_min_84mg: float | None = None


class BpGuide(Part):
    systolic: float
    diastolic: float
    hard_stop: bool | None = None


class BpGuideByAge(Part):
    under_65: BpGuide
    age_65_plus: BpGuide


class PreSession(Part):
    food_avoid_hours: Number
    fluids_avoid_min: Number
    nasal_steroid_or_decongestant_before_min: Number
    bp: BpGuide


class SessionWindow(Part):
    zero_is_fine = frozenset({"move_days"})

    min_gap_hours: float | None = None
    max_gap_days: float | None = None
    move_days: float | None = None


class DecisionPoint(Part):
    after_session: int
    action: str


class ScheduleFile(Part):
    id: str
    per_week: int
    sessions: int | None = None
    max_sessions: int | None = None
    weeks: int | None = None


class Induction(Part):
    id: str | None = None
    weeks: Weeks | None = None
    per_week: int | None = None
    sessions: int | None = None
    options: tuple[ScheduleFile | str, ...] | None = None
    schedules: tuple[ScheduleFile, ...] | None = None
    per_example: str | None = None
    review: str | None = None
    none: bool | None = None
    frequency_evidence: Part | None = None
    response_timing: Part | None = None
    session_window: SessionWindow | None = None
    decision_points: tuple[DecisionPoint, ...] | None = None


class StageFile(Part):
    """A phase after induction."""

    weeks: Weeks | None = None
    from_week: int | None = None
    per_week: int | None = None
    sessions: int | None = None
    intervals_days: tuple[int, ...] | None = None
    interval_days: int | None = None
    doses_mg: tuple[float, ...] | None = None
    rule: str | None = None


class Maintenance(Part):
    optimisation: StageFile | None = None
    weeks_5_8: StageFile | None = None
    from_week_9: StageFile | None = None
    long_term: StageFile | None = None
    trial_schedule: StageFile | None = None
    trial_only_interval: StageFile | None = None
    min_duration_after_improvement_months: Number | None = None
    usual_practice: Part | None = None
    evidence_level: Part | None = None
    relapse_context: Part | None = None
    session_window: SessionWindow | None = None
    per_week: int | None = None
    weeks: int | None = None
    relapse_percent: dict[str, float] | None = None
    none: bool | None = None
    none_sourced: bool | None = None
    none_in_label: bool | None = None


class Emergency(Part):
    indication: str
    dose_mg: float
    reduce_to_mg: float
    per_week: int
    weeks: int
    sessions: int
    under_65: bool
    then: str


class Items(Part):
    zero_is_fine = frozenset({"minutes_from_start"})

    items: tuple[str, ...]
    scale_ids: tuple[str, ...] | None = None
    minutes_from_start: tuple[int, ...] | None = None
    until: str | None = None


class OutcomeScales(Part):
    before_each_session: tuple[str, ...]
    weekly: tuple[str, ...]
    session_scale_ids: tuple[str, ...]
    weekly_scale_ids: tuple[str, ...]


class VitalsFile(Part):
    zero_is_fine = frozenset({"minutes_from_start", "minutes_from_dose"})

    label: str | None = None
    minutes_from_start: tuple[int, ...] | None = None
    minutes_from_dose: tuple[int, ...] | None = None
    during_every_min: float | None = None
    after_every_min: float | None = None
    until: str | None = None


class Minutes(Part):
    zero_is_fine = frozenset({"value"})

    value: tuple[int, ...]


class Peak(Part):
    zero_is_fine = frozenset({"min"})

    min: float
    max: float


class Monitoring(Part):
    zero_is_fine = frozenset({"vitals_minutes_from_dose", "bp_minutes_after_dose"})

    baseline: Items | None = None
    vitals_default: str | None = None
    vitals_schedule: tuple[VitalsFile, ...] | None = None
    vitals: VitalsFile | None = None
    vitals_minutes_from_dose: tuple[int, ...] | None = None
    bp_minutes_after_dose: tuple[int, ...] | Minutes | None = None
    bp_min_after_dose_until: int | None = None
    then: str | None = None
    observe_for: tuple[str, ...] | None = None
    resus_ready_if: str | None = None
    spo2: Part | None = None
    continuous: Items | None = None
    expected_peak_min: Peak | None = None
    mental_state: Items | str | None = None
    scales_used_in_trials: Items | None = None
    outcome_scales: OutcomeScales | None = None
    first_dose_in_clinic: bool | None = None
    findings: str | None = None
    note_status: StatusWord | None = None
    note_src: tuple[str, ...] | None = None


class MinObservation(Part):
    value_min: float | None
    project_default_min: float | None = None
    project_default_min_from_start: float | None = None
    project_default_min_from_end: float | None = None
    binding_criteria: tuple[Criterion, ...] = ()
    clock_start: str | None = None
    rems_form_clock: str | None = None
    software_rule: str | None = None
    rule: str | None = None


class Preparation(Part):
    sessions_min: int
    sessions_typical: int
    content: tuple[str, ...]


class DosingVisit(Part):
    session_length_min: float
    roles: tuple[str, ...]


class Integration(Part):
    zero_is_fine = frozenset({"timing_days"})

    sessions_per_dosing: int
    timing_days: tuple[int, int]
    content: tuple[str, ...]


class Structure(Part):
    """What surrounds the dose in assisted psychotherapy."""

    preparation: Preparation
    dosing: DosingVisit
    integration: Integration
    example_course: Part


class Entry(Part):
    madrs_min: float
    age: str
    randomised: int
    enrolled_open_label: int


class Pharmacology(Part):
    oral_bioavailability_percent: tuple[float, float]
    oral_equiv_of_iv_0_5_mg_kg: str
    sublingual_bioavailability_percent_approx: float


class Efficacy(Part):
    flexible_cohort_remission_percent: dict[str, float]
    definition: str


class ProtocolFile(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One protocol file."""

    id: str
    version: str
    name: str
    molecule: str
    route: str
    regulatory: Regulatory
    min_observation: MinObservation
    indications: tuple[str, ...]
    sources: tuple[str, ...]
    routes: tuple[Route, ...] | None = None
    jurisdiction: str | None = None
    product: Literal["spravato"] | None = None
    form: Literal["spravato_rems"] | None = None
    fasting_check: Literal["fasting_offlabel", "fasting_spravato"] = "fasting_offlabel"
    primary_scale: str = "MADRS"
    investigational: bool = False
    device: DeviceFile | None = None
    dose_rule: PerKgRule | SteppedRule | FixedRule | ReportedRule | None = None
    dose_levels: DoseLevels | None = None
    administration: Administration | None = None
    pre_session: PreSession | None = None
    pre_dose_bp_guide: BpGuideByAge | None = None
    induction: Induction | None = None
    maintenance: Maintenance | None = None
    psychiatric_emergency: Emergency | None = None
    missed_sessions: Rule | None = None
    monitoring: Monitoring | None = None
    discharge_criteria: Rule | None = None
    hold_rules: Rule | None = None
    stop_rules: StopRules | None = None
    structure: Structure | None = None
    pharmacology: Pharmacology | None = None
    efficacy: Efficacy | None = None
    entry: Entry | None = None
    other: Part | None = None
    interactions_note: str | None = None
    safety_note: str | None = None
    software_notes: tuple[str, ...] | None = None

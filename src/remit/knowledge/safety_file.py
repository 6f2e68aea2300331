"""What the files in `knowledge/safety/` may hold. A key that is not named here is refused, so none can be lost."""

from __future__ import annotations

import msgspec

from remit.pathway.referral import Jurisdiction
from remit.pathway.safety import Owner, Priority, When
from remit.pathway.sourced import Action, Origin
from remit.quantities import Molecule

Pair = tuple[float | None, float | None]
"""Percent with the drug and with its comparator; null: not seen."""


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Any part of a file: it may state its own source; what it leaves out it inherits."""

    origin: Origin | None = None
    status: str | None = None
    src: tuple[str, ...] | None = None
    text: str = ""
    note: str | None = None


class Row(Part):
    id: str


class Alert(Row):
    """A threshold, a rule of timing, or an alarm that no reading raises."""

    when: str
    action: str
    systolic_gt: float | None = None
    systolic_ge: float | None = None
    diastolic_gt: float | None = None
    diastolic_ge: float | None = None
    delta_systolic_ge: float | None = None
    delta_diastolic_ge: float | None = None
    spo2_lt: float | None = None
    hr_gt: float | None = None
    hr_lt: float | None = None
    rr_lt: float | None = None
    moaas_at_most: float | None = None
    rule: str | None = None
    any_of: tuple[str, ...] = ()
    symptoms: frozenset[str] = frozenset()
    severe_symptoms: frozenset[str] = frozenset()
    applies_to: frozenset[str] = frozenset()
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    molecules: frozenset[Molecule] = frozenset()
    two_prescribers: bool = False
    repeat_after_min: float | None = None
    within_min: float | None = None
    reading_due_min: float | None = None
    overdue_after_min: float | None = None
    priority: Priority | None = None
    owner: Owner | None = None
    asks: str | None = None

    @property
    def part(self) -> When | None:
        """The part of a session in which its limits hold; null for a row that is a rule in words."""
        return When(self.when) if self.when in set(When) else None


class Alerts(msgspec.Struct, forbid_unknown_fields=True):
    alert_thresholds: list[Alert]


class Bounds(Row):
    key: str
    low: float
    high: float
    unit: str


class Timing(Row):
    after_min: float | None = None
    before_min: float | None = None


class Rule(Row):
    percent: float | None = None
    value: float | None = None
    unit: str | None = None


class Noise(Row):
    key: str
    value: float
    unit: str


class Asked(Row):
    checks: tuple[str, ...]


class Names(Row):
    names: tuple[str, ...]


class SessionFile(msgspec.Struct, forbid_unknown_fields=True):
    physically_possible: list[Bounds]
    session_timing: list[Timing]
    preparation_rules: list[Rule]
    measurement_noise: list[Noise]
    session_gate: list[Asked]
    discharge_checks: list[Asked]
    session_events: list[Names]


class RescueRow(Part):
    for_: str = msgspec.field(name="for")
    options: tuple[str, ...]
    evidence: str | None = None
    caution: str | None = None


class Rescues(msgspec.Struct, forbid_unknown_fields=True):
    rescue_medications: list[RescueRow]


class Card(Row):
    steps: tuple[str, ...]


class Emergencies(msgspec.Struct, forbid_unknown_fields=True):
    emergencies: list[Card]


class Frequencies(Row):
    """One table of adverse events, percent of patients."""

    n: Pair | None = None
    events: dict[str, Pair] = {}
    events_unverified: dict[str, Pair] = {}
    rule: str | None = None
    outcomes: dict[str, float] | None = None
    rates_percent: dict[str, tuple[float, float]] | None = None
    events_at_least_20_percent: tuple[str, ...] = ()
    clinic_cohort: dict[str, float | list[str]] | None = None
    infusions_stopped_for_vitals: dict[str, float | list[str]] | None = None
    vs_ect: Part | None = None


class AdverseEvents(msgspec.Struct, forbid_unknown_fields=True):
    adverse_event_frequencies: list[Frequencies]


class ProductRule(Row):
    requirement: str
    vial_strengths_mg_per_ml: tuple[float, ...] = ()
    dilute_iv_from_mg_per_ml: float | None = None
    action: Action | None = None


class ProductRules(msgspec.Struct, forbid_unknown_fields=True):
    product_safety_rules: list[ProductRule]


class LongTermRisk(Row):
    surveillance: dict[str, str]
    interval_status: str | None = None


class LongTermRisks(msgspec.Struct, forbid_unknown_fields=True):
    long_term_risks: list[LongTermRisk]


class LargeRise(Part):
    definition: str
    percent_active: tuple[float, float]
    percent_placebo: tuple[float, float]


class SprayPressure(Part):
    peak_min: float
    lasts_hours_approx: float
    large_rise: LargeRise


class Cohort(Part):
    n_infusions: int | None = None
    mean_rise: dict[str, float] | None = None
    pulse_rise: float | None = None
    at_min: float | tuple[float, float] | None = None
    predictors: tuple[str, ...] = ()


class Pressure(msgspec.Struct, forbid_unknown_fields=True):
    in_esketamine: SprayPressure
    iv_racemic: list[Cohort]
    caution: str


class Haemodynamics(msgspec.Struct, forbid_unknown_fields=True):
    haemodynamics: Pressure


class Program(Part):
    last_update_seen: str
    nda: str
    goal: str


class Days(Part):
    value: int


class Form(Part):
    scope: str
    submit_within_days: Days
    enrolment_with_first: bool
    version_note: str
    fields: dict[str, tuple[str, ...] | str]
    asterisk: str


class Rems(Part):
    program: Program
    site_requirements: tuple[str, ...]
    site_status: str
    site_src: tuple[str, ...]
    inpatient: Part
    monitoring_form: Form


class RemsFile(msgspec.Struct, forbid_unknown_fields=True):
    rems_us: Rems


SCHEMAS: dict[str, type] = {
    "adverse_events.yaml": AdverseEvents,
    "alerts.yaml": Alerts,
    "emergencies.yaml": Emergencies,
    "haemodynamics.yaml": Haemodynamics,
    "long_term_risks.yaml": LongTermRisks,
    "product_rules.yaml": ProductRules,
    "rems_us.yaml": RemsFile,
    "rescue.yaml": Rescues,
    "session.yaml": SessionFile,
}

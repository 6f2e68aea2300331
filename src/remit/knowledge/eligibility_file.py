"""What the files in `knowledge/eligibility/` may hold. A key that is not named here is refused, so none can be lost."""

from __future__ import annotations

import msgspec

from remit.pathway.referral import Jurisdiction, Setting, Sex
from remit.pathway.sourced import Action, Origin
from remit.quantities import Molecule, Route


class Part(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Any part of a file: it may state its own source; what it leaves out it inherits."""

    origin: Origin | None = None
    status: str | None = None
    src: tuple[str, ...] | None = None
    text: str = ""
    note: str | None = None


class Row(Part, kw_only=True):
    id: str
    name: str = ""


class Condition(Row):
    """A row of the contraindications or of the special populations."""

    action: Action
    hazard: str | None = None
    everywhere: bool = False
    allergens: tuple[str, ...] = ()
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    implied_by: dict[str, frozenset[str]] = {}
    age_below: float | None = None
    age_from: float | None = None
    age_to: float | None = None
    bmi_from: float | None = None
    systolic: float | None = None
    diastolic: float | None = None
    weeks: float | None = None
    moca_min_example: int | None = None


class Label(Part):
    label: str
    product: str | None = None
    protocols: frozenset[str] = frozenset()
    routes: frozenset[Route] = frozenset()


class Contraindications(msgspec.Struct, forbid_unknown_fields=True):
    contraindications: dict[str, list[Condition]]
    label_binding: dict[str, Label]


class SpecialPopulations(msgspec.Struct, forbid_unknown_fields=True):
    special_populations: list[Condition]


class Applies(msgspec.Struct, forbid_unknown_fields=True):
    off_label: bool = False
    sex_not: frozenset[Sex] = frozenset()
    product: str | None = None
    jurisdiction: Jurisdiction | None = None
    setting_not: frozenset[Setting] = frozenset()


class Check(Row):
    action: Action
    settled_by: frozenset[str]
    raised_by: frozenset[str] = frozenset()
    raised_action: Action | None = None
    raised_text: str = ""
    applies: Applies = msgspec.field(default_factory=Applies)


class SessionCheck(msgspec.Struct):
    """A check of the session's gate: only its id concerns screening."""

    id: str


class PreTreatment(msgspec.Struct, forbid_unknown_fields=True):
    once_before_course: list[Check]
    each_session: list[SessionCheck]


class Answers(Part):
    allowed: tuple[str, ...]
    refusing: str


class Checks(msgspec.Struct, forbid_unknown_fields=True):
    pre_treatment_checks: PreTreatment
    check_answers: Answers


class Definition(Part):
    min_failed_trials: int | None = None
    too_few_action: Action = Action.PRESCRIBER_REVIEW


class SeverityGate(Part):
    not_met_by: frozenset[str]
    action: Action


class DocumentGate(Part):
    action: Action
    requires: tuple[str, str]
    requires_class: str
    requires_check: str
    settled_by: frozenset[str]
    ymrs_entry_example: str | None = None


class Indication(Row):
    name: str
    definition: Definition
    variants: list[Part] = []
    guideline_place: Part | None = None
    severity_gate: SeverityGate | None = None
    gate: DocumentGate | None = None
    rule: str | None = None


class Indications(msgspec.Struct, forbid_unknown_fields=True):
    indications: list[Indication]


class Interaction(Row):
    effect: str
    action: Action
    suggestion: str = ""
    match_class: str | None = None
    match_drug: str | None = None
    match_food: str | None = None
    match_protocol: tuple[str, ...] = ()
    classes: frozenset[str] = frozenset()
    drugs: tuple[str, ...] = ()
    routes: tuple[str, ...] = ()
    full_routes: tuple[str, ...] = ()
    other_routes_action: Action | None = None
    needs_classes: dict[str, frozenset[str]] = {}
    not_oral: tuple[str, ...] = ()
    trial_limits_example: str | None = None


class Interactions(msgspec.Struct, forbid_unknown_fields=True):
    drug_interactions: list[Interaction]


class Note(Row):
    action: Action


class MeasuredFinding(msgspec.Struct, forbid_unknown_fields=True):
    alert: str
    action: Action


class Screening(msgspec.Struct, forbid_unknown_fields=True):
    screening_findings: list[Note]
    measured_findings: list[MeasuredFinding]


class DurationStep(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    months_to: int | None
    points: int


class TrialStep(msgspec.Struct, forbid_unknown_fields=True):
    label: str
    trials_to: int | None
    points: int


class Scoring(msgspec.Struct, forbid_unknown_fields=True):
    duration: list[DurationStep]
    antidepressants_failed: list[TrialStep]


class Used(msgspec.Struct, forbid_unknown_fields=True):
    not_used: int
    used: int


class MaudsleyItems(msgspec.Struct, forbid_unknown_fields=True):
    duration: dict[str, int]
    severity: dict[str, int]
    antidepressants_failed: dict[str, int]
    augmentation: Used
    ect: Used


class Maudsley(Part):
    total_range: tuple[int, int]
    items: MaudsleyItems
    scoring: Scoring
    bands: dict[str, tuple[int, int]]
    register_adaptation: dict[str, object]
    notes: list[str]


class ClassGroups(msgspec.Struct, forbid_unknown_fields=True):
    tricyclic: frozenset[str]
    mao_inhibitor: frozenset[str]


class ThaseRush(Part):
    stages: dict[str, str]
    class_groups: ClassGroups
    limits: list[str]


class Staging(msgspec.Struct, forbid_unknown_fields=True):
    adequacy_rule: dict[str, object]
    maudsley_staging_method: Maudsley
    thase_rush: ThaseRush


class StagingFile(msgspec.Struct, forbid_unknown_fields=True):
    treatment_resistance_staging: Staging


class Meta(msgspec.Struct, forbid_unknown_fields=True):
    schema_version: int
    compiled: str
    action_levels: dict[Action, str]


class Actions(msgspec.Struct, forbid_unknown_fields=True):
    meta: Meta


class Alert(msgspec.Struct):
    """A row of the alert thresholds, as far as a value measured before a course is held against it."""

    id: str
    note: str = ""
    systolic_gt: float | None = None
    diastolic_gt: float | None = None
    spo2_lt: float | None = None
    hr_gt: float | None = None
    hr_lt: float | None = None
    rr_lt: float | None = None
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    molecules: frozenset[Molecule] = frozenset()


class Alerts(msgspec.Struct):
    alert_thresholds: list[Alert]

"""The rules of a session, built from `knowledge/safety/`, the checks of `knowledge/eligibility/` and the scales."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.safety_file import (
    SCHEMAS,
    AdverseEvents,
    Alert,
    Alerts,
    Bounds,
    Emergencies,
    RemsFile,
    RescueRow,
    Rescues,
    SessionFile,
)
from remit.knowledge.scales import scale, scales
from remit.pathway.entry_reading import slug
from remit.pathway.safety import (
    DISSOCIATION_SCALES,
    MOAAS,
    AlarmRules,
    CheckRule,
    Crossing,
    EmergencyCard,
    GateRules,
    Limit,
    Notice,
    Owner,
    Possible,
    PressureGate,
    Priority,
    RecoveryRules,
    Rescue,
    SessionRules,
    Threshold,
    When,
)
from remit.pathway.sourced import Source, Sourced
from remit.quantities import BadInput, Milligrams, Minutes

T = TypeVar("T")

FOLDER = Path(__file__).parent / "safety"
_LIMITS: tuple[tuple[str, str, Crossing, bool], ...] = (
    ("systolic_gt", "systolic", Crossing.GT, False),
    ("systolic_ge", "systolic", Crossing.GE, False),
    ("diastolic_gt", "diastolic", Crossing.GT, False),
    ("diastolic_ge", "diastolic", Crossing.GE, False),
    ("delta_systolic_ge", "systolic", Crossing.GE, True),
    ("delta_diastolic_ge", "diastolic", Crossing.GE, True),
    ("spo2_lt", "spo2", Crossing.LT, False),
    ("hr_gt", "heart_rate", Crossing.GT, False),
    ("hr_lt", "heart_rate", Crossing.LT, False),
    ("rr_lt", "respiratory_rate", Crossing.LT, False),
    ("moaas_at_most", MOAAS, Crossing.AT_MOST, False),
)
"""What each key of a threshold limits, and how."""
_CRITICAL, _REPEAT, _SYMPTOMS = "critical_at_first_value", "repeat_not_taken", "hypertensive_emergency_symptoms"
_MISSING, _EARLY_DOSE = "missing_40min_bp", "dose_before_cleared"


@cache
def rules() -> SessionRules:
    """Everything that a session's rules read beside its protocol. Raises `BadInput` for a file that does not fit."""
    files: dict[str, Any] = {name: _read(name, schema) for name, schema in SCHEMAS.items()}
    alerts = {row.id: row for row in as_type(files["alerts.yaml"], Alerts).alert_thresholds}
    session = as_type(files["session.yaml"], SessionFile)
    asked = {row.id: row.checks for row in (*session.session_gate, *session.discharge_checks)}
    named = {row.id: row.names for row in session.session_events}
    return SessionRules(
        alarms=_alarms(alerts),
        gate=_gate(alerts, asked),
        recovery=_recovery(asked["discharge_asked"]),
        checks=_checks(asked["gate_never_waived"]),
        possible={
            row.key: Possible(row.low, row.high, row.unit, source_of(row.id)) for row in session.physically_possible
        },
        totals=_totals(),
        scales=scales(),
        overdue_after=_minutes("reading_overdue.after_min"),
        early=_minutes("reading_early.before_min"),
        preparation_tolerance_percent=_number("preparation_tolerance.percent"),
        ledger_rounding=_as(Milligrams, _number("ledger_rounding")),
        form_within_days=_form_days(as_type(files["rems_us.yaml"], RemsFile)),
        events=named["short_event_list"],
        known_events=_events(as_type(files["adverse_events.yaml"], AdverseEvents), session, alerts[_SYMPTOMS]),
        risk_checks=asked["risk_checks"],
        risk_events=named["risk_events"],
        rescues=tuple(map(_rescue, as_type(files["rescue.yaml"], Rescues).rescue_medications)),
        emergencies=_cards(as_type(files["emergencies.yaml"], Emergencies)),
        noise={row.key: _number(row.id) for row in session.measurement_noise},
    )


def _read(name: str, schema: type[T]) -> T:
    return as_schema(read_typed(FOLDER / name), schema, name)


def as_type(value: Any, wanted: type[T]) -> T:
    """The value, which is of the wanted type."""
    if not isinstance(value, wanted):
        raise BadInput(f"knowledge: {wanted.__name__} is needed, not {type(value).__name__}")
    return value


def source_of(id: str) -> Source:
    """The source of a value of the knowledge, its own or the nearest enclosing one."""
    return lookup(id).source


def _number(id: str) -> Sourced[float]:
    held = lookup(id)
    return Sourced(float(held.value), held.source, held.id, held.note)


def _as(kind: type[T], number: Sourced[float]) -> Sourced[T]:
    return Sourced(kind(number.value), number.source, number.path, number.note)  # type: ignore[call-arg]


def _minutes(id: str) -> Sourced[Minutes]:
    return _as(Minutes, _number(id))


def _possible(row: Bounds) -> Possible:
    return Possible(row.low, row.high, row.unit, source_of(row.id))


def limits(row: Alert) -> tuple[Limit, ...]:
    """The limits that a row of the thresholds states."""
    stated = ((key, measure, crossing, change, getattr(row, key)) for key, measure, crossing, change in _LIMITS)
    return tuple(
        Limit(measure, crossing, value, change) for _, measure, crossing, change, value in stated if value is not None
    )


def _alarms(alerts: Mapping[str, Alert]) -> AlarmRules:
    critical = alerts[_CRITICAL]
    return AlarmRules(
        thresholds=tuple(
            _threshold(row, critical)
            for row in alerts.values()
            if row is not critical and limits(row) and row.priority is not None
        ),
        repeat_after=_minutes(f"{_REPEAT}.repeat_after_min"),
        repeat_within=_minutes(f"{_REPEAT}.within_min"),
        symptoms=_notice(alerts[_SYMPTOMS]),
        symptom_ids=alerts[_SYMPTOMS].symptoms,
        severe_symptom_ids=alerts[_SYMPTOMS].severe_symptoms,
        missing_reading=_notice(alerts[_MISSING]),
        reading_due=_minutes(f"{_MISSING}.reading_due_min"),
        reading_missing=_minutes(f"{_MISSING}.overdue_after_min"),
        before_cleared=_notice(alerts[_EARLY_DOSE]),
    )


def _threshold(row: Alert, critical: Alert) -> Threshold:
    own = limits(row)
    measures = {limit.measure for limit in own}
    first = [limit for limit in limits(critical) if limit.measure in measures] if row.id in critical.applies_to else []
    notice = _notice(row)
    when = row.part
    if when is None:
        raise BadInput(f"alerts.yaml: {row.id}: when: {', '.join(When)} is needed, not {row.when!r}")
    return Threshold(
        id=row.id,
        when=when,
        limits=own,
        priority=notice.priority,
        owner=notice.owner,
        asks=notice.asks,
        critical=tuple(first),
        quiet=when is When.PRE_DOSE,
        source=notice.source,
    )


def _notice(row: Alert) -> Notice:
    if row.priority is None or row.owner is None or row.asks is None:
        raise BadInput(f"alerts.yaml: {row.id}: priority, owner and asks are needed, one is missing")
    return Notice(row.id, Priority(row.priority), Owner(row.owner), row.asks, source_of(row.id))


def _gate(alerts: Mapping[str, Alert], asked: Mapping[str, tuple[str, ...]]) -> GateRules:
    limit = lookup("weight_for_dose.max_age_days")
    return GateRules(
        pressures=tuple(
            PressureGate(row.id, limits(row), row.two_prescribers, source_of(row.id), row.jurisdictions, row.molecules)
            for row in alerts.values()
            if row.part is When.PRE_DOSE
        ),
        everyone=asked["gate_everyone"],
        not_inpatient=asked["gate_not_inpatient"],
        us_spravato_outpatient=asked["gate_us_spravato_outpatient"],
        off_label=asked["gate_off_label"],
        weight_max_age_days=Sourced(int(limit.value), limit.source, limit.id, limit.note),
    )


def _recovery(asked: tuple[str, ...]) -> RecoveryRules:
    bands = scale(MOAAS).bands
    alert = next((band for band in bands.value if band.name == "alert"), None) if bands else None
    within = scale("CADSS").baseline_within
    if bands is None or alert is None or within is None:
        raise BadInput("scales: MOAAS needs its band `alert`, CADSS its rule for the return to baseline")
    return RecoveryRules(
        alert=Sourced(alert.low, bands.source, bands.path),
        within_points=dict.fromkeys(DISSOCIATION_SCALES, within),
        asked=asked,
    )


def _checks(never_waived: tuple[str, ...]) -> dict[str, CheckRule]:
    """Every check that the knowledge names, before a course and at each session."""
    held = lookup("pre_treatment_checks").value
    found = {}
    for row in (*held["once_before_course"], *held["each_session"]):
        entry = (
            lookup(row["id"])
            if lookup(row["id"]).kind == "eligibility"
            else lookup(f"pre_treatment_checks.{row['id']}")
        )
        text = str(row.get("text") or row["id"].replace("_", " "))
        found[row["id"]] = CheckRule(row["id"], text, entry.source, row["id"] not in never_waived)
    return found


def _totals() -> dict[str, tuple[int, int]]:
    """The range of each scale's total; a scale of one item has the range of that item."""
    found = {}
    for id, held in scales().items():
        if held.total is not None:
            found[id] = (held.total.value.low, held.total.value.high)
        elif held.length == 1:
            found[id] = (held.items[0].low, held.items[0].high)
    return found


def _form_days(file: RemsFile) -> Sourced[int]:
    path = "rems_us.monitoring_form.submit_within_days"
    return Sourced(file.rems_us.monitoring_form.submit_within_days.value, source_of(path), path)


def _events(tables: AdverseEvents, session: SessionFile, symptoms: Alert) -> frozenset[str]:
    named = {name for row in session.session_events for name in row.names}
    seen = {name for row in tables.adverse_event_frequencies for name in (*row.events, *row.events_unverified)}
    return frozenset({*named, *seen, *symptoms.symptoms, *symptoms.severe_symptoms})


def _rescue(row: RescueRow) -> Rescue:
    held = lookup(f"rescue_medications.{row.for_}")
    return Rescue(row.for_, row.options, held.source, row.note or row.caution or "")


def _cards(file: Emergencies) -> tuple[EmergencyCard, ...]:
    found = []
    for row in file.emergencies:
        whole = lookup(f"emergencies.{row.id}")
        found.append(EmergencyCard(slug(row.id), row.steps, whole.source, row.note or ""))
    return tuple(found)

"""The rules of screening, built from `knowledge/eligibility/`, the alert thresholds and the medications."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TypeVar

from remit.knowledge import eligibility_file as files
from remit.knowledge.documents import FOLDER as KNOWLEDGE
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.medications import adequacy_table, drug_classes
from remit.pathway.checks import Applies, Check, Checks
from remit.pathway.conditions import Condition, Conditions, Label, Measured
from remit.pathway.eligibility import DocumentGate, EligibilityRules, Indication, Limit, Notes, SeverityGate
from remit.pathway.interactions import Interaction, Interactions
from remit.pathway.sourced import Action, Finding, Source, Sourced
from remit.pathway.staging import MaudsleyRules, Step, ThaseRushRules
from remit.quantities import BadInput, Route

T = TypeVar("T")

FOLDER = KNOWLEDGE / "eligibility"
ALERTS = KNOWLEDGE / "safety" / "alerts.yaml"
_ROUTES = {"sublingual_swallowed": Route.SUBLINGUAL}
"""Words for a route that the files use beside the route's own."""
_VITALS = {
    "systolic": "systolic",
    "diastolic": "diastolic",
    "spo2": "spo2",
    "hr": "heart_rate",
    "rr": "respiratory_rate",
}


def _read(path: Path, schema: type[T]) -> T:
    return as_schema(read_typed(path), schema, path.name)


def _source(path: str) -> Source:
    """The source of a value of the knowledge, its own or the nearest enclosing one."""
    return lookup(path).source


@cache
def rules() -> EligibilityRules:
    """Everything that screening knows. Raises `BadInput` for a file that does not fit its schema."""
    _read(FOLDER / "actions.yaml", files.Actions)
    notes = _notes()
    indications = _read(FOLDER / "indications.yaml", files.Indications).indications
    staging = _read(FOLDER / "staging.yaml", files.StagingFile).treatment_resistance_staging
    return EligibilityRules(
        conditions=_conditions(notes["unknown"]),
        checks=_checks(notes, indications),
        interactions=_interactions(notes),
        indications=tuple(_indication(row) for row in indications),
        limits=_limits(),
        notes=Notes(
            notes["protocol_jurisdiction"], notes["outside_indication"], notes["investigational"], notes["unknown"]
        ),
        adequacy=adequacy_table(),
        maudsley=_maudsley(staging.maudsley_staging_method),
        thase_rush=_thase_rush(staging.thase_rush),
    )


def _notes() -> dict[str, Finding]:
    rows = _read(FOLDER / "screening.yaml", files.Screening).screening_findings
    paths = {row.id: f"screening_findings.{row.id}" for row in rows}
    return {row.id: Finding(row.id, row.action, row.text, _source(paths[row.id]), paths[row.id]) for row in rows}


def _conditions(unknown: Finding) -> Conditions:
    held = _read(FOLDER / "contraindications.yaml", files.Contraindications)
    special = _read(FOLDER / "special_populations.yaml", files.SpecialPopulations).special_populations
    labels = {id: _label(id, row) for id, row in held.label_binding.items()}
    rows = [
        _condition(row, f"contraindications.{group}.{row.id}", labels.get(group))
        for group, listed in held.contraindications.items()
        for row in listed
    ]
    rows += [_condition(row, f"special_populations.{row.id}", None) for row in special]
    known = {row.id for row in rows}
    for row in rows:
        if row.hazard is not None and row.hazard not in known:
            raise BadInput(f"contraindications.yaml: {row.id}: hazard: a condition is needed, not {row.hazard!r}")
    return Conditions(tuple(rows), unknown)


def _label(id: str, row: files.Label) -> Label:
    return Label(id, row.label, row.product, row.protocols, row.routes)


def _condition(row: files.Condition, path: str, label: Label | None) -> Condition:
    return Condition(
        id=row.id,
        text=row.text,
        action=row.action,
        source=_source(path),
        path=path,
        name=row.name,
        label=label,
        everywhere=row.everywhere,
        hazard=row.hazard,
        jurisdictions=row.jurisdictions,
        allergens=row.allergens,
        measured=Measured(row.age_below, row.age_from, row.age_to, row.bmi_from),
        implied_by=tuple(row.implied_by.items()),
    )


def _checks(notes: dict[str, Finding], indications: list[files.Indication]) -> Checks:
    held = _read(FOLDER / "checks.yaml", files.Checks)
    listed, answers = held.pre_treatment_checks, held.check_answers
    session = {row.id for row in listed.each_session}
    scales = {row.gate.requires_check for row in indications if row.gate}
    not_applicable = notes["check_not_applicable"]
    return Checks(
        rows=tuple(_check(row, answers.allowed) for row in listed.once_before_course),
        answers=answers.allowed,
        refusing=answers.refusing,
        inapplicable="not_applicable",
        other_ids=frozenset(session | scales),
        unknown=notes["unknown"],
        not_applicable=not_applicable,
    )


def _check(row: files.Check, allowed: tuple[str, ...]) -> Check:
    path = f"pre_treatment_checks.once_before_course.{row.id}"
    for answer in sorted((row.settled_by | row.raised_by) - set(allowed)):
        raise BadInput(f"checks.yaml: {row.id}: {', '.join(allowed)} is needed, not {answer!r}")
    applies = row.applies
    return Check(
        id=row.id,
        text=row.text,
        action=row.action,
        settled_by=row.settled_by,
        raised_by=row.raised_by,
        raised_action=row.raised_action,
        raised_text=row.raised_text,
        applies=Applies(applies.off_label, applies.sex_not, applies.product, applies.jurisdiction, applies.setting_not),
        source=_source(path),
        path=path,
        name=row.name,
    )


def _interactions(notes: dict[str, Finding]) -> Interactions:
    rows = _read(FOLDER / "interactions.yaml", files.Interactions).drug_interactions
    classes = drug_classes()
    known = {held.drug_class for held in classes.memberships}
    for row in rows:
        for name in sorted(row.classes.union(*row.needs_classes.values()) - known):
            raise BadInput(f"interactions.yaml: {row.id}: a class of drugs that exists is needed, not {name!r}")
    return Interactions(
        tuple(_interaction(row) for row in rows),
        classes,
        notes["medications_not_recorded"],
        notes["medication_not_classified"],
    )


def _interaction(row: files.Interaction) -> Interaction:
    path = f"drug_interactions.{row.id}"
    return Interaction(
        id=row.id,
        effect=row.effect,
        action=row.action,
        suggestion=row.suggestion,
        classes=row.classes,
        drugs=row.drugs,
        routes=_routes(row.id, row.routes),
        full_routes=_routes(row.id, row.full_routes),
        other_action=row.other_routes_action,
        needs=tuple(row.needs_classes.items()),
        not_oral=row.not_oral,
        source=_source(path),
        path=path,
    )


def _routes(id: str, words: tuple[str, ...]) -> frozenset[Route]:
    known = {**{route.value: route for route in Route}, **_ROUTES}
    for word in words:
        if word not in known:
            raise BadInput(f"interactions.yaml: {id}: routes: {', '.join(known)} is needed, not {word!r}")
    return frozenset(known[word] for word in words)


def _indication(row: files.Indication) -> Indication:
    path = f"indications.{row.id}"
    defined = f"{path}.definition"
    definition, gate = row.definition, row.gate
    action, held = (gate.action, f"{path}.gate") if gate else (definition.too_few_action, defined)
    least = definition.min_failed_trials
    return Indication(
        id=row.id,
        name=row.name,
        finding=Finding(row.id, action, definition.text, _source(held), held),
        min_failed_trials=None if least is None else Sourced(least, _source(defined), f"{defined}.min_failed_trials"),
        severity_gate=_severity_gate(row.severity_gate, f"{path}.severity_gate"),
        document_gate=None
        if gate is None
        else DocumentGate(gate.requires_class, gate.requires_check, gate.settled_by, gate.requires),
    )


def _severity_gate(gate: files.SeverityGate | None, path: str) -> SeverityGate | None:
    if gate is None:
        return None
    return SeverityGate(gate.not_met_by, Finding("severity_gate", gate.action, gate.text, _source(path), path))


def _limits() -> tuple[Limit, ...]:
    alerts = {row.id: row for row in _read(ALERTS, files.Alerts).alert_thresholds}
    held = _read(FOLDER / "screening.yaml", files.Screening).measured_findings
    for row in held:
        if row.alert not in alerts:
            raise BadInput(f"screening.yaml: measured_findings: an alert threshold is needed, not {row.alert!r}")
    return tuple(_limit(alerts[row.alert], row.action) for row in held)


def _limit(row: files.Alert, action: Action) -> Limit:
    path = f"alert_thresholds.{row.id}"
    text = f"measured before a course ({row.note})" if row.note else "measured before a course"
    return Limit(
        finding=Finding(row.id, action, text, _source(path), path),
        above=_bounds(row, "gt"),
        below=_bounds(row, "lt"),
        jurisdictions=row.jurisdictions,
        molecules=row.molecules,
    )


def _bounds(row: files.Alert, end: str) -> tuple[tuple[str, float], ...]:
    read = ((vital, getattr(row, f"{key}_{end}", None)) for key, vital in _VITALS.items())
    return tuple((vital, bound) for vital, bound in read if bound is not None)


def _maudsley(held: files.Maudsley) -> MaudsleyRules:
    duration = tuple(Step(step.label, step.months_to, step.points) for step in held.scoring.duration)
    failed = tuple(Step(step.label, step.trials_to, step.points) for step in held.scoring.antidepressants_failed)
    items = held.items
    if [step.points for step in (*duration, *failed)] != [
        *items.duration.values(),
        *items.antidepressants_failed.values(),
    ]:
        raise BadInput("staging.yaml: maudsley_staging_method: scoring: the points of items are needed")
    return MaudsleyRules(
        duration=duration,
        severity=tuple(items.severity.items()),
        antidepressants=failed,
        augmentation=(items.augmentation.not_used, items.augmentation.used),
        ect=(items.ect.not_used, items.ect.used),
        bands=tuple((band, low, high) for band, (low, high) in held.bands.items()),
        source=_source("treatment_resistance_staging.maudsley_staging_method"),
    )


def _thase_rush(held: files.ThaseRush) -> ThaseRushRules:
    return ThaseRushRules(
        stages=tuple(held.stages.items()),
        tricyclic=held.class_groups.tricyclic,
        mao_inhibitor=held.class_groups.mao_inhibitor,
        source=_source("treatment_resistance_staging.thase_rush"),
    )

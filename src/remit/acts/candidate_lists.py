"""What a candidate does not tolerate and takes, and the checks before a course."""

from __future__ import annotations

from datetime import date
from uuid import UUID, uuid5

from remit.acts import risk
from remit.acts.actors import Actor, Conflict
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.facts import results_of
from remit.acts.history import check_day, checked_dose, checked_name
from remit.acts.once import make_once, replace_row
from remit.acts.rights import may_take_history
from remit.knowledge import safety
from remit.knowledge.eligibility import rules
from remit.quantities import BadInput
from remit.records.models import AllergyRecord, CheckResult, MedicationRecord, Patient


@act_on(Patient, "record_allergy", right=may_take_history)
def record_allergy(
    actor: Actor, patient: Patient, substance: str, reaction: str = "", *, key: UUID | None = None
) -> AllergyRecord:
    """Record a substance that the person does not tolerate, and what it did."""
    named = checked_name("substance", substance)
    return make_once(AllergyRecord, actor, key, patient=patient, substance=named, reaction=reaction.strip())


@act_on(AllergyRecord, "withdraw_allergy", right=may_take_history)
def withdraw_allergy(actor: Actor, row: AllergyRecord, reason: str, *, key: UUID | None = None) -> AllergyRecord:
    """Take an allergy off the list, as entered in error; it stays on record."""
    return replace_row(actor, row, reason, key, withdrawn=True)


@act_on(Patient, "record_medication", right=may_take_history)
def record_medication(
    actor: Actor,
    patient: Patient,
    name: str,
    dose_mg_day: float | None = None,
    started_on: date | None = None,
    *,
    key: UUID | None = None,
) -> MedicationRecord:
    """Record a drug or food that the person takes now, by its international name."""
    checked_dose(dose_mg_day)
    if started_on is not None:
        check_day(patient, "since", started_on)
    named = checked_name("medication", name).lower()
    return make_once(
        MedicationRecord, actor, key, patient=patient, name=named, dose_mg_day=dose_mg_day, started_on=started_on
    )


@act_on(MedicationRecord, "stop_medication", right=may_take_history)
def stop_medication(
    actor: Actor, row: MedicationRecord, stopped_on: date, *, key: UUID | None = None
) -> MedicationRecord:
    """Record that the person takes it no more, since a day."""
    check_day(row.patient, "stopped on", stopped_on)
    if row.started_on is not None and stopped_on < row.started_on:
        raise BadInput(f"stopped on: a day from {row.started_on}, when it was started, is needed, not {stopped_on}")
    return replace_row(actor, row, "stopped", key, stopped_on=stopped_on)


@act_on(MedicationRecord, "withdraw_medication", right=may_take_history)
def withdraw_medication(
    actor: Actor, row: MedicationRecord, reason: str, *, key: UUID | None = None
) -> MedicationRecord:
    """Take a medication off the list, as entered in error; it stays on record."""
    return replace_row(actor, row, reason, key, withdrawn=True)


@act_on(Patient, "record_check", right=may_take_history)
def record_check(
    actor: Actor, patient: Patient, check_id: str, result: str, done_on: date, remark: str = ""
) -> CheckResult:
    """Record the result of a check before a course, and the day on which it was done. The latest holds.

    A result that speaks of suicide risk is a risky answer: a task for the person on call.
    """
    known = rules().checks
    if check_id not in known.ids:
        raise BadInput(f"check: {', '.join(sorted(known.ids))} is needed, not {check_id!r}")
    if result not in known.answers:
        raise BadInput(f"result: {', '.join(known.answers)} is needed, not {result!r}")
    check_day(patient, "done on", done_on)
    latest = results_of(patient).get(check_id)
    if latest is not None and done_on < latest.done_on:
        raise Conflict("record_check", [f"done on: there is a result of {latest.done_on} already, the newer one holds"])
    if latest is not None and (latest.result, latest.done_on, latest.note) == (result, done_on, remark.strip()):
        return latest
    note(check=check_id, result=result)
    made: CheckResult = CheckResult.objects.create(
        clinic_id=patient.clinic_id, patient=patient, check_id=check_id, result=result, done_on=done_on,
        note=remark.strip(), by_id=actor.me, at=now(),
    )  # fmt: skip
    raised = next((row for row in known.rows if row.id == check_id and result in row.raised_by), None)
    if raised and check_id in safety.rules().risk_checks:
        words, alert = risk.sign(raised.name or check_id, result)
        risk.open_risk_task(patient, uuid5(patient.pk, check_id), words, [alert], now(), mode="candidate")
    return made

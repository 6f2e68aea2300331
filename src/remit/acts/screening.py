"""Screening a candidate on a protocol, what a prescriber decides about its reasons, and what stands after that."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

from remit.acts.actors import Actor, Conflict
from remit.acts.case_file import vitals_in, written
from remit.acts.core import act_on, note
from remit.acts.facts import adopted, case_of, episode_of
from remit.acts.history import clinic_day
from remit.acts.once import make_once
from remit.acts.rights import may_prescribe, may_screen, may_see_history
from remit.acts.second_person import require_second
from remit.knowledge import index, safety
from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocol as known_protocol
from remit.pathway.conditions import UNKNOWN
from remit.pathway.eligibility import Screening, screen, verdict_of
from remit.pathway.protocol import Protocol
from remit.pathway.referral import Case, Setting, Vitals
from remit.pathway.sourced import Action, Finding
from remit.quantities import BadInput
from remit.records.models import OverrideRecord, Patient, Role, ScreeningRecord

SECOND = (Role.PRESCRIBER,)
"""Who may be the second person of a decision."""
DECIDED = (Action.BLOCK, Action.PRESCRIBER_REVIEW)
"""What a prescriber must decide about before a course is planned."""


class Standing(NamedTuple):
    """What holds of a person on a protocol after every decision: the verdict, and the reasons still open."""

    verdict: str
    open: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Screened:
    """One screening that was kept, and what was decided on its reasons."""

    record: ScreeningRecord
    decisions: Mapping[str, OverrideRecord]
    """By the id of the finding."""
    newest: bool
    """The newest on its protocol: the one that counts."""


def case_today(patient: Patient, setting: str, vitals: Vitals | None = None) -> Case:
    """Everything known of the person today, where the person is treated."""
    if setting not in list(Setting):
        raise BadInput(f"setting: {', '.join(Setting)} is needed, not {setting!r}")
    return case_of(patient, clinic_day(patient), setting, vitals)


def screen_today(patient: Patient, protocol: Protocol, setting: str, vitals: Vitals | None) -> Screening:
    """The person screened on what is recorded now."""
    return screen(case_today(patient, setting, vitals), protocol, rules(), adopted(patient.clinic_id))


def checked_vitals(vitals: Vitals | None) -> Vitals | None:
    """The values as they may be used; none at all is null. Raises `BadInput` for one that cannot be true."""
    held = {name: getattr(vitals, name, None) for name in Vitals.__dataclass_fields__}
    if vitals is None or not any(value is not None for value in held.values()):
        return None
    for name, bounds in safety.rules().possible.items():
        value = held.get(name)
        if value is not None and not bounds.low <= value <= bounds.high:
            raise BadInput(f"{name}: {bounds.low:g} to {bounds.high:g} {bounds.unit} is possible, not {value:g}")
    if vitals.systolic is not None and vitals.diastolic is not None and vitals.systolic <= vitals.diastolic:
        raise BadInput(f"systolic: more than the diastolic {vitals.diastolic:g} is needed, not {vitals.systolic:g}")
    return vitals


# Keeping a screening.


@act_on(Patient, "save_screening", right=may_screen)
def save_screening(
    actor: Actor,
    patient: Patient,
    protocol_id: str,
    setting: str,
    vitals: Vitals | None = None,
    *,
    key: UUID | None = None,
) -> ScreeningRecord:
    """Keep the decision on what is recorded now: the case, every finding and the verdict.

    It takes the place of an earlier screening on this protocol, whose decisions then count no more.
    """
    before = ScreeningRecord.objects.filter(clinic_id=actor.here, pk=key).first() if key else None
    if before is not None:
        return _sent_before(before, patient, protocol_id)
    protocol = known_protocol(protocol_id)
    case = case_today(patient, setting, checked_vitals(vitals))
    screening = screen(case, protocol, rules(), adopted(patient.clinic_id))
    note(protocol=protocol.id, verdict=screening.verdict)
    return make_once(
        ScreeningRecord,
        actor,
        key,
        patient=patient,
        episode=episode_of(patient),
        protocol_id=protocol.id,
        protocol_version=protocol.version,
        verdict=screening.verdict,
        findings=[finding.as_dict() for finding in screening.findings],
        case=written(case),
    )


def _sent_before(record: ScreeningRecord, patient: Patient, protocol_id: str) -> ScreeningRecord:
    if (record.patient_id, record.protocol_id) != (patient.pk, protocol_id):
        raise Conflict("save_screening", ["this form was sent before for something else; open the page again and look"])
    return record


def newest(patient: Patient, protocol_id: str) -> ScreeningRecord | None:
    """The screening that counts on this protocol: the newest one."""
    return patient.screenings.filter(protocol_id=protocol_id).order_by("-at").first()


def screenings_of(patient: Patient) -> list[Screened]:
    """Every screening that was kept, the newest first, with what was decided."""
    seen: set[str] = set()
    found = []
    for record in patient.screenings.select_related("by").order_by("-at"):
        found.append(Screened(record, decisions_on(record), record.protocol_id not in seen))
        seen.add(record.protocol_id)
    return found


@act_on(ScreeningRecord, "open_screening", right=may_see_history, reads=True)
def open_screening(actor: Actor, record: ScreeningRecord) -> Screened:
    """Open one screening as it was kept."""
    latest = newest(record.patient, record.protocol_id)
    return Screened(record, decisions_on(record), latest is not None and latest.pk == record.pk)


# Deciding on its reasons.


def decisions_on(record: ScreeningRecord) -> dict[str, OverrideRecord]:
    """What was decided on a screening, by the id of the finding."""
    return {row.finding_id: row for row in record.overrides.select_related("by", "second_by").order_by("at")}


def may_be_decided(finding: Mapping[str, Any]) -> bool:
    """True for a reason that a prescriber decides on; what was never asked is answered, not decided."""
    return finding["action"] in DECIDED and not finding["id"].startswith(UNKNOWN)


@act_on(ScreeningRecord, "decide_finding", right=may_prescribe)
def decide_finding(
    actor: Actor,
    record: ScreeningRecord,
    finding_id: str,
    reason: str,
    second: Actor | None = None,
    *,
    key: UUID | None = None,
) -> OverrideRecord:
    """Decide to treat in spite of one reason, and say why. `second` comes from `confirm_second`, where two decide."""
    if not reason.strip():
        raise BadInput("reason: say why this person is treated all the same")
    found = [held for held in record.findings if held["id"] == finding_id and held["action"] in DECIDED]
    decided = decisions_on(record).get(finding_id)
    if decided is None or decided.pk != key:
        _check_open(record, finding_id, found, decided)
    if second is not None or any(held["two_person"] for held in found):
        second = require_second("decide_finding", actor, second, SECOND)
    note(finding=finding_id, reason=reason.strip(), second=str(second.account_id) if second else None)
    return make_once(
        OverrideRecord,
        actor,
        key,
        screening=record,
        finding_id=finding_id,
        reason=reason.strip(),
        second_by_id=second.account_id if second else None,
    )


def _check_open(
    record: ScreeningRecord, finding_id: str, found: list[dict[str, Any]], decided: OverrideRecord | None
) -> None:
    """Raise where there is nothing to decide: answered, decided, replaced, or no longer as it was."""
    if finding_id.startswith(UNKNOWN):
        raise BadInput("finding: it was never asked or done; record the answer, then screen again")
    if not found:
        raise BadInput(f"finding: one that blocks or asks the prescriber is needed, not {finding_id!r}")
    if decided is not None:
        raise Conflict("decide_finding", [f"this was decided already, by {decided.by}"])
    latest = newest(record.patient, record.protocol_id)
    if latest is None or latest.pk != record.pk:
        raise Conflict("decide_finding", ["a newer screening on this protocol counts; decide there"])
    now_found = {_as_decided(held.as_dict()) for held in _screen_again(record).findings}
    if any(_as_decided(held) not in now_found for held in found):
        raise Conflict("decide_finding", ["the record changed since this screening; screen again, then decide"])


# What stands.


def standing_of(patient: Patient, protocol: Protocol | str) -> Standing:
    """Whether a course on this protocol may be planned: `eligible` and nothing open, or what is still open.

    The newest screening counts, read against what is recorded now: a reason that came since is open, a decision holds
    as long as its reason reads the same, and what was never asked stays open whoever decides.
    """
    protocol_id = protocol if isinstance(protocol, str) else protocol.id
    record = newest(patient, protocol_id)
    if record is None:
        missing = (not_screened(),)
        return Standing(verdict_of(missing), missing)
    return standing_on(record, _screen_again(record).findings)


def standing_on(record: ScreeningRecord, findings: Iterable[Finding]) -> Standing:
    """What stands of these findings after the decisions on a screening."""
    decided = decisions_on(record)
    settled = {_as_decided(held) for held in record.findings if held["id"] in decided and may_be_decided(held)}
    still = tuple(
        finding for finding in findings if finding.action in DECIDED and _as_decided(finding.as_dict()) not in settled
    )
    return Standing(verdict_of(still), still)


def not_screened() -> Finding:
    """The reason that there is no screening at all."""
    entry = index.lookup("screening_findings.not_screened")
    return Finding("not_screened", Action(entry.value["action"]), entry.value["text"], entry.source, entry.id)


def _screen_again(record: ScreeningRecord) -> Screening:
    """The person on what is recorded now, with the setting and the vitals of that screening."""
    setting = record.case["setting"]
    return screen_today(record.patient, known_protocol(record.protocol_id), setting, vitals_in(record.case))


def _as_decided(finding: Mapping[str, Any]) -> tuple[str, str, str]:
    """What a decision was about: the same reason with other words is another one."""
    return finding["id"], str(finding["action"]), finding["text"]

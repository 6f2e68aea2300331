"""Prescribing: a course on a protocol, its dose, and its standing orders."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID, uuid4

from remit.acts import settings
from remit.acts.actors import Actor, Refused
from remit.acts.booking import book_series, check_under_way
from remit.acts.clock import now
from remit.acts.core import act_on, note
from remit.acts.course_record import UNDER_WAY, indication_of
from remit.acts.facts import adopted, case_of, episode_of
from remit.acts.history import clinic_day
from remit.acts.landing import Wanted
from remit.acts.once import make_once, replace_row
from remit.acts.rights import may_prescribe
from remit.acts.screening import SECOND, newest, standing_of
from remit.acts.second_person import require_second
from remit.acts.session_record import protocol_of
from remit.knowledge import index, safety
from remit.knowledge.dosing import dosing_rules
from remit.knowledge.protocols import protocol as known_protocol
from remit.knowledge.protocols import snapshot
from remit.pathway.course import plan
from remit.pathway.dosing import DoseOrder, DosingRules, compute_dose
from remit.pathway.eligibility import ELIGIBLE
from remit.pathway.protocol import Protocol, Unsourced
from remit.pathway.referral import Setting
from remit.pathway.safety import Rescue
from remit.pathway.sourced import Action, Finding, Sourced
from remit.quantities import BadInput, Milligrams, Route, parse_dose
from remit.records.models import Course, Order, Patient, StandingOrder

PURPOSES = {"nausea": "nausea_vomiting", "pressure": "hypertension"}
"""What a standing order may be for, and where the knowledge keeps the drugs for it."""
STANDING_ROUTES = tuple(route.value for route in Route)

# The course


@dataclass(frozen=True, slots=True)
class Chosen:
    """What a prescriber chooses for a course."""

    protocol_id: str
    option: str
    setting: str
    starts_on: date


@act_on(Patient, "prescribe_course", right=may_prescribe)
def prescribe_course(
    actor: Actor,
    patient: Patient,
    chosen: Chosen,
    places: Mapping[int, Wanted] | None = None,
    *,
    key: UUID | None = None,
) -> Course:
    """Prescribe a course on a protocol as it is today, and book its series where `places` says where.

    The person must be screened on this protocol in this setting, with nothing left open.
    """
    before = Course.objects.filter(clinic_id=actor.here, pk=key).first() if key else None
    if before is not None:
        return before
    protocol = known_protocol(chosen.protocol_id)
    _check_choice(patient, protocol, chosen)
    reasons = reasons_against(patient, chosen)
    if reasons:
        raise Refused("prescribe_course", reasons)
    course = Course.objects.create(
        id=key or uuid4(), clinic_id=actor.here, patient=patient, episode=episode_of(patient),
        screening=newest(patient, protocol.id), protocol_id=protocol.id, protocol_version=protocol.version,
        protocol_snapshot=snapshot(protocol.id), option=chosen.option, setting=chosen.setting,
        started_on=chosen.starts_on, status="planned", prescribed_by_id=actor.me, prescribed_at=now(),
    )  # fmt: skip
    note(course, protocol=protocol.id, version=protocol.version, option=chosen.option, setting=chosen.setting)
    if places:
        book_series(actor, course.pk, places)
    return course


def _check_choice(patient: Patient, protocol: Protocol, chosen: Chosen) -> None:
    if chosen.setting not in list(Setting):
        raise BadInput(f"setting: {', '.join(Setting)} is needed, not {chosen.setting!r}")
    today = clinic_day(patient)
    if chosen.starts_on < today:
        raise BadInput(f"start: {today} or later is needed, not {chosen.starts_on}")
    # An option that the protocol does not have is refused here, and with what it has.
    plan(protocol, chosen.starts_on, chosen.option or None, 0, indication=_indication(patient))


def _indication(patient: Patient) -> str | None:
    episode = episode_of(patient)
    return episode.indication if episode else None


def reasons_against(patient: Patient, chosen: Chosen) -> tuple[str, ...]:
    """Everything that stands against prescribing this to this person now."""
    protocol = known_protocol(chosen.protocol_id)
    return (*_no_course(protocol, patient), *_not_standing(patient, protocol, chosen.setting))


def _no_course(protocol: Protocol, patient: Patient) -> list[str]:
    """Why nobody can be prescribed this now, whatever was screened."""
    found = list(cannot_be_prescribed(protocol, _indication(patient)))
    running = patient.courses.filter(status__in=UNDER_WAY).first()
    if running is not None:
        found.append(f"a course on {protocol_of(running).name} is under way: it ends before another begins")
    return found


def cannot_be_prescribed(protocol: Protocol, indication: str | None) -> tuple[str, ...]:
    """Why no course on a protocol can be prescribed for anybody: a study drug, or no sourced dose or series."""
    found = []
    if protocol.investigational:
        found.append(f"{protocol.regulatory.value}: it is given inside a study only")
    dose = protocol.dose_for(indication)
    if isinstance(dose, Unsourced):
        found.append(f"no dose is sourced, so none can be ordered: {dose.text}")
    if not protocol.options_for(indication):
        found.append("no source gives the number of its sessions, so no series can be planned")
    return tuple(found)


def _not_standing(patient: Patient, protocol: Protocol, setting: str) -> list[str]:
    """What is left open of the screening."""
    standing = standing_of(patient, protocol)
    found = [] if standing.verdict == ELIGIBLE else [f"{one.text}: to be settled first" for one in standing.open]
    record = newest(patient, protocol.id)
    if record is not None and record.case["setting"] != setting:
        words = record.case["setting"].replace("_", " ")
        found.append(f"screened as {words}, not as {setting.replace('_', ' ')}: screen in the setting of treatment")
    return found


# The dose


@dataclass(frozen=True, slots=True)
class Dosing:
    """A dose as a prescriber orders it: in words with its unit (`0.75 mg/kg`, `56 mg`), or the protocol's own."""

    from_session: int
    to_session: int | None = None
    dose: str = ""
    step: int | None = None
    weight_basis: str = "actual"
    route: str = ""


@act_on(Course, "look_at_dose", right=may_prescribe, reads=True, audited=False)
def look_at_dose(actor: Actor, course: Course, dosing: Dosing) -> DoseOrder:
    """The dose that such an order would come to, with every finding, before it is ordered."""
    return _dose(course, dosing)


@act_on(Course, "order_dose", right=may_prescribe)
def order_dose(
    actor: Actor,
    course: Course,
    dosing: Dosing,
    reason: str = "",
    second: Actor | None = None,
    *,
    key: UUID | None = None,
) -> Order:
    """Order the dose of sessions from one to another, with everything it was computed from. A change is a new order.

    A finding that asks the prescriber needs a reason; above the studied range a second prescriber, confirmed.
    """
    before = Order.objects.filter(clinic_id=actor.here, pk=key, course=course).first() if key else None
    if before is not None:
        return before
    check_under_way(course, "order_dose")
    order = _dose(course, dosing)
    second_id = _check_dose(actor, order, reason, second)
    if second_id is not None:
        note(second=str(second_id))
    made = make_once(Order, actor, key, course=course, second_by_id=second_id, **_kept(course, dosing, order, reason))
    note(made, mg=made.dose_mg, sessions=[made.from_session, made.to_session], findings=_ids(order.findings))
    return made


def _dose(course: Course, dosing: Dosing) -> DoseOrder:
    protocol = protocol_of(course)
    _check_sessions(dosing)
    if dosing.route and dosing.route not in protocol.routes:
        raise BadInput(f"route: {', '.join(protocol.routes)} is needed, not {dosing.route!r}")
    case = case_of(course.patient, clinic_day(course.patient), course.setting)
    # The course's own episode decides how its indication is dosed, also once a newer episode is recorded.
    case = replace(case, diagnosis=replace(case.diagnosis, indication=indication_of(course)))
    return compute_dose(
        case,
        protocol,
        dosing.from_session,
        step=dosing.step,
        dose=parse_dose(dosing.dose) if dosing.dose.strip() else None,
        weight_basis=dosing.weight_basis,
        adopted=adopted(course.clinic_id),
        rules=_rules(course.clinic_id),
    )


def _check_sessions(dosing: Dosing) -> None:
    if dosing.from_session < 1:
        raise BadInput(f"from session: 1 or more is needed, not {dosing.from_session}")
    if dosing.to_session is not None and dosing.to_session < dosing.from_session:
        raise BadInput(f"to session: {dosing.from_session} or more is needed, not {dosing.to_session}")


def _rules(clinic_id: UUID) -> DosingRules:
    """The rules of dosing with the clinic's own limit, where it has set one."""
    limit = settings.value(clinic_id, "second_prescriber_above")
    if limit is None:
        return dosing_rules()
    entry = index.lookup(f"{settings.ROOT}.second_prescriber_above")
    return replace(dosing_rules(), second_check_above=Sourced(Milligrams(limit), entry.source, entry.id, entry.note))


def _check_dose(actor: Actor, order: DoseOrder, reason: str, second: Actor | None) -> UUID | None:
    """The second prescriber's account, where one is needed or came all the same."""
    if not order.allowed:
        blocks = [found.text for found in order.findings if found.action is Action.BLOCK]
        raise Refused("order_dose", blocks or ["no dose can be computed"])
    asks = [found for found in order.findings if found.action is Action.PRESCRIBER_REVIEW]
    if asks and not reason.strip():
        raise BadInput(f"reason: say why it is ordered all the same ({'; '.join(found.text for found in asks)})")
    if second is None and not any(found.two_person for found in order.findings):
        return None
    return require_second("order_dose", actor, second, SECOND).account_id


def _kept(course: Course, dosing: Dosing, order: DoseOrder, reason: str) -> dict[str, Any]:
    """The order as the record keeps it, once and for all."""
    rounded = order.as_dict()
    return {
        "from_session": dosing.from_session,
        "to_session": dosing.to_session,
        "molecule": order.molecule.value,
        "route": dosing.route or order.route.value,
        "dose_mg": rounded["dose_mg"],
        "dose_mg_per_kg": rounded["dose_mg_per_kg"],
        "weight_kg": rounded["weight_used_kg"],
        "weight_date": order.weight_date,
        "weight_basis": rounded["weight_basis"] or "",
        "devices": order.devices,
        "duration_min": rounded["duration_min"],
        "protocol_version": course.protocol_version,
        "snapshot": rounded | {"asof": clinic_day(course.patient).isoformat(), "setting": course.setting},
        "reason": reason.strip(),
    }


def _ids(findings: Sequence[Finding]) -> list[str]:
    return [found.id for found in findings]


@act_on(Order, "withdraw_order", right=may_prescribe)
def withdraw_order(actor: Actor, order: Order, reason: str, *, key: UUID | None = None) -> Order:
    """Take an order back with the reason; the one before it holds again, where there is one."""
    return replace_row(actor, order, reason, key, withdrawn=True)


# Standing orders


def standing_choices() -> dict[str, Rescue]:
    """The drugs that the knowledge names for each purpose of a standing order. No doses: none is sourced."""
    known = {one.purpose: one for one in safety.rules().rescues}
    return {purpose: known[source] for purpose, source in PURPOSES.items()}


@dataclass(frozen=True, slots=True)
class Standing:
    """What a nurse may give on the prescriber's standing word, and when."""

    purpose: str
    drug: str
    dose: str
    route: str
    condition: str


_AMOUNT = re.compile(r"\d\s*[^\W\d_]")
"""A number and at once the letters of its unit."""


@act_on(Course, "write_standing_order", right=may_prescribe)
def write_standing_order(actor: Actor, course: Course, standing: Standing, *, key: UUID | None = None) -> StandingOrder:
    """Write a standing order for nausea or pressure. Dose and condition are the prescriber's own words."""
    check_under_way(course, "write_standing_order")
    choices = standing_choices()
    if standing.purpose not in choices:
        raise BadInput(f"purpose: {' or '.join(choices)} is needed, not {standing.purpose!r}")
    drugs = choices[standing.purpose].options
    if standing.drug not in drugs:
        raise BadInput(f"drug: {', '.join(drugs)} is named for {standing.purpose}, not {standing.drug!r}")
    if standing.route not in STANDING_ROUTES:
        raise BadInput(f"route: {', '.join(STANDING_ROUTES)} is needed, not {standing.route!r}")
    for name in ("dose", "condition"):
        if not getattr(standing, name).strip():
            raise BadInput(f"{name}: the prescriber's own words are needed; no source gives it")
    if not _AMOUNT.search(standing.dose):
        raise BadInput(f"dose: an amount with its unit is needed, not {standing.dose!r}")
    made = make_once(
        StandingOrder, actor, key, course=course, purpose=standing.purpose, drug=standing.drug,
        dose=standing.dose.strip(), route=standing.route, condition=standing.condition.strip(),
    )  # fmt: skip
    note(made, purpose=made.purpose, drug=made.drug)
    return made


@act_on(StandingOrder, "withdraw_standing_order", right=may_prescribe)
def withdraw_standing_order(
    actor: Actor, order: StandingOrder, reason: str, *, key: UUID | None = None
) -> StandingOrder:
    """Take a standing order back with the reason; both stay on record."""
    return replace_row(actor, order, reason, key, withdrawn=True)

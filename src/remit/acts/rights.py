"""Who may do what: one named rule each. The first line of a rule is what a person reads who is refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from rules.predicates import predicate

from remit.acts.actors import LINK, SYSTEM, Actor
from remit.records.models import Role

_CHAIRSIDE = (Role.PRESCRIBER, Role.NURSE)
_DESK = (*_CHAIRSIDE, Role.COORDINATOR)
_STAFF = (*_CHAIRSIDE, Role.THERAPIST, Role.COORDINATOR)


def clinic_of(thing: Any) -> UUID | None:
    """The clinic that a row belongs to; a clinic belongs to itself."""
    return thing.pk if _is_a(thing, "clinic") else getattr(thing, "clinic_id", None)


def patient_of(thing: Any) -> UUID | None:
    """The patient whose record a row is part of; null for what is nobody's, such as a chair."""
    if _is_a(thing, "patient"):
        return thing.pk
    if hasattr(thing, "patient_id"):
        return thing.patient_id
    parts = (getattr(thing, name, None) for name in ("session", "course", "visit", "screening"))
    whole = next((part for part in parts if part is not None), None)
    return None if whole is None else patient_of(whole)


def _is_a(thing: Any, model_name: str) -> bool:
    meta = getattr(thing, "_meta", None)
    return meta is not None and meta.model_name == model_name


def _here(actor: Actor, thing: Any, *roles: str) -> bool:
    """In one of these roles, in the clinic that the thing belongs to."""
    at_home = actor.clinic_id is not None and (thing is None or clinic_of(thing) == actor.clinic_id)
    return at_home and actor.is_a(*roles)


def _own(actor: Actor, thing: Any, role: str) -> bool:
    """As the patient whose record the thing is part of."""
    mine = thing is not None and actor.patient_id is not None and patient_of(thing) == actor.patient_id
    return mine and _here(actor, thing, role)


@predicate
def may_see_board(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see the board."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_see_patients(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see the clinic's patients."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_see_patient(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff open a patient's record, and patients their own."""
    return _here(actor, thing, *_STAFF) or _own(actor, thing, Role.PATIENT)


@predicate
def may_register_patient(actor: Actor, thing: Any = None) -> bool:
    """Coordinators, nurses and prescribers register patients."""
    return _here(actor, thing, *_DESK)


@predicate
def may_see_history(actor: Actor, thing: Any = None) -> bool:
    """Nurses, therapists and prescribers read the clinical history."""
    return _here(actor, thing, *_CHAIRSIDE, Role.THERAPIST)


@predicate
def may_take_history(actor: Actor, thing: Any = None) -> bool:
    """Nurses and prescribers take the history."""
    return _here(actor, thing, *_CHAIRSIDE)


@predicate
def may_screen(actor: Actor, thing: Any = None) -> bool:
    """Nurses and prescribers screen a candidate."""
    return _here(actor, thing, *_CHAIRSIDE)


@predicate
def may_prescribe(actor: Actor, thing: Any = None) -> bool:
    """Prescribers of the clinic decide, override and order."""
    return _here(actor, thing, Role.PRESCRIBER)


@predicate
def may_see_plan(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see courses and their sessions."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_book(actor: Actor, thing: Any = None) -> bool:
    """Coordinators, nurses and prescribers book and move sessions."""
    return _here(actor, thing, *_DESK)


@predicate
def may_see_session(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see a session."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_enter_in_session(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff enter what happens in a session."""
    return _here(actor, thing, *_STAFF, SYSTEM)


@predicate
def may_record_session(actor: Actor, thing: Any = None) -> bool:
    """Nurses and prescribers record a treatment."""
    return _here(actor, thing, *_CHAIRSIDE)


@predicate
def may_sign(actor: Actor, thing: Any = None) -> bool:
    """Nurses and prescribers sign a session's sheet."""
    return _here(actor, thing, *_CHAIRSIDE)


@predicate
def may_keep_ledger(actor: Actor, thing: Any = None) -> bool:
    """Nurses and prescribers keep the ledger of controlled drugs."""
    return _here(actor, thing, *_CHAIRSIDE)


@predicate
def may_rate(actor: Actor, thing: Any = None) -> bool:
    """Nurses, therapists and prescribers record scales, and patients their own."""
    return _here(actor, thing, *_CHAIRSIDE, Role.THERAPIST) or _own(actor, thing, Role.PATIENT)


@predicate
def may_see_scores(actor: Actor, thing: Any = None) -> bool:
    """Nurses, therapists and prescribers see scores, and patients their own."""
    return _here(actor, thing, *_CHAIRSIDE, Role.THERAPIST) or _own(actor, thing, Role.PATIENT)


@predicate
def may_see_forecasts(actor: Actor, thing: Any = None) -> bool:
    """Nurses, therapists and prescribers see a person's forecast."""
    return _here(actor, thing, *_CHAIRSIDE, Role.THERAPIST)


@predicate
def may_ask_forecast(actor: Actor, thing: Any = None) -> bool:
    """Prescribers ask for a person's forecast."""
    return _here(actor, thing, Role.PRESCRIBER)


@predicate
def may_correct_score(actor: Actor, thing: Any = None) -> bool:
    """Nurses, therapists and prescribers correct scores."""
    return _here(actor, thing, *_CHAIRSIDE, Role.THERAPIST)


@predicate
def may_open_own_page(actor: Actor, thing: Any = None) -> bool:
    """Patients open their own page."""
    mine = actor.patient_id is not None and patient_of(thing) in (None, actor.patient_id)
    return mine and _here(actor, thing, Role.PATIENT)


@predicate
def may_send_link(actor: Actor, thing: Any = None) -> bool:
    """Coordinators, nurses and prescribers send a patient a link."""
    return _here(actor, thing, *_DESK)


@predicate
def may_answer_by_link(actor: Actor, thing: Any = None) -> bool:
    """Whoever holds a patient's link answers that patient's scale."""
    return _own(actor, thing, LINK)


@predicate
def may_see_tasks(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see the clinic's tasks."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_do_task(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff take on and finish tasks."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_run_clockwork(actor: Actor, thing: Any = None) -> bool:
    """The clinic's own clockwork escalates and reminds."""
    return _here(actor, thing, SYSTEM)


@predicate
def may_record_visit(actor: Actor, thing: Any = None) -> bool:
    """Therapists record preparation and integration visits."""
    return _here(actor, thing, Role.THERAPIST)


@predicate
def may_see_visits(actor: Actor, thing: Any = None) -> bool:
    """Clinical staff see that a visit happened."""
    return _here(actor, thing, *_STAFF)


@predicate
def may_keep_therapy_note(actor: Actor, thing: Any = None) -> bool:
    """A psychotherapy note is its own therapist's alone."""
    writers = {getattr(thing, name, None) for name in ("by_id", "therapist_id")} - {None}
    return _here(actor, thing, Role.THERAPIST) and (thing is None or writers == {actor.account_id})


@predicate
def may_manage_people(actor: Actor, thing: Any = None) -> bool:
    """Administrators manage accounts and roles."""
    return _here(actor, thing, Role.ADMINISTRATOR)


@predicate
def may_manage_clinic(actor: Actor, thing: Any = None) -> bool:
    """Administrators manage the clinic's settings, chairs, duty roster and prices."""
    return _here(actor, thing, Role.ADMINISTRATOR)


@predicate
def may_see_clinic(actor: Actor, thing: Any = None) -> bool:
    """Everybody who works here sees the clinic's settings."""
    return _here(actor, thing, *_STAFF, Role.ADMINISTRATOR)


@predicate
def may_adopt(actor: Actor, thing: Any = None) -> bool:
    """The clinic's lead prescriber adopts unverified values."""
    return _here(actor, thing, Role.PRESCRIBER) and actor.lead


@predicate
def may_read_audit(actor: Actor, thing: Any = None) -> bool:
    """Administrators and the lead prescriber read the audit trail."""
    return _here(actor, thing, Role.ADMINISTRATOR) or (_here(actor, thing, Role.PRESCRIBER) and actor.lead)


@predicate
def may_read_evidence(actor: Actor, thing: Any = None) -> bool:
    """Everybody who works here, and researchers, read what published trials found."""
    return _here(actor, thing, *_STAFF, Role.ADMINISTRATOR, Role.RESEARCHER)


@predicate
def may_read_expectations(actor: Actor, thing: Any = None) -> bool:
    """Patients, too, read what came of people in trials, in plain words."""
    return may_read_evidence.test(actor, thing) or _here(actor, thing, Role.PATIENT)


@predicate
def may_read_results(actor: Actor, thing: Any = None) -> bool:
    """Prescribers read the clinic's own results as they stand."""
    return _here(actor, thing, Role.PRESCRIBER)


@predicate
def may_read_released(actor: Actor, thing: Any = None) -> bool:
    """Prescribers, administrators and researchers read the results that may leave the clinic."""
    return _here(actor, thing, Role.PRESCRIBER, Role.ADMINISTRATOR, Role.RESEARCHER, SYSTEM)


@predicate
def may_release_results(actor: Actor, thing: Any = None) -> bool:
    """Administrators and the lead prescriber release results that may leave the clinic."""
    return _here(actor, thing, Role.ADMINISTRATOR) or (_here(actor, thing, Role.PRESCRIBER) and actor.lead)


@predicate
def may_learn(actor: Actor, thing: Any = None) -> bool:
    """Everybody who is signed in reads how the treatment works."""
    return _here(actor, thing, *Role.values)


@predicate
def may_use_lab(actor: Actor, thing: Any = None) -> bool:
    """Prescribers and researchers compare regimens in the lab."""
    return _here(actor, thing, Role.PRESCRIBER, Role.RESEARCHER)


@predicate
def may_research(actor: Actor, thing: Any = None) -> bool:
    """Researchers read what is de-identified."""
    return _here(actor, thing, Role.RESEARCHER)


@predicate
def may_keep_draft(actor: Actor, thing: Any = None) -> bool:
    """A draft is seen and sent by the account that typed it, and by nobody else."""
    own = thing is None or getattr(thing, "account_id", None) == actor.account_id
    return own and actor.account_id is not None and _here(actor, thing, *Role.values)

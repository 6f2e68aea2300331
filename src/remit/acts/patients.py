"""Registering a person, finding them again, their weights and heights, and the referral that brought them."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from django.db.models import Q, QuerySet

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.facts import patient_facts
from remit.acts.rights import may_book, may_register_patient, may_see_patient, may_see_patients, may_take_history
from remit.knowledge.dosing import dosing_rules
from remit.pathway.dosing import weight_findings
from remit.pathway.sourced import Finding
from remit.quantities import BadInput, Centimetres, Kilograms
from remit.records.models import (
    Course,
    HeightMeasurement,
    Patient,
    PatientIdentifier,
    Referral,
    Session,
    WeightMeasurement,
)
from remit.records.names import search_name

ALIKE = 0.82
"""How alike two names must be (of 1) to ask whether they are one person; a setting of the search."""
SHOWN = 60
CM_PER_INCH = 2.54
IDENTITY = (
    "mrn",
    "family_name",
    "given_name",
    "middle_name",
    "birth_date",
    "sex",
    "phone",
    "email",
    "address",
    "country",
)


@dataclass(frozen=True, slots=True)
class Listed:
    """One person in a list, with what is under way."""

    patient: Patient
    course: Course | None
    next_session: Session | None


@dataclass(frozen=True, slots=True)
class Found:
    """The people a search found: those shown, and how many there are."""

    people: list[Listed]
    total: int


@dataclass(frozen=True, slots=True)
class Measurements:
    """What a person's body was measured to be, the newest first."""

    weights: list[WeightMeasurement]
    heights: list[HeightMeasurement]


class PerhapsKnown(Refused):
    """Somebody much alike is registered already; a person must say that this is another one."""

    def __init__(self, alike: list[Patient]) -> None:
        super().__init__("register_patient", ["somebody much alike is registered already"])
        self.alike = alike


class WeighAgain(Refused):
    """A weight, or with it a height, that is hardly possible or far from the last: it asks for a second measurement."""

    def __init__(self, name: str, findings: list[Finding]) -> None:
        super().__init__(name, [finding.text for finding in findings])
        self.findings = findings


@act("find_patients", right=may_see_patients, reads=True)
def find_patients(actor: Actor, words: str = "") -> Found:
    """People whose names, record number or birth date match, newest first without words."""
    note(words=words)
    held = _matching(Patient.objects.filter(clinic_id=actor.here), words)
    people = list(held[:SHOWN])
    return Found(_with_course(people), held.count())


def _matching(people: QuerySet[Patient], words: str) -> QuerySet[Patient]:
    if not words.strip():
        return people.order_by("-registered_at")
    for word in search_name(words).split():
        wanted = Q(search_name__contains=word) | Q(mrn__icontains=word)
        with suppress(ValueError):
            wanted |= Q(birth_date=date.fromisoformat(word))
        people = people.filter(wanted)
    return people.order_by("search_name", "birth_date")


def _with_course(people: list[Patient]) -> list[Listed]:
    ids = [person.pk for person in people]
    courses = {
        row.patient_id: row for row in Course.objects.filter(patient_id__in=ids, status__in=("planned", "active"))
    }
    coming = Session.objects.filter(patient_id__in=ids, state_cache="scheduled", planned_at__gte=now())
    nearest = {row.patient_id: row for row in coming.order_by("-planned_at")}
    return [Listed(person, courses.get(person.pk), nearest.get(person.pk)) for person in people]


@act("register_patient", right=may_register_patient)
def register_patient(actor: Actor, identity: Mapping[str, Any], *, another_person: bool = False) -> Patient:
    """Register a person. Raises `PerhapsKnown` when somebody is much alike, unless `another_person` says otherwise."""
    held = _identity(actor, identity)
    alike = _alike(actor, held)
    if alike and not another_person:
        raise PerhapsKnown(alike)
    patient = Patient.objects.create(clinic_id=actor.here, registered_by_id=actor.me, registered_at=now(), **held)
    note(patient, patient=patient.pk, said_another_person=[str(one.pk) for one in alike])
    return patient


@act_on(Patient, "correct_identity", right=may_register_patient)
def correct_identity(actor: Actor, patient: Patient, identity: Mapping[str, Any], reason: str) -> Patient:
    """Correct who the person is; the audit trail keeps what stood there before."""
    if not reason.strip():
        raise BadInput("reason: say why the identity is corrected")
    held = _identity(actor, identity, patient)
    before = {name: str(getattr(patient, name)) for name in IDENTITY if getattr(patient, name) != held[name]}
    for name, value in held.items():
        setattr(patient, name, value)
    patient.save()
    note(before=before, reason=reason.strip())
    return patient


def _identity(actor: Actor, given: Mapping[str, Any], patient: Patient | None = None) -> dict[str, Any]:
    held = {name: given.get(name) or "" for name in IDENTITY}
    held |= {name: str(held[name]).strip() for name in IDENTITY if name != "birth_date"}
    for name, words in (("mrn", "record number"), ("family_name", "family name"), ("given_name", "given name")):
        if not held[name]:
            raise BadInput(f"{words}: is needed")
    today = now().date()
    if not isinstance(held["birth_date"], date) or not date(1900, 1, 1) <= held["birth_date"] <= today:
        raise BadInput(f"birth date: a day from 1900-01-01 to {today} is needed, not {held['birth_date'] or 'nothing'}")
    same = Patient.objects.filter(clinic_id=actor.here, mrn=held["mrn"])
    if (same.exclude(pk=patient.pk) if patient else same).exists():
        raise Conflict("register_patient", [f"record number {held['mrn']} belongs to somebody else here"])
    return held


def _alike(actor: Actor, held: Mapping[str, Any]) -> list[Patient]:
    """People of the same birth date or with the same name who may be this person."""
    name = search_name(held["family_name"], held["given_name"])
    here = Patient.objects.filter(clinic_id=actor.here)
    near = here.filter(Q(birth_date=held["birth_date"]) | Q(search_name__startswith=search_name(held["family_name"])))
    return [person for person in near[:500] if _much_alike(person, name, held)]


def _much_alike(person: Patient, name: str, held: Mapping[str, Any]) -> bool:
    other = search_name(person.family_name, person.given_name)
    # Swapped names are a common slip, so the words are compared in one order.
    likeness = SequenceMatcher(None, " ".join(sorted(name.split())), " ".join(sorted(other.split()))).ratio()
    same_birth = person.birth_date == held["birth_date"]
    return likeness >= ALIKE if same_birth else other == name


@act_on(Patient, "open_patient", right=may_see_patient, reads=True)
def open_patient(_: Actor, patient: Patient) -> Patient:
    """The person's record, opened."""
    return patient


@act_on(Patient, "list_measurements", right=may_see_patient, reads=True, audited=False)
def list_measurements(_: Actor, patient: Patient) -> Measurements:
    """Every weighing and every height that holds, the newest first."""
    newest = ("-measured_on", "-at")
    return Measurements(
        list(patient.weights.current().order_by(*newest)), list(patient.heights.current().order_by(*newest))
    )


@act_on(Patient, "list_referrals", right=may_see_patient, reads=True, audited=False)
def list_referrals(_: Actor, patient: Patient) -> list[Referral]:
    """How the person came here, each referral as it stands, the newest first."""
    return list(patient.referrals.current().select_related("by").order_by("-at"))


@act_on(Patient, "weigh", right=may_register_patient)
def weigh(
    actor: Actor, patient: Patient, value: float, unit: str, measured_on: date, *, measured_twice: bool = False
) -> WeightMeasurement:
    """Record a body weight in kg or lb. Raises `WeighAgain` unless `measured_twice` says that it was measured again."""
    kg = _kilograms(value, unit)
    _not_ahead("weight", measured_on)
    facts = patient_facts(patient)
    doubts = weight_findings(kg, facts.weight.kg if facts.weight else None, facts.height, dosing_rules())
    if doubts and not measured_twice:
        raise WeighAgain("weigh", doubts)
    row = WeightMeasurement.objects.create(
        clinic_id=patient.clinic_id, patient=patient, kg=kg.value, entered_value=value, entered_unit=unit,
        measured_on=measured_on, by_id=actor.me, at=now(),
        reason=_twice(doubts),
    )  # fmt: skip
    note(kg=kg.value, unit=unit)
    return row


def _twice(doubts: list[Finding]) -> str:
    return "; ".join(["measured twice", *(doubt.text for doubt in doubts)]) if doubts else ""


def _kilograms(value: float, unit: str) -> Kilograms:
    if unit not in ("kg", "lb"):
        raise BadInput(f"weight: kg or lb is needed, not {unit!r}")
    kg = Kilograms(value) if unit == "kg" else Kilograms.from_pounds(value)
    low, high = dosing_rules().weight.weight.value
    if kg.value == 0:
        raise BadInput(f"weight: {low} to {high} is needed, not 0 {unit}")
    return kg


@act_on(Patient, "measure_height", right=may_register_patient)
def measure_height(
    actor: Actor, patient: Patient, value: float, unit: str, measured_on: date, *, measured_twice: bool = False
) -> HeightMeasurement:
    """Record a body height in cm or inches; one that is hardly possible is refused.

    Raises `WeighAgain` where the last weight is hardly possible at this height, unless `measured_twice` says both hold.
    """
    if unit not in ("cm", "in"):
        raise BadInput(f"height: cm or in is needed, not {unit!r}")
    _not_ahead("height", measured_on)
    cm = Centimetres(value if unit == "cm" else value * CM_PER_INCH)
    low, high = dosing_rules().weight.height.value
    if not low <= cm <= high:
        raise BadInput(f"height: {low} to {high} is needed, not {value:g} {unit}")
    weight = patient_facts(patient).weight
    doubts = weight_findings(weight.kg, None, cm, dosing_rules()) if weight else []
    if doubts and not measured_twice:
        raise WeighAgain("measure_height", doubts)
    return HeightMeasurement.objects.create(
        clinic_id=patient.clinic_id, patient=patient, cm=cm.value, entered_value=value, entered_unit=unit,
        measured_on=measured_on, by_id=actor.me, at=now(), reason=_twice(doubts),
    )  # fmt: skip


def _not_ahead(thing: str, day: date) -> None:
    today = now().date()
    # A clinic east of Greenwich is a day ahead for some hours.
    if (day - today).days > 1:
        raise BadInput(f"{thing}: a day up to {today} is needed, not {day}")


@act_on(Patient, "identify_elsewhere", right=may_register_patient)
def identify_elsewhere(actor: Actor, patient: Patient, system: str, value: str) -> PatientIdentifier:
    """Record what another system calls this person, such as the monitor's or the hospital's number."""
    if not system.strip() or not value.strip():
        raise BadInput("identifier: both the system and its number are needed")
    taken = PatientIdentifier.objects.current().filter(clinic_id=actor.here, system=system.strip(), value=value.strip())
    if taken.exclude(patient=patient).exists():
        raise Conflict("identify_elsewhere", [f"{value} of {system} belongs to somebody else here"])
    return PatientIdentifier.objects.create(
        clinic_id=patient.clinic_id, patient=patient, system=system.strip(), value=value.strip(),
        by_id=actor.me, at=now(),
    )  # fmt: skip


@act_on(Patient, "refer", right=may_book)
def refer(actor: Actor, patient: Patient, referred_by: str, received_on: date, question: str) -> Referral:
    """Record that somebody sent this person, and what they ask."""
    if not referred_by.strip():
        raise BadInput("referred by: who sent the person is needed; write self for somebody who came by themselves")
    _not_ahead("received on", received_on)
    return Referral.objects.create(
        clinic_id=patient.clinic_id, patient=patient, referred_by=referred_by.strip(), received_on=received_on,
        question=question.strip(), by_id=actor.me, at=now(),
    )  # fmt: skip


@act_on(Referral, "answer_referral", right=may_take_history)
def answer_referral(actor: Actor, referral: Referral, status: str, reason: str) -> Referral:
    """Accept or decline a referral; declining says why."""
    if status not in ("accepted", "declined"):
        raise BadInput(f"answer: accepted or declined is needed, not {status!r}")
    if status == "declined" and not reason.strip():
        raise BadInput("reason: a declined referral says why")
    if Referral.objects.filter(supersedes=referral).exists():
        raise Conflict("answer_referral", ["this referral was answered already"])
    return Referral.objects.create(
        clinic_id=referral.clinic_id, patient=referral.patient, referred_by=referral.referred_by,
        received_on=referral.received_on, question=referral.question, status=status, supersedes=referral,
        reason=reason.strip(), by_id=actor.me, at=now(),
    )  # fmt: skip

"""How people come: the referral, the history as it is taken, and the screening with what a prescriber decides."""

from __future__ import annotations

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta

from remit.acts import patients, screening
from remit.acts.candidate_lists import record_allergy, record_medication
from remit.acts.clock import now
from remit.acts.history import begin_episode
from remit.demo.clinic import Stage
from remit.demo.histories import ASKED, CHECKS, History
from remit.demo.people import Person, Told
from remit.demo.staff import beside
from remit.demo.telling import Story
from remit.pathway.referral import AntidepressantTrial, Diagnosis, Vitals
from remit.records.models import CheckResult, FactAnswer, Patient, ScreeningRecord, TrialRecord

Registered = Generator[datetime, None, Patient]
SENDERS = (
    "Millbrook Family Practice", "Northmere Psychiatric Associates", "Dr. L. Ferro, psychiatry", "self",
    "Harrow Street Health Centre", "Dr. P. Anand, general practice",
)  # fmt: skip
QUESTIONS = (
    "Depression that did not lift with two antidepressants. Is ketamine an option?",
    "Recurrent depression, off work since spring. Please assess for esketamine.",
    "Third episode, several drugs tried. Asks about ketamine herself.",
    "Partial response only. Please take over for a course and send back.",
)
_DAYS_A_MONTH = 30


def registered(stage: Stage, person: Person, day: int) -> Registered:
    """Somebody sends the person, and the coordinator registers them."""
    yield stage.days.at(day, person.minute(9))
    patient = patients.register_patient(stage.staff.coordinator, person.identity)
    sender, question = SENDERS[person.place % len(SENDERS)], QUESTIONS[person.place % len(QUESTIONS)]
    patients.refer(stage.staff.coordinator, patient.pk, sender, stage.days.day(day), question)
    return patient


def accepted(stage: Stage, person: Person, patient: Patient, day: int) -> Story:
    """The lead accepts the referral."""
    yield stage.days.at(day, person.minute(12))
    patients.answer_referral(stage.staff.lead, patient.referrals.get().pk, "accepted", "")


def history_taken(stage: Stage, person: Person, patient: Patient, day: int, told: History) -> Story:
    """The nurse weighs the person, takes the history and asks every question."""
    yield stage.days.at(day, person.minute(10))
    nurse, today = stage.staff.nurse, stage.days.day(day)
    patients.measure_height(nurse, patient.pk, person.cm, "cm", today)
    weigh(stage, person, patient, day)
    began = today - timedelta(days=told.months * _DAYS_A_MONTH)
    episode = begin_episode(nurse, patient.pk, Diagnosis("mdd_trd", "F33.2", began, told.severity))
    who = {"clinic_id": patient.clinic_id, "patient": patient, "by_id": nurse.me, "at": now(), "episode": episode}
    TrialRecord.objects.bulk_create(
        [TrialRecord(order=n, **_tried(one), **who) for n, one in enumerate(told.trials, 1)]
    )
    if told.asked:
        _ask(stage, person, patient, told)


def _tried(one: AntidepressantTrial) -> dict[str, object]:
    return {
        "drug": one.drug, "dose_mg_day": one.dose_mg_day, "weeks": one.weeks, "outcome": one.outcome.value,
        "added_to": one.added_to or "", "informed_by": "patient and pharmacy list",
    }  # fmt: skip


def weigh(stage: Stage, person: Person, patient: Patient, day: int, gained: float = 0) -> None:
    """The nurse weighs the person."""
    patients.weigh(stage.staff.nurse, patient.pk, person.kg + gained, "kg", stage.days.day(day))


def _ask(stage: Stage, person: Person, patient: Patient, told: History) -> None:
    """Every question with its answer and every check, stored together: they were asked in one sitting."""
    who = {"clinic_id": patient.clinic_id, "patient": patient, "by_id": stage.staff.nurse.me}
    answers = dict.fromkeys(ASKED, "no") | ({"pregnancy": "no"} if person.sex == "female" else {}) | dict(told.answers)
    FactAnswer.objects.bulk_create(
        [FactAnswer(fact=fact, answer=said, answered_at=now(), **who) for fact, said in answers.items() if said]
    )
    checks = CHECKS | ({"pregnancy_test": "negative"} if person.sex == "female" else {}) | dict(told.checks)
    today = now().astimezone(stage.days.zone).date()
    CheckResult.objects.bulk_create(
        [CheckResult(check_id=id, result=said, done_on=today, at=now(), **who) for id, said in checks.items() if said]
    )
    for name, dose in told.medications:
        record_medication(stage.staff.nurse, patient.pk, name, dose)


def screened(
    stage: Stage,
    person: Person,
    patient: Patient,
    day: int,
    protocol: str,
    decided: Mapping[str, str] | None = None,
    vitals: Vitals | None = None,
) -> Generator[datetime, None, ScreeningRecord]:
    """The person is screened on a protocol, and the lead decides what is to be decided."""
    yield stage.days.at(day, person.minute(14))
    measured = vitals or Vitals(
        systolic=118 + person.place % 17, diastolic=76 + person.place % 9, heart_rate=72, spo2=98
    )
    record = screening.save_screening(stage.staff.nurse, patient.pk, protocol, "outpatient", measured)
    for finding, reason in (decided or {}).items():
        two = any(one["id"] == finding and one["two_person"] for one in record.findings)
        second = beside(stage.staff.prescriber) if two else None
        screening.decide_finding(stage.staff.lead, record.pk, finding, reason, second)
    return record


# The stories of those who are not treated (yet).


def only_referred(day: int) -> Told:
    """A referral that nobody has answered yet."""

    def told(stage: Stage, person: Person) -> Story:
        yield from registered(stage, person, day)

    return told


def declined(day: int, reason: str) -> Told:
    """A referral that the lead declined."""

    def told(stage: Stage, person: Person) -> Story:
        patient = yield from registered(stage, person, day)
        yield stage.days.at(day + 2, person.minute(12))
        patients.answer_referral(stage.staff.lead, patient.referrals.get().pk, "declined", reason)

    return told


def candidate(
    day: int,
    history: History,
    protocol: str = "",
    decided: Mapping[str, str] | None = None,
    vitals: Vitals | None = None,
    allergy: tuple[str, str] | None = None,
) -> Told:
    """Somebody whose history is being taken, or who was screened and stands where the reasons leave them."""

    def told(stage: Stage, person: Person) -> Story:
        patient = yield from registered(stage, person, day)
        yield from accepted(stage, person, patient, day + 1)
        yield from history_taken(stage, person, patient, day + 5, history)
        if allergy:
            _record_allergy(stage, patient, *allergy)
        if protocol:
            yield from screened(stage, person, patient, day + 6, protocol, decided, vitals)

    return told


def _record_allergy(stage: Stage, patient: Patient, substance: str, reaction: str) -> None:
    record_allergy(stage.staff.nurse, patient.pk, substance, reaction)

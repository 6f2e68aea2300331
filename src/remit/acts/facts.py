"""What the record knows of a person, as the values that the rules read. Reads for other acts; no act itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from remit.pathway.referral import (
    AntidepressantTrial,
    Case,
    Diagnosis,
    Jurisdiction,
    Medication,
    Patient,
    Setting,
    Sex,
    TrialOutcome,
    Vitals,
    Weight,
)
from remit.quantities import Centimetres, Kilograms
from remit.records import models
from remit.records.compiled import compiled_query

ALLERGIES, MEDICATIONS, ECT_FAILED = "allergies", "medications", "ect_failed"
"""Facts that are no condition: whether allergies and medications were asked at all, and whether ECT failed."""


def adopted(clinic_id: UUID) -> frozenset[str]:
    """The ids of the unverified values that the clinic's lead has adopted."""
    return frozenset(_adopted(clinic_id))


@compiled_query
def _adopted(clinic: UUID) -> QuerySet[models.Adoption, str]:
    return models.Adoption.objects.current().filter(clinic_id=clinic).values_list("knowledge_id", flat=True)


def patient_facts(patient: models.Patient) -> Patient:
    """The person as far as rules need to know, with the newest weight and height."""
    weights, heights = _weights(patient.pk), _heights(patient.pk)
    return _person(patient, weights[-1] if weights else None, heights[-1] if heights else None)


@compiled_query
def _weights(patient: UUID) -> QuerySet[models.WeightMeasurement, tuple[float, date]]:
    held = models.WeightMeasurement.objects.current().filter(patient_id=patient)
    return held.order_by("measured_on", "at").values_list("kg", "measured_on")


@compiled_query
def _heights(patient: UUID) -> QuerySet[models.HeightMeasurement, tuple[float, date]]:
    held = models.HeightMeasurement.objects.current().filter(patient_id=patient)
    return held.order_by("measured_on", "at").values_list("cm", "measured_on")


def facts_of_many(patients: Iterable[models.Patient]) -> dict[UUID, Patient]:
    """These people as far as rules need to know, by id."""
    people = {one.pk: one for one in patients}
    weights = _newest(models.WeightMeasurement, people, "kg")
    heights = _newest(models.HeightMeasurement, people, "cm")
    return {key: _person(one, weights.get(key), heights.get(key)) for key, one in people.items()}


def _newest(model: Any, people: Iterable[UUID], value: str) -> dict[UUID, tuple[float, date]]:
    """The newest measurement of each person that holds now, and its day."""
    held = model.objects.current().filter(patient_id__in=list(people)).order_by("measured_on", "at")
    return {key: (number, day) for key, number, day in held.values_list("patient_id", value, "measured_on")}


def _person(patient: models.Patient, weight: tuple[float, date] | None, height: tuple[float, date] | None) -> Patient:
    return Patient(
        birth_date=patient.birth_date,
        sex=Sex(patient.sex) if patient.sex else None,
        weight=Weight(Kilograms(weight[0]), weight[1]) if weight else None,
        height=Centimetres(height[0]) if height else None,
    )


def results_of_many(patients: Iterable[UUID]) -> dict[UUID, dict[str, str]]:
    """The newest result of each check of these people, by its id."""
    found: dict[UUID, dict[str, str]] = {key: {} for key in patients}
    held = models.CheckResult.objects.filter(patient_id__in=list(found)).order_by("at", "id")
    for key, check, result in held.values_list("patient_id", "check_id", "result"):
        found[key][check] = result
    return found


def results_of_one(patient: UUID) -> dict[str, str]:
    """The newest result of each check of a person, by its id."""
    return dict(_results(patient))


@compiled_query
def _results(patient: UUID) -> QuerySet[models.CheckResult, tuple[str, str]]:
    held = models.CheckResult.objects.filter(patient_id=patient).order_by("at", "id")
    return held.values_list("check_id", "result")


def episode_of(patient: models.Patient) -> models.Episode | None:
    """The episode under treatment: the newest one recorded."""
    return next(iter(_episodes(patient.pk)), None)


@compiled_query
def _episodes(patient: UUID) -> QuerySet[models.Episode]:
    return models.Episode.objects.current().filter(patient_id=patient).order_by("-at")[:1]


def answers_of(patient: models.Patient) -> dict[str, models.FactAnswer]:
    """The answer that holds for each fact asked, by its id."""
    return {row.fact: row for row in _answers(patient.pk)}


@compiled_query
def _answers(patient: UUID) -> QuerySet[models.FactAnswer]:
    return models.FactAnswer.objects.filter(patient_id=patient).select_related("by").order_by("answered_at", "id")


def results_of(patient: models.Patient) -> dict[str, models.CheckResult]:
    """The newest result of each check, by its id."""
    return {row.check_id: row for row in _checked(patient.pk)}


@compiled_query
def _checked(patient: UUID) -> QuerySet[models.CheckResult]:
    return models.CheckResult.objects.filter(patient_id=patient).select_related("by").order_by("at", "id")


def medications_of(patient: models.Patient, on: date) -> list[models.MedicationRecord]:
    """What the person takes on a day."""
    return [row for row in _medications_now(patient.pk) if row.stopped_on is None or row.stopped_on > on]


@compiled_query
def _medications_now(patient: UUID) -> QuerySet[models.MedicationRecord]:
    return models.MedicationRecord.objects.current().filter(patient_id=patient).order_by("name")


def trials_of(patient: models.Patient) -> list[models.TrialRecord]:
    """The antidepressants tried in the episode under treatment, in the order of the history."""
    episode = episode_of(patient)
    earlier = set() if episode is None else _earlier_episodes(patient, episode)
    # A trial that names no episode belongs to the only one there is; once there are two it cannot be said to which.
    return [row for row in _trials(patient.pk) if row.episode_id not in earlier and (row.episode_id or not earlier)]


@compiled_query
def _trials(patient: UUID) -> QuerySet[models.TrialRecord]:
    return models.TrialRecord.objects.current().filter(patient_id=patient).order_by("order", "at")


def _earlier_episodes(patient: models.Patient, episode: models.Episode) -> set[UUID | None]:
    """The ids of all rows of episodes before this one; a correction of this one is the same episode."""
    corrects = dict(patient.episodes.values_list("pk", "supersedes_id"))
    row: UUID | None = episode.pk
    while row is not None:
        row = corrects.pop(row, None)
    return set(corrects)


def case_of(patient: models.Patient, asof: date, setting: str, vitals: Vitals | None = None) -> Case:
    """Everything known of a candidate on a day. What was never asked is left out, and so is unknown."""
    answers = {fact: row.answer for fact, row in answers_of(patient).items()}
    conditions = {fact: answer for fact, answer in answers.items() if fact not in (ALLERGIES, MEDICATIONS, ECT_FAILED)}
    return Case(
        asof=asof,
        jurisdiction=Jurisdiction(patient.clinic.jurisdiction),
        setting=Setting(setting),
        patient=patient_facts(patient),
        diagnosis=_diagnosis(episode_of(patient)),
        trials=tuple(_trial(row) for row in trials_of(patient)),
        ect_failed={"yes": True, "no": False}.get(answers.get(ECT_FAILED, "")),
        conditions=frozenset(fact for fact, answer in conditions.items() if answer == "yes"),
        absent=frozenset(fact for fact, answer in conditions.items() if answer == "no"),
        allergies=_allergies(patient, answers),
        medications=_medications(patient, answers, asof),
        checks={check: row.result for check, row in results_of(patient).items()},
        vitals=vitals,
    )


def _diagnosis(episode: models.Episode | None) -> Diagnosis:
    if episode is None:
        return Diagnosis()
    return Diagnosis(
        indication=episode.indication or None,
        icd10=episode.icd10 or None,
        episode_start=episode.episode_start,
        severity=episode.severity or None,
    )


def _trial(row: models.TrialRecord) -> AntidepressantTrial:
    return AntidepressantTrial(row.drug, row.dose_mg_day, row.weeks, TrialOutcome(row.outcome), row.added_to or None)


def _allergies(patient: models.Patient, answers: dict[str, str]) -> tuple[str, ...] | None:
    """The substances; empty when asked and denied, null when never asked."""
    held = tuple(_substances(patient.pk))
    return held if held or answers.get(ALLERGIES) == "no" else None


@compiled_query
def _substances(patient: UUID) -> QuerySet[models.AllergyRecord, str]:
    return models.AllergyRecord.objects.current().filter(patient_id=patient).values_list("substance", flat=True)


def _medications(patient: models.Patient, answers: dict[str, str], asof: date) -> tuple[Medication, ...] | None:
    held = tuple(Medication(row.name, row.dose_mg_day) for row in medications_of(patient, asof))
    return held if held or answers.get(MEDICATIONS) == "no" else None

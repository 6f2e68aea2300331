"""Reading a case file (YAML or JSON) into a `Case`: unknown keys are refused, an omitted key stays unknown."""

from __future__ import annotations

import math
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from remit.knowledge.eligibility import rules
from remit.knowledge.files import as_schema, read_text
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
from remit.quantities import BadInput, Centimetres, Kilograms

E = TypeVar("E", bound=StrEnum)
Text = str | None


class Part(msgspec.Struct, forbid_unknown_fields=True):
    """Scalars stay the text that was written, so that a refusal can show it."""


class PatientPart(Part):
    """The person, as a file says it."""

    birth_date: Text = None
    sex: Text = None
    weight_kg: Text = None
    weight_lb: Text = None
    weight_date: Text = None
    height_cm: Text = None


class _Diagnosis(Part):
    indication: Text = None
    icd10: Text = None
    episode_start: Text = None
    severity: Text = None


class _Trial(Part):
    drug: str
    dose_mg_day: Text = None
    weeks: Text = None
    outcome: Text = None
    added_to: Text = None


class _Medication(Part):
    name: str
    dose_mg_day: Text = None


class _Vitals(Part):
    systolic: Text = None
    diastolic: Text = None
    heart_rate: Text = None
    spo2: Text = None
    respiratory_rate: Text = None
    temperature_c: Text = None


class _File(Part):
    asof: str
    jurisdiction: Text = None
    setting: Text = None
    patient: PatientPart = msgspec.field(default_factory=PatientPart)
    diagnosis: _Diagnosis = msgspec.field(default_factory=_Diagnosis)
    trials: tuple[_Trial, ...] = ()
    ect_failed: Text = None
    conditions: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    allergies: tuple[str, ...] | None = None
    medications: tuple[_Medication, ...] | None = None
    checks: dict[str, str] = msgspec.field(default_factory=dict)
    vitals: _Vitals | None = None


def read_case(path: Path) -> Case:
    """The case in a file. Raises `BadInput` with the file, the key, the bound and the value."""
    written = without_nulls(read_text(path))
    try:
        case = _case(as_schema(written, _File, "case"))
        rules().refuse_unknown_ids(case)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    return case


def without_nulls(value: Any) -> Any:
    """A key without a value says nothing: it is omitted, so that it counts as unknown."""
    if isinstance(value, dict):
        return {key: without_nulls(held) for key, held in value.items() if held not in ("", "null", "~")}
    if isinstance(value, list):
        return [without_nulls(held) for held in value]
    return value


def _case(file: _File) -> Case:
    asof = _date("asof", file.asof)
    return Case(
        asof=asof,
        jurisdiction=one_of("jurisdiction", file.jurisdiction, Jurisdiction),
        setting=one_of("setting", file.setting, Setting),
        patient=patient(file.patient, asof),
        diagnosis=_diagnosis(file.diagnosis, asof),
        trials=tuple(_trial(at, trial) for at, trial in enumerate(file.trials)),
        ect_failed=_truth("ect_failed", file.ect_failed),
        conditions=file.conditions,
        absent=file.absent,
        allergies=file.allergies,
        medications=None if file.medications is None else tuple(map(_medication, file.medications)),
        checks=file.checks,
        vitals=None if file.vitals is None else _vitals(file.vitals),
    )


def patient(written: PatientPart, asof: date) -> Patient:
    """The person that a file describes. Raises `BadInput` for a value that cannot be."""
    height = number("patient.height_cm", written.height_cm)
    return Patient(
        birth_date=_past("patient.birth_date", written.birth_date, asof),
        sex=one_of("patient.sex", written.sex, Sex),
        weight=_weight(written, asof),
        height=None if height is None else Centimetres(height),
    )


def _weight(written: PatientPart, asof: date) -> Weight | None:
    kilograms = number("patient.weight_kg", written.weight_kg)
    pounds = number("patient.weight_lb", written.weight_lb)
    measured_on = _past("patient.weight_date", written.weight_date, asof)
    if kilograms is not None and pounds is not None:
        raise BadInput(f"weight: weight_kg or weight_lb is needed, not both ({kilograms:g} kg and {pounds:g} lb)")
    if kilograms is not None:
        return Weight(Kilograms(kilograms), measured_on)
    return None if pounds is None else Weight(Kilograms.from_pounds(pounds), measured_on)


def _diagnosis(written: _Diagnosis, asof: date) -> Diagnosis:
    start = _past("diagnosis.episode_start", written.episode_start, asof)
    return Diagnosis(written.indication, written.icd10, start, written.severity)


def _trial(at: int, written: _Trial) -> AntidepressantTrial:
    return AntidepressantTrial(
        drug=written.drug,
        dose_mg_day=number(f"trials[{at}].dose_mg_day", written.dose_mg_day),
        weeks=number(f"trials[{at}].weeks", written.weeks, zero=True),
        outcome=one_of(f"trials[{at}].outcome", written.outcome, TrialOutcome) or TrialOutcome.UNKNOWN,
        added_to=written.added_to,
    )


def _medication(written: _Medication) -> Medication:
    return Medication(written.name, number(f"medications: {written.name}: dose_mg_day", written.dose_mg_day))


def _vitals(written: _Vitals) -> Vitals:
    read = {name: number(f"vitals.{name}", getattr(written, name)) for name in written.__struct_fields__}
    vitals = Vitals(**read)
    if vitals.spo2 is not None and vitals.spo2 > 100:
        raise BadInput(f"vitals.spo2: at most 100 % is needed, not {vitals.spo2:g} %")
    if vitals.systolic is not None and vitals.diastolic is not None and vitals.systolic <= vitals.diastolic:
        bound = f"more than the diastolic {vitals.diastolic:g} mmHg"
        raise BadInput(f"vitals.systolic: {bound} is needed, not {vitals.systolic:g} mmHg")
    return vitals


def _date(thing: str, text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"{thing}: a date such as 2026-11-21 is needed, not {text!r}") from None


def _past(thing: str, text: Text, asof: date) -> date | None:
    if text is None:
        return None
    day = _date(thing, text)
    if day > asof:
        raise BadInput(f"{thing}: a day not after asof ({asof}) is needed, not {day}")
    return day


def number(thing: str, text: Text, zero: bool = False) -> float | None:
    """The number that a text says; `zero` allows 0."""
    if text is None:
        return None
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number) or number < 0 or (number == 0 and not zero) or "_" in text:
        raise BadInput(f"{thing}: a number {'of 0 or more' if zero else 'above 0'} is needed, not {text!r}")
    return number


def one_of(thing: str, text: Text, words: type[E]) -> E | None:
    """The word of a list that a text says."""
    if text is None:
        return None
    try:
        return words(text)
    except ValueError:
        raise BadInput(f"{thing}: {', '.join(words)} is needed, not {text!r}") from None


def _truth(thing: str, text: Text) -> bool | None:
    if text is None:
        return None
    if text not in ("true", "false"):
        raise BadInput(f"{thing}: true or false is needed, not {text!r}")
    return text == "true"

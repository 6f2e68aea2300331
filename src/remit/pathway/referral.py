"""What is known of a candidate: the facts that screening, dosing and planning read.

Anything that was not asked is absent from these values and counts as unknown, never as "no".
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from remit.quantities import Centimetres, Kilograms


class Setting(StrEnum):
    """Where the person is treated; decides forms, escort and release."""

    OUTPATIENT = "outpatient"
    INTENSIVE_OUTPATIENT = "intensive_outpatient"
    INPATIENT = "inpatient"
    EMERGENCY = "emergency"


class Jurisdiction(StrEnum):
    """Whose product information and law applies."""

    US = "US"
    EU = "EU"
    UK = "UK"
    CH = "CH"
    AU = "AU"
    CA = "CA"


class Sex(StrEnum):
    """The sex that a rule asks for, such as a pregnancy test before a course."""

    FEMALE = "female"
    MALE = "male"
    OTHER = "other"


class TrialOutcome(StrEnum):
    """How a trial of an antidepressant ended."""

    FAILED = "failed"
    RESPONDED = "responded"
    RESPONDED_THEN_LOST = "responded_then_lost"
    INTOLERANT = "intolerant"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Weight:
    """A measured body weight and its date."""

    kg: Kilograms
    measured_on: date | None


@dataclass(frozen=True, slots=True)
class Patient:
    """The person, as far as rules need to know."""

    birth_date: date | None = None
    sex: Sex | None = None
    weight: Weight | None = None
    height: Centimetres | None = None

    def age_on(self, day: date) -> int | None:
        """Age in whole years on a day; null when the birth date is unknown."""
        if self.birth_date is None:
            return None
        born = self.birth_date
        return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is treated. `severity` uses the words of the Maudsley staging method."""

    indication: str | None = None
    icd10: str | None = None
    episode_start: date | None = None
    severity: str | None = None


@dataclass(frozen=True, slots=True)
class AntidepressantTrial:
    """One drug tried in this episode. Null dose or weeks: not known."""

    drug: str
    dose_mg_day: float | None = None
    weeks: float | None = None
    outcome: TrialOutcome = TrialOutcome.UNKNOWN
    added_to: str | None = None


@dataclass(frozen=True, slots=True)
class Medication:
    """One drug or food taken now, by its lower-case international name."""

    name: str
    dose_mg_day: float | None = None


@dataclass(frozen=True, slots=True)
class Vitals:
    """One set of readings; null: not measured."""

    systolic: float | None = None
    diastolic: float | None = None
    heart_rate: float | None = None
    spo2: float | None = None
    respiratory_rate: float | None = None
    temperature_c: float | None = None


@dataclass(frozen=True, slots=True)
class Case:
    """Everything known of a candidate on a day.

    Jurisdiction or setting null: not recorded, so the strictest rules apply.
    """

    asof: date
    jurisdiction: Jurisdiction | None = None
    setting: Setting | None = None
    patient: Patient = field(default_factory=Patient)
    diagnosis: Diagnosis = field(default_factory=Diagnosis)
    trials: tuple[AntidepressantTrial, ...] = ()
    ect_failed: bool | None = None
    conditions: frozenset[str] = frozenset()
    absent: frozenset[str] = frozenset()
    allergies: tuple[str, ...] | None = None
    medications: tuple[Medication, ...] | None = None
    checks: dict[str, str] = field(default_factory=dict)
    vitals: Vitals | None = None

"""What keeps a session safe, as values: alarm and gate limits, bounds of the possible, rescue, emergency cards.

They are built from the knowledge files and travel with a session's plan, so that no rule holds a number of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from remit.pathway.referral import Jurisdiction
from remit.pathway.scales import Scale
from remit.pathway.sourced import Source, Sourced
from remit.quantities import Milligrams, Minutes, Molecule

MOAAS = "MOAAS"
"""The scale that measures sedation."""
DISSOCIATION_SCALES = ("CADSS", "CADSS6")
PRESSURE = ("systolic", "diastolic")
VITAL_SIGNS = ("systolic", "diastolic", "heart_rate", "spo2", "respiratory_rate", "temperature_c")


class Priority(StrEnum):
    """How urgently an alarm asks for a person; an open emergency can be overridden by nobody."""

    EMERGENCY = "emergency"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """0 for the most urgent."""
        return list(Priority).index(self)


class Owner(StrEnum):
    """Who is asked to act on an alarm."""

    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    TEAM = "team"


class When(StrEnum):
    """In which part of a session a limit holds."""

    ANY = "any"
    PRE_DOSE = "pre_dose"
    POST_DOSE = "post_dose"


class Crossing(StrEnum):
    """How a value is compared with its limit."""

    GT = "gt"
    GE = "ge"
    LT = "lt"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit on one measure; `change` compares the rise above this session's baseline."""

    measure: str
    crossing: Crossing
    value: float
    change: bool = False

    def crossed(self, value: float) -> bool:
        """True where the value is beyond the limit.

        >>> Limit("systolic", Crossing.GT, 140).crossed(140)
        False
        """
        match self.crossing:
            case Crossing.GT:
                return value > self.value
            case Crossing.GE:
                return value >= self.value
            case Crossing.LT:
                return value < self.value
            case Crossing.AT_MOST:
                return value <= self.value


@dataclass(frozen=True, slots=True)
class Threshold:
    """A named set of limits on a reading: any one crossed is a breach.

    `critical` limits raise the alarm at the first value; the others ask for a repeat. A threshold that is `quiet`
    raises nothing but its critical limits (pressure before dosing is the gate's matter).
    """

    id: str
    when: When
    limits: tuple[Limit, ...]
    priority: Priority
    owner: Owner
    asks: str
    critical: tuple[Limit, ...] = ()
    quiet: bool = False
    source: Source = field(default_factory=Source)

    @property
    def measures(self) -> frozenset[str]:
        """What must be measured to judge it."""
        return frozenset(limit.measure for limit in self.limits)

    def holds(self, after_dose: bool) -> bool:
        """True where it judges readings of this part of a session."""
        return self.when is When.ANY or (self.when is When.POST_DOSE) == after_dose


@dataclass(frozen=True, slots=True)
class Notice:
    """An alarm that no reading raises: a symptom, a missing reading, a dose before clearance."""

    id: str
    priority: Priority
    owner: Owner
    asks: str
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class AlarmRules:
    """Every alarm of a session and its timing. Times count from the first odd value."""

    thresholds: tuple[Threshold, ...]
    repeat_after: Sourced[Minutes]
    repeat_within: Sourced[Minutes]
    symptoms: Notice
    symptom_ids: frozenset[str]
    severe_symptom_ids: frozenset[str]
    """Events that count as such a symptom when they are severe."""
    missing_reading: Notice
    reading_due: Sourced[Minutes]
    reading_missing: Sourced[Minutes]
    before_cleared: Notice

    def threshold(self, id: str) -> Threshold:
        """The threshold with this id."""
        return next(found for found in self.thresholds if found.id == id)


@dataclass(frozen=True, slots=True)
class PressureGate:
    """A pressure at which clearing asks for more; empty sets hold everywhere."""

    id: str
    limits: tuple[Limit, ...]
    two_prescribers: bool
    source: Source
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    molecules: frozenset[Molecule] = frozenset()

    def applies(self, jurisdiction: Jurisdiction | None, molecule: Molecule) -> bool:
        """True where this limit binds this drug in this place; an unknown place counts as bound."""
        here = not self.jurisdictions or jurisdiction is None or jurisdiction in self.jurisdictions
        return here and (not self.molecules or molecule in self.molecules)


@dataclass(frozen=True, slots=True)
class CheckRule:
    """A question that is answered at the gate or before discharge."""

    id: str
    text: str
    source: Source
    waivable: bool = True


@dataclass(frozen=True, slots=True)
class GateRules:
    """What must be true before a prescriber may clear a person to be dosed."""

    pressures: tuple[PressureGate, ...]
    everyone: tuple[str, ...]
    not_inpatient: tuple[str, ...]
    us_spravato_outpatient: tuple[str, ...]
    off_label: tuple[str, ...]
    weight_max_age_days: Sourced[int]

    @property
    def for_some(self) -> frozenset[str]:
        """The checks that concern only some sessions; where they do not apply, their answer says nothing."""
        return frozenset({*self.not_inpatient, *self.us_spravato_outpatient, *self.off_label})


@dataclass(frozen=True, slots=True)
class RecoveryRules:
    """What counts as recovered before a person may leave."""

    alert: Sourced[int]
    """The MOAA/S score of an alert person."""
    within_points: Mapping[str, Sourced[int]]
    """Dissociation scales: at most so many points above the value before dosing."""
    asked: tuple[str, ...]
    """Criteria that are answered by a check."""


@dataclass(frozen=True, slots=True)
class Possible:
    """The bounds outside which a value is a slip or a device fault."""

    low: float
    high: float
    unit: str
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class Rescue:
    """What a clinic may reach for. No doses: the local formulary decides."""

    purpose: str
    options: tuple[str, ...]
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class EmergencyCard:
    """A card of steps that is opened in one tap; each step done becomes a timed entry."""

    id: str
    steps: tuple[str, ...]
    source: Source
    note: str = ""


@dataclass(frozen=True, slots=True)
class SessionRules:
    """Everything that a session's rules read beside its protocol."""

    alarms: AlarmRules
    gate: GateRules
    recovery: RecoveryRules
    checks: Mapping[str, CheckRule]
    possible: Mapping[str, Possible]
    totals: Mapping[str, tuple[int, int]]
    """The lowest and highest total of each rating scale."""
    scales: Mapping[str, Scale]
    """Every rating scale, by its id."""
    overdue_after: Sourced[Minutes]
    early: Sourced[Minutes]
    preparation_tolerance_percent: Sourced[float]
    ledger_rounding: Sourced[Milligrams]
    form_within_days: Sourced[int]
    events: tuple[str, ...] = ()
    """The adverse events that are asked for at the chair."""
    known_events: frozenset[str] = frozenset()
    """Every adverse event that the knowledge names."""
    risk_checks: tuple[str, ...] = ()
    """Checks that ask for suicide risk: one answered with `failed`, or with what raises it, is a risky answer."""
    risk_events: tuple[str, ...] = ()
    """Adverse events that are a risky answer, too."""
    rescues: tuple[Rescue, ...] = ()
    emergencies: tuple[EmergencyCard, ...] = ()
    noise: Mapping[str, Sourced[float]] = field(default_factory=dict)
    """By how much two readings of a measure may differ though nothing changed."""

    def watched(self, measure: str) -> bool:
        """True for a vital sign or a scale that the session's own alarms watch, such as the MOAA/S."""
        return any(limit.measure == measure for held in self.alarms.thresholds for limit in held.limits)

    def emergency(self, card: str) -> EmergencyCard | None:
        """The emergency card with this id."""
        return next((found for found in self.emergencies if found.id == card), None)

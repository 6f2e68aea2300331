"""Contraindications, cautions and special populations: what is recorded, whom it binds, and what must be asked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from remit.pathway.protocol import Protocol
from remit.pathway.referral import Case, Jurisdiction, Patient
from remit.pathway.sourced import Action, Finding, Source
from remit.quantities import Route, body_mass_index

UNKNOWN = "unknown:"
"""What the id of a finding starts with when a required fact was not recorded."""


@dataclass(frozen=True, slots=True)
class Label:
    """Whom a label binds: a product, named protocols, or everyone treated by some routes."""

    id: str
    name: str
    product: str | None = None
    protocols: frozenset[str] = frozenset()
    routes: frozenset[Route] = frozenset()

    def binds(self, protocol: Protocol) -> bool:
        """True where the protocol gives the product that the label is about."""
        by_product = self.product is not None and protocol.product == self.product
        return by_product or protocol.id in self.protocols or bool(self.routes.intersection(protocol.routes))


@dataclass(frozen=True, slots=True)
class Measured:
    """The ages (whole years) or the body mass index that make the condition true without anyone's saying so."""

    age_below: float | None = None
    age_from: float | None = None
    age_to: float | None = None
    bmi_from: float | None = None

    @property
    def by_age(self) -> bool:
        """True where an age decides."""
        return any(limit is not None for limit in (self.age_below, self.age_from, self.age_to))

    def holds(self, patient: Patient, asof: date) -> str:
        """Why the condition holds, in words; empty where it does not, or where the measure is not known."""
        age = patient.age_on(asof)
        if age is not None and self._age_holds(age):
            return f"age {age}"
        if self.bmi_from is None or patient.weight is None or patient.height is None:
            return ""
        index = body_mass_index(patient.weight.kg, patient.height)
        return f"body mass index {index:.1f} kg/m²" if index >= self.bmi_from else ""

    def _age_holds(self, age: int) -> bool:
        return (
            (self.age_below is not None and age < self.age_below)
            or (self.age_from is not None and age >= self.age_from)
            or (self.age_to is not None and age <= self.age_to)
        )


@dataclass(frozen=True, slots=True)
class Condition:
    """One condition that may be recorded, denied, or not asked."""

    id: str
    text: str
    action: Action
    source: Source = field(default_factory=Source)
    path: str = ""
    name: str = ""
    """What it is called where people are asked; `text` says what follows from it."""
    label: Label | None = None
    """The label whose contraindication it is; null for cautions and special populations, which concern everyone."""
    everywhere: bool = False
    """Blocks on every protocol, whosoever's label says it."""
    hazard: str | None = None
    """The row of another label of which this condition is a case."""
    jurisdictions: frozenset[Jurisdiction] = frozenset()
    """Where only this country's label names it, it is asked for only there."""
    allergens: tuple[str, ...] = ()
    measured: Measured = Measured()
    implied_by: tuple[tuple[str, frozenset[str]], ...] = ()
    """Facts that make it true: a check's id, or `severity`, with the answers."""


@dataclass(frozen=True, slots=True)
class Acting:
    """What a condition does on one protocol, and the words that say why it does so there."""

    action: Action
    because: str = ""


@dataclass(frozen=True, slots=True)
class Question:
    """A condition as the candidate page asks it. `required`: not knowing it asks the prescriber."""

    id: str
    text: str
    action: Action
    required: bool
    source: Source
    path: str
    because: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Conditions:
    """Every condition that Remit knows, in the order in which they are asked."""

    rows: tuple[Condition, ...]
    unknown: Finding
    """What a required fact that is not recorded gives; its id and text are completed for each."""

    @property
    def ids(self) -> frozenset[str]:
        """The ids that a case file may name."""
        return frozenset(row.id for row in self.rows)

    def acting(self, condition: Condition, protocol: Protocol) -> Acting:
        """What the condition does on this protocol: a label that binds another product asks the prescriber."""
        if condition.label is None or condition.everywhere or condition.label.binds(protocol):
            return Acting(condition.action)
        hazard = next((row for row in self.rows if row.id == condition.hazard), None)
        if hazard is not None and hazard.label is not None and hazard.label.binds(protocol):
            return Acting(condition.action, f"{hazard.id} of the {hazard.label.name}")
        milder = min(condition.action, Action.PRESCRIBER_REVIEW, key=lambda action: action.rank)
        return Acting(milder, f"the {condition.label.name} binds another product: here the prescriber decides")

    def required(self, condition: Condition, protocol: Protocol, jurisdiction: Jurisdiction | None) -> bool:
        """True where the label of the protocol's own product and place must be answered."""
        if condition.measured.by_age:
            return condition.action is Action.BLOCK
        if condition.label is None or condition.action is not Action.BLOCK:
            return False
        here = not condition.jurisdictions or jurisdiction is None or jurisdiction in condition.jurisdictions
        return here and (condition.everywhere or condition.label.binds(protocol))

    def questions(self, protocol: Protocol, jurisdiction: Jurisdiction | None) -> tuple[Question, ...]:
        """What is asked one by one on this protocol, the strictest first; what is computed is not asked."""
        asked = [row for row in self.rows if row.measured == Measured()]
        found = [self._question(row, protocol, jurisdiction) for row in asked]
        return tuple(sorted(found, key=lambda question: (not question.required, -question.action.rank)))

    def _question(self, row: Condition, protocol: Protocol, jurisdiction: Jurisdiction | None) -> Question:
        acting, required = self.acting(row, protocol), self.required(row, protocol, jurisdiction)
        return Question(row.id, row.text, acting.action, required, row.source, row.path, acting.because, row.name)

    def findings(self, case: Case, protocol: Protocol) -> list[Finding]:
        """A finding for every condition that holds, and for every required one that is not known."""
        reasons = {row.id: self._reasons(row, case) for row in self.rows}
        found = []
        for row in self.rows:
            if reasons[row.id]:
                found.append(self._finding(row, reasons[row.id], protocol))
            elif self.required(row, protocol, case.jurisdiction) and not _denied(row, case):
                found.append(self._unknown(row))
        return found

    def _reasons(self, row: Condition, case: Case) -> list[str]:
        """Why the condition holds; a hazard of the injection label holds through each of its cases, too."""
        cases = [other.id for other in self.rows if other.hazard == row.id and other.id in case.conditions]
        recorded = ["recorded"] if row.id in case.conditions else []
        measured = row.measured.holds(case.patient, case.asof)
        return [*recorded, *_allergies(row, case), *_implied(row, case), *([measured] if measured else []), *cases]

    def _finding(self, row: Condition, reasons: list[str], protocol: Protocol) -> Finding:
        acting = self.acting(row, protocol)
        words = [f"{row.text} [{', '.join(reasons)}]", *([acting.because] if acting.because else [])]
        blocking_label = acting.action is Action.BLOCK and row.source.binding
        return Finding(row.id, acting.action, "; ".join(words), row.source, row.path, two_person=blocking_label)

    def _unknown(self, row: Condition) -> Finding:
        text = f"{row.text}: {self.unknown.text}"
        return Finding(UNKNOWN + row.id, self.unknown.action, text, row.source, row.path)


def _denied(row: Condition, case: Case) -> bool:
    if row.measured.by_age and case.patient.birth_date is not None:
        return True
    return row.id in case.absent or bool(row.allergens and case.allergies is not None)


def _allergies(row: Condition, case: Case) -> list[str]:
    written = [allergy for allergy in case.allergies or () if _names(allergy, row.allergens)]
    return [f"allergy to {allergy}" for allergy in written]


def _names(allergy: str, allergens: tuple[str, ...]) -> bool:
    return any(word in allergens for word in re.findall(r"[a-z]+", allergy.casefold()))


def _implied(row: Condition, case: Case) -> list[str]:
    facts = {**case.checks, "severity": case.diagnosis.severity}
    return [f"{fact} {facts[fact]}" for fact, answers in row.implied_by if facts.get(fact) in answers]

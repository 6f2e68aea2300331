"""Candidates and rules for tests of doses and plans."""

from dataclasses import replace
from datetime import date

from remit.knowledge.dosing import dosing_rules
from remit.pathway.referral import Case, Diagnosis, Jurisdiction, Patient, Setting, Sex, Weight
from remit.quantities import Centimetres, Kilograms

ASOF = date(2026, 11, 21)
RULES = dosing_rules()


def case(kg=82.0, weighed=date(2026, 11, 20), born=date(1978, 3, 4), height=168, indication="mdd_trd", sex=Sex.FEMALE):
    """A candidate; null for what is not known."""
    return Case(
        asof=ASOF,
        jurisdiction=Jurisdiction.US,
        setting=Setting.OUTPATIENT,
        patient=Patient(
            birth_date=born,
            sex=sex,
            weight=None if kg is None else Weight(Kilograms(kg), weighed),
            height=None if height is None else Centimetres(height),
        ),
        diagnosis=Diagnosis(indication=indication),
    )


def ids(found):
    """The ids of findings."""
    return [one.id for one in getattr(found, "findings", found)]


def with_second_check(limit):
    """The rules of a clinic with its own limit."""
    return replace(RULES, second_check_above=limit)

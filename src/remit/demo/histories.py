"""What the people of the demo tell of their illness: drugs tried, questions answered, checks done."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from remit.pathway.referral import AntidepressantTrial as Tried
from remit.pathway.referral import TrialOutcome

FAILED, LOST, INTOLERANT = TrialOutcome.FAILED, TrialOutcome.RESPONDED_THEN_LOST, TrialOutcome.INTOLERANT

PUBLISHED = (
    Tried("sertraline", 100, 12, FAILED),
    Tried("citalopram", 20, 4, FAILED),
    Tried("venlafaxine", 75, 7, FAILED),
    Tried("duloxetine", 90, 104, LOST),
    Tried("aripiprazole", 10, 4, FAILED, added_to="duloxetine"),
)
"""The published worked history: two of five count."""

RESISTANT = (
    (
        Tried("sertraline", 150, 12, FAILED),
        Tried("bupropion", 300, 10, FAILED),
        Tried("escitalopram", 10, 3, INTOLERANT),
    ),
    (Tried("escitalopram", 20, 10, FAILED), Tried("duloxetine", 60, 12, FAILED)),
    (Tried("fluoxetine", 40, 14, FAILED), Tried("mirtazapine", 30, 8, FAILED), Tried("vortioxetine", 20, 9, FAILED)),
    (Tried("citalopram", 40, 12, FAILED), Tried("desvenlafaxine", 100, 10, FAILED), Tried("trazodone", 50, 20, FAILED)),
    (Tried("paroxetine", 40, 16, LOST), Tried("sertraline", 200, 10, FAILED), Tried("nortriptyline", 100, 8, FAILED)),
)
"""Histories in which two drugs or more failed at an adequate dose for long enough."""

ONE_FAILED = (Tried("sertraline", 100, 12, FAILED), Tried("bupropion", 150, 2, INTOLERANT))

ASKED = (
    "aneurysmal_vascular_disease", "avm", "ich_history", "hypersensitivity", "raised_icp", "hepatic_severe",
    "hepatic_moderate", "lactation", "recent_cv_event_6wk", "bp_rise_hazard", "psychosis", "mania",
    "substance_use_disorder", "cv_cerebrovascular", "respiratory", "cystitis", "seizure_disorder",
    "cognitive_impairment", "glaucoma", "renal", "hypertension_treated", "ect_failed", "allergies",
)  # fmt: skip
"""The questions that are put to everybody, one by one."""

CHECKS = {
    "diagnosis_interview": "done",
    "treatment_history": "done",
    "consent_offlabel": "done",
    "rems_enrolment": "done",
    "cssrs_lifetime_recent": "low",
    "lft": "normal",
    "renal": "normal",
    "ecg": "normal",
    "urine_drug_screen": "negative",
    "pdmp": "normal",
}


@dataclass(frozen=True, slots=True)
class History:
    """One person's answers; what is not said here is `no`, and was done with a usual result."""

    trials: tuple[Tried, ...]
    severity: str = "severe_without_psychosis"
    answers: Mapping[str, str] = field(default_factory=dict)
    checks: Mapping[str, str] = field(default_factory=dict)
    medications: tuple[tuple[str, float | None], ...] = (("sertraline", 150),)
    months: int = 14
    """How long the episode has lasted."""
    asked: bool = True
    """False while the history is still being taken: questions and checks are open."""

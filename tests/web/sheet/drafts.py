"""A draft of the regulatory form and a treatment history of the same made-up person."""

from __future__ import annotations

from datetime import date

from remit.web.sheet.data import FormData, HistoryData
from tests.web.sheet.papers import CLINIC, PATIENT, PRINT, SIGNED, at


def form() -> FormData:
    """A draft with one required field missing."""
    return {
        "clinic": CLINIC,
        "patient": PATIENT,
        "print": PRINT,
        "title": "Spravato REMS patient monitoring form",
        "subtitle": "session 3, Tuesday 24 November 2026",
        "submit_by": date(2026, 12, 1),
        "flags": ["a correction moved the time of the last device"],
        "version_note": "Fields as read from the 11/2021 form; use the current form of the programme.",
        "sections": [
            {
                "title": "Patient",
                "fields": [
                    {"label": "First name", "value": "Rosalind", "required": True},
                    {"label": "Middle initial", "value": None},
                    {"label": "Last name", "value": "Achterberg", "required": True},
                    {"label": "Birth date", "value": "4 Mar 1978", "required": True},
                    {"label": "Sex", "value": "female", "required": True},
                    {"label": "First treatment", "value": "no", "note": "newer form"},
                ],
            },
            {
                "title": "Concomitant medication",
                "fields": [
                    {"label": "Benzodiazepines", "value": "yes", "required": True, "note": "clonazepam 1 mg a day"},
                    {"label": "Non-benzodiazepine sedative hypnotics", "value": "no", "required": True},
                    {"label": "Psychostimulants", "value": "no", "required": True},
                    {"label": "Monoamine oxidase inhibitors", "value": "no", "required": True},
                ],
            },
            {
                "title": "Monitoring provider",
                "fields": [
                    {"label": "First name", "value": "Nora", "required": True},
                    {"label": "Last name", "value": "Nurse", "required": True},
                    {"label": "Telephone", "value": None, "required": True},
                    {"label": "Email", "value": "nora@clinic.example", "required": True},
                ],
            },
            {
                "title": "Session",
                "fields": [
                    {"label": "Treatment date", "value": "24 Nov 2026", "required": True},
                    {"label": "Dose", "value": "56 mg", "required": True},
                    {"label": "Lot number", "value": "KJ4821A"},
                    {"label": "Minutes from first device to end of monitoring", "value": "131", "required": True},
                ],
            },
            {
                "title": "Vitals",
                "fields": [
                    {"label": "Blood pressure before administration", "value": "128/82"},
                    {"label": "Blood pressure at 40 minutes", "value": "168/101"},
                    {"label": "Blood pressure before completion", "value": "131/84"},
                ],
            },
            {
                "title": "Events",
                "fields": [
                    {"label": "Sedation", "value": "yes", "note": "MOAA/S 4 from 14:25 to 15:05"},
                    {"label": "Dissociation", "value": "yes", "note": "moderate, 14:23–15:33"},
                    {"label": "Serious adverse events", "value": "none"},
                ],
            },
        ],
        "signatures": [],
    }


def history() -> HistoryData:
    """Five drugs, of which two count."""
    return {
        "clinic": CLINIC,
        "patient": PATIENT,
        "print": PRINT,
        "title": "Treatment history",
        "subtitle": "major depressive episode since November 2024",
        "facts": [
            {"label": "Diagnosis", "value": "F33.2, severe without psychosis"},
            {"label": "Episode began", "value": "1 Nov 2024"},
            {"label": "Requested treatment", "value": "esketamine nasal spray, TRD"},
            {"label": "ECT", "value": "not tried"},
            {"label": "Psychotherapy", "value": None},
            {"label": "Prescriber", "value": "Paul Prescriber"},
        ],
        "trials": [
            {
                "drug": "sertraline",
                "dose": "100 mg",
                "weeks": "12",
                "added_to": None,
                "outcome": "failed",
                "counts": True,
                "reasons": ["dose at or above 50 mg", "12 weeks, at least 6"],
            },
            {
                "drug": "duloxetine",
                "dose": "60 mg",
                "weeks": "10",
                "added_to": None,
                "outcome": "failed",
                "counts": True,
                "reasons": ["dose at or above 40 mg", "10 weeks, at least 6"],
            },
            {
                "drug": "aripiprazole",
                "dose": "10 mg",
                "weeks": "4",
                "added_to": "duloxetine",
                "outcome": "failed",
                "counts": False,
                "reasons": ["4 weeks, fewer than 6"],
            },
            {
                "drug": "bupropion",
                "dose": "150 mg",
                "weeks": "3",
                "added_to": None,
                "outcome": "intolerant",
                "counts": False,
                "reasons": ["stopped for side effects", "3 weeks, fewer than 6"],
            },
            {
                "drug": "mirtazapine",
                "dose": None,
                "weeks": "8",
                "added_to": None,
                "outcome": "failed",
                "counts": None,
                "reasons": ["dose not known"],
            },
        ],
        "resistant_trials": 2,
        "trials_rule": "a drug counts when dose and weeks reach the table of minimum doses (ATRQ)",
        "staging": [
            {
                "method": "Maudsley",
                "result": "9 of 15, moderate",
                "items": [
                    {"label": "duration", "value": "2"},
                    {"label": "severity", "value": "4"},
                    {"label": "failures", "value": "1"},
                ],
            },
            {"method": "Thase–Rush", "result": "stage II", "items": [{"label": "classes failed", "value": "2"}]},
        ],
        "scales": [
            {
                "at": at(-6000),
                "scale": "MADRS",
                "recall": "last 7 days",
                "total": "31 / 60",
                "band": "moderate",
                "by": "Paul Prescriber",
            },
            {
                "at": at(-2000),
                "scale": "PHQ-9",
                "recall": "last 14 days",
                "total": None,
                "band": None,
                "by": "patient",
                "note": "8 of 9 answered",
            },
        ],
        "statements": ["No source read gives a number for relapse; the clinic's own definition is used."],
        "signatures": SIGNED[1:],
    }

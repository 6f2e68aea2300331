"""Realistic papers of made-up people, for the tests of the printed papers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from remit.web.sheet.data import (
    CheckLine,
    Clinic,
    Person,
    Print,
    Reading,
    SheetData,
    Signature,
)

ZONE = timezone(timedelta(hours=-5), "EST")
START = datetime(2026, 11, 24, 19, 5, tzinfo=UTC)


def at(minute: float) -> datetime:
    """That many minutes after the first dose."""
    return START + timedelta(minutes=minute)


CLINIC: Clinic = {"name": "Harbour Street Clinic", "address": "12 Harbour Street, Springfield", "zone": ZONE}
PATIENT: Person = {
    "name": "Rosalind Achterberg",
    "birth_date": date(1978, 3, 4),
    "identifier": "HS-004217",
    "sex": "female",
}
PRINT: Print = {"printed_at": at(150), "printed_by": "Nora Nurse", "paper": "us-letter", "synthetic": True}
SIGNED: list[Signature] = [
    {"name": "Nora Nurse", "role": "nurse", "at": at(135), "meaning": "monitored the session"},
    {"name": "Paul Prescriber", "role": "prescriber", "at": at(141), "meaning": "responsible for the session"},
]


def reading(
    minute: int,
    pressure: tuple[int, int] | None,
    pulse: int | None,
    spo2: int | None,
    moaas: int | None,
    cadss: int | None = None,
) -> Reading:
    """One column of the grid, as a nurse charts it."""
    values: dict[str, str] = {}
    if pressure:
        values["pressure"] = f"{pressure[0]}/{pressure[1]}"
    for key, value in {"heart_rate": pulse, "spo2": spo2, "MOAAS": moaas, "CADSS": cadss}.items():
        if value is not None:
            values[key] = str(value)
    return {
        "taken_at": at(minute),
        "entered_at": at(minute),
        "by": "N. Nurse",
        "values": values,
        "systolic": pressure[0] if pressure else None,
        "diastolic": pressure[1] if pressure else None,
        "heart_rate": pulse,
        "spo2": spo2,
    }


def readings() -> list[Reading]:
    """Six timed sets and what else a session brings: a repeat, a correction, a gap, a late entry."""
    held = [
        reading(-12, (128, 82), 74, 98, 5, 0),
        reading(10, (148, 90), 82, 97, 5),
        reading(20, (161, 97), 88, 97, 4, 14),
        reading(40, (186, 112), 91, 96, 4, 31),
        reading(45, (168, 101), 88, 96, 4),
        reading(60, (152, 94), None, 97, 5, 9),
        reading(80, (141, 88), 80, 97, 5),
        reading(100, (134, 85), 77, 98, 5, 1),
        reading(122, (131, 84), 76, 98, 5, 0),
    ]
    held[3]["flagged"] = ["pressure"]
    held[1]["replaced"] = {"pressure": "184/90"}
    held[1]["struck"] = [{"systolic": 184, "diastolic": 90}]
    held[6]["entered_at"] = at(91)
    return held


def check(name: str, result: str, minute: int | None, note: str | None = None) -> CheckLine:
    """One confirmed check."""
    return {
        "check": name,
        "result": result,  # type: ignore[typeddict-item]
        "by": "Nora Nurse" if minute is not None else None,
        "at": at(minute) if minute is not None else None,
        "note": note,
    }


def sheet() -> SheetData:
    """A US spray session with nearly everything that can happen on it."""
    return {
        "clinic": CLINIC,
        "patient": PATIENT,
        "print": PRINT,
        "title": "Session sheet",
        "subtitle": "session 3 of 8, Tuesday 24 November 2026",
        "version": 1,
        "state": "discharged",
        "facts": [
            {"label": "Protocol", "value": "Intranasal esketamine (Spravato), US label, TRD"},
            {"label": "Protocol version", "value": "1 (adopted 2 Nov 2026)"},
            {"label": "Course and phase", "value": "Course 1, induction"},
            {"label": "Planned dose", "value": "56 mg esketamine, intranasal"},
            {"label": "Ordered by", "value": "Paul Prescriber, 20 Nov 2026"},
            {"label": "Weight", "value": "82.0 kg (20 Nov 2026)"},
            {"label": "Setting", "value": "outpatient"},
            {"label": "Chair", "value": "Chair 2"},
            {"label": "Weight limit for this dose", "value": None, "mark": "not confirmed"},
        ],
        "moments": [
            {"label": "Arrived", "at": at(-32)},
            {"label": "Cleared", "at": at(-6)},
            {"label": "First dose", "at": at(0)},
            {"label": "Last dose", "at": at(6)},
            {"label": "Release from", "at": at(126)},
            {"label": "Discharged", "at": at(131)},
        ],
        "first_dose": at(0),
        "release": at(126),
        "gate": [
            check("Two identifiers", "confirmed", -30),
            check("Escort home arranged", "confirmed", -29, "sister, waiting from 16:00"),
            check("REMS enrolment", "confirmed", -28),
            check("No food for 2 h, no fluids for 30 min", "confirmed", -27),
            check("Medication changes since last visit", "confirmed", -26, "none"),
            check("C-SSRS since last visit", "confirmed", -24, "none"),
            check("Nasal decongestant within 60 min", "waived", -23, "used at 13:00, prescriber accepts"),
        ],
        "preparations": [],
        "doses": [
            {
                "start": at(0),
                "end": None,
                "text": "device 1 of 2",
                "amount": "28 mg",
                "lot": "KJ4821A",
                "expiry": date(2027, 5, 31),
                "by": "Nora Nurse",
                "second_person": None,
            },
            {
                "start": at(6),
                "end": None,
                "text": "device 2 of 2",
                "amount": "28 mg",
                "lot": "KJ4821A",
                "expiry": date(2027, 5, 31),
                "by": "Nora Nurse",
                "second_person": None,
                "note": "rested 6 min",
            },
        ],
        "rows": [
            {"key": "pressure", "label": "Blood pressure", "unit": "mmHg"},
            {"key": "heart_rate", "label": "Pulse", "unit": "/min"},
            {"key": "spo2", "label": "SpO₂", "unit": "%"},
            {"key": "MOAAS", "label": "Sedation (MOAA/S)", "unit": "0–5"},
            {"key": "CADSS", "label": "Dissociation (CADSS)", "unit": "0–92"},
        ],
        "readings": readings(),
        "limits": [{"mmhg": 180, "label": "180 urgent"}, {"mmhg": 110, "label": "110 urgent"}],
        "events": [
            {
                "at": at(18),
                "until": at(88),
                "kind": "adverse event",
                "text": "dissociation, moderate",
                "by": "Nora Nurse",
                "on_curve": "dissociation",
            },
            {
                "at": at(31),
                "until": at(52),
                "kind": "adverse event",
                "text": "nausea, mild",
                "by": "Nora Nurse",
                "on_curve": "nausea",
            },
            {
                "at": at(34),
                "kind": "rescue drug",
                "text": "ondansetron 4 mg by mouth",
                "by": "Paul Prescriber",
                "on_curve": "ondansetron 4 mg",
            },
            {
                "at": at(70),
                "kind": "note",
                "text": "music stopped on request; asks for water; calm",
                "by": "Nora Nurse",
            },
        ],
        "alarms": [
            {
                "text": "blood pressure urgent",
                "priority": "urgent",
                "raised_at": at(45),
                "owner": "Paul Prescriber",
                "acknowledged_at": at(46),
                "resolved_at": at(60),
                "asks": "prescriber to the chair, repeat in 5 min",
            },
        ],
        "scales": [
            {
                "at": at(-20),
                "scale": "PHQ-9",
                "recall": "last 14 days",
                "total": "13 / 27",
                "band": "moderate",
                "by": "patient",
            },
        ],
        "overrides": [
            {
                "at": at(-7),
                "what": "Pressure before dosing 146/92 (above 140/90)",
                "reason": "usual for her, treated hypertension, benefit outweighs",
                "by": "Paul Prescriber",
                "second_person": None,
            },
        ],
        "corrections": [
            {
                "at": at(14),
                "what": "Blood pressure at 14:15",
                "old": "184/90 mmHg",
                "new": "148/90 mmHg",
                "reason": "digits swapped when typing",
                "by": "Nora Nurse",
                "second_person": None,
            },
            {
                "at": at(92),
                "what": "Second device given at",
                "old": "14:12",
                "new": "14:11",
                "reason": "clock of the room read wrongly",
                "by": "Nora Nurse",
                "second_person": "Paul Prescriber",
                "earlier_release": True,
            },
        ],
        "discharge": [
            check("Two hours observed after the last device", "confirmed", 126),
            check("Sedation resolved", "confirmed", 123),
            check("Dissociation resolved", "confirmed", 123),
            check("Breathing normal", "confirmed", 123),
            check("Orientation", "confirmed", 124),
            check("Walks without help", "confirmed", 124),
            check("No nausea", "confirmed", 124),
            check("Suicide risk asked", "confirmed", 125),
        ],
        "discharge_facts": [
            {"label": "Escort", "value": "sister, named"},
            {"label": "Advice", "value": "no driving until the next day after a restful sleep"},
            {"label": "Next session", "value": "Fri 27 Nov 2026, 14:00"},
        ],
        "signatures": SIGNED,
    }

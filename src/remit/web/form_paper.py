"""The draft of a regulatory monitoring form: what the record knows, and what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

from remit.web import chair
from remit.web.paper import SheetOf
from remit.web.sheet import data


def form(sheet: SheetOf) -> data.FormData:
    """The draft of the monitoring form; what the record does not know prints as missing."""
    held = sheet.seen.form or {}
    person, clinic = sheet.person(), sheet.row.clinic
    submit_by = held.get("submit_by")
    task = sheet.paper.form_task
    return {
        "clinic": sheet.clinic(),
        "patient": person,
        "print": sheet.print(),
        "title": "Patient monitoring form, draft",
        "subtitle": f"session {sheet.row.n}, drafted from the record",
        "submit_by": date.fromisoformat(submit_by) if submit_by else None,
        "submitted_at": task.done_at if task else None,
        "flags": [str(flag) for flag in held.get("flags", ())],
        "version_note": "Compare with the programme's current form before it is sent.",
        "sections": [
            {"title": title, "fields": [_field(*one) for one in fields]}
            for title, fields in (
                ("Patient", _patient_fields(sheet)),
                ("Medicines taken", [(label, value, True) for label, value in sheet.paper.taken]),
                ("Monitoring provider", _provider_fields(sheet.paper.provider)),
                ("Healthcare setting", _setting_fields(clinic)),
                ("Session", _session_fields(held)),
                ("Vital signs", _vital_fields(held)),
                ("Events", _event_fields(held)),
            )
        ],
    }


Line = tuple[str, str | None, bool]


def _field(label: str, value: str | None, required: bool) -> data.Field:
    return {"label": label, "value": value or None, "required": required}


def _patient_fields(sheet: SheetOf) -> list[Line]:
    held = sheet.row.patient
    return [
        ("First name", held.given_name, True),
        ("Middle initial", held.middle_name[:1], False),
        ("Last name", held.family_name, True),
        ("Birth date", held.birth_date.isoformat(), True),
        ("Sex", held.sex, True),
    ]


def _provider_fields(provider: Any) -> list[Line]:
    first, _, last = (provider.display_name if provider else "").rpartition(" ")
    return [
        ("First name", first, True),
        ("Last name", last, True),
        ("Telephone", provider.phone if provider else None, True),
        ("E-mail", provider.email if provider else None, True),
    ]


def _setting_fields(clinic: Any) -> list[Line]:
    return [
        ("Name", clinic.name, True),
        ("Address 1", clinic.address_line_1, True),
        ("Address 2", clinic.address_line_2, False),
        ("City", clinic.city, True),
        ("State", clinic.state, True),
        ("ZIP", clinic.postal_code, True),
    ]


def _session_fields(held: dict[str, Any]) -> list[Line]:
    return [
        ("Treatment date", held.get("treatment_date"), True),
        ("First treatment", _yes(held.get("first_treatment")), False),
        ("Dose in mg", _number(held.get("dose_mg")), True),
        ("Lots", ", ".join(held.get("lots") or ()), False),
        ("Minutes from first device to end of monitoring", _number(held.get("minutes_first_device_to_end")), True),
        ("Minutes until ready without the minimum", _number(held.get("minutes_ready_without_minimum")), False),
    ]


def _vital_fields(held: dict[str, Any]) -> list[Line]:
    return [
        ("Acceptable before administration", _yes(held.get("vitals_acceptable_before_administration")), False),
        ("Acceptable before completion", _yes(held.get("vitals_acceptable_before_completion")), False),
        ("Pressure before", held.get("bp_before"), False),
        ("Pressure at 40 min", held.get("bp_40_min"), False),
        ("Pressure before completion", held.get("bp_before_completion"), False),
    ]


def _event_fields(held: dict[str, Any]) -> list[Line]:
    serious = [
        f"{chair.words_of(one['id'])} {one.get('text') or ''}".strip() for one in held.get("serious_adverse_events", ())
    ]
    return [
        ("Sedation", _yes(held.get("sedation")), True),
        ("Dissociation", _yes(held.get("dissociation")), True),
        ("Respiratory depression", _yes(held.get("respiratory_depression")), True),
        ("Serious adverse events", "; ".join(serious) or "none recorded", True),
        ("Left before the end of monitoring", _yes(held.get("left")), False),
    ]


def _yes(value: bool | None) -> str | None:
    return None if value is None else "yes" if value else "no"


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:g}"

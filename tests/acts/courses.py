"""Courses of the tests: a person cleared for treatment, a course prescribed on Monday, times in the clinic's zone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from remit.acts import patients
from remit.acts.booking import book_series
from remit.acts.landing import Wanted
from remit.acts.prescribing import Chosen, prescribe_course
from remit.acts.screening import save_screening
from remit.records.models import Account, Clinic, Course, Patient, Session
from tests.fixtures.candidates import IV
from tests.fixtures.cast import Cast, patient_of
from tests.fixtures.clock import Traveller
from tests.fixtures.histories import acting, answer_everything

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)
THRICE = {1: "23", 2: "25", 3: "27", 4: "30", 5: "02", 6: "04"}
"""The days of six infusions, three a week, from the first Monday on."""


def at(day: str | int, time: str = "09:00") -> datetime:
    """A time of the clinic: a day of November 2026, or of December when it begins with 0."""
    month = "12" if str(day).startswith("0") else "11"
    return datetime.fromisoformat(f"2026-{month}-{day}T{time}").replace(tzinfo=ZONE)


def cleared(cast: Cast, travel: Traveller, protocol_id: str = IV, *, kg: float | None = 82) -> None:
    """On Monday at seven, everything is known of the patient and nothing stands against the protocol."""
    travel.to(at(23, "07:00"))
    answer_everything(cast)
    if kg is not None:
        patients.weigh(acting(cast, cast.nurse), cast.patient.pk, kg, "kg", MONDAY)
    save_screening(acting(cast, cast.nurse), cast.patient.pk, protocol_id, "outpatient")


def prescribed(cast: Cast, protocol_id: str = IV, option: str = "thrice_weekly_2wk", **more: Any) -> Course:
    """The course that the psychiatrist prescribes from Monday on."""
    chosen = Chosen(protocol_id, option, "outpatient", MONDAY)
    return prescribe_course(acting(cast, cast.psychiatrist), cast.patient.pk, chosen, **more)


def places(time: str = "09:00", days: Mapping[int, str] = THRICE) -> dict[int, Wanted]:
    """The series at one time of day."""
    return {n: Wanted(at(day, time)) for n, day in days.items()}


def booked(cast: Cast, travel: Traveller, time: str = "09:00") -> dict[int, Session]:
    """Six infusions, prescribed and booked; the sessions by their number."""
    cleared(cast, travel)
    course = prescribed(cast)
    rows = book_series(acting(cast, cast.coordinator), course.pk, places(time))
    return {row.n: row for row in rows}


def somebody(clinic: Clinic, by: Account, number: int) -> Patient:
    """Another patient of the clinic."""
    return patient_of(clinic, by, f"H-9{number:03}", f"Other{number}", "Person")


def taken_by_others(cast: Cast, starts: datetime, minutes: int, chair: int, nurse: Account | None = None) -> Session:
    """A session of somebody else that takes a chair, and a nurse where one is named."""
    patient = somebody(cast.clinic, cast.coordinator, Patient.objects.count())
    course = Course.objects.create(
        clinic=cast.clinic, patient=patient, protocol_id=IV, protocol_version="1", protocol_snapshot={},
        started_on=MONDAY, prescribed_by=cast.psychiatrist, prescribed_at=starts,
    )  # fmt: skip
    return Session.objects.create(
        clinic=cast.clinic, course=course, patient=patient, n=1, planned_at=starts, planned_minutes=minutes,
        chair=cast.chairs[chair], nurse=nurse,
    )  # fmt: skip


def key() -> UUID:
    """An id as a page makes one."""
    return uuid4()

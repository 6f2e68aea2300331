"""A course of the record as the value that the pathway plans with. Reads for other acts; no act itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from remit.acts.clock import now
from remit.acts.session_record import protocol_of
from remit.pathway.chart import State
from remit.pathway.course import CoursePlan, PlannedSession, booked, choose_option, plan
from remit.pathway.protocol import Phase, Protocol
from remit.pathway.referral import Patient as Person
from remit.pathway.sourced import Source
from remit.records.models import Course, Patient, Session

WALK_IN = "walk-in"
UNDER_WAY = ("planned", "active")
"""A course that goes on."""
HELD = (State.DISCHARGED.value, State.LEFT.value)
"""A session that took place."""


def current_course(patient: Patient) -> Course | None:
    """The course that goes on, where there is one."""
    return patient.courses.filter(status__in=UNDER_WAY).order_by("-prescribed_at").first()


def indication_of(course: Course) -> str | None:
    """What the course treats."""
    return course.episode.indication if course.episode else None


def rows_of(course: Course) -> list[Session]:
    """The sessions that were held or are to come, by their time; a cancelled one is left out."""
    held = course.sessions.exclude(state_cache=State.CANCELLED.value)
    return list(held.select_related("chair", "nurse").order_by("planned_at", "n"))


def prescribed(course: Course) -> CoursePlan:
    """The series as it was prescribed, on its planned days; maintenance is added later."""
    age = Person(birth_date=course.patient.birth_date).age_on(course.started_on)
    return plan(protocol_of(course), course.started_on, course.option or None, 0, age, indication=indication_of(course))


def as_booked(course: Course, rows: Iterable[Session]) -> CoursePlan:
    """The course as these sessions are booked, with the window of each; walk-ins lie outside the plan."""
    protocol, zone = protocol_of(course), course.clinic.zone
    option = choose_option(protocol, course.option or None, indication_of(course))
    planned = [_planned(row, protocol, zone) for row in rows if row.kind != WALK_IN]
    ordered = CoursePlan(protocol, course.started_on, option, tuple(planned), protocol.reviews)
    return booked(ordered, planned)


def _planned(row: Session, protocol: Protocol, zone: ZoneInfo) -> PlannedSession:
    day = row.planned_at.astimezone(zone).date()
    phase = Phase(row.phase)
    return PlannedSession(row.n, phase, day, row.earliest or day, row.latest or day, window_source(protocol, phase))


def window_source(protocol: Protocol, phase: Phase) -> Source:
    """Where the window of a session of this phase comes from; unverified where none is known."""
    if phase is Phase.INDUCTION:
        return protocol.window.max_gap_days.source if protocol.window else Source()
    moves = (stage.move_days for stage in protocol.stages if stage.phase is phase)
    return next((move.source for move in moves if move is not None), Source())


def held_days(course: Course, rows: Iterable[Session]) -> list[date]:
    """The days on which sessions of the plan took place, in order."""
    zone = course.clinic.zone
    return [row.planned_at.astimezone(zone).date() for row in rows if row.state_cache in HELD and row.kind != WALK_IN]


def here_now(course: Course) -> datetime:
    """The present moment in the clinic's zone."""
    return now().astimezone(course.clinic.zone)

"""A series that is not booked yet: laid on the calendar, moved about, and judged. Nothing is kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.acts.core import act_on
from remit.acts.course_record import prescribed
from remit.acts.facts import episode_of
from remit.acts.history import clinic_day
from remit.acts.landing import Calendar, as_placed, judge_in, lay_out, stay_for
from remit.acts.places import book_of, stay_of
from remit.acts.prescribing import Chosen, reasons_against
from remit.acts.rights import may_book
from remit.knowledge.protocols import protocol as known_protocol
from remit.pathway.booking import Stay
from remit.pathway.course import CoursePlan, plan
from remit.pathway.protocol import Option, Protocol
from remit.pathway.series import Landing
from remit.pathway.sourced import Finding
from remit.quantities import BadInput
from remit.records.models import Clinic, Course, Patient

Places = Mapping[int, datetime]
"""Where each session of a draft was put, by its number; empty before anything was moved."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A series on the calendar, and what stands against prescribing it."""

    patient: Patient
    protocol: Protocol
    options: tuple[Option, ...]
    plan: CoursePlan
    calendar: Calendar | None
    against: tuple[str, ...]
    findings: tuple[Finding, ...]


@act_on(Patient, "draft_course", right=may_book, reads=True, audited=False)
def draft_course(actor: Actor, patient: Patient, chosen: Chosen, at: time, places: Places) -> Draft:
    """The series that a course on this protocol would have, and what stands against prescribing it."""
    protocol, course, stay = _chosen(patient, chosen)
    against = reasons_against(patient, chosen)
    calendar = _laid(patient, course, stay, at, places) if course.allowed else None
    options = protocol.options_for(_indication(patient))
    return Draft(patient, protocol, options, course, calendar, against, course.findings)


@act_on(Patient, "look_in_draft", right=may_book, reads=True, audited=False)
def look_in_draft(actor: Actor, patient: Patient, chosen: Chosen, places: Places, n: int, at: datetime) -> Landing:
    """What stands for and against one session of such a series at another time."""
    _, course, stay = _chosen(patient, chosen)
    return judge_in(as_placed(patient.clinic, course, stay, places), patient.clinic, n, at, now())


def next_open_day(actor: Actor) -> date:
    """The first day from tomorrow on which the clinic is open: where a new series is first looked for."""
    clinic, week = Clinic.objects.get(pk=actor.here), timedelta(weeks=1)
    tomorrow = first = now().astimezone(clinic.zone).date() + timedelta(days=1)
    book = book_of(clinic, first, first + week)
    while not book.hours and first <= max(book.closed, default=tomorrow):
        first += week
        book = book_of(clinic, first, first + week)
    return min(book.hours, default=tomorrow)


def _chosen(patient: Patient, chosen: Chosen) -> tuple[Protocol, CoursePlan, Stay]:
    protocol, indication = known_protocol(chosen.protocol_id), _indication(patient)
    if chosen.starts_on < clinic_day(patient):
        raise BadInput(f"start: {clinic_day(patient)} or later is needed, not {chosen.starts_on}")
    course = plan(protocol, chosen.starts_on, chosen.option or None, 0, indication=indication)
    return protocol, course, stay_of(patient.clinic_id, protocol, indication)


def _indication(patient: Patient) -> str | None:
    episode = episode_of(patient)
    return episode.indication if episode else None


def _laid(patient: Patient, course: CoursePlan, stay: Stay, at: time, places: Places) -> Calendar:
    if places:
        return as_placed(patient.clinic, course, stay, places)
    return lay_out(patient.clinic, course, stay, at, now())


@act_on(Course, "draft_series", right=may_book, reads=True, audited=False)
def draft_series(actor: Actor, course: Course, at: time, places: Places) -> Calendar:
    """The series of a prescribed course that is not booked yet, on the calendar."""
    return _laid(course.patient, prescribed(course), stay_for(course), at, places)


@act_on(Course, "look_in_series", right=may_book, reads=True, audited=False)
def look_in_series(actor: Actor, course: Course, places: Places, n: int, at: datetime) -> Landing:
    """What stands for and against one session of a series that is not booked yet at another time."""
    calendar = as_placed(course.clinic, prescribed(course), stay_for(course), places)
    return judge_in(calendar, course.clinic, n, at, now())

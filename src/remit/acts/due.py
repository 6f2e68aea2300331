"""Who is due for a scale that a patient answers alone, and how the clinic's courses stand on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Max, Min, QuerySet

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.assessments import for_patients
from remit.acts.clock import now
from remit.acts.core import act, note
from remit.acts.curve import defined_for, planned_scales
from remit.acts.duty import links_off
from remit.acts.links import open_links
from remit.acts.rights import may_correct_score, may_send_link
from remit.acts.session_record import protocol_of
from remit.knowledge import scales
from remit.pathway.outcome import Judgement, Rate, Scored, judge, rate
from remit.pathway.scales import Scale
from remit.quantities import BadInput
from remit.records.models import Assessment, Course, Patient, ScaleLink, SessionEntry

DOSED = ("device", "dose_start")
"""The kinds of entry that say a dose was given."""
RATED = ("response", "remission")
SHOWN = 100
"""How many lines the list shows; a size of the page."""


@dataclass(frozen=True, slots=True)
class Due:
    """One person and one scale: when last answered, since when due, and the link that is open."""

    patient: Patient
    course: Course
    scale: Scale
    asked: str
    last: datetime | None
    due_at: datetime
    link: ScaleLink | None


@dataclass(frozen=True, slots=True)
class DueList:
    """Who is due, those waiting longest first, out of how many courses under way; and why no link may be sent."""

    due: list[Due]
    total: int
    courses: int
    every_days: int
    links_off: list[str]


@dataclass(frozen=True, slots=True)
class Achieved:
    """How many courses under way met an outcome on a scale, with the definition that was used."""

    scale: Scale
    outcome: str
    rate: Rate
    definition: Judgement | None


@act("list_due", right=may_send_link, reads=True)
def list_due(actor: Actor) -> DueList:
    """Everybody in a course who has not answered a scale of the protocol for as long as the clinic says."""
    days = int(settings.value(actor.here, "scale_asked_every"))
    courses = list(_active(actor).select_related("patient"))
    asked = [(course, scale, words) for course in courses for scale, words in _alone(course)]
    last, links = _last(actor), _links(actor)
    found = []
    for course, scale, words in asked:
        key = (course.patient_id, scale.id)
        due_at = last[key] + timedelta(days=days) if key in last else course.prescribed_at
        if due_at <= now():
            found.append(Due(course.patient, course, scale, words, last.get(key), due_at, links.get(key)))
    found.sort(key=lambda one: one.due_at)
    return DueList(found[:SHOWN], len(found), len(courses), days, links_off(actor.here))


@act("rate_courses", right=may_correct_score, reads=True)
def rate_courses(actor: Actor, scale_id: str) -> list[Achieved]:
    """Response and remission of the courses under way that had a dose: of those scored, and of how many eligible."""
    scale = scales.scale(scale_id)
    note(scale=scale.id)
    doses = _first_doses(actor)
    courses = [course for course in _active(actor) if course.pk in doses]
    held = _scores(actor, scale)
    judged = [
        judge(scale, defined_for(scale, protocol_of(course)), held[course.patient_id], doses[course.pk])
        for course in courses
    ]
    return [_achieved(scale, outcome, [one.judged(outcome) for one in judged]) for outcome in RATED]


def rated_scales() -> list[Scale]:
    """The scales on which an outcome is judged."""
    return [scale for scale in scales.scales().values() if scale.judged and scale.total is not None]


def _achieved(scale: Scale, outcome: str, judged: Sequence[Judgement]) -> Achieved:
    known = [one for one in judged if one.met is not None]
    counted = rate(sum(bool(one.met) for one in known), len(known), len(judged))
    words = {one.definition for one in judged}
    # Two protocols may define it differently: then no single definition can stand beside the number.
    return Achieved(scale, outcome, counted, judged[0] if len(words) == 1 else None)


def _alone(course: Course) -> list[tuple[Scale, str]]:
    """The scales of the course's protocol that a patient answers alone, and when they are asked."""
    found = []
    for name, words in planned_scales(protocol_of(course)).items():
        try:
            scale = scales.scale(name)
        except BadInput:
            # A clinic's own protocol may outlive a scale that is carried no more.
            continue
        if for_patients(scale):
            found.append((scale, words))
    return found


def _active(actor: Actor) -> QuerySet[Course]:
    return Course.objects.filter(clinic_id=actor.here, status="active")


def _answered(actor: Actor) -> Any:
    """What holds of the answers of everybody in a course."""
    people = _active(actor).values("patient_id")
    return Assessment.objects.current().filter(clinic_id=actor.here, patient_id__in=people)


def _last(actor: Actor) -> dict[tuple[UUID, str], datetime]:
    held = _answered(actor).values_list("patient_id", "scale_id").order_by().annotate(Max("taken_at"))
    return {(patient, scale): at for patient, scale, at in held}


def _links(actor: Actor) -> dict[tuple[UUID, str], ScaleLink]:
    held = open_links().filter(clinic_id=actor.here).order_by("created_at")
    return {(link.patient_id, link.scale_id): link for link in held}


def _first_doses(actor: Actor) -> dict[UUID, datetime]:
    """When each course under way had its first dose; a course without one is not eligible."""
    held = SessionEntry.objects.filter(
        clinic_id=actor.here, kind__in=DOSED, session__course__status="active"
    ).values_list("session__course_id")
    return dict(held.annotate(first=Min("at")).values_list("session__course_id", "first"))


def _scores(actor: Actor, scale: Scale) -> dict[UUID, list[Scored]]:
    found: dict[UUID, list[Scored]] = defaultdict(list)
    for row in _answered(actor).filter(scale_id=scale.id).only("patient_id", "taken_at", "total", "answers"):
        value = int(row.total) if row.total is not None else None
        found[row.patient_id].append(Scored(row.taken_at, value, tuple(row.answers)))
    return found

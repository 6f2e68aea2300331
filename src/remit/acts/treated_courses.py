"""Every course of a clinic that had a dose, as the value that results are judged on. Reads for other acts; no act.

A handful of queries of few columns, whatever the number of patients; only sessions whose dose entry was corrected are
read whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Exists, Min, OuterRef, QuerySet
from django.db.models.functions import Coalesce

from remit.acts.curve import defined_for
from remit.acts.due import DOSED
from remit.acts.session_record import RELATED, load, protocol_of
from remit.evidence.own_results import TreatedCourse
from remit.pathway.chart import State
from remit.pathway.outcome import Definitions, Scored
from remit.pathway.protocol import Protocol
from remit.pathway.scales import Scale
from remit.records.models import Assessment, Clinic, Course, Order, Session, SessionEntry

_NOT_DOSED = (State.SCHEDULED.value, State.ARRIVED.value, State.CLEARED.value)
"""In these states no dose can have been given."""


@dataclass(frozen=True, slots=True)
class _Facts:
    """What is known of a course beside its scores."""

    id: UUID
    patient: UUID
    protocol: tuple[str, str]
    indication: str


def treated_courses(clinic: Clinic, scale: Scale) -> list[TreatedCourse]:
    """Every course with a dose; scores up to the person's next course that had one."""
    doses = _first_doses(clinic.pk)
    facts = _facts(clinic.pk, doses)
    protocols = _protocols(facts)
    defined = {key: defined_for(scale, protocol) for key, protocol in protocols.items()}
    given, scores = _given(clinic.pk), _scores(clinic.pk, scale)
    found = []
    for mine in _by_person(facts, doses).values():
        until: datetime | None = None
        for one in reversed(mine):
            first = doses[one.id]
            held = [score for of, score in scores.get(one.patient, ()) if of in (None, one.id)]
            kept = tuple(score for score in held if until is None or score.at < until)
            way = given.get(one.id) or _planned(protocols[one.protocol])
            found.append(_course(one, way, scale, defined[one.protocol], first.astimezone(clinic.zone), kept))
            until = first
    return found


def scored_scales(clinic_id: UUID) -> dict[str, int]:
    """How many completed assessments there are on each scale."""
    held = Assessment.objects.current().filter(clinic_id=clinic_id).order_by().filter(complete=True)
    return dict(held.values_list("scale_id").annotate(Count("id")))


def _course(
    one: _Facts, way: tuple[str, str], scale: Scale, defined: Definitions, first: datetime, scores: tuple[Scored, ...]
) -> TreatedCourse:
    return TreatedCourse(str(one.id), str(one.patient), *way, one.indication, scale, defined, first, scores)


def _by_person(facts: Iterable[_Facts], doses: Mapping[UUID, datetime]) -> dict[UUID, list[_Facts]]:
    """Each person's courses by their first dose."""
    found: dict[UUID, list[_Facts]] = defaultdict(list)
    for one in sorted(facts, key=lambda one: doses[one.id]):
        found[one.patient].append(one)
    return found


def _facts(clinic_id: UUID, doses: Mapping[UUID, datetime]) -> list[_Facts]:
    columns = ("id", "patient_id", "protocol_id", "protocol_version", "episode__indication")
    rows = Course.objects.filter(clinic_id=clinic_id).values_list(*columns)
    return [_Facts(id, who, (name, version), about or "") for id, who, name, version, about in rows if id in doses]


def _protocols(facts: Iterable[_Facts]) -> dict[tuple[str, str], Protocol]:
    """Each version of a protocol once, from a course that was prescribed on it."""
    examples = {one.protocol: one.id for one in facts}
    rows = {row.pk: row for row in Course.objects.filter(pk__in=examples.values())}
    return {key: protocol_of(rows[id]) for key, id in examples.items()}


def _planned(protocol: Protocol) -> tuple[str, str]:
    return protocol.molecule.value, protocol.route.value


def _given(clinic_id: UUID) -> dict[UUID, tuple[str, str]]:
    """Molecule and route of each course's first order that holds."""
    rows = Order.objects.current().filter(clinic_id=clinic_id).order_by("-from_session", "-at", "-id")
    return {course: (molecule, route) for course, molecule, route in rows.values_list("course_id", "molecule", "route")}


def _scores(clinic_id: UUID, scale: Scale) -> dict[UUID, list[tuple[UUID | None, Scored]]]:
    """By patient: the course that a score was recorded on, if any, and the score. Only rows that hold."""
    found: dict[UUID, list[tuple[UUID | None, Scored]]] = defaultdict(list)
    rows = Assessment.objects.current().filter(clinic_id=clinic_id).order_by().filter(scale_id=scale.id)
    columns = ["patient_id", "course_id", "taken_at", "total", *(["answers"] if _by_item(scale) else [])]
    for patient, course, at, total, *answers in rows.values_list(*columns):
        found[patient].append((course, _scored(scale, at, total, answers[0] if answers else ())))
    return found


def _by_item(scale: Scale) -> bool:
    """True where the answers themselves decide; they are many, and are not read otherwise."""
    criteria = [defined.value for defined in (scale.response, scale.remission, scale.worsening) if defined]
    return scale.level_item is not None or any(criterion.item is not None for criterion in criteria)


def _scored(scale: Scale, at: datetime, total: float | None, answers: Any) -> Scored:
    value = None if total is None else int(total)
    if scale.level_item is not None and len(answers) >= scale.level_item:
        value = answers[scale.level_item - 1]
    return Scored(at, value, tuple(answers))


# First doses


def _first_doses(clinic_id: UUID) -> dict[UUID, datetime]:
    """When each course had its first dose, by the entry as it stands after corrections."""
    begun = Session.objects.filter(clinic_id=clinic_id).exclude(state_cache__in=_NOT_DOSED)
    earlier = begun.filter(course_id=OuterRef("course_id"), planned_at__lt=OuterRef("planned_at"))
    found = _dosed_in(begun.filter(~Exists(earlier)))
    # Where the first session ended without a dose, a later one may have it.
    courses = set(begun.order_by().values_list("course_id", flat=True).distinct()) - set(found)
    if courses:
        found |= _dosed_in(begun.filter(course_id__in=courses))
    as_corrected = found | _corrected(clinic_id, found)
    return {course: first for course, first in as_corrected.items() if first is not None}


def _dosed_in(sessions: QuerySet[Session]) -> dict[UUID, datetime]:
    rows = SessionEntry.objects.filter(session__in=sessions.values("pk"), kind__in=DOSED).order_by()
    first = rows.values_list("session__course_id").annotate(first=Min(Coalesce("taken_at", "at")))
    return dict(first)


def _corrected(clinic_id: UUID, found: Mapping[UUID, datetime]) -> dict[UUID, datetime | None]:
    """The first dose, if one is left, of each course in which an entry of a dose was corrected."""
    corrections = SessionEntry.objects.filter(clinic_id=clinic_id, kind="correct").order_by()
    roots = set(corrections.values_list("session_id", "result__replaces__root"))
    if not roots:
        return {}
    doses = SessionEntry.objects.filter(session__in=corrections.values("session_id"), kind__in=DOSED).values_list(
        "session_id", "seq", "session__course_id"
    )
    courses = {course for session, seq, course in doses if (session, seq) in roots and course in found}
    return {course: _read(course) for course in courses}


def _read(course_id: UUID) -> datetime | None:
    rows = Session.objects.filter(course_id=course_id).select_related(*RELATED)
    charts = (load(row).session.chart for row in rows if row.last_seq >= 0)
    return min((chart.first_dose.at for chart in charts if chart.first_dose is not None), default=None)

"""A person's scores over a course: every assessment with its corrections, the doses, and what the course achieved."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from remit.acts.actors import Actor
from remit.acts.assessments import alerts_of, course_of, for_patients, wording_of
from remit.acts.core import act_on, note
from remit.acts.rights import may_rate, may_see_scores
from remit.acts.session_record import load, protocol_of
from remit.knowledge import scales
from remit.pathway.entries import ScaleRated
from remit.pathway.outcome import CourseOutcome, Definitions, Scored, definitions, judge, line
from remit.pathway.protocol import Outcome, Protocol
from remit.pathway.scales import Criterion, Measure, Scale
from remit.pathway.scoring import alert_items_missing, score_total
from remit.pathway.sourced import Sourced
from remit.pathway.wording import Wording
from remit.records.models import Assessment, Course, Patient, Session

SESSION = "session"
"""How a score was taken that stands in a session's own entries."""


@dataclass(frozen=True, slots=True)
class Point:
    """One score: a row of its own, or a total that was entered in a session (then without a row)."""

    at: datetime
    total: float | None
    complete: bool
    band: str
    mode: str
    by: str
    row: Assessment | None = None
    session: int | None = None
    alerts: tuple[Mapping[str, Any], ...] = ()
    answered: int | None = None
    unknown: tuple[int, ...] = ()
    """Items that raise alerts and were not answered: a total does not say that they are at rest."""
    replaced: tuple[Assessment, ...] = ()
    """What stood here before it was corrected, the newest first."""


@dataclass(frozen=True, slots=True)
class Dosed:
    """A dose that was given, and in which session."""

    at: datetime
    session: int
    mg: float


@dataclass(frozen=True, slots=True)
class Asked:
    """A scale that this person answered, or that is asked of them, and how often it is recorded."""

    scale: Scale
    recorded: int
    planned: str = ""


@dataclass(frozen=True, slots=True)
class Curve:
    """Everything that the course chart and its table show of one scale."""

    patient: Patient
    scale: Scale
    wording: Wording | None
    course: Course | None
    protocol: Protocol | None
    points: list[Point]
    """In the order in which they were answered."""
    withdrawn: list[Assessment]
    doses: list[Dosed]
    outcome: CourseOutcome
    response_at: float | None
    remission_max: float | None
    scales: list[Asked]


@dataclass(frozen=True, slots=True)
class ScoredCourse:
    """The scores on one scale and the doses of one course, each in the order of time."""

    points: list[Point]
    withdrawn: list[Assessment]
    doses: list[Dosed]

    @property
    def first_dose_at(self) -> datetime | None:
        """When the course's first dose was given."""
        return self.doses[0].at if self.doses else None


@act_on(Patient, "show_scores", right=may_see_scores, reads=True)
def show_scores(actor: Actor, patient: Patient, scale_id: str = "") -> Curve:
    """The person's scores on one scale, with doses, baseline, definitions and where the course stands."""
    note(scale=scale_id)
    course = course_of(patient) or patient.courses.order_by("-started_on").first()
    protocol = protocol_of(course) if course else None
    asked = _asked(patient, protocol)
    scale = scales.scale(scale_id or (asked[0].scale.id if asked else protocol.primary_scale if protocol else "PHQ9"))
    held = scored_course(patient, course, scale)
    defined = defined_for(scale, protocol)
    outcome = judge(scale, defined, [scored_of(scale, point) for point in held.points], held.first_dose_at)
    base = outcome.baseline.value if outcome.baseline else None
    return Curve(
        patient=patient,
        scale=scale,
        wording=wording_of(scale.id),
        course=course,
        protocol=protocol,
        points=held.points,
        withdrawn=held.withdrawn,
        doses=held.doses,
        outcome=outcome,
        response_at=line(scale, defined.response.value, base) if defined.response else None,
        remission_max=_band_of(defined.remission),
        scales=asked,
    )


def scored_course(patient: Patient, course: Course | None, scale: Scale) -> ScoredCourse:
    """What a course's record says of one scale, and its doses. For other acts; no act itself."""
    doses, in_sessions = _of_sessions(course, scale)
    rows = list(_rows(patient, scale, course))
    points = sorted([*_points(rows, scale), *in_sessions], key=lambda point: point.at)
    return ScoredCourse(points, [row for row in rows if row.withdrawn], doses)


@dataclass(frozen=True, slots=True)
class ToFill:
    """A scale to be filled in for a person, empty or as one of its rows stands."""

    patient: Patient
    scale: Scale
    wording: Wording | None
    row: Assessment | None = None


@act_on(Patient, "show_scale", right=may_rate, reads=True, audited=False)
def show_scale(actor: Actor, patient: Patient, scale_id: str) -> ToFill:
    """A scale to be filled in for this person."""
    return ToFill(patient, scales.scale(scale_id), wording_of(scale_id))


@act_on(Assessment, "show_assessment", right=may_see_scores, reads=True)
def show_assessment(actor: Actor, row: Assessment) -> ToFill:
    """One row as it was filled in."""
    return ToFill(row.patient, scales.scale(row.scale_id), wording_of(row.scale_id), row)


def defined_for(scale: Scale, protocol: Protocol | None) -> Definitions:
    """The outcome definitions in force: the protocol's own response where it names this scale, else the scale's."""
    own = protocol.response if protocol and protocol.response and protocol.response.scale == scale.id else None
    return definitions(scale, scales.outcome_rules(), response=_fall(own) if own else None)


def _fall(own: Outcome) -> Sourced[Criterion]:
    return Sourced(
        Criterion(Measure.PERCENT_FALL, own.fall_percent.value), own.fall_percent.source, own.fall_percent.path
    )


def _band_of(remission: Sourced[Criterion] | None) -> float | None:
    whole = remission is not None and remission.value.measure is Measure.AT_MOST and remission.value.item is None
    return remission.value.cut_off if remission is not None and whole else None


def _rows(patient: Patient, scale: Scale, course: Course | None) -> Iterable[Assessment]:
    """Every row of the scale but those of another course."""
    held = patient.assessments.filter(scale_id=scale.id).select_related("by", "session").order_by("at")
    return (row for row in held if course is None or row.course_id in (None, course.pk))


def _points(rows: Sequence[Assessment], scale: Scale) -> list[Point]:
    by_id: dict[UUID | None, Assessment] = {row.pk: row for row in rows}
    replaced = {row.supersedes_id for row in rows}
    return [_point(row, scale, by_id) for row in rows if row.pk not in replaced and not row.withdrawn]


def _point(row: Assessment, scale: Scale, by_id: Mapping[UUID | None, Assessment]) -> Point:
    older: list[Assessment] = []
    while (before := by_id.get((older[-1] if older else row).supersedes_id)) is not None:
        older.append(before)
    answers = [answer for answer in row.answers if answer is not None]
    return Point(
        at=row.taken_at,
        total=row.total,
        complete=row.complete,
        band=row.band,
        mode=row.mode,
        by=str(row.by) if row.by else "the patient",
        row=row,
        session=row.session.n if row.session else None,
        alerts=tuple(row.alerts),
        answered=len(answers),
        unknown=alert_items_missing(scale, row.answers),
        replaced=tuple(older),
    )


def _of_sessions(course: Course | None, scale: Scale) -> tuple[list[Dosed], list[Point]]:
    """What the sessions of the course say: the first dose of each, and the totals of the scale entered there."""
    doses: list[Dosed] = []
    points: list[Point] = []
    for row in Session.objects.filter(course=course).select_related("course", "patient") if course else ():
        if row.last_seq < 0:
            continue
        session = load(row).session
        chart = session.chart
        if chart.first_dose is not None:
            doses.append(Dosed(chart.first_dose.at, row.n, chart.dosed_mg))
        if not Assessment.objects.filter(session=row, scale_id=scale.id).exists():
            rated = [one for one in session.standing.values() if isinstance(one, ScaleRated) and one.id == scale.id]
            points += [_in_session(row, scale, one) for one in rated]
    return sorted(doses, key=lambda dose: dose.at), points


def _in_session(row: Session, scale: Scale, entry: ScaleRated) -> Point:
    held = score_total(scale, entry.total, entry.answers)
    return Point(
        entry.occurred, entry.total, complete=True, band="", mode=SESSION, by="", session=row.n,
        alerts=tuple(alerts_of(held)), unknown=held.alert_items_missing,
    )  # fmt: skip


def scored_of(scale: Scale, point: Point) -> Scored:
    """A point as outcomes are judged by it."""
    answers = tuple(point.row.answers) if point.row else ()
    value = int(point.total) if point.total is not None else None
    held = Scored(point.at, value, answers)
    if scale.level_item is not None and len(answers) >= scale.level_item:
        return replace(held, value=answers[scale.level_item - 1])
    return held


def _asked(patient: Patient, protocol: Protocol | None) -> list[Asked]:
    """The scales recorded of this person, and those of the protocol, the most recorded first."""
    counted: dict[str, int] = {}
    for name in patient.assessments.current().values_list("scale_id", flat=True):
        counted[name] = counted.get(name, 0) + 1
    planned = planned_scales(protocol)
    ids = sorted({*counted, *planned}, key=lambda name: (-counted.get(name, 0), name not in planned, name))
    return [Asked(scales.scale(name), counted.get(name, 0), planned.get(name, "")) for name in ids]


def planned_scales(protocol: Protocol | None) -> dict[str, str]:
    """When the protocol asks which scale; weekly goes before each session."""
    if protocol is None:
        return {}
    each = protocol.session_scales.value if protocol.session_scales else ()
    weekly = protocol.weekly_scales.value if protocol.weekly_scales else ()
    return dict.fromkeys(each, "before each session") | dict.fromkeys(weekly, "weekly")


def recordable() -> list[Scale]:
    """Every scale that may be recorded: with its wording where that may be shown, else as a total or by item."""
    return sorted(scales.scales().values(), key=lambda scale: (not for_patients(scale), scale.name))

"""The course as it goes on: what a prescriber decides at its reviews, further sessions, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time
from uuid import UUID, uuid5

from remit.acts import settings
from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.booking import book_further, cancel_session, check_under_way
from remit.acts.core import act_on, note
from remit.acts.course_record import HELD, WALK_IN, as_booked, here_now, prescribed, rows_of
from remit.acts.landing import Calendar, lay_out, stay_for
from remit.acts.once import make_once
from remit.acts.places import lock_book
from remit.acts.rights import may_prescribe
from remit.acts.session_record import protocol_of
from remit.pathway.chart import State
from remit.pathway.course import CoursePlan, reviews_due
from remit.pathway.maintenance import continued
from remit.pathway.protocol import Review
from remit.pathway.sourced import Finding
from remit.quantities import BadInput
from remit.records.models import Course, CourseDecision, Session

DECISIONS = ("continue", "dose_step", "stop")
"""What a review may decide."""


def due_reviews(course: Course, rows: list[Session]) -> tuple[Review, ...]:
    """The reviews whose session was held and on which nothing is decided yet."""
    decided = frozenset(one.after_session or 0 for one in course.decisions.filter(decision__in=DECISIONS))
    held = sum(row.state_cache in HELD and row.kind != WALK_IN for row in rows)
    return reviews_due(prescribed(course), held, decided)


@act_on(Course, "decide_review", right=may_prescribe)
def decide_review(
    actor: Actor, course: Course, after_session: int, decision: str, reason: str, *, key: UUID
) -> CourseDecision:
    """Decide at a review that is due: go on, change the dose, or stop; with the reason. Stopping ends the course."""
    before = CourseDecision.objects.filter(clinic_id=actor.here, pk=key, course=course).first()
    if before is not None:
        return before
    check_under_way(course, "decide_review")
    if decision not in DECISIONS:
        raise BadInput(f"decision: {', '.join(DECISIONS)} is needed, not {decision!r}")
    if not reason.strip():
        raise BadInput("reason: say what the decision rests on, such as response and how it is borne")
    due = [review.after_session for review in due_reviews(course, rows_of(course))]
    if after_session not in due:
        said = f"due now: after session {', '.join(map(str, due))}" if due else "none is due"
        raise Conflict("decide_review", [f"the review after session {after_session} is not open; {said}"])
    made = make_once(
        CourseDecision, actor, key,
        course=course, after_session=after_session, decision=decision, reason=reason.strip(),
    )  # fmt: skip
    note(made, after_session=after_session, decision=decision)
    if decision == "stop":
        stop_course(actor, course.pk, reason, key=key)
    return made


@act_on(Course, "stop_course", right=may_prescribe)
def stop_course(actor: Actor, course: Course, reason: str, *, key: UUID, completed: bool = False) -> Course:
    """End a course with the reason: stopped, which cancels what was to come, or completed, with nothing to come."""
    status = "completed" if completed else "stopped"
    if course.status == status:
        return course
    check_under_way(course, "stop_course")
    if not reason.strip():
        raise BadInput("reason: say why the course ends")
    rows = rows_of(course)
    going_on = [row for row in rows if row.state_cache not in (*HELD, State.SCHEDULED)]
    coming = [row for row in rows if row.state_cache == State.SCHEDULED]
    if going_on:
        raise Refused("stop_course", [f"session {row.n} is under way: end it first" for row in going_on])
    if completed and coming:
        raise Refused("stop_course", [f"session {row.n} is still to come: hold or cancel it first" for row in coming])
    for row in coming:
        cancel_session(actor, row.pk, f"course stopped: {reason.strip()}", uuid5(key, str(row.pk)))
    course.status, course.ended_on, course.end_reason = status, here_now(course).date(), reason.strip()
    course.save(update_fields=["status", "ended_on", "end_reason"])
    note(status=status, reason=reason.strip(), cancelled=[row.n for row in coming])
    return course


# Further sessions


@dataclass(frozen=True, slots=True)
class Further:
    """Maintenance after what is booked: at which interval, for how many weeks, at which time of day."""

    interval_days: int
    weeks: int
    at: time


@dataclass(frozen=True, slots=True)
class Extension:
    """The sessions that would follow, with their places, and what is said of them."""

    calendar: Calendar
    findings: tuple[Finding, ...]


@act_on(Course, "extend_course", right=may_prescribe)
def extend_course(actor: Actor, course: Course, further: Further, reason: str, *, key: UUID) -> list[Session]:
    """Prescribe further weeks of maintenance at a sourced interval, and book them where chair and nurse are free."""
    most = int(settings.value(actor.here, "course_extended_by"))
    if further.weeks > most:
        raise BadInput(f"weeks: 1 to {most} is possible at once, not {further.weeks}")
    lock_book(course.clinic_id)
    check_under_way(course, "extend_course")
    before = CourseDecision.objects.filter(clinic_id=actor.here, pk=key, course=course).first()
    if before is not None:
        return [row for row in rows_of(course) if row.n > (before.after_session or 0)]
    extension = _extension(course, further)
    if extension.findings and not reason.strip():
        raise BadInput(f"reason: say why ({'; '.join(found.text for found in extension.findings)})")
    held = extension.calendar.proposed
    refused = [f"session {one.session.n}: {words}" for one in held if not one.place for words in one.reasons]
    if refused:
        raise Refused("extend_course", refused)
    last = max(row.n for row in rows_of(course))
    made = make_once(
        CourseDecision, actor, key, course=course, after_session=last, decision="extend",
        reason=f"every {further.interval_days} days after session {last}. {reason.strip()}".strip(),
    )  # fmt: skip
    note(made, interval_days=further.interval_days, weeks=further.weeks, findings=[f.id for f in extension.findings])
    return book_further(actor, course, [(one.session, one.place) for one in held if one.place])


def _extension(course: Course, further: Further) -> Extension:
    rows = rows_of(course)
    planned = as_booked(course, rows)
    if not planned.sessions:
        raise Refused("extend_course", ["no session is booked: book the series first"])
    after = continued(protocol_of(course), planned.option, planned.sessions, further.interval_days, further.weeks)
    if not after.sessions:
        raise Refused("extend_course", [found.text for found in after.findings])
    plan = CoursePlan(planned.protocol, planned.start, planned.option, after.sessions, ())
    calendar = lay_out(course.clinic, plan, stay_for(course), further.at, here_now(course))
    return Extension(calendar, after.findings)

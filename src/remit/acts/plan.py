"""A course as its page shows it: the series with its states, orders, reviews that are due, and what is still to do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from uuid import UUID

from remit.acts import settings
from remit.acts.actors import Actor
from remit.acts.core import act_on, note
from remit.acts.course_record import (
    HELD,
    WALK_IN,
    as_booked,
    current_course,
    held_days,
    here_now,
    prescribed,
)
from remit.acts.curve import Curve, planned_scales, show_scores
from remit.acts.landing import stay_for
from remit.acts.places import OVER, book_of
from remit.acts.reviewing import due_reviews
from remit.acts.rights import may_see_plan, may_see_scores
from remit.acts.session_record import protocol_of
from remit.knowledge import scales
from remit.pathway.booking import Book, Stay
from remit.pathway.chart import State
from remit.pathway.course import CoursePlan, MissedAdvice, PlannedSession, missed_session
from remit.pathway.maintenance import IntervalAdvice, intervals, suggest_interval
from remit.pathway.protocol import Phase, Protocol, Review
from remit.records.models import Course, CourseDecision, Order, Patient, Session, StandingOrder

DONE, UNDER_WAY, TODAY, COMING, NOT_HELD, CANCELLED, NOT_BOOKED = (
    "done", "under way", "today", "coming", "not held", "cancelled", "not booked",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One session of the course: as planned, as booked, and where it stands."""

    n: int
    phase: str
    state: str
    row: Session | None
    window: PlannedSession | None
    """Null for a walk-in, which lies outside the plan."""
    order: Order | None
    """The order in force for it."""

    @property
    def walk_in(self) -> bool:
        """True for a session outside the plan."""
        return self.row is not None and self.row.kind == WALK_IN

    @property
    def movable(self) -> bool:
        """True for a session that is still to come."""
        return self.row is not None and self.row.state_cache == State.SCHEDULED.value


@dataclass(frozen=True, slots=True)
class Ordered:
    """An order of the course's history, and which coming sessions it holds for."""

    order: Order
    holds: tuple[int, ...]
    withdrawn: Order | None
    """The row that took it back, with the reason."""


@dataclass(frozen=True, slots=True)
class CourseView:
    """Everything that the page of one course shows."""

    course: Course
    patient: Patient
    protocol: Protocol
    plan: CoursePlan
    stay: Stay
    lines: tuple[Line, ...]
    missed: MissedAdvice
    orders: tuple[Ordered, ...]
    standing: tuple[StandingOrder, ...]
    standing_ids: frozenset[UUID]
    """Every standing order of the course, also those taken back."""
    reviews: tuple[Review, ...]
    decisions: tuple[CourseDecision, ...]
    scores: Curve | None
    """Null for whoever does not see scores."""
    intervals: tuple[int, ...]
    interval: IntervalAdvice
    book: Book
    today: date
    now: datetime
    step: int
    to_do: tuple[str, ...]

    @property
    def coming(self) -> tuple[Line, ...]:
        """The sessions that can still be moved."""
        return tuple(line for line in self.lines if line.movable)

    @property
    def unbooked(self) -> bool:
        """True for a series of which nothing is booked yet."""
        return not any(line.row for line in self.lines if line.row and line.state != CANCELLED)


@act_on(Patient, "open_plan", right=may_see_plan, reads=True)
def open_plan(actor: Actor, patient: Patient) -> CourseView | None:
    """The person's plan: the course that goes on, or null where there is none."""
    course = current_course(patient)
    if course is not None:
        note(course=str(course.pk))
    return _view(actor, course) if course else None


@act_on(Course, "open_course", right=may_see_plan, reads=True)
def open_course(actor: Actor, course: Course) -> CourseView:
    """One course, also one that has ended."""
    return _view(actor, course)


@act_on(Course, "poll_course", right=may_see_plan, reads=True, audited=False)
def poll_course(actor: Actor, course: Course) -> CourseView:
    """Look again at a course that is open."""
    return _view(actor, course)


def _view(actor: Actor, course: Course) -> CourseView:
    every = list(course.sessions.select_related("chair", "nurse").order_by("planned_at", "n"))
    rows = [row for row in every if row.state_cache != State.CANCELLED.value]
    moment, booked = here_now(course), as_booked(course, rows)
    orders = list(course.orders.select_related("by", "second_by").order_by("-at", "-id"))
    lines = _lines(course, every, booked, orders, moment)
    sees_scores = may_see_scores.test(actor, course.patient)
    scores = show_scores(actor, course.patient_id, _judged_on(course)) if sees_scores else None
    held = StandingOrder.objects.current().filter(course=course).select_related("by")
    standing = tuple(held.order_by("purpose", "at"))
    reviews = due_reviews(course, rows) if course.status == "active" else ()
    protocol, book = protocol_of(course), _book(course, booked, moment)
    return CourseView(
        course=course,
        patient=course.patient,
        protocol=protocol,
        plan=booked,
        stay=stay_for(course),
        lines=lines,
        missed=missed_session(_held_first(course, booked, rows), held_days(course, rows), moment.date()),
        orders=_history(orders, lines),
        standing=standing,
        standing_ids=frozenset(course.standing_orders.values_list("pk", flat=True)),
        reviews=reviews,
        decisions=tuple(course.decisions.select_related("by").order_by("-at")),
        scores=scores,
        intervals=intervals(protocol) if booked.option is None or booked.option.stages_follow else (),
        interval=suggest_interval(protocol, _current_interval(booked), _holds(scores)),
        book=book,
        today=moment.date(),
        now=moment,
        step=int(settings.value(course.clinic_id, "session_times")),
        to_do=tuple(_to_do(course, lines, standing, reviews, book)),
    )


def _judged_on(course: Course) -> str:
    """The scale on which the course is judged: the one most recorded of those the protocol asks, else its primary."""
    protocol = protocol_of(course)
    asked = [id for id in (protocol.primary_scale, *planned_scales(protocol)) if scales.scale(id).judged]
    held = Counter(course.patient.assessments.current().filter(scale_id__in=asked).values_list("scale_id", flat=True))
    return max(asked, key=lambda id: held[id], default=protocol.primary_scale)


def _held_first(course: Course, booked: CoursePlan, rows: Sequence[Session]) -> CoursePlan:
    """The plan with the sessions that were held before all others: a missed one comes after them."""
    held = {row.n for row in rows if row.state_cache in HELD}
    return replace(booked, sessions=tuple(sorted(booked.sessions, key=lambda one: one.n not in held)))


# The series


def _lines(
    course: Course, rows: Sequence[Session], booked: CoursePlan, orders: Sequence[Order], moment: datetime
) -> tuple[Line, ...]:
    windows = {one.n: one for one in booked.sessions}
    lines = [
        Line(row.n, row.phase, _state(row, moment), row, windows.get(row.n), order_for(orders, row.n)) for row in rows
    ]
    live = {row.n for row in rows if row.state_cache != State.CANCELLED.value}
    if course.status in ("planned", "active"):
        missing = [one for one in prescribed(course).sessions if one.n not in live]
        lines += [Line(one.n, one.phase.value, NOT_BOOKED, None, one, order_for(orders, one.n)) for one in missing]
    return tuple(sorted(lines, key=lambda line: (_when(line, course), line.n)))


def _when(line: Line, course: Course) -> date:
    if line.row is not None:
        return line.row.planned_at.astimezone(course.clinic.zone).date()
    return line.window.date if line.window else course.started_on


def _state(row: Session, moment: datetime) -> str:
    if row.state_cache == State.CANCELLED.value:
        return CANCELLED
    if row.state_cache in OVER:
        return DONE
    if row.state_cache != State.SCHEDULED.value:
        return UNDER_WAY
    starts = row.planned_at.astimezone(moment.tzinfo)
    if starts.date() == moment.date():
        return TODAY
    return COMING if starts > moment else NOT_HELD


# Orders


def order_for(orders: Sequence[Order], n: int) -> Order | None:
    """The order in force for a session that is to come; `orders` has the newest first."""
    gone = {order.supersedes_id for order in orders if order.withdrawn}
    return next((order for order in orders if not order.withdrawn and order.pk not in gone and _covers(order, n)), None)


def _covers(order: Order, n: int) -> bool:
    return order.from_session <= n and (order.to_session is None or n <= order.to_session)


def _history(orders: Sequence[Order], lines: Sequence[Line]) -> tuple[Ordered, ...]:
    taken_back: dict[UUID | None, Order] = {order.supersedes_id: order for order in orders if order.withdrawn}
    ahead = [line for line in lines if line.state in (TODAY, COMING, NOT_HELD, NOT_BOOKED)]
    return tuple(
        Ordered(order, tuple(line.n for line in ahead if line.order == order), taken_back.get(order.pk))
        for order in orders
        if not order.withdrawn
    )


# What comes next


def _current_interval(booked: CoursePlan) -> int | None:
    kept = [one.date for one in booked.sessions if one.phase is Phase.MAINTENANCE]
    return (kept[-1] - kept[-2]).days if len(kept) > 1 else None


def _holds(scores: Curve | None) -> bool | None:
    """Whether the response still holds; null where it cannot be said."""
    return scores.outcome.judged("response").met if scores else None


def _book(course: Course, booked: CoursePlan, moment: datetime) -> Book:
    """The clinic's book over the weeks of the course that are still ahead."""
    days = [one.date for one in booked.sessions] or [course.started_on]
    week = timedelta(weeks=1)
    return book_of(course.clinic, min(moment.date(), max(days)) - week, max([moment.date(), *days]) + week)


def _to_do(
    course: Course, lines: Sequence[Line], standing: Sequence[StandingOrder], reviews: Sequence[Review], book: Book
) -> list[str]:
    if course.status not in ("planned", "active"):
        return []
    found = [
        f"Session {line.n} is booked, and {book.why_closed(day)}: move it, or open that day."
        for line in lines
        if line.state in (TODAY, COMING) and (day := _when(line, course)) in book.closed
    ]
    without = [line.n for line in lines if line.order is None and line.state in (TODAY, COMING, NOT_BOOKED)]
    if without:
        found.append(f"No dose is ordered for session {_listed(without)}.")
    purposes = {order.purpose for order in standing}
    found += [f"No standing order for {purpose}." for purpose in ("nausea", "pressure") if purpose not in purposes]
    unbooked = [line.n for line in lines if line.state == NOT_BOOKED]
    if unbooked:
        found.append(f"Session {_listed(unbooked)} is not booked.")
    found += [f"The review after session {review.after_session} is due." for review in reviews]
    return found


def _listed(numbers: Sequence[int]) -> str:
    """Numbers in words, those in a row together: 1, 3 to 6."""
    runs: list[list[int]] = []
    for n in sorted(numbers):
        if runs and n == runs[-1][-1] + 1:
            runs[-1].append(n)
        else:
            runs.append([n])
    return ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)

"""How a session's new time is judged: the course as it is booked, held against the clinic's book. Reads; no act."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from uuid import UUID

from remit.acts import settings
from remit.acts.course_record import WALK_IN, as_booked, indication_of, rows_of
from remit.acts.facts import adopted
from remit.acts.places import book_of, check_ahead, stay_of
from remit.acts.session_record import protocol_of
from remit.pathway.booking import Book, Place, Stay, Wish, find
from remit.pathway.course import CoursePlan, booked
from remit.pathway.series import Landed, Landing, Proposed, land, propose
from remit.quantities import BadInput, Minutes
from remit.records.models import Clinic, Course, Session

_WEEK = timedelta(weeks=1)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Where a session shall be. Without a chair or a nurse, any that is free."""

    at: datetime
    chair_id: UUID | str | None = None
    nurse_id: UUID | str | None = None


def judge_move(session: Session, wanted: Wanted, moment: datetime) -> Landing:
    """What stands for and against one booked session at another time; its chair and its nurse are kept where free."""
    clinic = session.clinic
    at = wanted.at.astimezone(clinic.zone)
    try:
        check_ahead(clinic, [at.date()])
    except BadInput as error:
        return Landing(None, (str(error),))
    book = book_of(clinic, at.date(), at.date(), leaving_out=[session.pk])
    rows = rows_of(session.course)
    held = Landed(
        course=as_booked(session.course, rows),
        others=tuple(row.planned_at.astimezone(clinic.zone) for row in rows if row.pk != session.pk),
        wish=wish_of(clinic.pk, at.time(), Minutes(session.planned_minutes), moment.astimezone(clinic.zone)),
        adopted=adopted(clinic.pk),
    )
    n = None if session.kind == WALK_IN else session.n
    tries = [(wanted.chair_id, wanted.nurse_id)]
    if wanted.chair_id is None and wanted.nurse_id is None:
        tries = [(session.chair_id, session.nurse_id), (session.chair_id, None), (None, session.nurse_id), (None, None)]
    landings = [land(book, held, n, at, key_of(chair), key_of(nurse)) for chair, nurse in tries]
    return next((one for one in landings if one.place is not None), landings[-1])


def key_of(given: UUID | str | None) -> str | None:
    """The id of a chair or a nurse as the book has it."""
    return str(given) if given else None


def wish_of(clinic_id: UUID, at: time, length: Minutes, not_before: datetime) -> Wish:
    """What a place is looked for with, as finely as the clinic says."""
    step = Minutes(settings.value(clinic_id, "session_times"))
    return Wish(at, length, step, whole_minute(not_before))


def whole_minute(at: datetime) -> datetime:
    """A time without its seconds: sessions are booked by the minute."""
    return at.replace(second=0, microsecond=0)


@dataclass(frozen=True, slots=True)
class Calendar:
    """A series that is not booked yet, against the clinic's book: where each session would be."""

    course: CoursePlan
    stay: Stay
    book: Book
    proposed: tuple[Proposed, ...]
    step: int
    """How finely times of day are tried, in minutes."""

    @property
    def complete(self) -> bool:
        """True where each session has its place."""
        return all(one.place is not None for one in self.proposed)

    def place_of(self, n: int) -> Place | None:
        """The place of the session of this number. Raises `BadInput` for a number that the series does not have."""
        self.course.session(n)
        return next((one.place for one in self.proposed if one.session.n == n), None)


def lay_out(clinic: Clinic, course: CoursePlan, stay: Stay, at: time, moment: datetime) -> Calendar:
    """The series with a place looked for each session, as near to its planned day and this time as there is one."""
    book = _book_around(clinic, course)
    proposed = propose(book, course, wish_of(clinic.pk, at, stay.total, moment.astimezone(clinic.zone)))
    return _with_places(clinic, book, course, stay, proposed)


def as_placed(clinic: Clinic, course: CoursePlan, stay: Stay, places: Mapping[int, datetime]) -> Calendar:
    """The series with its sessions where a person put them. Raises `BadInput` for numbers that it does not have."""
    if set(places) != {one.n for one in course.sessions}:
        raise BadInput(f"sessions: a time for each of {len(course.sessions)} is needed, not for {len(places)}")
    local = {n: at.astimezone(clinic.zone) for n, at in places.items()}
    book = _book_around(clinic, course, [at.date() for at in local.values()])
    proposed, taken = [], book
    for one in course.sessions:
        found = find(taken, local[one.n], stay.total)
        held = Proposed(one, found) if isinstance(found, Place) else Proposed(one, None, found.reasons, local[one.n])
        taken = taken.and_taken(found) if isinstance(found, Place) else taken
        proposed.append(held)
    return _with_places(clinic, book, course, stay, proposed)


def _with_places(clinic: Clinic, book: Book, course: CoursePlan, stay: Stay, proposed: Iterable[Proposed]) -> Calendar:
    held = tuple(proposed)
    days = {one.session.n: one.starts.date() for one in held if one.starts}
    placed = booked(course, [replace(one, date=days.get(one.n, one.date)) for one in course.sessions])
    for one in held:
        book = book.and_taken(one.place) if one.place else book
    windows = {one.n: one for one in placed.sessions}
    step = int(settings.value(clinic.pk, "session_times"))
    return Calendar(placed, stay, book, tuple(replace(one, session=windows[one.session.n]) for one in held), step)


def judge_in(calendar: Calendar, clinic: Clinic, n: int, at: datetime, moment: datetime) -> Landing:
    """What stands for and against one session of a series that is not booked yet at another time."""
    own = calendar.place_of(n)
    others = tuple(one.place.starts for one in calendar.proposed if one.place and one.session.n != n)
    at = at.astimezone(clinic.zone)
    wish = wish_of(clinic.pk, at.time(), calendar.stay.total, moment.astimezone(clinic.zone))
    held = Landed(calendar.course, others, wish, adopted(clinic.pk))
    book = calendar.book.without(own) if own else calendar.book
    return land(book, held, n, at)


def _book_around(clinic: Clinic, course: CoursePlan, days: Iterable[date] = ()) -> Book:
    listed = [day for one in course.sessions for day in (one.earliest, one.latest)] + list(days)
    check_ahead(clinic, listed)
    return book_of(clinic, min(listed) - _WEEK, max(listed) + _WEEK)


def stay_for(course: Course) -> Stay:
    """How long a session of this course takes a chair."""
    return stay_of(course.clinic_id, protocol_of(course), indication_of(course))

"""Booking sessions: a whole series, one moved, one cancelled, a walk-in. No chair and no nurse is given twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.clock import now
from remit.acts.core import act, act_on, note
from remit.acts.course_record import UNDER_WAY, WALK_IN, as_booked, here_now, prescribed, rows_of
from remit.acts.landing import Wanted, judge_move, key_of, stay_for, whole_minute, wish_of
from remit.acts.places import book_of, check_ahead, lock_book
from remit.acts.rights import may_book, may_prescribe, may_see_plan
from remit.acts.session import Entered, add_entry
from remit.acts.session_record import protocol_of
from remit.pathway.booking import NoPlace, Place, chair_reasons, day_words, find, nurse_reasons
from remit.pathway.chart import State
from remit.pathway.course import PlannedSession
from remit.pathway.series import Landed, Landing, gap_findings, land, passed, series_findings
from remit.quantities import BadInput, Minutes
from remit.records.models import Clinic, Course, Session

_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Free:
    """A chair or a nurse at a time: free for the whole stay, or why not."""

    id: str
    name: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FreePlaces:
    """Every chair and every nurse for a stay, and the place that would be taken; null where there is none."""

    starts: datetime
    minutes: int
    chairs: tuple[Free, ...]
    nurses: tuple[Free, ...]
    place: Place | None
    reasons: tuple[str, ...]


@act("free_places", right=may_see_plan, reads=True, audited=False)
def free_places(actor: Actor, at: datetime, minutes: int) -> FreePlaces:
    """Which chairs and nurses are free for a whole stay of so many minutes."""
    clinic = Clinic.objects.get(pk=actor.here)
    starts, length = at.astimezone(clinic.zone), Minutes(minutes)
    book = book_of(clinic, starts.date(), starts.date())
    found = find(book, starts, length)
    nurses = sorted({shift.nurse for shift in book.shifts if shift.starts.date() == starts.date()}, key=book.say)
    return FreePlaces(
        starts=starts,
        minutes=minutes,
        chairs=tuple(Free(chair, book.say(chair), chair_reasons(book, chair, starts, length)) for chair in book.chairs),
        nurses=tuple(Free(nurse, book.say(nurse), nurse_reasons(book, nurse, starts, length)) for nurse in nurses),
        place=found if isinstance(found, Place) else None,
        reasons=found.reasons if isinstance(found, NoPlace) else (),
    )


# A series


@act_on(Course, "book_series", right=may_book)
def book_series(actor: Actor, course: Course, wanted: Mapping[int, Wanted]) -> list[Session]:
    """Book sessions of a prescribed series, all of them or none. Sent again with the same times it changes nothing.

    Raises `Refused` with every reason against every session, and `Conflict` for one that is booked elsewhere already.
    """
    clinic = lock_book(course.clinic_id)
    check_under_way(course, "book_series")
    rows = rows_of(course)
    if _repeats(rows, wanted):
        return [row for row in rows if row.n in wanted]
    planned = _planned(course, rows, wanted)
    places = _places(clinic, course, rows, wanted)
    reasons = [*_against_days(course, rows, places), *_against_places(course, rows, places)]
    if reasons:
        raise Refused("book_series", reasons)
    found = [(planned[n], place) for n, (_, place) in places.items() if isinstance(place, Place)]
    return _book(actor, course, found)


def _repeats(rows: Sequence[Session], wanted: Mapping[int, Wanted]) -> bool:
    """True where the same was booked before."""
    held = {row.n: row.planned_at for row in rows}
    return bool(wanted) and all(held.get(n) == whole_minute(one.at) for n, one in wanted.items())


def _planned(course: Course, rows: Sequence[Session], wanted: Mapping[int, Wanted]) -> dict[int, PlannedSession]:
    """The planned sessions of these numbers, none of which is booked yet."""
    taken = sorted({row.n for row in rows} & set(wanted))
    if taken:
        raise Conflict("book_series", [f"session {n} is booked already: move it instead" for n in taken])
    if not wanted:
        raise BadInput("sessions: at least one is needed, not none")
    plan = prescribed(course)
    return {n: plan.session(n) for n in wanted}


Found = dict[int, tuple[datetime, Place | NoPlace]]
"""By the session's number: the time asked for in the clinic's zone, and its place or why there is none."""


def _places(clinic: Clinic, course: Course, rows: Sequence[Session], wanted: Mapping[int, Wanted]) -> Found:
    local = {n: whole_minute(one.at).astimezone(clinic.zone) for n, one in wanted.items()}
    check_ahead(clinic, [at.date() for at in local.values()])
    book = book_of(clinic, min(local.values()).date(), max(local.values()).date())
    length, found = stay_for(course).total, Found()
    for n, at in sorted(local.items(), key=lambda item: item[1]):
        place = find(book, at, length, key_of(wanted[n].chair_id), key_of(wanted[n].nurse_id))
        book = book.and_taken(place) if isinstance(place, Place) else book
        found[n] = at, place
    return found


def _against_days(course: Course, rows: Sequence[Session], places: Found) -> list[str]:
    """Reasons against the days of the series, held against the sessions that are booked already."""
    zone = course.clinic.zone
    days = {row.n: row.planned_at.astimezone(zone).date() for row in rows if row.kind != WALK_IN}
    days |= {n: at.date() for n, (at, _) in places.items()}
    plan = prescribed(course)
    some = replace(plan, sessions=tuple(one for one in plan.sessions if one.n in days))
    return [found.text for found in series_findings(some, days)]


def _against_places(course: Course, rows: Sequence[Session], places: Found) -> Iterator[str]:
    zone, moment = course.clinic.zone, whole_minute(here_now(course))
    booked = [row.planned_at.astimezone(zone) for row in rows]
    for n, (at, place) in places.items():
        others = booked + [other for m, (other, _) in places.items() if m != n]
        said = [*passed(at, moment), *(found.text for found in gap_findings(protocol_of(course), at, others))]
        said += place.reasons if isinstance(place, NoPlace) else ()
        yield from (f"session {n}: {reason}" for reason in said)


def _book(actor: Actor, course: Course, found: Sequence[tuple[PlannedSession, Place]]) -> list[Session]:
    made = [_make(actor, course, planned, place) for planned, place in found]
    if course.status == "planned":
        course.status = "active"
        course.save(update_fields=["status"])
    note(course, sessions={str(row.n): row.planned_at.isoformat() for row in made})
    return made


def _make(actor: Actor, course: Course, planned: PlannedSession, place: Place) -> Session:
    return Session.objects.create(
        clinic_id=course.clinic_id, course=course, patient_id=course.patient_id, n=planned.n,
        phase=planned.phase.value, planned_at=place.starts, planned_minutes=_minutes(place),
        earliest=planned.earliest, latest=planned.latest, chair_id=place.chair, nurse_id=place.nurse,
        setting=course.setting, booked_by_id=actor.me,
    )  # fmt: skip


def _minutes(place: Place) -> int:
    return round((place.ends - place.starts) / _MINUTE)


def book_further(actor: Actor, course: Course, found: Sequence[tuple[PlannedSession, Place]]) -> list[Session]:
    """Book sessions that another act has planned and found places for; that act has checked the right and the book."""
    return _book(actor, course, found)


# One session


@act_on(Session, "look_at_move", right=may_book, reads=True, audited=False)
def look_at_move(actor: Actor, session: Session, wanted: Wanted) -> Landing:
    """What stands for and against a session at another time, before it is moved."""
    return judge_move(session, _whole(wanted), now())


@act_on(Session, "move_session", right=may_book)
def move_session(actor: Actor, session: Session, wanted: Wanted, reason: str = "") -> Session:
    """Move a session inside its window to a time at which a chair and a nurse are free for the whole stay.

    Outside its window, or too near to another session, a prescriber moves it and says why.
    """
    lock_book(session.clinic_id)
    session.refresh_from_db()
    wanted = _whole(wanted)
    if _lies_so(session, wanted):
        return session
    _check_movable(session, "move_session")
    landing = judge_move(session, wanted, now())
    place = _allowed("move_session", actor, landing, reason)
    before = {"at": session.planned_at.isoformat(), "chair": str(session.chair_id), "nurse": str(session.nurse_id)}
    session.moved_from, session.planned_at, session.why = session.planned_at, place.starts, reason.strip()
    session.chair_id, session.nurse_id = UUID(place.chair), UUID(place.nurse)
    session.save(update_fields=["moved_from", "planned_at", "why", "chair", "nurse"])
    note(before=before, to=place.starts.isoformat(), chair=place.chair, nurse=place.nurse, reason=reason.strip(),
         decided=[found.id for found in landing.asks], warned=[found.id for found in landing.warns])  # fmt: skip
    session.refresh_from_db()
    return session


def _lies_so(session: Session, wanted: Wanted) -> bool:
    """True where the session lies there already: sent twice, it is moved once."""
    same_chair = wanted.chair_id is None or str(wanted.chair_id) == str(session.chair_id)
    same_nurse = wanted.nurse_id is None or str(wanted.nurse_id) == str(session.nurse_id)
    return session.planned_at == wanted.at and same_chair and same_nurse


def _check_movable(session: Session, action: str) -> None:
    if session.state_cache != State.SCHEDULED:
        raise Refused(action, [f"session {session.n} is {session.state_cache}: only one that is to come is moved"])
    check_under_way(session.course, action)


def _allowed(action: str, actor: Actor, landing: Landing, reason: str) -> Place:
    """The place, where nothing stands against it that this person may not decide."""
    reasons = list(landing.refused)
    if landing.asks and not may_prescribe.test(actor, None):
        reasons += [f"{found.text}: a prescriber decides" for found in landing.asks]
    elif landing.asks and not reason.strip():
        reasons += [f"{found.text}: say why it is booked there all the same" for found in landing.asks]
    if reasons or landing.place is None:
        raise Refused(action, reasons)
    return landing.place


@act_on(Session, "cancel_session", right=may_book)
def cancel_session(actor: Actor, session: Session, reason: str, key: UUID) -> Entered:
    """Cancel a session that is to come, with the reason; its number may be booked again."""
    if not reason.strip():
        raise BadInput("reason: say why the session is cancelled")
    entered = add_entry(actor, session.pk, key, {"kind": "cancel", "reason": reason.strip()}, now())
    if not entered.accepted:
        raise Refused("cancel_session", entered.reasons)
    return entered


@act_on(Course, "book_walk_in", right=may_book)
def book_walk_in(
    actor: Actor,
    course: Course,
    reason: str,
    *,
    at: datetime | None = None,
    chair_id: UUID | str | None = None,
    nurse_id: UUID | str | None = None,
    key: UUID | None = None,
) -> Session:
    """Book a session outside the plan for today, from now or a later time of today on, with the reason.

    The first session of a course is no walk-in: its dose may differ, so the planned one is moved to today instead.
    """
    clinic = lock_book(course.clinic_id)
    before = Session.objects.filter(clinic=clinic, pk=key).first() if key else None
    if before is not None:
        return before
    if not reason.strip():
        raise BadInput("reason: say why the session is outside the plan")
    check_under_way(course, "book_walk_in")
    moment = now().astimezone(clinic.zone)
    starts = whole_minute(at or moment).astimezone(clinic.zone)
    place = _walk_in_place(actor, course, starts, moment, Wanted(starts, chair_id, nurse_id), reason)
    session = Session.objects.create(
        id=key or uuid4(), clinic=clinic, course=course, patient_id=course.patient_id, n=_next_number(course),
        phase=_phase_now(course), planned_at=place.starts, planned_minutes=_minutes(place),
        earliest=starts.date(), latest=starts.date(), chair_id=place.chair, nurse_id=place.nurse,
        setting=course.setting, kind=WALK_IN, booked_by_id=actor.me, why=reason.strip(),
    )  # fmt: skip
    note(course, session=str(session.pk), n=session.n, at=place.starts.isoformat(), reason=reason.strip())
    return session


def _walk_in_place(
    actor: Actor, course: Course, starts: datetime, moment: datetime, wanted: Wanted, reason: str
) -> Place:
    rows = rows_of(course)
    if not any(row.state_cache != State.SCHEDULED for row in rows):
        raise Refused("book_walk_in", ["no session of this course was held yet: move session 1 to today instead"])
    if starts.date() != moment.date():
        raise BadInput(
            f"time: today, {day_words(moment.date())}, is needed for a walk-in, not {day_words(starts.date())}"
        )
    others = tuple(row.planned_at.astimezone(course.clinic.zone) for row in rows)
    wish = wish_of(course.clinic_id, starts.time(), stay_for(course).total, moment)
    book = book_of(course.clinic, starts.date(), starts.date())
    held = Landed(as_booked(course, rows), others, wish)
    landing = land(book, held, None, starts, key_of(wanted.chair_id), key_of(wanted.nurse_id))
    return _allowed("book_walk_in", actor, landing, reason)


def _next_number(course: Course) -> int:
    """The number after every other, also after those of the plan that are not booked."""
    planned = [one.n for one in prescribed(course).sessions]
    return max([0, *planned, *course.sessions.values_list("n", flat=True)]) + 1


def _phase_now(course: Course) -> str:
    held = [row for row in rows_of(course) if row.state_cache != State.SCHEDULED]
    return held[-1].phase


def check_under_way(course: Course, action: str) -> None:
    """Refuse for a course that has ended."""
    if course.status not in UNDER_WAY:
        raise Refused(action, [f"this course is {course.status}: nothing more is booked or ordered on it"])


def _whole(wanted: Wanted) -> Wanted:
    return replace(wanted, at=whole_minute(wanted.at))

"""A series laid on the calendar: the gap between sessions, one session put to another time, a place for each.

Every time is in the clinic's zone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

from remit.pathway.booking import Book, NoPlace, Place, Wish, day_words, find, nearest
from remit.pathway.course import CoursePlan, PlannedSession, move_findings, moved
from remit.pathway.protocol import Phase, Protocol
from remit.pathway.sourced import Action, Finding
from remit.quantities import BadInput

_DAY = timedelta(days=1)


# The gap between sessions


def gap_findings(protocol: Protocol, at: datetime, others: Sequence[datetime]) -> list[Finding]:
    """Reasons against a time that lies nearer to another session of the course than the protocol allows."""
    window = protocol.window
    if window is None:
        return []
    least = window.min_gap_hours
    near = [other for other in others if abs(at - other) < timedelta(hours=least.value)]
    return [
        Finding(
            "session_gap",
            Action.PRESCRIBER_REVIEW,
            f"{abs(at - other) / timedelta(hours=1):.3g} h from the session of {day_words(other.date())} "
            f"{other:%H:%M}; at least {least.value:g} h lie between two sessions",
            least.source,
            least.path,
        )
        for other in near
    ]


# One session to another time


@dataclass(frozen=True, slots=True)
class Landing:
    """Where a session would come to lie: its place, what refuses it, and what a prescriber would have to decide."""

    place: Place | None
    refused: tuple[str, ...] = ()
    asks: tuple[Finding, ...] = ()
    warns: tuple[Finding, ...] = ()
    instead: datetime | None = None
    """The nearest time of that day at which a chair and a nurse are free."""
    chair: str = ""
    nurse: str = ""
    """What chair and nurse of the place are called."""

    @property
    def free(self) -> bool:
        """True where anybody who books may put it there."""
        return self.place is not None and not self.refused and not self.asks

    @property
    def reasons(self) -> tuple[str, ...]:
        """Every reason against it, in words."""
        return (*self.refused, *(found.text for found in self.asks))


@dataclass(frozen=True, slots=True)
class Landed:
    """What a landing is judged by: the course as it lies, the other sessions' times, and the clinic's wishes."""

    course: CoursePlan
    others: tuple[datetime, ...]
    wish: Wish
    adopted: frozenset[str] = frozenset()


def land(
    book: Book, held: Landed, n: int | None, at: datetime, chair: str | None = None, nurse: str | None = None
) -> Landing:
    """Judge one session at a time. Without `n` it lies outside the plan and has no window."""
    found = find(book, at, held.wish.length, chair, nurse)
    refused = list(passed(at, held.wish.not_before))
    asks = gap_findings(held.course.protocol, at, held.others)
    if n is not None:
        refused += _out_of_order(held.course, n, at.date())
        asks = move_findings(held.course, n, at.date(), held.adopted) + asks
    refused += found.reasons if isinstance(found, NoPlace) else ()
    place = found if isinstance(found, Place) else None
    instead = nearest(book, at.date(), replace(held.wish, at=at.time()), lambda one: one != at) if refused else None
    return Landing(
        place,
        tuple(refused),
        tuple(one for one in asks if one.action is Action.PRESCRIBER_REVIEW),
        tuple(one for one in asks if one.action is Action.WARN),
        instead.starts if instead else None,
        book.say(place.chair) if place else "",
        book.say(place.nurse) if place else "",
    )


def passed(at: datetime, not_before: datetime) -> Iterator[str]:
    """The reason against a time that has passed."""
    if at < not_before:
        yield f"{day_words(at.date())} {at:%H:%M} has passed"


def _out_of_order(course: CoursePlan, n: int, day: date) -> Iterator[str]:
    try:
        moved(course, n, day)
    except BadInput as error:
        yield str(error)


# A series


def series_findings(course: CoursePlan, days: Mapping[int, date]) -> list[Finding]:
    """Reasons against the days of a whole series: two sessions too near or too far apart, or one off its window."""
    placed = [replace(one, date=days.get(one.n, one.date)) for one in course.sessions]
    found = [one for pair in pairwise(placed) for one in _pair_findings(course, *pair)]
    for one, planned in zip(placed, course.sessions, strict=True):
        if one.phase is not Phase.INDUCTION:
            found += [held for held in move_findings(course, one.n, one.date) if held.action is not Action.WARN]
        elif course.protocol.window is None and one.date != planned.date:
            found.append(
                _finding(course, one, f"not {day_words(planned.date)}, and no source says how far it may move")
            )
        elif one.n == course.sessions[0].n and one.date < planned.date:
            found.append(_finding(course, one, f"before {day_words(planned.date)}, on which the course is to start"))
    return found


def _pair_findings(course: CoursePlan, before: PlannedSession, after: PlannedSession) -> Iterator[Finding]:
    window, gap = course.protocol.window, (after.date - before.date).days
    if gap < 1:
        yield _finding(course, after, f"on or before the day of session {before.n}")
    elif window is None or after.phase is not Phase.INDUCTION:
        return
    elif gap * _DAY < timedelta(hours=window.min_gap_hours.value):
        yield _finding(course, after, f"less than {window.min_gap_hours.value:g} h after session {before.n}")
    elif gap > window.max_gap_days.value:
        most = f"at most {window.max_gap_days.value:g} lie between two sessions"
        yield _finding(course, after, f"{gap} days after session {before.n}; {most}")


def _finding(course: CoursePlan, session: PlannedSession, words: str) -> Finding:
    text = f"session {session.n}: {day_words(session.date)} is {words}"
    return Finding("session_window", Action.PRESCRIBER_REVIEW, text, session.window, course.protocol.id)


@dataclass(frozen=True, slots=True)
class Proposed:
    """A session of a series with the place found for it, or why there is none on any day of its window."""

    session: PlannedSession
    place: Place | None
    reasons: tuple[str, ...] = ()
    wished: datetime | None = None
    """The time that is not free."""

    @property
    def starts(self) -> datetime | None:
        """When it would begin: at its place, else at the time that is not free."""
        return self.place.starts if self.place else self.wished


def propose(book: Book, course: CoursePlan, wish: Wish) -> tuple[Proposed, ...]:
    """A place for each session: its planned day and time first, then other times of it, then the days of its window."""
    found: list[Proposed] = []
    for n in [session.n for session in course.sessions]:
        one = _propose(book, course, n, wish, [held.place.starts for held in found if held.place])
        if one.place is not None:
            book = book.and_taken(one.place)
            course = moved(course, n, one.place.starts.date())
        found.append(one)
    windows = {session.n: session for session in course.sessions}
    return tuple(replace(one, session=windows[one.session.n]) for one in found)


def _propose(book: Book, course: CoursePlan, n: int, wish: Wish, others: Sequence[datetime]) -> Proposed:
    session = course.session(n)
    for day in _days(session):
        place = nearest(book, day, wish, lambda at: not gap_findings(course.protocol, at, others))
        if place is not None:
            return Proposed(session, place)
    goal = datetime.combine(session.date, wish.at, wish.not_before.tzinfo)
    tried = find(book, goal, wish.length)
    reasons = [*passed(goal, wish.not_before), *(tried.reasons if isinstance(tried, NoPlace) else ())]
    return Proposed(session, None, tuple(reasons), goal)


def _days(session: PlannedSession) -> list[date]:
    """The days of a session's window, the planned one first, then the nearest."""
    count = (session.latest - session.earliest).days + 1
    days = [session.earliest + at * _DAY for at in range(count)]
    return sorted(days, key=lambda day: (abs(day - session.date), day < session.date))

"""A course on the calendar: the planned sessions with their windows, the reviews, and what a missed session means.

Weeks are seven-day weeks from the first session. A window says how far one session may move while the others stay.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from remit.pathway.protocol import FixedDose, Option, Phase, Protocol, Review, Stage
from remit.pathway.sourced import Action, Finding, Source, Sourced, Status
from remit.quantities import BadInput

_WEEK = timedelta(weeks=1)
_DAY = timedelta(days=1)
_Date = date


@dataclass(frozen=True, slots=True)
class PlannedSession:
    """A session on its day, and the days between which it may lie while the others stay."""

    n: int
    phase: Phase
    date: date
    earliest: _Date
    latest: _Date
    window: Source = field(default_factory=Source)
    """Where the window comes from; unverified where nothing but the planned day is known."""

    def as_dict(self) -> dict[str, object]:
        """The session as the command line prints it."""
        return {
            "n": self.n,
            "phase": self.phase.value,
            "date": self.date.isoformat(),
            "earliest": self.earliest.isoformat(),
            "latest": self.latest.isoformat(),
        }


@dataclass(frozen=True, slots=True)
class CoursePlan:
    """A planned course. Without sessions it is refused, and the findings say why."""

    protocol: Protocol
    start: date
    option: Option | None
    sessions: tuple[PlannedSession, ...]
    reviews: tuple[Review, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def allowed(self) -> bool:
        """False where nothing can be planned."""
        return bool(self.sessions)

    def session(self, n: int) -> PlannedSession:
        """The session of this number, from 1. Raises `BadInput`."""
        found = next((one for one in self.sessions if one.n == n), None)
        if found is None:
            raise BadInput(f"session: 1 to {len(self.sessions)} is needed, not {n}")
        return found

    def as_dict(self) -> dict[str, object]:
        """The plan as the command line prints it."""
        option = self.option
        return {
            "protocol": self.protocol.id,
            "protocol_version": self.protocol.version,
            "start": self.start.isoformat(),
            "option": option.id if option else None,
            "maximum": option.maximum if option else None,
            "sessions": [session.as_dict() for session in self.sessions],
            "reviews": [
                {
                    "after_session": review.after_session,
                    "text": review.text.value,
                    "status": review.text.source.status.value,
                    "path": review.text.path,
                }
                for review in self.reviews
            ],
            "findings": [found.as_dict() for found in self.findings],
        }


def plan(
    protocol: Protocol,
    start: date,
    option: str | None = None,
    maintenance_weeks: int = 4,
    age: int | None = None,
    *,
    indication: str | None = None,
    interval_days: int | None = None,
) -> CoursePlan:
    """The course from its first session on. `interval_days` chooses among the sourced maintenance intervals.

    A protocol without a sourced schedule is refused with what is missing. Raises `BadInput` for an option or an
    interval that the protocol does not have.
    """
    if maintenance_weeks < 0:
        raise BadInput(f"maintenance weeks: 0 or more is needed, not {maintenance_weeks}")
    chosen = choose_option(protocol, option, indication)
    if chosen is None:
        return CoursePlan(protocol, start, None, (), (), (_no_schedule(protocol),))
    _check_interval(protocol, interval_days)
    try:
        start + timedelta(weeks=chosen.weeks + maintenance_weeks)
        days = [*_series(chosen), *_later(protocol, chosen, maintenance_weeks, interval_days)]
        sessions = _with_windows(protocol, start, days)
    except OverflowError:
        raise BadInput(f"start: a day that leaves room on the calendar is needed, not {start}") from None
    reviews = tuple(review for review in protocol.reviews if review.after_session <= len(sessions))
    findings = _plan_findings(protocol, chosen, sessions, maintenance_weeks, age)
    return CoursePlan(protocol, start, chosen, sessions, reviews, tuple(findings))


def choose_option(protocol: Protocol, option: str | None, indication: str | None = None) -> Option | None:
    """The schedule of this id, or the first one; null where the protocol has none. Raises `BadInput`."""
    known = protocol.options_for(indication)
    if option is None:
        return known[0] if known else None
    for one in known:
        if one.id == option:
            return one
    listed = f"one of {', '.join(one.id for one in known)} is needed" if known else f"{protocol.id} has none"
    raise BadInput(f"option: {listed}, not {option!r}")


def _no_schedule(protocol: Protocol) -> Finding:
    said = protocol.regulatory.source
    known = "; ".join(one.text.value for one in protocol.statements if one.topic == "induction")
    text = "no series can be planned: no source gives its number of sessions" + (f" ({known})" if known else "")
    return Finding("no_schedule", Action.BLOCK, text, Source(said.origin, Status.DERIVED, "derived"), protocol.id)


def _check_interval(protocol: Protocol, interval: int | None) -> None:
    known = sorted({days for stage in protocol.stages for days in stage.interval_days})
    if interval is not None and interval not in known:
        listed = " or ".join(str(days) for days in known) or "no interval"
        raise BadInput(f"interval: {listed} days is sourced for {protocol.id}, not {interval}")


# The days, counted from the first session


@dataclass(frozen=True, slots=True)
class _Day:
    offset: int
    stage: Stage | None

    @property
    def phase(self) -> Phase:
        return self.stage.phase if self.stage else Phase.INDUCTION


def _series(option: Option) -> list[_Day]:
    days = [_WEEK.days * week + day for week in range(option.weeks) for day in option.days]
    return [_Day(day, None) for day in days[: option.sessions]]


def _later(protocol: Protocol, option: Option, maintenance_weeks: int, interval: int | None) -> Iterator[_Day]:
    if not option.stages_follow:
        return
    week, left = option.weeks, maintenance_weeks
    for stage in protocol.stages:
        week = max(week, (stage.from_week or week + 1) - 1)
        weeks = _weeks(protocol, stage, left)
        yield from (_Day(week * _WEEK.days + day, stage) for day in _stage_days(stage, weeks, interval))
        week += weeks
        left -= weeks if stage.phase is Phase.MAINTENANCE else 0


def _weeks(protocol: Protocol, stage: Stage, left: int) -> int:
    """How many weeks of a stage are planned: maintenance shares the weeks asked for, its last stage takes the rest."""
    if stage.phase is not Phase.MAINTENANCE:
        return stage.weeks or 0
    if stage.weeks is None or stage is protocol.stages[-1]:
        return left
    return min(stage.weeks, left)


def _stage_days(stage: Stage, weeks: int, interval: int | None) -> Iterator[int]:
    if stage.days:
        yield from (_WEEK.days * week + day for week in range(weeks) for day in stage.days)
        return
    step = interval if interval in stage.interval_days else stage.interval_days[0]
    yield from range(0, weeks * _WEEK.days, step or _WEEK.days)


# Windows


def _with_windows(protocol: Protocol, start: date, days: Sequence[_Day]) -> tuple[PlannedSession, ...]:
    dates = [start + timedelta(days=day.offset) for day in days]
    fixed = [PlannedSession(n, day.phase, at, at, at) for n, (day, at) in enumerate(zip(days, dates, strict=True), 1)]
    moving = [
        _series_window(protocol, fixed, at) if day.stage is None else _stage_window(day.stage, fixed, at)
        for at, day in enumerate(days)
    ]
    return tuple(moving)


def _neighbours(sessions: Sequence[PlannedSession], at: int) -> tuple[date | None, date | None]:
    before = sessions[at - 1].date if at > 0 else None
    return before, sessions[at + 1].date if at + 1 < len(sessions) else None


def _bounded(session: PlannedSession, earliest: date, latest: date, source: Source) -> PlannedSession:
    """The session with its window; the planned day itself always lies in it."""
    return replace(session, earliest=min(earliest, session.date), latest=max(latest, session.date), window=source)


def _series_window(protocol: Protocol, sessions: Sequence[PlannedSession], at: int) -> PlannedSession:
    """Between the shortest and the longest gap to the sessions before and after; the first starts the course."""
    session, window = sessions[at], protocol.window
    if window is None:
        return session
    shortest = timedelta(days=math.ceil(window.min_gap_hours.value / 24))
    longest = timedelta(days=math.floor(window.max_gap_days.value))
    before, after = _neighbours(sessions, at)
    follows = at + 1 < len(sessions) and sessions[at + 1].phase is session.phase
    earliest = [session.date] if before is None else [before + shortest]
    latest = [] if before is None else [before + longest]
    if after is not None:
        latest.append(after - shortest)
        earliest += [after - longest] if follows and before is not None else []
    return _bounded(session, max(earliest), min(latest, default=session.date), window.max_gap_days.source)


def _stage_window(stage: Stage, sessions: Sequence[PlannedSession], at: int) -> PlannedSession:
    """So many days to either side, never past the session before or after."""
    session = sessions[at]
    if stage.move_days is None:
        return session
    move = timedelta(days=math.floor(stage.move_days.value))
    before, after = _neighbours(sessions, at)
    earliest = max(session.date - move, before + _DAY) if before else session.date - move
    latest = min(session.date + move, after - _DAY) if after else session.date + move
    return _bounded(session, earliest, latest, stage.move_days.source)


def _plan_findings(
    protocol: Protocol, option: Option, sessions: Sequence[PlannedSession], maintenance_weeks: int, age: int | None
) -> Iterator[Finding]:
    yield from _window_findings(protocol, sessions)
    sourced = [stage.weeks for stage in protocol.stages if stage.phase is Phase.MAINTENANCE]
    if option.stages_follow and not protocol.stages and maintenance_weeks:
        text = "no maintenance schedule is sourced: none is planned"
        yield Finding("maintenance", Action.RECORD, text, path=protocol.id)
    elif option.stages_follow and None not in sourced and maintenance_weeks > sum(weeks or 0 for weeks in sourced):
        said = protocol.stages[-1].source
        text = f"maintenance beyond {sum(weeks or 0 for weeks in sourced)} weeks follows no source ({said.value})"
        yield Finding("maintenance", Action.WARN, text, said.source, said.path)
    if not option.stages_follow and maintenance_weeks:
        yield Finding("maintenance", Action.RECORD, option.source.value, option.source.source, option.source.path)
    yield from _age_findings(protocol, option, age)


def _window_findings(protocol: Protocol, sessions: Sequence[PlannedSession]) -> Iterator[Finding]:
    if protocol.window is None:
        text = "no source says how far a session of the series may move: its planned day stands"
        yield Finding("session_window", Action.RECORD, text, path=protocol.id)
    if any(stage.move_days is None for stage in protocol.stages) and any(
        s.phase is not Phase.INDUCTION for s in sessions
    ):
        text = "no source says how far a later session may move: its planned day stands"
        yield Finding("session_window", Action.RECORD, text, path=protocol.id)


def _age_findings(protocol: Protocol, option: Option, age: int | None) -> Iterator[Finding]:
    rule = protocol.dose_for(option.indication)
    if not isinstance(rule, FixedDose) or rule.older_from is None or rule.first_older is not None:
        return
    limit = rule.older_from
    if age is None or age >= limit.value:
        text = f"no dose is sourced from {limit.value} years" + (
            "" if age is not None else ", and the age is not recorded"
        )
        yield Finding("age_65_plus", Action.PRESCRIBER_REVIEW, text, limit.source, limit.path)


# The course as it goes


def next_session(course: CoursePlan, held: Sequence[date]) -> PlannedSession | None:
    """The next session after those held, on its planned day or as near to it as the gap since the last one allows.

    Null once every planned session was held.
    """
    if len(held) >= len(course.sessions):
        return None
    planned = course.sessions[len(held)]
    if not held:
        return planned
    shortest, longest = _gaps(course, planned)
    earliest = held[-1] + shortest
    latest = held[-1] + longest if longest else max(planned.latest, earliest)
    day = min(max(planned.date, earliest), latest)
    return replace(planned, date=day, earliest=min(earliest, day), latest=latest)


def _gaps(course: CoursePlan, session: PlannedSession) -> tuple[timedelta, timedelta | None]:
    window = course.protocol.window
    if window is None or session.phase is not Phase.INDUCTION:
        return _DAY, None
    shortest = timedelta(days=math.ceil(window.min_gap_hours.value / 24))
    return shortest, timedelta(days=math.floor(window.max_gap_days.value))


@dataclass(frozen=True, slots=True)
class MissedAdvice:
    """What the source says of a missed session, when the next one may lie, and what a prescriber is asked."""

    text: Sourced[str] | None
    next: PlannedSession | None
    findings: tuple[Finding, ...] = ()


def missed_session(course: CoursePlan, held: Sequence[date], today: date) -> MissedAdvice:
    """Advice once the next session's last day has passed; before it there is nothing to advise.

    The next session is then today at the earliest. Advice, never an order.
    """
    upcoming = next_session(course, held)
    if upcoming is None or today <= upcoming.latest:
        return MissedAdvice(None, upcoming)
    said = next((one.text for one in course.protocol.statements if one.topic == "missed_sessions"), None)
    moved = replace(upcoming, date=today, earliest=today, latest=today)
    since = f", {(today - held[-1]).days} days after the last session" if held else ""
    text = f"session {upcoming.n} was due by {upcoming.latest}{since}: "
    text += said.value if said else "no source says what follows, a prescriber decides"
    source, path = (said.source, said.path) if said else (upcoming.window, course.protocol.id)
    return MissedAdvice(said, moved, (Finding("missed_session", Action.PRESCRIBER_REVIEW, text, source, path),))


def reviews_due(course: CoursePlan, held: int, reviewed: frozenset[int] = frozenset()) -> tuple[Review, ...]:
    """The reviews whose session was held and that are not recorded yet; `reviewed` holds their `after_session`."""
    return tuple(one for one in course.reviews if one.after_session <= held and one.after_session not in reviewed)


def move_findings(course: CoursePlan, n: int, to: date, adopted: frozenset[str] = frozenset()) -> list[Finding]:
    """Reasons against moving a session to a day; none inside a confirmed window.

    Inside a window that is not confirmed the move is warned of; outside it a prescriber is asked.
    """
    session = course.session(n)
    words = f"session {n}: {session.earliest} to {session.latest}"
    if not session.earliest <= to <= session.latest:
        text = f"{words} is its window, {to} lies outside it"
        return [Finding("session_window", Action.PRESCRIBER_REVIEW, text, session.window, course.protocol.id)]
    unsure = session.window.status is Status.UNVERIFIED and to != session.date
    if unsure and not adopted & {"session_window", f"{course.protocol.id}.induction.session_window"}:
        text = f"{words} is the project's own window and not confirmed"
        return [Finding("session_window", Action.WARN, text, session.window, course.protocol.id)]
    return []


def moved(course: CoursePlan, n: int, to: date) -> CoursePlan:
    """The course with one session on another day; the windows of the series follow it.

    Raises `BadInput` for a day that is not between the sessions before and after.
    """
    before, after = _neighbours(course.sessions, course.sessions.index(course.session(n)))
    if (before and to <= before) or (after and to >= after):
        bounds = " and ".join(f"{side} {day}" for side, day in (("after", before), ("before", after)) if day)
        raise BadInput(f"session {n}: a day {bounds} is needed, not {to}")
    placed = [replace(one, date=to) if one.n == n else one for one in course.sessions]
    return replace(course, sessions=_windows_again(course, placed))


def booked(course: CoursePlan, sessions: Sequence[PlannedSession]) -> CoursePlan:
    """The course as its sessions are booked, in the order of their days; the windows of the series follow them."""
    placed = sorted(sessions, key=lambda one: (one.date, one.n))
    return replace(course, sessions=_windows_again(course, placed))


def _windows_again(course: CoursePlan, placed: Sequence[PlannedSession]) -> tuple[PlannedSession, ...]:
    again = [
        _series_window(course.protocol, placed, at) if one.phase is Phase.INDUCTION else _clipped(placed, at)
        for at, one in enumerate(placed)
    ]
    if again and again[0].phase is Phase.INDUCTION:
        # A first session that was put off may come back to the day on which the course was to start.
        again[0] = replace(again[0], earliest=min(again[0].earliest, course.start))
    return tuple(again)


def _clipped(sessions: Sequence[PlannedSession], at: int) -> PlannedSession:
    session = sessions[at]
    before, after = _neighbours(sessions, at)
    earliest = max(session.earliest, before + _DAY) if before else session.earliest
    latest = min(session.latest, after - _DAY) if after else session.latest
    return _bounded(session, earliest, latest, session.window)

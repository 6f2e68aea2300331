"""When a protocol's sessions lie, from its file: the series, what follows it, the reviews and the windows."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import read_typed
from remit.knowledge.protocol_file import Maintenance, ProtocolFile, ScheduleFile, StageFile
from remit.knowledge.protocol_marks import Marks
from remit.pathway.protocol import Option, Phase, Review, Stage, Window
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput

_WEEK = 7


@cache
def _pattern() -> dict[str, list[int]]:
    days: dict[str, list[int]] = read_typed(FOLDER / "dosing.yaml")["week_pattern"]["days"]
    return days


def week_days(per_week: int) -> tuple[int, ...]:
    """The days of the week on which a series of so many sessions a week is planned. Raises `BadInput`."""
    if str(per_week) not in _pattern():
        raise BadInput(f"per_week: one of {', '.join(_pattern())} sessions a week is needed, not {per_week}")
    return tuple(_pattern()[str(per_week)])


def options(file: ProtocolFile, marks: Marks) -> tuple[Option, ...]:
    """The ways to schedule the series; none where the number of sessions is not sourced."""
    found = [_option(held, path, marks) for held, path in _schedules(file)]
    return tuple(option for option in found if option is not None)


def _schedules(file: ProtocolFile) -> Iterator[tuple[ScheduleFile, str]]:
    induction = file.induction
    if induction is None:
        return
    for name in ("options", "schedules"):
        for held in getattr(induction, name) or ():
            if isinstance(held, ScheduleFile):
                yield held, f"induction.{name}.{held.id}"
    if induction.id is not None and induction.per_week is not None:
        weeks = _length(induction.weeks)
        yield (
            ScheduleFile(id=induction.id, per_week=induction.per_week, sessions=induction.sessions, weeks=weeks),
            "induction",
        )


def _option(held: ScheduleFile, path: str, marks: Marks) -> Option | None:
    sessions = held.sessions or held.max_sessions
    if sessions is None:
        return None
    days = week_days(held.per_week)
    weeks = held.weeks or -(-sessions // len(days))
    words = f"{sessions} sessions, {held.per_week} a week" + (" at most" if held.max_sessions else "")
    source = marks.mark(words, path, held.note)
    return Option(held.id, held.per_week, weeks, sessions, source, maximum=held.max_sessions is not None, days=days)


def emergency_options(file: ProtocolFile, marks: Marks) -> tuple[Option, ...]:
    """The series of an indication with a schedule of its own, after which no phase follows."""
    own = file.psychiatric_emergency
    if own is None:
        return ()
    source = marks.mark(f"{own.sessions} sessions, {own.per_week} a week; then {own.then}", "psychiatric_emergency")
    return (
        Option(
            "psychiatric_emergency",
            own.per_week,
            own.weeks,
            own.sessions,
            source,
            days=week_days(own.per_week),
            indication=own.indication,
            stages_follow=False,
        ),
    )


def stages(file: ProtocolFile, marks: Marks) -> tuple[Stage, ...]:
    """What follows the series, in order."""
    held = file.maintenance
    if held is None:
        return ()
    move = _move(held, marks)
    if held.per_week is not None:
        source = marks.mark(f"{held.per_week} a week for {held.weeks} weeks", "maintenance")
        return (Stage(Phase.MAINTENANCE, None, (), held.weeks, source, week_days(held.per_week), move),)
    found = [
        _stage(Phase.OPTIMISATION, held.optimisation, "optimisation", marks, move),
        _stage(Phase.MAINTENANCE, held.weeks_5_8, "weeks_5_8", marks, move),
        _stage(Phase.MAINTENANCE, held.from_week_9, "from_week_9", marks, move),
        _stage(Phase.MAINTENANCE, held.long_term, "long_term", marks, move),
        _stage(Phase.MAINTENANCE, held.trial_schedule, "trial_schedule", marks, move),
    ]
    return tuple(stage for stage in found if stage is not None)


def _stage(phase: Phase, held: StageFile | None, name: str, marks: Marks, move: Sourced[float] | None) -> Stage | None:
    if held is None:
        return None
    intervals = held.intervals_days or (_WEEK,)
    weeks = _length(held.weeks) or held.sessions
    words = held.text or held.rule or "every " + " or ".join(f"{days} days" for days in intervals)
    source = marks.mark(words, f"maintenance.{name}", held.note)
    return Stage(phase, held.from_week or _first(held.weeks), intervals, weeks, source, move_days=move)


def _move(held: Maintenance, marks: Marks) -> Sourced[float] | None:
    said = held.session_window
    if said is None or said.move_days is None:
        return None
    return marks.mark(said.move_days, "maintenance.session_window.move_days", said.note)


def _first(weeks: str | int | None) -> int | None:
    return _span(weeks)[0] if isinstance(weeks, str) else None


def _length(weeks: str | int | None) -> int | None:
    if not isinstance(weeks, str):
        return weeks
    first, last = _span(weeks)
    return last - first + 1


def _span(weeks: str) -> tuple[int, int]:
    written = re.fullmatch(r"([1-9][0-9]*)-([1-9][0-9]*)", weeks)
    if written is None or int(written[1]) > int(written[2]):
        raise BadInput(f"weeks: a number of weeks or a span such as 5-8 is needed, not {weeks!r}")
    return int(written[1]), int(written[2])


def window(file: ProtocolFile, marks: Marks) -> Window | None:
    """How far a session of the series may move; null where nothing says so."""
    held = file.induction.session_window if file.induction else None
    if held is None or held.min_gap_hours is None or held.max_gap_days is None:
        return None
    path = "induction.session_window"
    return Window(
        marks.mark(held.min_gap_hours, f"{path}.min_gap_hours"), marks.mark(held.max_gap_days, f"{path}.max_gap_days")
    )


def reviews(file: ProtocolFile, marks: Marks) -> tuple[Review, ...]:
    """The decisions that are due after a session."""
    induction = file.induction
    if induction is None:
        return ()
    found = [
        Review(point.after_session, marks.mark(point.action, f"induction.decision_points.{at}", point.note))
        for at, point in enumerate(induction.decision_points or ())
    ]
    if induction.review and induction.sessions:
        found.append(Review(induction.sessions, marks.mark(induction.review, "induction.review")))
    return tuple(found)

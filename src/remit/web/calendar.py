"""A series on the calendar: weeks as rows, each session a chip at its time, each day's chairs and nurses as lanes."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.utils.safestring import SafeString

from remit.acts.landing import Calendar
from remit.acts.plan import CANCELLED, COMING, DONE, NOT_HELD, TODAY, UNDER_WAY, CourseView, Line
from remit.pathway.booking import Book, day_words
from remit.pathway.sourced import Source
from remit.web.charts.lanes import lanes

_DAY = timedelta(days=1)
_WEEK = 7
SIGNS = {DONE: "done", UNDER_WAY: "due", TODAY: "due", COMING: "", NOT_HELD: "overdue"}
"""The second sign beside the colour of a chip."""


@dataclass(frozen=True, slots=True)
class Chip:
    """One session on its day."""

    n: int
    key: str
    """What names it when it is moved: the session's id, or its number in a draft."""
    starts: datetime
    ends: datetime
    state: str
    chair: str = ""
    nurse: str = ""
    chair_id: str = ""
    phase: str = ""
    earliest: date | None = None
    latest: date | None = None
    window: Source | None = None
    movable: bool = False
    walk_in: bool = False
    reasons: tuple[str, ...] = ()
    session_id: str = ""

    @property
    def sign(self) -> str:
        """The icon that says the state beside the colour."""
        return "blocked" if self.reasons else SIGNS.get(self.state, "")

    @property
    def window_words(self) -> str:
        """Between which days it may lie."""
        if self.earliest is None or self.latest is None:
            return ""
        if self.earliest == self.latest:
            return f"on {day_words(self.earliest)} only"
        return f"from {day_words(self.earliest)} to {day_words(self.latest)}"


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar: its chips, and who and what is taken."""

    date: date
    open: bool
    name: str
    """What a day is called on which the clinic is closed."""
    today: bool
    past: bool
    chips: tuple[Chip, ...]
    lanes: SafeString


@dataclass(frozen=True, slots=True)
class View:
    """The calendar as it is drawn."""

    weekdays: tuple[str, ...]
    weeks: tuple[tuple[Day, ...], ...]
    lanes: tuple[str, ...]
    """What the lanes of a day are, from the top."""
    chips: tuple[Chip, ...] = field(default=())


def of_draft(calendar: Calendar, today: date) -> View:
    """A series that is not booked yet; every chip can be moved."""
    chips = []
    for one in calendar.proposed:
        if one.starts is None:
            continue
        place = one.place
        ends = place.ends if place else one.starts + timedelta(minutes=calendar.stay.total.value)
        chips.append(
            Chip(
                n=one.session.n, key=str(one.session.n), starts=one.starts, ends=ends, state="",
                chair=calendar.book.say(place.chair) if place else "",
                nurse=calendar.book.say(place.nurse) if place else "",
                chair_id=place.chair if place else "",
                phase=one.session.phase.value, earliest=one.session.earliest, latest=one.session.latest,
                window=one.session.window, movable=True, reasons=one.reasons,
            )
        )  # fmt: skip
    return _view(calendar.book, chips, today, min(chip.starts.date() for chip in chips))


def of_course(view: CourseView, may_move: bool) -> View:
    """A course as it is booked, from this week on."""
    chips = [_chip(line, view, may_move) for line in view.lines if line.row and line.state != CANCELLED]
    ahead = [chip.starts.date() for chip in chips if chip.starts.date() >= _monday(view.today)]
    return _view(view.book, chips, view.today, min([view.today, *ahead] if ahead else [view.today]))


def _chip(line: Line, view: CourseView, may_move: bool) -> Chip:
    row = line.row
    if row is None:
        raise ValueError(f"session {line.n} is not booked")
    starts = row.planned_at.astimezone(view.now.tzinfo)
    return Chip(
        n=line.n, key=str(row.pk), starts=starts, ends=starts + timedelta(minutes=row.planned_minutes),
        state=line.state, chair=row.chair.name if row.chair else "", nurse=str(row.nurse) if row.nurse else "",
        chair_id=str(row.chair_id), phase=line.phase,
        earliest=line.window.earliest if line.window else None, latest=line.window.latest if line.window else None,
        window=line.window.window if line.window else None, movable=may_move and line.movable,
        walk_in=line.walk_in, session_id=str(row.pk), reasons=_closed(line, starts.date(), view.book),
    )  # fmt: skip


def _closed(line: Line, day: date, book: Book) -> tuple[str, ...]:
    """Why a booked session cannot stay on its day; it is not moved by itself."""
    return (book.why_closed(day),) if line.state in (TODAY, COMING) and day in book.closed else ()


def _view(book: Book, chips: Sequence[Chip], today: date, first: date) -> View:
    last = max([chip.starts.date() for chip in chips] + [chip.latest for chip in chips if chip.latest] + [first])
    start = _monday(first)
    shown = [chip for chip in chips if chip.starts.date() >= start]
    columns = _columns(book, shown)
    weeks = [start + at * _WEEK * _DAY for at in range((_monday(last) - start).days // _WEEK + 1)]
    return View(
        weekdays=tuple(f"{start + at * _DAY:%a}" for at in range(columns)),
        weeks=tuple(tuple(_day(book, monday + at * _DAY, shown, today) for at in range(columns)) for monday in weeks),
        lanes=(*map(book.say, book.chairs), "nurses"),
        chips=tuple(shown),
    )


def _monday(day: date) -> date:
    return day - day.weekday() * _DAY


def _columns(book: Book, chips: Iterable[Chip]) -> int:
    """How many days of the week are drawn: those on which the clinic opens, or a session lies."""
    return 1 + max([day.weekday() for day in book.hours] + [chip.starts.weekday() for chip in chips], default=0)


def _day(book: Book, day: date, chips: Sequence[Chip], today: date) -> Day:
    own = tuple(sorted((chip for chip in chips if chip.starts.date() == day), key=lambda chip: chip.starts))
    return Day(
        date=day,
        open=day in book.hours,
        name=book.closed.get(day, ""),
        today=day == today,
        past=day < today,
        chips=own,
        lanes=lanes(book, day, _stays(own)),
    )


def _stays(own: Sequence[Chip]) -> dict[str, list[tuple[datetime, datetime]]]:
    found: dict[str, list[tuple[datetime, datetime]]] = {}
    for chip in own:
        found.setdefault(chip.chair_id, []).append((chip.starts, chip.ends))
    return found

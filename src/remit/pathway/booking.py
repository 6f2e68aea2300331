"""Where a session can be: a chair for the whole stay, a nurse beside it, the clinic's hours.

Every time is in the clinic's zone, so that a reason can be said in the clinic's own hours. What is refused is refused
with every reason: which chair or nurse is taken, and until when.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise

from remit.pathway.protocol import Protocol
from remit.pathway.sourced import Sourced
from remit.quantities import Minutes

# How long a session takes a chair


@dataclass(frozen=True, slots=True)
class Stay:
    """How long a session takes a chair: before the dose, and from the dose until the earliest release."""

    before: Sourced[Minutes]
    after: Minutes
    clocks: tuple[Sourced[Minutes], ...]
    """The minimum observation that rules; the clinic's own assumption where no source gives one."""
    assumed: bool = False
    """No source gives a minimum observation: the clinic's assumption is booked, which releases nobody."""

    @property
    def total(self) -> Minutes:
        """The whole stay."""
        return self.before.value + self.after


def stay(
    protocol: Protocol,
    before: Sourced[Minutes],
    unsourced: Sourced[Minutes],
    devices: int | None = None,
    duration: Minutes | None = None,
) -> Stay:
    """The stay of one session: preparation, then the dose and the release clocks, whichever ends last."""
    gives = _giving(protocol, devices, duration)
    last = gives if protocol.device else Minutes(0)
    release = protocol.release
    starts = ((release.from_last, last), (release.from_start, Minutes(0)), (release.from_end, gives))
    clocks = [(clock, at + clock.value) for clock, at in starts if clock is not None]
    if not clocks:
        return Stay(before, gives + unsourced.value, (unsourced,), assumed=True)
    return Stay(before, max(gives, *(ends for _, ends in clocks)), tuple(clock for clock, _ in clocks))


def _giving(protocol: Protocol, devices: int | None, duration: Minutes | None) -> Minutes:
    """How long giving takes; 0 min where no source says."""
    if protocol.device is not None:
        return Minutes(protocol.device.rest.value.value * max((devices or 1) - 1, 0))
    if duration is not None:
        return duration
    return protocol.duration.value if protocol.duration else Minutes(0)


# Who and what is taken


@dataclass(frozen=True, slots=True)
class Taken:
    """A place that is taken. `until_known` is false where a session runs on past its time."""

    starts: datetime
    ends: datetime
    chair: str | None
    nurse: str | None
    until_known: bool = True


@dataclass(frozen=True, slots=True)
class Shift:
    """Hours in which a nurse looks after so many people at once."""

    nurse: str
    starts: datetime
    ends: datetime
    chairs: int


@dataclass(frozen=True, slots=True)
class Book:
    """What is open, who works and what is taken, over some days. Chairs and nurses stand by their ids."""

    chairs: tuple[str, ...]
    hours: Mapping[date, tuple[datetime, datetime]]
    """Opening hours; a day without them is closed."""
    shifts: tuple[Shift, ...]
    taken: tuple[Taken, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """What chairs and nurses are called."""
    closed: Mapping[date, str] = field(default_factory=dict)
    """Days on which the clinic is closed whatever the day of the week, and what they are called."""

    def why_closed(self, day: date) -> str:
        """That the clinic is closed on a day, and for what, where that has a name."""
        name = self.closed.get(day)
        return f"the clinic is closed on {day_words(day)}" + (f" ({name})" if name else "")

    def say(self, id: str) -> str:
        """The name of a chair or a nurse."""
        return self.names.get(id, id)

    def and_taken(self, place: Place) -> Book:
        """The book with one more place taken."""
        return replace(self, taken=(*self.taken, _taken_by(place)))

    def without(self, place: Place) -> Book:
        """The book with a place given back."""
        return replace(self, taken=tuple(one for one in self.taken if one != _taken_by(place)))


@dataclass(frozen=True, slots=True)
class Place:
    """A chair and a nurse for a whole stay."""

    starts: datetime
    ends: datetime
    chair: str
    nurse: str


def _taken_by(place: Place) -> Taken:
    return Taken(place.starts, place.ends, place.chair, place.nurse)


@dataclass(frozen=True, slots=True)
class NoPlace:
    """Why there is no place."""

    reasons: tuple[str, ...]


def find(
    book: Book, starts: datetime, length: Minutes, chair: str | None = None, nurse: str | None = None
) -> Place | NoPlace:
    """A free chair and a free nurse for the whole stay, the ones asked for or any; else every reason why not."""
    ends = starts + timedelta(minutes=length.value)
    closed = list(_closed(book, starts, ends))
    chairs = [name for name in ([chair] if chair else book.chairs) if not _on(book, name, starts, ends)]
    nurses = [name for name in ([nurse] if nurse else _nurses(book)) if _has_time(book, name, starts, ends)]
    if closed:
        return NoPlace(tuple(closed))
    if chairs and nurses:
        return Place(starts, ends, chairs[0], min(nurses, key=lambda name: _load(book, name, starts, ends)))
    reasons = [] if chairs else list(_no_chair(book, [chair] if chair else book.chairs, starts, ends))
    reasons += [] if nurses else list(_no_nurse(book, nurse, starts, ends))
    return NoPlace(tuple(reasons))


def chair_reasons(book: Book, chair: str, starts: datetime, length: Minutes) -> tuple[str, ...]:
    """Why one chair is not free for a whole stay; empty where it is."""
    ends = starts + timedelta(minutes=length.value)
    return tuple(_no_chair(book, [chair], starts, ends)) if _on(book, chair, starts, ends) else ()


def nurse_reasons(book: Book, nurse: str, starts: datetime, length: Minutes) -> tuple[str, ...]:
    """Why one nurse is not free for a whole stay; empty where one is."""
    ends = starts + timedelta(minutes=length.value)
    return () if _has_time(book, nurse, starts, ends) else tuple(_no_nurse(book, nurse, starts, ends))


def _closed(book: Book, starts: datetime, ends: datetime) -> Iterator[str]:
    hours = book.hours.get(starts.date())
    if hours is None:
        yield book.why_closed(starts.date())
    elif starts < hours[0] or ends > hours[1]:
        stay = f"the stay from {starts:%H:%M} to {ends:%H:%M}"
        yield f"{stay} does not lie in the clinic's hours, {hours[0]:%H:%M} to {hours[1]:%H:%M}"


def _on(book: Book, chair: str, starts: datetime, ends: datetime) -> list[Taken]:
    return [one for one in book.taken if one.chair == chair and one.starts < ends and starts < one.ends]


def _no_chair(book: Book, chairs: Sequence[str], starts: datetime, ends: datetime) -> Iterator[str]:
    if not chairs:
        yield "no chair is in use: an administrator adds one"
    for chair in chairs:
        last = max(_on(book, chair, starts, ends), key=lambda one: one.ends)
        until = f"is taken until {last.ends:%H:%M}" if last.until_known else "is still taken: its session runs on"
        yield f"{book.say(chair)} {until}"


def _nurses(book: Book) -> list[str]:
    return sorted({shift.nurse for shift in book.shifts})


def _shift(book: Book, nurse: str, starts: datetime, ends: datetime) -> Shift | None:
    """The shift that holds the whole stay."""
    held = [one for one in book.shifts if one.nurse == nurse and one.starts <= starts and ends <= one.ends]
    return max(held, key=lambda one: one.chairs, default=None)


def _beside(book: Book, nurse: str, starts: datetime, ends: datetime) -> list[Taken]:
    return [one for one in book.taken if one.nurse == nurse and one.starts < ends and starts < one.ends]


def _load(book: Book, nurse: str, starts: datetime, ends: datetime) -> int:
    """With how many people a nurse is at once, at most, between two times."""
    held = _beside(book, nurse, starts, ends)
    moments = [max(starts, one.starts) for one in held]
    return max((sum(one.starts <= at < one.ends for one in held) for at in moments), default=0)


def _has_time(book: Book, nurse: str, starts: datetime, ends: datetime) -> bool:
    shift = _shift(book, nurse, starts, ends)
    return shift is not None and _load(book, nurse, starts, ends) < shift.chairs


def _no_nurse(book: Book, nurse: str | None, starts: datetime, ends: datetime) -> Iterator[str]:
    working = [shift for shift in book.shifts if shift.starts <= starts and ends <= shift.ends]
    named = [shift for shift in working if nurse is None or shift.nurse == nurse]
    if not named:
        who = f"{book.say(nurse)} does not work" if nurse else "no nurse works"
        yield f"{who} from {starts:%H:%M} to {ends:%H:%M}"
    for shift in named:
        until = max((one.ends for one in _beside(book, shift.nurse, starts, ends)), default=ends)
        at_once = "one person" if shift.chairs == 1 else f"{shift.chairs} people"
        yield f"{book.say(shift.nurse)} is with {at_once} until {until:%H:%M} and cannot take another"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a series is looked for: the time of day, how long each stay is, and how finely times are tried."""

    at: time
    length: Minutes
    step: Minutes
    not_before: datetime


def unattended(book: Book, day: date) -> list[tuple[datetime, datetime]]:
    """The spans of a day, while the clinic is open, in which no nurse can take another person."""
    if day not in book.hours:
        return []
    opens, closes = book.hours[day]
    times = [at for shift in book.shifts for at in (shift.starts, shift.ends)]
    times += [at for one in book.taken for at in (one.starts, one.ends)]
    spans = pairwise(sorted({opens, closes, *(at for at in times if opens < at < closes)}))
    full = [span for span in spans if not any(_has_time(book, nurse, *span) for nurse in _nurses(book))]
    return _joined(full)


def _joined(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    found: list[tuple[datetime, datetime]] = []
    for starts, ends in spans:
        if found and found[-1][1] == starts:
            found[-1] = (found[-1][0], ends)
        else:
            found.append((starts, ends))
    return found


def nearest(book: Book, day: date, wish: Wish, allowed: Callable[[datetime], bool]) -> Place | None:
    """The free place of a day that lies nearest to the wished time; null where the day has none."""
    hours = book.hours.get(day)
    if hours is None:
        return None
    goal = datetime.combine(day, wish.at, hours[0].tzinfo)
    times = [goal, *sorted(_times(hours, wish), key=lambda one: (abs(one - goal), one))]
    places = (find(book, one, wish.length) for one in times if one >= wish.not_before and allowed(one))
    return next((one for one in places if isinstance(one, Place)), None)


def _times(hours: tuple[datetime, datetime], wish: Wish) -> Iterator[datetime]:
    at, latest = hours[0], hours[1] - timedelta(minutes=wish.length.value)
    while at <= latest:
        yield at
        at += timedelta(minutes=wish.step.value)


def day_words(day: date) -> str:
    """A day as it is said: Tue 24 Nov."""
    return f"{day:%a} {day.day} {day:%b}"

"""The board's sessions as its rows: what stands left, in the middle and right, in words that are read from afar.

A row holds nothing but what it shows, so one that shows the same as before is not drawn again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from uuid import UUID

from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe

from remit.acts.board import AtChair, Board, Coming
from remit.pathway.alarms import Alarm
from remit.pathway.chart import DoseState, State
from remit.pathway.glance import REPEAT, Glance, Hand
from remit.pathway.monitoring import Due
from remit.pathway.safety import MOAAS
from remit.pathway.trend import Trend
from remit.web.chair import alarm_words, pressure_words, words_of
from remit.web.templatetags.remit import duration

MEASURES = (
    ("systolic", "Pressure", "mmHg"),
    ("spo2", "SpO₂", "%"),
    ("heart_rate", "Pulse", "/min"),
    (MOAAS, "Sedation", ""),
)
BLOCKS = {
    "blood_pressure": "pressure",
    "spo2": "SpO₂",
    "respiratory": "breathing",
    "suicide_risk": "suicide risk",
    "open_alarm": "open alarm",
}
"""What blocks discharge, shorter than its id says it; the time is said by itself."""
HANDS = {
    Hand.ALARM: "alarm",
    Hand.OVERDUE: "overdue",
    Hand.AGAIN: "again",
    Hand.READY: "done",
    Hand.HELD: "blocked",
    Hand.NONE: "",
}
STATES = {
    State.ARRIVED: "at the gate",
    State.CLEARED: "cleared for the dose",
    State.HELD: "on hold",
    State.READY: "may leave",
}
ENDINGS = {"discharged": "discharged", "left": "left against advice", "cancelled": "cancelled"}


@dataclass(frozen=True, slots=True)
class Who:
    """A person and the place of the session."""

    session: UUID
    name: str
    initials: str
    born: int
    n: int
    chair: str
    nurse: str
    walk_in: bool
    moved_from: datetime | None


@dataclass(frozen=True, slots=True)
class Value:
    """One measurement: its words, how old it is, where it goes; without words it was never measured."""

    name: str
    unit: str
    words: str = ""
    age: str = ""
    trend: Trend | None = None
    outside: bool = False


@dataclass(frozen=True, slots=True)
class AlarmLine:
    """One open alarm: what, who acts, and whether somebody took it on."""

    alarm: Alarm
    words: str
    owner: str
    since: str
    told: str


@dataclass(frozen=True, slots=True)
class Next:
    """What is due next: its sign, its words, and when."""

    sign: str
    words: str
    when: str


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody at a chair."""

    who: Who
    hand: str
    drug: str
    ordered: bool
    from_day: date | None
    state: str
    since: str
    """How long since the dose; empty before it."""
    minutes: int
    whole: int
    """From the dose to the release, in minutes; 0 where there is no clock."""
    not_before: datetime | None
    """The earliest release, until it has come."""
    next: Next | None
    values: tuple[Value, ...]
    blocks: str
    alarms: tuple[AlarmLine, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody still to come; without `drug` nothing was ordered."""

    who: Who
    at: datetime
    late: str
    drug: str


def lines(board: Board) -> list[Line]:
    """Everybody at a chair, in the board's order."""
    return [_line(one) for one in board.at_chairs]


def waits(board: Board) -> list[Wait]:
    """Everybody still to come."""
    return [_wait(one) for one in board.coming]


@lru_cache(maxsize=512)
def drawn(line: Line) -> SafeString:
    """The row of somebody at a chair."""
    return mark_safe(render_to_string("board/row.html", {"line": line, "who": line.who}))  # noqa: S308 - it escapes


@lru_cache(maxsize=512)
def drawn_wait(wait: Wait, arrives: bool) -> SafeString:
    """The row of somebody still to come, with the button of the arrival for whoever may press it."""
    context = {"wait": wait, "who": wait.who, "arrives": arrives}
    return mark_safe(render_to_string("board/coming.html", context))  # noqa: S308 - drawn by an escaping template


def spoken(found: list[Line], board: Board) -> str:
    """What a screen reader is told when it comes up, one thing a line: alarms, and that nobody is told of them."""
    said = [
        f"Alarm: {line.who.name}, {alarm.words}."
        for line in found
        for alarm in line.alarms
        if alarm.alarm.acknowledged_at is None
    ]
    return "\n".join([*said, *(["The alarm watch does not run."] if board.watch.silent else [])])


def waiting(found: list[Line]) -> int:
    """How many alarms nobody has taken on."""
    return sum(alarm.alarm.acknowledged_at is None for line in found for alarm in line.alarms)


def ended_words(ended: Mapping[str, int]) -> str:
    """How many have ended today, by how: `4 discharged, 1 left against advice`."""
    return ", ".join(f"{number} {ENDINGS[state]}" for state, number in ended.items())


def _who(one: AtChair | Coming) -> Who:
    row, patient = one.row, one.row.patient
    return Who(
        session=row.pk,
        name=str(patient),
        initials=f"{patient.given_name[:1]}{patient.family_name[:1]}",
        born=patient.birth_date.year,
        n=row.n,
        chair=str(row.chair or ""),
        nurse=str(row.nurse or ""),
        walk_in=row.kind == "walk-in",
        moved_from=row.moved_from,
    )


def _line(at: AtChair) -> Line:
    seen = at.held.glance
    first, release = seen.first_dose_at, seen.release_not_before
    since = _minutes(seen.asof - first) if first else None
    return Line(
        who=_who(at),
        hand=HANDS[seen.hand],
        drug=_drug(at),
        ordered=at.held.order is not None,
        from_day=at.from_day,
        state=_state(seen),
        since="" if since is None else duration(since),
        minutes=since or 0,
        whole=_minutes(release - first) if release and first else 0,
        not_before=release if release and seen.asof < release else None,
        next=_next(seen),
        values=tuple(_value(seen, key, name, unit) for key, name, unit in MEASURES),
        blocks=", ".join(_blocks(seen)),
        alarms=tuple(_alarm(at, alarm) for alarm in seen.alarms),
    )


def _drug(at: AtChair) -> str:
    order, plan, given = at.held.order, at.held.plan, at.held.glance.given_mg
    if order is None:
        return f"{plan.protocol.molecule.value} · {plan.route.value}"
    dose = f"{given:.1f} of {order.dose_mg:g} mg" if given and given < order.dose_mg else f"{order.dose_mg:g} mg"
    return f"{order.molecule} · {plan.route.value} · {dose}"


def _state(seen: Glance) -> str:
    if seen.dose_state is DoseState.RUNNING:
        return "dose runs"
    return "dose paused" if seen.dose_state is DoseState.PAUSED else STATES.get(seen.state, "")


def _next(seen: Glance) -> Next | None:
    """What is due next: an overdue thing before the next reading, that before anything else."""
    late = next((held for held in seen.due if held.overdue), None)
    due = late or seen.next_reading or next(iter(seen.due), None)
    if due is None:
        return None
    sign = "overdue" if due.overdue else "again" if due.what.startswith(REPEAT) else "due"
    left = due.due_at - seen.asof
    said = f"{duration(_minutes(-left))} late" if left < timedelta() else f"in {duration(_minutes(left))}"
    return Next(sign, _due_words(due), said if _minutes(abs(left)) else "now")


def _due_words(due: Due) -> str:
    """What is to be measured, shorter than the chair says it."""
    if due.what.startswith(REPEAT):
        return f"repeat {words_of(due.what.removeprefix(REPEAT)).replace('blood pressure', 'pressure')}"
    if due.reading:
        return "next reading"
    return "sedation and dissociation" if due.what.startswith("mental_state") else due.text


def _value(seen: Glance, key: str, name: str, unit: str) -> Value:
    held = seen.newest.get(key)
    if held is None:
        return Value(name, unit)
    words = pressure_words(held.values) if key == "systolic" else f"{held.values[key]:g}"
    minutes = _minutes(seen.asof - held.taken_at)
    return Value(name, unit, words, f"{duration(minutes)} ago" if minutes else "now", held.trend, held.outside)


def _blocks(seen: Glance) -> Iterator[str]:
    """What keeps the person beside the time, which is said by itself."""
    for block in seen.blocks:
        if block.id != "minimum_observation":
            yield BLOCKS.get(block.id, words_of(block.id))


def _alarm(at: AtChair, alarm: Alarm) -> AlarmLine:
    minutes = _minutes(at.held.glance.asof - alarm.raised_at)
    words = f"{words_of(alarm.id)}: {alarm_words(alarm.why)}"
    told = ", ".join(at.told) if alarm.acknowledged_at is None else ""
    return AlarmLine(alarm, words, at.owner(alarm.owner), duration(minutes) if minutes else "", told)


def _wait(one: Coming) -> Wait:
    order = one.order
    drug = f"{order.molecule} · {order.route} · {order.dose_mg:g} mg" if order else ""
    late = duration(_minutes(one.late)) if one.late >= timedelta(minutes=1) else ""
    return Wait(_who(one), one.row.planned_at, late, drug)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)

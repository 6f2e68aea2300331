"""The board's sessions as its rows: what stands left, in the middle and right, in words that are read from afar."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from remit.acts.board import AtChair, Board, Coming
from remit.pathway.alarms import Alarm
from remit.pathway.chart import DoseState, State
from remit.pathway.glance import REPEAT, Glance, Hand
from remit.pathway.monitoring import Due
from remit.pathway.safety import MOAAS
from remit.pathway.trend import Newest, Trend
from remit.web.chair import pressure_words, words_of
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
STATES = {State.ARRIVED: "at the gate", State.CLEARED: "cleared for the dose", State.HELD: "on hold"}
ENDINGS = {"discharged": "discharged", "left": "left against advice", "cancelled": "cancelled"}


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
    told: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """Somebody at a chair."""

    at: AtChair
    hand: str
    initials: str
    drug: str
    state: str
    since: str
    """How long since the dose; empty before it."""
    minutes: int
    whole: int
    """From the dose to the release, in minutes; 0 where there is no clock."""
    release: datetime | None
    early: bool
    """True until the earliest release."""
    next_sign: str
    next_words: str
    next_in: str
    values: tuple[Value, ...]
    blocks: str
    alarms: tuple[AlarmLine, ...]


@dataclass(frozen=True, slots=True)
class Wait:
    """Somebody still to come."""

    coming: Coming
    drug: str
    late: str


def lines(board: Board) -> list[Line]:
    """Everybody at a chair, in the board's order."""
    return [_line(one) for one in board.at_chairs]


def waits(board: Board) -> list[Wait]:
    """Everybody still to come."""
    return [_wait(one) for one in board.coming]


def spoken(found: list[Line], board: Board) -> str:
    """What a screen reader is told when it comes up, one thing a line: alarms, and that nobody is told of them."""
    said = [
        f"Alarm: {line.at.row.patient}, {alarm.words}."
        for line in found
        for alarm in line.alarms
        if alarm.alarm.acknowledged_at is None
    ]
    return "\n".join([*said, *(["The alarm watch does not run."] if board.watch.silent else [])])


def waiting(found: list[Line]) -> int:
    """How many alarms nobody has taken on."""
    return sum(alarm.alarm.acknowledged_at is None for line in found for alarm in line.alarms)


def _line(at: AtChair) -> Line:
    seen, patient = at.held.glance, at.row.patient
    since = _minutes(seen.asof - seen.first_dose_at) if seen.first_dose_at else None
    release = seen.release_not_before
    return Line(
        at=at,
        hand=HANDS[seen.hand],
        initials=f"{patient.given_name[:1]}{patient.family_name[:1]}",
        drug=_drug(at),
        state=_state(seen),
        since="" if since is None else duration(since),
        minutes=int(since or 0),
        whole=_minutes(release - seen.first_dose_at) if release and seen.first_dose_at else 0,
        release=release,
        early=release is not None and seen.asof < release,
        **_next(seen),
        values=tuple(_value(seen, key, name, unit) for key, name, unit in MEASURES),
        blocks=", ".join(_blocks(seen)),
        alarms=tuple(_alarm(at, alarm) for alarm in seen.alarms),
    )


def _drug(at: AtChair) -> str:
    order, plan, given = at.held.order, at.held.plan, at.held.glance.given_mg
    if order is None:
        return f"{plan.protocol.molecule.value} · {plan.route.value}"
    dose = (
        f"{round(given, 1):g} of {order.dose_mg:g} mg" if given and given < order.dose_mg else f"{order.dose_mg:g} mg"
    )
    return f"{order.molecule} · {plan.route.value} · {dose}"


def _state(seen: Glance) -> str:
    if seen.dose_state is DoseState.RUNNING:
        return "dose runs"
    if seen.dose_state is DoseState.PAUSED:
        return "dose paused"
    return STATES.get(seen.state, "may leave" if seen.state is State.READY else "")


def _next(seen: Glance) -> dict[str, str]:
    """What is due next: an overdue thing before the next reading, that before anything else."""
    late = next((held for held in seen.due if held.overdue), None)
    due = late or seen.next_reading or next(iter(seen.due), None)
    if due is None:
        return {"next_sign": "", "next_words": "", "next_in": ""}
    sign = "overdue" if due.overdue else "again" if due.what.startswith(REPEAT) else "due"
    left = due.due_at - seen.asof
    said = f"{duration(_minutes(-left))} late" if left < timedelta() else f"in {duration(_minutes(left))}"
    return {"next_sign": sign, "next_words": _due_words(due), "next_in": "now" if not _minutes(abs(left)) else said}


def _due_words(due: Due) -> str:
    """What is to be measured, shorter than the chair says it."""
    if due.what.startswith(REPEAT):
        return f"repeat {words_of(due.what.removeprefix(REPEAT)).replace('blood pressure', 'pressure')}"
    if due.reading:
        return "next reading"
    return "sedation and dissociation" if due.what.startswith("mental_state") else due.text


def _value(seen: Glance, key: str, name: str, unit: str) -> Value:
    held: Newest | None = seen.newest.get(key)
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
    since = duration(minutes) if minutes else ""
    words = f"{words_of(alarm.id)}: {' '.join(map(words_of, alarm.why.replace(MOAAS, 'MOAA/S').split()))}"
    return AlarmLine(alarm, words, at.owner(alarm.owner), since, at.told if alarm.acknowledged_at is None else ())


def _wait(one: Coming) -> Wait:
    order = one.order
    drug = f"{order.molecule} · {order.route} · {order.dose_mg:g} mg" if order else ""
    late = duration(_minutes(one.late)) if one.late >= timedelta(minutes=1) else ""
    return Wait(one, drug, late)


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds() // 60)


def ended_words(ended: Any) -> str:
    """How many have ended today, by how: `4 discharged, 1 left against advice`."""
    return ", ".join(f"{number} {ENDINGS[state]}" for state, number in ended.items())

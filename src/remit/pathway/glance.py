"""A session at a glance: what one reads of it across the room, and how urgently it needs a hand."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum

from remit.pathway import recovery, session_alarms
from remit.pathway.alarms import Alarm
from remit.pathway.chart import Chart, DoseState, State
from remit.pathway.monitoring import Due, due
from remit.pathway.recovery import Block
from remit.pathway.safety import MOAAS, PRESSURE
from remit.pathway.session import Session
from remit.pathway.trend import Newest, newest_reading, newest_total

SHOWN = (PRESSURE, ("spo2",), ("heart_rate",))
"""What is read across the room, beside sedation; each is known by its first name."""
REPEAT = "repeat_"
"""How what is to be measured again begins."""


class Hand(IntEnum):
    """How urgently a session needs a hand, the most urgent first."""

    ALARM = 0
    OVERDUE = 1
    AGAIN = 2
    READY = 3
    HELD = 4
    NONE = 5


@dataclass(frozen=True, slots=True)
class Glance:
    """A session under way at a time. Everything in it is derived."""

    asof: datetime
    state: State
    dose_state: DoseState
    given_mg: float | None
    first_dose_at: datetime | None
    release_not_before: datetime | None
    blocks: tuple[Block, ...]
    """What keeps the person; empty before a dose."""
    due: tuple[Due, ...]
    alarms: tuple[Alarm, ...]
    """The open alarms, the most urgent first."""
    newest: Mapping[str, Newest]
    """By `systolic`, `spo2`, `heart_rate` and `MOAAS`; what was never measured is left out."""

    @property
    def next_reading(self) -> Due | None:
        """The next vital set that is asked for."""
        return next((held for held in self.due if held.reading), None)

    @property
    def unacknowledged(self) -> tuple[Alarm, ...]:
        """The open alarms that nobody has taken on."""
        return tuple(alarm for alarm in self.alarms if alarm.acknowledged_at is None)

    @property
    def hand(self) -> Hand:
        """How urgently it needs a hand."""
        if self.alarms:
            return Hand.ALARM
        if any(held.overdue for held in self.due):
            return Hand.OVERDUE
        if any(held.what.startswith(REPEAT) for held in self.due):
            return Hand.AGAIN
        return {State.READY: Hand.READY, State.HELD: Hand.HELD}.get(self.state, Hand.NONE)

    @property
    def urgency(self) -> tuple[int, int, bool, bool, datetime]:
        """By this the sessions of a room are put in order: what needs a hand first, then by what is due next."""
        if self.alarms:
            first = self.alarms[0]
            return self.hand, first.priority.rank, not self.unacknowledged, False, first.raised_at
        return self.hand, 0, False, not self.due, self.due[0].due_at if self.due else self.asof


def glance(session: Session, newest: Mapping[str, Newest], asof: datetime) -> Glance:
    """A session at a time; `newest` follows from its entries alone (`newest_of`), so it may be kept."""
    chart = session.chart
    open_alarms = [alarm for alarm in session_alarms.alarms(chart, asof) if alarm.open]
    given = chart.given(asof)
    return Glance(
        asof=asof,
        state=session.state(asof),
        dose_state=chart.dose_state,
        given_mg=None if given is None else round(given, 3),
        first_dose_at=chart.first_dose.at if chart.first_dose else None,
        release_not_before=recovery.release_not_before(chart, asof),
        blocks=tuple(recovery.blocks(chart, asof)) if chart.first_dose and not chart.ending else (),
        due=tuple(due(chart, asof)),
        alarms=() if chart.ending else tuple(sorted(open_alarms, key=_urgency)),
        newest=newest,
    )


def newest_of(chart: Chart) -> dict[str, Newest]:
    """The newest value of everything that is read across the room."""
    found = {measures[0]: newest_reading(chart, measures) for measures in SHOWN} | {MOAAS: newest_total(chart, MOAAS)}
    return {name: held for name, held in found.items() if held is not None}


def _urgency(alarm: Alarm) -> tuple[int, bool, datetime]:
    return alarm.priority.rank, alarm.acknowledged_at is not None, alarm.raised_at

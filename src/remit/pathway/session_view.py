"""What a session looks like at a time: for the board, the chair, the sheet and the command line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from remit.pathway import alarms as readings
from remit.pathway import gate, recovery, session_alarms
from remit.pathway.alarms import Alarm, Verdict
from remit.pathway.chart import Chart, Dose, DoseState, State
from remit.pathway.entries import AdverseEvent, ScaleRated, VitalsTaken
from remit.pathway.gate import Demand
from remit.pathway.ledger import Ledger, ledger
from remit.pathway.monitoring import Due, due, next_device_at
from remit.pathway.record import Record, Row
from remit.pathway.recovery import Block
from remit.pathway.rems_form import draft
from remit.pathway.safety import PRESSURE


@dataclass(frozen=True, slots=True)
class Reading:
    """One vital set for the grid and the chart; a corrected one is shown struck through."""

    index: int
    taken_at: datetime
    entered_at: datetime
    by: str
    values: dict[str, float]
    minutes: float | None
    """Since the first dose; negative before it, null without one."""
    beyond: tuple[str, ...]
    """The thresholds that it crosses."""
    corrected_by: int | None = None


@dataclass(frozen=True, slots=True)
class Rating:
    """One scale total for the grid and the chart."""

    index: int
    scale: str
    total: int
    taken_at: datetime
    entered_at: datetime
    by: str
    minutes: float | None
    corrected_by: int | None = None


@dataclass(frozen=True, slots=True)
class EventSpan:
    """An adverse event from its first mention until it was over."""

    id: str
    began_at: datetime
    over_at: datetime | None
    severity: str | None
    serious: bool


@dataclass(frozen=True, slots=True)
class Override:
    """What a prescriber decided against the record, kept as such."""

    at: datetime
    by: str
    blocks: tuple[str, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ReleaseMoved:
    """An entry that brought the release forward, with the second person behind it."""

    at: datetime
    before: datetime
    after: datetime | None
    by: str
    second_person: str


@dataclass(frozen=True, slots=True)
class SessionView:
    """The session at a time. Everything in it is derived."""

    asof: datetime
    state: State
    dose_state: DoseState
    given_mg: float | None
    given_estimated: bool
    first_dose_at: datetime | None
    last_dose_at: datetime | None
    dose_end_at: datetime | None
    release_not_before: datetime | None
    blocks: tuple[Block, ...]
    due: tuple[Due, ...]
    alarms: tuple[Alarm, ...]
    form: dict[str, Any] | None
    demands: tuple[Demand, ...]
    """What the gate asks, while the session is before its dose."""
    doses: tuple[Dose, ...]
    readings: tuple[Reading, ...]
    ratings: tuple[Rating, ...]
    events: tuple[EventSpan, ...]
    baseline: dict[str, float] | None
    rise: dict[str, float] | None
    """The last pressure less the baseline."""
    next_reading: Due | None
    next_device_at: datetime | None
    ended_at: datetime | None
    overrides: tuple[Override, ...]
    releases_moved: tuple[ReleaseMoved, ...]
    ledger: Ledger

    @property
    def blocks_discharge(self) -> tuple[str, ...]:
        """The ids of what keeps the person."""
        return tuple(block.id for block in self.blocks)

    @property
    def open_alarms(self) -> tuple[Alarm, ...]:
        """The alarms that somebody must act on, the most urgent first."""
        return tuple(sorted((alarm for alarm in self.alarms if alarm.open), key=lambda alarm: alarm.priority.rank))


def build(
    chart: Chart,
    asof: datetime,
    state: State,
    records: Sequence[Record],
    rows: Sequence[Row],
) -> SessionView:
    """The view of a chart at a time, with what the record adds to it: decisions, and entries that were corrected."""
    overrides = [record for record in records if record.decision.overridden]
    moved = [record for record in records if record.decision.release_moved]
    coming = due(chart, asof)
    infusion, first, last = chart.infusion, chart.first_dose, chart.last_dose
    given = chart.given(asof)
    return SessionView(
        asof=asof,
        state=state,
        dose_state=chart.dose_state,
        given_mg=None if given is None else round(given, 3),
        given_estimated=_estimated(chart),
        first_dose_at=first.at if first else None,
        last_dose_at=last.at if last else None,
        dose_end_at=infusion.end(asof) if infusion else None,
        release_not_before=recovery.release_not_before(chart, asof),
        blocks=tuple(recovery.blocks(chart, asof)),
        due=tuple(coming),
        alarms=tuple(session_alarms.alarms(chart, asof)),
        form=draft(chart, asof, rows, _flags(chart, overrides, moved)),
        demands=() if chart.doses or state.terminal else tuple(gate.demands(chart, asof)),
        doses=tuple(chart.doses),
        readings=tuple(_reading(chart, row, row.entry) for row in _sorted(rows) if isinstance(row.entry, VitalsTaken)),
        ratings=tuple(_rating(chart, row, row.entry) for row in _sorted(rows) if isinstance(row.entry, ScaleRated)),
        events=tuple(_spans(chart)),
        baseline=dict(chart.baseline) if chart.baseline else None,
        rise=_rise(chart),
        next_reading=next((held for held in coming if held.reading), None),
        next_device_at=next_device_at(chart),
        ended_at=chart.ending[0] if chart.ending else None,
        overrides=tuple(_override(held) for held in overrides),
        releases_moved=tuple(_release_moved(held) for held in moved),
        ledger=ledger(chart, asof),
    )


def _estimated(chart: Chart) -> bool:
    """True where the milligrams given follow from the time that an infusion ran, and not from a record of them."""
    return any(
        not held.ended or (held.stopped and getattr(held.ended[2], "given_mg", None) is None)
        for held in chart.infusions
    )


def _sorted(rows: Sequence[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row.entry.occurred, row.index))


def _minutes(chart: Chart, at: datetime) -> float | None:
    return round((at - chart.first_dose.at) / timedelta(minutes=1), 1) if chart.first_dose else None


def _reading(chart: Chart, row: Row, entry: VitalsTaken) -> Reading:
    values = entry.measured
    return Reading(
        index=row.index,
        taken_at=entry.occurred,
        entered_at=entry.at,
        by=entry.by.value,
        values=values,
        minutes=_minutes(chart, entry.occurred),
        beyond=beyond(chart, (entry.occurred, row.index), values),
        corrected_by=row.corrected_by,
    )


def beyond(chart: Chart, key: tuple[datetime, int], values: dict[str, float]) -> tuple[str, ...]:
    """The thresholds that a reading at this place in time crosses."""
    after = chart.first_dose is not None and key > chart.first_dose.key
    return tuple(
        threshold.id
        for threshold in chart.plan.rules.alarms.thresholds
        if threshold.holds(after)
        and readings.judge(threshold, values, chart.baseline if after else None).value >= Verdict.BREACH.value
    )


def _rating(chart: Chart, row: Row, entry: ScaleRated) -> Rating:
    at = entry.occurred
    minutes = _minutes(chart, at)
    return Rating(row.index, entry.id, entry.total, at, entry.at, entry.by.value, minutes, row.corrected_by)


def _spans(chart: Chart) -> list[EventSpan]:
    found = []
    for event, held in chart.events.items():
        began: list[tuple[datetime, AdverseEvent]] = []
        for at, _, entry in held:
            if isinstance(entry, AdverseEvent):
                began.append((at, entry))
            elif began:
                found.append(_span(event, began, at))
                began = []
        if began:
            found.append(_span(event, began, None))
    return sorted(found, key=lambda span: span.began_at)


def _span(event: str, began: list[tuple[datetime, AdverseEvent]], over_at: datetime | None) -> EventSpan:
    severity = next((entry.severity.value for _, entry in reversed(began) if entry.severity), None)
    return EventSpan(event, began[0][0], over_at, severity, any(entry.serious for _, entry in began))


def _rise(chart: Chart) -> dict[str, float] | None:
    if chart.baseline is None or chart.first_dose is None:
        return None
    last = chart.last_reading(PRESSURE, chart.first_dose.key)
    return {name: getattr(last, name) - chart.baseline[name] for name in PRESSURE} if last else None


def _flags(chart: Chart, overrides: Sequence[Record], moved: Sequence[Record]) -> list[str]:
    """What a reader of the form or the sheet must know beyond its numbers."""
    found = []
    early = chart.ending is not None and _before_release(chart, chart.ending[0])
    if chart.state is State.LEFT:
        found.append("left_against_advice")
        found += ["left_before_release"] if early else []
    elif chart.state is State.DISCHARGED and early:
        found.append("discharged_before_release")
    found += ["discharged_with_override"] if overrides else []
    found += ["release_moved_forward"] if moved else []
    found += ["dose_before_cleared"] if any(dose.early for dose in chart.doses) else []
    return found


def _before_release(chart: Chart, end: datetime) -> bool:
    release = recovery.release_not_before(chart, end)
    return release is not None and end < release


def _override(held: Record) -> Override:
    entry = held.entry
    reason = str(getattr(entry, "override_reason", None) or "")
    return Override(entry.occurred, entry.account or entry.by.value, tuple(held.decision.overridden), reason)


def _release_moved(held: Record) -> ReleaseMoved:
    entry = held.entry
    before, after = held.decision.release_moved or (entry.at, None)
    second = entry.second_account or entry.second_person or ""
    return ReleaseMoved(entry.at, before, after, entry.account or entry.by.value, second)

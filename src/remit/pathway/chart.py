"""What a session's accepted entries add up to. Nothing here is stored: it is derived anew from the entries.

Whatever has a time is kept in the order of the times at which it happened, so that an entry charted late stands where
it belongs.
"""

from __future__ import annotations

import math
from bisect import bisect_left, insort
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from remit.pathway.alarms import Values, Watch
from remit.pathway.entries import (
    AdverseEvent,
    AlarmAcknowledged,
    Arrived,
    Cancel,
    Check,
    Cleared,
    DeviceGiven,
    Discharge,
    DoseEnd,
    DosePause,
    DoseResume,
    DoseStart,
    DoseStop,
    EmergencyStep,
    Entry,
    Hold,
    Left,
    Note,
    Prepared,
    RescueGiven,
    Resolved,
    ScaleRated,
    VialMoved,
    VitalsTaken,
)
from remit.pathway.infusion import Infusion
from remit.pathway.safety import MOAAS, PRESSURE
from remit.pathway.session_plan import SessionPlan

Key = tuple[datetime, int]
"""When something happened, and its place in the record."""


class State(StrEnum):
    """Where a session stands."""

    SCHEDULED = "scheduled"
    ARRIVED = "arrived"
    CLEARED = "cleared"
    DOSING = "dosing"
    OBSERVING = "observing"
    READY = "ready"
    DISCHARGED = "discharged"
    HELD = "held"
    CANCELLED = "cancelled"
    LEFT = "left"

    @property
    def terminal(self) -> bool:
        """True where a session never moves again."""
        return self in (State.DISCHARGED, State.CANCELLED, State.LEFT)


class DoseState(StrEnum):
    """Where the dose stands."""

    NONE = "none"
    RUNNING = "running"
    PAUSED = "paused"
    COMPLETE = "complete"
    STOPPED = "stopped"

    @property
    def on(self) -> bool:
        """True while more of the dose is to come."""
        return self in (DoseState.RUNNING, DoseState.PAUSED)


@dataclass(frozen=True, slots=True)
class Dose:
    """A device, an injection or the start of an infusion. `early`: before a prescriber had cleared.

    `counts_from` is when the observation begins to count: later than the dose where only one person says when that was.
    """

    at: datetime
    index: int
    entry: DeviceGiven | DoseStart
    early: bool
    counts_from: datetime

    @property
    def key(self) -> Key:
        """Its place in time."""
        return (self.at, self.index)


Ending = Discharge | Left | Cancel
_TYPED_TO = timedelta(minutes=1)
"""How finely a time of day is typed."""
_ENDINGS = {Discharge: State.DISCHARGED, Left: State.LEFT, Cancel: State.CANCELLED}
LISTED = (RescueGiven, EmergencyStep, Prepared, VialMoved, AlarmAcknowledged, Note)
"""Kinds that change no state and are kept as they come."""


class Chart:
    """The session as its entries tell it."""

    def __init__(self, plan: SessionPlan) -> None:
        self.plan = plan
        self.arrived: Key | None = None
        self.clearings: list[tuple[datetime, int, Cleared]] = []
        self.held = False
        self.ending: tuple[datetime, int, Ending] | None = None
        self.doses: list[Dose] = []
        self.infusions: list[Infusion] = []
        self.stops: list[tuple[datetime, int, DoseStop]] = []
        self.readings: list[tuple[datetime, int, VitalsTaken]] = []
        self.scales: dict[str, list[tuple[datetime, int, int]]] = {}
        self.events: dict[str, list[tuple[datetime, int, AdverseEvent | Resolved]]] = {}
        self.checks: dict[str, list[tuple[datetime, int, Check]]] = {}
        self.listed: dict[type[Entry], list[tuple[datetime, int, Entry]]] = {kind: [] for kind in LISTED}
        self._samples: list[tuple[datetime, int, Values]] = []
        self._watch = Watch(plan.rules.alarms)
        self._watched = 0
        self._baseline: Values | None = None

    @classmethod
    def of(cls, plan: SessionPlan, entries: Iterable[tuple[int, Entry]]) -> Chart:
        """The chart of these accepted entries, in the order in which they reached the record."""
        chart = cls(plan)
        for index, entry in entries:
            chart.apply(index, entry)
        return chart

    def apply(self, index: int, entry: Entry) -> None:
        """Take in an accepted entry. It judges nothing."""
        key = (entry.occurred, index)
        match entry:
            case VitalsTaken():
                insort(self.readings, (*key, entry))
                self._sample(key, entry.measured)
            case Check():
                insort(self.checks.setdefault(entry.id, []), (*key, entry))
            case ScaleRated():
                insort(self.scales.setdefault(entry.id, []), (*key, entry.total))
                if entry.id == MOAAS:
                    self._sample(key, {MOAAS: float(entry.total)})
            case AdverseEvent() | Resolved():
                insort(self.events.setdefault(entry.id, []), (*key, entry))
            case DeviceGiven() | DoseStart():
                self._dose(key, entry)
            case DosePause() | DoseResume() | DoseEnd() | DoseStop():
                self._mark(key, entry)
            case _:
                self._move(key, entry)

    def _move(self, key: Key, entry: Entry) -> None:
        """What moves the session along its states."""
        match entry:
            case Arrived():
                self.arrived = key
            case Cleared():
                insort(self.clearings, (*key, entry))
                self.held = False
            case Hold():
                self.held = True
            case Discharge() | Left() | Cancel():
                self.ending = (*key, entry)
            case _ if type(entry) in self.listed:
                insort(self.listed[type(entry)], (*key, entry))

    def _dose(self, key: Key, entry: DeviceGiven | DoseStart) -> None:
        early = self.held or not any(cleared[:2] <= key for cleared in self.clearings)
        counts_from = entry.at if waits(self.plan, entry) else key[0]
        insort(self.doses, Dose(*key, entry, early, counts_from), key=lambda dose: dose.key)
        self.held = False
        if isinstance(entry, DoseStart) and self.plan.infused:
            self.infusions.append(Infusion(key[0], entry, self.plan.infusion))
        if self.doses[0].index == key[1]:
            self._set_baseline()

    def _mark(self, key: Key, entry: DosePause | DoseResume | DoseEnd | DoseStop) -> None:
        if self.infusions:
            self.infusions[-1].mark(key[1], entry)
        elif isinstance(entry, DoseStop):
            insort(self.stops, (*key, entry))

    # Readings and their alarms.

    def _sample(self, key: Key, values: Values) -> None:
        insort(self._samples, (*key, values))
        if self.doses and key < self.doses[0].key:
            self._set_baseline()
        if bisect_left(self._samples, key, key=lambda held: held[:2]) < self._watched:
            self._watch_anew()

    def _set_baseline(self) -> None:
        """Read the last pressure before the dose; what was watched against another baseline is watched anew."""
        first = self.doses[0].key
        held = next((entry for *key, entry in reversed(self.readings) if tuple(key) < first and _pressure(entry)), None)
        self._baseline = held.measured if held else None
        if self._samples and self._samples[-1][:2] > first:
            self._watch_anew()

    def _watch_anew(self) -> None:
        self._watch, self._watched = Watch(self.plan.rules.alarms), 0

    @property
    def watch(self) -> Watch:
        """The alarms of the readings, watched in the order of their times."""
        first = self.doses[0].key if self.doses else None
        for at, index, values in self._samples[self._watched :]:
            self._watch.feed(at, values, first is not None and (at, index) > first, self._baseline)
        self._watched = len(self._samples)
        return self._watch

    @property
    def baseline(self) -> Values | None:
        """The last pressure reading before the dose; null before a dose, and where none was taken."""
        return self._baseline

    def pressure_from(self, time: datetime) -> datetime | None:
        """When the first pressure at or after a time was taken."""
        start = bisect_left(self.readings, time, key=lambda held: held[0])
        return next((at for at, _, entry in self.readings[start:] if _pressure(entry)), None)

    def pressures(self, since: Key) -> list[tuple[datetime, int, VitalsTaken]]:
        """The readings with both pressures after a time."""
        return [held for held in self.readings if held[:2] > since and _pressure(held[2])]

    def last_pressure_at(self, since: datetime) -> datetime | None:
        """When the newest pressure was taken, if at or after a time."""
        return next((at for at, _, entry in reversed(self.readings) if at >= since and _pressure(entry)), None)

    def last_reading(
        self, measures: tuple[str, ...], since: Key | None = None, until: datetime | None = None
    ) -> VitalsTaken | None:
        """The newest reading that holds all of these measures."""
        for at, index, entry in reversed(self.readings):
            if since is not None and (at, index) <= since:
                return None
            if (until is None or at <= until) and all(getattr(entry, name) is not None for name in measures):
                return entry
        return None

    def last_total(self, scale: str, since: Key | None = None, until: datetime | None = None) -> int | None:
        """The newest total of a scale."""
        for at, index, total in reversed(self.scales.get(scale, ())):
            if since is not None and (at, index) <= since:
                return None
            if until is None or at <= until:
                return total
        return None

    # The dose.

    @property
    def first_dose(self) -> Dose | None:
        """The first device, or the start of the dose."""
        return self.doses[0] if self.doses else None

    @property
    def last_dose(self) -> Dose | None:
        """The last device, or the last dose that was started."""
        return self.doses[-1] if self.doses else None

    @property
    def infusion(self) -> Infusion | None:
        """The infusion that runs, or ran last."""
        return self.infusions[-1] if self.infusions else None

    @property
    def dose_over(self) -> Key | None:
        """From when on the whole dose was in: the last device or injection, the end of the infusion."""
        if self.infusion is not None:
            return self.infusion.ended[:2] if self.infusion.ended else None
        return self.last_dose.key if self.last_dose else None

    def given(self, asof: datetime) -> float | None:
        """The milligrams given; 0 before any dose, null where a stopped dose does not say and nothing tells."""
        asof = min(asof, self.ending[0]) if self.ending else asof
        if self.infusions:
            parts = [infusion.given(asof) for infusion in self.infusions]
            known = [part for part in parts if part is not None]
            return sum(known) if len(known) == len(parts) else None
        if self.stops and (said := self.stops[-1][2].given_mg) is not None:
            return said
        return sum(dose.entry.mg for dose in self.doses)

    @property
    def dosed_mg(self) -> float:
        """The milligrams of every device used and every dose started."""
        return sum(dose.entry.mg for dose in self.doses)

    @property
    def dose_state(self) -> DoseState:
        """Where the dose stands; what still ran when the session ended has stopped."""
        if not self.doses:
            return DoseState.NONE
        if self.infusion is not None:
            found = _infusion_state(self.infusion)
        elif self.stops:
            found = DoseState.STOPPED
        else:
            whole = amount_reached(self.dosed_mg, self.plan.planned.value)
            found = DoseState.COMPLETE if whole else DoseState.RUNNING
        return DoseState.STOPPED if self.ending is not None and found.on else found

    # The state.

    @property
    def state(self) -> State:
        """The state, `observing` also where nothing keeps the person any more."""
        if self.ending is not None:
            return _ENDINGS[type(self.ending[2])]
        if self.held:
            return State.HELD
        if self.doses:
            return State.DOSING if self.dose_state.on else State.OBSERVING
        if self.clearings:
            return State.CLEARED
        return State.ARRIVED if self.arrived else State.SCHEDULED

    def answer(self, check: str, since: Key | None = None) -> Check | None:
        """The latest answer to a check, since a time if one is given."""
        held = self.checks.get(check)
        return held[-1][2] if held and (since is None or held[-1][:2] > since) else None

    def event_open(self, event: str, asof: datetime | None = None) -> bool:
        """True while an adverse event goes on, at a time if one is given."""
        held = [entry for at, _, entry in self.events.get(event, ()) if asof is None or at <= asof]
        return bool(held) and isinstance(held[-1], AdverseEvent)


def waits(plan: SessionPlan, entry: DeviceGiven | DoseStart) -> bool:
    """True for a dose charted a minute or more after it was given, at a time that no second person confirmed."""
    return plan.late_dose_waits and not entry.has_second_person and entry.at - entry.occurred >= _TYPED_TO


def amount_reached(given: float, wanted: float) -> bool:
    """True where the sum of the parts comes to the whole, whatever floating point makes of it.

    >>> amount_reached(0.1 + 0.2, 0.3), amount_reached(28, 56)
    (True, False)
    """
    return given > wanted or math.isclose(given, wanted)


def _pressure(entry: VitalsTaken) -> bool:
    return all(getattr(entry, name) is not None for name in PRESSURE)


def _infusion_state(infusion: Infusion) -> DoseState:
    if infusion.ended:
        return DoseState.STOPPED if infusion.stopped else DoseState.COMPLETE
    return DoseState.PAUSED if infusion.paused else DoseState.RUNNING

"""When a reading becomes an alarm: one odd value asks for a repeat, two make the alarm, a critical one does so at once.

A repeat that is not taken in time makes the alarm too; a normal repeat leaves none. The first normal value resolves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import Enum

from remit.pathway.safety import AlarmRules, Limit, Notice, Owner, Priority, Threshold
from remit.pathway.sourced import Source

Values = Mapping[str, float]
"""What one reading measured, by measure."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """A condition that a named person must act on. `why` says what raised it, in words."""

    id: str
    priority: Priority
    owner: Owner
    asks: str
    raised_at: datetime
    why: str
    resolved_at: datetime | None = None
    escalated_at: datetime | None = None
    acknowledged_at: datetime | None = None
    acknowledged_by: str | None = None
    source: Source = field(default_factory=Source)

    @property
    def open(self) -> bool:
        """True until the first normal value, or until the symptom is over."""
        return self.resolved_at is None

    @classmethod
    def of(cls, notice: Notice, raised_at: datetime, why: str, resolved_at: datetime | None = None) -> Alarm:
        """The alarm that a notice stands for."""
        return cls(
            notice.id, notice.priority, notice.owner, notice.asks, raised_at, why, resolved_at, source=notice.source
        )


@dataclass(frozen=True, slots=True)
class Repeat:
    """A repeat that an odd value asks for."""

    threshold: Threshold
    first_at: datetime
    why: str

    @property
    def measures(self) -> frozenset[str]:
        """What is to be measured again."""
        return self.threshold.measures


class Verdict(Enum):
    """What a reading says about a threshold."""

    UNKNOWN = 0
    NORMAL = 1
    BREACH = 2
    CRITICAL = 3


def judge(threshold: Threshold, values: Values, baseline: Values | None) -> Verdict:
    """How a reading stands to a threshold; what was not measured says nothing.

    A rise is judged against this session's own baseline, and is unknown without one.
    """
    known = False
    for limit in threshold.critical:
        if limit.measure in values and limit.crossed(values[limit.measure]):
            return Verdict.CRITICAL
    missing = False
    for limit in threshold.limits:
        value = _compared(limit, values, baseline)
        if value is None:
            missing = True
        elif limit.crossed(value):
            return Verdict.BREACH
        else:
            known = True
    return Verdict.NORMAL if known and not missing else Verdict.UNKNOWN


def _compared(limit: Limit, values: Values, baseline: Values | None) -> float | None:
    value = values.get(limit.measure)
    if value is None or not limit.change:
        return value
    before = (baseline or {}).get(limit.measure)
    return None if before is None else value - before


def why(threshold: Threshold, values: Values) -> str:
    """The values that a threshold looked at, in words."""
    if "systolic" in threshold.measures:
        return f"{_number(values.get('systolic'))}/{_number(values.get('diastolic'))} mmHg"
    return ", ".join(f"{measure} {_number(values[measure])}" for measure in sorted(threshold.measures & values.keys()))


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:g}"


class Watch:
    """Follows a session's readings in the order of their times and keeps its alarms."""

    __slots__ = ("_alarms", "_open", "_pending", "_rules", "_within")

    def __init__(self, rules: AlarmRules) -> None:
        self._rules = rules
        self._within = timedelta(minutes=rules.repeat_within.value.value)
        self._pending: dict[str, Repeat] = {}
        self._open: dict[str, int] = {}
        self._alarms: list[Alarm] = []

    def feed(self, at: datetime, values: Values, after_dose: bool, baseline: Values | None) -> None:
        """Take the next reading, not earlier than the last one."""
        for threshold in self._rules.thresholds:
            if threshold.measures.isdisjoint(values):
                continue
            verdict = judge(threshold, values, baseline if after_dose else None)
            if verdict is Verdict.NORMAL:
                self._normal(threshold, at)
            elif verdict is not Verdict.UNKNOWN:
                self._breach(threshold, at, values, verdict, after_dose)

    def _breach(self, threshold: Threshold, at: datetime, values: Values, verdict: Verdict, after_dose: bool) -> None:
        critical = verdict is Verdict.CRITICAL
        raises = threshold.holds(after_dose)
        if threshold.id in self._open:
            if critical:
                self._escalate(self._open[threshold.id], at)
        elif raises and critical:
            self._raise(threshold, at, why(threshold, values), critical=True)
        elif raises and not threshold.quiet:
            first = self._pending.get(threshold.id)
            if first is None:
                self._pending[threshold.id] = Repeat(threshold, at, why(threshold, values))
            else:
                self._raise(
                    threshold, min(at, first.first_at + self._within), f"{first.why}, then {why(threshold, values)}"
                )

    def _raise(self, threshold: Threshold, at: datetime, words: str, critical: bool = False) -> None:
        self._pending.pop(threshold.id, None)
        self._open[threshold.id] = len(self._alarms)
        self._alarms.append(_alarm(threshold, at, words, critical))

    def _escalate(self, place: int, at: datetime) -> None:
        held = self._alarms[place]
        if held.priority is not Priority.EMERGENCY:
            self._alarms[place] = replace(held, priority=Priority.EMERGENCY, owner=Owner.TEAM, escalated_at=at)

    def _normal(self, threshold: Threshold, at: datetime) -> None:
        first = self._pending.pop(threshold.id, None)
        if first is not None and at > first.first_at + self._within:
            self._alarms.append(replace(self._late(first), resolved_at=at))
        place = self._open.pop(threshold.id, None)
        if place is not None:
            self._alarms[place] = replace(self._alarms[place], resolved_at=at)

    def _late(self, first: Repeat) -> Alarm:
        at = first.first_at + self._within
        return _alarm(first.threshold, at, f"{first.why}, and no repeat in time", critical=False)

    def alarms(self, asof: datetime) -> list[Alarm]:
        """Every alarm so far, those of repeats that were not taken in time among them."""
        late = [self._late(first) for first in self._pending.values() if asof >= first.first_at + self._within]
        return self._alarms + late

    def repeats(self, asof: datetime) -> list[Repeat]:
        """The repeats that are asked for and may still be taken in time, and those that were missed."""
        return [first for first in self._pending.values() if first.first_at <= asof]


def _alarm(threshold: Threshold, at: datetime, words: str, critical: bool) -> Alarm:
    priority = Priority.EMERGENCY if critical else threshold.priority
    owner = Owner.TEAM if critical else threshold.owner
    return Alarm(threshold.id, priority, owner, threshold.asks, at, words, source=threshold.source)

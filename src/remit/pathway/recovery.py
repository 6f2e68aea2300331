"""When a person may leave: the release clock, and everything that still blocks discharge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from remit.pathway import alarms, session_alarms, suicide_risk
from remit.pathway.alarms import Verdict
from remit.pathway.chart import Chart
from remit.pathway.entries import Result, VitalsTaken
from remit.pathway.protocol import Release
from remit.pathway.safety import DISSOCIATION_SCALES, MOAAS, PRESSURE, Priority
from remit.pathway.sourced import Source, Sourced
from remit.quantities import Minutes

EVENT_OF = {"sedation": "sedation", "dissociation": "dissociation", "respiratory": "respiratory_depression"}
"""The adverse event that speaks for a criterion."""
PRESSURE_LIMITS = ("postdose_bp_urgent", "rise_from_baseline")
SPO2_LIMIT = "spo2_low"
LATE = "counted from when the dose was charted until its time is corrected with a second person who confirms it"


@dataclass(frozen=True, slots=True)
class Block:
    """One reason why a person may not leave yet. `overridable`: a prescriber may decide otherwise, with a reason."""

    id: str
    text: str
    overridable: bool
    source: Source = field(default_factory=Source)


def release_not_before(chart: Chart, asof: datetime) -> datetime | None:
    """The earliest release: the latest of the protocol's clocks and of the resolutions that bind.

    While an infusion runs, its planned end counts, moved by pauses. Null before a dose, and where no clock is sourced.
    """
    times = [time for time in (observed_until(chart, asof), *_binding_resolutions(chart)) if time is not None]
    return max(times, default=None)


def observed_until(chart: Chart, asof: datetime) -> datetime | None:
    """When the minimum observation is over; null where no minimum is sourced, and before a dose."""
    if chart.last_dose is None:
        return None
    release = chart.plan.protocol.release
    last = max(dose.counts_from for dose in chart.doses)
    ended = chart.infusion.end(asof) if chart.infusion else last
    clocks = ((release.from_last, last), (release.from_start, last), (release.from_end, ended))
    return max((_after(clock, time) for clock, time in clocks if clock and time), default=None)


def _after(clock: Sourced[Minutes], time: datetime) -> datetime:
    return time + timedelta(minutes=clock.value.value)


def minimum(release: Release) -> tuple[Sourced[Minutes], ...]:
    """The clocks of a minimum observation that are sourced."""
    return tuple(clock for clock in (release.from_last, release.from_start, release.from_end) if clock is not None)


def _binding_resolutions(chart: Chart) -> list[datetime | None]:
    """When each impairment that binds release was over; null for one that never was, or still is."""
    return [resolved_at(chart, criterion) for criterion in EVENT_OF if criterion in chart.plan.protocol.release.binding]


def resolved_at(chart: Chart, criterion: str) -> datetime | None:
    """When sedation, dissociation or respiratory depression was over; null where none was seen or it goes on."""
    if chart.first_dose is None:
        return None
    judged = sorted(signs(chart, criterion))
    bad = [at for at, _, fine in judged if not fine]
    over = next((at for at, _, fine in judged if bad and at >= bad[-1] and fine), None)
    events = chart.events.get(EVENT_OF[criterion], [])
    spoken = events[-1][0] if events and not chart.event_open(EVENT_OF[criterion]) else None
    return max((time for time in (over, spoken) if time is not None), default=None)


def signs(chart: Chart, criterion: str) -> list[tuple[datetime, int, bool]]:
    """Each measurement of a criterion since the dose, and whether it was fine."""
    first = chart.first_dose.key if chart.first_dose else None
    if criterion == "respiratory":
        asked = chart.checks.get(criterion, [])
        return [(at, n, held.result is Result.CONFIRMED) for at, n, held in asked if first is None or (at, n) > first]
    scales = (MOAAS,) if criterion == "sedation" else DISSOCIATION_SCALES
    return [
        (at, n, scale_fine(chart, scale, total))
        for scale in scales
        for at, n, total in chart.scales.get(scale, [])
        if first is None or (at, n) > first
    ]


def scale_fine(chart: Chart, scale: str, total: int) -> bool:
    """True where a total is that of an alert person, or back at the value before dosing.

    Without a value before dosing the lowest possible one is taken, so that not knowing it never lets anybody go.
    """
    recovery = chart.plan.rules.recovery
    if scale == MOAAS:
        return total >= recovery.alert.value
    before = [held for at, n, held in chart.scales[scale] if chart.first_dose and (at, n) < chart.first_dose.key]
    baseline = before[-1] if before else chart.plan.rules.totals[scale][0]
    return total <= baseline + recovery.within_points[scale].value


def blocks(chart: Chart, asof: datetime, escort_named: bool = False) -> list[Block]:
    """Everything that keeps the person at a time, each with its reason in words."""
    judged = (_minimum_observation(chart, asof), *(judge(chart) for judge in _CRITERIA))
    found = [block for block in judged if block is not None]
    if not chart.plan.inpatient and not escort_named:
        found += _escort(chart)
    return found + _open_alarm(chart, asof)


def kept(chart: Chart, asof: datetime, *, but_for_minimum: bool = False) -> bool:
    """True where anything (but the minimum observation) keeps the person; sooner told than by `blocks`."""
    return (
        (not but_for_minimum and _minimum_observation(chart, asof) is not None)
        or any(judge(chart) is not None for judge in _CRITERIA)
        or (not chart.plan.inpatient and bool(_escort(chart)))
        or bool(_open_alarm(chart, asof))
    )


def _block(chart: Chart, id: str, text: str, source: Source | None = None) -> Block:
    binding = id in chart.plan.protocol.release.binding
    clocks = minimum(chart.plan.protocol.release)
    if binding and clocks:
        source = clocks[0].source
    return Block(id, text, not binding, source or Source())


def _minimum_observation(chart: Chart, asof: datetime) -> Block | None:
    clocks = minimum(chart.plan.protocol.release)
    if not clocks:
        return None
    source = clocks[0].source
    until = observed_until(chart, asof)
    if until is None:
        return _block(chart, "minimum_observation", "the observation has not begun: no dose is recorded", source)
    if chart.dose_state.on and asof >= until:
        return _block(chart, "minimum_observation", "the observation is not over: the dose is not complete", source)
    if asof >= until:
        return None
    left = -((asof - until) // timedelta(minutes=1))
    late = f", {LATE}" if any(dose.counts_from > dose.at for dose in chart.doses) else ""
    return _block(chart, "minimum_observation", f"{left} min of the minimum observation remain{late}", source)


def _blood_pressure(chart: Chart) -> Block | None:
    reading = _newest(chart, PRESSURE)
    if reading is None:
        return _block(chart, "blood_pressure", "no pressure was taken after the end of the dose")
    for threshold in map(chart.plan.rules.alarms.threshold, PRESSURE_LIMITS):
        if alarms.judge(threshold, reading.measured, chart.baseline).value >= Verdict.BREACH.value:
            text = f"the last pressure, {alarms.why(threshold, reading.measured)}, is beyond {threshold.id}"
            return _block(chart, "blood_pressure", text, threshold.source)
    return None


def _spo2(chart: Chart) -> Block | None:
    reading = _newest(chart, ("spo2",))
    if reading is None:
        return _block(chart, "spo2", "no SpO2 was taken after the end of the dose")
    threshold = chart.plan.rules.alarms.threshold(SPO2_LIMIT)
    if alarms.judge(threshold, reading.measured, None).value >= Verdict.BREACH.value:
        return _block(chart, "spo2", f"the last SpO2, {reading.spo2:g} %, is beyond {threshold.id}", threshold.source)
    return None


def _newest(chart: Chart, measures: tuple[str, ...]) -> VitalsTaken | None:
    """The newest such reading that follows the dose."""
    return chart.last_reading(measures, chart.dose_over) if chart.dose_over else None


def _sedation(chart: Chart) -> Block | None:
    return _by_scale(chart, "sedation", (MOAAS,), chart.plan.rules.recovery.alert.source)


def _dissociation(chart: Chart) -> Block | None:
    source = chart.plan.rules.recovery.within_points[DISSOCIATION_SCALES[0]].source
    return _by_scale(chart, "dissociation", DISSOCIATION_SCALES, source)


def _by_scale(chart: Chart, criterion: str, scales: tuple[str, ...], source: Source) -> Block | None:
    """A criterion that scales measure and of which an adverse event may speak."""
    event = EVENT_OF[criterion]
    if chart.event_open(event):
        return _block(chart, criterion, f"{event} was recorded and has not resolved", source)
    since = chart.dose_over
    rated = [(s, total) for s in scales if since and (total := chart.last_total(s, since)) is not None]
    for scale, total in rated:
        if not scale_fine(chart, scale, total):
            return _block(chart, criterion, f"the last {scale} is {total}", source)
    if not rated and not chart.events.get(event):
        return _block(chart, criterion, f"no {' or '.join(scales)} was rated after the end of the dose", source)
    return None


def _respiratory(chart: Chart) -> Block | None:
    if chart.event_open(EVENT_OF["respiratory"]):
        return _block(chart, "respiratory", "respiratory depression was recorded and has not resolved")
    return _asked("respiratory")(chart)


def _asked(check: str) -> Callable[[Chart], Block | None]:
    """A criterion that somebody answers before discharge."""

    def judge(chart: Chart) -> Block | None:
        answer = chart.answer(check, chart.dose_over) if chart.dose_over else None
        if answer is None:
            return _block(chart, check, f"{_WORDS[check]} was not checked after the end of the dose")
        if answer.result is not Result.CONFIRMED:
            return _block(chart, check, f"{_WORDS[check]} was answered {answer.result.value}")
        return None

    return judge


def _suicide_risk(chart: Chart) -> Block | None:
    """The question at the end, everything that was said of suicide and not answered, and open tasks on it."""
    asked, waiting = _asked("suicide_risk")(chart), suicide_risk.waiting(chart)
    unsaid = asked is not None and not any(words.startswith(asked.text) for words in waiting)
    said = [*([asked.text] if asked and unsaid else []), *waiting, *suicide_risk.open_tasks(chart)]
    return _block(chart, "suicide_risk", "; ".join(said)) if said else None


_WORDS = {
    "respiratory": "breathing",
    "orientation": "orientation",
    "walking": "walking",
    "nausea": "nausea",
    "suicide_risk": "suicide risk",
}
_CRITERIA: tuple[Callable[[Chart], Block | None], ...] = (
    _blood_pressure,
    _spo2,
    _sedation,
    _dissociation,
    _respiratory,
    *(_asked(check) for check in ("orientation", "walking", "nausea")),
    _suicide_risk,
)


def _escort(chart: Chart) -> list[Block]:
    answer = chart.answer("escort")
    if answer is not None and answer.result is Result.CONFIRMED:
        return []
    said = "was not asked for" if answer is None else f"was answered {answer.result.value}"
    return [_block(chart, "escort", f"the escort {said}")]


def _open_alarm(chart: Chart, asof: datetime) -> list[Block]:
    """One reason for every open alarm; an open emergency can be overridden by nobody."""
    found = [alarm for alarm in session_alarms.alarms(chart, asof) if alarm.open]
    if not found:
        return []
    emergency = any(alarm.priority is Priority.EMERGENCY for alarm in found)
    words = "; ".join(f"{alarm.id} ({alarm.why})" for alarm in found)
    return [Block("open_alarm", f"not resolved: {words}", not emergency, found[0].source)]

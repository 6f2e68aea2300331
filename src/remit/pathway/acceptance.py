"""Whether an entry is taken into the record, kind by kind, with every reason.

What has physically happened is recorded and remarked upon, not refused. What would let a person pass a gate or go home
is refused while anything speaks against it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from remit.pathway import dosing_entries as dosing
from remit.pathway import gate, ledger, recovery, session_alarms
from remit.pathway.chart import Chart, State
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
    Entry,
    Hold,
    Left,
    Prepared,
    RescueGiven,
    Resolved,
    Result,
    Role,
    ScaleRated,
    VialMoved,
)
from remit.pathway.judgement import Judgement, refused
from remit.pathway.scoring import score_total


def judge(chart: Chart, entry: Entry) -> Judgement:
    """What the rules say to an entry; an entry of a kind without rules of its own is accepted."""
    if entry.occurred > entry.at:
        return refused(f"taken_at: not after {entry.at.isoformat()} is possible, not {entry.occurred.isoformat()}")
    held = _JUDGES.get(type(entry))
    return held(chart, entry) if held else Judgement()


def _ended(chart: Chart) -> list[str]:
    return [f"{chart.state.value}: the session has ended"] if chart.state.terminal else []


def _reason(entry: Entry) -> list[str]:
    return [] if entry.reason else [f"{entry.kind}: a reason is needed"]


def _arrived(chart: Chart, _entry: Arrived) -> Judgement:
    there = ["arrived: the arrival is already recorded"] if chart.state is not State.SCHEDULED else []
    return Judgement(_ended(chart) or there)


def _check(chart: Chart, entry: Check) -> Judgement:
    found = []
    if entry.id not in chart.plan.known_checks:
        found.append(f"check: {entry.id!r} is no check of this session")
    if entry.result is Result.WAIVED and not entry.reason:
        found.append(f"{entry.id}: waived needs a reason")
    return Judgement(found, needs=("reason",) if entry.result is Result.WAIVED and not entry.reason else ())


def _cleared(chart: Chart, entry: Cleared) -> Judgement:
    if chart.state.terminal:
        return Judgement(_ended(chart))
    late = bool(chart.doses) and not chart.clearings
    if chart.state not in (State.SCHEDULED, State.ARRIVED, State.HELD) and not late:
        return refused(f"cleared: the session is already {chart.state.value}")
    found = gate.objections(chart, entry)
    standings = {demand.standing for demand in gate.demands(chart, entry.occurred)}
    needs = [
        name
        for name, standing in (
            ("reason", gate.Standing.NEEDS_REASON),
            ("second_person", gate.Standing.NEEDS_SECOND_PRESCRIBER),
        )
        if found and standing in standings
    ]
    return Judgement(found, needs=tuple(needs))


def _hold(chart: Chart, entry: Hold) -> Judgement:
    found = _ended(chart) or _reason(entry)
    if chart.infusions and chart.dose_state.on:
        found.append("hold: the infusion runs; pause or stop it")
    elif chart.state not in (State.ARRIVED, State.CLEARED, State.DOSING) and not chart.state.terminal:
        found.append(f"hold: not while the session is {chart.state.value}")
    return Judgement(found, needs=("reason",) if not entry.reason else ())


def _cancel(chart: Chart, entry: Cancel) -> Judgement:
    found = _ended(chart) or _reason(entry)
    if chart.doses:
        found.append("cancel: a dose was given; the person is observed and discharged, or has left")
    return Judgement(found, needs=("reason",) if not entry.reason else ())


def _event(chart: Chart, entry: AdverseEvent) -> Judgement:
    known = entry.id in chart.plan.rules.known_events
    return Judgement(notes=[] if known else [f"adverse_event: {entry.id!r} is not in the list of events"])


def _scale(chart: Chart, entry: ScaleRated) -> Judgement:
    """A total is taken; it never stands for an answer on suicide."""
    if chart.plan.rules.watched(entry.id):
        return Judgement()
    held = score_total(chart.plan.rules.scales[entry.id], entry.total, entry.answers)
    said = [
        f"{entry.id} {f'item {one.item} answered' if one.item else 'total'} {one.value}: {one.action}"
        for one in held.alerts
    ]
    unknown = [
        f"{entry.id}: a total alone answers no question on suicide; item {n} is not known, ask it"
        for n in held.alert_items_missing
    ]
    return Judgement(notes=[*said, *unknown])


def _resolved(chart: Chart, entry: Resolved) -> Judgement:
    if chart.event_open(entry.id, entry.occurred):
        return Judgement()
    if entry.id == chart.plan.rules.alarms.before_cleared.id and _open(chart, entry.id, entry):
        return Judgement([] if entry.by is Role.PRESCRIBER else [f"{entry.id}: a prescriber resolves it"])
    if any(entry.id == threshold.id for threshold in chart.plan.rules.alarms.thresholds):
        return refused(f"resolved: the first normal value resolves {entry.id}, no entry does")
    return refused(f"resolved: {entry.id!r} was not open at {entry.occurred.isoformat()}")


def _open(chart: Chart, alarm: str, entry: Entry) -> bool:
    return any(held.id == alarm and held.open for held in session_alarms.alarms(chart, entry.occurred))


def _acknowledged(chart: Chart, entry: AlarmAcknowledged) -> Judgement:
    held = [alarm for alarm in session_alarms.alarms(chart, entry.occurred) if alarm.id == entry.id]
    during = any(alarm.open or (alarm.resolved_at and entry.occurred <= alarm.resolved_at) for alarm in held)
    return Judgement([] if during else [f"alarm_ack: no alarm {entry.id!r} is open"])


def _rescue(chart: Chart, entry: RescueGiven) -> Judgement:
    named = any(entry.drug.lower() in option.lower() for held in chart.plan.rules.rescues for option in held.options)
    return Judgement(notes=[] if named else [f"rescue: {entry.drug!r} is not in the list of rescue drugs"])


def judge_discharge(chart: Chart, entry: Discharge) -> tuple[Judgement, tuple[str, ...]]:
    """Whether the person may go, and what a prescriber overrode; what a label or REMS demands nobody overrides."""
    blocks = recovery.blocks(chart, entry.occurred, escort_named=bool(entry.escort))
    firm = [block for block in blocks if not block.overridable]
    said = bool(entry.override_reason) and entry.by is Role.PRESCRIBER
    if not blocks:
        return Judgement(), ()
    words = [
        f"{block.id}: {block.text}" + ("" if block.overridable else "; nobody can override it") for block in blocks
    ]
    if said and not firm:
        return Judgement(notes=[f"overridden: {line}" for line in words]), tuple(block.id for block in blocks)
    if entry.override_reason and entry.by is not Role.PRESCRIBER:
        words.append(f"override_reason: a prescriber is needed, not a {entry.by.value}")
    needs = () if firm else tuple(name for name, there in _override_needs(entry) if not there)
    return Judgement(words, needs=needs), ()


def _override_needs(entry: Discharge) -> list[tuple[str, bool]]:
    return [("override_reason", bool(entry.override_reason)), ("prescriber", entry.by is Role.PRESCRIBER)]


def _discharge(chart: Chart, entry: Discharge) -> Judgement:
    if chart.state.terminal:
        return Judgement(_ended(chart))
    if not chart.doses:
        return refused(f"discharge: no dose was given; a session that is {chart.state.value} is cancelled")
    judged, _ = judge_discharge(chart, entry)
    if chart.state is not State.OBSERVING:
        words = f"discharge: the session is {chart.state.value}; the dose is completed or stopped first"
        return Judgement([words, *judged.refusals])
    return judged


def _left(chart: Chart, entry: Left) -> Judgement:
    found = _ended(chart) or _reason(entry)
    if chart.state is State.SCHEDULED:
        found.append("left: the person has not arrived; the session is cancelled")
    running = chart.dose_state.on and chart.infusions
    notes = ["left: the infusion was still recorded as running"] if running else []
    return Judgement(found, notes, needs=("reason",) if not entry.reason else ())


def _prepared(chart: Chart, entry: Prepared) -> Judgement:
    found = [] if entry.has_second_person else ["preparation: a second person with an account of their own is needed"]
    return Judgement(found + [f"{held.id}: {held.text}" for held in dosing.preparation_findings(chart.plan, entry)])


def _vial(chart: Chart, entry: VialMoved) -> Judgement:
    return Judgement(notes=ledger.remarks(chart, entry))


_JUDGES: dict[type[Entry], Callable[[Chart, Any], Judgement]] = {
    Arrived: _arrived,
    Check: _check,
    Cleared: _cleared,
    DeviceGiven: dosing.device,
    DoseStart: dosing.start,
    DosePause: dosing.pause,
    DoseResume: dosing.resume,
    DoseEnd: dosing.end,
    DoseStop: dosing.stop,
    AdverseEvent: _event,
    ScaleRated: _scale,
    Resolved: _resolved,
    RescueGiven: _rescue,
    Hold: _hold,
    Cancel: _cancel,
    Discharge: _discharge,
    Left: _left,
    AlarmAcknowledged: _acknowledged,
    Prepared: _prepared,
    VialMoved: _vial,
}

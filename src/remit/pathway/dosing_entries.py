"""Whether an entry of dosing is recorded: a device, a start, a pause, an end, a stop, and the preparation."""

from __future__ import annotations

import math
import re

from remit.pathway import gate
from remit.pathway.chart import Chart, DoseState, State, amount_reached, waits
from remit.pathway.entries import DeviceGiven, DoseEnd, DosePause, DoseResume, DoseStart, DoseStop, Prepared
from remit.pathway.infusion import Infusion
from remit.pathway.judgement import Judgement, refused
from remit.pathway.protocol import PerKilogram
from remit.pathway.recovery import LATE
from remit.pathway.second_check import Drawn, Ordered, Recomputed, check_preparation
from remit.pathway.session_plan import SessionPlan
from remit.pathway.sourced import Finding
from remit.quantities import Kilograms, Milligrams, Millilitres, parse_strength

_GIVEN = r"(given|administered|taken|started|sprayed|injected|infused|swallowed)"
_ALREADY = re.compile(
    rf"\balready\b.*\b{_GIVEN}\b|\b{_GIVEN}\b.*\balready\b|\b(was|were|been) {_GIVEN}\b", re.IGNORECASE
)
_NOT = re.compile(r"\b(not|never) (yet|already|been)\b", re.IGNORECASE)


def already_given(reason: str | None) -> bool:
    """True where a reason says that the dose was already given.

    >>> already_given("already given in the corridor"), already_given("in a hurry"), already_given(None)
    (True, False, False)
    """
    words = (reason or "").replace("_", " ").replace("-", " ")
    return bool(_ALREADY.search(words)) and not _NOT.search(words)


def device(chart: Chart, entry: DeviceGiven) -> Judgement:
    """A spray device: refused before clearance, else recorded with what is odd about it."""
    if not chart.plan.spray:
        return refused(f"device: this session's route is {chart.plan.route.value}, its dose is a dose_start")
    judged = _dose(chart, entry)
    held = chart.plan.protocol.device
    if held is not None:
        judged.notes += _rest(chart, entry, held.rest.value.value)
        if entry.mg != held.mg.value.value:
            judged.notes.append(f"device: {held.mg.value} are in a device, recorded are {entry.mg:g} mg")
    return judged


def _rest(chart: Chart, entry: DeviceGiven, rest: float) -> list[str]:
    gaps = [abs((entry.occurred - dose.at).total_seconds()) / 60 for dose in chart.doses]
    close = min(gaps, default=rest)
    return [f"device: {rest:g} min of rest are asked for, {close:g} min were kept"] if close < rest else []


def start(chart: Chart, entry: DoseStart) -> Judgement:
    """The start of an infusion, an injection or an oral dose."""
    plan = chart.plan
    if plan.spray:
        return refused("dose_start: this session's route is intranasal, each device is recorded as device")
    if chart.infusions and chart.dose_state.on:
        return refused("dose_start: an infusion is running")
    judged = _dose(chart, entry)
    judged.notes += _volume(plan, entry)
    if plan.requires_preparation and not already_given(entry.reason):
        _against_prepared(chart, entry, judged)
    return judged


def _against_prepared(chart: Chart, entry: DoseStart, judged: Judgement) -> None:
    """A drawn-up dose is the one that two people computed, once; what differs is recorded with a reason only."""
    held = chart.listed[Prepared]
    if not held:
        judged.refusals.append("preparation: no second person has recomputed the dose")
        return
    _, place, newest = held[-1]
    odd = _other_amount(chart.plan, entry, newest) if isinstance(newest, Prepared) else []
    if chart.last_dose is not None and place < chart.last_dose.index:
        odd.append("dose_start: what was prepared was started already; a second person recomputes another dose")
    if odd and not entry.reason:
        judged.refusals += odd
        judged.needs = (*judged.needs, "reason")
    else:
        judged.notes += odd


def _other_amount(plan: SessionPlan, entry: DoseStart, prepared: Prepared) -> list[str]:
    drawn = parse_strength(prepared.strength) * Millilitres(prepared.volume_ml)
    tolerance = drawn.value * plan.rules.preparation_tolerance_percent.value / 100
    if abs(drawn.value - entry.mg) <= tolerance or math.isclose(abs(drawn.value - entry.mg), tolerance):
        return []
    return [f"dose_start: prepared and recomputed are {drawn.value:g} mg, not {entry.mg:g} mg"]


def _volume(plan: SessionPlan, entry: DoseStart) -> list[str]:
    if entry.volume_ml is None or entry.strength is None:
        return []
    held = parse_strength(entry.strength) * Millilitres(entry.volume_ml)
    tolerance = entry.mg * plan.rules.preparation_tolerance_percent.value / 100
    if abs(held.value - entry.mg) <= tolerance or math.isclose(held.value, entry.mg):
        return []
    return [f"dose_start: {entry.volume_ml:g} mL of {entry.strength} are {held}, recorded are {entry.mg:g} mg"]


def _dose(chart: Chart, entry: DeviceGiven | DoseStart) -> Judgement:
    """What every dose has in common."""
    given = already_given(entry.reason)
    ended = _after_end(chart, entry)
    if ended:
        return refused(ended)
    judged = Judgement(notes=_odd(chart, entry))
    cleared = [held for held in chart.clearings if held[0] <= entry.occurred]
    if (not cleared or chart.held) and not given:
        words = "held" if chart.held else "not cleared"
        judged.refusals.append(
            f"{entry.kind}: the session is {words}; a dose already given is recorded with that reason"
        )
        judged.needs = ("reason",)
    elif not cleared or chart.held:
        judged.notes.append(
            f"{chart.plan.rules.alarms.before_cleared.id}: given before a prescriber cleared the session"
        )
    else:
        judged.notes += _gate_now(chart, entry)
    return judged


def _after_end(chart: Chart, entry: DeviceGiven | DoseStart) -> str:
    """A session that has ended takes no dose, but one that was given before its end may be charted late."""
    if chart.ending is None:
        return ""
    late = chart.state in (State.DISCHARGED, State.LEFT) and entry.occurred <= chart.ending[0]
    return "" if late else f"{chart.state.value}: the session has ended"


def _gate_now(chart: Chart, entry: DeviceGiven | DoseStart) -> list[str]:
    """What the gate would say now to a first dose, beyond what the clearance took into account."""
    if chart.doses:
        return []
    alone = not chart.clearings[-1][2].has_second_person
    return [
        f"{demand.id}: {demand.text}"
        for demand in gate.demands(chart, entry.occurred)
        if demand.standing.shut
        or demand.id == gate.SUICIDE_RISK
        or (demand.standing is gate.Standing.NEEDS_SECOND_PRESCRIBER and alone)
    ]


def _odd(chart: Chart, entry: DeviceGiven | DoseStart) -> list[str]:
    notes, total, planned = [], chart.dosed_mg + entry.mg, chart.plan.planned
    if amount_reached(total, planned.value) and not math.isclose(total, planned.value):
        notes.append(f"{entry.kind}: planned are {planned}, recorded are now {total:g} mg")
    if entry.expiry is not None and entry.expiry < entry.occurred.date():
        notes.append(f"{entry.kind}: lot {entry.lot or 'unknown'} expired on {entry.expiry.isoformat()}")
    if not entry.lot:
        notes.append(f"{entry.kind}: no lot is recorded")
    if chart.stops or chart.dose_state is DoseState.STOPPED:
        notes.append(f"{entry.kind}: the dose had been stopped")
    if chart.ending is not None:
        notes.append(f"{entry.kind}: charted after the session had ended")
    if waits(chart.plan, entry):
        notes.append(f"{entry.kind}: given at {entry.occurred.isoformat()}; the observation is {LATE}")
    return notes


def pause(chart: Chart, entry: DosePause) -> Judgement:
    """A pause, which moves the planned end."""
    return _within(chart, entry, standing_still=False)


def resume(chart: Chart, entry: DoseResume) -> Judgement:
    """The end of a pause."""
    return _within(chart, entry, standing_still=True)


def _within(chart: Chart, entry: DosePause | DoseResume, standing_still: bool) -> Judgement:
    infusion = chart.infusion
    if infusion is None or _outside(infusion, entry):
        return refused(f"{entry.kind}: no infusion runs at {entry.occurred.isoformat()}")
    if infusion.paused_at(entry.occurred) is not standing_still:
        return refused(f"{entry.kind}: the infusion is {'running' if standing_still else 'already paused'}")
    return Judgement()


def _outside(infusion: Infusion, entry: DosePause | DoseResume | DoseEnd | DoseStop) -> bool:
    over = infusion.ended
    return entry.occurred < infusion.started or (over is not None and entry.occurred >= over[0])


def end(chart: Chart, entry: DoseEnd) -> Judgement:
    """The end of an infusion; after an injection or an oral dose it says nothing new."""
    if chart.infusion is None:
        if chart.doses and not chart.plan.spray:
            return Judgement()
        return refused("dose_end: no dose runs; a spray dose ends with its last device")
    judged = _over(chart.infusion, entry)
    return Judgement(judged.refusals, [*judged.notes, *_too_soon(chart.plan, chart.infusion, entry)])


def _too_soon(plan: SessionPlan, infusion: Infusion, entry: DoseEnd) -> list[str]:
    """An end that counts as the whole dose, at a time at which it cannot be in at the planned rate."""
    ran, whole = infusion.given(entry.occurred), infusion.entry.mg
    if ran is None or amount_reached(ran, whole * (1 - plan.rules.preparation_tolerance_percent.value / 100)):
        return []
    counted = f"recorded as given are {whole:g} mg, at the planned rate {ran:.1f} mg are in"
    return [f"dose_end: {counted}; where it was cut short, correct this and record a stop"]


def stop(chart: Chart, entry: DoseStop) -> Judgement:
    """A dose that is stopped early: recorded even without its reason, which it should have."""
    if chart.infusion is not None:
        judged = _over(chart.infusion, entry)
    else:
        judged = Judgement() if chart.dose_state.on else refused("dose_stop: no dose runs")
    if not entry.reason:
        judged.notes.append("dose_stop: no reason is recorded")
    if (
        entry.given_mg is not None
        and amount_reached(entry.given_mg, chart.dosed_mg)
        and entry.given_mg > chart.dosed_mg
    ):
        judged.notes.append(f"dose_stop: started were {chart.dosed_mg:g} mg, given_mg says {entry.given_mg:g} mg")
    return judged


def _over(infusion: Infusion, entry: DoseEnd | DoseStop) -> Judgement:
    if infusion.ended:
        return refused(f"{entry.kind}: the infusion ended at {infusion.ended[0].isoformat()}")
    if entry.occurred < infusion.started:
        return refused(f"{entry.kind}: not before the start at {infusion.started.isoformat()}")
    return Judgement()


def preparation_findings(plan: SessionPlan, entry: Prepared) -> list[Finding]:
    """What speaks against a prepared dose."""
    dose = plan.protocol.dose
    ceiling = dose.ceiling.value if isinstance(dose, PerKilogram) and dose.ceiling else None
    order = Ordered(plan.protocol.molecule, plan.planned, plan.order, ceiling)
    first = Drawn(entry.molecule, parse_strength(entry.strength), Millilitres(entry.volume_ml))
    second = Recomputed(
        entry.second_molecule,
        parse_strength(entry.second_strength),
        None if entry.second_volume_ml is None else Millilitres(entry.second_volume_ml),
        None if entry.second_mg is None else Milligrams(entry.second_mg),
        None if entry.second_weight_kg is None else Kilograms(entry.second_weight_kg),
    )
    return check_preparation(order, first, second, plan.rules.preparation_tolerance_percent)

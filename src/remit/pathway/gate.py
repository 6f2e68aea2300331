"""The gate before a dose: what must be measured, asked and decided before a prescriber clears a person."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from remit.pathway import session_alarms, suicide_risk
from remit.pathway.chart import Chart
from remit.pathway.entries import Check, Cleared, Result, Role, VitalsTaken
from remit.pathway.safety import MOAAS, PRESSURE, Limit, Priority
from remit.pathway.session_plan import SessionPlan
from remit.pathway.sourced import Source, Status


class Standing(StrEnum):
    """How one demand of the gate stands."""

    MET = "met"
    MISSING = "missing"
    FAILED = "failed"
    NEEDS_REASON = "needs_reason"
    NEEDS_SECOND_PRESCRIBER = "needs_second_prescriber"

    @property
    def shut(self) -> bool:
        """True where nothing that a prescriber adds can open it."""
        return self in (Standing.MISSING, Standing.FAILED)


@dataclass(frozen=True, slots=True)
class Demand:
    """One thing that the gate asks for, how it stands, and why."""

    id: str
    standing: Standing
    text: str
    source: Source = field(default_factory=Source)


def demands(chart: Chart, asof: datetime) -> list[Demand]:
    """Everything that the gate asks of this session, in the order in which it is done."""
    return [
        *_measured(chart, asof),
        *_checks(chart),
        *_weight(chart.plan, asof),
        *_pressure(chart, asof),
        *_suicide_risk(chart),
        *_emergency(chart, asof),
    ]


def objections(chart: Chart, entry: Cleared) -> list[str]:
    """Every reason for which this clearance is refused; none lets it pass."""
    found = []
    if entry.by is not Role.PRESCRIBER:
        found.append(f"cleared: a prescriber is needed, not a {entry.by.value}")
    if chart.arrived is None:
        found.append("arrived: the person's arrival is not recorded")
    reason, second = bool(entry.reason), entry.has_second_person and entry.second_role is Role.PRESCRIBER
    for demand in demands(chart, entry.occurred):
        unreasoned = demand.standing is Standing.NEEDS_REASON and not reason
        alone = demand.standing is Standing.NEEDS_SECOND_PRESCRIBER and not (second and reason)
        if demand.standing.shut or unreasoned or alone:
            found.append(f"{demand.id}: {demand.text}")
    return found


def _measured(chart: Chart, asof: datetime) -> list[Demand]:
    """Pressure, SpO2 and a sedation baseline, measured since arrival."""
    since = chart.arrived
    pressure = since and chart.last_reading(PRESSURE, since, asof)
    spo2 = since and chart.last_reading(("spo2",), since, asof)
    sedation = None if since is None else chart.last_total(MOAAS, since, asof)
    return [
        _taken("blood_pressure", pressure is not None, _mmhg(pressure)),
        _taken("spo2", spo2 is not None, f"{spo2.spo2:g} %" if spo2 else ""),
        _taken("sedation", sedation is not None, f"{MOAAS} {sedation}"),
    ]


def _taken(id: str, there: bool, words: str) -> Demand:
    return Demand(id, Standing.MET, words) if there else Demand(id, Standing.MISSING, "not measured since arrival")


def _mmhg(reading: VitalsTaken | None) -> str:
    return f"{reading.systolic:g}/{reading.diastolic:g} mmHg" if reading else ""


def asked(plan: SessionPlan) -> tuple[str, ...]:
    """The checks that must be answered before this session's dose."""
    gate = plan.rules.gate
    wanted = (
        *gate.everyone,
        plan.protocol.fasting_check,
        *(() if plan.inpatient else gate.not_inpatient),
        *(gate.us_spravato_outpatient if plan.us_spravato_outpatient else ()),
        *(gate.off_label if plan.protocol.off_label else ()),
        *plan.extra_gate_checks,
    )
    return tuple(dict.fromkeys(check for check in wanted if check not in plan.confirmed_before))


def _checks(chart: Chart) -> list[Demand]:
    """Every check that is asked, and every other check of the gate that was answered with `failed`."""
    rules, wanted = chart.plan.rules, asked(chart.plan)
    elsewhere = {*rules.recovery.asked, *rules.gate.for_some, *wanted}
    others = [check for check in chart.checks if check not in elsewhere]
    failed = [check for check in others if (held := chart.answer(check)) and held.result is Result.FAILED]
    return [_check(chart, check) for check in (*wanted, *failed)]


def _check(chart: Chart, check: str) -> Demand:
    rule = chart.plan.rules.checks.get(check)
    source = rule.source if rule else Source()
    answer = chart.answer(check)
    if answer is None:
        return Demand(check, Standing.MISSING, "not asked", source)
    if answer.result is Result.FAILED:
        return Demand(check, Standing.FAILED, "answered failed", source)
    if answer.result is Result.WAIVED and rule is not None and not rule.waivable:
        return Demand(check, Standing.FAILED, "this check cannot be waived", source)
    return Demand(check, Standing.MET, _answered(chart, check, answer), source)


def _answered(chart: Chart, check: str, answer: Check) -> str:
    """The answer in words; of a question on suicide also that it was answered otherwise before."""
    before = [held.result for *_, held in chart.checks[check]]
    changed = check in chart.plan.rules.risk_checks and Result.FAILED in before
    return f"{answer.result.value}, after it was answered failed" if changed else answer.result.value


def _weight(plan: SessionPlan, asof: datetime) -> list[Demand]:
    """A weight within its limit, for a dose that follows from it.

    An age limit that nobody has adopted asks the prescriber; once adopted it shuts the gate.
    """
    if not plan.weight_based:
        return []
    limit = plan.rules.gate.weight_max_age_days
    id = "weight_for_dose"
    if plan.patient.weight is None:
        return [Demand(id, Standing.MISSING, "the dose follows from the weight, and none is recorded", limit.source)]
    measured = plan.patient.weight.measured_on
    age = None if measured is None else (asof.date() - measured).days
    if age is not None and age <= limit.value:
        return [Demand(id, Standing.MET, f"measured {age} days ago", limit.source)]
    said = "of unknown date" if age is None else f"{age} days old"
    firm = limit.source.status is not Status.UNVERIFIED or {id, limit.path} & plan.adopted
    standing = Standing.FAILED if firm else Standing.NEEDS_REASON
    return [Demand(id, standing, f"the weight is {said}, at most {limit.value} days are asked for", limit.source)]


def _pressure(chart: Chart, asof: datetime) -> list[Demand]:
    """What the pressure before dosing asks of the prescriber."""
    reading = chart.last_reading(PRESSURE, chart.arrived, asof) if chart.arrived else None
    if reading is None:
        return []
    plan, found = chart.plan, []
    for rule in plan.rules.gate.pressures:
        if not rule.applies(plan.jurisdiction, plan.protocol.molecule):
            continue
        over = [limit for limit in rule.limits if limit.crossed(getattr(reading, limit.measure))]
        if over:
            asks = "another prescriber and a reason are" if rule.two_prescribers else "a reason is"
            text = f"{_mmhg(reading)} is beyond {_bounds(rule.limits)}: {asks} needed"
            standing = Standing.NEEDS_SECOND_PRESCRIBER if rule.two_prescribers else Standing.NEEDS_REASON
            found.append(Demand(rule.id, standing, text, rule.source))
    return found


def _bounds(limits: tuple[Limit, ...]) -> str:
    return "/".join(f"{limit.value:g}" for limit in limits)


SUICIDE_RISK = "suicide_risk"


def _suicide_risk(chart: Chart) -> list[Demand]:
    """What was said of suicide beside the gate's own question, and no clearance has answered."""
    said = suicide_risk.said(chart, but_for=asked(chart.plan))
    words = f"{' and '.join(said)} since arrival or the last clearance: a prescriber clears with a reason"
    return [Demand(SUICIDE_RISK, Standing.NEEDS_REASON, words)] if said and not chart.doses else []


def _emergency(chart: Chart, asof: datetime) -> list[Demand]:
    """An open emergency: nobody is cleared into it."""
    return [
        Demand("open_alarm", Standing.FAILED, f"emergency {alarm.id} is open: {alarm.why}", alarm.source)
        for alarm in session_alarms.alarms(chart, asof)
        if alarm.open and alarm.priority is Priority.EMERGENCY and not alarm.id.startswith("predose_")
    ]

"""Every alarm of a session: those of its readings, of symptoms, of a missing reading, of a dose before clearance."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from remit.pathway.alarms import Alarm
from remit.pathway.chart import Chart
from remit.pathway.entries import AdverseEvent, AlarmAcknowledged, Resolved, Severity
from remit.pathway.session_plan import SPRAVATO


def alarms(chart: Chart, asof: datetime) -> list[Alarm]:
    """Every alarm so far in the order in which they were raised, each with who has taken it on."""
    found = [*chart.watch.alarms(asof), *_symptoms(chart), *_before_cleared(chart), *_missing_reading(chart, asof)]
    return [_acknowledged(chart, alarm) for alarm in sorted(found, key=lambda alarm: alarm.raised_at)]


def _acknowledged(chart: Chart, alarm: Alarm) -> Alarm:
    for at, _, entry in chart.listed[AlarmAcknowledged]:
        during = alarm.raised_at <= at and (alarm.resolved_at is None or at <= alarm.resolved_at)
        if isinstance(entry, AlarmAcknowledged) and entry.id == alarm.id and during:
            return replace(alarm, acknowledged_at=at, acknowledged_by=entry.account or entry.by.value)
    return alarm


def _symptoms(chart: Chart) -> list[Alarm]:
    """One alarm for every symptom of a hypertensive emergency, open until that symptom is over."""
    rules, found = chart.plan.rules.alarms, []
    for event, held in chart.events.items():
        since: datetime | None = None
        for at, _, entry in held:
            if isinstance(entry, Resolved) and since is not None:
                found.append(Alarm.of(rules.symptoms, since, event.replace("_", " "), at))
                since = None
            elif isinstance(entry, AdverseEvent) and since is None and is_symptom(chart, entry):
                since = at
        if since is not None:
            found.append(Alarm.of(rules.symptoms, since, event.replace("_", " ")))
    return found


def is_symptom(chart: Chart, entry: AdverseEvent) -> bool:
    """True for an event that calls for the emergency service whatever the pressure."""
    rules = chart.plan.rules.alarms
    grave = entry.severity in (Severity.SEVERE, Severity.SERIOUS)
    return entry.id in rules.symptom_ids or (grave and entry.id in rules.severe_symptom_ids)


def _before_cleared(chart: Chart) -> list[Alarm]:
    """One alarm for a dose that was given before clearance, open until a prescriber clears or resolves it."""
    early = next((dose for dose in chart.doses if dose.early), None)
    if early is None:
        return []
    notice = chart.plan.rules.alarms.before_cleared
    settled = [at for at, index, _ in chart.clearings if (at, index) > early.key]
    settled += [at for at, _, entry in chart.events.get(notice.id, []) if isinstance(entry, Resolved)]
    return [Alarm.of(notice, early.at, f"{early.entry.mg:g} mg before clearance", min(settled, default=None))]


def _missing_reading(chart: Chart, asof: datetime) -> list[Alarm]:
    """The 40-minute pressure after the last spray device, from the minute on at which it counts as missing."""
    if chart.plan.protocol.product != SPRAVATO or chart.last_dose is None:
        return []
    rules = chart.plan.rules.alarms
    raised = chart.last_dose.at + timedelta(minutes=rules.reading_missing.value.value)
    early = timedelta(minutes=chart.plan.rules.early.value.value)
    enough = chart.last_dose.at + timedelta(minutes=rules.reading_due.value.value) - early
    taken = chart.pressure_from(enough)
    if asof < raised or (taken is not None and taken <= raised):
        return []
    if chart.ending is not None and chart.ending[0] < raised:
        return []
    return [Alarm.of(rules.missing_reading, raised, "no pressure since the last device", taken)]

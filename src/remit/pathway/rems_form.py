"""The regulatory monitoring form of a session, drafted from its record. It counts from the first spray device."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from remit.pathway import recovery
from remit.pathway.chart import Chart, State
from remit.pathway.entries import AdverseEvent, DeviceGiven, Severity, VitalsTaken
from remit.pathway.record import Row


def draft(chart: Chart, asof: datetime, rows: Sequence[Row], flags: Sequence[str]) -> dict[str, Any] | None:
    """The form's data; null where no form applies. What is not known stays null, and is asked for on the form.

    `flags` say what the reader of the form must know: a person who left, a decision against the record.
    """
    if chart.plan.form is None:
        return None
    first, given = chart.first_dose, chart.given(asof)
    ended = chart.ending[0] if chart.ending else None
    return {
        "form": chart.plan.form,
        "treatment_date": first.at.date().isoformat() if first else None,
        "first_treatment": chart.plan.number == 1,
        "dose_mg": given if given is None else round(given, 3),
        "lots": _lots(chart),
        "minutes_first_device_to_end": _minutes(first.at, ended) if first and ended else None,
        "minutes_ready_without_minimum": _ready_without_minimum(chart, rows),
        "vitals_acceptable_before_administration": bool(chart.clearings) if first else None,
        "vitals_acceptable_before_completion": _acceptable(chart, asof),
        "bp_before": _baseline(chart),
        "bp_40_min": _words(_forty(chart)),
        "bp_before_completion": _words(_newest(chart)),
        "sedation": _seen(chart, "sedation"),
        "dissociation": _seen(chart, "dissociation"),
        "respiratory_depression": _seen(chart, "respiratory"),
        "serious_adverse_events": _serious(chart),
        "left": chart.state is State.LEFT,
        "flags": list(flags),
        "submit_by": _submit_by(chart, ended),
    }


def _minutes(start: datetime, end: datetime) -> int:
    return (end - start) // timedelta(minutes=1)


def _lots(chart: Chart) -> list[str]:
    lots = (dose.entry.lot for dose in chart.doses if isinstance(dose.entry, DeviceGiven))
    return list(dict.fromkeys(lot for lot in lots if lot))


def _words(reading: VitalsTaken | None) -> str | None:
    return f"{reading.systolic:g}/{reading.diastolic:g}" if reading else None


def _baseline(chart: Chart) -> str | None:
    held = chart.baseline
    return f"{held['systolic']:g}/{held['diastolic']:g}" if held else None


def _forty(chart: Chart) -> VitalsTaken | None:
    """The reading nearest to the time at which the pressure after the last device is due."""
    if chart.last_dose is None:
        return None
    due = chart.last_dose.at + timedelta(minutes=chart.plan.rules.alarms.reading_due.value.value)
    return min(_taken(chart), key=lambda entry: abs(entry.occurred - due), default=None)


def _newest(chart: Chart) -> VitalsTaken | None:
    """The last pressure after the dose and not after the end."""
    return next(reversed(_taken(chart)), None)


def _taken(chart: Chart) -> list[VitalsTaken]:
    end = chart.ending[0] if chart.ending else None
    after = chart.pressures(chart.last_dose.key) if chart.last_dose else []
    return [entry for at, _, entry in after if end is None or at <= end]


def _acceptable(chart: Chart, asof: datetime) -> bool | None:
    if chart.first_dose is None:
        return None
    return not {"blood_pressure", "spo2"} & {block.id for block in recovery.blocks(chart, asof)}


def _seen(chart: Chart, criterion: str) -> bool | None:
    """Whether it was seen since the dose; null where nobody looked."""
    if chart.first_dose is None:
        return None
    signs = recovery.signs(chart, criterion)
    events = chart.events.get(recovery.EVENT_OF[criterion], [])
    return bool(events) or any(not fine for *_, fine in signs) if signs or events else None


def _serious(chart: Chart) -> list[dict[str, Any]]:
    return [
        {"id": event, "at": at.isoformat(), "severity": entry.severity, "text": entry.text}
        for event, held in chart.events.items()
        for at, _, entry in held
        if isinstance(entry, AdverseEvent) and (entry.serious or entry.severity is Severity.SERIOUS)
    ]


def _ready_without_minimum(chart: Chart, rows: Sequence[Row]) -> int | None:
    """Minutes from the first device until nothing but the minimum observation kept the person any more.

    Told once the session has ended: the entries are gone through anew, in the order in which they happened.
    """
    if chart.first_dose is None or chart.ending is None:
        return None
    ready: datetime | None = None
    past = Chart(chart.plan)
    for row in sorted(
        (row for row in rows if row.corrected_by is None), key=lambda row: (row.entry.occurred, row.index)
    ):
        past.apply(row.index, row.entry)
        if past.ending is not None:
            break
        if past.state is State.OBSERVING:
            kept = recovery.kept(past, row.entry.occurred, but_for_minimum=True)
            ready = None if kept else ready or row.entry.occurred
    return _minutes(chart.first_dose.at, ready) if ready else None


def _submit_by(chart: Chart, ended: datetime | None) -> str | None:
    if ended is None or chart.first_dose is None:
        return None
    return (ended + timedelta(days=chart.plan.rules.form_within_days.value)).date().isoformat()

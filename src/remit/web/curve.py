"""A session's curve as the page draws it: readings, doses and events, and behind them what the model expects."""

from __future__ import annotations

from datetime import datetime, timedelta, tzinfo

from django.utils.safestring import SafeString

from remit.acts.expected_effects import Band, Effects
from remit.acts.session import Opened
from remit.pathway.entries import (
    AdverseEvent,
    DeviceGiven,
    DoseEnd,
    DosePause,
    DoseResume,
    DoseStart,
    DoseStop,
    Entry,
    RescueGiven,
)
from remit.pathway.session import SessionView
from remit.web.chair import words_of
from remit.web.charts.expected import effect_chart
from remit.web.charts.session import Expected, Limit, Mark, Reading, SessionCurve, Span, session_chart

FULL = "CADSS"
"""The scale whose points the model's dissociation is in; the six-item one has other points."""


def curve(opened: Opened, zone: tzinfo, expected: Effects | None = None) -> SafeString:
    """The session's curve, and behind it what the model expects, where that is known."""
    seen = opened.view
    first = next((limit for gate in opened.loaded.plan.rules.gate.pressures for limit in gate.limits), None)
    return session_chart(
        SessionCurve(
            readings=[
                Reading(
                    held.taken_at,
                    held.values.get("systolic"),
                    held.values.get("diastolic"),
                    held.values.get("heart_rate"),
                    held.values.get("spo2"),
                    held.corrected_by is not None,
                )
                for held in seen.readings
            ],
            doses=_doses(opened),
            events=_events(opened),
            alarms=[Span(alarm.raised_at, alarm.resolved_at, words_of(alarm.id)) for alarm in seen.alarms],
            now=seen.ended_at or seen.asof,
            zone=zone,
            first_dose=seen.first_dose_at,
            release=seen.release_not_before,
            limits=[Limit(first.value, f"{first.value:g} asks the prescriber")] if first else [],
            expected=_expected_pressure(seen, expected),
        )
    )


def _expected_pressure(seen: SessionView, effects: Effects | None) -> list[Expected]:
    """The systolic pressure that the model expects, from this session's own baseline."""
    base = (seen.baseline or {}).get("systolic")
    if effects is None or base is None:
        return []
    return expected_at(seen, effects, effects.systolic, base)


def expected_at(seen: SessionView, effects: Effects, band: Band | None, base: float) -> list[Expected]:
    """A band on the session's clock, above a base."""
    return on_a_clock(seen.first_dose_at, effects, band, base) if band and seen.first_dose_at else []


def on_a_clock(dose: datetime, effects: Effects, band: Band, base: float) -> list[Expected]:
    """A band from the time of a dose on, above a base."""
    held = zip(effects.minutes, band.low, band.median, band.high, strict=True)
    return [
        Expected(dose + timedelta(minutes=minute), base + low, base + middle, base + high)
        for minute, low, middle, high in held
    ]


def dissociation(opened: Opened, effects: Effects, zone: tzinfo) -> SafeString | None:
    """The CADSS that the model expects, with what was rated on that scale before it; null where nothing is known."""
    seen = opened.view
    shown = expected_at(seen, effects, effects.dissociation, 0.0)
    rated = [(one.taken_at, float(one.total)) for one in seen.ratings if one.scale == FULL and one.corrected_by is None]
    return effect_chart("CADSS", "points", shown, rated, zone) if shown else None


def _doses(opened: Opened) -> list[Span]:
    """One bar for each stretch in which an infusion ran; one tick for a spray or an injection."""
    spans: list[Span] = []
    running: tuple[datetime, str] | None = None
    for entry in _in_time(opened):
        if isinstance(entry, DeviceGiven):
            spans.append(Span(entry.occurred, entry.occurred, f"{entry.mg:g} mg"))
        elif isinstance(entry, DoseStart):
            running = (entry.occurred, f"{entry.mg:g} mg")
        elif isinstance(entry, DoseResume):
            running = (entry.occurred, "resumed")
        elif isinstance(entry, DosePause | DoseEnd | DoseStop) and running is not None:
            spans.append(Span(running[0], entry.occurred, running[1]))
            running = None
    if running is not None:
        infused = opened.loaded.plan.infused
        spans.append(Span(running[0], opened.view.asof if infused else running[0], running[1]))
    return spans


def _events(opened: Opened) -> list[Mark]:
    marks = []
    for entry in _in_time(opened):
        match entry:
            case AdverseEvent():
                marks.append(Mark(entry.occurred, " ".join(filter(None, (words_of(entry.id), entry.severity)))))
            case RescueGiven():
                marks.append(Mark(entry.occurred, entry.drug))
            case DosePause():
                marks.append(Mark(entry.occurred, "paused"))
            case DoseStop():
                marks.append(Mark(entry.occurred, "stopped"))
    return marks


def _in_time(opened: Opened) -> list[Entry]:
    return sorted(opened.loaded.session.standing.values(), key=lambda entry: entry.occurred)

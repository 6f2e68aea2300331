"""Where a value goes: its newest measurement held against the one before, beyond the noise of measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remit.pathway.alarms import Values
from remit.pathway.chart import Chart
from remit.pathway.session_view import Reading, beyond
from remit.pathway.sourced import Sourced


class Trend(StrEnum):
    """Where a value goes since it was measured before."""

    RISING = "rising"
    FALLING = "falling"
    STEADY = "steady"


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest measurement of something: its values, when it was taken, where it goes, whether a limit is crossed."""

    values: Values
    taken_at: datetime
    trend: Trend | None
    """Null where nothing was measured before."""
    outside: bool


def trend(before: Values | None, now: Values, measures: Sequence[str], noise: Mapping[str, float]) -> Trend | None:
    """Where the first of these measures goes that moved beyond its noise; null without a value to compare with.

    >>> trend({"spo2": 98}, {"spo2": 95}, ["spo2"], {"spo2": 2})
    <Trend.FALLING: 'falling'>
    >>> trend({"spo2": 98}, {"spo2": 96}, ["spo2"], {"spo2": 2})
    <Trend.STEADY: 'steady'>
    """
    changes = [
        (now[name] - before[name], noise.get(name, 0))
        for name in measures
        if before and name in before.keys() & now.keys()
    ]
    moved = next((change for change, within in changes if abs(change) > within), 0)
    if not changes or not moved:
        return Trend.STEADY if changes else None
    return Trend.RISING if moved > 0 else Trend.FALLING


def trends(
    readings: Sequence[Reading], measures: Sequence[str], noise: Mapping[str, Sourced[float]]
) -> list[Trend | None]:
    """Where each of these readings goes; a corrected one counts as never taken."""
    within, before, found = _plain(noise), dict[str, float](), list[Trend | None]()
    for held in readings:
        corrected = held.corrected_by is not None
        found.append(None if corrected else trend(before, held.values, measures, within))
        before |= {} if corrected else held.values
    return found


def newest_reading(chart: Chart, measures: Sequence[str]) -> Newest | None:
    """The newest reading of any of these measures; null where none was taken."""
    taken = [held for held in chart.readings if not held[2].measured.keys().isdisjoint(measures)]
    if not taken:
        return None
    rules = chart.plan.rules
    at, index, entry = taken[-1]
    before: dict[str, float] = {}
    for *_, earlier in taken[:-1]:
        before |= earlier.measured
    concerned = (rules.alarms.threshold(id).measures for id in beyond(chart, (at, index), entry.measured))
    return Newest(
        values={name: entry.measured[name] for name in measures if name in entry.measured},
        taken_at=at,
        trend=trend(before, entry.measured, measures, _plain(rules.noise)),
        outside=any(not measured.isdisjoint(measures) for measured in concerned),
    )


def newest_total(chart: Chart, scale: str) -> Newest | None:
    """The newest total of a rating scale, of which every point counts; null where it was not rated."""
    rated = chart.scales.get(scale)
    if not rated:
        return None
    at, index, total = rated[-1]
    now = {scale: float(total)}
    before = {scale: float(rated[-2][2])} if rated[1:] else None
    outside = bool(beyond(chart, (at, index), now))
    return Newest(now, at, trend(before, now, [scale], {}), outside)


def _plain(noise: Mapping[str, Sourced[float]]) -> dict[str, float]:
    return {name: held.value for name, held in noise.items()}

"""Where a value goes: its newest measurement held against the one before, beyond the noise of measuring."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from remit.pathway.alarms import Values, Verdict, judge
from remit.pathway.safety import SessionRules
from remit.pathway.session_view import Rating, Reading, SessionView
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


def newest_reading(seen: SessionView, measures: Sequence[str], rules: SessionRules) -> Newest | None:
    """The newest reading of any of these measures; null where none was taken."""
    standing = [
        held for held in seen.readings if held.corrected_by is None and not held.values.keys().isdisjoint(measures)
    ]
    if not standing:
        return None
    last = standing[-1]
    concerned = (rules.alarms.threshold(id).measures for id in last.beyond)
    return Newest(
        values={name: last.values[name] for name in measures if name in last.values},
        taken_at=last.taken_at,
        trend=trends(standing, measures, rules.noise)[-1],
        outside=any(not measured.isdisjoint(measures) for measured in concerned),
    )


def newest_total(seen: SessionView, scale: str, rules: SessionRules) -> Newest | None:
    """The newest total of a rating scale, of which every point counts; null where it was not rated."""
    standing = [held for held in seen.ratings if held.scale == scale and held.corrected_by is None]
    if not standing:
        return None
    last = standing[-1]
    before = {scale: float(standing[-2].total)} if standing[1:] else None
    return Newest(
        {scale: last.total}, last.taken_at, trend(before, {scale: last.total}, [scale], {}), _beyond(last, rules)
    )


def _beyond(rating: Rating, rules: SessionRules) -> bool:
    values = {rating.scale: float(rating.total)}
    limits = (held for held in rules.alarms.thresholds if rating.scale in held.measures)
    return any(judge(held, values, None).value >= Verdict.BREACH.value for held in limits)


def _plain(noise: Mapping[str, Sourced[float]]) -> dict[str, float]:
    return {name: held.value for name, held in noise.items()}

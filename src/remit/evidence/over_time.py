"""How scores run over time in the studies of a question, and how long an effect lasts: study by study, never pooled."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from remit.evidence.beside import durability, studied
from remit.evidence.harms import wilson
from remit.evidence.pooling import quantile
from remit.evidence.selection import Question
from remit.pathway.trials import Arm, Seen, Study, TimePoint, Trials

LEVEL = 0.95
CHANGES = ("mean change", "LS mean change")
FROM = "first dose"
SHARES = {"relapse_proportion": False, "km_response_retained": True}
"""Statistics that are a share, and whether they count those who kept the response."""
DAYS = {
    "median_days_to_relapse": "median days to relapse",
    "mean_days_to_relapse": "mean days to relapse",
    "median_days_in_remission": "median days in remission",
    "median_days_to_loss_of_response": "median days to loss of response",
}


@dataclass(frozen=True, slots=True)
class At:
    """The mean change of a score at a time, with its interval where the spread is known."""

    hours: float
    value: float
    interval: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Curve:
    """One arm over time, from the first dose on."""

    arm: str
    label: str
    comparator: bool
    from_memory: bool
    points: tuple[At, ...]


@dataclass(frozen=True, slots=True)
class Panel:
    """One study: its arms on one scale; `once` where a single dose was given."""

    study: str
    scale: str
    once: bool
    curves: tuple[Curve, ...]


@dataclass(frozen=True, slots=True)
class Lasting:
    """One figure of how long an effect lasts: a share of 0 to 1, or days."""

    study: str
    arm: str
    said: str
    since: str
    comparator: bool
    value: float
    interval: tuple[float, float] | None
    from_memory: bool
    n: int | None


def panels(trials: Trials, question: Question, with_memory: bool = False) -> tuple[Panel, ...]:
    """Each study of the question whose scores over time were seen, those after one dose first."""
    ids = studied(trials, question)
    found = [_panel(trials, study, scale, with_memory) for study, scale in _scaled(trials, ids)]
    return tuple(sorted((one for one in found if one.curves), key=lambda one: (not one.once, one.study)))


def _scaled(trials: Trials, ids: Iterable[str]) -> Iterator[tuple[Study, str]]:
    for study in trials.studies:
        if study.id in ids:
            rows = [row for row in trials.timecourse if row.study_id == study.id and row.scale]
            for scale in dict.fromkeys(row.scale for row in rows):
                yield study, scale or ""


def _panel(trials: Trials, study: Study, scale: str, with_memory: bool) -> Panel:
    rows = [row for row in trials.timecourse if row.study_id == study.id and row.scale == scale]
    curves = [_curve(arm, [row for row in rows if row.arm_id == arm.arm_id], with_memory) for arm in study.arms]
    once = all(arm.n_doses == "1" for arm in study.arms)
    return Panel(study.id, scale, once, tuple(curve for curve in curves if len(curve.points) > 1))


def _curve(arm: Arm, rows: Sequence[TimePoint], with_memory: bool) -> Curve:
    asked = [row for row in rows if row.time_hours is not None and row.time_reference == FROM]
    seen = [row for row in asked if with_memory or row.verified is not Seen.MEMORY]
    start = next((row.value for row in seen if row.statistic == "mean score" and row.time_hours == 0), None)
    points = [point for row in seen if (point := _point(row, start)) is not None]
    begin = [] if any(point.hours == 0 for point in points) or not points else [At(0.0, 0.0, None)]
    memory = any(row.verified is Seen.MEMORY for row in seen)
    ordered = tuple(sorted([*begin, *points], key=lambda point: point.hours))
    return Curve(arm.arm_id, arm.arm_label, arm.is_comparator, memory, ordered)


def _point(row: TimePoint, start: float | None) -> At | None:
    """A change as printed; of a mean score, what it lost since the first dose."""
    if row.statistic in CHANGES:
        return At(row.time_hours or 0.0, row.value, _reach(row, row.value))
    if row.statistic == "mean score" and start is not None:
        # The spread is that of the score, not of the change, so that no interval can be given.
        return At(row.time_hours or 0.0, row.value - start, None)
    return None


def _reach(row: TimePoint, value: float) -> tuple[float, float] | None:
    error = row.se
    if error is None and row.sd is not None and row.n:
        error = row.sd / math.sqrt(row.n)
    if error is None:
        return None
    reach = quantile((1 + LEVEL) / 2, None) * error
    return value - reach, value + reach


def relapses(trials: Trials, question: Question, with_memory: bool = False) -> tuple[Lasting, ...]:
    """Shares who relapsed or lost the response, at the time that the study says."""
    rows = _asked(durability(trials, question), with_memory)
    found = [_count(trials, row) for row in rows if row.statistic == "relapse_n" and row.n]
    return (*found, *(_share(trials, row) for row in rows if row.statistic in SHARES))


def days(trials: Trials, question: Question, with_memory: bool = False) -> tuple[Lasting, ...]:
    """Days until relapse or loss of response."""
    rows = _asked(durability(trials, question), with_memory)
    return tuple(_days(trials, row) for row in rows if row.statistic in DAYS)


def _asked(rows: Iterable[TimePoint], with_memory: bool) -> list[TimePoint]:
    return [row for row in rows if with_memory or row.verified is not Seen.MEMORY]


def _count(trials: Trials, row: TimePoint) -> Lasting:
    n, of = round(row.value), row.n or 1
    share = wilson(n, of)
    return _lasting(trials, row, f"{n} of {of} relapsed", share.value, (share.low, share.high))


def _share(trials: Trials, row: TimePoint) -> Lasting:
    kept = SHARES[row.statistic]
    value = 1 - row.value if kept else row.value
    interval = None
    # Of a Kaplan-Meier share the people at the start do not say how sure it is.
    if row.n and not kept:
        found = wilson(round(value * row.n), row.n)
        interval = (found.low, found.high)
    return _lasting(trials, row, "lost the response (Kaplan-Meier)" if kept else "relapsed", value, interval)


def _days(trials: Trials, row: TimePoint) -> Lasting:
    low, high = row.ci_low, row.ci_high
    # An end that no paper could give is open: drawn up to the value, it would pass for the interval's end.
    interval = None if low is None else (low, math.inf if high is None else high)
    return _lasting(trials, row, DAYS[row.statistic], row.value, interval)


def _lasting(trials: Trials, row: TimePoint, said: str, value: float, interval: tuple[float, float] | None) -> Lasting:
    study = trials.study(row.study_id)
    arm = next((arm for arm in study.arms if arm.arm_id == row.arm_id), None) if study else None
    weeks = "" if row.time_hours is None else f"{row.time_hours / 168:.0f} weeks after "
    return Lasting(
        study=row.study_id,
        arm=row.arm_id,
        said=said,
        since=f"{weeks}{row.time_reference}",
        comparator=arm is not None and arm.is_comparator,
        value=value,
        interval=interval,
        from_memory=row.verified is Seen.MEMORY,
        n=row.n,
    )

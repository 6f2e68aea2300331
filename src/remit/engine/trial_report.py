"""A virtual trial as one document: arms over time, their difference, time to relapse, what is known of each link."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from remit.engine.arms import Arm
from remit.engine.chair import reviewed_at_end
from remit.engine.people import Array
from remit.engine.second_scale import SecondResult
from remit.engine.trial import ArmResult, TrialPlan
from remit.pathway.mood import MoodChain
from remit.pathway.outcome import describe
from remit.pathway.sourced import Sourced
from remit.pathway.trial_conduct import Attendance

ASKED = "as asked"
"""The note of a value that a person chose."""
_LEVEL = 0.95
_NORMAL = NormalDist()


def document(chain: MoodChain, plan: TrialPlan, results: Sequence[ArmResult]) -> dict[str, Any]:
    """The trial as the command line prints it: see `remit trial --json`. Shares are between 0 and 1."""
    held = plan.endpoints
    return {
        "seed": plan.seed,
        "n": plan.size,
        "replicates": plan.trials if plan.size else 0,
        "baseline": chain["baseline_points"].value if plan.baseline is None else plan.baseline,
        "arms": [_row(plan, one, at, hours) for one in results for at, hours in enumerate(plan.at_h)],
        "difference": [
            _difference(plan, results[0], other, at, hours)
            for other in results[1:]
            for at, hours in enumerate(plan.at_h)
        ],
        "attendance": _attendance(plan, results),
        "raised": {
            one.arm.id: {"share": _mean(one.raised), "rule": one.arm.climbs} for one in results if one.arm.climbs
        },
        "relapse_median_d": {one.arm.id: _relapse(one.relapse, plan) for one in results},
        "regimens": [
            {
                "arm": one.arm.id,
                "name": one.arm.name,
                "doses": list(one.arm.said),
                "session_days": list(one.arm.sessions),
                "new_antidepressant": one.arm.new_antidepressant,
            }
            for one in results
        ],
        "definitions": {
            "response": describe(held.scale, held.response),
            "remission": describe(held.scale, held.remission),
            "relapse": f"after a response {chain.visits.end_after_days:g} d after the last session, "
            f"{held.consecutive} scores one after the other without it, every {chain.visits.every_days:g} d",
        },
        "status": {
            **{name: {"link": one.link, "status": one.source.status.value} for name, one in chain.values.items()},
            **_second_status(plan),
        },
        "version": chain.version,
        "notes": _notes(plan, results),
    }


def _attendance(plan: TrialPlan, results: Sequence[ArmResult]) -> dict[str, Any] | None:
    """Who comes, with the source of each share; null where everybody does."""
    held = plan.attendance
    if held is None:
        return None
    leaves = {one.arm.id: held.leave_with_drug if one.arm.ladder else held.leave_without for one in results}
    return {
        "missed": sourced(held.missed),
        "held_for_pressure": sourced(held.held_for_pressure),
        "made_up_after_d": sourced(held.made_up_after_days),
        "leave": {arm: {**sourced(share), "per_days": held.per_days} for arm, share in leaves.items()},
        "missing": {**sourced(held.missing), "words": held.missing.value.words},
        "sessions_held": {one.arm.id: _mean(one.sessions) for one in results if one.arm.ladder},
        "sessions_put_off": {one.arm.id: _mean(one.put_off) for one in results if one.arm.ladder},
    }


def sourced(held: Sourced[Any]) -> dict[str, Any]:
    """A chosen value with its source, as a document shows it."""
    source = held.source
    return {"value": held.value, "origin": source.origin.value, "status": source.status.value, "note": held.note}


def _notes(plan: TrialPlan, results: Sequence[ArmResult]) -> list[str]:
    said = [note for one in results for note in one.arm.notes]
    said += [_raised(one) for one in results if one.arm.climbs]
    if any(one.arm.new_antidepressant for one in results):
        said.append("every arm begins a new oral antidepressant with the first session")
    everybody = ["nobody misses a session or leaves"]
    said += everybody if plan.attendance is None else attendance_words(plan.attendance, [one.arm for one in results])
    if plan.attendance is not None and plan.attendance.held_for_pressure.value:
        said += [f"{one.arm.id}: {_mean(one.put_off):.2g} sessions a patient were put off" for one in results
                 if one.arm.ladder]  # fmt: skip
    return [*said, *NOTES, *_second_words(plan)]


def _second_status(plan: TrialPlan) -> dict[str, Any]:
    if plan.second is None:
        return {}
    held = plan.second.link
    return {held.scale: {"link": held.link, "status": held.source.status.value}}


def _second_words(plan: TrialPlan) -> list[str]:
    """How the second scale comes about, and what its response and remission are."""
    if plan.second is None:
        return []
    held, ends = plan.second.link, plan.second.endpoints
    keys, status = ", ".join(held.source.keys), held.source.status.value
    response, remission = (describe(ends.scale, one) for one in (ends.response, ends.remission))
    made = f"{held.scale} is a {held.link}, made from the MADRS as people stood on both ({status}: {keys})"
    said = [f"{made}; no trial of the drug was used", f"response on it: {response}; remission: {remission}"]
    return [*said, f"{held.scale} asks about the last {ends.scale.recall_days} d and is not shown before that"]


def _raised(one: ArmResult) -> str:
    share = "" if _mean(one.raised) is None else f"; {_mean(one.raised):.0%} went up"
    who = "some patients go up" if one.arm.rises else "a patient without response at a session goes up"
    return f"{one.arm.id}: {who}: {', '.join(one.arm.said)}{share} ({one.arm.climbs})"


NOTES = ("how a dose becomes mood is a hypothesis fitted to published trials",)


def attendance_words(held: Attendance, arms: Sequence[Arm]) -> list[str]:
    """Who comes, and what a missing score counts as, in words with their origin."""
    share = held.missed.value
    missed = f"{share:.0%} of sessions and visits are missed" if share else "nobody misses a session"
    said = [f"{missed} ({_origin(held.missed)})"]
    for one in arms:
        leave = held.leave_with_drug if one.ladder else held.leave_without
        said.append(f"{one.id}: {leave.value:.1%} leave in {held.per_days} d ({_origin(leave)})")
    said.append(f"{held.missing.value.words} ({_origin(held.missing)})")
    said += [
        f"{one.id}: no further sessions without response when the series is reviewed at its end"
        for one in arms
        if one.course is not None and reviewed_at_end(one.course)
    ]
    return [*said, _pressure(held)]


def _pressure(held: Attendance) -> str:
    share = held.held_for_pressure
    if not share.value:
        return "no session is held back for blood pressure: no source gives pressures before sessions"
    return (
        f"{share.value:.1%} of the sessions to which people come are put off for the pressure before them "
        f"({_origin(share)}), and tried again as one that was missed"
    )


def _origin(held: Sourced[Any]) -> str:
    if held.note == ASKED:
        return ASKED
    return f"{held.source.origin.value.replace('_', ' ')}, {held.source.status.value}"


def interval(values: Array) -> list[float] | None:
    """The 95 % prediction interval: where all but the outer twentieth of the trials lie; null for a single one.

    A trial in which nobody was scored has no value.
    """
    values = values[~np.isnan(values)]
    if len(values) < 2:
        return None
    tail = (1.0 - _LEVEL) / 2.0
    return [round(float(one), 6) for one in np.quantile(values, [tail, 1.0 - tail])]


def _mean(values: Array) -> float | None:
    values = values[~np.isnan(values)]
    return round(float(values.mean()), 6) if len(values) else None


def _rate(values: Array) -> dict[str, Any]:
    return {"estimate": _mean(values), "pi": interval(values)}


def _row(plan: TrialPlan, one: ArmResult, at: int, hours: float) -> dict[str, Any]:
    return {
        "arm": one.arm.id,
        "at_h": hours,
        "counted": _mean(one.counted[:, at]),
        "madrs_change": {
            "mean": _mean(one.change[:, at]),
            "sd": _mean(one.sd[:, at]),
            "pi": interval(one.change[:, at]),
        },
        "response": _rate(one.response[:, at]),
        "remission": _rate(one.remission[:, at]),
        **_second_row(plan, one.second, at),
    }


def _second_row(plan: TrialPlan, one: SecondResult | None, at: int) -> dict[str, Any]:
    if one is None or plan.second is None or plan.at_h[at] < plan.second.shown_from_h:
        return {}
    change = one.change[:, at]
    return {
        plan.second.link.scale.lower(): {
            "change": {"mean": _mean(change), "sd": _mean(one.sd[:, at]), "pi": interval(change)},
            "response": _rate(one.response[:, at]),
            "remission": _rate(one.remission[:, at]),
        }
    }


def _second_difference(
    plan: TrialPlan, one: SecondResult | None, other: SecondResult | None, at: int
) -> dict[str, Any]:
    if one is None or other is None or plan.second is None or plan.at_h[at] < plan.second.shown_from_h:
        return {}
    change = one.change[:, at] - other.change[:, at]
    return {
        plan.second.link.scale.lower(): {
            "change": {"mean": _mean(change), "pi": interval(change)},
            "response": _rate(one.response[:, at] - other.response[:, at]),
            "remission": _rate(one.remission[:, at] - other.remission[:, at]),
        }
    }


def _difference(plan: TrialPlan, one: ArmResult, other: ArmResult, at: int, hours: float) -> dict[str, Any]:
    """One arm less the other. `significant` is the share of trials that would find a difference in change."""
    change = one.change[:, at] - other.change[:, at]
    significant, power = None, None
    error = np.sqrt(one.sd[:, at] ** 2 / one.counted[:, at] + other.sd[:, at] ** 2 / other.counted[:, at])
    known = np.isfinite(error)
    if known.any():
        change, error = change[known], error[known]
        bound = _NORMAL.inv_cdf((1.0 + _LEVEL) / 2.0)
        significant = float((np.abs(change) > bound * error).mean())
        true = abs(float(change.mean())) / float(error.mean())
        power = _NORMAL.cdf(true - bound) + _NORMAL.cdf(-true - bound)
    return {
        "arms": [one.arm.id, other.arm.id],
        "at_h": hours,
        "madrs_change": {"mean": _mean(change), "pi": interval(change)},
        "response": _rate(one.response[:, at] - other.response[:, at]),
        "remission": _rate(one.remission[:, at] - other.remission[:, at]),
        **_second_difference(plan, one.second, other.second, at),
        "significant": significant,
        "analytic_power": power,
    }


def _relapse(values: Array, plan: TrialPlan) -> dict[str, Any]:
    """The median over trials; null where half do not relapse within the follow-up, or nobody responds."""
    known = np.sort(values[~np.isnan(values)])
    if not len(known) or not plan.size:
        return {"estimate": None, "pi": None}
    tail = (1.0 - _LEVEL) / 2.0
    low, middle, high = (_finite(known[round(part * (len(known) - 1))]) for part in (tail, 0.5, 1.0 - tail))
    return {"estimate": middle, "pi": [low, high]}


def _finite(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None

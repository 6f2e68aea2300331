"""A randomised withdrawal as one document: relapses of those who go on and who stop, beside what was published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from remit.engine.people import Array
from remit.engine.trial_report import attendance_words, interval, sourced
from remit.engine.withdrawal import RULES, Lives, Withdrawal, hazard_ratio
from remit.pathway.mood import MoodChain
from remit.pathway.outcome import describe

STOPPING = "withdrawal"
_TAIL = 0.025


def document(chain: MoodChain, found: Withdrawal, published: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The trial as the command line prints it. Shares are between 0 and 1; times in days from randomisation."""
    plan = found.plan
    arms = {plan.arm.id: found.going_on, STOPPING: found.stopping}
    return {
        "seed": plan.seed,
        "n": plan.size,
        "replicates": plan.trials,
        "baseline": chain["baseline_points"].value if plan.baseline is None else plan.baseline,
        "arms": [_arm(name, lives["trial"]) for name, lives in arms.items()],
        "difference": [],
        "hazard_ratio": {rule: _middle(hazard_ratio(found.going_on[rule], found.stopping[rule])) for rule in RULES},
        "relapse_median_d": {name: _middle(lives["trial"].median_d) for name, lives in arms.items()},
        "relapse_median_d_by_outcome": {name: _middle(lives["outcome"].median_d) for name, lives in arms.items()},
        "published": [dict(one) for one in published] if plan.arm.id == plan.rule.protocol else [],
        "definitions": _definitions(found),
        "withdrawal": {
            name: sourced(getattr(plan.rule, name))
            for name in ("open_weeks", "stable_at_most", "stable_scores", "relapse_from", "event_per_d",
                         "event_per_point", "follow_weeks")
        },
        "status": {name: {"link": one.link, "status": one.source.status.value} for name, one in chain.values.items()},
        "version": chain.version,
        "notes": [*plan.arm.notes, *attendance_words(plan.attendance, [plan.arm]), *NOTES],
    }  # fmt: skip


NOTES = (
    "n begin the open treatment; half of those who are stable at its end go on, half stop",
    "who goes on is given the longest interval that the protocol's rule allows while the effect holds",
    "the added rate of relapse was fitted to the median of those who stopped in SUSTAIN-1; the hazard ratio was not",
    "the share that leaves was seen over four weeks; here it is taken to go on",
)


def _definitions(found: Withdrawal) -> dict[str, str]:
    rule, held = found.plan.rule, found.plan.endpoints
    return {
        "stable": f"{held.scale.id} of {rule.stable_at_most.value:g} or below in {rule.stable_scores.value} of the "
        f"last {rule.of_scores} weekly scores of {rule.open_weeks.value} open weeks",
        "relapse_trial": f"{held.scale.id} of {rule.relapse_from.value:g} or above in {rule.relapse_scores} weekly "
        "scores one after the other, or an added event whose rate grows with the score",
        "relapse_outcome": f"{held.consecutive} weekly scores one after the other without response "
        f"({describe(held.scale, held.response)}); no added event",
    }


def _arm(name: str, lives: Lives) -> dict[str, Any]:
    return {
        "arm": name,
        "randomised": {"mean": round(float(lives.randomised.mean()), 6), "pi": interval(lives.randomised)},
        "relapsed": {"estimate": _mean(lives.share), "pi": interval(lives.share)},
    }


def _mean(values: Array) -> float | None:
    known = values[~np.isnan(values)]
    return round(float(known.mean()), 6) if len(known) else None


def _middle(values: Array) -> dict[str, Any]:
    """The median over trials with the interval that 95 % of them lie in; null where it is not reached.

    `trials`: in how many it could be told at all; in the others nobody was there to relapse, or nobody did.
    """
    known = np.sort(values[~np.isnan(values)])
    if not len(known):
        return {"estimate": None, "pi": None, "trials": 0}
    places = [round(part * (len(known) - 1)) for part in (_TAIL, 0.5, 1.0 - _TAIL)]
    low, middle, high = (round(float(known[at]), 6) if np.isfinite(known[at]) else None for at in places)
    return {"estimate": middle, "pi": [low, high] if len(known) > 1 else None, "trials": len(known)}

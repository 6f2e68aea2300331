"""What the chain predicts where a credible virtual trial has a range: the same trials for the fit and for the tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby

import numpy as np

from remit.engine.arms import Wanted, comparator_arm, joined, protocol_arm
from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.trial import ArmResult, TrialPlan, trial
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import AcceptRange, MoodChain
from remit.pathway.protocol import Protocol


def predicted(
    facts: Pharmacology,
    chain: MoodChain,
    ranges: Sequence[AcceptRange],
    protocols: Mapping[str, Protocol],
    endpoints: Endpoints,
    *,
    size: int,
    trials: int = 1,
    seed: int = 1,
    unsure: bool = False,
) -> dict[str, Array]:
    """Each range's quantity over the trials, by the range's id: points, days, or per cent; shape (trials,)."""
    found: dict[str, Array] = {}
    for (name, sessions, against), group in groupby(ranges, key=_trial):
        rows = list(group)
        arm = protocol_arm(facts, chain, protocols[name], Wanted(sessions=sessions))
        others = [] if against is None else [comparator_arm(chain.comparator(against), arm)]
        at = tuple(sorted({row.at_h for row in rows if row.at_h}))
        follow = any(row.quantity == "relapse" for row in rows)
        plan = TrialPlan(joined([arm, *others]), endpoints, size, trials, seed, at, unsure=unsure, follow=follow)
        results = trial(facts, chain, plan)
        found |= {row.id: _value(row, results, at) for row in rows}
    return found


def _trial(row: AcceptRange) -> tuple[str, int | None, str | None]:
    return row.protocol, row.sessions, row.against


def _value(row: AcceptRange, results: Sequence[ArmResult], at: Sequence[float]) -> Array:
    arms = {one.arm.id: one for one in results}
    if row.arm == "difference":
        return _of(row, results[0], at) - _of(row, results[1], at)
    return _of(row, arms[row.arm], at)


def _of(row: AcceptRange, one: ArmResult, at: Sequence[float]) -> Array:
    if row.quantity == "relapse":
        return one.relapse
    name = "change" if row.quantity == "fall" else row.quantity
    column = np.asarray(getattr(one, name))[:, at.index(row.at_h)]
    if name == "change":
        return -column
    return column * 100 if row.quantity in ("response", "remission") else column

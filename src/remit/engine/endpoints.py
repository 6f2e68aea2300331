"""Endpoints of a virtual trial, by the definitions of `remit.pathway.outcome`, on arrays of whole scores."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from remit.engine.people import Array
from remit.pathway.outcome import Definitions
from remit.pathway.scales import Criterion, Measure, Scale
from remit.quantities import BadInput

Met = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Endpoints:
    """A scale with its definitions in force."""

    scale: Scale
    response: Criterion
    remission: Criterion
    consecutive: int
    """How many scores without response, one after the other, are a relapse."""

    @classmethod
    def of(cls, scale: Scale, held: Definitions) -> Endpoints:
        """The definitions of a trial. Raises `BadInput` where one is missing."""
        if held.response is None or held.remission is None or held.relapse is None:
            raise BadInput(f"{scale.id}: response, remission and relapse need a definition each")
        return cls(scale, held.response.value, held.remission.value, held.relapse.value.consecutive)


def met(scale: Scale, criterion: Criterion, baseline: Array, now: Array) -> Met:
    """Whether each score meets a criterion, as `remit.pathway.outcome.meets` judges one. Shapes: (patients,)."""
    if criterion.measure is Measure.AT_MOST:
        return np.asarray(now <= criterion.cut_off)
    fall, room = baseline - now, baseline - scale.floor
    if criterion.measure in (Measure.PERCENT_RISE, Measure.POINTS_RISE):
        fall = -fall
    if criterion.measure in (Measure.POINTS_FALL, Measure.POINTS_RISE):
        return np.asarray(fall >= criterion.cut_off)
    # Without room above the floor no percentage can be given, and nothing is met.
    return np.asarray((room > 0) & (fall * 100 >= criterion.cut_off * room))


@dataclass(slots=True)
class Relapses:
    """When responders relapse: the visit that completes so many scores in a row without response, in days."""

    consecutive: int
    responders: Met
    since: Array
    run: NDArray[np.int64]

    @classmethod
    def of(cls, consecutive: int, responders: Met) -> Relapses:
        """Those who responded at the end of treatment, none of them relapsed."""
        return cls(consecutive, responders, np.full(len(responders), np.inf), np.zeros(len(responders), np.int64))

    def visit(self, days: float, responds: Met) -> None:
        """A visit so many days after the last session."""
        self.run = np.where(responds, 0, self.run + 1)
        again = (self.run >= self.consecutive) & ~np.isfinite(self.since)
        self.since = np.where(again, days, self.since)

    def median(self, trials: int) -> Array:
        """The median of each trial in days, infinite where fewer than half relapse: shape (trials,).

        Not a number where nobody responded.
        """
        held = np.where(self.responders, self.since, np.nan).reshape(trials, -1)
        return np.array([_middle(row[~np.isnan(row)]) for row in held])


def _middle(times: Array) -> float:
    """The time by which half have relapsed."""
    return float(np.sort(times)[(len(times) - 1) // 2]) if len(times) else float("nan")

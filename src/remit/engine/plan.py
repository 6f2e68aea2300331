"""What is simulated, and at which times it is looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine.people import Array, Chosen, People
from remit.engine.regimen import Dose
from remit.pathway.kinetics import Assay, Interaction, Pharmacology, Site


@dataclass(frozen=True, slots=True)
class Plan:
    """What is simulated: doses, people, times, where the blood is taken, and what else is taken.

    `times` has shape (times,): rising hours on the clock of the doses, 0 or later.
    """

    doses: tuple[Dose, ...]
    people: People
    times: Array
    site: Site = Site.VENOUS
    with_drugs: tuple[Interaction, ...] = ()
    assay: Assay | None = None


def times(plan: Plan, facts: Pharmacology) -> Array:
    """The output times, with those between them that a peak and a half-life need."""
    starts = sorted({one.start_h for one in plan.doses})
    sessions = [at for number, at in enumerate(starts) if number == 0 or at - starts[number - 1] > 1.0]
    end = last_input(plan.doses)
    looked = np.unique(np.concatenate([at + _OFFSETS for at in sessions]))
    window = end + np.array([facts.half_life.from_h, facts.half_life.to_h])
    ends = [moment for one in plan.doses for moment in turns(one)]
    shown = np.asarray(plan.times, np.float64)
    return np.unique(np.concatenate([shown, window, np.array(ends), looked[~_dense(shown, looked)]]))


_OFFSETS = np.concatenate([np.arange(0, 1.5, 1 / 30), np.arange(1.5, 6, 1 / 6), np.arange(6, 24.1, 1)])
"""How long after the beginning of a session is looked for a peak, in hours."""


def _dense(shown: Array, looked: Array) -> Chosen:
    """Which times need not be looked at, for at most two such steps lie between the outputs around them."""
    after = np.searchsorted(shown, looked, side="right")
    within = (after > 0) & (after < len(shown))
    gap = shown[np.minimum(after, len(shown) - 1)] - shown[np.maximum(after - 1, 0)]
    step = np.diff(looked, append=np.inf)
    return np.asarray(within & (gap <= 2.0 * step + 1e-9))


def last_input(doses: Sequence[Dose]) -> float:
    """When the last of the drug has left a pump or a tablet, in hours."""
    return max(one.end_h + _release(one) for one in doses)


def turns(one: Dose) -> tuple[float, float, float]:
    """When an input begins or ends: there a curve has a corner."""
    return one.start_h, one.end_h, one.end_h + _release(one)


def _release(one: Dose) -> float:
    known = one.formulation.parameters
    lasting = [known[path.duration].value for path in one.formulation.paths if path.duration and path.duration in known]
    return max((hours or 0.0 for hours in lasting), default=0.0)

"""Small studies with larger effects: the regression and the rank test, and trim-and-fill. None of them proves bias."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from remit.evidence.pooling import Choices, Coefficient, Pooled, Studies, pool
from remit.quantities import BadInput

FEWEST = 3
"""Studies below which a line through effects and standard errors leaves nothing to test."""
MOST_ROUNDS = 100


@dataclass(frozen=True, slots=True)
class Egger:
    """Does the effect change with its standard error? Tested inside the model that pooled."""

    slope: Coefficient
    df: int | None
    limit: Coefficient | None
    """The effect of an endlessly large study; none where the model has other moderators."""


def egger(pooled: Pooled) -> Egger:
    """Egger's test as a moderator of the same model. Raises `BadInput` where it cannot be computed."""
    studies = pooled.studies
    if studies.clusters:
        raise BadInput("Egger's test: rows that are independent are needed, not clusters")
    if len(studies) < FEWEST:
        raise BadInput(f"Egger's test: at least {FEWEST} studies are needed, not {len(studies)}")
    errors = np.sqrt(studies.v)
    if np.ptp(errors) <= 1e-12 * errors.max():
        raise BadInput("Egger's test: standard errors that differ are needed, not one throughout")
    with_error = Studies(
        studies.names, studies.effects, studies.variances, (*studies.moderators, ("sei", tuple(errors.tolist())))
    )
    fitted = pool(with_error, pooled.choices)
    return Egger(fitted.coefficients[-1], fitted.df, None if studies.moderators else fitted.first)


@dataclass(frozen=True, slots=True)
class Begg:
    """Rank correlation of effects and variances (Kendall)."""

    tau: float
    p: float


def begg(studies: Studies) -> Begg:
    """Begg and Mazumdar's rank test. Raises `BadInput` where it cannot be computed."""
    if len(studies) < FEWEST:
        raise BadInput(f"Begg's test: at least {FEWEST} studies are needed, not {len(studies)}")
    weights = 1 / studies.v
    centre = float(weights @ studies.y / weights.sum())
    deviates = (studies.y - centre) / np.sqrt(studies.v - 1 / weights.sum())
    tied = len(set(deviates.tolist())) < len(studies) or len(set(studies.variances)) < len(studies)
    found = scipy.stats.kendalltau(deviates, studies.v, method="asymptotic" if tied else "exact")
    if not np.isfinite(found.statistic):
        raise BadInput("Begg's test: variances that differ are needed, not one throughout")
    return Begg(float(found.statistic), float(found.pvalue))


@dataclass(frozen=True, slots=True)
class Filled:
    """Trim-and-fill: how many studies seem to be missing on which side, and the pool with their mirror images."""

    missing: int
    se: float
    side: str
    pooled: Pooled


def trim_and_fill(pooled: Pooled, side: str = "") -> Filled:
    """Duval and Tweedie's estimator L0. Without `side`, the one that the regression test points to."""
    studies, choices = pooled.studies, pooled.choices
    if studies.moderators or studies.clusters:
        raise BadInput("trim-and-fill: a pool without moderators and clusters is needed")
    if len(studies) < FEWEST:
        raise BadInput(f"trim-and-fill: at least {FEWEST} studies are needed, not {len(studies)}")
    if side not in ("", "left", "right"):
        raise BadInput(f"side: left or right is needed, not {side!r}")
    side = side or ("right" if egger(pooled).slope.estimate < 0 else "left")
    sign = -1.0 if side == "right" else 1.0
    order = np.argsort(sign * studies.y, kind="stable")
    missing, se, centre = _missing(sign * studies.y[order], studies.v[order], choices)
    if not missing:
        return Filled(0, se, side, pooled)
    extreme = order[len(studies) - missing :]
    whole = Studies(
        names=(*studies.names, *(f"filled {n}" for n in range(1, missing + 1))),
        effects=(*studies.effects, *(2 * sign * centre - studies.y[extreme]).tolist()),
        variances=(*studies.variances, *studies.v[extreme].tolist()),
    )
    return Filled(missing, se, side, pool(whole, choices))


def _missing(y: np.ndarray, v: np.ndarray, choices: Choices) -> tuple[int, float, float]:
    """How many are missing on the left of sorted effects, the standard error of that, and the trimmed centre."""
    k, missing, seen = len(y), 0, -1
    for _ in range(MOST_ROUNDS):
        left = k - missing
        names = tuple(str(at) for at in range(left))
        centre = pool(Studies(names, tuple(y[:left].tolist()), tuple(v[:left].tolist())), choices).estimate
        ranks = np.empty(k)
        ranks[np.argsort(np.abs(y - centre), kind="stable")] = np.arange(1, k + 1)
        found = (4 * ranks[y > centre].sum() - k * (k + 1)) / (2 * k - 1)
        spread = k * (k + 1) * (2 * k + 1) + 10 * found**3 + 27 * found**2 + 17 * found
        spread += -18 * k * found**2 - 18 * k * found + 6 * k**2 * found
        se = 4 * float(np.sqrt(max(0.0, spread / 24))) / (2 * k - 1)
        seen, missing = missing, min(max(0, round(float(found))), k - 1)
        if seen == missing:
            return missing, se, centre
    raise BadInput(f"trim-and-fill: the number of missing studies does not settle in {MOST_ROUNDS} rounds")

"""How much a pool rests on single studies: leave one out, add one by one, influence, and subgroups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import scipy

from remit.evidence.estimators import weighted
from remit.evidence.pooling import Pooled, Studies, pool
from remit.quantities import BadInput


def leave_one_out(pooled: Pooled) -> tuple[tuple[str, Pooled], ...]:
    """The pool without each study in turn. Raises `BadInput` where too few are left."""
    studies = pooled.studies
    if len(studies) - 1 <= len(studies.moderators):
        raise BadInput(f"leave one out: at least {len(studies.moderators) + 2} studies are needed, not {len(studies)}")
    return tuple(
        (name, pool(studies.only([other for other in range(len(studies)) if other != at]), pooled.choices))
        for at, name in enumerate(studies.names)
    )


def cumulative(pooled: Pooled, order: Sequence[float]) -> tuple[tuple[str, Pooled], ...]:
    """The pool as studies came in, in the order of these values (such as years); equal ones keep their order."""
    studies = pooled.studies
    if len(order) != len(studies):
        raise BadInput(f"order: {len(studies)} values are needed, not {len(order)}")
    if studies.moderators or studies.clusters:
        raise BadInput("cumulative: a pool without moderators and clusters is needed")
    places = sorted(range(len(studies)), key=lambda at: order[at])
    return tuple(
        (studies.names[at], pool(studies.only(places[: n + 1]), pooled.choices)) for n, at in enumerate(places)
    )


@dataclass(frozen=True, slots=True)
class Influence:
    """What one study does to the pool."""

    study: str
    rstudent: float
    dffits: float
    cook_d: float
    cov_r: float
    tau2_without: float
    q_without: float
    hat: float
    weight: float
    dfbs: tuple[float, ...]
    influential: bool


def influence(pooled: Pooled) -> tuple[Influence, ...]:
    """Deletion diagnostics of every study. Raises `BadInput` where too few are left."""
    studies, x = pooled.studies, pooled.studies.x
    if studies.clusters:
        raise BadInput("influence: a pool without clusters is needed")
    at = weighted(studies.y, studies.v, x, pooled.tau2)
    hats = ((x @ at.inverse) * x).sum(1) * at.weights
    covariance = np.array(pooled.covariance)
    found = []
    for place, (name, without) in enumerate(leave_one_out(pooled)):
        beta = np.array([coefficient.estimate for coefficient in without.coefficients])
        row, variance = x[place], studies.variances[place]
        less = np.array(without.covariance)
        moved = at.beta - beta
        with_their_tau2 = weighted(studies.y, studies.v, x, without.tau2).inverse
        dfbs = moved / np.sqrt(np.diag(with_their_tau2))
        dffits = float(row @ moved) / np.sqrt(hats[place] * (without.tau2 + variance))
        cook = float(moved @ np.linalg.solve(covariance, moved))
        found.append(
            Influence(
                study=name,
                rstudent=float((studies.y[place] - row @ beta) / np.sqrt(variance + without.tau2 + row @ less @ row)),
                dffits=float(dffits),
                cook_d=cook,
                cov_r=float(np.linalg.det(less) / np.linalg.det(covariance)),
                tau2_without=without.tau2,
                q_without=without.q,
                hat=float(hats[place]),
                weight=pooled.weights[place],
                dfbs=tuple(dfbs.tolist()),
                influential=_influential(len(studies), x.shape[1], float(dffits), cook, float(hats[place]), dfbs),
            )
        )
    return tuple(found)


def _influential(k: int, p: int, dffits: float, cook: float, hat: float, dfbs: np.ndarray) -> bool:
    """The customary marks: far out by one of the four measures."""
    far = abs(dffits) > 3 * np.sqrt(p / (k - p)) or cook > scipy.special.chdtri(p, 0.5)
    return bool(far or hat > 3 * p / k or np.any(np.abs(dfbs) > 1))


@dataclass(frozen=True, slots=True)
class Subgroups:
    """Each group's own pool, and the test that the groups differ."""

    groups: tuple[tuple[str, Pooled], ...]
    q_between: float
    df: int
    p: float


def subgroups(pooled: Pooled, labels: Sequence[str]) -> Subgroups:
    """Pool each group by itself, with its own τ². Raises `BadInput` for one group only."""
    studies = pooled.studies
    if len(labels) != len(studies):
        raise BadInput(f"subgroups: {len(studies)} labels are needed, not {len(labels)}")
    if studies.moderators:
        raise BadInput("subgroups: a pool without moderators is needed")
    names = sorted(set(labels))
    if len(names) < 2:
        raise BadInput(f"subgroups: at least 2 groups are needed, not {', '.join(names)} throughout")
    groups = tuple((name, pool(_group(studies, labels, name), pooled.choices)) for name in names)
    estimates = np.array([group.estimate for _, group in groups])
    weights = np.array([1 / group.se**2 for _, group in groups])
    centre = float(weights @ estimates / weights.sum())
    q = float(weights @ (estimates - centre) ** 2)
    return Subgroups(groups, q, len(names) - 1, float(scipy.special.chdtrc(len(names) - 1, q)))


def _group(studies: Studies, labels: Sequence[str], name: str) -> Studies:
    return studies.only([at for at, label in enumerate(labels) if label == name])

"""Pooling: one estimate from several studies, how far they disagree, and how sure it all is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np
import scipy  # whole: its parts load when first asked for, and a start of Remit does not wait for them

from remit.evidence.estimators import Array, Method, Weighted, between_variance, tau2_where, weighted
from remit.quantities import BadInput


class Inference(StrEnum):
    """How estimates are tested: normal, t, or t with Knapp and Hartung's variance."""

    Z = "z"
    T = "t"
    KNHA = "knha"


@dataclass(frozen=True, slots=True)
class Choices:
    """How to pool."""

    method: Method = Method.REML
    test: Inference = Inference.Z
    level: float = 95.0
    floor: bool = False
    """Knapp and Hartung's variance never below the ordinary one."""

    def __post_init__(self) -> None:
        if not 0 < self.level < 100:
            raise BadInput(f"level: more than 0 and less than 100 is needed, not {self.level:g}")
        if self.floor and self.test is not Inference.KNHA:
            raise BadInput(f"floor: only the test knha has one, not {self.test}")


@dataclass(frozen=True, slots=True)
class Studies:
    """What is pooled: effects with variances, and where wanted moderators and clusters."""

    names: tuple[str, ...]
    effects: tuple[float, ...]
    variances: tuple[float, ...]
    moderators: tuple[tuple[str, tuple[float, ...]], ...] = ()
    """Columns of the design beside the constant one, by name."""
    clusters: tuple[str, ...] = ()
    """Which rows belong together; empty where each stands alone."""

    def __post_init__(self) -> None:
        columns = [self.effects, self.variances, *(column for _, column in self.moderators)]
        if not self.names:
            raise BadInput("studies: at least 1 is needed, not 0")
        if any(len(column) != len(self.names) for column in columns) or len(self.clusters) not in (0, len(self.names)):
            raise BadInput(f"studies: {len(self.names)} of each are needed, not {[len(column) for column in columns]}")
        for name, effect, variance in zip(self.names, self.effects, self.variances, strict=True):
            if not np.isfinite(effect) or not np.isfinite(variance) or variance <= 0:
                raise BadInput(f"study {name}: a finite effect and a variance above 0 are needed, not {variance:g}")

    def __len__(self) -> int:
        return len(self.names)

    @property
    def y(self) -> Array:
        """The effects."""
        return np.array(self.effects, dtype=float)

    @property
    def v(self) -> Array:
        """Their sampling variances."""
        return np.array(self.variances, dtype=float)

    @property
    def x(self) -> Array:
        """The design: a constant, then the moderators."""
        return np.column_stack([np.ones(len(self)), *(np.array(column, float) for _, column in self.moderators)])

    def only(self, kept: Sequence[int]) -> Studies:
        """These studies, by their places."""
        return Studies(
            names=tuple(self.names[at] for at in kept),
            effects=tuple(self.effects[at] for at in kept),
            variances=tuple(self.variances[at] for at in kept),
            moderators=tuple((name, tuple(column[at] for at in kept)) for name, column in self.moderators),
            clusters=tuple(self.clusters[at] for at in kept) if self.clusters else (),
        )

    def with_moderator(self, name: str, column: Sequence[float]) -> Studies:
        """The same with one more moderator."""
        more = (*self.moderators, (name, tuple(column)))
        return Studies(self.names, self.effects, self.variances, more, self.clusters)


Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One coefficient: the pooled effect itself, or by how much it changes with a moderator."""

    name: str
    estimate: float
    se: float
    statistic: float
    p: float
    ci: Interval


@dataclass(frozen=True, slots=True)
class Pooled:
    """The result. Percentages (`i2`, weights) run from 0 to 100; `None` where a number has no meaning."""

    studies: Studies
    choices: Choices
    tau2: float
    tau2_ci: Interval | None
    i2: float
    h2: float
    q: float
    q_df: int
    q_p: float
    coefficients: tuple[Coefficient, ...]
    omnibus: tuple[float, int, float] | None
    """Statistic, degrees of freedom and p of all moderators together."""
    df: int | None
    pi: Interval | None
    weights: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]
    notes: tuple[str, ...] = field(default=())

    @property
    def k(self) -> int:
        """How many rows were pooled."""
        return len(self.studies)

    @property
    def first(self) -> Coefficient:
        """The pooled effect; with moderators, the effect where all of them are 0."""
        return self.coefficients[0]

    @property
    def estimate(self) -> float:
        """The pooled effect on the measure's own scale."""
        return self.first.estimate

    @property
    def se(self) -> float:
        """Its standard error."""
        return self.first.se

    @property
    def ci(self) -> Interval:
        """Its confidence interval."""
        return self.first.ci


def pool(studies: Studies, choices: Choices | None = None) -> Pooled:
    """Pool the studies. Raises `BadInput` where the design cannot be estimated, `NotConverged` where no value is found.

    >>> two = Studies(("a", "b"), (0.2, 0.4), (0.01, 0.01))
    >>> round(pool(two, Choices(method=Method.FE)).estimate, 6)
    0.3
    """
    choices, notes = _possible(studies, choices or Choices())
    try:
        with np.errstate(all="raise", under="ignore"):
            return _pooled(studies, choices, notes)
    except (FloatingPointError, np.linalg.LinAlgError) as error:
        raise BadInput(f"studies: their numbers lie too far apart to be computed ({error})") from error


def _pooled(studies: Studies, choices: Choices, notes: list[str]) -> Pooled:
    y, v, x = studies.y, studies.v, studies.x
    tau2 = float(between_variance(choices.method, y, v, x))
    at, fixed = weighted(y, v, x, tau2), weighted(y, v, x)
    q_df = len(studies) - x.shape[1]
    covariance, df = _covariance(studies, choices, at)
    if np.any(np.diag(covariance) <= 0):
        raise BadInput("studies: their effects leave no residual at all, so that test has no standard error; choose z")
    reach = quantile(1 - (1 - choices.level / 100) / 2, df)
    i2, h2 = _heterogeneity(choices.method, tau2, float(fixed.q), float(fixed.trace_p()), q_df)
    tau2_ci, more = _tau2_interval(studies, choices, float(fixed.q), q_df)
    spread = reach * float(np.sqrt(covariance[0, 0] + tau2))
    common = choices.method is Method.FE
    return Pooled(
        studies=studies,
        choices=choices,
        tau2=tau2,
        tau2_ci=tau2_ci,
        i2=i2,
        h2=h2,
        q=float(fixed.q),
        q_df=q_df,
        q_p=float(scipy.special.chdtrc(q_df, fixed.q)) if q_df else 1.0,
        coefficients=_coefficients(studies, at.beta, covariance, df, reach),
        omnibus=_omnibus(at.beta, covariance, df),
        df=df,
        pi=None if common else (float(at.beta[0]) - spread, float(at.beta[0]) + spread),
        weights=tuple((100 * at.weights / at.weights.sum()).tolist()),
        covariance=tuple(tuple(row) for row in covariance.tolist()),
        notes=(*notes, *more),
    )


def _possible(studies: Studies, choices: Choices) -> tuple[Choices, list[str]]:
    """The choices as far as these studies allow them, with a word about each that had to give way."""
    k, p = len(studies), 1 + len(studies.moderators)
    for name, column in studies.moderators:
        if len(set(column)) == 1:
            raise BadInput(f"moderator {name}: at least 2 different values are needed, not {column[0]:g} throughout")
    if k < p or (k == p and p > 1):
        raise BadInput(f"studies: at least {p + 1} are needed for {p} coefficients, not {k}")
    if np.linalg.matrix_rank(studies.x / np.abs(studies.x).max(0)) < p:
        names = ", ".join(name for name, _ in studies.moderators)
        raise BadInput(f"moderators {names}: each must say something of its own, one follows from the others")
    if studies.clusters and len(set(studies.clusters)) <= p:
        raise BadInput(f"clusters: more than {p} are needed for {p} coefficients, not {len(set(studies.clusters))}")
    if k > 1:
        common = choices.method is Method.FE and choices.test is Inference.KNHA
        return choices, ["Knapp and Hartung's variance does not belong to a common effect"] if common else []
    alone = Choices(Method.FE, Inference.Z, choices.level)
    return alone, [] if choices == alone else ["one study: its own effect with a normal interval, nothing is pooled"]


def quantile(part: float, df: int | None) -> float:
    """Quantile of the normal distribution, or of t with so many degrees of freedom."""
    return float(scipy.special.ndtri(part) if df is None else scipy.special.stdtrit(df, part))


def two_sided(statistic: float, df: int | None) -> float:
    """Probability of a statistic at least as far from 0."""
    far = -abs(statistic)
    return float(2 * (scipy.special.ndtr(far) if df is None else scipy.special.stdtr(df, far)))


def _covariance(studies: Studies, choices: Choices, at: Weighted) -> tuple[Array, int | None]:
    """Covariance of the coefficients, and the degrees of freedom of their tests (`None`: normal)."""
    k, p = at.x.shape
    if studies.clusters:
        return _sandwich(studies.clusters, at), len(set(studies.clusters)) - p
    if choices.test is Inference.Z:
        return at.inverse, None
    if choices.test is Inference.T:
        return at.inverse, k - p
    scale = float(at.q) / (k - p)
    return at.inverse * (max(1.0, scale) if choices.floor else scale), k - p


def _sandwich(clusters: Sequence[str], at: Weighted) -> Array:
    """Cluster-robust covariance with the small-sample factor n / (n − p)."""
    labels, place = np.unique(np.array(clusters), return_inverse=True)
    rows = (at.weights * at.residuals)[:, None] * at.x
    scores = np.zeros((len(labels), at.x.shape[1]))
    np.add.at(scores, place, rows)
    factor = len(labels) / (len(labels) - at.x.shape[1])
    robust: Array = factor * at.inverse @ scores.T @ scores @ at.inverse
    return robust


def _coefficients(
    studies: Studies, beta: Array, covariance: Array, df: int | None, reach: float
) -> tuple[Coefficient, ...]:
    names = ["intrcpt", *(name for name, _ in studies.moderators)]
    found = []
    for name, estimate, variance in zip(names, beta.tolist(), np.diag(covariance).tolist(), strict=True):
        se = float(np.sqrt(variance))
        interval = (estimate - reach * se, estimate + reach * se)
        found.append(Coefficient(name, estimate, se, estimate / se, two_sided(estimate / se, df), interval))
    return tuple(found)


def _omnibus(beta: Array, covariance: Array, df: int | None) -> tuple[float, int, float] | None:
    tested = len(beta) - 1
    if not tested:
        return None
    some = beta[1:]
    statistic = float(some @ np.linalg.solve(covariance[1:, 1:], some))
    if df is None:
        return statistic, tested, float(scipy.special.chdtrc(tested, statistic))
    return statistic / tested, tested, float(scipy.special.fdtrc(tested, df, statistic / tested))


def _heterogeneity(method: Method, tau2: float, q: float, trace: float, q_df: int) -> tuple[float, float]:
    """I² in percent and H², from τ² and the typical sampling variance; from Q where no τ² is estimated."""
    if q_df == 0:
        return 0.0, 1.0
    if method is Method.FE:
        return (max(0.0, 100 * (q - q_df) / q) if q else 0.0), q / q_df
    typical = q_df / trace
    return 100 * tau2 / (tau2 + typical), tau2 / typical + 1


def _tau2_interval(studies: Studies, choices: Choices, q: float, q_df: int) -> tuple[Interval | None, list[str]]:
    """The interval of τ² by profiling Q."""
    if choices.method is Method.FE or q_df == 0:
        return None, []
    tail = (1 - choices.level / 100) / 2
    upper, lower = float(scipy.special.chdtri(q_df, tail)), float(scipy.special.chdtri(q_df, 1 - tail))
    if q < lower:
        return (0.0, 0.0), [
            "studies agree more than chance alone allows for: the interval of tau2 is empty, shown as 0"
        ]
    y, v, x = studies.y, studies.v, studies.x
    return (float(tau2_where(upper, y, v, x)), float(tau2_where(lower, y, v, x))), []


REPLICATED = ("estimate", "se", "tau2")
BLOCK = 1000
"""Replicates that are computed together: few enough to stay in the processor's own memory."""


def replicates(y: Array, v: Array, choices: Choices | None = None) -> dict[str, Array]:
    """Thousands of pools at once without moderators: each row of `y` and `v` is one. For bootstrap and permutation.

    Returns arrays `estimate`, `se` and `tau2`, one value a row.
    """
    parts = [
        _block(y[at : at + BLOCK], v[at : at + BLOCK], choices or Choices()) for at in range(0, max(len(y), 1), BLOCK)
    ]
    return {name: np.concatenate([part[name] for part in parts]) for name in REPLICATED}


def _block(y: Array, v: Array, chosen: Choices) -> dict[str, Array]:
    x = np.ones((y.shape[-1], 1))
    tau2 = between_variance(chosen.method, y, v, x)
    at = weighted(y, v, x, tau2)
    scale: Array | float = 1.0
    if chosen.test is Inference.KNHA:
        scale = at.q / (y.shape[-1] - 1)
        scale = np.maximum(1.0, scale) if chosen.floor else scale
    found = at.beta[..., 0], np.sqrt(at.inverse[..., 0, 0] * scale), tau2
    return dict(zip(REPLICATED, found, strict=True))

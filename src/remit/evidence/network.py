"""Network meta-analysis: several treatments compared at once, directly and through one another.

Contrast-based and frequentist: every study gives its arms' differences, those of one study hang together through its
shared arm, and one variance between studies holds throughout. What no chain of comparisons connects is never compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
import scipy

from remit.evidence.estimators import MOST_STEPS, PRECISE, Array, Method, NotConverged
from remit.evidence.pooling import Interval, quantile, two_sided
from remit.quantities import BadInput

METHODS = (Method.FE, Method.DL, Method.REML)
"""Estimators of the variance between studies that a network has."""


@dataclass(frozen=True, slots=True)
class Difference:
    """One comparison of one study: how much `one` differs from `other`."""

    study: str
    one: str
    other: str
    effect: float
    variance: float

    def __post_init__(self) -> None:
        if self.one == self.other:
            raise BadInput(f"{self.study}: two treatments are needed, not {self.one!r} twice")
        if not np.isfinite(self.effect) or not np.isfinite(self.variance) or self.variance <= 0:
            raise BadInput(f"{self.study}: a finite effect and a variance above 0 are needed, not {self.variance:g}")


@dataclass(frozen=True, slots=True)
class League:
    """One treatment against another, from the whole network."""

    one: str
    other: str
    estimate: float
    se: float
    p: float
    ci: Interval
    studies: int
    """How many studies compared the two directly."""


@dataclass(frozen=True, slots=True)
class Split:
    """Direct against indirect evidence about one comparison, where there are both."""

    one: str
    other: str
    direct: float
    direct_se: float
    indirect: float
    indirect_se: float
    p: float


@dataclass(frozen=True, slots=True)
class Consistency:
    """Do designs agree with one another? `q` of all is the sum of the two parts."""

    q: float
    df: int
    p: float
    q_within: float
    df_within: int
    p_within: float
    q_between: float
    df_between: int
    p_between: float


@dataclass(frozen=True, slots=True)
class Network:
    """One connected part of the evidence."""

    treatments: tuple[str, ...]
    studies: int
    method: Method
    tau2: float
    i2: float
    league: tuple[League, ...]
    consistency: Consistency
    splits: tuple[Split, ...]


def parts(differences: Sequence[Difference]) -> tuple[tuple[Difference, ...], ...]:
    """The comparisons of each connected part, the largest first: nothing leads from one part to another."""
    groups: list[tuple[set[str], list[Difference]]] = []
    for each in differences:
        touching = [group for group in groups if {each.one, each.other} & group[0]]
        names = {each.one, each.other}.union(*(group[0] for group in touching))
        held = [old for group in touching for old in group[1]] + [each]
        groups = [group for group in groups if group not in touching] + [(names, held)]
    order = {id(each): at for at, each in enumerate(differences)}
    sorted_parts = [tuple(sorted(held, key=lambda each: order[id(each)])) for _, held in groups]
    return tuple(sorted(sorted_parts, key=lambda held: (-len(held), order[id(held[0])])))


def network(differences: Sequence[Difference], method: Method = Method.REML, level: float = 95.0) -> Network:
    """Fit one connected network. Raises `BadInput` where it falls into parts or a study's comparisons do not fit."""
    if method not in METHODS:
        raise BadInput(f"method: a network has {', '.join(METHODS)}, not {method}")
    if not 0 < level < 100:
        raise BadInput(f"level: more than 0 and less than 100 is needed, not {level:g}")
    if not differences:
        raise BadInput("network: at least 1 comparison is needed, not 0")
    apart = parts(differences)
    if len(apart) > 1:
        said = " | ".join(", ".join(_treatments(part)) for part in apart)
        raise BadInput(f"network: one connected part is needed, there are {len(apart)}: {said}")
    data = _Data.of(differences)
    tau2 = data.tau2(method)
    beta, covariance = data.fit(tau2)
    q, df = data.q(), len(data.y) - data.x.shape[1]
    return Network(
        treatments=data.treatments,
        studies=len(data.blocks),
        method=method,
        tau2=tau2,
        i2=max(0.0, 100 * (q - df) / q) if q > 0 and df else 0.0,
        league=_league(data, beta, covariance, level),
        consistency=_consistency(data, q, df),
        splits=_splits(data, beta, covariance, tau2),
    )


def _treatments(differences: Iterable[Difference]) -> tuple[str, ...]:
    return tuple(sorted({name for each in differences for name in (each.one, each.other)}))


@dataclass(frozen=True, slots=True)
class _Data:
    """Differences of each study from its first arm, with their covariance."""

    treatments: tuple[str, ...]
    y: Array
    x: Array
    v: Array
    u: Array
    """What the variance between studies adds: 1 for a difference, a half for two of one study."""
    blocks: tuple[tuple[str, tuple[str, ...]], ...]
    """Each study with its arms, the first one the base."""

    @classmethod
    def of(cls, differences: Sequence[Difference]) -> _Data:
        treatments = _treatments(differences)
        rows: list[Array] = []
        y: list[float] = []
        blocks, covariances = [], []
        for study in dict.fromkeys(each.study for each in differences):
            arms, effects, covariance = _block([each for each in differences if each.study == study])
            blocks.append((study, arms))
            covariances.append(covariance)
            y += effects
            rows += [_row(treatments, arm, arms[0]) for arm in arms[1:]]
        size = len(y)
        v, u, at = np.zeros((size, size)), np.zeros((size, size)), 0
        for covariance in covariances:
            end = at + len(covariance)
            v[at:end, at:end] = covariance
            u[at:end, at:end] = (np.eye(end - at) + 1) / 2
            at = end
        return cls(treatments, np.array(y), np.array(rows), v, u, tuple(blocks))

    def fit(self, tau2: float) -> tuple[Array, Array]:
        """Effects of all treatments but the first against it, and their covariance."""
        weights = np.linalg.inv(self.v + tau2 * self.u)
        covariance: Array = np.asarray(np.linalg.inv(self.x.T @ weights @ self.x), dtype=np.float64)
        beta: Array = covariance @ self.x.T @ weights @ self.y
        return beta, covariance

    def projection(self, tau2: float) -> Array:
        weights = np.linalg.inv(self.v + tau2 * self.u)
        inner = np.linalg.inv(self.x.T @ weights @ self.x)
        whole: Array = np.asarray(weights - weights @ self.x @ inner @ self.x.T @ weights, dtype=np.float64)
        return whole

    def q(self) -> float:
        return float(self.y @ self.projection(0.0) @ self.y)

    def tau2(self, method: Method) -> float:
        df = len(self.y) - self.x.shape[1]
        if method is Method.FE or df == 0:
            return 0.0
        first = self.projection(0.0)
        moments = max(0.0, (float(self.y @ first @ self.y) - df) / float(np.trace(first @ self.u)))
        return moments if method is Method.DL else self._likelihood(moments)

    def _likelihood(self, tau2: float) -> float:
        """Restricted maximum likelihood by Fisher scoring, halved where a step turns back."""
        last = 0.0
        scale = 1.0
        for _ in range(MOST_STEPS):
            p = self.projection(tau2)
            pu = p @ self.u
            step = (float(self.y @ pu @ p @ self.y) - float(np.trace(pu))) / float(np.trace(pu @ pu))
            scale = scale / 2 if step * last < 0 else min(1.0, scale * 2)
            following = max(0.0, tau2 + scale * step)
            if abs(following - tau2) <= PRECISE * (tau2 + float(np.trace(self.v)) / len(self.y)):
                return following
            tau2, last = following, step
        raise NotConverged(f"tau2: the likelihood has no top that {MOST_STEPS} steps find; choose DL")


def _row(treatments: Sequence[str], one: str, other: str) -> Array:
    """A difference of two treatments in terms of the differences from the first treatment of all."""
    row = np.zeros(len(treatments))
    row[treatments.index(one)] += 1
    row[treatments.index(other)] -= 1
    return row[1:]


def _block(differences: Sequence[Difference]) -> tuple[tuple[str, ...], list[float], Array]:
    """One study: its arms, their differences from the first, and the covariance that its variances imply."""
    study, arms = differences[0].study, _treatments(differences)
    found: dict[tuple[str, str], tuple[float, float]] = {}
    for each in differences:
        sign = 1.0 if (each.one, each.other) == (max(each.one, each.other), min(each.one, each.other)) else -1.0
        pair = (min(each.one, each.other), max(each.one, each.other))
        if pair in found:
            raise BadInput(f"{study}: {' and '.join(pair)} are compared once, not twice; take arms together first")
        found[pair] = (sign * each.effect, each.variance)
    missing = [pair for pair in combinations(arms, 2) if pair not in found]
    if missing:
        said = "; ".join(" and ".join(pair) for pair in missing)
        raise BadInput(f"{study}: with {len(arms)} arms every two are compared, missing: {said}")
    base = arms[0]
    variances = {arm: found[(base, arm)][1] for arm in arms[1:]}
    covariance = np.diag([variances[arm] for arm in arms[1:]])
    for (i, one), (j, other) in combinations(enumerate(arms[1:]), 2):
        covariance[i, j] = covariance[j, i] = (variances[one] + variances[other] - found[(one, other)][1]) / 2
        implied = found[(base, other)][0] - found[(base, one)][0]
        if abs(implied - found[(one, other)][0]) > _rounding(variances[one], variances[other]):
            raise BadInput(
                f"{study}: its comparisons agree with one another, but {other} against {one} is "
                f"{found[(one, other)][0]:g}, through {base} {implied:g}"
            )
    if np.linalg.eigvalsh(covariance).min() <= 0:
        raise BadInput(f"{study}: its variances belong to arms of one study, these cannot")
    return arms, [found[(base, arm)][0] for arm in arms[1:]], covariance


def _rounding(one: float, other: float) -> float:
    """By how much three printed differences of one study may miss one another."""
    return 0.1 * float(np.sqrt(one + other)) + 1e-9


def _league(data: _Data, beta: Array, covariance: Array, level: float) -> tuple[League, ...]:
    reach = quantile(0.5 + level / 200, None)
    found = []
    for other, one in combinations(data.treatments, 2):
        row = _row(data.treatments, one, other)
        estimate, se = float(row @ beta), float(np.sqrt(row @ covariance @ row))
        direct = sum(one in arms and other in arms for _, arms in data.blocks)
        interval = (estimate - reach * se, estimate + reach * se)
        found.append(League(one, other, estimate, se, two_sided(estimate / se, None), interval, direct))
    return tuple(found)


def _consistency(data: _Data, q: float, df: int) -> Consistency:
    """Q of the whole, divided into what studies of one design disagree among themselves, and the designs."""
    within, df_within = 0.0, 0
    for design in dict.fromkeys(arms for _, arms in data.blocks):
        rows = [at for at, arms in enumerate(_arms_of_rows(data)) if arms == design]
        v = data.v[np.ix_(rows, rows)]
        count = len(design) - 1
        x = np.tile(np.eye(count), (len(rows) // count, 1))
        weights = np.linalg.inv(v)
        mean = np.linalg.solve(x.T @ weights @ x, x.T @ weights @ data.y[rows])
        residual = data.y[rows] - x @ mean
        within += float(residual @ weights @ residual)
        df_within += len(rows) - count
    between, df_between = max(0.0, q - within), df - df_within
    return Consistency(
        q, df, _chance(q, df), within, df_within, _chance(within, df_within), between, df_between,
        _chance(between, df_between),
    )  # fmt: skip


def _arms_of_rows(data: _Data) -> list[tuple[str, ...]]:
    return [arms for _, arms in data.blocks for _ in arms[1:]]


def _chance(q: float, df: int) -> float:
    return float(scipy.special.chdtrc(df, q)) if df else 1.0


def _splits(data: _Data, beta: Array, covariance: Array, tau2: float) -> tuple[Split, ...]:
    """Each direct comparison against what the rest of the network says about it, by taking the one from the whole."""
    found = []
    for other, one in combinations(data.treatments, 2):
        estimates, weights = _direct(data, one, other, tau2)
        if not estimates:
            continue
        direct, precision = float(np.average(estimates, weights=weights)), sum(weights)
        row = _row(data.treatments, one, other)
        whole, whole_precision = float(row @ beta), 1 / float(row @ covariance @ row)
        rest = whole_precision - precision
        if rest <= 1e-6 * whole_precision:
            continue
        indirect = (whole * whole_precision - direct * precision) / rest
        se, indirect_se = precision**-0.5, rest**-0.5
        z = (direct - indirect) / float(np.hypot(se, indirect_se))
        found.append(Split(one, other, direct, se, indirect, indirect_se, two_sided(z, None)))
    return tuple(found)


def _direct(data: _Data, one: str, other: str, tau2: float) -> tuple[list[float], list[float]]:
    """The studies that compared the two: their differences and weights."""
    estimates, weights, at = [], [], 0
    for _, arms in data.blocks:
        size = len(arms) - 1
        if one in arms and other in arms:
            row = np.zeros(size + 1)
            row[arms.index(one)], row[arms.index(other)] = 1, -1
            own = row[1:]
            estimates.append(float(own @ data.y[at : at + size]))
            weights.append(1 / (float(own @ data.v[at : at + size, at : at + size] @ own) + tau2))
        at += size
    return estimates, weights

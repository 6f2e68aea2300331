"""Several rows of one study: a multilevel model with one variance between studies and one within, and robust errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy

from remit.evidence.estimators import Array, Method, NotConverged, weighted
from remit.evidence.pooling import Choices, Coefficient, Interval, Studies, quantile, two_sided
from remit.quantities import BadInput

STARTS = ((0.5, 0.5), (0.05, 1.0), (1.0, 0.05), (0.0, 0.0))
"""Where the top of the likelihood is looked for: parts of the variance of the effects, between and within studies."""


@dataclass(frozen=True, slots=True)
class Multilevel:
    """The pooled effect with the two variances; the errors do not rest on the model being right."""

    between: float
    within: float
    coefficients: tuple[Coefficient, ...]
    """With cluster-robust errors and t tests on clusters less coefficients."""
    model_se: tuple[float, ...]
    """The errors that hold if the model is right."""
    df: int
    pi: Interval
    q: float
    q_df: int
    q_p: float
    clusters: int


def multilevel(studies: Studies, choices: Choices | None = None) -> Multilevel:
    """Fit rows within clusters. Raises `BadInput` without enough clusters, `NotConverged` where no top is found."""
    choices = choices or Choices()
    x, clusters = studies.x, len(set(studies.clusters))
    if choices.method not in (Method.REML, Method.ML):
        raise BadInput(f"method: a multilevel model has REML and ML, not {choices.method}")
    if clusters <= x.shape[1]:
        raise BadInput(f"clusters: more than {x.shape[1]} are needed for {x.shape[1]} coefficients, not {clusters}")
    if clusters == len(studies):
        raise BadInput(f"clusters: some of more than one row are needed, each of the {clusters} has one")
    between, within = _variances(studies, choices.method)
    precision = _inverse(_covariance(studies, between, within))
    inverse = _inverse(x.T @ precision @ x)
    beta = inverse @ x.T @ precision @ studies.y
    robust = _robust(studies, precision, inverse, studies.y - x @ beta)
    df = clusters - x.shape[1]
    reach = quantile(0.5 + choices.level / 200, df)
    fixed = weighted(studies.y, studies.v, x)
    q_df = len(studies) - x.shape[1]
    spread = reach * float(np.sqrt(robust[0, 0] + between + within))
    return Multilevel(
        between=between,
        within=within,
        coefficients=_coefficients(studies, beta, np.sqrt(np.diag(robust)), df, reach),
        model_se=tuple(np.sqrt(np.diag(inverse)).tolist()),
        df=df,
        pi=(float(beta[0]) - spread, float(beta[0]) + spread),
        q=float(fixed.q),
        q_df=q_df,
        q_p=float(scipy.special.chdtrc(q_df, fixed.q)),
        clusters=clusters,
    )


def _inverse(matrix: Array) -> Array:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


def _together(studies: Studies) -> Array:
    """1 where two rows belong to one cluster."""
    labels = np.array(studies.clusters)
    return np.asarray(labels[:, None] == labels[None, :], dtype=np.float64)


def _covariance(studies: Studies, between: float, within: float) -> Array:
    whole: Array = np.diag(studies.v + within) + between * _together(studies)
    return whole


def _variances(studies: Studies, method: Method) -> tuple[float, float]:
    """Both variances by the likelihood, from several starts, in units of the effects' own variance."""
    x, y, together = studies.x, studies.y, _together(studies)
    unit = float(weighted(y, np.ones(len(y)), x).q) / (len(y) - x.shape[1])
    if unit <= 0:
        return 0.0, 0.0

    def loss(parts: Array) -> tuple[float, Array]:
        precision = np.linalg.inv(_covariance(studies, unit * parts[0], unit * parts[1]))
        inverse = np.linalg.inv(x.T @ precision @ x)
        p = precision - precision @ x @ inverse @ x.T @ precision
        weighed = p @ y
        value = float(y @ weighed) - float(np.linalg.slogdet(precision)[1])
        traced = precision
        if method is Method.REML:
            value -= float(np.linalg.slogdet(inverse)[1])
            traced = p
        slopes = [
            float((traced * together).sum()) - float(weighed @ together @ weighed),
            float(np.trace(traced)) - float(weighed @ weighed),
        ]
        return value / 2, unit * np.array(slopes) / 2

    bounds = [(0.0, None), (0.0, None)]
    options = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500}
    found = [
        scipy.optimize.minimize(loss, np.array(start), jac=True, bounds=bounds, method="L-BFGS-B", options=options)
        for start in STARTS
    ]
    best = min(found, key=lambda each: float(each.fun))
    if not np.all(np.isfinite(best.x)):
        raise NotConverged("between, within: the likelihood has no top that any start finds")
    return unit * float(best.x[0]), unit * float(best.x[1])


def _robust(studies: Studies, precision: Array, inverse: Array, residuals: Array) -> Array:
    """Covariance of the coefficients from what each cluster as a whole leaves over, times n / (n − p)."""
    weighed = (precision @ residuals)[:, None] * studies.x
    labels, place = np.unique(np.array(studies.clusters), return_inverse=True)
    scores = np.zeros((len(labels), studies.x.shape[1]))
    np.add.at(scores, place, weighed)
    factor = len(labels) / (len(labels) - studies.x.shape[1])
    whole: Array = np.asarray(factor * inverse @ scores.T @ scores @ inverse, dtype=np.float64)
    return whole


def _coefficients(studies: Studies, beta: Array, errors: Array, df: int, reach: float) -> tuple[Coefficient, ...]:
    names = ["intrcpt", *(name for name, _ in studies.moderators)]
    return tuple(
        Coefficient(
            name,
            estimate,
            se,
            estimate / se,
            two_sided(estimate / se, df),
            (estimate - reach * se, estimate + reach * se),
        )
        for name, estimate, se in zip(names, beta.tolist(), errors.tolist(), strict=True)
    )

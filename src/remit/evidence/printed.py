"""Effects from what a paper prints: spreads from errors or intervals, adjusted differences, crossovers, ratios.

Nothing is guessed: what a paper does not give, such as a crossover's correlation, has to be said.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.effects import Effect, hedges_g, mean_difference, small_sample_factor
from remit.evidence.pooling import Interval, quantile
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Summary:
    """A mean with its standard deviation among so many people: a change, or a final score."""

    mean: float
    sd: float
    n: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.mean) and math.isfinite(self.sd)) or self.sd <= 0:
            raise BadInput(f"sd: a finite mean and an sd above 0 are needed, not {self.mean:g} and {self.sd:g}")
        if self.n < 2:
            raise BadInput(f"n: 2 or more is needed, not {self.n:g}")


def half_width(interval: Interval) -> float:
    """Half of an interval. Raises `BadInput` for one that is empty or turned round."""
    low, high = interval
    if not low < high:
        raise BadInput(f"interval: a lower end below the upper one is needed, not {low:g} to {high:g}")
    return (high - low) / 2


def sd_from_se(se: float, n: float) -> float:
    """Standard deviation from the standard error of a mean.

    >>> sd_from_se(2.0, 25)
    10.0
    """
    if se <= 0 or n < 2:
        raise BadInput(f"se: above 0, of 2 people or more, is needed, not {se:g} of {n:g}")
    return se * math.sqrt(n)


def sd_from_interval(interval: Interval, n: float, level: float = 95.0) -> float:
    """Standard deviation from the interval of a mean, by the t distribution.

    >>> round(sd_from_interval((-27.0, -13.6), 7), 1)
    7.2
    """
    if n < 2:
        raise BadInput(f"n: 2 or more is needed, not {n:g}")
    return sd_from_se(half_width(interval) / _reach(level, int(n) - 1), n)


def se_from_interval(interval: Interval, level: float = 95.0) -> float:
    """Standard error from an interval, by the normal distribution.

    >>> round(se_from_interval((-7.31, -0.64)), 2)
    1.7
    """
    return half_width(interval) / _reach(level, None)


def _reach(level: float, df: int | None) -> float:
    if not 0 < level < 100:
        raise BadInput(f"level: more than 0 and less than 100 is needed, not {level:g}")
    return quantile(0.5 + level / 200, df)


def difference(one: Summary, other: Summary) -> Effect:
    """Difference of two means: of changes, or of final scores."""
    return mean_difference(one.mean, one.sd, one.n, other.mean, other.sd, other.n)


def standardised_difference(one: Summary, other: Summary) -> Effect:
    """Hedges' g of two means."""
    return hedges_g(one.mean, one.sd, one.n, other.mean, other.sd, other.n)


def adjusted_difference(estimate: float, se: float | None = None, interval: Interval | None = None) -> Effect:
    """A difference that a paper adjusted itself, with its standard error or its 95 % interval."""
    if se is None and interval is None:
        raise BadInput(f"difference {estimate:g}: a standard error or an interval is needed, not neither")
    spread = se if se is not None else se_from_interval(interval or (0, 0))
    if spread <= 0:
        raise BadInput(f"difference {estimate:g}: a standard error above 0 is needed, not {spread:g}")
    return Effect(estimate, spread**2)


def standardised_adjusted(adjusted: Effect, sd: float, n1: float, n2: float) -> Effect:
    """An adjusted difference in standard deviations of the people, corrected for small samples."""
    if sd <= 0:
        raise BadInput(f"sd: above 0 is needed, not {sd:g}")
    factor = small_sample_factor(n1 + n2 - 2)
    g = factor * adjusted.estimate / sd
    return Effect(g, adjusted.variance * (factor / sd) ** 2 + g**2 / (2 * (n1 + n2)))


def _correlation(correlation: float | None) -> float:
    if correlation is None:
        raise BadInput("crossover: its arms are the same people; the correlation between the periods is needed")
    if not -1 < correlation < 1:
        raise BadInput(f"correlation: between -1 and 1 is needed, not {correlation:g}")
    return correlation


def crossover_difference(one: Summary, other: Summary, correlation: float | None) -> Effect:
    """Difference of two periods of the same people."""
    r = _correlation(correlation)
    if one.n != other.n:
        raise BadInput(f"crossover: the same people in both periods are needed, not {one.n:g} and {other.n:g}")
    variance = (one.sd**2 + other.sd**2 - 2 * r * one.sd * other.sd) / one.n
    return Effect(one.mean - other.mean, variance)


def crossover_standardised(one: Summary, other: Summary, correlation: float | None) -> Effect:
    """Hedges' g of two periods of the same people, in standard deviations between people as in parallel trials."""
    r = _correlation(correlation)
    raw = crossover_difference(one, other, r)
    sd = math.sqrt((one.sd**2 + other.sd**2) / 2)
    factor = small_sample_factor(one.n - 1)
    d = raw.estimate / sd
    return Effect(factor * d, factor**2 * 2 * (1 - r) * (1 / one.n + d**2 / (2 * one.n)))


def ratio(estimate: float, interval: Interval, level: float = 95.0) -> Effect:
    """Logarithm of a hazard, odds or risk ratio that a paper prints with its interval.

    >>> round(ratio(0.49, (0.29, 0.84)).estimate, 4)
    -0.7133
    """
    if estimate <= 0 or interval[0] <= 0:
        raise BadInput(f"ratio: above 0, with an interval above 0, is needed, not {estimate:g} ({interval[0]:g})")
    logs = (math.log(interval[0]), math.log(interval[1])) if interval[1] > 0 else (1.0, 0.0)
    return Effect(math.log(estimate), se_from_interval(logs, level) ** 2)


def together(arms: Sequence[Summary]) -> Summary:
    """Several arms as one, as if its people had never been divided."""
    n = sum(arm.n for arm in arms)
    mean = sum(arm.n * arm.mean for arm in arms) / n
    squares = sum((arm.n - 1) * arm.sd**2 + arm.n * (arm.mean - mean) ** 2 for arm in arms)
    return Summary(mean, math.sqrt(squares / (n - 1)), n)


def shared(control: Summary, parts: int) -> Summary:
    """A control's share in each of several comparisons: the same mean and spread, of fewer people."""
    if parts < 1:
        raise BadInput(f"parts: 1 or more is needed, not {parts}")
    return Summary(control.mean, control.sd, control.n / parts)


def differences_together(adjusted: Sequence[Effect], n: Sequence[float], n_control: float) -> Effect:
    """Adjusted differences of several arms from one control as one difference, their shared control accounted for.

    The covariance of two of them is the variance of the control's mean, taken from their standard errors under one
    spread in all arms.
    """
    if len(adjusted) == 1:
        return adjusted[0]
    spreads = [one.variance / (1 / arm + 1 / n_control) for one, arm in zip(adjusted, n, strict=True)]
    covariance = sum(spreads) / len(spreads) / n_control
    weights = [arm / sum(n) for arm in n]
    estimate = sum(weight * one.estimate for weight, one in zip(weights, adjusted, strict=True))
    own = sum(weight**2 * one.variance for weight, one in zip(weights, adjusted, strict=True))
    return Effect(estimate, own + covariance * (1 - sum(weight**2 for weight in weights)))

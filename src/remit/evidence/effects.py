"""Effect sizes with their sampling variance, from the numbers of two arms or of one.

Each measure has its own scale: the logarithm for RR and OR, the logit for PLO, the double arcsine for PFT. A
negative mean difference favours the first arm where a lower score is better.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from remit.quantities import BadInput

ZERO_CELL = 0.5
"""What is added to each cell of a table that holds a zero, where the measure has no value otherwise."""


class Measure(StrEnum):
    """What is pooled."""

    RR = "RR"
    OR = "OR"
    RD = "RD"
    MD = "MD"
    SMD = "SMD"
    GEN = "GEN"
    PLO = "PLO"
    PFT = "PFT"

    @property
    def logarithmic(self) -> bool:
        """True where the exponential of the estimate is what people read."""
        return self in (Measure.RR, Measure.OR)


COLUMNS: Mapping[Measure, tuple[str, ...]] = {
    **dict.fromkeys((Measure.RR, Measure.OR, Measure.RD), ("ai", "bi", "ci", "di")),
    **dict.fromkeys((Measure.MD, Measure.SMD), ("m1i", "sd1i", "n1i", "m2i", "sd2i", "n2i")),
    Measure.GEN: ("yi", "vi"),
    **dict.fromkeys((Measure.PLO, Measure.PFT), ("xi", "ni")),
}
"""The numbers that each measure is computed from, by the names that they have in a table."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect with its sampling variance, on the measure's own scale."""

    estimate: float
    variance: float
    note: str = ""
    """What was done so that it could be computed, such as adding to a zero cell."""

    @property
    def se(self) -> float:
        """The standard error."""
        return math.sqrt(self.variance)


def effect(measure: Measure, numbers: Mapping[str, float]) -> Effect:
    """The effect of one study. Raises `BadInput` naming the column, the bound and the value.

    >>> round(effect(Measure.RR, {"ai": 4, "bi": 119, "ci": 11, "di": 128}).estimate, 4)
    -0.8893
    """
    values = [numbers[name] for name in COLUMNS[measure]]
    for name, value in zip(COLUMNS[measure], values, strict=True):
        check(measure, name, value)
    return _COMPUTE[measure](*values)


def check(measure: Measure, name: str, value: float) -> None:
    """Refuse a number that its column cannot hold. Raises `BadInput`."""
    if not math.isfinite(value):
        raise BadInput(f"{name}: a finite number is needed, not {value}")
    if name in ("sd1i", "sd2i", "vi") and value <= 0:
        raise BadInput(f"{name}: more than 0 is needed, not {value:g}")
    if name in ("yi", "vi", "m1i", "m2i", "sd1i", "sd2i"):
        return
    if value != int(value):
        raise BadInput(f"{name}: a whole number is needed, not {value:g}")
    least = 2 if measure in (Measure.MD, Measure.SMD) else 1 if name == "ni" else 0
    if value < least:
        raise BadInput(f"{name}: {least} or more is needed, not {value:g}")


def _filled(cells: Sequence[float]) -> tuple[list[float], str]:
    """The cells, with a half added to each where one is 0, and a word about it."""
    if 0 not in cells:
        return list(cells), ""
    return [cell + ZERO_CELL for cell in cells], f"a cell is 0: {ZERO_CELL:g} was added to each of the {len(cells)}"


def _arms(ai: float, bi: float, ci: float, di: float) -> tuple[list[float], str]:
    for name, people in (("ai + bi", ai + bi), ("ci + di", ci + di)):
        if people == 0:
            raise BadInput(f"{name}: an arm of at least 1 is needed, not 0")
    cells, note = _filled((ai, bi, ci, di))
    if (ai == 0 and ci == 0) or (bi == 0 and di == 0):
        note += "; both arms are alike without exception, which says next to nothing about a ratio"
    return cells, note


def risk_ratio(ai: float, bi: float, ci: float, di: float) -> Effect:
    """Logarithm of the ratio of two risks; `ai` and `ci` are people with the event."""
    (a, b, c, d), note = _arms(ai, bi, ci, di)
    n1, n2 = a + b, c + d
    return Effect(math.log(a / n1) - math.log(c / n2), 1 / a - 1 / n1 + 1 / c - 1 / n2, note)


def odds_ratio(ai: float, bi: float, ci: float, di: float) -> Effect:
    """Logarithm of the ratio of two odds."""
    (a, b, c, d), note = _arms(ai, bi, ci, di)
    return Effect(math.log(a * d / (b * c)), 1 / a + 1 / b + 1 / c + 1 / d, note)


def risk_difference(ai: float, bi: float, ci: float, di: float) -> Effect:
    """Difference of two risks; a half is added in a table with a zero, as its variance could be 0 otherwise."""
    (a, b, c, d), note = _arms(ai, bi, ci, di)
    n1, n2 = a + b, c + d
    return Effect(a / n1 - c / n2, a * b / n1**3 + c * d / n2**3, note)


def mean_difference(m1i: float, sd1i: float, n1i: float, m2i: float, sd2i: float, n2i: float) -> Effect:
    """Difference of two means on one scale."""
    return Effect(m1i - m2i, sd1i**2 / n1i + sd2i**2 / n2i)


def small_sample_factor(df: float) -> float:
    """Hedges' exact factor, by which a standardised difference is too large in small samples.

    >>> round(small_sample_factor(10), 3)
    0.923
    """
    return math.exp(math.lgamma(df / 2) - math.lgamma((df - 1) / 2)) / math.sqrt(df / 2)


def hedges_g(m1i: float, sd1i: float, n1i: float, m2i: float, sd2i: float, n2i: float) -> Effect:
    """Difference of two means in pooled standard deviations, corrected for small samples."""
    df = n1i + n2i - 2
    pooled = math.sqrt(((n1i - 1) * sd1i**2 + (n2i - 1) * sd2i**2) / df)
    g = small_sample_factor(df) * (m1i - m2i) / pooled
    return Effect(g, 1 / n1i + 1 / n2i + g**2 / (2 * (n1i + n2i)))


def logit_proportion(xi: float, ni: float) -> Effect:
    """Logit of a proportion of one arm."""
    _part(xi, ni)
    (x, rest), note = _filled((xi, ni - xi))
    return Effect(math.log(x / rest), 1 / x + 1 / rest, note)


def double_arcsine(xi: float, ni: float) -> Effect:
    """Double arcsine of a proportion of one arm (Freeman and Tukey), which needs nothing added at 0 or at all."""
    _part(xi, ni)
    low, high = math.asin(math.sqrt(xi / (ni + 1))), math.asin(math.sqrt((xi + 1) / (ni + 1)))
    return Effect((low + high) / 2, 1 / (4 * ni + 2))


def _part(xi: float, ni: float) -> None:
    if xi > ni:
        raise BadInput(f"xi: at most ni ({ni:g}) is needed, not {xi:g}")


def proportion_of_double_arcsine(value: float, people: float) -> float:
    """The proportion that a double arcsine stands for among so many people; for several arms their harmonic mean.

    >>> round(proportion_of_double_arcsine(double_arcsine(4, 10).estimate, 10), 6)
    0.4
    """
    if value <= double_arcsine(0, people).estimate:
        return 0.0
    if value >= double_arcsine(people, people).estimate:
        return 1.0
    sine, cosine = math.sin(2 * value), math.cos(2 * value)
    inner = max(0.0, 1 - (sine + (sine - 1 / sine) / people) ** 2)
    return min(1.0, max(0.0, (1 - math.copysign(1, cosine) * math.sqrt(inner)) / 2))


def proportion_of_logit(value: float) -> float:
    """The proportion that a logit stands for.

    >>> proportion_of_logit(0.0)
    0.5
    """
    return 1 / (1 + math.exp(-value)) if value >= 0 else math.exp(value) / (1 + math.exp(value))


def _given(yi: float, vi: float) -> Effect:
    return Effect(yi, vi)


_COMPUTE: Mapping[Measure, Callable[..., Effect]] = {
    Measure.RR: risk_ratio,
    Measure.OR: odds_ratio,
    Measure.RD: risk_difference,
    Measure.MD: mean_difference,
    Measure.SMD: hedges_g,
    Measure.GEN: _given,
    Measure.PLO: logit_proportion,
    Measure.PFT: double_arcsine,
}

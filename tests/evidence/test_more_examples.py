"""More published examples that metafor documents: length of stay, lidocaine, diuretics in pregnancy."""

from __future__ import annotations

import math

import pytest

from remit.evidence.effects import COLUMNS, Measure, effect
from remit.evidence.estimators import Method
from remit.evidence.pooling import Choices, Studies, pool

STAY = [
    (55, 47, 155, 75, 64, 156),
    (27, 7, 31, 29, 4, 32),
    (64, 17, 75, 119, 29, 71),
    (66, 20, 18, 137, 48, 18),
    (14, 8, 8, 18, 11, 13),
    (19, 7, 57, 18, 4, 52),
    (52, 45, 34, 41, 34, 33),
    (21, 16, 110, 31, 27, 183),
    (30, 27, 60, 23, 20, 52),
]
"""Normand 1999: days in hospital after stroke, special care against routine."""
LIDOCAINE = [(2, 39, 1, 43), (4, 44, 4, 44), (6, 107, 4, 110), (7, 103, 5, 100), (7, 110, 3, 106), (11, 154, 4, 146)]
"""Hine 1989: deaths with lidocaine and without."""
DIURETICS = [
    (14, 131, 14, 136),
    (21, 385, 17, 134),
    (14, 57, 24, 48),
    (6, 38, 18, 40),
    (12, 1011, 35, 760),
    (138, 1370, 175, 1336),
    (15, 506, 20, 524),
    (6, 108, 2, 103),
    (65, 153, 40, 102),
]
"""Collins 1985: pre-eclampsia with diuretics and without."""


def studies(measure, rows):
    found = [effect(measure, dict(zip(COLUMNS[measure], row, strict=True))) for row in rows]
    names = tuple(str(at) for at in range(len(rows)))
    return Studies(names, tuple(each.estimate for each in found), tuple(each.variance for each in found))


def counted(rows):
    return [(a, n1 - a, c, n2 - c) for a, n1, c, n2 in rows]


def of_one_spread(rows):
    """The same with both arms' pooled standard deviation, as the example has it."""
    held = []
    for m1, sd1, n1, m2, sd2, n2 in rows:
        pooled = math.sqrt(((n1 - 1) * sd1**2 + (n2 - 1) * sd2**2) / (n1 + n2 - 2))
        held.append((m1, pooled, n1, m2, pooled, n2))
    return held


@pytest.mark.parametrize(
    ("method", "estimate", "low", "high", "tau2"),
    [
        (Method.FE, -3.49, -5.03, -1.96, 0),
        (Method.DL, -14.10, -24.45, -3.75, 218.72),
        (Method.REML, -15.12, -32.67, 2.43, 685.20),
    ],
)
def test_mean_differences_of_the_length_of_stay_agree(method, estimate, low, high, tau2):
    found = pool(studies(Measure.MD, of_one_spread(STAY)), Choices(method))
    assert [found.estimate, *found.ci, found.tau2] == pytest.approx([estimate, low, high, tau2], abs=6e-3)


def test_standardised_differences_of_the_length_of_stay_agree():
    held = studies(Measure.SMD, STAY[:4])
    assert held.effects == pytest.approx((-0.3552, -0.3479, -2.3176, -1.8880), abs=6e-5)
    assert held.variances == pytest.approx((0.0131, 0.0645, 0.0458, 0.1606), abs=6e-5)
    assert pool(held).tau2 == pytest.approx(1.0090, abs=6e-5)


def test_risk_differences_of_lidocaine_agree_and_have_no_variance_between_studies():
    held = studies(Measure.RD, counted(LIDOCAINE))
    assert [100 * y for y in held.effects] == pytest.approx([2.8026, 0, 1.9711, 1.7961, 3.5334, 4.4031], abs=6e-5)
    for method in (Method.FE, Method.DL, Method.REML):
        found = pool(held, Choices(method))
        assert [100 * found.estimate, 100 * found.ci[0], 100 * found.ci[1]] == pytest.approx([2.94, 0.4, 5.5], abs=0.05)
        assert found.tau2 == 0


@pytest.mark.parametrize(
    ("method", "tau2"), [(Method.DL, 0.230), (Method.ML, 0.239), (Method.REML, 0.301), (Method.SJ, 0.456)]
)
def test_the_variance_between_trials_of_diuretics_agrees(method, tau2):
    found = pool(studies(Measure.OR, counted(DIURETICS)), Choices(method))
    assert found.tau2 == pytest.approx(tau2, abs=6e-4)
    assert found.tau2_ci == pytest.approx((0.072, 2.203), abs=6e-4)

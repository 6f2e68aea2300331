"""Rows within clusters, against the example of schools in districts that metafor documents."""

from __future__ import annotations

import re

import pytest

from remit.evidence.estimators import Method
from remit.evidence.multilevel import multilevel
from remit.evidence.pooling import Choices, Studies, pool
from remit.quantities import BadInput
from tests.evidence.examples import bcg

DISTRICTS = {
    "11": [(-0.18, 0.118), (-0.22, 0.118), (0.23, 0.144), (-0.30, 0.144)],
    "12": [(0.13, 0.014), (-0.26, 0.014), (0.19, 0.015), (0.32, 0.024)],
    "18": [(0.45, 0.023), (0.38, 0.043), (0.29, 0.012)],
    "27": [(0.16, 0.020), (0.65, 0.004), (0.36, 0.004), (0.60, 0.007)],
    "56": [(0.08, 0.019), (0.04, 0.007), (0.19, 0.005), (-0.06, 0.004)],
    "58": [
        *((-0.18, 0.020), (0.00, 0.018), (0.00, 0.019), (-0.28, 0.022), (-0.04, 0.020), (-0.30, 0.021)),
        *((0.07, 0.006), (0.00, 0.007), (0.05, 0.007), (-0.08, 0.007), (-0.09, 0.007)),
    ],
    "71": [(0.30, 0.015), (0.98, 0.011), (1.19, 0.010)],
    "86": [(value, 0.001) for value in (-0.07, -0.05, -0.01, 0.02, -0.03, 0.00, 0.01, -0.10)],
    "91": [(0.50, 0.010), (0.66, 0.011), (0.20, 0.010), (0.00, 0.009), (0.05, 0.013), (0.07, 0.013)],
    "108": [(-0.52, 0.031), (0.70, 0.031), (-0.03, 0.030), (0.27, 0.030), (-0.34, 0.030)],
    "644": [(0.12, 0.087), (0.61, 0.082), (0.04, 0.067), (-0.05, 0.067)],
}
"""Konstantopoulos 2011: effects of a changed school calendar, schools within districts."""


def schools(keep=lambda district: True):
    rows = [(name, y, v) for name, held in DISTRICTS.items() if keep(name) for y, v in held]
    names = tuple(str(at) for at in range(1, len(rows) + 1))
    return Studies(
        names, tuple(y for _, y, _ in rows), tuple(v for _, _, v in rows), (), tuple(name for name, _, _ in rows)
    )


@pytest.mark.parametrize(
    ("method", "between", "within", "estimate", "se"),
    [(Method.REML, 0.0651, 0.0327, 0.1847, 0.0846), (Method.ML, 0.0577, 0.0329, 0.1845, 0.0805)],
)
def test_schools_in_districts_agree(method, between, within, estimate, se):
    found = multilevel(schools(), Choices(method))
    assert (found.between, found.within) == pytest.approx((between, within), abs=6e-5)
    assert (found.coefficients[0].estimate, found.model_se[0]) == pytest.approx((estimate, se), abs=6e-5)
    assert (found.clusters, found.df, found.q_df) == (11, 10, 55)


def test_schools_as_if_each_stood_alone_agree():
    alone = schools()
    found = pool(Studies(alone.names, alone.effects, alone.variances))
    assert (found.estimate, found.se, found.tau2) == pytest.approx((0.1279, 0.0439, 0.0884), abs=6e-5)
    # The documented interval is a root found to about 1e-4.
    assert found.tau2_ci == pytest.approx((0.0564, 0.1388), abs=1e-4)


def test_the_robust_error_is_about_that_of_the_model_where_the_model_holds():
    found = multilevel(schools())
    assert found.coefficients[0].se == pytest.approx(found.model_se[0], rel=0.1)
    low, high = found.coefficients[0].ci
    assert found.pi[0] < low < found.coefficients[0].estimate < high < found.pi[1]


def test_neither_order_nor_names_matter():
    one = multilevel(schools())
    turned = multilevel(schools().only(list(reversed(range(56)))))
    assert (turned.between, turned.within) == pytest.approx((one.between, one.within), abs=1e-6)
    assert turned.coefficients[0].se == pytest.approx(one.coefficients[0].se, rel=1e-5)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: multilevel(schools(), Choices(Method.DL)), "method: a multilevel model has REML and ML, not DL"),
        (lambda: multilevel(schools(lambda name: name == "11")), "clusters: more than 1 are needed for 1 coefficients"),
        (lambda: multilevel(bcg(cluster="study")), "clusters: some of more than one row are needed, each of the 13"),
        (lambda: multilevel(bcg()), "clusters: more than 1 are needed for 1 coefficients, not 0"),
    ],
)
def test_rows_without_clusters_are_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()

"""Small-study tests, deletion diagnostics and subgroups, against metafor's documented values."""

from __future__ import annotations

import re

import pytest

from remit.evidence.bias import begg, egger, trim_and_fill
from remit.evidence.estimators import Method
from remit.evidence.pooling import Choices, Studies, pool
from remit.evidence.robustness import cumulative, influence, leave_one_out, subgroups
from remit.quantities import BadInput
from tests.evidence.examples import YEARS, bcg


def test_eggers_test_of_bcg_agrees_and_is_a_moderator_of_the_same_model():
    found = egger(pool(bcg()))
    assert (found.slope.statistic, found.slope.p) == pytest.approx((-0.8033, 0.4218), abs=6e-5)
    assert (found.limit.estimate, *found.limit.ci) == pytest.approx((-0.5104, -1.1182, 0.0974), abs=6e-5)
    assert egger(pool(bcg(moderators=("ablat",)))).limit is None


def test_beggs_test_of_bcg_agrees():
    found = begg(bcg())
    assert (found.tau, found.p) == pytest.approx((0.0256, 0.9524), abs=6e-5)


def test_trim_and_fill_of_bcg_agrees():
    found = trim_and_fill(pool(bcg()))
    assert (found.missing, found.side, found.se) == (1, "right", pytest.approx(2.4528, abs=6e-5))
    assert found.pooled.estimate == pytest.approx(-0.6571, abs=6e-5)
    assert trim_and_fill(pool(bcg()), "left").missing == 0


def test_leaving_out_the_first_study_of_bcg_agrees():
    name, found = leave_one_out(pool(bcg()))[0]
    assert (name, found.k) == ("1", 12)
    held = [found.estimate, found.se, found.tau2, found.i2, found.h2, found.q]
    assert held == pytest.approx([-0.707084, 0.189961, 0.336157, 93.225935, 14.762185, 151.582573], rel=1e-5)


def test_adding_the_studies_of_bcg_by_year_agrees():
    found = [each.estimate for _, each in cumulative(pool(bcg()), YEARS)]
    expected = [-0.889311, -1.325003, -0.97208, -1.001094, -1.101424, -0.973464, -0.901251, -0.788566, -0.865607]
    assert found == pytest.approx([*expected, -0.785211, -0.708206, -0.794768, -0.714532], abs=5e-6)


def test_influence_of_the_first_study_of_bcg_agrees():
    found = influence(pool(bcg()))[0]
    held = [found.rstudent, found.dffits, found.cook_d, found.cov_r, found.tau2_without, found.q_without, found.hat]
    expected = [-0.218142, -0.0407076, 0.00171654, 1.116449, 0.336157, 151.582573, 0.0505948]
    assert held == pytest.approx(expected, rel=1e-5)
    assert found.dfbs == pytest.approx([-0.0402659], rel=1e-5)
    assert found.weight == pytest.approx(5.059483, rel=1e-5)
    assert not found.influential


def test_influence_of_bcg_with_latitude_agrees():
    cooks = [each.cook_d for each in influence(pool(bcg(moderators=("ablat",))))]
    expected = [0.0048, 0.0489, 0.0104, 0.2495, 0.0072, 0.2883, 0.3643, 0.2719, 0.02, 0.1645, 0.0009, 0.0404, 0.1434]
    assert cooks == pytest.approx(expected, abs=6e-5)


def test_a_study_far_out_is_marked():
    effects = (0.1, 0.12, 0.09, 0.11, 0.1, 3.0)
    found = influence(pool(Studies(tuple("abcdef"), effects, (0.01,) * 6)))
    assert [each.study for each in found if each.influential] == ["f"]


def test_subgroups_pool_apart_and_are_compared():
    studies = Studies(tuple("abcd"), (0.1, 0.1, 0.5, 0.5), (0.02,) * 4)
    found = subgroups(pool(studies, Choices(Method.FE)), ("x", "x", "y", "y"))
    assert [(name, group.estimate) for name, group in found.groups] == [
        ("x", pytest.approx(0.1)),
        ("y", pytest.approx(0.5)),
    ]
    assert (found.q_between, found.df) == (pytest.approx(0.4**2 / 0.02), 1)


def few(count, variance=0.1):
    return Studies(tuple("abc"[:count]), (0.1, 0.3, 0.2)[:count], (variance,) * count)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: egger(pool(few(2))), "Egger's test: at least 3 studies are needed, not 2"),
        (lambda: egger(pool(bcg(cluster="study"))), "Egger's test: rows that are independent are needed"),
        (lambda: egger(pool(few(3))), "Egger's test: standard errors that differ are needed"),
        (lambda: begg(few(2)), "Begg's test: at least 3 studies are needed, not 2"),
        (lambda: begg(few(3)), "Begg's test: variances that differ are needed"),
        (lambda: trim_and_fill(pool(few(2))), "trim-and-fill: at least 3 studies are needed, not 2"),
        (lambda: trim_and_fill(pool(bcg()), "top"), "side: left or right is needed, not 'top'"),
        (lambda: leave_one_out(pool(few(1))), "leave one out: at least 2 studies are needed, not 1"),
        (lambda: cumulative(pool(few(2)), [1]), "order: 2 values are needed, not 1"),
        (lambda: subgroups(pool(few(2)), ["x", "x"]), "subgroups: at least 2 groups are needed, not x throughout"),
    ],
)
def test_what_cannot_be_computed_is_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()

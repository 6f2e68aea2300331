"""Pooling against metafor's documented examples, and the properties that any pool must have."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from remit.evidence.effects import Measure, effect, proportion_of_double_arcsine
from remit.evidence.estimators import Method, between_variance, weighted
from remit.evidence.pooling import Choices, Inference, Studies, pool, replicates
from remit.quantities import BadInput
from tests.evidence.examples import WEEKS, bcg, teachers

EFFECTS = st.lists(st.tuples(st.floats(-3, 3), st.floats(0.01, 2)), min_size=2, max_size=9)
METHODS = st.sampled_from(list(Method))


def made(pairs):
    names = tuple(str(at) for at in range(len(pairs)))
    return Studies(names, tuple(y for y, _ in pairs), tuple(v for _, v in pairs))


@pytest.mark.parametrize(
    ("method", "estimate", "low", "high", "tau2", "i2"),
    [
        (Method.FE, -0.4303, -0.5097, -0.3509, 0, 92.1173),
        (Method.DL, -0.7141, -1.0644, -0.3638, 0.3088, 92.1173),
        (Method.REML, -0.7145, -1.0669, -0.3622, 0.3132, 92.2214),
        (Method.ML, -0.7112, -1.0481, -0.3743, 0.2800, 91.3783),
        (Method.PM, -0.7150, -1.0695, -0.3604, 0.3181, 92.3303),
        (Method.HE, -0.7159, -1.0751, -0.3567, 0.3286, 92.5571),
        (Method.SJ, -0.7172, -1.0839, -0.3506, 0.3455, 92.8963),
    ],
)
def test_bcg_risk_ratios_agree_for_every_estimator(method, estimate, low, high, tau2, i2):
    found = pool(bcg(), Choices(method))
    assert [found.estimate, *found.ci, found.tau2] == pytest.approx([estimate, low, high, tau2], abs=6e-5)
    assert found.i2 == pytest.approx(i2, abs=0.002)
    assert (found.q, found.q_df) == (pytest.approx(152.2330, abs=6e-5), 12)


def test_bcg_intervals_of_the_variance_and_of_a_new_study_agree():
    found = pool(bcg(), Choices(Method.DL))
    assert found.tau2_ci == pytest.approx((0.1197, 1.1115), abs=6e-5)
    assert found.h2 == pytest.approx(12.6861, abs=6e-5)
    assert pool(bcg()).pi == pytest.approx((-1.8667, 0.4376), abs=6e-5)
    assert pool(bcg(), Choices(Method.FE)).pi is None


@pytest.mark.parametrize(
    ("measure", "method", "estimate", "low", "high", "z"),
    [
        (Measure.OR, Method.FE, -0.4361, -0.5190, -0.3533, -10.3190),
        (Measure.OR, Method.DL, -0.7474, -1.1242, -0.3706, -3.8873),
        (Measure.RD, Method.FE, -0.0009, -0.0014, -0.0005, -4.0448),
        (Measure.RD, Method.DL, -0.0071, -0.0101, -0.0040, -4.5128),
    ],
)
def test_bcg_odds_ratios_and_risk_differences_agree(measure, method, estimate, low, high, z):
    found = pool(bcg(measure), Choices(method))
    assert [found.estimate, *found.ci, found.first.statistic] == pytest.approx([estimate, low, high, z], abs=6e-5)


@pytest.mark.parametrize(
    ("method", "z_row", "knha_row"),
    [
        (Method.FE, (0.060, 0.036, 1.655, -0.011, 0.132), (0.051, 1.173, -0.048, 0.168)),
        (Method.ML, (0.078, 0.047, 1.637, -0.015, 0.171), (0.059, 1.311, -0.047, 0.202)),
        (Method.REML, (0.084, 0.052, 1.621, -0.018, 0.185), (0.062, 1.359, -0.046, 0.213)),
        (Method.DL, (0.089, 0.056, 1.601, -0.020, 0.199), (0.064, 1.405, -0.044, 0.223)),
        (Method.HE, (0.114, 0.079, 1.443, -0.041, 0.270), (0.071, 1.608, -0.035, 0.264)),
    ],
)
def test_teacher_expectancy_agrees_by_wald_and_by_knapp_and_hartung(method, z_row, knha_row):
    wald, knha = pool(teachers(), Choices(method)), pool(teachers(), Choices(method, Inference.KNHA))
    assert [wald.estimate, wald.se, wald.first.statistic, *wald.ci] == pytest.approx(z_row, abs=1.1e-3)
    assert [knha.se, knha.first.statistic, *knha.ci] == pytest.approx(knha_row, abs=1.1e-3)
    assert ("does not belong" in " ".join(knha.notes)) == (method is Method.FE)


def test_teacher_expectancy_agrees_with_weeks_as_a_moderator():
    found = pool(teachers().with_moderator("weeks", WEEKS))
    assert [each.estimate for each in found.coefficients] == pytest.approx([0.407, -0.157], abs=6e-4)
    assert [each.statistic for each in found.coefficients] == pytest.approx([4.68, -4.39], abs=6e-3)
    assert (found.tau2, found.q) == (pytest.approx(0, abs=1e-9), pytest.approx(16.57, abs=0.01))


def test_bcg_agrees_with_latitude_and_allocation_as_moderators():
    found = pool(bcg(moderators=("ablat",)))
    assert [each.estimate for each in found.coefficients] == pytest.approx([0.2515, -0.0291], abs=6e-5)
    assert [each.se for each in found.coefficients] == pytest.approx([0.2491, 0.0072], abs=6e-5)
    assert (found.tau2, found.q) == pytest.approx((0.0764, 30.7331), abs=6e-5)
    assert found.omnibus[0] == pytest.approx(16.3571, rel=1e-4)
    both = pool(bcg(moderators=("ablat", "alloc")))
    assert [each.name for each in both.coefficients] == ["intrcpt", "ablat", "allocrandom", "allocsystematic"]
    assert both.tau2 == pytest.approx(0.1446, abs=6e-5)
    assert both.omnibus[:2] == (pytest.approx(11.0605, rel=1e-4), 3)


def test_bcg_cluster_robust_variance_agrees():
    found = pool(bcg(cluster="study"))
    assert found.covariance[0][0] == pytest.approx(0.032106, abs=6e-7)
    assert found.df == 12


def test_single_proportions_agree_by_the_double_arcsine():
    people = (11, 17, 21, 6)
    arms = [effect(Measure.PFT, {"xi": x, "ni": n}) for x, n in zip((3, 6, 10, 1), people, strict=True)]
    found = pool(made([(arm.estimate, arm.variance) for arm in arms]), Choices(Method.FE))
    assert 2 * found.estimate == pytest.approx(1.3093, abs=6e-5)
    typical = 4 / sum(1 / n for n in people)
    assert proportion_of_double_arcsine(found.estimate, typical) == pytest.approx(0.3595, abs=6e-5)


def test_the_floor_keeps_knapp_and_hartungs_variance_from_falling_below_the_ordinary_one():
    alike = made([(0.30, 0.1), (0.31, 0.1), (0.29, 0.1)])
    plain, floored = (pool(alike, Choices(test=Inference.KNHA, floor=floor)) for floor in (False, True))
    assert plain.se < floored.se == pytest.approx(pool(alike).se)


def test_studies_that_agree_too_well_have_an_empty_interval_that_says_so():
    found = pool(made([(0.3, 0.1), (0.301, 0.1), (0.3, 0.1), (0.3, 0.1)]))
    assert found.tau2_ci == (0.0, 0.0)
    assert any("interval of tau2 is empty" in note for note in found.notes)


@pytest.mark.parametrize("method", list(Method))
@pytest.mark.parametrize("test", list(Inference))
def test_one_study_is_its_own_effect_and_says_so(method, test):
    found = pool(made([(0.4, 0.04)]), Choices(method, test))
    assert (found.estimate, found.se, found.tau2) == (pytest.approx(0.4), pytest.approx(0.2), 0)
    assert (found.q, found.q_p, found.i2, found.pi, found.tau2_ci) == (pytest.approx(0), 1, 0, None, None)
    assert bool(found.notes) == ((method, test) != (Method.FE, Inference.Z))


@settings(deadline=None, max_examples=60)
@given(EFFECTS, METHODS, st.randoms(use_true_random=False))
def test_the_order_of_studies_does_not_matter(pairs, method, random):
    shuffled = list(pairs)
    random.shuffle(shuffled)
    one, other = pool(made(pairs), Choices(method)), pool(made(shuffled), Choices(method))
    assert [one.estimate, one.se, one.tau2, one.q] == pytest.approx(
        [other.estimate, other.se, other.tau2, other.q], rel=1e-6, abs=1e-7
    )


@settings(deadline=None, max_examples=60)
@given(EFFECTS, METHODS, st.floats(-5, 5), st.sampled_from([-3.0, -1.0, 0.01, 10.0]))
def test_shift_and_scale_pass_through(pairs, method, shift, scale):
    one = pool(made(pairs), Choices(method))
    other = pool(made([(shift + scale * y, scale**2 * v) for y, v in pairs]), Choices(method))
    assert other.estimate == pytest.approx(shift + scale * one.estimate, rel=1e-5, abs=1e-6 * abs(scale))
    assert other.se == pytest.approx(abs(scale) * one.se, rel=1e-5)
    assert other.tau2 == pytest.approx(scale**2 * one.tau2, rel=1e-4, abs=1e-7 * scale**2)
    assert other.i2 == pytest.approx(one.i2, abs=1e-3)


@settings(deadline=None, max_examples=60)
@given(EFFECTS, METHODS)
def test_no_variance_between_studies_gives_the_common_effect(pairs, method):
    found, common = pool(made(pairs), Choices(method)), pool(made(pairs), Choices(Method.FE))
    assert found.se >= common.se * (1 - 1e-9)
    assert sum(found.weights) == pytest.approx(100)
    if found.tau2 == 0:
        assert (found.estimate, found.ci) == (common.estimate, common.ci)


@settings(deadline=None, max_examples=40)
@given(EFFECTS)
def test_the_estimate_lies_between_its_interval_and_within_the_effects(pairs):
    found = pool(made(pairs))
    low, high = min(y for y, _ in pairs), max(y for y, _ in pairs)
    assert low - 1e-9 <= found.estimate <= high + 1e-9
    assert found.pi[0] <= found.ci[0] <= found.estimate <= found.ci[1] <= found.pi[1]
    assert found.tau2_ci[0] <= found.tau2_ci[1]


UNEVEN = st.lists(st.tuples(st.floats(-30, 30), st.floats(-3, 3).map(lambda power: 10**power)), min_size=3, max_size=8)


@settings(deadline=None, max_examples=60)
@given(UNEVEN, st.sampled_from([Method.ML, Method.REML]))
def test_of_several_tops_of_a_likelihood_the_highest_is_found(pairs, method):
    studies = made(pairs)

    def likelihood(tau2):
        return float(weighted(studies.y, studies.v, studies.x, tau2).log_likelihood(method is Method.REML))

    found = float(between_variance(method, studies.y, studies.v, studies.x))
    spread = float(studies.y.var()) + 1e-9
    assert (
        max(likelihood(part * spread) for part in (0, 0.002, 0.02, 0.05, 0.3, 0.5, 1, 2, 5)) <= likelihood(found) + 0.05
    )


def test_thousands_of_pools_at_once_are_the_same_as_one_by_one(monkeypatch):
    random = np.random.default_rng(3)
    v = random.uniform(0.02, 0.5, (40, 12))
    y = random.normal(0.3, np.sqrt(v + 0.05))
    monkeypatch.setattr("remit.evidence.pooling.BLOCK", 17)
    for method in Method:
        many = replicates(y, v, Choices(method))
        one = [pool(made(list(zip(y[at].tolist(), v[at].tolist(), strict=True))), Choices(method)) for at in range(40)]
        assert many["estimate"] == pytest.approx([each.estimate for each in one], rel=0, abs=1e-10)
        assert many["se"] == pytest.approx([each.se for each in one], rel=0, abs=1e-10)
        assert many["tau2"] == pytest.approx([each.tau2 for each in one], rel=0, abs=1e-10)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Choices(level=100), "level: more than 0 and less than 100 is needed, not 100"),
        (lambda: Choices(floor=True), "floor: only the test knha has one, not z"),
        (lambda: made([]), "studies: at least 1 is needed, not 0"),
        (lambda: made([(1, -1)]), "study 0: a finite effect and a variance above 0 are needed, not -1"),
        (lambda: pool(bcg().with_moderator("m", [1] * 13)), "moderator m: at least 2 different values are needed"),
        (lambda: pool(bcg().with_moderator("a", range(13)).with_moderator("b", range(0, 26, 2))), "moderators a, b: "),
        (lambda: pool(made([(1, 1), (2, 1)]).with_moderator("m", [1, 2])), "studies: at least 3 are needed for 2"),
        (lambda: pool(Studies(("a", "b"), (1, 2), (1, 1), (), ("x", "x"))), "clusters: more than 1 are needed"),
        (
            lambda: pool(made([(1, 1), (1, 1)]), Choices(test=Inference.KNHA)),
            "studies: their effects leave",
        ),
    ],
)
def test_what_cannot_be_pooled_is_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()

"""Effects from what papers print, against what the same papers print elsewhere."""

from __future__ import annotations

import math
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.evidence.effects import Effect, mean_difference
from remit.evidence.printed import (
    Summary,
    adjusted_difference,
    crossover_difference,
    crossover_standardised,
    difference,
    differences_together,
    ratio,
    sd_from_interval,
    sd_from_se,
    se_from_interval,
    shared,
    standardised_adjusted,
    standardised_difference,
    together,
)
from remit.quantities import BadInput

ONE, OTHER = Summary(-16.4, 11.95, 112), Summary(-12.8, 10.73, 112)


def test_spreads_come_back_from_errors_and_intervals():
    assert sd_from_se(ONE.sd / math.sqrt(ONE.n), ONE.n) == pytest.approx(ONE.sd)
    assert sd_from_interval((-27.0, -13.6), 7) == pytest.approx(7.2, abs=0.05)
    assert se_from_interval((-7.31, -0.64)) == pytest.approx(1.69, abs=0.02)


def test_an_adjusted_difference_takes_its_error_or_its_interval():
    by_error, by_interval = adjusted_difference(-4.0, 1.69), adjusted_difference(-4.0, None, (-7.31, -0.64))
    assert by_error.se == pytest.approx(by_interval.se, rel=0.02)
    assert adjusted_difference(-4.0, 1.69, (-9, 9)).se == pytest.approx(1.69)


def test_an_unadjusted_difference_standardised_twice_is_nearly_hedges_g():
    raw = difference(ONE, OTHER)
    sd = math.sqrt((ONE.sd**2 + OTHER.sd**2) / 2)
    assert standardised_adjusted(raw, sd, 112, 112).estimate == pytest.approx(
        standardised_difference(ONE, OTHER).estimate
    )
    assert standardised_adjusted(raw, sd, 112, 112).se == pytest.approx(
        standardised_difference(ONE, OTHER).se, rel=0.01
    )


def test_a_hazard_ratio_is_pooled_on_the_logarithm():
    found = ratio(0.49, (0.29, 0.84))
    assert found.estimate == pytest.approx(math.log(0.49))
    assert found.se == pytest.approx(math.log(0.84 / 0.29) / (2 * 1.959964), rel=1e-6)


def test_a_crossover_without_correlation_has_no_effect():
    for act in (crossover_difference, crossover_standardised):
        with pytest.raises(BadInput, match=r"^crossover: its arms are the same people"):
            act(Summary(-14, 10, 7), Summary(0, 12, 7), None)


def test_a_crossover_without_any_correlation_between_periods_is_like_two_arms():
    one, other = Summary(-14, 10, 7), Summary(0, 12, 7)
    assert crossover_difference(one, other, 0.0).variance == pytest.approx(difference(one, other).variance)


@given(st.floats(-0.9, 0.9), st.floats(0.01, 0.09))
def test_a_stronger_correlation_makes_a_crossover_surer(correlation, more):
    one, other = Summary(-14, 10, 7), Summary(0, 12, 7)
    for act in (crossover_difference, crossover_standardised):
        assert act(one, other, correlation + more).variance < act(one, other, correlation).variance


@given(st.lists(st.floats(-30, 30), min_size=4, max_size=20), st.integers(2, 18))
def test_arms_together_are_as_if_their_people_had_never_been_divided(values, cut):
    if cut > len(values) - 2:
        return

    def of(part):
        mean = sum(part) / len(part)
        return mean, math.sqrt(sum((value - mean) ** 2 for value in part) / (len(part) - 1)), len(part)

    if min(of(values[:cut])[1], of(values[cut:])[1]) <= 1e-6:
        return
    whole = together([Summary(*of(values[:cut])), Summary(*of(values[cut:]))])
    assert (whole.mean, whole.sd, whole.n) == pytest.approx(of(values), rel=1e-6, abs=1e-6)


def test_a_shared_control_is_split_in_its_people_only():
    assert shared(OTHER, 2) == Summary(OTHER.mean, OTHER.sd, 56)


def test_differences_from_one_control_are_taken_together_with_its_covariance():
    arms, control = [Summary(-10, 8, 40), Summary(-12, 8, 60)], Summary(-6, 8, 50)
    each = [mean_difference(arm.mean, arm.sd, arm.n, control.mean, control.sd, control.n) for arm in arms]
    found = differences_together(each, [40, 60], 50)
    assert found.estimate == pytest.approx(-11.2 + 6)
    assert found.variance == pytest.approx(8**2 / 100 + 8**2 / 50)
    assert differences_together([Effect(1, 2)], [4], 5) == Effect(1, 2)


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda: Summary(1, 0, 5), "sd: a finite mean and an sd above 0 are needed, not 1 and 0"),
        (lambda: Summary(1, 1, 1), "n: 2 or more is needed, not 1"),
        (lambda: sd_from_se(0, 5), "se: above 0, of 2 people or more, is needed, not 0 of 5"),
        (lambda: se_from_interval((2, 2)), "interval: a lower end below the upper one is needed, not 2 to 2"),
        (lambda: se_from_interval((1, 2), 100), "level: more than 0 and less than 100 is needed, not 100"),
        (lambda: adjusted_difference(-4), "difference -4: a standard error or an interval is needed"),
        (lambda: adjusted_difference(-4, 0), "difference -4: a standard error above 0 is needed, not 0"),
        (lambda: ratio(0.5, (0, 1)), "ratio: above 0, with an interval above 0, is needed, not 0.5 (0)"),
        (lambda: crossover_difference(ONE, OTHER, 1), "correlation: between -1 and 1 is needed, not 1"),
        (lambda: crossover_difference(ONE, Summary(1, 1, 9), 0.5), "crossover: the same people in both periods"),
        (lambda: shared(OTHER, 0), "parts: 1 or more is needed, not 0"),
    ],
)
def test_what_a_paper_cannot_have_printed_is_refused(act, said):
    with pytest.raises(BadInput, match=f"^{re.escape(said)}"):
        act()

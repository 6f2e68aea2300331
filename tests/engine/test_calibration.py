"""The posterior: against the closed answer of a straight problem, at a corner, and the same for the same seed."""

from functools import cache

import numpy as np
import pytest

from remit.engine.calibration import Rule, fit
from remit.quantities import BadInput

SLOPE = np.array([[1.0, 0.5], [0.0, 2.0], [1.5, -1.0]])
SEEN = np.array([0.8, -1.2, 0.4])
COVARIANCE = np.linalg.inv(SLOPE.T @ SLOPE + np.eye(2))


def squares(found):
    return 0.5 * ((found - SEEN) ** 2).sum(axis=1)


@cache
def found(price=squares, seed=3):
    return fit(lambda step: SLOPE @ step, price, 2, Rule(first=40, round=10, rounds=1, worlds=600, walk=300, seed=seed))


def test_a_straight_problem_has_the_posterior_of_the_textbook():
    held = found()
    assert held.worlds.mean(axis=0) == pytest.approx(COVARIANCE @ SLOPE.T @ SEEN, abs=0.05)
    assert np.cov(held.worlds.T) == pytest.approx(COVARIANCE, abs=0.03)
    assert held.effective > 590


def corner(found):
    return 0.5 * (np.maximum(found[:, 1] / 2.0 - 0.3, 0.0) / 0.05) ** 2


def test_a_bound_is_kept_and_what_lies_within_it_stays_as_wide_as_before():
    worlds = found(corner).worlds
    assert (worlds[:, 1] < 0.5).all()
    assert worlds[:, 1].min() < -1.5
    assert worlds[:, 0].std() == pytest.approx(1.0, abs=0.1)


def test_one_seed_gives_one_answer_and_another_seed_other_worlds():
    assert np.array_equal(found.__wrapped__().worlds, found().worlds)
    assert not np.array_equal(found(seed=4).worlds, found().worlds)


def test_an_answer_that_is_no_number_is_refused():
    with pytest.raises(BadInput, match="each answer must be a number"):
        fit(lambda step: np.full(3, np.inf), squares, 2, Rule(first=4, round=1, rounds=1, worlds=4, walk=2, seed=1))

"""A randomised withdrawal: its statistics against known answers, and what stopping does."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from remit.engine.withdrawal import Lives, WithdrawalPlan, hazard_ratio, withdrawal
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.trial_conduct import trial_conduct
from remit.pathway.sourced import Sourced
from remit.quantities import BadInput
from tests.engine.trials import CHAIN, SPRAY, arms, endpoints

RULE = replace(trial_conduct().withdrawal, follow_weeks=Sourced(26))


@cache
def found(rule=RULE, seed=1):
    [arm] = arms(SPRAY, maintenance_weeks=rule.open_weeks.value + rule.follow_weeks.value)
    plan = WithdrawalPlan(arm, endpoints(), rule, trial_conduct().attendance, 300, 6, seed)
    return withdrawal(pharmacology(), CHAIN, plan)


def lives(at_risk, relapsed):
    return Lives(np.array([at_risk], float), np.array([relapsed], float))


def test_the_median_is_that_of_kaplan_and_meier():
    held = lives([10, 8, 4, 2], [1, 2, 1, 2])
    # 0.9, then 0.9 * 6/8 = 0.675, then * 3/4 = 0.506, then 0
    assert held.median_d.tolist() == [28.0]
    assert lives([10, 8, 4], [1, 2, 2]).median_d.tolist() == [21.0]
    assert lives([10, 10], [0, 1]).median_d.tolist() == [np.inf]
    assert np.isnan(lives([0, 0], [0, 0]).median_d).all()


def test_the_hazard_ratio_solves_the_equation_of_cox():
    one, other = lives([50, 45, 40], [5, 4, 6]), lives([50, 40, 30], [10, 9, 8])
    [ratio] = hazard_ratio(one, other)
    share = one.at_risk * ratio / (one.at_risk * ratio + other.at_risk)
    assert ((one.relapsed + other.relapsed) * share).sum() == pytest.approx(one.relapsed.sum())
    assert 0 < ratio < 1
    assert hazard_ratio(other, one)[0] == pytest.approx(1 / ratio)


def test_where_only_one_arm_relapses_the_ratio_is_at_its_end_and_where_none_does_unknown():
    none, some = lives([5, 5], [0, 0]), lives([5, 5], [0, 1])
    assert hazard_ratio(none, some).tolist() == [0.0]
    assert hazard_ratio(some, none).tolist() == [np.inf]
    assert np.isnan(hazard_ratio(none, none)).all()


def test_stopping_brings_relapse_sooner_and_about_half_stop():
    held = found()
    going_on, stopping = held.going_on["trial"], held.stopping["trial"]
    assert stopping.relapsed.sum() > going_on.relapsed.sum()
    assert going_on.randomised.sum() == pytest.approx(stopping.randomised.sum(), rel=0.2)
    assert going_on.randomised.mean() < 150


def test_nobody_relapses_twice_and_whoever_left_is_no_longer_at_risk():
    for held in (*found().going_on.values(), *found().stopping.values()):
        left = held.at_risk - held.relapsed
        assert (held.at_risk[:, 1:] <= left[:, :-1]).all()


def test_one_seed_gives_one_answer():
    again = found.__wrapped__()
    assert np.array_equal(again.stopping["trial"].relapsed, found().stopping["trial"].relapsed)


def test_without_sessions_to_go_on_with_it_is_refused():
    [arm] = arms("sc_racemic_ketamine_kads")
    plan = WithdrawalPlan(arm, endpoints(), RULE, trial_conduct().attendance, 10, 1, 1)
    with pytest.raises(BadInput, match="a withdrawal needs sessions to go on with"):
        withdrawal(pharmacology(), CHAIN, plan)

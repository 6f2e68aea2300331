"""A published result as the chain predicts it: on average for the fit, as one trial of its size for the report."""

from dataclasses import replace

import numpy as np
import pytest

from remit.engine import targets as module
from remit.engine.targets import cases, expected, repeated, together
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocols
from remit.pathway.mood import Target
from tests.engine.trials import CHAIN, SERIES, SPRAY, endpoints

ONE = Target("a", "A", True, SERIES, "drug", 24.0, "fall", 16.0, 40, "abstract", 1.5, sessions=1, against="saline",
             against_size=20)  # fmt: skip


def held(*targets):
    return cases(pharmacology(), CHAIN, targets, dict(protocols()), endpoints())


def on_average(*targets):
    return expected(pharmacology(), CHAIN, held(*targets), 300, 1)


def test_a_difference_is_that_of_its_arms_and_shares_are_per_cent():
    kinds = [replace(ONE, arm=arm) for arm in ("drug", "comparator", "difference")]
    drug, other, difference = on_average(*kinds)
    assert difference == pytest.approx(drug - other)
    assert drug > other > 0
    [response] = on_average(replace(ONE, quantity="response"))
    assert 1 < response < 99


def test_results_of_one_arm_are_read_from_one_run(monkeypatch):
    runs = []
    run = module.run_arm
    monkeypatch.setattr(module, "run_arm", lambda *asked: runs.append(asked[-1]) or run(*asked))
    later = [replace(ONE, at_h=168.0), replace(ONE, quantity="sd"), replace(ONE, quantity="relapse", at_h=0.0)]
    together = on_average(ONE, *later)
    assert runs == ["arm 0"]
    assert together[0] == pytest.approx(on_average(ONE)[0])


def test_a_trials_own_cut_off_of_remission_counts():
    ten, twelve = on_average(replace(ONE, quantity="remission"),
                             replace(ONE, quantity="remission", remission_at_most=12.0))  # fmt: skip
    assert twelve > ten


def test_a_new_antidepressant_begins_only_where_the_trial_began_one():
    spray = replace(ONE, protocol=SPRAY, sessions=None, at_h=672.0, arm="comparator", quantity="fall")
    without, begun = on_average(spray, replace(spray, new_antidepressant=True))
    assert begun > without + 2


def test_small_trials_of_a_result_spread_more_than_large_ones_and_arms_have_their_own_size():
    [small, large] = held(replace(ONE, arm="difference"), replace(ONE, arm="difference", size=400, against_size=400))
    spread = [np.std(repeated(pharmacology(), CHAIN, one, 60, 1)) for one in (small, large)]
    assert spread[0] > spread[1] > 0


def test_the_error_of_a_share_follows_from_its_size():
    share = replace(ONE, quantity="response", observed=50.0, size=100, error=None)
    assert share.standard_error == pytest.approx(5.0)
    assert ONE.standard_error == 1.5


def test_what_is_of_the_same_people_moves_together_and_nothing_else_does():
    later, share = replace(ONE, at_h=168.0), replace(ONE, quantity="response")
    found = together(pharmacology(), CHAIN, held(ONE, later, share, replace(share, study="B")), 60, 1)
    assert np.diag(found) == pytest.approx(1.0)
    assert found == pytest.approx(found.T)
    assert 0.6 < found[0, 2] < 1.0
    assert found[0, 1] == found[1, 2] == found[0, 3] == found[2, 3] == 0.0


def test_a_row_of_several_trials_holds_less_of_how_trials_differ():
    assert ONE.between(6.0) == 6.0
    assert replace(ONE, trials=9).between(6.0) == pytest.approx(2.0)

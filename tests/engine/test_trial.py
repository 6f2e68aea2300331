"""Virtual trials: the ranges of credible ones, the width of their intervals, and the same answer however split."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from remit.engine import trial as module
from remit.engine.arms import Wanted, protocol_arm
from remit.engine.trial_ranges import predicted
from remit.engine.trial_report import document
from remit.knowledge.mood import accept_ranges, mood_chain
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocols
from remit.knowledge.trial_conduct import trial_conduct
from remit.quantities import BadInput
from tests.engine.trials import CHAIN, OTHER, SERIES, SPRAY, arms, endpoints, planned, ran

REQUIRED = [row for row in accept_ranges() if row.required]
WITH_DOSE = ["in_esketamine_eu", "in_esketamine_us_mdsi", SPRAY, "iv_arketamine", SERIES, "oral_er_racemic_r107",
             "sc_racemic_ketamine_kads"]  # fmt: skip


@cache
def found():
    return predicted(pharmacology(), CHAIN, accept_ranges(), protocols(), endpoints(), size=250, trials=40, unsure=True)


@cache
def spray(unsure, n=100):
    return ran(arms(SPRAY, OTHER), n=n, trials=300, at=(24.0, 168.0, 672.0), unsure=unsure, follow=False)


def infusion(unsure, n):
    return ran(arms(SERIES, "midazolam", sessions=1), n=n, trials=600, unsure=unsure, follow=False)


@pytest.mark.parametrize("row", REQUIRED, ids=lambda row: row.id)
def test_virtual_trials_fall_where_credible_ones_do(row):
    held = found()[row.id]
    value = np.median(held) if row.quantity == "relapse" else held.mean()
    assert row.low <= value <= row.high


@pytest.mark.parametrize(("trial", "n"), [(spray, 100), (spray, 500), (infusion, 300)], ids=["100", "500", "one dose"])
def test_a_prediction_interval_is_at_most_1_6_times_that_of_sampling_alone(trial, n):
    for with_doubt, alone in zip(trial(True, n), trial(False, n), strict=True):
        for name in ("change", "response", "remission"):
            wide, narrow = (np.quantile(getattr(one, name), [0.025, 0.975], axis=0) for one in (with_doubt, alone))
            assert np.all(np.diff(wide, axis=0) <= 1.6 * np.diff(narrow, axis=0))


def test_trials_without_a_significant_difference_are_as_many_as_the_power_says():
    held = planned(arms(SPRAY, OTHER), n=100, trials=300, at=(24.0, 168.0, 672.0))
    for row in document(CHAIN, held, spray(True))["difference"]:
        assert row["significant"] == pytest.approx(row["analytic_power"], abs=0.05)


def test_some_small_trials_find_next_to_no_difference():
    one, other = ran(arms(SPRAY, OTHER), n=40, trials=200, at=(672.0,), follow=False)
    difference = (one.change - other.change)[:, 0]
    assert np.any(np.abs(difference) < 1.0)
    assert np.any(difference > 0)


def test_how_much_of_the_drug_a_person_has_explains_little_of_the_score():
    draws = module.Draws(CHAIN, 1, "arm 0", 4000, 0, 1, unsure=False)
    [arm] = arms(SERIES, sessions=1)
    panels = [module.panel(pharmacology(), CHAIN, session) for session in arm.ladder]
    people = module.Scores.of(draws)
    [(_, _, score)] = module.walk(arm, panels, draws, people, endpoints(), [1.0])
    drive = module.drives(panels[0], draws.share("drive"))
    assert np.corrcoef(drive, score - people.baseline)[0, 1] ** 2 < 0.1


def test_the_answer_is_the_same_however_the_trials_are_split(monkeypatch):
    held = arms(SERIES, "midazolam")
    whole = ran(held, n=30, trials=12)
    monkeypatch.setattr(module, "BLOCK", 70)
    for one, other in zip(whole, ran(held, n=30, trials=12), strict=True):
        for name in ("change", "sd", "response", "remission", "relapse"):
            assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)


def test_the_first_trials_are_the_same_when_more_follow():
    few, many = (ran(arms(), n=30, trials=trials, follow=False)[0].change for trials in (5, 9))
    assert np.array_equal(few, many[:5])


def test_another_seed_gives_other_patients():
    assert not np.array_equal(ran(arms(), n=5, seed=1)[0].change, ran(arms(), n=5, seed=2)[0].change)


@pytest.mark.parametrize("name", WITH_DOSE)
def test_each_protocol_with_a_sourced_dose_runs(name):
    [one] = ran(arms(name), n=20, trials=3, at=(24.0,), attendance=trial_conduct().attendance)
    assert np.all(one.change < 0)


@pytest.mark.parametrize("name", sorted(set(protocols()) - set(WITH_DOSE)))
def test_each_other_protocol_says_that_no_source_gives_its_dose(name):
    with pytest.raises(BadInput, match=rf"{name}: a virtual trial needs a sourced dose"):
        protocol_arm(pharmacology(), mood_chain(), protocols()[name], Wanted())


def test_a_ladder_is_climbed_only_without_response():
    [arm] = arms("sc_racemic_ketamine_kads")
    assert arm.said == ("0.5 mg/kg", "0.6 mg/kg", "0.75 mg/kg", "0.9 mg/kg")
    [low] = arms("sc_racemic_ketamine_kads", dose="0.5 mg/kg")
    climbing, staying = (ran((one,), n=300, trials=4, at=(72.0, 672.0), follow=False)[0] for one in (arm, low))
    assert np.array_equal(climbing.change[:, 0], staying.change[:, 0])
    assert climbing.change[:, 1].mean() < staying.change[:, 1].mean()


def test_who_has_no_response_goes_up_to_the_next_allowed_dose_only_where_asked():
    [stays], [rises] = (arms(SPRAY, **wanted) for wanted in ({}, {"raise_dose": True}))
    assert (stays.said, stays.climbs) == (("56 mg",), "")
    assert rises.said == ("56 mg", "84 mg")
    assert "only after the first 56 mg dose" in rises.climbs
    full = trial_conduct().attendance
    low, high = (ran((one,), n=300, trials=4, at=(72.0, 672.0), attendance=full)[0] for one in (stays, rises))
    assert np.array_equal(low.change[:, 0], high.change[:, 0])
    assert high.change[:, 1].mean() < low.change[:, 1].mean()
    assert low.raised.max() == 0 < high.raised.min()


def test_the_sessions_of_the_first_dose_come_before_any_step_up():
    [one] = arms(SPRAY, raise_dose=True)
    late = replace(one, first_sessions=len(one.sessions))
    assert ran((late,), n=50, trials=2, at=(672.0,), follow=False)[0].raised.max() == 0


def test_as_many_go_up_as_were_seen_to_and_nobody_before_or_later():
    conduct = trial_conduct()
    [one] = arms(SPRAY, raise_dose=True, raised=conduct.raised)
    assert "who they were, the abstract does not say" in one.climbs
    found = [
        ran((one,), n=1000, trials=3, at=(day * 24,), follow=False, attendance=conduct.attendance)[0].raised.mean()
        for day in (2.9, 6.9, 9.9, 27.0)
    ]
    assert found[0] == 0
    assert found[1:] == pytest.approx([0.458, 0.63, 0.63], abs=0.03)


def test_without_response_about_as_many_go_up_as_the_trial_saw():
    [one] = arms(SPRAY, raise_dose=True)
    for (_, share), day in zip(trial_conduct().raised.value.from_sessions, (6.9, 10.9), strict=True):
        found = ran((one,), n=400, trials=4, at=(day * 24,), follow=False, baseline=37.4)[0].raised.mean()
        assert found == pytest.approx(share, abs=0.1)


def test_where_nothing_higher_is_allowed_nobody_goes_up():
    assert arms(SERIES, raise_dose=True) == arms(SERIES)


def test_a_dose_never_studied_is_marked():
    [arm] = arms(SERIES, dose="0.05 mg/kg")
    assert any(note.startswith("extrapolation:") for note in arm.notes)


def test_both_arms_begin_the_new_antidepressant():
    assert all(one.new_antidepressant for one in arms(SERIES, OTHER))
    assert not any(one.new_antidepressant for one in arms(SERIES, "saline"))

"""The course of mood of plain regimens: the trials of `remit trial`, made from the doses alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from remit.engine.arms import Wanted, comparator_arm, protocol_arm
from remit.engine.asked import Asked, plan_of
from remit.engine.regimen_mood import MoodAsked, regimen_mood
from remit.engine.sessions import sessions
from remit.engine.trial import TrialPlan, trial
from remit.engine.trial_report import document
from remit.knowledge.mood import mood_chain
from remit.knowledge.mood_posterior import fitted_ways
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocol
from tests.engine.trials import endpoints

FEW = MoodAsked(seed=3, size=20, trials=6)
SERIES = Asked("ketamine", "intravenous", dose="0.5 mg/kg", duration="40 min", repeat="0,2,4,7,9,11d", n="0")
ONCE = replace(SERIES, repeat=None)


def told(*asked, mood=FEW, heard=None):
    facts = pharmacology()
    plans = [plan_of(facts, one) for one in asked]
    return regimen_mood(facts, mood_chain(), endpoints(), fitted_ways(), plans, mood, heard)


def rows(one, arm="regimen"):
    return {row["at_h"] / 24: row for row in one["arms"] if row["arm"] == arm}


def test_a_protocols_own_days_give_what_its_virtual_trial_gives_where_everybody_comes():
    found = told(SERIES)
    one, chain, facts = found["regimens"][0], mood_chain(), pharmacology()
    own = protocol_arm(facts, chain, protocol("iv_racemic_ketamine"), Wanted())
    at_h = tuple(day * 24 for day in found["at_d"])
    plan = TrialPlan((own, comparator_arm(chain.comparator("saline"), own)), endpoints(), 20, 6, 3, at_h)
    whole = document(chain, plan, trial(facts, chain, plan))
    for name in ("madrs_change", "response", "remission"):
        for arm, mine in ((own.id, rows(one)), ("saline", rows(one, "saline"))):
            theirs = [row[name] for row in whole["arms"] if row["arm"] == arm]
            assert [mine[day][name] for day in found["at_d"]] == theirs
        assert [row[name] for row in one["difference"]] == [row[name] for row in whole["difference"]]
    assert one["relapse_median_d"]["regimen"] == whole["relapse_median_d"][own.id]
    assert one["plain_d"] == [1.0, 7.0, 12.0, 28.0]
    assert set(one["plain_d"]) <= set(found["at_d"])


def test_each_regimen_has_its_own_drive_beside_one_placebo_course_and_progress_comes_to_the_whole():
    heard = []
    weak, strong, slim, heavy = (
        replace(ONCE, dose="0.1 mg/kg"), replace(ONCE, dose="1 mg/kg"),
        replace(ONCE, dose="20 mg", weight="45"), replace(ONCE, dose="20 mg", weight="130"),
    )  # fmt: skip
    found = told(weak, strong, slim, heavy, heard=heard.append)
    first = [rows(one)[1.0]["madrs_change"]["mean"] for one in found["regimens"]]
    assert first[1] < first[0]
    assert first[2] < first[3]
    assert len({str(rows(one, "saline")) for one in found["regimens"]}) == 1
    assert found == told(weak, strong, slim, heavy)
    assert sum(heard) == FEW.people(4)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (replace(ONCE, dose="0.05 mg/kg"), "extrapolation: ketamine infusion_or_bolus: 0.05 mg/kg in a session"),
        (Asked("ketamine", "subcutaneous", dose="0.5 mg/kg"), "extrapolation: to no trial of subcutaneous ketamine"),
        (replace(ONCE, repeat="0,1d"), "sessions less than 48 h apart"),
        (replace(ONCE, assay="moaddel_2013"), "the receptor affinities that the chain was fitted with"),
    ],
)
def test_what_lies_beyond_the_trials_is_said(asked, words):
    assert [note for note in told(asked)["regimens"][0]["notes"] if words in note]
    assert not [note for note in told(SERIES)["regimens"][0]["notes"] if words in note]


def test_a_regimen_that_is_too_long_or_that_drives_nothing_says_so_and_the_others_are_computed():
    facts = pharmacology()
    assays = tuple(replace(one, half_block={}) for one in facts.effects.assays)
    no_affinity = replace(facts, effects=replace(facts.effects, assays=assays))
    found = regimen_mood(no_affinity, mood_chain(), endpoints(), fitted_ways(), [plan_of(facts, ONCE)], FEW)
    assert "affinity at the NMDA receptor" in found["regimens"][0]["none"]
    long, short = told(replace(ONCE, repeat="0,365d"), ONCE)["regimens"]
    assert "up to 364 d, this regimen lasts 365 d" in long["none"]
    assert rows(short)


def test_doses_of_a_day_are_sessions_of_their_own_and_sprays_are_not():
    spray = plan_of(pharmacology(), Asked("esketamine", "intranasal", dose="84 mg", repeat="0,0.5,3d")).doses
    found = sessions(spray)
    assert found.days == pytest.approx((0.0, 0.5, 3.0))
    assert found.each == (0, 0, 0)
    assert [len(one) for one in found.ladder] == [3]

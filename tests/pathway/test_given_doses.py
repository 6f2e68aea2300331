"""The stretches in which a dose went in: paused, stopped, ended early, running on, or at once."""

import pytest

from remit.pathway.given_doses import stretches
from remit.quantities import Minutes
from tests.pathway.sessions import CLEARED, INFUSION_CHECKS, at, dosed, entry, gate, infused, infusion_plan, plan, run

PAUSED, RESUMED = entry("dose_pause", 20), entry("dose_resume", 30)


def told(session):
    """Start and length in minutes, and the milligrams."""
    found = stretches(session.chart)
    return [((one.start - at(0)).total_seconds() / 60, one.lasting.total_seconds() / 60, one.mg) for one in found]


def held(*marks):
    return told(run(infused(*marks), infusion_plan()))


def test_an_infusion_that_runs_is_taken_to_go_on_as_planned():
    assert held() == [(10, 40, 41)]
    assert held(PAUSED, RESUMED) == [(10, 10, pytest.approx(10.25)), (30, 30, pytest.approx(30.75))]


def test_a_paused_infusion_is_taken_to_stay_paused():
    assert held(PAUSED) == [(10, 10, pytest.approx(10.25))]


def test_what_was_in_at_the_end_is_spread_over_the_time_it_ran():
    assert held(entry("dose_end", 60)) == [(10, 50, 41)]
    early = held(PAUSED, RESUMED, entry("dose_end", 40))
    assert early == [(10, 10, pytest.approx(20.5)), (30, 10, pytest.approx(20.5))]


def test_a_stop_counts_what_it_says_or_the_time_it_ran():
    assert held(entry("dose_stop", 30, reason="x", given_mg=19)) == [(10, 20, 19)]
    assert held(entry("dose_stop", 30, reason="x")) == [(10, 20, pytest.approx(20.5))]
    assert held(PAUSED, entry("dose_stop", 25, reason="x")) == [(10, 10, pytest.approx(10.25))]


def test_sprays_and_injections_go_in_at_once():
    assert told(run(dosed())) == [(10, 0, 28), (15, 0, 28)]
    injected = entry("dose_start", 10, mg=41, lot="C1", volume_ml=0.41, strength="100 mg/mL")
    found = run([*gate(INFUSION_CHECKS), CLEARED, injected], plan("sc_racemic_ketamine_kads", 41))
    assert told(found) == [(10, 0, 41)]


def test_without_a_dose_there_is_none():
    assert told(run(gate())) == []


def test_a_longer_infusion_was_chosen():
    assert told(run(infused(), infusion_plan(infusion_chosen=Minutes(60)))) == [(10, 60, 41)]

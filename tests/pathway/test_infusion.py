import pytest

from remit.pathway.chart import DoseState, State
from remit.quantities import Minutes
from tests.pathway.sessions import (
    CLEARED,
    INFUSION_CHECKS,
    RULES,
    at,
    entry,
    gate,
    infused,
    infusion_plan,
    last,
    plan,
    seen,
)

PAUSED = entry("dose_pause", 20)
RESUMED = entry("dose_resume", 30)
END = entry("dose_end", 50)


def held(*marks, minutes=60, **values):
    return seen(infused(*marks, **values), minutes, infusion_plan())


def test_it_runs_pauses_and_ends():
    assert held(minutes=15).dose_state is DoseState.RUNNING
    assert held(PAUSED, minutes=25).dose_state is DoseState.PAUSED
    assert held(PAUSED, minutes=25).state is State.DOSING
    assert held(PAUSED, RESUMED).dose_state is DoseState.RUNNING
    assert (held(END).dose_state, held(END).state) == (DoseState.COMPLETE, State.OBSERVING)


def test_what_is_in_follows_from_the_time_it_ran_until_somebody_says():
    assert held(minutes=10).given_mg == 0
    assert held(minutes=30).given_mg == pytest.approx(20.5)
    assert held(minutes=30).given_estimated
    assert held(PAUSED, minutes=28).given_mg == pytest.approx(10.25)
    assert (held(END).given_mg, held(END).given_estimated) == (41, False)


def test_a_stop_says_what_was_given_or_it_is_estimated():
    said = held(entry("dose_stop", 30, reason="panic", given_mg=19))
    assert (said.given_mg, said.dose_state, said.state) == (19, DoseState.STOPPED, State.OBSERVING)
    assert held(entry("dose_stop", 30, reason="panic")).given_mg == pytest.approx(20.5)


def test_a_stop_without_its_reason_is_recorded_all_the_same():
    stopped = last(infused(entry("dose_stop", 30)), infusion_plan())
    assert stopped.accepted
    assert "no reason" in stopped.reasons[0]


def test_another_duration_may_be_chosen():
    given = infusion_plan(infusion_chosen=Minutes(60))
    assert seen(infused(), 20, given).dose_end_at == at(70)


@pytest.mark.parametrize(
    "marks",
    [
        [RESUMED],
        [PAUSED, entry("dose_pause", 25)],
        [END, entry("dose_end", 55)],
        [END, entry("dose_stop", 55, reason="x")],
        [END, entry("dose_pause", 55)],
        [entry("dose_end", 20, taken=9)],
        [entry("dose_start", 20, mg=41, lot="B3")],
    ],
)
def test_what_cannot_be_done_to_it_is_refused(marks):
    assert not last(infused(*marks), infusion_plan()).accepted


def test_a_pause_charted_after_the_end_stands_where_it_was():
    late = [entry("dose_end", 60), entry("dose_pause", 70, taken=20), entry("dose_resume", 71, taken=30)]
    assert last(infused(*late), infusion_plan()).accepted


@pytest.mark.parametrize(("volume", "remarks"), [(50, 0), (49, 0), (47, 1), (5, 1), (500, 1)])
def test_a_volume_that_does_not_fit_milligrams_and_strength_is_remarked_upon(volume, remarks):
    decision = last(infused(volume_ml=volume), infusion_plan())
    assert decision.accepted
    assert len(decision.reasons) == remarks


def test_an_injection_is_complete_at_once():
    given = plan("sc_racemic_ketamine_kads", 41)
    entries = [
        *gate(INFUSION_CHECKS),
        CLEARED,
        entry("dose_start", 10, mg=41, lot="C1", volume_ml=0.41, strength="100 mg/mL"),
    ]
    view = seen(entries, 11, given)
    assert (view.state, view.dose_state, view.given_mg) == ("observing", "complete", 41)
    assert last([*entries, entry("dose_end", 12)], given).accepted


def test_an_oral_dose_in_two_parts_is_complete_with_the_second():
    given = plan("oral_sl_racemic_ketamine", 100)
    entries = [*gate(INFUSION_CHECKS), CLEARED, entry("dose_start", 10, mg=50, lot="D1")]
    assert seen(entries, 11, given).state is State.DOSING
    assert seen([*entries, entry("dose_start", 20, mg=50, lot="D1")], 21, given).state is State.OBSERVING


TOLERANCE = 40 * RULES.preparation_tolerance_percent.value / 100
"""How many of the 40 min may lack before an end is said to come too soon."""


@pytest.mark.parametrize(("early", "said"), [(0, False), (TOLERANCE, False), (TOLERANCE + 0.1, True), (38, True)])
def test_an_end_that_cannot_be_the_whole_dose_is_remarked_upon(early, said):
    done = last(infused(entry("dose_end", 50 - early)), infusion_plan())
    assert done.accepted
    assert ("at the planned rate" in " ".join(done.reasons)) is said


def test_a_pause_is_no_time_in_which_it_ran():
    done = last(infused(PAUSED, RESUMED, entry("dose_end", 50)), infusion_plan())
    assert "recorded as given are 41 mg, at the planned rate 30.8 mg are in" in done.reasons[0]

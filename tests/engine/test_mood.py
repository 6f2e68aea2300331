"""From a dose to mood: the stores against a fine reference, limits, and the definitions of the outcomes."""

from dataclasses import replace

import numpy as np
import pytest

from remit.engine.drive import drives, panel
from remit.engine.endpoints import Relapses, met
from remit.engine.mood import HIGHEST, Plasticity, Scores, effect
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.outcome import Scored, meets
from remit.pathway.scales import Criterion, Measure
from tests.engine.trials import CHAIN, arms, draws, endpoints

SESSIONS = (0.0, 2.0, 4.0, 7.0, 9.0, 11.0)


def by_small_steps(held, strength, sessions, until, step=2.5e-3):
    """The three stores by the fourth-order rule of Runge and Kutta, written apart from the engine's own."""
    onset_rate, fast_rate = held.onset_rate, held.fast_rate
    doses = 0

    def slope(state):
        onset, fast, slow = state
        later = max(doses - 1, 0)
        rate = held.consolidation * later / (later + held.half_doses)
        return np.array(
            [-onset_rate * onset, onset_rate * onset - fast_rate * fast,
             rate * fast * (1 - slow) - held.slow_rate * slow]
        )  # fmt: skip

    state = np.zeros((3, len(fast_rate)))
    for begin, end in zip(sessions, [*sessions[1:], until], strict=True):
        state[0] += strength * np.maximum(1 - state.sum(axis=0), 0)
        doses += 1
        count = round((end - begin) / step)
        h = (end - begin) / count
        for _ in range(count):
            one = slope(state)
            two = slope(state + h / 2 * one)
            three = slope(state + h / 2 * two)
            state = state + h / 6 * (one + 2 * two + 2 * three + slope(state + h * three))
    return state[1] + state[2]


def test_the_quadrature_agrees_with_a_fine_solver():
    held = Plasticity.of(draws(6))
    strength = np.linspace(0.3, 0.95, 6)
    for begin, end in zip(SESSIONS, [*SESSIONS[1:], 25.0], strict=True):
        held.dose(strength)
        held.pass_on(end - begin)
    fine = by_small_steps(held, strength, SESSIONS, 25.0)
    assert held.fast + held.slow == pytest.approx(fine, rel=1e-6)


def test_time_passed_in_parts_is_time_passed_at_once():
    whole, parts = Plasticity.of(draws(50)), Plasticity.of(draws(50))
    for held in (whole, parts):
        for _ in range(2):
            held.dose(np.full(50, 0.8))
    whole.pass_on(20.0)
    for days in (0.05, 0.3, 2.65, 7.0, 10.0):
        parts.pass_on(days)
    assert parts.total == pytest.approx(whole.total, rel=1e-6)


def test_the_first_dose_consolidates_nothing_and_later_ones_more_and_more():
    held = Plasticity.of(draws(20))
    gained = []
    for _ in range(4):
        held.dose(np.full(20, 0.8))
        before = held.slow
        held.pass_on(3.0)
        gained.append(float((held.slow - before).mean()))
    assert gained[0] == 0.0
    assert 0 < gained[1] < gained[2]


def test_many_strong_doses_fill_the_stores_and_no_more():
    held = Plasticity.of(draws(300))
    for _ in range(60):
        held.dose(np.ones(300))
        held.pass_on(1.0)
        assert np.all((held.total >= 0) & (held.total <= 1))


def test_without_the_drug_a_person_has_the_placebo_course():
    people = Scores.of(draws(1, vary=False, unsure=False))
    lifted = CHAIN["baseline_points"].value - people.expected(400.0, np.zeros(1))[0]
    assert lifted == pytest.approx(CHAIN["placebo_points"].value, abs=1e-6)
    assert people.expected(0.0, np.zeros(1))[0] == CHAIN["baseline_points"].value


@pytest.mark.parametrize("baseline", [1.0, 5.0, 34.0, 60.0])
def test_a_score_is_a_whole_number_from_0_to_60(baseline):
    people = Scores.of(draws(2000), baseline, antidepressant=True)
    for day in (0.0, 1.0, 28.0, 300.0):
        for plasticity in (0.0, 1.0):
            found = people.rated(day, np.full(2000, plasticity))
            assert np.all((found >= 0) & (found <= HIGHEST) & (found == np.rint(found)))


def test_a_patient_is_the_same_alone_and_among_others():
    many, few = draws(40, trials=6), replace(draws(40, trials=6), first=4, trials=1)
    for name in ("top_share", "fast_half_life_d", "placebo_points"):
        assert np.array_equal(many.of(name)[160:200], few.of(name))


def test_the_reference_session_drives_1_and_more_drug_drives_more():
    median = {}
    for mg_per_kg in ("0.2 mg/kg", "0.5 mg/kg", "1 mg/kg"):
        [arm] = arms(dose=mg_per_kg)
        median[mg_per_kg] = float(np.median(panel(pharmacology(), CHAIN, arm.ladder[0])))
    assert median["0.5 mg/kg"] == pytest.approx(1.0, abs=0.06)
    assert median["0.2 mg/kg"] < median["0.5 mg/kg"] < median["1 mg/kg"]


def test_a_dose_does_half_of_what_it_can_at_the_half_drive():
    half = np.array([CHAIN["drive_half"].value])
    assert effect(CHAIN, half, half)[0] == pytest.approx(0.5)
    assert effect(CHAIN, half, np.zeros(1))[0] == 0.0


def test_the_place_in_the_panel_is_kept():
    assert drives(np.array([1.0, 2.0, 3.0, 4.0]), np.array([0.0, 0.125, 0.5, 1.0])).tolist() == [1.0, 1.0, 2.5, 4.0]


@pytest.mark.parametrize(
    "criterion",
    [Criterion(Measure.PERCENT_FALL, 50), Criterion(Measure.AT_MOST, 10), Criterion(Measure.POINTS_FALL, 10),
     Criterion(Measure.PERCENT_RISE, 25), Criterion(Measure.POINTS_RISE, 10)],
    ids=lambda held: held.measure.value,
)  # fmt: skip
def test_an_endpoint_is_judged_as_at_the_chair(criterion):
    when, scale = None, endpoints().scale
    pairs = [(before, now) for before in range(61) for now in range(61)]
    before, now = (np.array([pair[at] for pair in pairs], float) for at in (0, 1))
    chair = [bool(meets(scale, criterion, Scored(when, a), Scored(when, b))[0]) for a, b in pairs]
    assert met(scale, criterion, before, now).tolist() == chair


def test_a_relapse_takes_consecutive_visits_without_response():
    held = Relapses.of(2, np.array([True, True, True, False]))
    for days, responds in ((3.5, "0101"), (7.0, "0010"), (10.5, "1010")):
        held.visit(days, np.array([one == "1" for one in responds]))
    assert held.since.tolist()[:3] == [7.0, 10.5, np.inf]
    assert held.median(1).tolist() == [10.5]


def test_where_nobody_responds_there_is_no_median():
    assert np.isnan(Relapses.of(2, np.zeros(4, bool)).median(1)).all()


def test_the_first_score_is_off_as_any_other_rating_and_that_of_the_typical_patient_is_not():
    people = Scores.of(draws(4000))
    off = people.baseline - people.expected(0.0, np.zeros(4000))
    assert off.std() == pytest.approx(CHAIN["residual_points"].value, rel=0.05)
    assert abs(off.mean()) < 0.3
    alone = Scores.of(draws(1, vary=False))
    assert alone.expected(0.0, np.zeros(1)) == alone.baseline

"""A person's forecast: on virtual people who were not used for weighting, and where nothing can be said."""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.engine.drive import panel
from remit.engine.forecast import BAND, Course, Likely, crps, forecast, quantiles, virtual
from remit.engine.mood import Draws, Scores
from remit.engine.trial import walk
from remit.knowledge.pharmacology import pharmacology
from remit.quantities import BadInput
from tests.engine.trials import CHAIN, SERIES, arms, endpoints

BASELINE = 34.0
PEOPLE = 400
SEEN, NEXT = (2.0, 4.0, 7.0), 9.0
SMALL = replace(CHAIN, forecast=replace(CHAIN.forecast, worlds=25, patients=160, least_effective=20))
[ARM] = arms(SERIES)


def course(scores, now=8.0, arm=ARM, baseline=BASELINE):
    return Course(arm, baseline, scores, now, {})


@cache
def persons():
    """What a group of people of other worlds scored before each session: an array for each day."""
    draws = Draws(CHAIN, 77, "persons", 1, 0, PEOPLE)
    scores = replace(Scores.of(draws), baseline=np.full(PEOPLE, BASELINE))
    panels = [panel(pharmacology(), CHAIN, session) for session in ARM.ladder]
    return {day: score for day, _, score in walk(ARM, panels, draws, scores, endpoints(), [*SEEN, NEXT])}


@cache
def library():
    return virtual(pharmacology(), SMALL, endpoints(), course({}), 5, [*SEEN, NEXT])


@cache
def forecasts():
    """Of each person: the weighted sample for the next score, its weights, the last score seen, and what came."""
    residual = CHAIN["residual_points"].value
    found = []
    for at in range(PEOPLE):
        seen = {day: float(persons()[day][at]) for day in SEEN}
        people = library().given(seen, residual)
        found.append((people.rated[NEXT], people.weights, seen[SEEN[-1]], float(persons()[NEXT][at])))
    return found


def test_90_percent_bands_hold_nine_of_ten_people():
    bands = [(*quantiles(values, weights, BAND), came) for values, weights, _, came in forecasts()]
    inside = np.mean([low <= came <= high for low, _, high, came in bands])
    assert 0.85 <= inside <= 0.95


def test_it_is_a_tenth_better_than_the_base_rate_and_than_the_last_score():
    base = library()
    own = np.mean([crps(values, weights, came) for values, weights, _, came in forecasts()])
    rate = np.mean([crps(base.rated[NEXT], base.weights, came) for *_, came in forecasts()])
    last = np.mean([abs(seen - came) for *_, seen, came in forecasts()])
    assert own <= 0.9 * rate
    assert own <= 0.9 * last


def test_one_seed_gives_one_forecast_and_another_one_nearly_the_same():
    scores = {2.0: 28.0, 4.0: 22.0}
    one, same, other = (forecast(pharmacology(), SMALL, endpoints(), course(scores, 5.0), seed) for seed in (1, 1, 2))
    assert one == same != other
    assert one.ahead[0].score[1] == pytest.approx(other.ahead[0].score[1], abs=2)


def test_the_chance_has_a_band_over_the_worlds_by_their_weight():
    met = np.array([True, True, True, False, False, False])
    alike = Likely({}, {}, np.ones(6), worlds=3)
    assert alike.chance(met) == (0.5, (0.0, 1.0))
    one_world_counts = Likely({}, {}, np.array([1.0, 1.0, 0.0, 0.0, 0.0, 0.0]), worlds=3)
    assert one_world_counts.chance(met) == (1.0, (1.0, 1.0))


def test_lower_scores_make_a_response_more_likely():
    well, ill = (
        forecast(pharmacology(), SMALL, endpoints(), course({2.0: score, 4.0: score}, 5.0), 1) for score in (12.0, 30.0)
    )
    assert well.ahead[0].session == 4
    assert well.ahead[0].response > ill.ahead[0].response + 0.3
    assert well.ahead[0].score[1] < ill.ahead[0].score[1]
    low, high = well.ahead[0].response_between
    assert 0 <= low < well.ahead[0].response < high <= 1


def test_waiting_longer_costs_response_and_begins_at_the_planned_interval():
    found = forecast(pharmacology(), SMALL, endpoints(), course({2.0: 12.0, 4.0: 10.0}, 5.0), 1)
    assert [days for days, _ in found.without] == [3.0, 6.0, 9.0]
    assert found.without[0][1].response == found.ahead[0].response
    assert found.without[0][1].response > found.without[2][1].response


def test_after_the_last_session_nothing_is_left_to_wait_for():
    found = forecast(pharmacology(), SMALL, endpoints(), course({9.0: 12.0, 11.0: 10.0}, 11.0), 1)
    assert found.without == ()
    assert [(one.day, one.session) for one in found.ahead] == [(12.0, None)]
    assert 0 < found.relapse_d[0] <= found.relapse_d[1] <= found.relapse_d[2]


def test_a_session_may_have_a_dose_of_its_own():
    [full] = ARM.ladder
    tenth = tuple(replace(one, amount=one.amount / 10) for one in full)
    few = replace(SMALL, forecast=replace(SMALL.forecast, worlds=4))

    def last_score(**changes):
        people = virtual(pharmacology(), few, endpoints(), course({}, arm=replace(ARM, **changes)), 1, [NEXT])
        return people.rated[NEXT].mean()

    assert last_score(ladder=(tenth, full), each=(1,) * 6) == last_score()
    assert last_score(ladder=(tenth, full), each=(1, 1, 0, 0, 0, 0)) > last_score() + 1


def test_each_day_ahead_has_the_shares_of_every_score_beside_the_base_rate():
    well, ill = (
        forecast(pharmacology(), SMALL, endpoints(), course({2.0: score, 4.0: score}, 5.0), 1, 4).days
        for score in (14.0, 28.0)
    )
    assert [(one.expected.day, one.expected.session) for one in well] == [(6, None), (7, 4), (8, None), (9, 5)]
    assert [one.base for one in well] == [one.base for one in ill]
    for one in (*well, *ill):
        assert len(one.own) == len(one.base) == 61
        assert sum(one.own) == pytest.approx(1) == pytest.approx(sum(one.base))
        assert quantiles(np.arange(61.0), np.array(one.own), BAND) == one.expected.score


def test_scores_that_no_virtual_patient_comes_near_are_refused():
    with pytest.raises(BadInput, match=r"the nearest is off by .* at most 2 is needed"):
        forecast(pharmacology(), SMALL, endpoints(), course({2.0: 2.0, 4.0: 42.0}), 1)


def test_too_few_effective_patients_are_refused_with_their_number():
    few = replace(SMALL, forecast=replace(SMALL.forecast, least_effective=4001))
    with pytest.raises(BadInput, match=r"count for \d+ of 4000, at least 4001 are needed"):
        forecast(pharmacology(), few, endpoints(), course({2.0: 25.0}), 1)


def test_without_a_session_there_is_no_forecast():
    with pytest.raises(BadInput, match="at least one session"):
        forecast(pharmacology(), SMALL, endpoints(), course({}, -1.0), 1)


samples = st.lists(st.tuples(st.integers(0, 60), st.floats(0.01, 1.0)), min_size=1, max_size=30)


@given(samples, st.integers(0, 60))
def test_the_crps_is_the_mean_distance_less_half_the_spread(sample, observed):
    values, weights = (np.array(part, float) for part in zip(*sample, strict=True))
    share = weights / weights.sum()
    expected = share @ np.abs(values - observed) - share @ np.abs(values[:, None] - values) @ share / 2
    assert crps(values, weights, observed) == pytest.approx(expected, abs=1e-9)


@given(samples)
def test_quantiles_rise_and_are_values_of_the_sample(sample):
    values, weights = (np.array(part, float) for part in zip(*sample, strict=True))
    found = quantiles(values, weights, BAND)
    assert list(found) == sorted(found)
    assert set(found) <= set(values.tolist())

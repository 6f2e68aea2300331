"""Arrows are drawn only beyond the noise of measuring, and never against a value that was corrected."""

import pytest

from remit.pathway.safety import MOAAS, PRESSURE
from remit.pathway.trend import Trend, newest_reading, newest_total, trend
from tests.pathway.sessions import RULES, at, dosed, entry, run, scale, vitals

NOISE = {name: held.value for name, held in RULES.noise.items()}


@pytest.mark.parametrize("measure", sorted(NOISE))
def test_a_change_within_the_noise_is_steady_and_the_first_beyond_it_is_not(measure):
    before = {measure: 90.0}
    for change, gone in ((0, Trend.STEADY), (NOISE[measure], Trend.STEADY), (NOISE[measure] + 0.1, Trend.RISING)):
        assert trend(before, {measure: 90 + change}, [measure], NOISE) is gone
    assert trend(before, {measure: 90 - NOISE[measure] - 0.1}, [measure], NOISE) is Trend.FALLING


def test_without_a_value_before_there_is_no_direction():
    assert trend(None, {"spo2": 90.0}, ["spo2"], NOISE) is None
    assert trend({"heart_rate": 70.0}, {"spo2": 90.0}, ["spo2"], NOISE) is None


def test_of_a_pressure_the_systolic_speaks_first():
    before = {"systolic": 120.0, "diastolic": 80.0}
    assert trend(before, {"systolic": 140.0, "diastolic": 60.0}, PRESSURE, NOISE) is Trend.RISING
    assert trend(before, {"systolic": 121.0, "diastolic": 60.0}, PRESSURE, NOISE) is Trend.FALLING


def test_every_noise_is_a_default_that_nobody_confirmed_and_names_a_vital_sign():
    assert {held.source.origin.value for held in RULES.noise.values()} == {"project_default"}
    assert {held.source.status.value for held in RULES.noise.values()} == {"unverified"}
    assert RULES.noise.keys() <= RULES.possible.keys()


def newest(entries, measures=PRESSURE):
    return newest_reading(run([*dosed(), *entries]).chart, measures)


def test_the_newest_reading_says_when_it_was_taken_and_where_it_goes():
    held = newest([vitals(20, 150, 90), vitals(40, 131, 80)])
    assert (held.values, held.taken_at, held.trend) == ({"systolic": 131, "diastolic": 80}, at(40), Trend.FALLING)


def test_a_value_that_was_not_measured_again_is_compared_with_the_last_one():
    held = newest([vitals(20, spo2=98), entry("vitals", 30, heart_rate=80), vitals(40, spo2=94)], ("spo2",))
    assert held.trend is Trend.FALLING


def test_a_corrected_reading_counts_no_more():
    slip = [vitals(20, 228, 82), entry("correct", 21, of=12, entry={"systolic": 128}, reason="slip")]
    assert newest([*slip, vitals(40)]).trend is Trend.STEADY


def test_a_reading_is_outside_where_a_limit_of_its_own_measures_is_crossed():
    high = [vitals(40, 190, 82, spo2=98)]
    assert newest(high).outside
    assert not newest(high, ("spo2",)).outside


def test_of_sedation_every_point_counts():
    now = newest_total(run([*dosed(), scale(MOAAS, 20, 4)]).chart, MOAAS)
    assert (now.values, now.trend, now.outside) == ({MOAAS: 4}, Trend.FALLING, False)
    deep = newest_total(run([*dosed(), scale(MOAAS, 20, 3)]).chart, MOAAS)
    assert deep.outside


def test_what_was_never_measured_has_no_newest_value():
    assert newest([], ("temperature_c",)) is None
    assert newest_total(run(dosed()).chart, "CADSS6") is None

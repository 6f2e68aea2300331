"""What forecasts were worth: scores computed by hand, the band with its ends, and when a model is judged."""

from __future__ import annotations

import pytest

from remit.pathway.forecasting import BASE_RATE, SAME_AS_LAST, Told, Worth, crps, record, worth
from remit.quantities import BadInput

FLAT = (0.25, 0.25, 0.25, 0.25)


@pytest.mark.parametrize(
    ("shares", "came", "by_hand"),
    [
        ((0, 0, 0, 1), 3, 0.0),
        ((0, 0, 0, 1), 1, 2.0),
        ((1,), 5, 5.0),
        ((0.5, 0, 0.5), 1, 0.25 + 0.25),
        ((0.5, 0, 0.5), 0, 0.25 + 0.25),
        (FLAT, 0, 0.75**2 + 0.5**2 + 0.25**2),
        ((2, 2, 2, 2), 3, 0.25**2 + 0.5**2 + 0.75**2),
        (FLAT, 6, 0.25**2 + 0.5**2 + 0.75**2 + 3),
    ],
)
def test_the_crps_is_the_squared_distance_between_two_stairs(shares, came, by_hand):
    assert crps(shares, came) == pytest.approx(by_hand)


@pytest.mark.parametrize(("shares", "came"), [((0, 0), 1), ((), 1), (FLAT, -1)])
def test_without_shares_or_a_score_nothing_is_scored(shares, came):
    with pytest.raises(BadInput, match="crps"):
        crps(shares, came)


@pytest.mark.parametrize(("came", "inside"), [(9, False), (10, True), (20, True), (21, False)])
def test_the_ends_of_a_band_belong_to_it(came, inside):
    sure = (*[0.0] * 15, 1.0)
    found = worth(Told(own=sure, base=FLAT, low=10, high=20, last=12), came)
    assert found.inside is inside
    assert (found.own, found.last) == (abs(came - 15), abs(came - 12))


def some(count, own, base, last, inside=True):
    return [Worth(10, inside, own, base, last)] * count


@pytest.mark.parametrize(
    ("own", "says"),
    [(2.9, ()), (3.0, (BASE_RATE,)), (3.9, (BASE_RATE,)), (4.0, (BASE_RATE, SAME_AS_LAST))],
)
def test_a_model_that_is_no_better_is_named_with_what_does_as_well(own, says):
    assert record(some(20, own, base=3.0, last=4.0), 25, least=20).no_better_than == says


def test_a_model_is_judged_from_so_many_on_and_not_before():
    assert record(some(19, 5, 3, 4), 30, least=20).no_better_than == ()
    assert not record(some(19, 5, 3, 4), 30, least=20).judged
    assert record(some(20, 5, 3, 4), 30, least=20).judged


def test_coverage_says_how_many_were_scored_of_how_many_eligible():
    found = record([*some(3, 1, 2, 3), *some(1, 5, 2, 3, inside=False)], 6, least=20)
    assert str(found.coverage).startswith("3/4 scored, of 6 eligible · 75 %")
    assert (found.own, found.base, found.last) == (2, 2, 3)


def test_without_an_outcome_there_is_no_mean():
    found = record([], 2, least=20)
    assert (found.own, found.base, found.last, found.scored) == (None, None, None, 0)
    assert found.no_better_than == ()

"""Kaplan and Meier's curve agrees with SciPy's, and says how many were at risk."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import CensoredData, ecdf

from remit.evidence.survival import Followed, kaplan_meier
from remit.quantities import BadInput

PEOPLE = st.lists(st.builds(Followed, st.integers(0, 30), st.booleans()), min_size=1, max_size=30)


@pytest.mark.filterwarnings("ignore:The confidence interval is undefined")
@settings(max_examples=15, deadline=None)
@given(PEOPLE)
def test_the_curve_and_its_interval_are_scipys(followed: list[Followed]) -> None:
    curve = kaplan_meier(followed)
    events = [one.days for one in followed if one.event]
    lost = [one.days for one in followed if not one.event]
    if not events:
        assert curve.steps == ()
        return
    theirs = ecdf(CensoredData(uncensored=events, right=lost)).sf
    interval = theirs.confidence_interval(method="log-log")
    for step in curve.steps:
        assert step.share == pytest.approx(float(theirs.evaluate(step.day)), abs=1e-12)
        if 0 < step.share < 1:
            ends = float(interval.low.evaluate(step.day)), float(interval.high.evaluate(step.day))
            assert (step.low, step.high) == pytest.approx(ends, abs=1e-9)


def test_who_is_lost_on_the_day_of_an_event_was_still_at_risk_on_it() -> None:
    curve = kaplan_meier([Followed(5, True), Followed(5, False), Followed(3, False), Followed(9, True)])
    assert [(step.day, step.at_risk, step.events) for step in curve.steps] == [(5, 3, 1), (9, 1, 1)]
    assert [curve.at_risk(day) for day in (0, 3, 4, 5, 6, 10)] == [4, 4, 3, 3, 1, 0]
    assert curve.lost == (3, 5)


@pytest.mark.parametrize(("events", "median"), [(4, None), (5, 5.0), (6, 5.0)])
def test_the_median_is_reached_when_half_had_the_event(events: int, median: float | None) -> None:
    curve = kaplan_meier([Followed(n + 1, n < events) for n in range(10)])
    assert curve.median == median


def test_nobody_followed_is_an_empty_curve() -> None:
    curve = kaplan_meier([])
    assert (curve.people, curve.steps, curve.median, curve.median_interval) == (0, (), None, (None, None))


@pytest.mark.parametrize("days", [-1, float("nan"), float("inf")])
def test_days_that_cannot_be_are_refused(days: float) -> None:
    with pytest.raises(BadInput, match="days: 0 or more is needed"):
        kaplan_meier([Followed(days, True)])

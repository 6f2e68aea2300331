"""The results of a constructed clinic are the true ones, whoever was not followed up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from remit.evidence.own_results import (
    Arm,
    Group,
    Quarter,
    Window,
    groups,
    run_chart,
    standing,
    times_to,
)
from remit.pathway.outcome import Scored, rate
from remit.quantities import BadInput
from tests.evidence.treated import (
    ASOF,
    FIRST,
    IV,
    NO_START,
    REMITTED,
    RESPONDED,
    SPRAY,
    STAYED,
    UNSEEN,
    WINDOW,
    WORSENED,
    course,
    many,
    stands,
)

CLINIC = [
    *many(8, "a", RESPONDED),
    *many(4, "b", REMITTED),
    *many(7, "c", STAYED),
    *many(1, "d", WORSENED),
    *many(3, "e", UNSEEN),
    *many(2, "f", NO_START),
    *many(1, "g", {-7: 20, 7: 9}, first=ASOF - timedelta(days=20)),
    *many(5, "h", REMITTED, SPRAY),
    *many(5, "i", STAYED, SPRAY, first=datetime(2026, 8, 3, tzinfo=UTC)),
    course("c0", RESPONDED, SPRAY, first=FIRST + timedelta(days=60)),
    course("a0", STAYED, first=FIRST + timedelta(days=150)),
]
"""Of 26 people on infusions 20 can be judged; one crossed over to the spray, and one had a second series."""


def of(arm: Arm) -> Group:
    return next(group for group in groups(stands(*CLINIC)) if group.arm == arm)


INFUSED, SPRAYED, ALL = Arm(*IV, "mdd_trd"), Arm(*SPRAY, "mdd_trd"), Arm()


def test_the_rates_are_those_of_the_people_with_their_denominators() -> None:
    found = of(INFUSED)
    assert (found.treated, found.waiting, found.eligible) == (26, 1, 25)
    assert (found.no_baseline, found.no_follow_up) == (2, 3)
    assert found.rate("response").rate == rate(12, 20, 25)
    assert found.rate("worsening").rate == rate(1, 20, 25)
    # A score of 9 without a baseline is no remission, and for that no baseline is needed.
    assert found.rate("remission").rate == rate(4, 22, 25)


def test_missing_follow_up_bounds_the_rate_and_is_never_a_zero() -> None:
    held = of(INFUSED).rate("response").rate
    assert (held.at_worst, held.proportion, held.at_best) == (12 / 25, 12 / 20, 17 / 25)


def test_as_if_missing_at_random_each_arm_speaks_for_its_own_people() -> None:
    assert of(INFUSED).rate("response").at_random == pytest.approx(12 / 20)
    whole = of(ALL)
    assert (whole.treated, whole.eligible) == (36, 35)
    assert whole.rate("response").rate == rate(17, 30, 35)
    assert whole.rate("response").at_random == pytest.approx((12 / 20 * 25 + 5 / 10 * 10) / 35)


def test_an_arm_with_nobody_scored_leaves_the_whole_unknown_at_random() -> None:
    whole = groups(stands(*many(3, "a", RESPONDED), *many(2, "b", UNSEEN, SPRAY)))[0]
    assert whole.rate("response").at_random is None
    assert whole.rate("response").rate.at_best == 1


def test_who_crossed_over_counts_in_both_arms_and_once_in_the_whole() -> None:
    assert of(SPRAYED).treated == 11
    assert of(SPRAYED).rate("response").rate == rate(6, 11, 11)
    assert of(INFUSED).treated + of(SPRAYED).treated == of(ALL).treated + 1


def test_a_second_series_of_one_person_is_not_counted_again() -> None:
    once = groups(stands(course("a", RESPONDED), course("a", STAYED, first=FIRST + timedelta(days=100))))
    assert [group.rate("response").rate for group in once] == [rate(1, 1, 1)] * 2


def test_the_change_is_of_those_with_both_scores() -> None:
    found = groups(stands(course("a", RESPONDED), course("b", STAYED), course("c", NO_START), course("d", UNSEEN)))[1]
    assert found.changed == 2
    assert found.change == pytest.approx((-7.0, 5.656854))
    assert found.start == (20.0, 0.0)


@pytest.mark.parametrize(("day", "seen"), [(20, False), (21, True), (35, True), (36, False)])
def test_a_score_counts_within_the_planned_follow_up(day: int, seen: bool) -> None:
    assert (stands(course("a", {-1: 20, day: 5}))[0].end is not None) is seen


@pytest.mark.parametrize(("ahead", "due"), [(0, False), (1, True)])
def test_a_course_is_due_once_its_follow_up_is_over(ahead: int, due: bool) -> None:
    asof = FIRST + timedelta(days=35, seconds=ahead)
    assert stands(course("a", RESPONDED), asof=asof)[0].due is due


def test_a_half_filled_scale_is_no_score() -> None:
    assert stands(course("a", {-1: 20, 28: None}))[0].met == dict.fromkeys(("response", "remission", "worsening"))


def test_the_newest_score_of_the_follow_up_counts() -> None:
    assert stands(course("a", {-1: 20, 22: 5, 33: 15}))[0].end == Scored(FIRST + timedelta(days=33), 15)


def test_the_run_chart_has_every_quarter_and_the_median_of_those_with_a_rate() -> None:
    chart = run_chart(stands(*CLINIC), "response")
    assert [(str(point.quarter), point.rate.met, point.rate.scored) for point in chart.points] == [
        ("2026-Q1", 17, 25), ("2026-Q2", 0, 0), ("2026-Q3", 0, 5),
    ]  # fmt: skip
    assert chart.median == pytest.approx(17 / 25 / 2)
    assert run_chart([], "response").points == ()


def test_durability_follows_responders_from_their_first_response_to_a_relapse() -> None:
    relapsed = {-7: 20, 7: 9, 21: 12, 28: 15, 60: 18}
    lasting = {-7: 20, 14: 8, 60: 9}
    held = stands(course("a", relapsed), course("b", lasting), course("c", STAYED))
    curve = next(one.curve for one in times_to(held) if one.outcome == "relapse")
    assert (curve.people, curve.events, curve.lost) == (2, 1, (46,))
    assert [(step.day, step.at_risk, step.share) for step in curve.steps] == [(21, 2, 0.5)]


def test_time_to_each_outcome_runs_to_the_score_that_first_showed_it() -> None:
    found = {one.outcome: one.curve for one in times_to(stands(course("a", REMITTED), course("b", STAYED)))}
    assert [(s.day, s.at_risk) for s in found["response"].steps] == [(7, 2)]
    assert [(s.day, s.at_risk) for s in found["remission"].steps] == [(14, 2)]
    assert (found["worsening"].events, found["worsening"].lost) == (0, (28, 28))
    arms = {group.arm: {one.outcome: one.curve.events for one in group.times} for group in groups(stands(*CLINIC))}
    # In the whole, who crossed over counts with the infusions, where there was no response.
    assert [arms[arm]["response"] for arm in (INFUSED, SPRAYED, ALL)] == [13, 6, 18]
    without = {one.outcome: one.curve.people for one in times_to(stands(course("a", NO_START)))}
    assert without == {"response": 0, "remission": 1, "worsening": 0, "relapse": 0}


@pytest.mark.parametrize(("text", "last"), [("2026-Q1", "2026-03-31"), ("2024-q4", "2024-12-31")])
def test_a_quarter_ends_on_its_last_day(text: str, last: str) -> None:
    assert Quarter.read(text).last_day.isoformat() == last
    assert Quarter.of(Quarter.read(text).last_day) == Quarter.read(text)
    assert Quarter.of(Quarter.read(text).last_day + timedelta(days=1)) == Quarter.read(text).after


@pytest.mark.parametrize("text", ["2026", "2026-Q5", "26-Q1", "", "2026-Q١"])
def test_what_is_no_quarter_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"quarter: one such as 2026-Q3 is needed"):
        Quarter.read(text)


def test_a_follow_up_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(BadInput, match="follow-up: a span from day 0 on"):
        Window(36, 35)


def test_nobody_treated_is_an_empty_result() -> None:
    (whole,) = groups([])
    assert (whole.treated, whole.rate("response").rate, whole.change) == (0, rate(0, 0, 0), None)
    assert whole.rate("response").at_random is None
    assert standing(course("a", {}), WINDOW, ASOF).change is None

"""Scoring: a missing answer is not a zero, alerts are raised all the same, and every bound is named."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.pathway.scales import (
    AlertRule,
    Band,
    Item,
    Level,
    Scale,
)
from remit.pathway.scoring import score, score_total
from remit.pathway.sourced import Source, Sourced
from remit.quantities import BadInput


def summed(count: int, low: int = 0, high: int = 3, **parts: object) -> Scale:
    total = Band("total", count * low, count * high)
    return Scale(
        id="S",
        name="A scale",
        rater="self",
        items=tuple(Item(n, low, high) for n in range(1, count + 1)),
        items_source=Source(),
        total=Sourced(total),
        source=Source(),
        **parts,  # type: ignore[arg-type]
    )


def triaged() -> Scale:
    gate = {3: 2, 4: 2, 5: 2, 7: 6}
    items = tuple(
        Item(n, 0, 1, name="lately" if n == 7 else "", asked_if=gate.get(n), follow_up=n == 7) for n in range(1, 8)
    )
    levels = (Level("none", (), ""), Level("low", (1, 2), "call"), Level("moderate", (3, 6), "same day"))
    return Scale(
        id="T",
        name="A triage",
        rater="clinician",
        items=items,
        items_source=Source(),
        total=None,
        source=Source(),
        triage=Sourced((*levels, Level("high", (4, 5, 7), "at once"))),
    )


BANDS = Sourced((Band("low", 0, 4), Band("high", 5, 9)))


def test_a_complete_scale_has_total_and_band() -> None:
    scored = score(summed(3, bands=BANDS), [1, 2, 2])
    assert (scored.answered, scored.items, scored.complete, scored.total, scored.band) == (3, 3, True, 5, "high")


@pytest.mark.parametrize(("answers", "band"), [([1, 2, 1], "low"), ([2, 2, 1], "high")])
def test_a_band_holds_both_its_ends(answers: list[int], band: str) -> None:
    assert score(summed(3, bands=BANDS), answers).band == band


@pytest.mark.parametrize("answers", [[0, None, 0], [0, 0], [], [None, None, None]])
def test_a_missing_answer_leaves_no_total_and_no_band(answers: list[int | None]) -> None:
    scored = score(summed(3, bands=BANDS), answers)
    assert (scored.complete, scored.total, scored.band) == (False, None, None)


def test_an_incomplete_scale_still_raises_its_alerts() -> None:
    scored = score(summed(3, alerts=(AlertRule("look", item=3, at_least=1),)), [None, None, 1])
    assert scored.total is None
    assert [(alert.item, alert.value, alert.action) for alert in scored.alerts] == [(3, 1, "look")]


def test_an_unanswered_alert_item_is_named_as_unknown() -> None:
    rules = (AlertRule("look", item=3, at_least=1),)
    assert score(summed(3, alerts=rules), [0, 0, None]).alert_items_missing == (3,)
    assert score_total(summed(3, alerts=rules), 2).alert_items_missing == (3,)
    assert score(summed(3, alerts=rules), [0, 0, 0]).alert_items_missing == ()


@pytest.mark.parametrize(("value", "fires"), [(3, False), (4, True), (5, True)])
def test_an_alert_fires_from_its_limit_upwards(value: int, fires: bool) -> None:
    assert AlertRule("", at_least=4).fires(value) is fires


@pytest.mark.parametrize(("value", "fires"), [(1, True), (2, False)])
def test_a_low_alert_fires_from_its_limit_downwards(value: int, fires: bool) -> None:
    assert AlertRule("", at_most=1).fires(value) is fires


def test_an_alert_without_an_item_reads_the_total() -> None:
    scale = summed(3, alerts=(AlertRule("review", at_least=5),))
    assert [(alert.item, alert.value) for alert in score(scale, [3, 2, 0]).alerts] == [(None, 5)]
    assert score(scale, [3, 2, None]).alerts == ()


def test_too_many_answers_are_refused_with_the_bound_and_the_count() -> None:
    with pytest.raises(BadInput, match="S item 4: at most 3 answers are needed, not 5"):
        score(summed(3), [0, 0, 0, 0, 0])


@pytest.mark.parametrize("answer", [-1, 4])
def test_an_answer_out_of_range_is_refused_with_item_bound_and_value(answer: int) -> None:
    with pytest.raises(BadInput, match=f"S item 2: 0 to 3 is needed, not {answer}"):
        score(summed(3), [0, answer, 0])


def test_a_minimum_of_one_refuses_zero() -> None:
    with pytest.raises(BadInput, match="S item 1: 1 to 7 is needed, not 0"):
        score(summed(4, low=1, high=7), [0])


def test_of_a_group_only_the_highest_answer_counts() -> None:
    assert score(summed(4, highest_of=((1, 2), (3, 4))), [3, 1, 0, 2]).total == 5


def test_of_stand_ins_one_answer_is_enough_but_none_is_not() -> None:
    scale = summed(3, one_of=((1, 2),), highest_of=((1, 2),))
    assert score(scale, [None, 2, 1]).total == 3
    assert score(scale, [None, None, 1]).complete is False


def test_a_part_has_a_sum_only_when_all_of_it_is_answered() -> None:
    scored = score(summed(4, parts={"first": (1, 2), "second": (3, 4)}), [1, 2, 3, None])
    assert scored.parts == {"first": 3, "second": None}


def test_the_narrowest_band_names_the_total() -> None:
    bands = Sourced((Band("sedated", 0, 4), Band("unconscious", 0, 0)))
    assert score(summed(2, bands=bands), [0, 0]).band == "unconscious"
    assert score(summed(2, bands=bands), [1, 0]).band == "sedated"


def test_a_total_can_be_entered_alone_and_is_checked() -> None:
    scored = score_total(summed(3, bands=BANDS), 5)
    assert (scored.answered, scored.items, scored.complete, scored.total, scored.band) == (0, 3, True, 5, "high")
    with pytest.raises(BadInput, match="S total: 0 to 9 is needed, not 10"):
        score_total(summed(3), 10)


def test_a_scale_that_is_never_summed_takes_no_total() -> None:
    with pytest.raises(BadInput, match="T: it has no total"):
        score_total(triaged(), 1)


@pytest.mark.parametrize(
    ("answers", "band"),
    [
        ([0, 0, None, None, None, 0], "none"),
        ([1, 0, None, None, None, 0], "low"),
        ([1, 1, 1, 0, 0, 0], "moderate"),
        ([0, 0, 0, 0, 0, 1, 0], "moderate"),
        ([1, 1, 0, 1, 0, 0], "high"),
        ([0, 0, 0, 0, 0, 1, 1], "high"),
    ],
)
def test_a_triage_takes_the_gravest_level_and_never_a_total(answers: list[int | None], band: str) -> None:
    scored = score(triaged(), answers)
    assert (scored.complete, scored.total, scored.band) == (True, None, band)


@pytest.mark.parametrize(
    "answers",
    [
        [0, 0, None, None, None],
        [1, 1, None, None, None, 0],
        [1, 0, 0, None, None, 0],
        [0, 0, 0, 0, 0, 1, None],
    ],
)
def test_a_triage_with_a_question_open_has_no_band(answers: list[int | None]) -> None:
    scored = score(triaged(), answers)
    assert (scored.complete, scored.band) == (False, None)


def test_each_yes_raises_the_action_of_its_level() -> None:
    assert [(a.item, a.action) for a in score(triaged(), [1, 1, 0, 1]).alerts] == [
        (1, "call"),
        (2, "call"),
        (4, "at once"),
    ]


def test_an_open_follow_up_question_acts_as_a_yes() -> None:
    (alert,) = score(triaged(), [0, 0, 0, 0, 0, 1]).alerts
    assert (alert.item, alert.action) == (6, "at once (lately: not asked, taken as yes)")
    (alert,) = score(triaged(), [0, 0, 0, 0, 0, 1, 0]).alerts
    assert alert.action == "same day"


def test_the_follow_up_counts_as_an_item_only_where_it_applies() -> None:
    assert score(triaged(), [0, 0, 0, 0, 0, 0]).items == 6
    assert score(triaged(), [0, 0, 0, 0, 0, 0, None]).items == 6
    assert score(triaged(), [0, 0, 0, 0, 0, 1, 0]).items == 7


@given(st.lists(st.integers(0, 3), min_size=5, max_size=5), st.integers(0, 4))
def test_a_higher_answer_never_lowers_the_total(answers: list[int], at: int) -> None:
    scale = summed(5, highest_of=((1, 2), (4, 5)))
    higher = [*answers[:at], min(answers[at] + 1, 3), *answers[at + 1 :]]
    before, after = score(scale, answers).total, score(scale, higher).total
    assert before is not None
    assert after is not None
    assert before <= after


@given(st.lists(st.none() | st.integers(0, 3), max_size=5))
def test_a_total_stands_exactly_when_every_item_is_answered(answers: list[int | None]) -> None:
    scored = score(summed(5), answers)
    whole = len(answers) == 5 and None not in answers
    assert scored.complete is whole
    assert (scored.total is not None) is whole
    assert scored.answered == sum(answer is not None for answer in answers)

"""Outcomes: each with its definition and cut-off, nothing filled in, every rate with its denominators."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import (
    CourseOutcome,
    Scored,
    baseline,
    definitions,
    describe,
    judge,
    line,
    percent_fall,
    rate,
    reached,
)
from remit.pathway.scales import Criterion, Measure
from remit.pathway.scoring import score
from remit.pathway.sourced import Sourced, Status
from remit.quantities import BadInput

FIRST_DOSE = datetime(2026, 11, 23, 10, tzinfo=UTC)


def on(day: int, value: int | None, *answers: int | None) -> Scored:
    """An assessment that many days after the first dose."""
    return Scored(FIRST_DOSE + timedelta(days=day), value, answers)


def course(id: str, *scores: Scored) -> CourseOutcome:
    known = scale(id)
    return judge(known, definitions(known, outcome_rules()), scores, FIRST_DOSE)


def test_baseline_is_the_last_completed_score_before_the_first_dose() -> None:
    scores = [on(-1, None), on(-3, 18), on(-20, 24), on(0, 9), on(7, 5)]
    assert baseline(scores, FIRST_DOSE) == on(-3, 18)


def test_a_score_at_the_first_dose_is_no_baseline() -> None:
    assert baseline([on(0, 20)], FIRST_DOSE) is None


@pytest.mark.parametrize(
    ("id", "before", "now", "fall"), [("PHQ9", 20, 10, 50), ("PHQ9", 10, 12, -20), ("BPRS_PLUS", 24, 14, 50)]
)
def test_the_floor_is_taken_off_before_the_percentage(id: str, before: int, now: int, fall: float) -> None:
    assert percent_fall(scale(id), before, now) == pytest.approx(fall)


def test_a_baseline_at_the_floor_has_no_percentage() -> None:
    assert percent_fall(scale("PHQ9"), 0, 0) is None
    judged = course("PHQ9", on(-1, 0), on(7, 3)).judged("response")
    assert (judged.met, judged.reason) == (
        None,
        "the baseline is the lowest value of the scale, so no percentage can be given",
    )


@pytest.mark.parametrize(
    ("now", "response", "partial"), [(10, True, False), (11, False, True), (15, False, True), (16, False, False)]
)
def test_response_and_partial_response_meet_without_overlap(now: int, response: bool, partial: bool) -> None:
    outcome = course("PHQ9", on(-1, 20), on(7, now))
    assert (outcome.judged("response").met, outcome.judged("partial").met) == (response, partial)


@pytest.mark.parametrize(
    ("id", "last", "first"), [("PHQ9", 4, 5), ("MADRS", 10, 11), ("HAMD17", 7, 8), ("QIDS_SR16", 5, 6)]
)
def test_remission_ends_above_its_cut_off(id: str, last: int, first: int) -> None:
    assert course(id, on(-1, 25), on(7, last)).judged("remission").met is True
    assert course(id, on(-1, 25), on(7, first)).judged("remission").met is False


def test_remission_needs_no_baseline_but_response_does() -> None:
    outcome = course("MADRS", on(7, 8))
    assert outcome.judged("remission").met is True
    assert (outcome.judged("response").met, outcome.judged("response").reason) == (
        None,
        "no completed score before the first dose",
    )


def test_each_judgement_shows_definition_cut_off_and_source() -> None:
    shown = course("YBOCS", on(-1, 30), on(7, 19)).judged("response").as_dict()
    assert (shown["met"], shown["cut_off"], shown["status"]) == (True, 35, "secondary")
    assert shown["definition"] == "YBOCS at least 35 % below the course baseline"
    assert (shown["sources"], shown["path"]) == (["YBOCS_SUMMARY"], "YBOCS.response")


def test_the_protocols_own_cut_off_replaces_the_scales() -> None:
    madrs = scale("MADRS")
    own = Sourced(Criterion(Measure.AT_MOST, 12), path="protocol.remission")
    defined = definitions(madrs, outcome_rules(), remission=own)
    judged = judge(madrs, defined, [on(-1, 30), on(7, 12)], FIRST_DOSE).judged("remission")
    assert (judged.met, judged.cut_off, judged.definition) == (True, 12, "MADRS of 12 or below")


@pytest.mark.parametrize(("now", "met"), [(14, False), (15, True)])
def test_worsening_uses_the_scales_points(now: int, met: bool) -> None:
    judged = course("PHQ9", on(-1, 10), on(7, now)).judged("worsening")
    assert (judged.met, judged.definition) == (met, "PHQ9 at least 5 points above the course baseline")


@pytest.mark.parametrize(("now", "met"), [(24, False), (25, True)])
def test_worsening_falls_back_on_the_general_rule(now: int, met: bool) -> None:
    judged = course("HAMD17", on(-1, 20), on(7, now)).judged("worsening")
    assert judged.met is met
    assert judged.defined is not None
    assert judged.defined.source.status is Status.UNVERIFIED


@pytest.mark.parametrize(
    ("values", "met"),
    [
        ((10, 9), False),
        ((10, 15), False),
        ((10, 15, 9), False),
        ((10, 15, 14), True),
        ((10, 15, 14, 8), True),
        ((15, 14), False),
    ],
)
def test_relapse_takes_two_scores_in_a_row_after_a_response(values: tuple[int, ...], met: bool) -> None:
    scores = [on(7 * (week + 1), value) for week, value in enumerate(values)]
    assert course("PHQ9", on(-1, 20), *scores).judged("relapse").met is met


def test_an_incomplete_assessment_neither_counts_nor_hides() -> None:
    outcome = course("PHQ9", on(-1, 20), on(7, 9), on(14, None))
    assert outcome.current == on(7, 9)
    assert outcome.incomplete_since == (on(14, None).at,)


def test_without_a_score_after_the_first_dose_nothing_is_judged() -> None:
    outcome = course("PHQ9", on(-1, 20), on(7, None))
    assert outcome.percent_fall is None
    assert [judged.met for judged in outcome.judgements] == [None] * 5


def test_without_a_first_dose_there_is_no_outcome() -> None:
    known = scale("PHQ9")
    outcome = judge(known, definitions(known, outcome_rules()), [on(-1, 20)], None)
    assert (outcome.baseline, outcome.current) == (on(-1, 20), None)


def test_a_global_impression_is_judged_by_its_items() -> None:
    cgi = scale("CGI")
    before = Scored.of(cgi, score(cgi, [6]), FIRST_DOSE - timedelta(days=1), [6])
    after = Scored.of(cgi, score(cgi, [3, 2]), FIRST_DOSE + timedelta(days=7), [3, 2])
    outcome = judge(cgi, definitions(cgi, outcome_rules()), [before, after], FIRST_DOSE)
    assert outcome.percent_fall == pytest.approx(60)
    assert outcome.judged("response").met is True
    assert outcome.judged("response").definition == "CGI improvement of 2 or below"
    assert outcome.judged("remission").met is False


def test_on_a_scale_of_the_session_nothing_is_judged() -> None:
    outcome = course("CADSS", on(-1, 20), on(7, 2))
    assert [judged.met for judged in outcome.judgements] == [None] * 5
    assert outcome.judged("response").reason == "CADSS: no definition of response is known"


def test_the_response_line_lies_at_the_cut_off() -> None:
    response = scale("PHQ9").response
    remission = scale("PHQ9").remission
    assert response is not None
    assert remission is not None
    assert line(scale("PHQ9"), response.value, 21) == 10.5
    assert line(scale("PHQ9"), remission.value, None) == 4
    assert line(scale("PHQ9"), response.value, None) is None
    assert describe(scale("PHQ9"), remission.value) == "PHQ9 of 4 or below"


@given(st.integers(1, 27), st.integers(0, 27))
def test_response_and_the_response_line_agree(before: int, now: int) -> None:
    known = scale("PHQ9")
    assert known.response is not None
    at = line(known, known.response.value, before)
    assert at is not None
    assert course("PHQ9", on(-1, before), on(7, now)).judged("response").met is (now <= at)


# Newcombe, Statistics in Medicine 1998;17:857, table I, method 3.
@pytest.mark.parametrize(
    ("k", "n", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_a_rate_has_the_published_wilson_interval(k: int, n: int, low: float, high: float) -> None:
    found = rate(k, n, n)
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


def test_a_rate_says_how_many_were_scored_of_how_many_eligible() -> None:
    assert str(rate(12, 31, 31)) == "12/31 eligible · 39 % (24–56)"
    found = rate(12, 31, 40)
    assert str(found) == "12/31 scored, of 40 eligible · 39 % (24–56)"
    assert (found.at_worst, found.at_best) == (0.3, 0.525)


def test_a_rate_of_nobody_has_no_proportion() -> None:
    assert str(rate(0, 0, 4)) == "0/0 scored, of 4 eligible · –"
    assert rate(0, 0, 4).proportion is None


@pytest.mark.parametrize(("k", "n", "eligible"), [(-1, 2, 2), (3, 2, 2), (1, 3, 2)])
def test_a_rate_that_cannot_be_is_refused(k: int, n: int, eligible: int) -> None:
    with pytest.raises(BadInput, match=f"not {k}, {n}, {eligible}"):
        rate(k, n, eligible)


@given(st.integers(0, 200), st.integers(1, 200), st.integers(0, 50))
def test_the_interval_holds_the_proportion(k: int, n: int, unscored: int) -> None:
    k = min(k, n)
    found = rate(k, n, n + unscored)
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= k / n <= found.high <= 1
    assert found.at_worst is not None
    assert found.at_best is not None
    assert found.at_worst <= k / n <= found.at_best


def seen(*scores: Scored) -> tuple[Scored | None, ...]:
    """The scores that first showed response, remission, worsening and relapse on the PHQ-9."""
    known = scale("PHQ9")
    found = reached(known, definitions(known, outcome_rules()), scores, FIRST_DOSE)
    return found.response, found.remission, found.worsening, found.relapse


def test_each_outcome_is_dated_by_the_score_that_first_showed_it() -> None:
    scores = [on(-1, 20), on(7, 12), on(14, 10), on(21, 4), on(28, 11), on(35, None), on(42, 12), on(49, 3)]
    assert seen(*scores) == (on(14, 10), on(21, 4), None, on(42, 12))
    assert seen(*scores[:5])[3] is None
    assert seen(*scores[1:]) == (None, on(21, 4), None, None)


@given(st.lists(st.integers(0, 27), min_size=1, max_size=9))
def test_what_was_reached_agrees_with_where_the_course_stands(values: list[int]) -> None:
    scores = [on(-1, 20), *(on(day, value) for day, value in enumerate(values))]
    *_, relapse = seen(*scores)
    assert (relapse is not None) is course("PHQ9", *scores).judged("relapse").met
    ever = [course("PHQ9", *scores[: at + 2]).judged("response").met for at in range(len(values))]
    assert (seen(*scores)[0] is not None) is any(ever)

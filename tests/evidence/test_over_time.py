"""Scores over time and how long an effect lasts: as printed, study by study, and from memory only when asked."""

from __future__ import annotations

import math
from itertools import pairwise

import pytest

from remit.evidence.asking import Asked
from remit.evidence.over_time import days, panels, relapses
from remit.knowledge.trials import trials
from remit.web.charts.over_time import Arm, Line, Mark, _apart, course, lasting

ALL = Asked().question()


def panel(study, **more):
    return next(one for one in panels(trials(), ALL, **more) if one.study == study)


def test_a_change_is_as_printed_with_the_interval_of_its_error():
    held = {curve.arm: curve for curve in panel("Daly2018SYNAPSE").curves}
    day = next(point for point in held["esk84"].points if point.hours == 24)
    assert day.value == -16.4
    assert day.interval == pytest.approx((-16.4 - 1.96 * 2.64, -16.4 + 1.96 * 2.64), abs=0.001)
    assert held["pbo"].comparator
    assert not held["esk84"].comparator


def test_of_mean_scores_it_is_what_they_lost_without_an_interval_that_nobody_printed():
    held = {curve.arm: curve for curve in panel("Lii2023").curves}
    assert [point.hours for point in held["ket"].points] == [0, 24, 48, 72, 120, 168, 336]
    assert held["ket"].points[1].value == pytest.approx(12.7 - 25.1)
    assert {point.interval for point in held["ket"].points} == {None}
    assert panel("Lii2023").once
    assert not panel("Takahashi2021JP").once


def test_what_nobody_has_seen_is_drawn_only_when_asked_and_another_start_never():
    assert "Domany2019" not in {one.study for one in panels(trials(), ALL)}
    assert all(curve.from_memory for curve in panel("Domany2019", with_memory=True).curves)
    assert {curve.arm for curve in panel("Daly2018SYNAPSE").curves} == {"esk28", "esk56", "esk84", "pbo"}


def test_relapses_are_shares_with_wilsons_interval_where_people_are_known():
    held = {(one.study, one.arm, one.since): one for one in relapses(trials(), ALL)}
    one = held["Daly2019SUSTAIN1", "esk_rem", "randomisation to withdrawal"]
    assert one.value == pytest.approx(24 / 90)
    assert one.interval[0] < one.value < one.interval[1]
    lost = held["McInnes2022RW", "ket", "4 weeks after end of induction, responders"]
    assert (lost.value, lost.interval) == (pytest.approx(0.2), None)
    assert not any(one.from_memory for one in held.values())
    assert len(relapses(trials(), ALL, with_memory=True)) > len(held)


def test_an_end_that_no_paper_could_give_is_open():
    one = next(each for each in days(trials(), ALL) if each.arm == "pbo_rem")
    assert (one.value, one.interval) == (273, (97, math.inf))
    drawn = lasting([Line("a", "273 days", False, 273, one.interval)], "t", "days", "q", shares=False)
    assert "inf" not in drawn
    assert "M263.0" in drawn


def test_words_at_the_ends_of_lines_never_cover_each_other_and_stay_inside():
    places = _apart([160, 161, 20, 162, 20])
    ordered = sorted(places)
    assert all(after - before >= 15 for before, after in pairwise(ordered))
    assert max(places) <= 168


def test_a_picture_says_in_words_what_it_shows_and_tells_arms_apart_without_colour():
    start = Mark(0, 0, None)
    arms = [Arm("ket", False, [start, Mark(1, -9, (-12, -6))]), Arm("pbo", True, [start, Mark(1, -3, None)])]
    drawn = course(arms, "One study", "days", "p")
    assert "Change of the score: ket -9.0 after 1 days; pbo -3.0 after 1 days." in drawn
    assert 'class="over-time comparator"' in drawn
    assert "of 100" in lasting([Line("a", "27 of 100", False, 0.27, None)], "t", "of 100", "q", shares=True)

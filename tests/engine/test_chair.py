"""Who comes, who leaves, who goes on: the rules of the pathway on many virtual patients at once."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from remit.engine.chair import Chair, Presence
from remit.engine.trial import Book
from remit.knowledge.trial_conduct import trial_conduct
from remit.pathway.course import missed_session, next_session
from remit.pathway.sourced import Sourced
from remit.pathway.trial_conduct import Missing
from tests.engine.trials import SERIES, SPRAY, arms, draws, endpoints, planned, ran

USUAL = trial_conduct().attendance
FULL = replace(USUAL, leave_with_drug=Sourced(0.0), leave_without=Sourced(0.0))


def attendance(missed=0.0, leave=0.0, missing=Missing.AS_OBSERVED):
    share = Sourced(leave)
    return replace(USUAL, missed=Sourced(missed), leave_with_drug=share, leave_without=share, missing=Sourced(missing))


def chair(protocol=SERIES, n=200, held=FULL, **wanted):
    [arm] = arms(protocol, **wanted)
    return Chair.of(arm.course, Presence.of(draws(n), held, drug=True), held)


def walked(held, responds=True, until=np.inf):
    """The days on which each patient was given a session: an array (patients,) of lists."""
    count = len(held.due)
    found = [[] for _ in range(count)]
    while np.isfinite(held.next()) and held.next() <= until:
        day = held.next()
        for who in np.flatnonzero(held.come(day, np.full(count, responds))):
            found[who].append(day)
    return found


def test_whoever_comes_to_everything_has_the_sessions_of_the_plan():
    [arm] = arms(SERIES)
    assert all(tuple(days) == arm.sessions for days in walked(chair()))


def test_where_all_come_a_trial_is_the_same_as_without_a_chair():
    with_chair, without = (ran(arms(), n=30, trials=6, attendance=held)[0] for held in (FULL, None))
    for name in ("change", "sd", "response", "remission", "relapse"):
        assert getattr(with_chair, name) == pytest.approx(getattr(without, name), nan_ok=True)
    assert with_chair.sessions == pytest.approx(np.full(6, 6.0))


def test_a_missed_session_is_put_where_the_pathway_puts_it():
    held = chair(held=attendance(missed=0.3))
    start, course = held.course.start, held.course
    for days in walked(held):
        assert len(days) == len(course.sessions)
        for n in range(1, len(days)):
            before = [start + timedelta(days=day) for day in days[:n]]
            planned_day = (next_session(course, before).date - start).days
            if days[n] > planned_day:
                advised = missed_session(course, before, start + timedelta(days=days[n])).next
                assert max((advised.date - start).days, planned_day) <= days[n]
            assert days[n] >= planned_day


def test_about_as_many_sessions_are_missed_as_asked():
    held = chair(n=4000, held=attendance(missed=0.2))
    first = held.come(0.0, np.zeros(4000, bool))
    assert first.mean() == pytest.approx(0.8, abs=0.02)


def test_a_session_that_the_pressure_puts_off_is_moved_as_a_missed_one_and_counted():
    held = chair(n=4000, held=replace(FULL, held_for_pressure=Sourced(0.2)))
    assert held.come(0.0, np.zeros(4000, bool)).mean() == pytest.approx(0.8, abs=0.02)
    assert np.array_equal(held.put_off == 1, held.due == FULL.made_up_after_days.value)
    [one] = ran(arms(), n=40, trials=5, attendance=replace(FULL, held_for_pressure=Sourced(0.2)), follow=False)
    assert 0.5 < one.put_off.mean() < 2.5
    assert one.counted == pytest.approx(np.full((5, 2), 40))


def test_whoever_leaves_comes_to_nothing_more():
    presence = Presence.of(draws(4000), attendance(leave=0.25), drug=True)
    assert presence.scored(USUAL.per_days).mean() == pytest.approx(0.75, abs=0.02)
    held = Chair.of(arms(SPRAY)[0].course, presence, FULL)
    for days, leaves in zip(walked(held), presence.leaves, strict=True):
        assert all(day < leaves for day in days)


def test_without_response_when_the_series_is_reviewed_nothing_follows():
    assert {len(days) for days in walked(chair(SPRAY, n=5), responds=False)} == {8}
    assert {len(days) for days in walked(chair(SPRAY, n=5), responds=True)} == {12}


def test_maintenance_widens_while_the_effect_holds_and_not_past_the_longest_sourced_interval():
    [days] = walked(chair(SPRAY, n=1, maintenance_weeks=8))
    kept = [day for day in days if day >= 56]
    assert np.diff(kept).tolist() == [14.0] * (len(kept) - 1)


def test_the_typical_patient_misses_nothing_and_stays():
    presence = Presence.of(draws(3, vary=False), attendance(missed=0.5, leave=0.5), drug=True)
    assert presence.scored(1000.0).all()


@pytest.mark.parametrize(
    ("rule", "change", "response", "counted"),
    [(Missing.AS_OBSERVED, -25.0, 1.0, 1), (Missing.LAST, -21.5, 1.0, 2), (Missing.NON_RESPONDER, -21.5, 0.5, 2)],
)
def test_a_missing_score_counts_as_the_rule_says(rule, change, response, counted):
    book = Book(np.array([36.0, 36.0]), rule)
    book.take(1.0, np.array([18.0, 18.0]), np.array([True, True]), read=False)
    book.take(2.0, np.array([11.0, 0.0]), np.array([True, False]), read=True)
    mean, _, responded, _, n = book.read(endpoints(), 2.0, 1)
    assert (mean[0], responded[0], n[0]) == (change, response, counted)


def test_missing_scores_make_the_interval_wider_and_are_the_same_however_split():
    held = attendance(missed=0.1, leave=0.3)
    found = ran(arms(SERIES, "midazolam"), n=40, trials=30, attendance=held)
    assert all((one.counted < 40).any() for one in found)
    again = ran(arms(SERIES, "midazolam"), n=40, trials=12, attendance=held)
    assert np.array_equal(found[0].change[:12], again[0].change)
    assert planned(arms(), attendance=held).attendance is held

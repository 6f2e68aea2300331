"""A series is laid inside its windows; a session that cannot land says every reason and when it could."""

from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.protocols import protocol
from remit.pathway.booking import Book, Shift, Taken, Wish
from remit.pathway.course import booked, plan
from remit.pathway.maintenance import continued
from remit.pathway.protocol import Phase
from remit.pathway.series import Landed, gap_findings, land, propose, series_findings
from remit.pathway.sourced import Action
from remit.quantities import BadInput, Minutes

ZONE = ZoneInfo("America/New_York")
MONDAY = date(2026, 11, 23)
IV, US, EU, ORAL = "iv_racemic_ketamine", "in_esketamine_us_trd", "in_esketamine_eu", "oral_sl_racemic_ketamine"
STAY = Minutes(160)


def at(day: date, clock: str = "09:00") -> datetime:
    return datetime.combine(day, time.fromisoformat(clock), ZONE)


def course(protocol_id=IV, start=MONDAY, option=None):
    return plan(protocol(protocol_id), start, option, 0)


def book(*taken, chairs=1, weeks=14, open_days=5, at_once=4):
    days = [MONDAY - timedelta(days=7) + timedelta(days=n) for n in range(7 * weeks)]
    hours = {day: (at(day, "08:00"), at(day, "18:00")) for day in days if day.weekday() < open_days}
    shifts = tuple(Shift("nora", opens, closes, at_once) for opens, closes in hours.values())
    return Book(tuple(f"chair {n}" for n in range(1, chairs + 1)), hours, shifts, tuple(taken))


def full(day: date) -> Taken:
    return Taken(at(day, "08:00"), at(day, "18:00"), "chair 1", None)


def wish(clock="09:00", now=None):
    return Wish(time.fromisoformat(clock), STAY, Minutes(15), now or at(MONDAY, "07:00"))


def days(proposed):
    return [one.starts.date() - MONDAY for one in proposed]


# Laying it out


def test_on_an_empty_book_the_series_lies_on_its_days():
    found = propose(book(), course(), wish())
    assert [gap.days for gap in days(found)] == [0, 2, 4, 7, 9, 11]
    assert all(one.place and one.starts.time() == time(9) for one in found)


def test_a_full_day_sends_the_session_to_the_nearest_day_of_its_window():
    found = propose(book(full(MONDAY + timedelta(days=2))), course(), wish())
    assert [gap.days for gap in days(found)] == [0, 3, 4, 7, 9, 11]


def test_a_taken_hour_sends_it_to_the_nearest_hour_of_the_day():
    busy = Taken(at(MONDAY, "08:30"), at(MONDAY, "11:10"), "chair 1", None)
    assert propose(book(busy), course(), wish())[0].starts == at(MONDAY, "11:15")


def test_a_weekend_is_left_out_where_the_window_allows():
    found = propose(book(), course(start=MONDAY + timedelta(days=1)), wish())
    assert all(one.starts.date().weekday() < 5 for one in found)


def test_a_session_without_any_place_says_why_and_the_others_lie():
    week = [full(MONDAY + timedelta(days=n)) for n in range(1, 4)]
    found = propose(book(*week), course(), wish())
    assert found[1].place is None
    assert found[1].reasons == ("chair 1 is taken until 18:00",)
    assert all(one.place for one in found if one is not found[1])


def test_a_time_of_today_that_has_passed_is_not_proposed():
    found = propose(book(), course(), wish("09:00", at(MONDAY, "10:05")))
    assert found[0].starts == at(MONDAY, "10:15")


@given(
    busy=st.sets(st.integers(0, 20), max_size=12),
    option=st.sampled_from([one.id for one in protocol(IV).options]),
    offset=st.integers(0, 6),
)
def test_what_is_proposed_always_passes_as_a_series(busy, option, offset):
    held = course(start=MONDAY + timedelta(days=offset), option=option)
    found = propose(book(*[full(MONDAY + timedelta(days=n)) for n in busy]), held, wish())
    if not all(one.place for one in found):
        return
    days_of = {one.session.n: one.starts.date() for one in found}
    assert series_findings(held, days_of) == []
    gaps = [after.starts - before.starts for before, after in pairwise(found)]
    assert all(timedelta(hours=24) <= gap for gap in gaps)
    assert all(one.session.earliest <= one.starts.date() <= one.session.latest for one in found)


# A whole series


@pytest.mark.parametrize(
    ("n", "offset", "words"),
    [
        (2, 0, "session 2: Mon 23 Nov is on or before the day of session 1"),
        (4, 9, "session 5: Wed 2 Dec is on or before the day of session 4"),
        (1, -1, "session 1: Sun 22 Nov is before Mon 23 Nov, on which the course is to start"),
    ],
)
def test_days_out_of_order_are_found(n, offset, words):
    days_of = {one.n: one.date for one in course().sessions} | {n: MONDAY + timedelta(days=offset)}
    assert words in [found.text for found in series_findings(course(), days_of)]


@pytest.mark.parametrize(("offset", "fits"), [(13, True), (14, False)])
def test_the_longest_gap_is_four_days(offset, fits):
    days_of = {one.n: one.date for one in course().sessions} | {6: MONDAY + timedelta(days=offset)}
    found = [one.text for one in series_findings(course(), days_of)]
    assert found == (
        [] if fits else ["session 6: Mon 7 Dec is 5 days after session 5; at most 4 lie between two sessions"]
    )


@pytest.mark.parametrize(("offset", "fits"), [(30, True), (31, False)])
def test_a_later_session_moves_by_two_days(offset, fits):
    held = course(US)
    days_of = {one.n: one.date for one in held.sessions} | {9: MONDAY + timedelta(days=offset)}
    assert (series_findings(held, days_of) == []) is fits


def test_without_a_sourced_window_the_planned_day_stands():
    held = course(ORAL)
    days_of = {one.n: one.date for one in held.sessions}
    assert series_findings(held, days_of) == []
    days_of[2] += timedelta(days=1)
    assert "no source says how far it may move" in series_findings(held, days_of)[0].text


# One session


def landing(n, to, clock="09:00", *taken, now=None):
    held = course()
    others = tuple(at(one.date) for one in held.sessions if one.n != n)
    return land(book(*taken), Landed(held, others, wish(now=now)), n, at(to, clock))


def test_inside_its_window_a_session_lands_with_a_warning_that_the_window_is_not_confirmed():
    found = landing(3, MONDAY + timedelta(days=3))
    assert found.free
    assert [one.id for one in found.warns] == ["session_window"]
    assert (found.chair, found.nurse) == ("chair 1", "nora")


def test_outside_its_window_a_prescriber_is_asked():
    found = landing(6, MONDAY + timedelta(days=14))
    assert (found.free, found.refused) == (False, ())
    assert [(one.id, one.action) for one in found.asks] == [("session_window", Action.PRESCRIBER_REVIEW)]


def test_past_its_neighbour_nobody_moves_it():
    found = landing(3, MONDAY + timedelta(days=7))
    assert any("a day after" in reason for reason in found.refused)


def test_a_refused_landing_says_when_the_day_is_free():
    day = MONDAY + timedelta(days=3)
    found = landing(3, day, "09:00", Taken(at(day, "08:30"), at(day, "11:10"), "chair 1", None))
    assert found.refused == ("chair 1 is taken until 11:10",)
    assert found.instead == at(day, "11:15")


def test_a_walk_in_has_no_window_but_keeps_its_distance():
    held = course()
    others = (at(MONDAY),)
    far = land(book(), Landed(held, others, wish()), None, at(MONDAY + timedelta(days=1)))
    near = land(book(), Landed(held, others, wish()), None, at(MONDAY + timedelta(days=1), "08:59"))
    assert far.free
    assert [one.id for one in near.asks] == ["session_gap"]


def test_the_gap_is_not_asked_where_no_source_gives_one():
    assert gap_findings(protocol(ORAL), at(MONDAY), [at(MONDAY, "10:00")]) == []


# As it is booked


def test_a_cancelled_session_leaves_the_others_their_numbers_and_wider_windows():
    held = course()
    rest = booked(held, [one for one in held.sessions if one.n != 2])
    assert [one.n for one in rest.sessions] == [1, 3, 4, 5, 6]
    assert rest.session(3).earliest == MONDAY + timedelta(days=3)
    with pytest.raises(BadInput, match="not 2"):
        rest.session(2)


def test_a_first_session_that_was_put_off_may_come_back():
    held = course()
    late = booked(held, [replace(held.sessions[0], date=MONDAY + timedelta(days=1)), *held.sessions[1:]])
    assert (late.session(1).earliest, late.session(1).latest) == (MONDAY, MONDAY + timedelta(days=1))


# What follows


@pytest.mark.parametrize(
    ("protocol_id", "interval", "weeks", "offsets"),
    [(IV, 7, 4, [18, 25, 32, 39]), (US, 14, 4, [63, 77]), (US, 7, 2, [56, 63]), (EU, 7, 2, [31, 38])],
)
def test_maintenance_follows_the_last_session(protocol_id, interval, weeks, offsets):
    held = course(protocol_id)
    found = continued(held.protocol, held.option, held.sessions, interval, weeks)
    assert [(one.date - MONDAY).days for one in found.sessions] == offsets
    assert found.sessions[0].n == len(held.sessions) + 1
    assert {one.phase for one in found.sessions} == {Phase.MAINTENANCE}
    assert all((one.latest - one.date).days == 2 for one in found.sessions)


def test_an_interval_belongs_to_the_weeks_that_are_reached():
    held = course(EU)
    with pytest.raises(BadInput, match="interval: 7 days is sourced for these weeks, not 14"):
        continued(held.protocol, held.option, held.sessions, 14, 4)
    first = continued(held.protocol, held.option, held.sessions, 7, 4)
    later = continued(held.protocol, held.option, (*held.sessions, *first.sessions), 14, 4)
    assert (len(later.sessions), later.findings) == (2, ())


def test_past_the_sourced_weeks_it_is_said():
    held = course()
    four = continued(held.protocol, held.option, held.sessions, 7, 4)
    more = continued(held.protocol, held.option, (*held.sessions, *four.sessions), 7, 1)
    assert four.findings == ()
    assert [found.id for found in more.findings] == ["maintenance"]


def test_where_no_source_gives_maintenance_none_is_planned():
    held = course("sc_racemic_ketamine_kads")
    found = continued(held.protocol, held.option, held.sessions, 7, 4)
    assert (found.sessions, found.findings[0].action) == ((), Action.BLOCK)

"""A course on the calendar: days, windows, reviews, missed and moved sessions."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.protocols import protocol, protocols
from remit.pathway.course import missed_session, move_findings, moved, next_session, plan, reviews_due
from remit.pathway.protocol import Phase
from remit.pathway.sourced import Action, Status
from remit.quantities import BadInput
from tests.pathway.cases import ids

START = date(2026, 11, 23)
IV, US, ACUTE, EU = "iv_racemic_ketamine", "in_esketamine_us_trd", "in_esketamine_us_mdsi", "in_esketamine_eu"
KADS, TABLET = "sc_racemic_ketamine_kads", "oral_er_racemic_r107"
SCHEDULED = [(one.id, option.id) for one in protocols().values() for option in one.options]


def course(protocol_id, option=None, weeks=4, **asked):
    return plan(protocol(protocol_id), START, option, weeks, **asked)


def offsets(held, phase=None):
    return [(one.date - START).days for one in held.sessions if phase in (None, one.phase)]


@pytest.mark.parametrize(
    ("protocol_id", "option", "days"),
    [
        (IV, None, [0, 2, 4, 7, 9, 11]),
        (IV, "thrice_weekly_2wk", [0, 2, 4, 7, 9, 11]),
        (IV, "twice_weekly_3wk", [0, 3, 7, 10, 14, 17]),
        (IV, "twice_weekly_up_to_4wk", [0, 3, 7, 10, 14, 17, 21, 24]),
        (IV, "thrice_weekly_until_remission_max12", [0, 2, 4, 7, 9, 11, 14, 16, 18, 21, 23, 25]),
        (US, None, [0, 3, 7, 10, 14, 17, 21, 24]),
        (ACUTE, None, [0, 3, 7, 10, 14, 17, 21, 24]),
        (EU, None, [0, 3, 7, 10, 14, 17, 21, 24]),
        (KADS, None, [0, 3, 7, 10, 14, 17, 21, 24]),
        (TABLET, None, [0, 1, 2, 3, 4]),
        ("kap", None, [0, 3, 7, 10, 14, 17]),
        ("oral_sl_racemic_ketamine", "thrice_weekly_3wk", [0, 2, 4, 7, 9, 11, 14, 16, 18]),
    ],
)
def test_the_series_lies_on_its_days(protocol_id, option, days):
    assert offsets(course(protocol_id, option), Phase.INDUCTION) == days


@pytest.mark.parametrize(
    ("protocol_id", "weeks", "phase", "days"),
    [
        (US, 4, Phase.OPTIMISATION, [28, 35, 42, 49]),
        (US, 4, Phase.MAINTENANCE, [56, 63, 70, 77]),
        (US, 0, Phase.OPTIMISATION, [28, 35, 42, 49]),
        (US, 0, Phase.MAINTENANCE, []),
        (EU, 4, Phase.OPTIMISATION, []),
        (EU, 4, Phase.MAINTENANCE, [28, 35, 42, 49]),
        (EU, 2, Phase.MAINTENANCE, [28, 35]),
        (EU, 6, Phase.MAINTENANCE, [28, 35, 42, 49, 56, 63]),
        (IV, 4, Phase.MAINTENANCE, [14, 21, 28, 35]),
        (IV, 1, Phase.MAINTENANCE, [14]),
        (ACUTE, 4, Phase.MAINTENANCE, []),
        (KADS, 4, Phase.MAINTENANCE, []),
        (TABLET, 2, Phase.MAINTENANCE, [7, 10, 14, 17]),
    ],
)
def test_the_later_phases_follow(protocol_id, weeks, phase, days):
    assert offsets(course(protocol_id, weeks=weeks), phase) == days


def test_a_longer_sourced_interval_may_be_chosen():
    assert offsets(course(US, interval_days=14), Phase.MAINTENANCE) == [56, 70]
    with pytest.raises(BadInput, match="7 or 14 days"):
        course(US, interval_days=28)


def test_maintenance_beyond_the_sourced_weeks_says_so():
    assert ids(course(IV, weeks=4)) == []
    assert ids(course(IV, weeks=5)) == ["maintenance"]
    assert ids(course(KADS)) == ["maintenance"]


def test_the_emergency_has_its_own_series_after_which_nothing_follows():
    held = course(EU, indication="mdsi", age=40)
    assert (held.option.id, len(held.sessions)) == ("psychiatric_emergency", 8)
    assert ids(course(EU, indication="mdsi", age=64)) == ["maintenance"]
    assert ids(course(EU, indication="mdsi", age=65)) == ["maintenance", "age_65_plus"]


@pytest.mark.parametrize(
    ("protocol_id", "option", "after"),
    [(IV, None, [3, 6]), (IV, "twice_weekly_up_to_4wk", [3, 6]), (US, None, [8]), (EU, None, [8]), (ACUTE, None, [8])],
)
def test_reviews_stand_after_their_sessions(protocol_id, option, after):
    assert [review.after_session for review in course(protocol_id, option).reviews] == after


@pytest.mark.parametrize("protocol_id", sorted(protocols()))
def test_every_protocol_is_planned_or_says_why_not(protocol_id):
    held = course(protocol_id)
    assert held.allowed == bool(protocol(protocol_id).options)
    assert held.allowed or [found.action for found in held.findings] == [Action.BLOCK]


def test_an_unknown_option_names_the_known_ones():
    with pytest.raises(BadInput, match="thrice_weekly_2wk, twice_weekly_3wk"):
        course(IV, "daily")
    with pytest.raises(BadInput, match="has none"):
        course("im_racemic_ketamine", "daily")


@pytest.mark.parametrize("weeks", [-1, 10**12])
def test_weeks_that_no_calendar_has_are_bad_input(weeks):
    with pytest.raises(BadInput):
        course(US, weeks=weeks)


# Windows


@given(
    st.sampled_from(SCHEDULED),
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.integers(0, 30),
)
def test_every_day_lies_in_its_window_and_the_days_ascend(chosen, start, weeks):
    held = plan(protocol(chosen[0]), start, chosen[1], weeks)
    assert held.sessions[0].date == start
    assert all(one.earliest <= one.date <= one.latest for one in held.sessions)
    assert all(one.date < two.date and one.latest < two.date for one, two in pairwise(held.sessions))
    assert [one.n for one in held.sessions] == [*range(1, len(held.sessions) + 1)]


@given(st.sampled_from([chosen for chosen in SCHEDULED if protocol(chosen[0]).window]), st.data())
def test_a_session_moved_inside_its_window_keeps_the_gaps(chosen, data):
    held = course(*chosen)
    one = data.draw(st.sampled_from([one for one in held.sessions if one.phase is Phase.INDUCTION]))
    to = data.draw(st.dates(one.earliest, one.latest))
    days = [one.date for one in moved(held, one.n, to).sessions if one.phase is Phase.INDUCTION]
    window = protocol(chosen[0]).window
    shortest, longest = timedelta(hours=window.min_gap_hours.value), timedelta(days=window.max_gap_days.value)
    assert all(shortest <= later - earlier <= longest for earlier, later in pairwise(days))


def test_without_a_sourced_window_the_planned_day_stands():
    held = course("kap")
    assert all(one.earliest == one.date == one.latest for one in held.sessions)
    assert "session_window" in ids(held)


@pytest.mark.parametrize(
    ("day", "action"),
    [(24, Action.WARN), (25, None), (26, Action.WARN), (27, Action.PRESCRIBER_REVIEW), (23, Action.PRESCRIBER_REVIEW)],
)
def test_a_move_outside_the_window_asks_the_prescriber(day, action):
    found = move_findings(course(IV), 2, date(2026, 11, day))
    assert [one.action for one in found] == ([action] if action else [])


def test_a_move_inside_an_adopted_window_is_free():
    assert move_findings(course(IV), 2, date(2026, 11, 24), frozenset({"session_window"})) == []


def test_the_window_is_known_to_be_the_projects_own():
    assert {one.window.status for one in course(IV).sessions} == {Status.UNVERIFIED}


def test_a_moved_session_moves_its_neighbours_windows():
    held = moved(course(IV), 2, date(2026, 11, 24))
    assert held.session(2).date == date(2026, 11, 24)
    assert held.session(1).latest == date(2026, 11, 23)
    assert held.session(3).earliest == date(2026, 11, 26)


@pytest.mark.parametrize("day", [23, 27])
def test_sessions_keep_their_order(day):
    with pytest.raises(BadInput, match="after 2026-11-23 and before 2026-11-27"):
        moved(course(IV), 2, date(2026, 11, day))


def test_the_last_session_has_only_one_bound():
    last = course(IV).sessions[-1].n
    with pytest.raises(BadInput, match=r"a day after 2026-12-\d\d is needed, not 2026-11-01"):
        moved(course(IV), last, date(2026, 11, 1))


# As it goes


def test_the_next_session_is_the_planned_one():
    held = course(IV)
    assert next_session(held, []) == held.session(1)
    assert next_session(held, [START]).date == held.session(2).date
    assert next_session(held, [one.date for one in held.sessions]) is None


def test_after_a_late_session_the_next_keeps_the_shortest_gap():
    upcoming = next_session(course(IV), [START, date(2026, 11, 27)])
    assert (upcoming.n, upcoming.date) == (3, date(2026, 11, 28))
    assert upcoming.latest == date(2026, 12, 1)


def test_a_missed_session_follows_the_label_where_it_says_so():
    held = course(US)
    assert missed_session(held, [START], date(2026, 11, 27)).findings == ()
    advice = missed_session(held, [START], date(2026, 11, 28))
    assert advice.text.value.startswith("missed during weeks 1-4: continue")
    assert (advice.next.n, advice.next.date) == (2, date(2026, 11, 28))
    assert [found.action for found in advice.findings] == [Action.PRESCRIBER_REVIEW]


def test_a_missed_session_without_a_source_asks_the_prescriber():
    advice = missed_session(course(IV), [START], date(2026, 12, 5))
    assert advice.text is None
    assert "12 days after the last session" in advice.findings[0].text


@pytest.mark.parametrize(("held", "reviewed", "due"), [(2, set(), []), (3, set(), [3]), (6, {3}, [6]), (6, {3, 6}, [])])
def test_a_review_is_due_once_its_session_was_held(held, reviewed, due):
    assert [one.after_session for one in reviews_due(course(IV), held, frozenset(reviewed))] == due

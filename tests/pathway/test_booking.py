"""A stay holds preparation, dose and release clock; chair and nurse are free for all of it, or the reason is said."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.protocols import protocol
from remit.pathway.booking import (
    Book,
    NoPlace,
    Place,
    Shift,
    Taken,
    Wish,
    chair_reasons,
    find,
    nearest,
    nurse_reasons,
    stay,
    unattended,
)
from remit.pathway.sourced import Sourced
from remit.quantities import Minutes

ZONE = ZoneInfo("America/New_York")
BEFORE, UNSOURCED = Sourced(Minutes(30)), Sourced(Minutes(120))


def at(clock: str, day: int = 23) -> datetime:
    return datetime.combine(date(2026, 11, day), time.fromisoformat(clock), ZONE)


def book(*taken: Taken, chairs: int = 2, at_once: int = 2, ends: str = "18:00") -> Book:
    return Book(
        chairs=tuple(f"chair {n}" for n in range(1, chairs + 1)),
        hours={at("08:00").date(): (at("08:00"), at("18:00"))},
        shifts=(Shift("nora", at("08:00"), at(ends), at_once),),
        taken=taken,
        names={"nora": "Nora Nurse"},
    )


def taken(starts: str, ends: str, chair: str = "chair 1", nurse: str = "nora") -> Taken:
    return Taken(at(starts), at(ends), chair, nurse)


# The stay


@pytest.mark.parametrize(
    ("protocol_id", "devices", "total"),
    [
        ("iv_racemic_ketamine", None, 30 + 40 + 90),
        ("in_esketamine_us_trd", 2, 30 + 5 + 120),
        ("in_esketamine_us_trd", 3, 30 + 10 + 120),
        ("im_racemic_ketamine", None, 30 + 120),
        ("iv_esketamine", None, 30 + 120),
    ],
)
def test_the_stay_ends_with_the_last_release_clock(protocol_id, devices, total):
    held = stay(protocol(protocol_id), BEFORE, UNSOURCED, devices)
    assert (held.total.value, held.assumed) == (total, False)
    assert all(clock.path for clock in held.clocks)


def test_a_long_infusion_moves_the_end_of_the_stay():
    held = stay(protocol("iv_racemic_ketamine"), BEFORE, UNSOURCED, duration=Minutes(60))
    assert held.total.value == 30 + 60 + 90


def test_without_a_sourced_minimum_the_clinics_assumption_is_booked_and_said():
    held = stay(protocol("in_esketamine_eu"), BEFORE, UNSOURCED, 2)
    assert (held.total.value, held.assumed, held.clocks) == (30 + 5 + 120, True, (UNSOURCED,))


# A place


def test_a_free_chair_and_nurse_are_found_in_their_order():
    assert find(book(), at("09:00"), Minutes(60)) == Place(at("09:00"), at("10:00"), "chair 1", "nora")
    assert find(book(taken("08:00", "09:30")), at("09:00"), Minutes(60)).chair == "chair 2"


@pytest.mark.parametrize(("clock", "free"), [("10:00", True), ("09:59", False), ("07:00", False), ("08:00", False)])
def test_a_chair_is_free_from_the_minute_at_which_it_is_left(clock, free):
    found = find(book(taken("08:30", "10:00"), chairs=1), at(clock), Minutes(60))
    assert isinstance(found, Place) is free


def test_every_reason_is_said():
    held = book(taken("08:00", "11:00"), taken("09:00", "11:30", "chair 2"), at_once=2)
    assert find(held, at("10:00"), Minutes(60)) == NoPlace(
        (
            "chair 1 is taken until 11:00",
            "chair 2 is taken until 11:30",
            "Nora Nurse is with 2 people until 11:30 and cannot take another",
        )
    )


@pytest.mark.parametrize(
    ("starts", "minutes", "words"),
    [
        ("07:59", 60, "does not lie in the clinic's hours, 08:00 to 18:00"),
        ("17:01", 60, "does not lie in the clinic's hours"),
    ],
)
def test_outside_the_opening_hours_nothing_is_booked(starts, minutes, words):
    assert words in find(book(), at(starts), Minutes(minutes)).reasons[0]


def test_a_closed_day_is_named():
    assert find(book(), at("09:00", 28), Minutes(60)).reasons == ("the clinic is closed on Sat 28 Nov",)


@pytest.mark.parametrize(("minutes", "free"), [(180, True), (181, False)])
def test_a_shift_holds_the_whole_stay(minutes, free):
    found = find(book(ends="12:00"), at("09:00"), Minutes(minutes))
    assert isinstance(found, Place) is free
    if not free:
        assert found.reasons == ("no nurse works from 09:00 to 12:01",)


def test_a_nurse_is_full_only_while_others_overlap_at_one_moment():
    apart = book(taken("08:00", "09:30"), taken("10:00", "11:00", "chair 2"), chairs=3, at_once=2)
    assert isinstance(find(apart, at("09:00"), Minutes(90)), Place)
    together = book(taken("08:00", "10:30"), taken("10:00", "11:00", "chair 2"), chairs=3, at_once=2)
    assert find(together, at("09:00"), Minutes(90)).reasons[0].startswith("Nora Nurse is with 2 people")


def test_one_chair_or_nurse_is_judged_alone():
    held = book(taken("08:00", "11:00"), at_once=1)
    assert chair_reasons(held, "chair 1", at("10:00"), Minutes(30)) == ("chair 1 is taken until 11:00",)
    assert chair_reasons(held, "chair 2", at("10:00"), Minutes(30)) == ()
    assert nurse_reasons(held, "nora", at("10:00"), Minutes(30))
    assert nurse_reasons(held, "nora", at("11:00"), Minutes(30)) == ()


def test_a_session_that_runs_on_has_no_end_to_name():
    held = book(Taken(at("08:00"), at("18:00"), "chair 1", None, until_known=False), chairs=1)
    assert find(held, at("10:00"), Minutes(30)).reasons == ("chair 1 is still taken: its session runs on",)


def test_the_spans_without_a_nurse_are_joined():
    held = book(taken("09:00", "10:00"), taken("10:00", "11:00", "chair 2"), at_once=1, ends="16:00")
    assert unattended(held, at("08:00").date()) == [(at("09:00"), at("11:00")), (at("16:00"), at("18:00"))]


def wish(clock: str, not_before: str = "07:00") -> Wish:
    return Wish(time.fromisoformat(clock), Minutes(60), Minutes(15), at(not_before))


@pytest.mark.parametrize(
    ("wanted", "not_before", "found"),
    [
        ("09:07", "07:00", "09:07"),
        ("08:30", "07:00", "08:00"),
        ("09:20", "07:00", "09:20"),
        ("08:00", "11:05", "11:15"),
    ],
)
def test_the_nearest_free_time_is_found(wanted, not_before, found):
    held = book(taken("09:00", "09:05"), taken("09:00", "09:05", "chair 2"), at_once=3)
    place = nearest(held, at("08:00").date(), wish(wanted, not_before), lambda _: True)
    assert place.starts == at(found)


def test_a_full_day_has_no_time():
    held = book(taken("08:00", "18:00"), chairs=1, at_once=3)
    assert nearest(held, at("08:00").date(), wish("09:00"), lambda _: True) is None
    assert nearest(held, at("08:00", 29).date(), wish("09:00"), lambda _: True) is None


@given(
    asked=st.lists(st.tuples(st.integers(0, 500), st.integers(15, 200)), max_size=25),
    chairs=st.integers(1, 4),
    nurses=st.integers(1, 3),
    at_once=st.integers(1, 3),
)
def test_whoever_books_no_chair_is_given_twice_and_no_nurse_too_often(asked, chairs, nurses, at_once):
    opens, closes = at("08:00"), at("18:00")
    shifts = tuple(Shift(f"nurse {n}", opens, closes, at_once) for n in range(nurses))
    held = Book(tuple(f"chair {n}" for n in range(chairs)), {opens.date(): (opens, closes)}, shifts)
    for minute, length in asked:
        found = find(held, opens + timedelta(minutes=minute), Minutes(length))
        if isinstance(found, Place):
            held = held.and_taken(found)
        else:
            assert found.reasons
    for one in held.taken:
        now = [other for other in held.taken if other.starts <= one.starts < other.ends]
        assert len({other.chair for other in now}) == len(now)
        assert all(sum(other.nurse == nurse for other in now) <= at_once for nurse in {other.nurse for other in now})
        assert opens <= one.starts < one.ends <= closes

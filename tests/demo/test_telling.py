"""Stories run side by side in the order of time, up to now, in a clinic where it is early afternoon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.acts.actors import Actor
from remit.acts.clock import now
from remit.demo.patients import TODAY, people
from remit.demo.scores import spread
from remit.demo.seed import seed
from remit.demo.telling import Days, Story, Teller, afternoon_zone
from remit.records.models import Session


@given(st.integers(0, 10 * 365 * 24 * 60))
def test_it_is_early_afternoon_whenever_the_demo_starts(minutes: int) -> None:
    at = datetime(2025, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    local = at.astimezone(ZoneInfo(afternoon_zone(at)))
    assert (12, 30) <= (local.hour, local.minute) < (13, 30)


@given(st.integers(0, 24), st.integers(0, 3), st.integers())
def test_answers_add_up_to_their_total(total: int, item9: int, start: int) -> None:
    answers = spread(total + item9, item9, Random(start))
    assert (sum(answers), answers[8], max(answers) <= 3) == (total + item9, item9, True)


def test_a_name_belongs_to_one_person() -> None:
    held = people()
    assert len({(one.family, one.given) for one in held}) == len({one.born for one in held}) == len(held) == 60


@pytest.mark.django_db
@pytest.mark.either_database
def test_stories_take_turns_and_stop_at_now() -> None:
    at = datetime(2026, 11, 21, 13, tzinfo=UTC)
    told: list[tuple[str, datetime]] = []

    def story(name: str, *minutes: int) -> Story:
        for minute in minutes:
            yield at + timedelta(minutes=minute)
            told.append((name, now()))

    Teller(Actor(None, None), Days(at, ZoneInfo("UTC"))).tell([story("a", -3000, -5, 1), story("b", -2990, -10, 0)])
    assert told == [(name, at + timedelta(minutes=minute)) for name, minute in
                    [("a", -3000), ("b", -2990), ("b", -10), ("a", -5), ("b", 0)]]  # fmt: skip
    assert now() != at


@pytest.mark.django_db
@pytest.mark.either_database
@pytest.mark.parametrize("minute", ["12:30:00", "13:00:00", "13:29:59"])
def test_the_day_is_the_same_at_each_minute_of_the_early_afternoon(minute: str) -> None:
    at = datetime.fromisoformat(f"2028-02-29T{minute}").replace(tzinfo=UTC)
    stage = seed(at, list(zip(people(), TODAY, strict=False)))
    today = Session.objects.filter(planned_at__gte=stage.days.at(0, "00:00"), planned_at__lt=stage.days.at(1, "00:00"))
    states = sorted(today.values_list("state_cache", flat=True))
    assert states == ["arrived", "discharged", "discharged", "dosing", "observing", "scheduled", "scheduled"]

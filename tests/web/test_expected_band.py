"""The band behind a session's readings: asked for apart from the page, from what really went in."""

from __future__ import annotations

import re

import pytest
from django.test import Client

from remit.acts import expected_effects
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    """An infusion of 41 mg that has run for a while."""
    travel.to(START)
    expected_effects._kept.clear()
    held = booked(cast, INFUSION, mg=41)
    held.through_the_gate()
    return held


def infuse(held: Chairside, cast: Cast) -> None:
    drawn = {"molecule": "ketamine", "strength": "50 mg/mL", "volume_ml": 0.82}
    second = {f"second_{name}": value for name, value in drawn.items()} | {"second_weight_kg": 82}
    assert held.enter("preparation", second=cast.second_nurse, lot="K-204", **drawn, **second).accepted
    held.accepted(
        ("dose_start", {"mg": 41, "volume_ml": 50, "lot": "K-204", "at": 2}),
        ("vitals", {"systolic": 134, "diastolic": 84, "heart_rate": 77, "spo2": 97, "at": 12}),
    )


def opens(cast: Cast, held: Chairside, more: str = "") -> str:
    client = Client()
    client.force_login(cast.nurse)
    answer = client.get(f"/sessions/{held.session.pk}/{more}")
    assert answer.status_code == 200
    return answer.content.decode()


WANTS = '/expected/" hx-trigger="load'


def test_the_page_computes_nothing_and_asks_for_the_band_by_itself(
    cast: Cast, chair: Chairside, travel: Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert WANTS not in opens(cast, chair)
    assert "no dose was given yet" in opens(cast, chair, "expected/more/")
    infuse(chair, cast)
    travel.on(minutes=14)
    said = opens(cast, chair)
    assert WANTS in said
    assert "chart-band" not in said
    fragment = opens(cast, chair, "expected/")
    assert "chart-band" in fragment
    assert "not a target" in fragment
    assert 'hx-trigger="load' not in fragment
    monkeypatch.setattr(expected_effects, "_expected", None)
    again = opens(cast, chair)
    assert "chart-band" in again
    assert WANTS not in again
    assert "chart-band" in opens(cast, chair, "live/")


def test_it_says_what_it_rests_on(cast: Cast, chair: Chairside, travel: Traveller) -> None:
    infuse(chair, cast)
    travel.on(minutes=14)
    said = re.sub(r"\s+", " ", opens(cast, chair, "expected/more/"))
    for words in (
        "assumed", "200 virtual people of 82 kg (seed 1)", "own baseline of 128 mmHg",
        "Driven by arterial concentration", "CADSS that a model expects", "The six-item CADSS", "no alarm, no order",
    ):  # fmt: skip
        assert words in said


def test_a_stop_changes_what_is_expected(cast: Cast, chair: Chairside) -> None:
    infuse(chair, cast)
    found = [expected_effects.expect_effects(chair.actor(cast.nurse), chair.session.pk, chair.now)[1]]
    assert chair.enter("dose_stop", at=12, reason="panic", given_mg=10).accepted
    found.append(expected_effects.expect_effects(chair.actor(cast.nurse), chair.session.pk, chair.now)[1])
    whole, stopped = (max(one.systolic.median) for one in found)
    assert stopped < whole
    assert len(expected_effects._kept) == 2


def test_a_route_whose_kinetics_are_not_verified_is_not_drawn(cast: Cast, travel: Traveller) -> None:
    asked = expected_effects.Asked("sc_racemic_ketamine_kads", "ketamine", "subcutaneous", ((0.0, 41.0, 0.0),), 82.0)
    found = expected_effects.compute(asked)
    assert found.bands is None
    assert "are not verified" in found.why_not


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"parts": ()}, "how fast the infusion runs is not known"),
        ({"parts": ((0.0, 900.0, 40.0),)}, "at most 2 mg/kg"),
        ({"weight_kg": 20.0}, "weight: 39 to 170 kg"),
        ({"molecule": "arketamine"}, "no curve from arketamine"),
    ],
)
def test_where_the_model_says_nothing_it_says_why(change, said: str) -> None:
    held = {
        "protocol_id": "x", "molecule": "ketamine", "route": "intravenous", "parts": ((0.0, 41.0, 40.0),),
        "weight_kg": 82.0,
    }  # fmt: skip
    found = expected_effects.compute(expected_effects.Asked(**(held | change)))
    assert said in found.why_not
    assert found.systolic is None


def test_the_plan_shows_what_is_expected_of_an_ordered_dose(cast: Cast, chair: Chairside) -> None:
    course, order = chair.session.course, chair.order
    client = Client()
    client.force_login(cast.coordinator)
    at = f"/orders/{order.pk}/expected/"
    assert at in client.get(f"/courses/{course.pk}/").content.decode()
    answer = client.get(at)
    said = re.sub(r"\s+", " ", answer.content.decode())
    assert answer.status_code == 200
    assert said.count('<svg class="chart"') == 2
    for words in ("200 virtual people of 82 kg (seed 1)", "no order comes of it", "driven by arterial concentration"):
        assert words in said
    assert client.get(f"/orders/{cast.patient.pk}/expected/").status_code == 404

"""What the tests of forecasts share: a person with scores around a first session, and a quick engine."""

from __future__ import annotations

import uuid
from dataclasses import replace
from datetime import timedelta

import pytest

from remit.acts.assessments import Given, record_assessment
from remit.acts.forecast_given import collect
from remit.acts.forecasting import Computed
from remit.knowledge.mood import mood_chain
from remit.records.seal import digest
from tests.acts.follow_up import acting
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

SHARES = {"2026-11-26": {"own": [0.5, 0.5], "base": [1.0], "low": 0, "high": 1}}


def rated(cast: Cast, total: int, days: float):
    """A MADRS by a prescriber, so many days after the first session."""
    return record_assessment(
        acting(cast, cast.psychiatrist), cast.patient.pk, "MADRS", Given(total=total), START + timedelta(days=days),
        uuid.uuid4(), "spoken",
    ).assessment  # fmt: skip


@pytest.fixture
def dosed(cast: Cast, travel: Traveller) -> Chairside:
    """Four days after a first session of two sprays."""
    travel.to(START + timedelta(days=4))
    chair = booked(cast)
    chair.through_the_gate()
    for minute in (10, 15):
        assert chair.enter("device", at=minute, mg=28, lot="A1", expiry="2027-05-31").accepted
    return chair


@pytest.fixture
def followed(cast: Cast, dosed: Chairside) -> Chairside:
    """The same person with a score before it and two since."""
    for days, total in ((-2, 36), (1, 27), (3, 24)):
        rated(cast, total, days)
    return dosed


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine with fewer virtual patients."""
    whole = mood_chain()
    few = replace(whole, forecast=replace(whole.forecast, worlds=20, patients=100, least_effective=20, days_ahead=3))
    monkeypatch.setattr("remit.knowledge.mood.mood_chain", lambda: few)


def constructed(cast: Cast) -> Computed:
    """A forecast of what is recorded now, as if it had been computed."""
    given = collect(cast.patient).given
    assert given is not None
    return Computed(digest(given.as_dict()), "test", {"ahead": []}, SHARES)

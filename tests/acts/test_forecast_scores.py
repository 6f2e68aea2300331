"""Forecasts that are kept are scored by the first score that came after them, by numbers known by hand."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from remit.acts.assessments import Given, correct_assessment, withdraw_assessment
from remit.acts.forecast_given import collect
from remit.acts.forecast_scores import NO_SCORE, SCORED, WAITING, fates, record_of, score_forecasts
from remit.acts.forecasting import Computed, store_forecast
from remit.pathway.forecasting import BASE_RATE
from remit.records.models import ClinicSetting, Forecast
from remit.records.seal import digest
from tests.acts.follow_up import acting
from tests.acts.forecasts import rated
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db

MADE = 4
"""Days after the first session on which the forecast is made; the last score before it is 24."""
EVEN = [0.0] * 20 + [0.5, 0.0, 0.5]
"""20 or 22, each as likely."""
SURE = [0.0] * 30 + [1.0]


def told(**days: list[float]) -> Computed:
    shares = {f"2026-11-{on[1:]}": {"own": own, "base": SURE, "low": 20, "high": 22} for on, own in days.items()}
    return Computed("", "v", {"ahead": []}, shares)


@pytest.fixture
def forecast(cast: Cast, travel: Traveller) -> Chairside:
    """A forecast for the two days after it was made, four days after a session."""
    travel.to(START + timedelta(days=MADE))
    chair = booked(cast)
    chair.through_the_gate()
    assert chair.enter("device", at=10, mg=28, lot="A1", expiry="2027-05-31").accepted
    for days, total in ((-2, 36), (3, 24)):
        rated(cast, total, days)
    keep(cast)
    return chair


def keep(cast: Cast) -> Forecast:
    computed, given = told(d26=EVEN, d27=EVEN), collect(cast.patient).given
    assert given is not None
    made = Computed(digest(given.as_dict()), computed.model_version, computed.said, computed.shares)
    return store_forecast(acting(cast, cast.psychiatrist), cast.patient.pk, "MADRS", made, uuid.uuid4())


def came(cast: Cast, travel: Traveller, total: int, days: float):
    """A score that is rated and recorded so many days after the first session."""
    travel.to(START + timedelta(days=max(days, MADE), minutes=5))
    return rated(cast, total, days)


def test_the_first_score_of_a_later_day_scores_it(cast: Cast, forecast: Chairside, travel: Traveller) -> None:
    came(cast, travel, 21, MADE + 1)
    came(cast, travel, 40, MADE + 2)
    (fate,) = fates()
    assert (fate.state, fate.on.isoformat(), fate.worth.came, fate.worth.inside) == (SCORED, "2026-11-26", 21, True)
    # Half of it one point below, half one above: 0.25 for each of the scores 20 and 21. The base rate said 30.
    assert (fate.worth.own, fate.worth.base, fate.worth.last) == (0.5, 9, 3)


def test_a_score_from_before_it_is_no_outcome_whenever_it_is_typed(
    cast: Cast, forecast: Chairside, travel: Traveller
) -> None:
    came(cast, travel, 21, MADE - 0.5)
    came(cast, travel, 21, MADE + 0.01)
    travel.to(START + timedelta(days=MADE + 1))
    rated(cast, 21, MADE - 0.2)
    (fate,) = fates()
    assert (fate.state, fate.eligible, fate.worth) == (WAITING, True, None)


def test_it_is_eligible_from_the_next_day_on_and_lapses_after_its_last(
    cast: Cast, forecast: Chairside, travel: Traveller
) -> None:
    found = []
    for days in (MADE, MADE + 1, MADE + 2, MADE + 3):
        travel.to(START + timedelta(days=days, minutes=5))
        (fate,) = fates()
        found.append((fate.eligible, fate.state))
    assert found == [(False, WAITING), (True, WAITING), (True, WAITING), (True, NO_SCORE)]
    came(cast, travel, 21, MADE + 3)
    assert fates()[0].state == NO_SCORE


def test_a_corrected_score_counts_as_corrected_and_one_taken_back_not_at_all(
    cast: Cast, forecast: Chairside, travel: Traveller
) -> None:
    row = came(cast, travel, 12, MADE + 1)
    prescriber = acting(cast, cast.psychiatrist)
    travel.to(START + timedelta(days=MADE + 1.5))
    made = correct_assessment(prescriber, row.pk, Given(total=21), row.taken_at, "misread", uuid.uuid4()).assessment
    assert fates()[0].worth.came == 21
    withdraw_assessment(prescriber, made.pk, "another person's form", uuid.uuid4())
    assert fates()[0].state == WAITING


def test_the_record_is_computed_anew_when_a_score_comes(cast: Cast, forecast: Chairside, travel: Traveller) -> None:
    assert record_of(cast.clinic, "v").scored == 0
    came(cast, travel, 30, MADE + 1)
    found = record_of(cast.clinic, "v")
    assert (found.scored, found.coverage.met, found.judged) == (1, 0, False)
    ClinicSetting.objects.create(
        clinic=cast.clinic, key="forecasts_judged_from", value=1, set_by=cast.administrator, set_at=START
    )
    assert record_of(cast.clinic, "v").no_better_than[:1] == (BASE_RATE,)
    assert record_of(cast.clinic, "another").scored == 0
    assert record_of(cast.other_clinic, "v").scored == 0


def test_the_same_forecast_asked_for_again_counts_once(cast: Cast, forecast: Chairside, travel: Traveller) -> None:
    keep(cast)
    came(cast, travel, 21, MADE + 1)
    assert [fate.state for fate in fates()] == [SCORED, SCORED]
    found = record_of(cast.clinic, "v")
    assert (found.scored, found.coverage.eligible) == (1, 1)


def test_the_document_counts_what_was_scored_of_what_could_be_and_names_nobody(
    cast: Cast, forecast: Chairside, travel: Traveller
) -> None:
    came(cast, travel, 21, MADE + 1)
    keep(cast)
    found = score_forecasts()
    (model,) = found["models"]
    assert (found["stored"], found["people"], model["scored"], model["eligible"]) == (2, 1, 1, 1)
    assert model["crps"] == {"forecast": 0.5, "base_rate": 9, "same_as_last": 3}
    assert model["in_the_band"]["count"] == 1
    assert model["no_better_than"] is None
    assert [one["state"] for one in found["forecasts"]] == [SCORED, WAITING]
    assert cast.patient.family_name not in str(found)
    assert cast.patient.mrn not in str(found)

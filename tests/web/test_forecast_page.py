"""The forecast on the page of scores: asked for by a button, shown as it was kept, its worth said plainly."""

from __future__ import annotations

import csv
import io
import uuid
from dataclasses import replace
from datetime import timedelta

import pytest
from django.test import Client

from remit.acts import forecasting
from remit.acts.assessments import Given, record_assessment
from remit.acts.forecasting import Computed, store_forecast
from remit.knowledge.mood import mood_chain
from remit.records.models import ClinicSetting, Forecast
from tests.acts.follow_up import CALM, acting
from tests.acts.forecasts import constructed, dosed, followed, quick, rated
from tests.acts.sessions import START, Chairside
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
__all__ = ["dosed", "followed", "quick"]

VISIT = {"on": "2026-11-27", "session": 3, "low": 8, "median": 19, "high": 30, "response": 0.412, "remission": 0.001,
         "response_between": [0.3, 0.999]}  # fmt: skip
SAID = {
    "patients": 50000, "effective": 1234, "ahead": [VISIT], "days": [VISIT | {"on": "2026-11-26"}, VISIT],
    "relapse_d": [7.0, 31.5, None], "without": [VISIT | {"waited_d": 6.0}], "last_session": "2026-12-18",
    "response": "MADRS at least 50 % below the course baseline", "remission": "MADRS of 10 or below",
    "notes": ["a note <b>of</b> the model"],
}  # fmt: skip


def client_of(account) -> Client:
    entering = Client()
    entering.force_login(account)
    return entering


def page(cast: Cast, account=None, scale: str = "MADRS") -> str:
    answer = client_of(account or cast.psychiatrist).get(f"/patients/{cast.patient.pk}/scores/", {"scale": scale})
    assert answer.status_code == 200
    return answer.content.decode()


def keep(cast: Cast, **said) -> Forecast:
    computed = replace(constructed(cast), said=SAID | said)
    return store_forecast(acting(cast, cast.psychiatrist), cast.patient.pk, "MADRS", computed, uuid.uuid4())


def asking(cast: Cast, account, **fields):
    sent = {"key": str(uuid.uuid4()), "scale": "MADRS"} | fields
    return client_of(account).post(f"/patients/{cast.patient.pk}/scores/forecast/", sent)


def test_the_button_computes_keeps_and_shows_it(cast: Cast, followed: Chairside, quick: None) -> None:
    assert "Nobody has asked for a forecast" in page(cast)
    answer = asking(cast, cast.psychiatrist)
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/patients/{cast.patient.pk}/scores/?scale=MADRS#forecast",
    )
    row = Forecast.objects.get()
    said = page(cast)
    for words in ("less than an hour old", "2000 virtual patients", f"{row.said['effective']}</b>", "hypothesis",
                  "advice only", "model, not a target", "chart-expected", "Forecast anew"):  # fmt: skip
        assert words in said
    assert mood_chain().version in said


def test_a_look_at_the_page_computes_nothing(cast: Cast, followed: Chairside, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forecasting, "compute", None)
    keep(cast)
    said = page(cast, cast.nurse)
    assert "19</b>" in said
    assert "8 to 30" in said
    assert '41</b> <span class="num quiet nowrap">30 to above 99</span>' in said
    assert "below 1</td>" in said
    assert "32 days</b>" in said
    assert "later than the model looks" in said
    assert "a note &lt;b&gt;of&lt;/b&gt; the model" in said.lower()
    assert "It is judged from 20 scored forecasts on" in said
    assert "Forecast anew" not in said


def test_the_scale_that_is_not_modelled_is_named(cast: Cast, dosed: Chairside) -> None:
    record_assessment(acting(cast, cast.nurse), cast.patient.pk, "PHQ9", Given(CALM), START, uuid.uuid4())
    said = page(cast, scale="PHQ9")
    assert "it does not forecast the PHQ9" in said
    assert "No MADRS is recorded of this person" in said
    answer = asking(cast, cast.psychiatrist, scale="PHQ9")
    assert answer.status_code == 422
    assert "No forecast: the model holds the course of the MADRS alone" in answer.content.decode()


def test_what_is_missing_stands_in_the_place_of_the_button(cast: Cast, dosed: Chairside) -> None:
    rated(cast, 30, -1)
    said = page(cast)
    assert "There is no completed MADRS since the first dose" in said
    assert "Forecast</button>" not in said
    answer = asking(cast, cast.psychiatrist)
    assert answer.status_code == 422
    assert "No forecast: there is no completed MADRS since the first dose" in answer.content.decode()


@pytest.mark.parametrize(
    ("fields", "status"),
    [({"key": "x"}, 422), ({"scale": "NONE"}, 404), ({"scale": "x" * 99}, 422), ({"key": ""}, 422)],
)
def test_nonsense_is_refused_and_nothing_fails(cast: Cast, followed: Chairside, fields, status: int) -> None:
    assert asking(cast, cast.psychiatrist, **fields).status_code == status
    assert not Forecast.objects.exists()


def test_patients_see_no_forecast_and_nurses_no_button(cast: Cast, followed: Chairside) -> None:
    keep(cast)
    own = client_of(cast.patient_account).get("/my-course/", {"scale": "MADRS"}).content.decode()
    assert "MADRS over the course" in own
    assert "orecast" not in own
    assert asking(cast, cast.nurse).status_code == 403


def test_the_files_hold_the_forecast(cast: Cast, followed: Chairside) -> None:
    keep(cast)
    at = f"/patients/{cast.patient.pk}/scores/"
    text = b"".join(client_of(cast.nurse).get(f"{at}table.csv", {"scale": "MADRS"})).decode()
    rows = [row for row in csv.DictReader(io.StringIO(text)) if row["kind"] == "forecast"]
    assert [(row["at"], row["total"], row["low"], row["high"]) for row in rows] == [
        ("2026-11-26", "19", "8", "30"), ("2026-11-27", "19", "8", "30"),
    ]  # fmt: skip
    assert "chart-expected" in client_of(cast.nurse).get(f"{at}chart.svg", {"scale": "MADRS"}).content.decode()


def test_a_model_that_is_no_better_is_marked_so(cast: Cast, followed: Chairside, travel: Traveller) -> None:
    ClinicSetting.objects.create(
        clinic=cast.clinic, key="forecasts_judged_from", value=1, set_by=cast.administrator, set_at=START
    )
    shares = {"2026-11-26": {"own": [1.0], "base": [0.0, 1.0], "low": 0, "high": 0}}
    computed: Computed = replace(constructed(cast), said=SAID, shares=shares)
    store_forecast(acting(cast, cast.psychiatrist), cast.patient.pk, "MADRS", computed, uuid.uuid4())
    travel.to(START + timedelta(days=5, hours=1))
    rated(cast, 24, 5)
    said = page(cast)
    assert "No better than the base rate." in said
    assert "No better than the same as last time." in said
    assert "1 score came since this forecast was made" in said
    assert "0/1 eligible" in said


def test_what_was_expected_of_the_end_is_not_told_once_it_is_past(cast: Cast, followed: Chairside) -> None:
    keep(cast)
    assert "Time to relapse of those who respond" in page(cast)
    keep(cast, relapse_d=[None, None, None])
    assert "later than the model looks" in page(cast)
    keep(cast, relapse_d=None)
    assert "responds at the end: there is no time to relapse" in page(cast)
    keep(cast, ahead=[])
    assert "Time to relapse" not in page(cast)

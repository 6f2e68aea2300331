"""A forecast is asked for by a prescriber, kept as it was shown before the score came, and refused in plain words."""

from __future__ import annotations

import uuid
from datetime import date, timedelta
from math import inf, nan

import pytest

from remit.acts import forecasting
from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.assessments import Given, record_assessment, withdraw_assessment
from remit.acts.forecast_given import collect
from remit.acts.forecasting import ask_forecast, show_forecast, store_forecast
from remit.knowledge.mood import mood_chain
from remit.quantities import BadInput
from remit.records.models import AuditRow, Forecast, NeverChanged
from remit.records.seal import row_seal
from tests.acts.follow_up import CALM, acting
from tests.acts.forecasts import constructed, dosed, followed, quick, rated
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db

__all__ = ["dosed", "followed", "quick"]

KEY = uuid.UUID(int=25)


def asked(cast: Cast, scale: str = "MADRS", key: uuid.UUID = KEY) -> Forecast:
    return ask_forecast(acting(cast, cast.psychiatrist), cast.patient.pk, scale, key)


def test_it_is_kept_with_its_time_seed_model_and_what_it_was_given(
    cast: Cast, followed: Chairside, quick: None, travel: Traveller
) -> None:
    before = travel.now()
    row = asked(cast)
    assert before <= row.at <= travel.now()
    assert (row.seed, row.model_version, row.protocol_id) == (1, mood_chain().version, "in_esketamine_us_trd")
    assert (len(row.model_digest), row.given["baseline"]) == (64, 36)
    assert row.given["scores"] == [["2026-11-22", 27], ["2026-11-24", 24]]
    assert row.given["sessions"][0] == {"on": "2026-11-21", "n": 1, "mg": 56, "given": True}
    assert {one["given"] for one in row.given["sessions"][1:]} == {False}
    said = row.said
    assert 20 <= said["effective"] < said["patients"] == 2000
    assert [one["on"] for one in said["days"]] == ["2026-11-26", "2026-11-27", "2026-11-28"]
    assert all(one["low"] <= one["median"] <= one["high"] for one in [*said["days"], *said["ahead"], *said["without"]])
    assert sum(row.shares["2026-11-26"]["own"]) == pytest.approx(1, abs=1e-3)
    trail = AuditRow.objects.get(action="store_forecast")
    assert trail.detail["kept"]["forecast"][str(row.pk)] == row_seal(Forecast.objects.get())
    with pytest.raises(NeverChanged):
        row.save()
    assert asked(cast).pk == row.pk
    assert Forecast.objects.count() == 1


def test_it_is_refused_where_no_virtual_patient_is_like_this_one(cast: Cast, dosed: Chairside, quick: None) -> None:
    for days, total in ((-2, 36), (1, 0), (3, 55)):
        rated(cast, total, days)
    with pytest.raises(BadInput, match="no virtual patient comes near these scores"):
        asked(cast)
    assert not Forecast.objects.exists()


def test_a_score_that_comes_between_computing_and_keeping_refuses_it(cast: Cast, followed: Chairside) -> None:
    computed, prescriber = constructed(cast), acting(cast, cast.psychiatrist)
    rated(cast, 20, 3.9)
    with pytest.raises(Conflict, match="recorded meanwhile"):
        store_forecast(prescriber, cast.patient.pk, "MADRS", computed, KEY)
    kept = store_forecast(prescriber, cast.patient.pk, "MADRS", constructed(cast), KEY)
    assert kept.given["scores"][-1] == ["2026-11-25", 20]


def test_each_thing_that_is_missing_is_said(cast: Cast, travel: Traveller) -> None:
    travel.to(START + timedelta(days=4))
    with pytest.raises(Refused, match="no course is prescribed yet"):
        asked(cast)
    chair = booked(cast)
    with pytest.raises(Refused, match="no dose of this course has been given yet"):
        asked(cast)
    chair.through_the_gate()
    assert chair.enter("device", at=10, mg=28, lot="A1", expiry="2027-05-31").accepted
    with pytest.raises(Refused) as refused:
        asked(cast)
    assert [reason.split(";")[0] for reason in refused.value.reasons] == [
        "there is no completed MADRS from before the first dose to begin from",
        "there is no completed MADRS since the first dose: nothing is known of the person",
    ]
    with pytest.raises(Refused, match="it does not forecast the PHQ9"):
        asked(cast, "PHQ9")
    trail = AuditRow.objects.filter(action="prepare_forecast")
    assert ["refused" in row.detail for row in trail] == [True] * 4


def test_only_prescribers_ask_and_only_in_their_clinic(cast: Cast, followed: Chairside) -> None:
    computed = constructed(cast)
    with pytest.raises(Refused, match="Prescribers ask"):
        store_forecast(acting(cast, cast.nurse), cast.patient.pk, "MADRS", computed, KEY)
    with pytest.raises(NotHere):
        store_forecast(acting(cast, cast.psychiatrist), cast.other_patient.pk, "MADRS", computed, KEY)
    with pytest.raises(Refused, match="see a person's forecast"):
        show_forecast(acting(cast, cast.patient_account), cast.patient.pk, "MADRS")


def test_a_score_after_the_dose_of_its_day_does_not_weigh(cast: Cast, followed: Chairside) -> None:
    rated(cast, 10, 0.2)
    given = collect(cast.patient).given
    assert given is not None
    assert given.scores == ((date(2026, 11, 22), 27), (date(2026, 11, 24), 24))
    assert given.notes == ("1 score from after the dose of the same day does not weigh: the model has none there",)


def test_sessions_to_come_have_the_dose_that_is_ordered(cast: Cast, followed: Chairside) -> None:
    given = collect(cast.patient).given
    assert given is not None
    assert [(one.n, one.mg) for one in given.sessions][:3] == [(1, 56), (3, 56), (4, 56)]
    assert given.sessions[1].on >= given.today
    assert given.notes == ()
    cast.patient.birth_date = date(2012, 3, 4)
    assert collect(cast.patient).reasons == ("the model is of people from 18 to 86 years, not of 14",)


def test_a_session_of_today_is_taken_to_be_given_and_that_is_said(
    cast: Cast, followed: Chairside, travel: Traveller
) -> None:
    given = collect(cast.patient).given
    assert given is not None
    travel.to(START + (given.sessions[1].on - given.start))
    later = collect(cast.patient).given
    assert later is not None
    assert later.today == given.sessions[1].on
    assert later.notes == ("today's session is taken to be given as it is ordered",)


def test_the_page_is_told_of_scores_that_the_forecast_did_not_know(cast: Cast, followed: Chairside) -> None:
    prescriber, nurse = acting(cast, cast.psychiatrist), acting(cast, cast.nurse)
    assert show_forecast(nurse, cast.patient.pk, "MADRS").forecast is None
    store_forecast(prescriber, cast.patient.pk, "MADRS", constructed(cast), KEY)
    rated(cast, 20, 3.9)
    shown = show_forecast(nurse, cast.patient.pk, "MADRS")
    assert (shown.forecast.pk, shown.earlier, shown.scores_since, shown.reasons) == (KEY, 0, 1, ())
    assert not show_forecast(nurse, cast.patient.pk, "PHQ9").modelled


def test_the_page_is_told_when_a_score_that_the_forecast_rests_on_is_taken_back(cast: Cast, dosed: Chairside) -> None:
    prescriber = acting(cast, cast.psychiatrist)
    rows = [rated(cast, total, days) for days, total in ((-2, 36), (1, 27), (3, 24))]
    store_forecast(prescriber, cast.patient.pk, "MADRS", constructed(cast), KEY)
    rated(cast, 20, 3.9)
    assert not show_forecast(prescriber, cast.patient.pk, "MADRS").changed
    withdraw_assessment(prescriber, rows[1].pk, "another person's", uuid.uuid4())
    assert show_forecast(prescriber, cast.patient.pk, "MADRS").changed


def test_another_that_is_computed_meanwhile_is_waited_for_and_then_refused(
    cast: Cast, followed: Chairside, monkeypatch: pytest.MonkeyPatch
) -> None:
    record_assessment(acting(cast, cast.nurse), cast.patient.pk, "PHQ9", Given(CALM), START, uuid.uuid4())
    monkeypatch.setattr(forecasting, "_MOST_WAIT_S", 0)
    with forecasting._one_at_a_time(), pytest.raises(BadInput, match="others are being computed"):
        asked(cast)


def test_nobody_who_responds_and_nobody_who_relapses_in_sight_are_two_things() -> None:
    assert forecasting._relapse_d((nan, nan, nan)) is None
    assert forecasting._relapse_d((21.0, inf, inf)) == [21.0, None, None]
    assert forecasting._relapse_d((inf, inf, inf)) == [None, None, None]

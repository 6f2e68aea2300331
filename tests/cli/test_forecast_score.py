"""`remit forecast score`: what the forecasts that are kept were worth, as a document and as lines."""

import json
import uuid
from datetime import timedelta

import pytest

from remit.acts.forecasting import store_forecast
from remit.cli import main
from tests.acts.follow_up import acting
from tests.acts.forecasts import constructed, dosed, followed, rated
from tests.acts.sessions import START

__all__ = ["dosed", "followed"]


@pytest.fixture
def scored(cast, followed, travel):
    """A forecast of 0 or 1 on the day on which 24 came, the same as last time; the base rate said 0."""
    computed = constructed(cast)
    store_forecast(acting(cast, cast.psychiatrist), cast.patient.pk, "MADRS", computed, uuid.uuid4())
    travel.to(START + timedelta(days=5, hours=1))
    rated(cast, 24, 5)


@pytest.mark.django_db
def test_the_document_holds_the_scored_beside_base_rate_and_last_score(scored, capsys):
    assert main(["forecast", "score", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    (model,) = found["models"]
    assert (found["stored"], model["scored"], model["eligible"]) == (1, 1, 1)
    # Half of the people at 0, half at 1, and 24 came: a quarter for the step at 0, and one for each of 1 to 23.
    assert model["crps"] == {"forecast": 23.25, "base_rate": 24, "same_as_last": 0}
    assert model["in_the_band"]["count"] == 0


@pytest.mark.django_db
@pytest.mark.either_database
def test_the_lines_say_how_many_and_that_it_is_not_judged_yet(scored, capsys):
    assert main(["forecast", "score"]) == 0
    said = capsys.readouterr().out
    assert "forecasts kept: 1, of 1 people: 1 scored, 0 waiting" in said
    assert "1/1 scored/eligible" in said
    assert "forecast 23.25, base rate 24.00, same as last 0.00; less is better" in said
    assert "not judged yet: from 20 scored forecasts on" in said


@pytest.mark.django_db
@pytest.mark.either_database
def test_without_forecasts_it_says_none(db, capsys):
    assert main(["forecast", "score"]) == 0
    assert capsys.readouterr().out.startswith("forecasts kept: 0")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["score", "--start", "2026-11-23"], "--start belongs to a case"),
        (["./score"], "the following arguments are required: --scores, --protocol, --start"),
        ([], "CASE|score"),
    ],
)
def test_what_does_not_belong_together_is_refused(arguments, said, capsys):
    assert main(["forecast", *arguments]) == 2
    assert said in capsys.readouterr().err

"""The page of the model check: every row with its source, every miss with its reason, and no view computes anything."""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from html import unescape

import pytest
from django.test import Client

from remit.acts import model_check as acts
from remit.engine import validate as engine
from remit.knowledge.model_check import model_check
from remit.quantities import BadInput
from remit.web.charts.check import CIRCLE, Point, agreement
from tests.fixtures.cast import Cast

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
PAGE = "/lab/check/"
AREA = re.compile(r"AUC(?!_)")


@pytest.fixture
def client(cast: Cast) -> Client:
    entering = Client()
    entering.force_login(cast.nurse)
    return entering


def text_of(page: str) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", page)))


def text(answer) -> str:
    return text_of(answer.content.decode())


def test_every_compared_row_is_drawn_and_stands_in_a_table_and_nothing_is_computed(client, monkeypatch) -> None:
    monkeypatch.setattr(engine, "simulate", None)
    page = client.get(PAGE).content.decode()
    compared = [row for row in model_check().rows if row.predicted is not None]
    assert page.count('class="check-mark') - page.count('class="forest-words') == len(compared)
    assert page.count('data-label="Fold"') == len(compared)
    for row in compared:
        assert row.observation.citation in unescape(page)


def test_every_miss_says_why_and_the_sums_stand_above(client) -> None:
    page = text(client.get(PAGE))
    for row in model_check().rows:
        assert not row.missed or row.why in page
    assert "not explained" not in page
    assert re.search(r"all 175 1\.07 95 % 91 %", page)
    assert re.search(r"studies that no model was fitted to 48 1\.18 85 %", page)


def test_the_trials_stand_beside_their_ranges_with_how_they_were_made(client) -> None:
    page = text(client.get(PAGE))
    assert "placebo spray and a new oral antidepressant, day 28" in page
    assert "reported, not required" in page
    assert f"seed {model_check().made.seed}" in page
    assert model_check().made.digests["mood_chain.yaml"] in page


def test_published_trials_stand_over_their_prediction_and_those_kept_aside_are_counted_apart(client) -> None:
    page = client.get(PAGE).content.decode()
    results = model_check().results
    for use, fitted in (("Kept aside", False), ("Fitted", True)):
        own = [one for one in results if one.target.fitted is fitted]
        assert f"{use}: {sum(one.inside for one in own)} of {len(own)} in their interval" in text_of(page)
    others = sum(row.predicted is not None for row in model_check().rows) + len(model_check().second)
    assert page.count('data-label="Observed"') == len(results) + others
    assert 'href="/evidence/studies/Murrough2013RCT/"' in page
    assert b"<svg" in client.get(f"{PAGE}aside-fall.svg").content
    second = model_check().second
    assert f"{sum(one.inside for one in second)} of {len(second)} lie in their interval" in text_of(page)
    assert all(unescape(one.why) in text_of(page) for one in second if not one.inside)
    assert "is a hypothesis, seen in older people" in text_of(page)
    assert b"<svg" in client.get(f"{PAGE}phq9-fall.svg").content


@pytest.mark.parametrize(
    ("asked", "rows"),
    [
        ({"route": "SL"}, lambda row: row.observation.route == "SL"),
        ({"quantity": "time"}, lambda row: row.observation.quantity.startswith(("Tmax", "t_half"))),
        ({"quantity": "ratio"}, lambda row: "ratio" in row.observation.quantity),
        ({"quantity": "effect"}, lambda row: not row.kinetic),
        ({"verified": "yes"}, lambda row: row.observation.verified == "yes"),
        ({"shown": "missed"}, lambda row: row.missed),
        ({"shown": "outside", "route": "PO"}, lambda row: row.inside is False and row.observation.route == "PO"),
        ({"shown": "new", "quantity": "area"}, lambda row: not row.fitted and AREA.match(row.observation.quantity)),
    ],
)
def test_a_choice_leaves_the_rows_that_fit(client, asked, rows) -> None:
    wanted = [row for row in model_check().rows if row.predicted is not None and rows(row)]
    page = client.get(PAGE, asked).content.decode()
    assert wanted
    assert page.count('data-label="Fold"') == len(wanted)
    table = csv.DictReader(io.StringIO(b"".join(client.get(f"{PAGE}rows.csv", asked)).decode()))
    assert len([row for row in table if row["predicted"]]) == len(wanted)


def test_each_picture_is_a_file_of_its_own(client) -> None:
    for name, wanted in (("IN", "check-mark fitted"), ("response", "check-range")):
        drawn = client.get(f"{PAGE}{name}.svg").content.decode()
        assert drawn.startswith("<svg")
        assert wanted in drawn.partition("</style>")[2]
    fewer = client.get(f"{PAGE}IN.svg", {"shown": "new"}).content.decode()
    assert "check-mark fitted" not in fewer.partition("</style>")[2]
    for name in ("nowhere", "SC"):
        assert client.get(f"{PAGE}{name}.svg").status_code == 404


def test_choices_that_no_row_fits_say_so(client) -> None:
    assert "No row fits these choices." in text(client.get(PAGE, {"route": "PO_ER", "shown": "missed"}))


@pytest.mark.parametrize("name", ["route", "quantity", "verified", "shown"])
def test_an_unknown_choice_is_refused_beside_its_field(client, name: str) -> None:
    answer = client.get(PAGE, {name: "nonsense"})
    assert answer.status_code == 422
    assert "Select a valid choice" in text(answer)
    for file in ("rows.csv", "IV.svg"):
        assert client.get(f"{PAGE}{file}", {name: "nonsense"}).status_code == 404


def test_a_report_of_other_facts_is_said_to_be_one(client, monkeypatch) -> None:
    older = replace(model_check(), changed=("mood_chain.yaml",))
    monkeypatch.setattr(acts, "model_check", lambda: older)
    assert "mood_chain.yaml changed since this was computed" in text(client.get(PAGE))


def test_a_report_of_other_rows_is_not_shown(client, monkeypatch) -> None:
    def stale() -> None:
        raise BadInput("model_check.csv: 304 rows are needed, not 303")

    monkeypatch.setattr(acts, "model_check", stale)
    assert "304 rows are needed, not 303" in text(client.get(PAGE))
    assert b"".join(client.get(f"{PAGE}rows.csv")).count(b"\n") == 1


def test_a_patient_is_not_let_in(cast: Cast) -> None:
    own = Client()
    own.force_login(cast.patient_account)
    assert own.get(PAGE).status_code == 403


def test_a_number_that_would_stand_twice_in_one_place_stands_once() -> None:
    near = [Point("one", 10, 40, CIRCLE, False, number="1"), Point("two", 10.5, 41, CIRCLE, False, number="1")]
    assert agreement(near, "t", "w", "n").count("check-number") == 1
    assert (
        agreement([*near, Point("three", 900, 40, CIRCLE, False, number="1")], "t", "w", "n").count("check-number") == 2
    )

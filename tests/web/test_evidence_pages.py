"""The pages of the evidence: verdicts with their figures, and each figure one click from its citation."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from remit.acts import evidence as acts
from tests.acts.courses import booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.web.reading import grade, text

pytestmark = pytest.mark.django_db


def signed_in(cast: Cast) -> Client:
    client = Client()
    client.force_login(cast.researcher)
    return client


def test_each_statement_shows_verdict_figures_and_the_command_that_repeats_it(cast: Cast) -> None:
    page = text(signed_in(cast).get(reverse("claims")).content)
    assert "19.6 % (10.9 to 32.7) of 51 people" in page
    assert "nobody has seen these figures" in page
    assert "remit evidence claims subcutaneous_one_in_five" in page
    for verdict, many in (("supported", 1), ("partly supported", 6), ("not supported", 1), ("cannot be judged", 7)):
        assert f" {verdict} {many} " in page


@pytest.mark.parametrize("cited", ["70 % of 102 patients", "80 % of 50 patients"])
def test_a_study_that_nobody_found_is_said_not_to_be_found(cast: Cast, cited: str) -> None:
    page = text(signed_in(cast).get(reverse("claims")).content)
    assert f"the cited study was not found {cited}" in page


def test_every_link_of_the_claims_leads_to_a_study_with_its_citation(cast: Cast) -> None:
    client = signed_in(cast)
    found = {
        *re.findall(r'href="(/evidence/studies/[^"]+)" title="([^"]+)"', client.get(reverse("claims")).content.decode())
    }
    assert len(found) > 20
    for address, citation in sorted(found)[:4]:
        assert unescape(citation) in text(client.get(address).content)


def test_a_study_shows_each_figure_with_how_it_was_seen(cast: Cast) -> None:
    page = signed_in(cast).get(reverse("study", args=["Loo2023KADS2"])).content
    assert "memory" in text(page)
    assert b"sourced unverified" in page
    assert "remit evidence show Loo2023KADS2" in text(page)


def test_an_unknown_study_is_not_found(cast: Cast) -> None:
    assert signed_in(cast).get(reverse("study", args=["Nobody2020"])).status_code == 404


def test_a_filter_redraws_and_gives_the_choices_as_link_and_command(cast: Cast) -> None:
    asked = {
        "indication": "mdd_trd",
        "molecule": "esketamine",
        "outcome": "remission",
        "comparator": "active_background",
    }
    answer = signed_in(cast).get(reverse("evidence"), asked, headers={"HX-Request": "true"})
    page = text(answer.content)
    assert "<html" not in answer.content.decode()
    assert "1.43 (1.04 to 1.97)" in page
    assert "in a new setting" in page.lower()
    assert "--indication mdd_trd --molecule esketamine --comparator active_background --method REML --test z" in page
    query = answer["HX-Push-Url"].partition("?")[2]
    assert sorted(query.split("&")) == sorted(f"{name}={word}" for name, word in asked.items())


@pytest.mark.parametrize(
    ("asked", "beside"),
    [
        ({"at": "soon"}, "a time such as 24h"),
        ({"at": "9w-1w"}, "a span from 0 on is needed"),
        ({"route": "by post"}, "Select a valid choice"),
        ({"outcome": "change", "measure": "RR"}, "change has MD, SMD, not RR"),
        ({"floor": "on"}, "only the test knha has one"),
        ({"join": "everything"}, "Select a valid choice"),
        ({"at": "9" * 40}, "at most 30 characters"),
    ],
)
@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}], ids=["page", "part"])
def test_a_bad_choice_is_refused_beside_its_field(
    cast: Cast, asked: dict[str, str], beside: str, headers: dict[str, str]
) -> None:
    answer = signed_in(cast).get(reverse("evidence"), asked, headers=headers)
    assert answer.status_code == 422
    assert beside in text(answer.content)
    assert "Nothing was pooled" in text(answer.content)


def test_what_is_pooled_by_choice_says_so_and_stands_in_the_command(cast: Cast) -> None:
    page = text(signed_in(cast).get(reverse("evidence"), {"join": ["comparators", "times"]}).content)
    assert "Pooled together by choice: active and inert comparators, times" in page
    assert "--join comparators,times" in page


def test_figures_from_memory_are_drawn_as_a_sensitivity_line_only_when_asked(cast: Cast) -> None:
    client, asked = signed_in(cast), {"outcome": "remission", "route": "subcutaneous"}
    plain = client.get(reverse("evidence"), asked).content.decode()
    wide = client.get(reverse("evidence"), asked | {"status": "with_memory"}).content.decode()
    assert "there is no pool" in text(plain.encode())
    assert "forest-diamond sensitivity" not in plain
    assert "forest-diamond sensitivity" in wide


def test_every_row_leads_to_its_study_and_everything_left_out_says_why(cast: Cast) -> None:
    page = signed_in(cast).get(reverse("evidence")).content.decode()
    assert page.count('href="/evidence/studies/') > 40
    assert "its arms are the same people" in text(page.encode())


def test_the_files_hold_what_the_page_shows(cast: Cast) -> None:
    client = signed_in(cast)
    asked = {"outcome": "remission", "indication": "mdd_trd"}
    table = b"".join(client.get(reverse("evidence-csv"), asked)).decode()
    assert "Fedgchin2019TRANSFORM1" in table
    assert "remit evidence pool --outcome remission --measure RR --indication mdd_trd" in table
    for more in ({}, {"pool": "0"}):
        drawn = client.get(reverse("evidence-svg"), asked | more).content.decode()
        assert drawn.startswith("<svg")
        assert "<style>" in drawn
    for wrong in ({"pool": "99"}, {"pool": "x"}, {"at": "soon"}):
        assert client.get(reverse("evidence-svg"), wrong).status_code == 404


def test_one_pool_is_drawn_once_with_its_prediction_interval(cast: Cast) -> None:
    asked = {"outcome": "change", "molecule": "esketamine", "comparator": "active_background", "at": "1d"}
    page = signed_in(cast).get(reverse("evidence"), asked).content.decode()
    assert page.count("Forest plot: ") == 1
    assert "forest-prediction" in page
    assert "of 3 studies" in page


def test_the_grade_of_a_text_is_that_of_the_formula() -> None:
    assert grade("The cat sat. ") == pytest.approx(0.39 * 3 + 11.8 - 15.59)


@pytest.mark.parametrize(
    "asked", [{"outcome": "response"}, {"outcome": "remission"}, {"indication": "mdd_trd"}], ids=str
)
def test_what_to_expect_is_read_after_eight_years_of_school(cast: Cast, asked: dict[str, str]) -> None:
    page = signed_in(cast).get(reverse("expect"), asked).content.decode()
    plain = page.partition('<div id="plain">')[2].partition("For staff")[0]
    spoken = re.sub(r'(?s)<svg.*?</svg>|<p class="small quiet">.*?</p>', "", plain)
    spoken = re.sub(r"</(p|h2|figcaption)>", ". ", spoken)
    words = text(spoken.encode()).replace("..", ".").replace(": .", ". ")
    assert len(words) > 500
    assert grade(words) <= 8
    assert "It is no promise" in words


def test_what_to_expect_shows_the_sure_the_perhaps_and_the_others(cast: Cast) -> None:
    asked = {"indication": "mdd_trd", "outcome": "remission", "molecule": "esketamine", "route": "intranasal"}
    page = signed_in(cast).get(reverse("expect"), asked).content.decode()
    assert "no trial that was seen" not in page.lower()
    assert page.count('class="people-not"') + page.count('r="9"') + page.count(
        'class="people-perhaps"'
    ) == 100 * page.count("<figure")


def test_what_to_expect_tells_harm_as_the_trials_counted_it_and_where_nobody_did(cast: Cast) -> None:
    client = signed_in(cast)
    spray = text(client.get(reverse("expect"), {"molecule": "esketamine", "route": "intranasal"}).content)
    assert "In the first four weeks: felt cut off from themselves or the world" in spray
    assert "44 of 114 and 9 of 113 people: Ionescu2021ASPIRE2" in spray
    assert "1 of 343 people died" in spray
    under_the_skin = text(client.get(reverse("expect"), {"route": "subcutaneous"}).content)
    assert "That does not mean that there is none." in under_the_skin


def test_harms_are_those_of_the_own_indication_or_say_whose_they_are(cast: Cast) -> None:
    client, asked = signed_in(cast), {"molecule": "esketamine", "route": "intranasal"}
    own = text(client.get(reverse("expect"), asked | {"indication": "mdsi"}).content)
    assert "44 of 114 and 9 of 113 people: Ionescu2021ASPIRE2" in own
    others = text(client.get(reverse("expect"), asked | {"indication": "bipolar_depression"}).content)
    assert "Seen in others: nobody counted this in people with bipolar depression. These" in others
    assert "These had depression with acute suicidal ideation" in others
    resistant = text(client.get(reverse("expect"), asked | {"indication": "mdd_trd"}).content)
    assert "TRANSFORM" in resistant.partition("Harm seen with")[2]
    assert "Seen in others" not in text(client.get(reverse("expect"), asked).content)


def test_a_patient_opens_it_from_the_own_page_with_the_own_treatment_and_sees_no_staff_links(
    cast: Cast, travel: Traveller
) -> None:
    booked(cast, travel)
    client = Client()
    client.force_login(cast.patient_account)
    own = client.get(reverse("own")).content.decode()
    address = unescape(re.findall(r'href="(/evidence/expect/[^"]*)"', own)[0])
    assert address == "/evidence/expect/?indication=mdd_trd&molecule=ketamine&route=intravenous"
    page = client.get(address)
    assert page.status_code == 200
    shown = page.content.decode()
    assert "/evidence/studies/" not in shown
    assert "remit evidence" not in shown
    assert 'aria-label="Evidence"' not in shown
    assert client.get(reverse("claims")).status_code == 403


def test_what_to_expect_refuses_an_unknown_word_beside_its_field(cast: Cast) -> None:
    answer = signed_in(cast).get(reverse("expect"), {"route": "by post"})
    assert answer.status_code == 422
    assert "Select a valid choice" in text(answer.content)


@pytest.mark.parametrize("current", [True, False])
def test_the_model_stands_on_the_axis_of_a_pool_as_a_hypothesis_while_it_is_current(
    cast: Cast, monkeypatch: pytest.MonkeyPatch, current: bool
) -> None:
    monkeypatch.setattr(acts, "current", lambda: current)
    monkeypatch.setattr(acts, "_evidence", acts._evidence.__wrapped__)
    client = signed_in(cast)
    asked = {"outcome": "remission", "indication": "mdd_trd", "comparator": "active_background"}
    page = client.get(reverse("evidence"), asked).content.decode()
    assert page.count('class="forest-model"') == int(current)
    assert "1.43 (1.04 to 1.97)" in text(page.encode())
    if not current:
        assert "The model has changed since its predictions were computed" in text(page.encode())
        return
    assert "Model against evidence, a hypothesis" in text(page.encode())
    assert "remit trial --protocol in_esketamine_us_trd --versus placebo_spray_new_ad" in text(page.encode())
    table = b"".join(client.get(reverse("evidence-csv"), asked)).decode()
    assert table.count("model (hypothesis)") == 1
    elsewhere = client.get(reverse("evidence"), {"indication": "ptsd", "on": "ptsd"}).content.decode()
    assert "forest-model" not in elsewhere


def test_values_over_time_are_a_picture_a_table_and_files(cast: Cast) -> None:
    client, asked = signed_in(cast), {"outcome": "response"}
    page = client.get(reverse("evidence"), asked).content.decode()
    assert "After one dose" in page
    assert page.count('class="over-time comparator"') >= 5
    table = b"".join(client.get(reverse("evidence-time-csv"), asked)).decode()
    assert "Daly2018SYNAPSE,esk84" in table
    assert table.count("\n") - 1 == page.count('data-label="Interval"')
    for wanted in ("0", "relapses", "days"):
        drawn = client.get(reverse("evidence-time-svg"), asked | {"picture": wanted}).content.decode()
        assert drawn.startswith("<svg")
    for wrong in ({"picture": "99"}, {"picture": "x"}, {"picture": ""}, {"picture": "0", "at": "soon"}):
        assert client.get(reverse("evidence-time-svg"), asked | wrong).status_code == 404

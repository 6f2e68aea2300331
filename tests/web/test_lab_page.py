"""The page of the regimen lab: choices in the address, refusals beside their field, files, and a walk in a browser."""

from __future__ import annotations

import csv
import io

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from remit.acts import lab, lab_runs
from remit.engine import regimen_mood
from tests.fixtures.browser import PHONE
from tests.fixtures.cast import Cast
from tests.journeys.walking import look
from tests.web.browsing import sign_in

LONGEST_S = 60
TWO = {
    "a-way": "ketamine:infusion_or_bolus", "a-dose": "0.5 mg/kg", "a-duration": "40 min",
    "c-way": "esketamine:nasal_spray", "c-dose": "56 mg", "n": "30", "seed": "4", "shown": "8",
}  # fmt: skip


LONG_AND_LABELLED = {
    "a-repeat": "0,365d", "b-way": "protocol:in_esketamine_us_trd", "b-dose": "56 mg",
    "c-way": "arketamine:infusion_or_bolus", "c-dose": "0.5 mg/kg", "c-duration": "40 min",
}  # fmt: skip


@pytest.fixture
def few_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(regimen_mood, "TRIALS", 8)


@pytest.fixture
def no_mood(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "_mood_asked", lambda regimens, crowd: None)


@pytest.fixture
def client(cast: Cast) -> Client:
    entering = Client()
    entering.force_login(cast.researcher)
    return entering


def run_of(cast: Cast) -> lab_runs.Run:
    """The newest run of the clinic, once it has ended."""
    run = [one for one in lab_runs.BENCH._runs.values() if one.clinic_id == cast.clinic.pk][-1]
    assert run.over.wait(LONGEST_S)
    return run


def text(answer) -> str:
    return answer.content.decode()


@pytest.mark.django_db
def test_the_first_look_offers_protocols_and_computes_nothing(client: Client, cast: Cast) -> None:
    answer = client.get("/lab/")
    assert answer.status_code == 200
    assert "Choose a treatment and press Run" in text(answer)
    assert text(answer).count('<details class="reveal">') == 3
    assert "Intravenous racemic ketamine infusion" in text(answer)
    assert not [run for run in lab_runs.BENCH._runs.values() if run.clinic_id == cast.clinic.pk]


@pytest.mark.usefixtures("few_trials")
@pytest.mark.django_db
def test_an_address_runs_its_choices_and_gives_the_same_again(client: Client, cast: Cast) -> None:
    first = client.get("/lab/", TWO)
    assert 'id="outcome" hx-get="/lab/runs/' in text(first)
    run = run_of(cast)
    fragment = client.get(f"/lab/runs/{run.key}/")
    assert "hx-get" not in text(fragment)
    for words in (
        "Ketamine in the blood",
        "A calibrated",
        "B calibrated",
        "CADSS",
        "A assumed",
        "30 virtual patients, seed 4",
        "Mood, over days and weeks",
        "B hypothesis",
        "From plasticity to the score: calibrated",
        "8 virtual trials of 100 people an arm, however many patients are chosen; seed 4",
        "Placebo: saline;",
        "B, held against trials:</b> of 15 published results",
        "response after a day: 17.3 % were seen in 318 people, the model says 56.9",
        "fall against placebo after a day: 3.8 points were seen in 226/225 people, the model says 12.8",
        "Remission: MADRS of 10 or below",
        "Half of those who respond a day after the last session have relapsed",
    ):
        assert words in text(fragment)
    assert text(fragment).count('<svg class="chart"') == 9
    assert text(fragment).count('<span class="quiet">placebo</span>') == 3
    assert "new oral antidepressant" not in text(fragment)
    assert "remit simulate --molecule ketamine --route intravenous" in text(fragment)
    assert "counted in bins" not in text(fragment)
    run.documents[0]["percentiles"] = {"from": "bins", "relative_error": 2.0**-11}
    counted = text(client.get(f"/lab/runs/{run.key}/"))
    assert "counted in bins, each at most 0.1 % of its value wide: that puts a number off by at most 0.05 %." in counted
    again = client.get("/lab/", TWO)
    assert run_of(cast) is run
    assert text(fragment).split("lab-says")[1].split("</p>")[0] in text(again)
    assert 'value="30"' in text(again)


@pytest.mark.usefixtures("few_trials")
@pytest.mark.django_db
def test_the_files_hold_the_curves_the_picture_and_the_script(client: Client, cast: Cast) -> None:
    client.get("/lab/", TWO | {"age": "80"} | LONG_AND_LABELLED)
    at = f"/lab/runs/{run_of(cast).key}/"
    page = text(client.get(at))
    assert (
        "<b>A</b> No course of mood: the course of mood is followed for up to 364 d, this regimen lasts 365 d" in page
    )
    assert "Every arm, placebo too, begins a new oral antidepressant" in page
    assert "to no trial of intravenous arketamine was the course of mood fitted" in page
    assert "of 1 published result of this molecule by this route kept out of the fit, 0 lie" in page
    rows = list(csv.DictReader(io.StringIO(b"".join(client.get(f"{at}curves.csv")).decode())))
    assert {row["regimen"] for row in rows} == {"A", "B", "C"}
    assert len([row for row in rows if (row["regimen"], row["quantity"]) == ("A", "ketamine_ng_ml")]) == 241
    assert all(float(row["p05"]) <= float(row["median"]) <= float(row["p95"]) for row in rows)
    picture = client.get(f"{at}systolic_change_mmhg.svg")
    assert picture["Content-Type"] == "image/svg+xml"
    assert "lab-median lab-b" in text(picture)
    dots = client.get(f"{at}systolic_change_mmhg.png")
    assert (dots["Content-Type"], dots.content[:8]) == ("image/png", b"\x89PNG\r\n\x1a\n")
    assert 5_000 < len(dots.content) < 200_000
    mood = list(csv.DictReader(io.StringIO(b"".join(client.get(f"{at}mood.csv")).decode())))
    assert {row["regimen"] for row in mood} == {"B", "C", "placebo"}
    assert all(float(row["pi_low"]) <= float(row["mean"]) <= float(row["pi_high"]) for row in mood)
    assert 'class="lab-median lab-placebo"' in text(client.get(f"{at}madrs_change.svg"))
    assert client.get(f"{at}madrs_change.png").content[:8] == b"\x89PNG\r\n\x1a\n"
    assert "MOOD = MoodAsked(seed=4, size=100, trials=8" in text(client.get(f"{at}regimen_lab.py"))
    assert "Asked(molecule='ketamine'" in text(client.get(f"{at}regimen_lab.py"))
    for gone in (
        f"{at}weight.svg",
        f"{at}weight.png",
        "/lab/runs/unknown/curves.csv",
        "/lab/runs/unknown/regimen_lab.py",
        "/lab/runs/unknown/mood.csv",
        "/lab/runs/unknown/madrs_change.png",
    ):
        assert client.get(gone).status_code == 404


@pytest.mark.usefixtures("no_mood")
@pytest.mark.django_db
def test_what_is_not_known_is_said_and_the_typical_patient_has_no_band(client: Client, cast: Cast) -> None:
    client.get(
        "/lab/",
        {"a-way": "arketamine:infusion_or_bolus", "a-dose": "0.5 mg/kg", "a-duration": "40 min", "n": "0", "age": "80"},
    )
    said = text(client.get(f"/lab/runs/{run_of(cast).key}/"))
    assert "In the typical patient ketamine rises to" in said
    assert "lab-band" not in said
    assert "MADRS" not in said
    assert "CADSS" not in said
    assert "limit of the model:</b> age 80: no effect of it is known for arketamine" in said


@pytest.mark.usefixtures("no_mood")
@pytest.mark.django_db
def test_a_long_picture_says_that_it_cuts_peaks(client: Client, cast: Cast) -> None:
    said = {}
    for shown in ("24", "168"):
        client.get("/lab/", TWO | {"shown": shown})
        said[shown] = text(client.get(f"/lab/runs/{run_of(cast).key}/"))
    assert "minutes apart" not in said["24"]
    assert "The points of a curve lie 42 minutes apart" in said["168"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("change", "field", "words"),
    [
        ({"a-dose": "9 mg/kg"}, "id_a-dose_error", "at most 2 mg/kg"),
        ({"a-dose": "5 ml"}, "id_a-dose_error", "5 ml"),
        ({"a-duration": "40"}, "id_a-duration_error", "a number with min, h, d is needed"),
        ({"c-repeat": "3,0d"}, "id_b-repeat_error", "rising order"),
        ({"a-way": "protocol:im_racemic_ketamine", "a-dose": ""}, "id_a-dose_error", "no source gives"),
        ({"weight": "20"}, "id_weight_error", "39 to 170 kg"),
        ({"n": "many"}, "id_n_error", "a whole number from 0 to 50000"),
        ({"seed": ""}, "id_seed_error", "required"),
        ({"drugs": "water"}, "id_drugs_error", "water"),
        ({"shown": "9999"}, "id_shown_error", "9999"),
        ({"c-dose": "999999999999 mg"}, "id_b-dose_error", "at most 1000 doses are needed"),
        ({"a-way": "", "c-way": ""}, "id_a-way_error", "required"),
    ],
)
def test_a_refusal_stands_beside_its_field(client: Client, change, field: str, words: str) -> None:
    answer = client.get("/lab/", TWO | change)
    assert answer.status_code == 422
    beside = text(answer).split(f'id="{field}"')
    assert len(beside) == 2, field
    assert words in beside[1].split("</div>")[0].replace("&#x27;", "'")


@pytest.mark.django_db
def test_a_run_that_the_server_does_not_know_is_interrupted_and_never_under_way(client: Client) -> None:
    for answer in (
        client.get("/lab/runs/gone/"),
        client.post("/lab/runs/gone/cancel/", headers={"HX-Request": "true"}),
    ):
        assert answer.status_code == 200
        assert "Interrupted." in text(answer)
        assert "hx-get" not in text(answer)


@pytest.mark.django_db
def test_a_nurse_is_not_let_in(cast: Cast) -> None:
    entering = Client()
    entering.force_login(cast.nurse)
    assert entering.get("/lab/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_somebody_who_knows_no_model_runs_cancels_and_shares(live_app: str, page: Page, cast: Cast) -> None:
    sign_in(page, live_app, cast.psychiatrist)
    page.goto(f"{live_app}/lab/")
    look(page, "lab-first")
    page.get_by_role("button", name="Run").click()
    for title in ("Receptor block", "Mood: change of the MADRS"):
        expect(page.get_by_role("img", name=title)).to_be_visible()
    expect(page.get_by_text("1000 virtual patients, seed 1")).to_be_visible()
    page.get_by_text("Compare with another treatment").click()
    page.locator("[name='b-way']").select_option("protocol:in_esketamine_us_mdsi")
    page.get_by_role("button", name="Run").click()
    expect(page.locator(".lab-median.lab-b").first).to_be_visible()
    look(page, "lab")
    shared = page.get_by_role("link", name="link to these choices").get_attribute("href")
    peaks = page.locator(".lab-says").inner_text()
    page.set_viewport_size(PHONE)
    look(page, "lab")
    page.locator("[name='b-repeat']").fill("series")
    page.locator("[name='a-repeat']").fill("series")
    page.get_by_text("Who it is given to").click()
    page.locator("[name='shown']").select_option("all")
    page.locator("[name='n']").fill("5000")
    page.get_by_role("button", name="Run").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("Cancelled.")).to_be_visible()
    look(page, "lab-cancelled")
    page.goto(shared or "")
    expect(page.locator(".lab-says")).to_be_visible()
    assert page.locator(".lab-says").inner_text() == peaks

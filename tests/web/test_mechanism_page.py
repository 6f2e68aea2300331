"""How it works: everybody signed in reads it in plain words, with curves of the engine and what is known of each."""

from __future__ import annotations

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from remit.acts import mechanism as acts
from remit.knowledge.mechanism import mechanism
from tests.fixtures.cast import Cast
from tests.web.reading import grade, text

pytestmark = pytest.mark.django_db
PAGE = "/how-it-works/"


@pytest.fixture
def client(cast: Cast) -> Client:
    entering = Client()
    entering.force_login(cast.patient_account)
    return entering


def test_a_patient_reads_every_link_with_its_evidence_and_what_the_model_does(client: Client) -> None:
    page = text(client.get(PAGE).content)
    for link in mechanism().links:
        sign = {"human": "Seen in people", "animal": "Seen in animals", "none": "No study was read"}[link.evidence]
        known = "worked out by the model" if link.computed else "told, not worked out"
        assert f"{link.title} {sign} {known} {link.plain}" in page
        assert link.told in page
        assert all(cited.text in page for cited in link.cited)
    assert "not confirmed" in page
    assert "Evidence</a>" not in client.get(PAGE).content.decode()
    assert f'href="{PAGE}"' in client.get("/my-course/").content.decode()


@pytest.mark.parametrize("regimen", list(mechanism().regimens))
def test_each_regimen_draws_every_curve_of_its_own(client: Client, regimen: str) -> None:
    page = client.get(PAGE, {"regimen": regimen}).content.decode()
    wanted = [name for link in mechanism().links for name in link.curves]
    assert re.findall(r'id="how-(\w+)-title"', page) == wanted
    peak = max(acts._told(regimen).curves["ketamine_ng_ml"].values)
    assert f"at most {peak:.0f} ng/mL after" in page
    assert page.count("mechanism-dose") == 2 * mechanism().regimens[regimen].sessions
    assert b"".join(client.get(f"{PAGE}curves.csv", {"regimen": regimen})).count(b"mood_without") > 100


def test_the_map_marks_what_is_computed_and_what_is_told(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    links = mechanism().links
    assert page.count("mechanism-box computed") == sum(link.computed for link in links)
    assert page.count("mechanism-box told") == sum(not link.computed for link in links)


def test_each_picture_is_a_file_of_its_own(client: Client) -> None:
    for name in ("chain", "mood", "nmda_block"):
        assert client.get(f"{PAGE}{name}.svg", {"regimen": "spray_56"}).content.startswith(b"<svg")
    for name in ("mood_without", "glutamate"):
        assert client.get(f"{PAGE}{name}.svg").status_code == 404


@pytest.mark.parametrize("asked", [{"regimen": "by post"}, {"regimen": "drip" * 99}])
def test_an_unknown_regimen_is_refused_beside_its_field(client: Client, asked: dict[str, str]) -> None:
    answer = client.get(PAGE, asked)
    assert answer.status_code == 422
    assert "Select a valid choice" in text(answer.content)
    for file in ("curves.csv", "mood.svg"):
        assert client.get(f"{PAGE}{file}", asked).status_code == 404


def test_how_it_works_is_read_after_eight_years_of_school(client: Client) -> None:
    page = client.get(PAGE).content.decode()
    plain = [page.partition('<div id="plain">')[2].partition("</div>")[0]]
    plain += re.findall(r'<p class="how-plain">(.*?)</p>', page)
    words = " ".join(text(unescape(one).encode()) for one in plain)
    assert len(words) > 2000
    assert grade(words) <= 8
    assert "It is no promise." in words


def test_staff_go_on_from_a_link_to_what_the_trials_say_of_it(cast: Cast) -> None:
    nurse = Client()
    nurse.force_login(cast.nurse)
    page = nurse.get(PAGE).content.decode()
    assert f'href="{reverse("claims")}#new_neurons"' in page
    assert f'href="{PAGE}"' in nurse.get(reverse("evidence")).content.decode()


def test_who_is_not_signed_in_is_led_to_the_sign_in() -> None:
    assert Client().get(PAGE).status_code == 302

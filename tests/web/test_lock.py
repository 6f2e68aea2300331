"""The idle lock: a screen that nobody touches locks, keeps what was typed, and opens for the same account alone."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from remit.acts import clinic, drafts
from remit.acts.actors import Actor, actor_for
from remit.records.models import AuditRow, Draft
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db
BACKGROUND = {"X-Remit-Background": "1"}


@pytest.fixture
def nurse(client: Client, cast: Cast, travel: Traveller) -> Client:
    """The nurse is signed in and has just opened a page."""
    client.force_login(cast.nurse)
    assert client.get("/clinic/").status_code == 200
    return client


def acting(cast: Cast) -> Actor:
    return actor_for(cast.nurse.pk, cast.clinic.pk)


@pytest.mark.parametrize(("seconds", "locked"), [(10 * 60 - 2, False), (10 * 60 + 1, True)])
def test_it_locks_after_the_minutes_that_the_clinic_set(
    nurse: Client, travel: Traveller, seconds: int, locked: bool
) -> None:
    travel.on(seconds=seconds)
    answer = nurse.get("/clinic/duty/")
    assert (answer.status_code == 302 and answer["Location"] == "/lock/?next=%2Fclinic%2Fduty%2F") is locked


def test_the_clinic_can_set_fewer_minutes(nurse: Client, cast: Cast, travel: Traveller) -> None:
    clinic.change_setting(actor_for(cast.administrator.pk, cast.clinic.pk), "screen_locks_after", "2")
    travel.on(minutes=2, seconds=1)
    assert nurse.get("/clinic/").status_code == 302


def test_working_keeps_it_open_and_a_page_that_refreshes_itself_does_not(nurse: Client, travel: Traveller) -> None:
    for _ in range(3):
        travel.on(minutes=6)
        assert nurse.get("/clinic/").status_code == 200
    for _ in range(2):
        travel.on(minutes=6)
        answer = nurse.get("/clinic/", headers=BACKGROUND)
    assert answer.status_code == 302


def test_reading_keeps_it_open(nurse: Client, travel: Traveller) -> None:
    for _ in range(3):
        travel.on(minutes=6)
        assert nurse.post("/lock/alive/").status_code == 204
    assert nurse.get("/clinic/").status_code == 200


def test_a_locked_screen_shows_no_page_and_stays_locked(nurse: Client, travel: Traveller) -> None:
    nurse.post("/lock/")
    for address in ("/", "/clinic/", "/patients/", "/drafts/?key=x", "/accounts/password/"):
        assert nurse.get(address)["Location"].startswith("/lock/")
    assert nurse.post("/lock/alive/").status_code == 423
    page = nurse.get("/lock/").content.decode()
    assert "Nora Nurse" in page
    assert "Harbour Clinic" not in page


def test_a_partial_request_goes_to_the_lock_as_a_whole(nurse: Client) -> None:
    nurse.post("/lock/")
    answer = nurse.get("/clinic/", headers={"HX-Request": "true", "HX-Current-URL": "http://testserver/clinic/duty/"})
    assert answer.status_code == 423
    assert answer["HX-Redirect"] == "/lock/?next=%2Fclinic%2Fduty%2F"
    assert nurse.get("/clinic/", headers={"Accept": "application/json"}).status_code == 423


def test_what_was_sent_to_a_locked_screen_is_kept_as_a_draft_of_that_account(
    nurse: Client, cast: Cast, travel: Traveller
) -> None:
    travel.on(minutes=11)
    answer = nurse.post("/clinic/chairs/", {"name": "Window", "_draft": "add-chair", "password": "x"})
    assert answer["Location"].startswith("/lock/")
    held = drafts.read_draft(acting(cast), "add-chair")
    assert held is not None
    assert held.body == {"name": ["Window"]}


def test_it_opens_by_the_password_of_the_same_account_alone(nurse: Client, cast: Cast) -> None:
    nurse.post("/lock/")
    assert nurse.post("/lock/open/", {"password": "wrong"}).status_code == 422
    assert nurse.get("/clinic/").status_code == 302
    answer = nurse.post("/lock/open/", {"password": PASSWORD, "next": "/clinic/duty/"})
    assert answer["Location"] == "/clinic/duty/"
    assert nurse.get("/clinic/duty/").status_code == 200
    actions = list(AuditRow.objects.order_by("seq").values_list("action", flat=True))
    assert {"screen_locked", "sign_in_failed", "screen_unlocked"} <= set(actions)


def test_guessing_at_a_locked_screen_ends_in_the_lock_out(nurse: Client, cast: Cast) -> None:
    nurse.post("/lock/")
    answers = [nurse.post("/lock/open/", {"password": "wrong"}).status_code for _ in range(5)]
    assert answers == [422, 422, 422, 422, 429]
    assert nurse.post("/lock/open/", {"password": PASSWORD}).status_code == 429


def test_the_lock_sends_nobody_to_another_site(nurse: Client) -> None:
    nurse.post("/lock/")
    answer = nurse.post("/lock/open/", {"password": PASSWORD, "next": "https://evil.example/"})
    assert answer["Location"] == "/"


def keep(client: Client, key: str, **body: Any) -> int:
    return client.post("/drafts/", {"key": key, "body": json.dumps({k: [v] for k, v in body.items()})}).status_code


def test_a_draft_comes_back_to_its_account_and_to_nobody_else_on_the_same_tablet(nurse: Client, cast: Cast) -> None:
    assert keep(nurse, "note", text="half a sentence") == 204
    assert nurse.get("/drafts/?key=note").json()["body"] == {"text": ["half a sentence"]}
    nurse.post("/accounts/logout/")
    nurse.force_login(cast.second_nurse)
    assert nurse.get("/drafts/?key=note").status_code == 204
    nurse.post("/drafts/", {"key": "note", "drop": "1"})
    assert Draft.objects.filter(account=cast.nurse).exists()


def test_a_locked_screen_still_keeps_what_is_typed_and_gives_nothing_back(nurse: Client) -> None:
    nurse.post("/lock/")
    assert keep(nurse, "note", text="typed last") == 204
    assert nurse.get("/drafts/?key=note", headers={"Accept": "*/*"}).status_code in (302, 423)


def test_a_form_that_went_through_drops_its_draft_and_a_refused_one_keeps_it(client: Client, cast: Cast) -> None:
    client.force_login(cast.administrator)
    keep(client, "add-chair", name="Window")
    assert client.post("/clinic/chairs/", {"name": "Chair 1", "_draft": "add-chair"}).status_code == 422
    assert client.get("/drafts/?key=add-chair").status_code == 200
    assert client.post("/clinic/chairs/", {"name": "Window", "_draft": "add-chair"}).status_code == 302
    assert client.get("/drafts/?key=add-chair").status_code == 204


@pytest.mark.parametrize("body", ["[1]", "no json", '{"text": ["' + "x" * 200_001 + '"]}'])
def test_a_draft_that_cannot_be_kept_says_why(client: Client, cast: Cast, body: str) -> None:
    client.force_login(cast.nurse)
    answer = client.post("/drafts/", {"key": "note", "body": body})
    assert answer.status_code == 422
    assert answer.json()["reason"]

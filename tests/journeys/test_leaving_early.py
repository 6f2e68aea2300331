"""A US Spravato session that somebody leaves too early, and an answer that somebody must read at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from remit.acts.verification import verify
from remit.live.clockwork import beat
from remit.records.models import Task
from tests.acts.follow_up import may_send
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.browser import PHONE, TABLET, Trouble
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.journeys import chair
from tests.journeys.walking import OpenPage, Walk, look, press, says

pytestmark = pytest.mark.django_db(transaction=True)

LAST_DEVICE = 5
TWO_MINUTES = "[12] min of the minimum observation remain; nobody can override it"


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def walk(live_app: str, open_page: OpenPage, cast: Cast, travel: Traveller, request: pytest.FixtureRequest) -> Walk:
    """Saturday at two in the afternoon."""
    travel.to(START)
    return Walk(live_app, open_page, request.param)


def sprayed(cast: Cast) -> Chairside:
    """Two devices were used up five minutes apart; everything but the time speaks for going home."""
    held = booked(cast)
    held.through_the_gate()
    held.accepted(
        ("device", {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "at": 0}),
        ("device", {"mg": 28, "lot": "A2", "expiry": "2027-05-31", "at": LAST_DEVICE}),
        ("vitals", {"systolic": 141, "diastolic": 88, "heart_rate": 82, "spo2": 97, "at": 45}),
        ("vitals", {"systolic": 130, "diastolic": 83, "heart_rate": 76, "spo2": 98, "at": 100}),
        ("vitals", {"systolic": 129, "diastolic": 82, "heart_rate": 75, "spo2": 98, "at": 116}),
    )
    held.ready_to_leave()
    return held


def refused(page: Page, why: str) -> None:
    """The refusal stands in the dialog, in words, and nobody may override it."""
    held = chair.discharge(page, "brother")
    expect(held.get_by_role("alert")).to_contain_text("Not entered")
    expect(held.get_by_role("alert")).to_contain_text(re.compile(why))
    expect(held.locator("#discharge-escort")).to_have_value("brother")


def test_at_118_minutes_nobody_lets_a_spravato_patient_go_and_who_leaves_is_followed(
    walk: Walk, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    held = sprayed(cast)
    to = f"/sessions/{held.session.pk}/"
    travel.to(START)
    travel.on(minutes=LAST_DEVICE + 118)
    beat("this journey")
    trouble.expect("422")
    nurse = walk.as_(cast.nurse, to)
    expect(nurse.get_by_text("nobody may override this").first).to_be_visible()
    refused(nurse, TWO_MINUTES)
    look(nurse, "spravato-refused")
    prescriber = walk.as_(cast.psychiatrist, to)
    press(prescriber, "Discharge")
    prescriber.locator("#discharge-override").fill("calm, and the brother is a physician")
    prescriber.keyboard.press("Escape")
    refused(prescriber, TWO_MINUTES)
    assert not held.session.entries.filter(kind="discharge").exists()
    nurse.keyboard.press("Escape")
    leave(nurse)
    nurse.get_by_role("link", name="Sheet and signature").click()
    expect(nurse.locator("section[aria-labelledby=form]")).to_contain_text("left")
    look(nurse, "spravato-form", "section[aria-labelledby=form]")
    call = Task.objects.get(kind="call_today")
    assert (call.patient, call.done_at) == (cast.patient, None)
    nurse.goto(f"{walk.live_app}/tasks/")
    says(nurse, call.subject)
    look(nurse, "tasks")
    assert verify().ok


def leave(page: Page) -> None:
    """The person leaves all the same, and it is recorded."""
    page.locator("details.menu.up > summary").click()
    press(page, "Leaves against advice")
    held = chair.dialog(page, "left")
    held.get_by_label("Why").fill("the bus goes now")
    held.get_by_role("radio", name="yes", exact=True).check()
    held.get_by_label("With whom").fill("brother")
    look(page, "leaves")
    press(held, "Leaves")
    expect(held).to_be_hidden()
    expect(page.locator(".session-head .tag").first).to_have_text(re.compile("left"))


def test_an_answer_of_one_to_item_9_reaches_the_person_on_call_at_once(walk: Walk, cast: Cast) -> None:
    may_send(cast, cast.nurse)
    nurse = walk.as_(cast.nurse, f"/patients/{cast.patient.pk}/links/")
    press(nurse, "Show it here, to hand over")
    link = nurse.locator("#link").inner_text()
    phone = walk.open_page(PHONE, is_mobile=True, has_touch=True)
    phone.goto(f"{link}9/")
    press(phone, "Several days")
    expect(phone.get_by_role("heading", name="Thank you for saying so")).to_be_visible()
    look(phone, "answer-help")
    assert Task.objects.get(kind="risk").owner == cast.nurse
    nurse.goto(f"{walk.live_app}/tasks/")
    says(nurse, Task.objects.get(kind="risk").subject)
    look(nurse, "tasks-risk")

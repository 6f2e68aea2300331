"""A PHQ-9 on a phone: one question a screen, back and reload lose nothing, the crisis number is always there."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from remit.acts.risk import RISK
from remit.records.models import Assessment, OnCallShift, ScaleLink, Task
from tests.acts.follow_up import a_link, may_send, on_duty
from tests.fixtures.browser import PHONE, Trouble, axe
from tests.fixtures.cast import Cast

ANSWERS = ("Not at all", "Several days", "More than half the days", "Nearly every day")


@pytest.fixture
def link(live_app: str, cast: Cast) -> str:
    """A link that somebody on call stands behind."""
    may_send(cast)
    token, _ = a_link(cast)
    return f"{live_app}/s/{token}/"


def press(phone: Page, *answers: int | None) -> None:
    for answer in answers:
        name = "Leave this out" if answer is None else ANSWERS[answer]
        phone.get_by_role("button", name=name, exact=True).click()


def number_in_reach(phone: Page) -> None:
    expect(phone.get_by_role("link", name="Crisis line US")).to_be_in_viewport()


def look(phone: Page, shots: Callable[[Page, str], None], name: str) -> None:
    assert axe(phone) == [], name
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    shots(phone, name)


@pytest.fixture
def shots() -> Callable[[Page, str], None]:
    """Keeps a picture of a page where `REMIT_SHOTS` names a folder."""
    import os

    folder = os.environ.get("REMIT_SHOTS")

    def keep(page: Page, name: str) -> None:
        if folder:
            page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)

    return keep


def test_every_answer_is_kept_over_back_and_reload_and_sent_once(phone: Page, link: str, cast: Cast, shots) -> None:
    phone.goto(link)
    number_in_reach(phone)
    look(phone, shots, "answer-1-start")
    phone.get_by_role("link", name="Begin").click()
    expect(phone.get_by_text("Over the last two weeks")).to_be_visible()
    look(phone, shots, "answer-2-question")
    press(phone, 1, 2, None)
    phone.reload()
    expect(phone.get_by_text("Question 4 of 10")).to_be_visible()
    phone.get_by_role("link", name="Back").click()
    expect(phone.get_by_role("button", name="Left out")).to_be_visible()
    press(phone, 0)
    expect(phone.get_by_text("Question 4 of 10")).to_be_visible()
    phone.go_back()
    phone.goto(link)
    phone.get_by_role("link", name="Go on where you were").click()
    expect(phone.get_by_text("Question 4 of 10")).to_be_visible()
    number_in_reach(phone)
    press(phone, 1, 0, 1, 1, 0, 0)
    expect(phone.get_by_text("Question 10 of 10")).to_be_visible()
    phone.get_by_role("button", name="Somewhat difficult").click()
    expect(phone.get_by_role("heading", name="Your answers")).to_be_visible()
    look(phone, shots, "answer-3-review")
    phone.get_by_role("link", name="Feeling down").click()
    expect(phone.locator(".answer.chosen")).to_have_text(ANSWERS[2])
    press(phone, 3)
    assert not re.search(r"[?&]", phone.url)
    phone.get_by_role("button", name="Send to Harbour Clinic").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    expect(phone.get_by_text("Your score")).to_have_count(0)
    number_in_reach(phone)
    look(phone, shots, "answer-4-thanks")
    made = Assessment.objects.get()
    assert made.answers == [1, 3, 0, 1, 0, 1, 1, 0, 0]
    assert made.unscored == {"functional_difficulty": "Somewhat difficult"}
    assert not Task.objects.exists()


def test_item_9_shows_help_at_once_and_opens_a_task_before_anything_is_sent(
    phone: Page, link: str, cast: Cast, shots
) -> None:
    phone.goto(link + "9/")
    press(phone, 2)
    expect(phone.get_by_role("heading", name="Thank you for saying so")).to_be_visible()
    expect(phone.get_by_text("The person on call at Harbour Clinic is being told now.")).to_be_visible()
    number_in_reach(phone)
    look(phone, shots, "answer-5-help")
    task = Task.objects.get(kind=RISK)
    assert (task.owner, Assessment.objects.count()) == (cast.nurse, 0)
    phone.get_by_role("link", name="Go on with the questions").click()
    expect(phone.get_by_text("Question 1 of 10")).to_be_visible()
    press(phone, *[0] * 8)
    phone.goto(link + "review/")
    phone.get_by_role("button", name="Send to").click()
    expect(phone.get_by_text("you may be in danger")).to_be_visible()
    look(phone, shots, "answer-6-thanks-risk")
    task.refresh_from_db()
    assert task.detail["assessment"] == str(Assessment.objects.get().pk)


def test_outside_the_cover_the_page_says_that_nobody_reads_now(phone: Page, link: str, cast: Cast, shots) -> None:
    OnCallShift.objects.all().delete()
    on_duty(cast, cast.nurse, starts=30)
    phone.goto(link)
    expect(phone.get_by_text("Nobody at Harbour Clinic is reading now.")).to_be_visible()
    expect(phone.get_by_text("on call again from")).to_be_visible()
    phone.goto(link + "9/")
    press(phone, 1)
    expect(phone.get_by_text("Do not wait for a call: use the number here.")).to_be_visible()
    look(phone, shots, "answer-7-nobody")


def test_it_works_without_a_script_and_asks_nobody_else(
    open_page: Callable[..., Page], link: str, live_app: str, cast: Cast
) -> None:
    phone = open_page(PHONE, java_script_enabled=False)
    asked: list[str] = []
    phone.on("request", lambda request: asked.append(request.url))
    held = phone.goto(link)
    assert held is not None
    headers = held.headers
    assert (headers["referrer-policy"], headers["cache-control"]) == ("no-referrer", "no-store")
    assert "noindex" in headers["x-robots-tag"]
    phone.get_by_role("link", name="Begin").click()
    press(phone, 0, 0, 0, 0, 0, 0, 0, 0, 0)
    phone.get_by_role("button", name="Send to").click()
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    assert Assessment.objects.get().total == 0
    assert {url.startswith(live_app) for url in asked} == {True}


def test_a_second_device_never_sees_what_the_first_answered(
    open_page: Callable[..., Page], phone: Page, link: str, shots
) -> None:
    phone.goto(link + "1/")
    press(phone, 3)
    other = open_page(PHONE)
    other.goto(link)
    expect(other.get_by_role("link", name="Begin")).to_be_visible()
    other.goto(link + "review/")
    expect(other.get_by_text("Nearly every day")).to_have_count(0)
    for n in range(2, 10):
        phone.goto(f"{link}{n}/")
        press(phone, 0)
    phone.goto(link + "review/")
    phone.get_by_role("button", name="Send to").click()
    other.goto(link + "review/")
    expect(other.get_by_role("heading", name="These answers have arrived")).to_be_visible()
    number_in_reach(other)
    look(other, shots, "answer-8-used")


@pytest.mark.parametrize(
    ("how", "title"),
    [
        ("expired", "This link has expired"),
        ("revoked", "This link was replaced or withdrawn"),
        ("unknown", "There is no such link"),
        ("often", "This link was opened too often"),
    ],
)
def test_a_link_that_answers_nothing_says_why_and_still_shows_the_number(
    phone: Page, trouble: Trouble, link: str, how: str, title: str, shots
) -> None:
    held = ScaleLink.objects.get()
    if how == "expired":
        ScaleLink.objects.update(expires_at=held.created_at)
    if how == "revoked":
        ScaleLink.objects.update(revoked=True)
    address = link.replace("/s/", "/s/x") if how == "unknown" else link
    if how == "often":
        from remit.acts import limits

        patch = pytest.MonkeyPatch()
        patch.setattr(limits, "within", lambda *_: False)
    trouble.expect({"unknown": "404", "often": "429"}.get(how, "410"))
    phone.goto(address)
    if how == "often":
        patch.undo()
    expect(phone.get_by_role("heading", name=title)).to_be_visible()
    number_in_reach(phone)
    look(phone, shots, f"answer-9-{how}")


def test_sending_nothing_is_refused_beside_the_answers(phone: Page, trouble: Trouble, link: str) -> None:
    trouble.expect("422")
    phone.goto(link + "review/")
    phone.get_by_role("button", name="Send to").click()
    expect(phone.get_by_text("Answer at least one question")).to_be_visible()
    assert not Assessment.objects.exists()

"""The board in a browser: live without a reload, alarms first and announced, quiet, plain about being cut off."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from remit.acts import alarm_watch
from remit.records.models import SessionEntry
from tests.acts.room import seat, sprayed, vitals
from tests.acts.sessions import INFUSION, START, Chairside
from tests.fixtures.browser import Trouble, axe
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.web.browsing import sign_in

pytestmark = pytest.mark.django_db(transaction=True)


def shot(page: Page, name: str, *, full: bool = False) -> None:
    """Keep a picture when somebody wants to look."""
    folder = os.environ.get("REMIT_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=full)


@pytest.fixture
def room(cast: Cast, travel: Traveller) -> dict[str, Chairside]:
    """Three people at chairs, and two to come."""
    travel.to(START)
    held = {
        "Okafor": sprayed(seat(cast, "Okafor", chair=0)),
        "Lindqvist": sprayed(seat(cast, "Lindqvist", chair=1)),
        "Abara": seat(cast, "Abara", INFUSION, mg=41, chair=2),
        "Marlow": seat(cast, "Marlow", chair=0, kind="walk-in"),
        "Serrano": seat(cast, "Serrano", mg=None, chair=None),
    }
    for name in ("Okafor", "Lindqvist"):
        vitals(held[name], 20)
    held["Abara"].accepted(("arrived", {"at": 22}))
    travel.on(minutes=24)
    return held


def names(page: Page) -> list[str]:
    return page.locator(".board-row h2 a").all_inner_texts()


def enter(held: Chairside, travel: Traveller, **values: float) -> None:
    """The nurse enters a vital set now, somewhere else."""
    held.minute = (travel.now() - START).total_seconds() / 60
    vitals(held, held.minute, **values)


def test_an_entry_made_elsewhere_appears_without_a_reload_and_an_alarm_goes_to_the_top(
    live_app: str, open_page: Callable[..., Page], room: dict[str, Chairside], cast: Cast, travel: Traveller
) -> None:
    desk, chair = open_page({"width": 1280, "height": 800}), open_page()
    sign_in(desk, live_app, cast.coordinator)
    desk.goto(f"{live_app}/board/")
    expect(desk.get_by_text("Live", exact=True)).to_be_visible()
    shot(desk, "board-day")
    assert axe(desk) == []
    assert names(desk)[0] != "Okafor, Paula"
    desk.evaluate("window.stayed = true")

    sign_in(chair, live_app, cast.nurse)
    chair.goto(f"{live_app}/sessions/{room['Okafor'].session.pk}/")
    chair.get_by_role("button", name="Vitals", exact=True).click()
    chair.keyboard.type("1268272")
    chair.keyboard.type("85")
    chair.keyboard.press("Enter")
    expect(chair.get_by_role("cell", name="126/82")).to_be_visible()

    row = desk.locator(".board-row").first
    expect(row).to_contain_text("Okafor")
    expect(row).to_contain_text("126/82")
    expect(row).to_contain_text("SpO₂ critical")
    expect(row).to_contain_text("nobody has taken it on")
    expect(desk.locator("#announce")).to_contain_text("Alarm: Okafor, Paula, SpO₂ critical: SpO₂ 85 %")
    assert desk.evaluate("window.stayed"), "the page was not loaded anew"
    shot(desk, "board-alarm")
    assert axe(desk) == []


def test_the_board_is_calm_in_the_dark_and_fits_a_tablet_and_a_phone(
    live_app: str, open_page: Callable[..., Page], room: dict[str, Chairside], cast: Cast, travel: Traveller
) -> None:
    enter(room["Okafor"], travel, systolic=190)
    for name, width, height in (
        ("desk", 1280, 800),
        ("tablet", 1024, 768),
        ("upright", 768, 1024),
        ("phone", 390, 844),
    ):
        page = open_page({"width": width, "height": height})
        sign_in(page, live_app, cast.nurse)
        page.goto(f"{live_app}/board/")
        page.get_by_role("button", name="Dark and quiet colours").click()
        expect(page.locator("html")).to_have_attribute("data-theme", "dark")
        expect(page.get_by_text("Live", exact=True)).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= width, name
        assert axe(page) == []
        shot(page, f"board-dark-{name}", full=True)


def test_one_tap_at_the_desk_is_an_arrival(live_app: str, page: Page, room: dict[str, Chairside], cast: Cast) -> None:
    sign_in(page, live_app, cast.coordinator)
    page.goto(f"{live_app}/board/")
    page.get_by_role("button", name="Arrived: Marlow, Paula").click()
    expect(page.locator(".board-row", has_text="Marlow")).to_contain_text("at the gate")
    expect(page.get_by_role("button", name="Arrived: Marlow, Paula")).to_have_count(0)
    expect(page.get_by_role("link", name="Marlow, Paula")).to_be_focused()
    assert SessionEntry.objects.filter(session=room["Marlow"].session, kind="arrived").count() == 1


def test_who_has_ended_is_folded_away_and_opens(
    live_app: str, page: Page, room: dict[str, Chairside], cast: Cast
) -> None:
    room["Okafor"].accepted(("left", {"reason": "wants to go", "advice_given": True, "at": 23}))
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/board/")
    ended = page.locator("details.ended")
    expect(ended).to_contain_text("1 left against advice")
    expect(ended.get_by_role("link", name="Okafor, Paula")).to_have_count(0)
    ended.locator("summary").click()
    expect(ended.get_by_role("link", name="Okafor, Paula")).to_be_visible()


def test_a_page_that_is_cut_off_says_since_when_and_is_live_again_by_itself(
    live_app: str, page: Page, room: dict[str, Chairside], cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    sign_in(page, live_app, cast.nurse)
    cut = {"/live/board": True, "/board/live/": False}

    def network(route: Route) -> None:
        route.abort() if cut[route.request.url.removeprefix(live_app)] else route.continue_()

    page.route("**/live/board", network)
    page.route("**/board/live/", network)
    page.goto(f"{live_app}/board/")
    state = page.locator("[data-live-state]")
    expect(state).to_have_text("Not live since 14:24: looked at 14:24")
    enter(room["Okafor"], travel, spo2=85)
    expect(page.locator(".board-row").first).to_contain_text("SpO₂ critical", timeout=20_000)
    cut["/board/live/"] = True
    expect(state).to_have_text("No connection since 14:24: what you see is old", timeout=20_000)
    shot(page, "board-cut")
    cut |= dict.fromkeys(cut, False)
    expect(state).to_have_text("Live", timeout=30_000)
    trouble.expect("ERR_FAILED")
    trouble.expect("htmx:sendError")
    trouble.expect("htmx:afterRequest")


def test_the_sound_is_off_until_somebody_switches_it_on(
    live_app: str, page: Page, room: dict[str, Chairside], cast: Cast, travel: Traveller
) -> None:
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/board/")
    enter(room["Okafor"], travel, spo2=85)
    expect(page.locator(".board-row").first).to_contain_text("Okafor")
    expect(page.locator("#board")).not_to_have_attribute("data-sounded", "1")
    sound = page.get_by_role("button", name="Sound off")
    expect(sound).to_have_attribute("aria-pressed", "false")
    sound.click()
    expect(page.get_by_role("button", name="Sound on")).to_have_attribute("aria-pressed", "true")
    enter(room["Lindqvist"], travel, spo2=84)
    expect(page.locator(".board-row", has_text="Lindqvist")).to_contain_text("SpO₂ critical")
    expect(page.locator("#board")).to_have_attribute("data-sounded", "2")


def test_nobody_watching_is_said_loudly(
    live_app: str, page: Page, room: dict[str, Chairside], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(alarm_watch.clockwork_turn, "marked", lambda *_: None)
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/board/")
    expect(page.get_by_text("Nobody is told of alarms")).to_be_visible()
    expect(page.locator("#announce")).to_contain_text("The alarm watch does not run.")
    shot(page, "board-nobody")


def test_a_walk_in_is_found_and_booked_and_the_refusal_keeps_what_was_typed(
    live_app: str, page: Page, room: dict[str, Chairside], cast: Cast, trouble: Trouble
) -> None:
    sign_in(page, live_app, cast.coordinator)
    page.goto(f"{live_app}/board/")
    page.get_by_role("link", name="Walk-in").click()
    page.get_by_label("Name, record number or birth date").fill("serrano")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("radio", name="Serrano, Paula").check()
    page.get_by_label("Why outside the plan").fill("feels much worse")
    page.get_by_role("button", name="Book for today").click()
    expect(page.get_by_text("no session of this course was held yet")).to_be_visible()
    expect(page.get_by_label("Why outside the plan")).to_have_value("feels much worse")
    shot(page, "board-walk-in")
    assert axe(page) == []
    trouble.expect("422")

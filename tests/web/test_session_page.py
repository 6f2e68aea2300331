"""The session at the chair, in a browser: the gate, the pad, two people, a cut network."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from remit.records.models import SessionEntry
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.fixtures.browser import Trouble, axe
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.web.browsing import arrive

pytestmark = pytest.mark.django_db(transaction=True)


def shot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look."""
    folder = os.environ.get("REMIT_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=False)


@pytest.fixture
def spray(cast: Cast, travel: Traveller) -> Chairside:
    travel.to(START)
    return booked(cast)


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    travel.to(START)
    return booked(cast, INFUSION, mg=41)


def address(held: Chairside) -> str:
    return f"/sessions/{held.session.pk}/"


def entries(held: Chairside, kind: str) -> list[SessionEntry]:
    return list(SessionEntry.objects.filter(session=held.session, kind=kind).order_by("seq"))


def test_a_vital_set_takes_its_digits_and_two_presses(live_app: str, page: Page, spray: Chairside, cast: Cast) -> None:
    spray.through_the_gate()
    arrive(page, live_app, cast.nurse, address(spray))
    page.get_by_role("button", name="Vitals", exact=True).click()
    page.keyboard.type("1318274")
    page.keyboard.type("98")
    shot(page, "session-pad")
    expect(page.locator("#dialog-vitals").get_by_role("button", name="Done")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_role("cell", name="131/82")).to_be_visible()
    expect(page.get_by_role("button", name="Vitals", exact=True)).to_be_focused()
    assert (
        entries(spray, "vitals")[-1].body | {"systolic": 131, "diastolic": 82, "heart_rate": 74, "spo2": 98}
        == entries(spray, "vitals")[-1].body
    )
    assert axe(page) == []
    shot(page, "session-cleared")


def test_the_gate_is_confirmed_one_by_one_and_only_a_prescriber_clears(
    live_app: str, open_page: Callable[..., Page], chair: Chairside, cast: Cast
) -> None:
    nurse = open_page()
    arrive(nurse, live_app, cast.nurse, address(chair))
    nurse.get_by_role("button", name="Arrived").click()
    expect(nurse.get_by_role("heading", name="Before the dose")).to_be_visible()
    shot(nurse, "session-gate")
    assert axe(nurse) == []
    while nurse.get_by_role("button", name="Confirm:").count():
        first = nurse.get_by_role("button", name="Confirm:").first
        name = first.get_attribute("aria-label") or ""
        first.click()
        expect(nurse.get_by_role("button", name=name, exact=True)).to_have_count(0)
        expect(nurse.locator("ul.gate > li:focus, .actions .button:focus")).to_have_count(1)
    expect(nurse.get_by_role("button", name="Clear for the dose")).to_have_count(0)
    nurse.keyboard.press("v")
    nurse.keyboard.type("128827498")
    nurse.keyboard.press("Enter")
    expect(nurse.get_by_role("cell", name="128/82")).to_be_visible()
    nurse.get_by_role("button", name="Scale", exact=True).click()
    nurse.locator("#scale-MOAAS").fill("5")
    nurse.keyboard.press("Enter")
    expect(nurse.get_by_role("rowheader", name="MOAA/S")).to_be_visible()
    prescriber = open_page()
    arrive(prescriber, live_app, cast.psychiatrist, address(chair))
    prescriber.get_by_role("button", name="Clear for the dose").click()
    prescriber.locator("#dialog-cleared").get_by_role("button", name="Clear").click()
    expect(prescriber.locator(".session-head .tag").first).to_have_text("cleared")


def test_a_ten_fold_strength_is_refused_when_the_second_person_computes(
    live_app: str, page: Page, chair: Chairside, cast: Cast, trouble: Trouble
) -> None:
    chair.through_the_gate()
    arrive(page, live_app, cast.nurse, address(chair))
    page.get_by_role("button", name="Prepare the dose").click()
    dialog = page.locator("#dialog-preparation")
    dialog.get_by_role("radio", name="ketamine", exact=True).first.check()
    dialog.get_by_label("Strength on the vial").first.fill("5")
    dialog.get_by_label("Volume drawn").fill("0.82")
    dialog.get_by_label("Lot").fill("B2")
    shot(page, "session-prepare")
    dialog.get_by_role("button", name="Hand to the second person").click()
    dialog.get_by_label("Who").select_option(label="Samuel Second")
    dialog.get_by_label("Their own password").fill(PASSWORD)
    dialog.get_by_role("radio", name="ketamine", exact=True).check()
    dialog.locator("#prep2-strength").fill("50")
    dialog.locator("#prep2-volume").fill("0.82")
    shot(page, "session-second")
    dialog.get_by_role("button", name="Both agree").click()
    expect(dialog.get_by_text("the first person reads 5 mg/mL, the second 50 mg/mL")).to_be_visible()
    assert entries(chair, "preparation") == []
    shot(page, "session-refused")
    trouble.expect("422")


def test_what_was_typed_without_a_network_is_sent_once_when_it_is_back(
    live_app: str, page: Page, spray: Chairside, cast: Cast, trouble: Trouble
) -> None:
    spray.through_the_gate()
    arrive(page, live_app, cast.nurse, address(spray))
    cut = True

    def network(route: Route) -> None:
        route.abort() if cut else route.continue_()

    page.route("**/enter/", network)
    page.get_by_role("button", name="Vitals", exact=True).click()
    page.keyboard.type("133847598")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Not entered yet")).to_be_visible()
    cut = False
    expect(page.get_by_role("cell", name="133/84")).to_be_visible(timeout=15_000)
    assert [row.body["systolic"] for row in entries(spray, "vitals")].count(133) == 1
    for words in ("ERR_FAILED", "htmx:afterRequest", "htmx:sendError"):
        trouble.expect(words)


def test_a_correction_shows_both_values(
    live_app: str, page: Page, spray: Chairside, cast: Cast, travel: Traveller
) -> None:
    spray.through_the_gate()
    spray.accepted(("device", {"mg": 28, "lot": "A1", "at": 1}), ("device", {"mg": 28, "lot": "A1", "at": 6}))
    spray.accepted(("vitals", {"systolic": 271, "diastolic": 82, "heart_rate": 80, "spo2": 97, "at": 20}))
    travel.on(minutes=21)
    arrive(page, live_app, cast.nurse, address(spray))
    page.get_by_role("button", name="Correct: 271/82 mmHg").click()
    page.locator("#new-systolic").fill("127")
    page.get_by_label("Why it is corrected").fill("typing slip")
    page.locator("#correct-body").get_by_role("button", name="Correct").click()
    expect(page.get_by_role("cell", name="271/82 127/82")).to_be_visible()
    shot(page, "session-corrected")


def test_a_dose_charted_late_reads_so_and_its_correction_asks_for_a_second_person(
    live_app: str, page: Page, trouble: Trouble, spray: Chairside, cast: Cast, travel: Traveller
) -> None:
    trouble.expect("422")
    spray.through_the_gate()
    given = {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "taken_at": (START + timedelta(minutes=1)).isoformat()}
    spray.accepted(("device", {**given, "at": 12}))
    travel.on(minutes=13)
    arrive(page, live_app, cast.nurse, address(spray))
    expect(page.locator(".happened")).to_contain_text("device: given at 14:01; the observation is counted from when")
    page.get_by_role("button", name="Correct: device of 28 mg").click()
    expect(page.locator("#new-expiry")).to_have_value("2027-05-31")
    page.get_by_label("Why it is corrected").fill("seen by both")
    page.locator("#correct-time").fill("14:01")
    page.locator("#correct-body").get_by_role("button", name="Correct").click()
    expect(page.locator("#refused-correct")).to_contain_text("release comes forward from 16:12 to 16:01")
    expect(page.locator("#correct-second")).to_be_focused()


def test_the_page_fits_a_phone_and_an_upright_tablet(
    live_app: str, open_page: Callable[..., Page], chair: Chairside, cast: Cast
) -> None:
    chair.through_the_gate()
    for name, width, height in (("phone", 390, 844), ("upright", 768, 1024)):
        page = open_page({"width": width, "height": height})
        arrive(page, live_app, cast.nurse, address(chair))
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        shot(page, f"session-{name}")


CUT = """() => {
    const [names, ...columns] = document.querySelector(".grid-wrap thead tr").cells;
    const edge = names.getBoundingClientRect().right;
    const end = document.querySelector(".grid-wrap").getBoundingClientRect().right;
    const at = columns.map((one) => one.getBoundingClientRect());
    return [at.filter((one) => one.left < edge - 2 && one.right > edge + 2).length, at.at(-1).right <= end + 2];
}"""


def test_no_reading_is_cut_in_half_and_the_newest_is_in_sight(
    live_app: str, open_page: Callable[..., Page], chair: Chairside, cast: Cast, travel: Traveller
) -> None:
    chair.through_the_gate()
    chair.accepted(
        *(("vitals", {"systolic": 182 + n, "diastolic": 114, "heart_rate": 128, "at": 3 + n}) for n in range(8))
    )
    travel.on(minutes=12)
    for width in (390, 768, 1024, 1280):
        page = open_page({"width": width, "height": 800})
        arrive(page, live_app, cast.nurse, address(chair))
        expect(page.get_by_role("cell", name="189/114")).to_be_visible()
        assert page.evaluate(CUT) == [0, True], width
        page.context.close()

"""The plan, in a browser: protocols side by side, a series laid, moved by keyboard and by drag, prescribed."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from remit.records.models import Course, Order, Price, Session, StandingOrder
from tests.acts.courses import THRICE, at, booked, cleared, prescribed, taken_by_others
from tests.fixtures.browser import PHONE, TABLET_UPRIGHT, Trouble, axe
from tests.fixtures.candidates import IV
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.web.browsing import arrive

pytestmark = pytest.mark.django_db(transaction=True)

STAY = 160


def shot(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look."""
    folder = os.environ.get("REMIT_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True, caret="initial")


def plan_of(cast: Cast) -> str:
    return f"/patients/{cast.patient.pk}/plan/"


def chip(page: Page, n: int) -> Locator:
    return page.locator(f"#chip-{n}")


def day(page: Page, iso: str) -> Locator:
    return page.locator(f"td[data-day='{iso}']")


def fill_thursday(cast: Cast) -> None:
    for chair in range(3):
        taken_by_others(cast, at("26", "08:30"), STAY, chair)


def drag(page: Page, n: int, to: str) -> None:
    page.locator(".calendar").scroll_into_view_if_needed()
    start, end = chip(page, n).bounding_box(), day(page, to).bounding_box()
    assert start
    assert end
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + 10)
    page.mouse.down()
    page.mouse.move(end["x"] + end["width"] / 2, end["y"] + end["height"] - 8, steps=6)
    page.mouse.up()


def test_six_infusions_are_planned_by_keyboard_and_one_is_moved(
    live_app: str, page: Page, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    trouble.expect("422")
    cleared(cast, travel)
    for item, amount in (("session", "300"), ("drug", "25.50"), ("assessment", "180")):
        Price.objects.create(
            clinic=cast.clinic, protocol_id=IV, item=item, amount=Decimal(amount), currency="USD",
            valid_from=date(2026, 1, 1), entered_by=cast.administrator, entered_at=at(23),
        )  # fmt: skip
    fill_thursday(cast)
    arrive(page, live_app, cast.psychiatrist, plan_of(cast))
    column = page.get_by_role("article", name="Intravenous racemic ketamine infusion")
    expect(column).to_contain_text("cleared")
    expect(column).to_contain_text("2133.00 USD")
    expect(page.get_by_role("article", name="US label, treatment-resistant")).to_contain_text("No price entered for")
    assert axe(page) == []
    shot(page, "plan-compare")
    link = column.get_by_role("link", name="Plan this")
    link.focus()
    page.keyboard.press("Enter")
    page.get_by_label("First day").fill("2026-11-23")
    page.get_by_label("Time of day").fill("09:00")
    page.keyboard.press("Enter")
    expect(chip(page, 6)).to_contain_text("09:00")
    assert axe(page) == []
    shot(page, "plan-draft")
    # Session 3 may lie on Thursday, but every chair is taken there at nine.
    chip(page, 3).focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#landing")).to_contain_text("Chair 1 is taken until 11:10")
    expect(page.locator("#landing")).to_contain_text("Free that day from 11:15")
    shot(page, "plan-refused-look")
    page.keyboard.press("Enter")
    expect(page.locator("#not-moved")).to_contain_text("Chair 3 is taken until 11:10")
    expect(chip(page, 3)).to_have_attribute("data-day", "2026-11-27")
    expect(chip(page, 3)).to_be_focused()
    expect(page.locator("#moving-day")).to_have_value("2026-11-26")
    for _ in range(9):
        page.keyboard.press("ArrowDown")
    expect(page.locator("#landing")).to_contain_text("Free Thu 26 Nov 11:15")
    page.keyboard.press("Enter")
    expect(chip(page, 3)).to_have_attribute("data-day", "2026-11-26")
    expect(chip(page, 3)).to_be_focused()
    # Outside its window a session does not land.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Escape")
    button = page.get_by_role("button", name="Prescribe and book 6 sessions")
    button.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("6 sessions are booked")).to_be_visible()
    rows = Session.objects.order_by("n").filter(patient=cast.patient)
    assert [row.planned_at for row in rows] == [
        at("26", "11:15") if n == 3 else at(day_of) for n, day_of in THRICE.items()
    ]
    assert axe(page) == []
    shot(page, "plan-course")


def test_a_chip_is_dragged_and_a_refused_drop_says_why(
    live_app: str, page: Page, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    trouble.expect("422")
    booked(cast, travel)
    fill_thursday(cast)
    arrive(page, live_app, cast.coordinator, plan_of(cast))
    drag(page, 3, "2026-11-26")
    expect(page.locator("#not-moved")).to_contain_text("Chair 2 is taken until 11:10")
    expect(chip(page, 3)).to_have_attribute("data-day", "2026-11-27")
    assert axe(page) == []
    shot(page, "plan-refused-drop")
    drag(page, 2, "2026-11-24")
    expect(chip(page, 2)).to_have_attribute("data-day", "2026-11-24")
    drag(page, 6, "2026-11-30")
    expect(page.locator("#not-moved")).to_contain_text("session 6")
    assert Session.objects.get(patient=cast.patient, n=2).planned_at == at("24")
    assert Session.objects.get(patient=cast.patient, n=6).planned_at == at("04")
    assert page.get_by_role("button", name="Order the dose").count() == 0
    expect(page.get_by_role("row", name="2 induction")).to_contain_text("moved from Wed 25 Nov 09:00")


def test_a_dose_above_the_studied_range_takes_a_second_prescriber(
    live_app: str, page: Page, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    trouble.expect("422")
    course = booked(cast, travel)[1].course
    arrive(page, live_app, cast.psychiatrist, f"/courses/{course.pk}/")
    form = page.locator("#dose-form")
    expect(form.get_by_label("Dose", exact=True)).to_have_value("0.5 mg/kg")
    form.get_by_label("Dose", exact=True).fill("1.2 mg/kg")
    form.get_by_label("To session").fill("6")
    expect(page.locator("#dose-preview")).to_contain_text("98.4 mg")
    expect(page.locator("#dose-preview")).to_contain_text("above the studied range")
    shot(page, "plan-dose")
    form.get_by_role("button", name="Order the dose").click()
    expect(form).to_contain_text("say why it is ordered all the same")
    expect(form.get_by_label("Dose", exact=True)).to_have_value("1.2 mg/kg")
    form.get_by_label("Why it is ordered").fill("no effect at 1.0")
    form.get_by_role("button", name="Order the dose").click()
    expect(form).to_contain_text("A second person is needed, a prescriber")
    assert axe(page) == []
    form.get_by_label("Second prescriber's e-mail").fill(cast.second_prescriber.email)
    form.get_by_label("Second prescriber's password").fill(PASSWORD)
    form.get_by_role("button", name="Order the dose").click()
    expect(page.get_by_text("The dose is ordered.")).to_be_visible()
    order = Order.objects.get()
    assert (order.dose_mg, order.second_by) == (98.4, cast.second_prescriber)
    page.get_by_text("For nausea", exact=True).click()
    section = page.locator("#standing")
    section.locator("[name=nausea-dose]").fill("4 mg")
    section.locator("[name=nausea-condition]").fill("nausea that is told or seen")
    section.get_by_role("button", name="Write the standing order for nausea").click()
    expect(page.locator("#standing")).to_contain_text("nausea that is told or seen")
    assert StandingOrder.objects.get().drug == "ondansetron"
    shot(page, "plan-orders")


def test_the_plan_fits_a_phone(live_app: str, open_page: Callable[..., Page], cast: Cast, travel: Traveller) -> None:
    booked(cast, travel)
    phone = open_page(PHONE, is_mobile=True, has_touch=True)
    arrive(phone, live_app, cast.nurse, plan_of(cast))
    expect(chip(phone, 3)).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert axe(phone) == []
    shot(phone, "plan-phone")
    chip(phone, 3).tap()
    phone.locator("#moving-day").fill("2026-11-26")
    expect(phone.locator("#landing")).to_contain_text("Free Thu 26 Nov 09:00")
    shot(phone, "plan-phone-moving")
    phone.get_by_role("button", name="Move", exact=True).tap()
    expect(chip(phone, 3)).to_have_attribute("data-day", "2026-11-26")


def test_a_prescribed_series_is_laid_and_booked_at_the_desk(
    live_app: str, page: Page, cast: Cast, travel: Traveller
) -> None:
    cleared(cast, travel)
    course = prescribed(cast)
    arrive(page, live_app, cast.coordinator, plan_of(cast))
    expect(page.get_by_text("Session 1 to 6 is not booked.")).to_be_visible()
    page.get_by_role("button", name="Book 6 sessions").click()
    expect(page.get_by_text("Booked: the series.")).to_be_visible()
    assert Course.objects.get(pk=course.pk).sessions.count() == 6
    page.get_by_role("link", name="Cancel session 2").click()
    expect(page.get_by_label("Reason")).to_be_visible()
    assert axe(page) == []
    page.get_by_label("Reason").fill("ill")
    page.get_by_role("button", name="Cancel the session").click()
    expect(page.get_by_role("row", name="2 induction").first).to_contain_text("cancelled")
    page.get_by_text("Book session 2").click()
    page.get_by_label("Day and time").fill("2026-11-24T10:00")
    page.get_by_role("button", name="Book", exact=True).click()
    expect(chip(page, 2)).to_contain_text("10:00")


def test_a_prescriber_moves_past_the_window_and_keeps_what_was_typed(
    live_app: str, page: Page, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    trouble.expect("422")
    booked(cast, travel)
    arrive(page, live_app, cast.psychiatrist, plan_of(cast))
    chip(page, 6).click()
    page.locator("#moving-day").fill("2026-12-09")
    expect(page.locator("#landing")).to_contain_text("Prescriber decides")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.locator("#not-moved")).to_contain_text("say why it is booked there all the same")
    expect(page.locator("#moving-day")).to_have_value("2026-12-09")
    page.get_by_label("Why needed outside the window").fill("travels until Tuesday")
    page.get_by_role("button", name="Move", exact=True).click()
    expect(page.get_by_role("row", name="6 induction")).to_contain_text("travels until Tuesday")
    assert Session.objects.get(patient=cast.patient, n=6).planned_at == at("09")


@pytest.mark.parametrize("theme", ["day", "dark"])
def test_the_plan_is_legible_upright_by_day_and_in_the_dark(
    live_app: str, open_page: Callable[..., Page], cast: Cast, travel: Traveller, theme: str
) -> None:
    booked(cast, travel)
    page = open_page(TABLET_UPRIGHT)
    page.context.add_cookies([{"name": "remit_theme", "value": theme, "url": live_app}])
    arrive(page, live_app, cast.psychiatrist, plan_of(cast))
    chip(page, 3).click()
    expect(page.locator("#moving")).to_be_visible()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    shot(page, f"plan-upright-{theme}")
    page.goto(f"{live_app}{plan_of(cast)}?compare")
    expect(page.get_by_role("heading", name="Protocols that fit")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert axe(page) == []
    shot(page, f"plan-compare-{theme}")


def test_an_administrator_enters_a_nurses_hours(live_app: str, page: Page, cast: Cast, travel: Traveller) -> None:
    travel.to(at(23, "07:00"))
    arrive(page, live_app, cast.administrator, "/clinic/hours/")
    expect(page.get_by_text("No hours are entered.")).to_be_visible()
    page.get_by_label("Person").select_option("Nora Nurse")
    page.get_by_label("From", exact=True).fill("08:00")
    page.get_by_label("To", exact=True).fill("16:00")
    page.get_by_role("button", name="Enter the hours").click()
    expect(page.get_by_role("row", name="Nora Nurse Monday 08:00 to 16:00")).to_be_visible()
    assert axe(page) == []
    shot(page, "clinic-hours")
    page.get_by_label("Last day of Nora Nurse, Monday").fill("2026-12-07")
    page.get_by_role("button", name="End the hours of Nora Nurse, Monday").click()
    expect(page.get_by_role("row", name="Nora Nurse Monday")).to_contain_text("to Mon 7 Dec")

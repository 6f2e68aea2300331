"""The base of every page in a real browser: a shared tablet, the lock, drafts, source marks, keyboard, both grounds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from remit.acts import adoption, duty, people, prices
from remit.acts.actors import actor_for
from remit.acts.clock import now
from remit.records.models import Membership
from tests.fixtures.browser import PHONE, TABLET, TABLET_UPRIGHT, Trouble, axe
from tests.fixtures.cast import PASSWORD, Cast
from tests.web.browsing import sign_in, sign_out

OPEN = ["/accounts/login/", "/accounts/first-password/"]
PAGES = [
    "/people/", "/people/add/", "/clinic/", "/clinic/chairs/", "/clinic/duty/", "/clinic/prices/",
    "/clinic/values/?kind=eligibility", "/accounts/password/", "/accounts/factor/", "/accounts/confirm/",
]  # fmt: skip


@pytest.fixture
def tablet(open_page: Callable[..., Page]) -> Page:
    """A tablet on which the policy would refuse the checker's own script."""
    return open_page(TABLET, bypass_csp=True)


def furnish(cast: Cast) -> None:
    """Something to show on every page: duty, contacts, prices, an adopted value, somebody who waits."""
    admin = actor_for(cast.administrator.pk, cast.clinic.pk)
    at = now()
    for person, order in ((cast.psychiatrist, 0), (cast.nurse, 1)):
        duty.add_shift(admin, person.pk, at, at + timedelta(hours=8), order)
    contact = duty.add_crisis_contact(admin, "US", "Lifeline", "988", hours="day and night")
    duty.confirm_crisis_contact(admin, contact.pk)
    duty.add_crisis_contact(admin, "CH", "Another line", "143")
    for start in (date(2026, 1, 1), date(2026, 6, 1)):
        prices.set_price(admin, "iv_racemic_ketamine", "session", "450", "USD", start)
    adoption.adopt_value(actor_for(cast.psychiatrist.pk, cast.clinic.pk), "weight_for_dose", "our policy")
    people.invite_person(admin, "mia@clinic.example", "Mia New", ["nurse"])
    people.deactivate_person(admin, cast.second_nurse.pk)


def no_wider_than_the_screen(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("theme", ["day", "dark"])
def test_every_page_is_fit_for_everybody_in_both_grounds_on_tablet_and_phone(
    tablet: Page, live_app: str, cast: Cast, theme: str
) -> None:
    furnish(cast)
    tablet.context.add_cookies([{"name": "remit_theme", "value": theme, "url": live_app}])
    problems = []
    for path in (*OPEN, *PAGES):
        if path == PAGES[0]:
            sign_in(tablet, live_app, cast.administrator)
        for screen in (PHONE, TABLET_UPRIGHT, TABLET):
            tablet.set_viewport_size(screen)  # type: ignore[arg-type]
            tablet.goto(live_app + path)
            assert no_wider_than_the_screen(tablet), f"{path} at {screen['width']} px"
        problems += [f"{path}: {problem}" for problem in axe(tablet)]
    assert tablet.locator("html").get_attribute("data-theme") == theme
    assert problems == []


def test_what_is_typed_survives_the_lock_and_belongs_to_nobody_else_on_the_tablet(
    page: Page, live_app: str, cast: Cast
) -> None:
    Membership.objects.create(account=cast.nurse, clinic=cast.clinic, role="administrator")
    sign_in(page, live_app, cast.administrator)
    page.goto(f"{live_app}/people/add/")
    page.get_by_label("Name").fill("Mia Typed")
    page.get_by_label("nurse").check()
    expect(page.locator("[data-draft-state]")).to_have_text("Kept as a draft")
    # Typed and not yet saved when the screen locks: it is kept all the same.
    page.get_by_label("Telephone").fill("555 0102")
    page.get_by_role("button", name="Lock this screen").click()
    expect(page.get_by_role("heading", name="Ada Admin")).to_be_visible()
    page.get_by_role("button", name="Sign in as somebody else").click()
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/people/add/")
    expect(page.get_by_label("Name")).to_have_value("")
    sign_out(page)
    sign_in(page, live_app, cast.administrator)
    page.goto(f"{live_app}/people/add/")
    expect(page.get_by_text("was kept and is back")).to_be_visible()
    expect(page.get_by_label("Name")).to_have_value("Mia Typed")
    expect(page.get_by_label("Telephone")).to_have_value("555 0102")
    expect(page.get_by_label("nurse")).to_be_checked()
    page.get_by_role("button", name="Drop it").click()
    expect(page.get_by_label("Name")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Name")).to_have_value("")


def test_a_screen_that_nobody_touches_locks_by_itself_and_opens_where_it_was(
    page: Page, live_app: str, cast: Cast
) -> None:
    page.clock.install()
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/clinic/duty/")
    page.clock.run_for("09:50")
    expect(page.get_by_role("heading", name="Harbour Clinic")).to_be_visible()
    page.mouse.click(500, 600)
    page.clock.run_for("09:50")
    expect(page.get_by_role("heading", name="Harbour Clinic")).to_be_visible()
    page.clock.run_for("00:15")
    expect(page.get_by_role("heading", name="Nora Nurse")).to_be_visible()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    page.wait_for_url("**/clinic/duty/")


def test_without_a_connection_typing_goes_on_and_the_page_says_that_nothing_is_kept(
    page: Page, live_app: str, cast: Cast, trouble: Trouble
) -> None:
    trouble.expect("ERR_INTERNET_DISCONNECTED")
    sign_in(page, live_app, cast.administrator)
    page.goto(f"{live_app}/people/add/")
    page.context.set_offline(True)
    page.get_by_label("Name").fill("Mia Offline")
    expect(page.locator("[data-draft-state]")).to_have_text("No connection: not kept")
    page.context.set_offline(False)
    page.get_by_label("Telephone").fill("5")
    expect(page.locator("[data-draft-state]")).to_have_text("Kept as a draft")
    expect(page.get_by_label("Name")).to_have_value("Mia Offline")


def test_a_refusal_stands_at_its_field_which_has_the_focus(
    page: Page, live_app: str, cast: Cast, trouble: Trouble
) -> None:
    trouble.expect("422")
    sign_in(page, live_app, cast.administrator)
    page.goto(f"{live_app}/clinic/chairs/")
    page.get_by_label("Chair", exact=True).fill("Chair 1")
    page.get_by_role("button", name="Add").click()
    expect(page.get_by_text("there is a chair 'Chair 1' already")).to_be_visible()
    expect(page.get_by_label("Chair", exact=True)).to_be_focused()


def test_a_source_mark_opens_and_closes_by_keyboard(page: Page, live_app: str, cast: Cast) -> None:
    sign_in(page, live_app, cast.psychiatrist)
    page.goto(f"{live_app}/clinic/values/?words=weight_for_dose")
    mark = page.get_by_role("button", name="Source of weight_for_dose").first
    note = page.locator(".source-note").first
    mark.focus()
    page.keyboard.press("Enter")
    expect(note).to_be_visible()
    expect(note).to_contain_text("not confirmed")
    page.keyboard.press("Escape")
    expect(note).to_be_hidden()
    expect(mark).to_be_focused()


def test_the_lead_adopts_a_value_by_name(page: Page, live_app: str, cast: Cast) -> None:
    sign_in(page, live_app, cast.psychiatrist)
    page.goto(f"{live_app}/clinic/values/?words=weight_for_dose")
    page.locator("summary", has_text="Adopt").first.click()
    page.get_by_label("On what grounds").first.fill("our policy of 2026")
    page.get_by_role("button", name="Adopt as Petra Psychiatrist").first.click()
    expect(page.get_by_text("by Petra Psychiatrist").first).to_be_visible()
    expect(page.get_by_text("our policy of 2026")).to_be_visible()


def test_the_keyboard_reaches_the_content_first_and_the_menu_closes_by_escape(
    page: Page, live_app: str, cast: Cast
) -> None:
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/clinic/")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="To the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("#main")).to_be_focused()
    page.locator(".menu > summary").press("Enter")
    expect(page.get_by_role("link", name="Second factor")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("link", name="Second factor")).to_be_hidden()


def test_the_ground_is_chosen_with_one_press_and_stays(page: Page, live_app: str, cast: Cast) -> None:
    sign_in(page, live_app, cast.nurse)
    page.goto(f"{live_app}/clinic/duty/")
    page.get_by_role("button", name="Dark and quiet colours").click()
    page.wait_for_url("**/clinic/duty/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    page.goto(f"{live_app}/clinic/")
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


TOO_SMALL = """() => [...document.querySelectorAll("a.button, button.button, input, select, summary, .nav a")]
    .filter((one) => one.checkVisibility() && !one.closest(".visually-hidden"))
    .filter((one) => !["checkbox", "radio", "hidden"].includes(one.type) && one.getBoundingClientRect().height < 44)
    .map((one) => one.outerHTML.slice(0, 80))"""


def test_what_is_touched_is_large_enough(page: Page, live_app: str, cast: Cast) -> None:
    sign_in(page, live_app, cast.administrator)
    for path in ("/people/", "/clinic/duty/", "/clinic/values/"):
        page.goto(live_app + path)
        small = page.evaluate(TOO_SMALL)
        assert small == [], path


def test_a_security_key_is_added_and_signs_in(page: Page, live_app: str, cast: Cast, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["localhost"]
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    # A key is bound to a name; an address in numbers has none.
    address = live_app.replace("127.0.0.1", "localhost")
    keys = page.context.new_cdp_session(page)
    keys.send("WebAuthn.enable")
    keys.send("WebAuthn.addVirtualAuthenticator", {"options": A_KEY})
    sign_in(page, address, cast.nurse)
    page.goto(f"{address}/accounts/factor/keys/add/")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Name").fill("blue key")
    page.get_by_role("button", name="Add the key").click()
    page.wait_for_url("**/codes/**")
    page.goto(f"{address}/accounts/factor/keys/")
    expect(page.get_by_text("blue key")).to_be_visible()
    sign_out(page)
    sign_in(page, address, cast.nurse)
    expect(page.get_by_role("heading", name="Second factor")).to_be_visible()
    page.get_by_role("button", name="Use a security key").click()
    page.wait_for_url(lambda url: "/accounts/" not in url)


A_KEY = {
    "protocol": "ctap2",
    "transport": "usb",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def test_the_page_needs_no_script_to_be_used(open_page: Callable[..., Page], live_app: str, cast: Cast) -> None:
    plain = open_page(TABLET, java_script_enabled=False)
    sign_in(plain, live_app, cast.administrator)
    plain.goto(f"{live_app}/clinic/chairs/")
    plain.get_by_label("Chair", exact=True).fill("Window")
    plain.get_by_role("button", name="Add").click()
    expect(plain.get_by_text("Window is added.")).to_be_visible()
    plain.get_by_role("button", name="Lock this screen").click()
    expect(plain.get_by_role("heading", name="Ada Admin")).to_be_visible()

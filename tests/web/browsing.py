"""Signing in through the page, as a person does, for tests in a real browser."""

from __future__ import annotations

from playwright.sync_api import Page

from remit.records.models import Account
from tests.fixtures.cast import PASSWORD


def sign_in(page: Page, address: str, account: Account) -> None:
    """Sign in on the sign-in page."""
    page.goto(f"{address}/accounts/login/")
    page.get_by_label("E-mail").fill(account.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("form[action='/accounts/login/'] button").click()
    page.wait_for_url(lambda url: "/accounts/login/" not in url)


def sign_out(page: Page) -> None:
    """Sign out by the menu."""
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")

"""Signing in for tests in a real browser: through the page, as a person does, or before the test begins."""

from __future__ import annotations

from django.conf import settings
from django.test import Client
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


def arrive(page: Page, address: str, account: Account, to: str) -> None:
    """Open a page as somebody who has signed in already."""
    client = Client()
    client.force_login(account)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    page.goto(f"{address}{to}")


def sign_out(page: Page) -> None:
    """Sign out by the menu."""
    page.locator(".menu > summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/accounts/login/**")

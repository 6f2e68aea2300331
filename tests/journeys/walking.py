"""What every journey does on every page: sign in, press, look at it, count what a hand does."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from remit.records.models import Account
from tests.fixtures.browser import axe
from tests.web import browsing

LONGEST_MS = 10_000
OpenPage = Callable[..., Page]


@dataclass
class Walk:
    """The clinic's address, the size of the screens of its people, and how a screen is opened."""

    live_app: str
    open_page: OpenPage
    viewport: dict[str, int]

    def as_(self, account: Account, to: str = "/") -> Page:
        """A new screen at which this person is signed in."""
        page = self.open_page(self.viewport)
        page.set_default_timeout(LONGEST_MS)
        browsing.sign_in(page, self.live_app, account)
        page.goto(self.live_app + to)
        return page


BEYOND = """() => {
  if (document.documentElement.scrollWidth <= window.innerWidth) return [];
  const scrolls = (one) => one !== document.body && getComputedStyle(one).overflowX !== "visible";
  const inside = (one) => one.parentElement && (scrolls(one.parentElement) || inside(one.parentElement));
  return [...document.body.querySelectorAll("*")]
    .filter((one) => one.getBoundingClientRect().right > window.innerWidth + 1 && !inside(one))
    .map((one) => one.outerHTML.slice(0, 160));
}"""


def beyond_the_edge(page: Page) -> list[str]:
    """What makes the page wider than the screen, apart from what scrolls by itself."""
    found: list[str] = page.evaluate(BEYOND)
    return found


DRAWN = "() => [...document.querySelectorAll('.curve-part[hx-get]')].every((one) => one.querySelector('details, p'))"
"""True once a curve that is drawn anew with what a model expects has come."""


def look(page: Page, name: str, at: str = "") -> None:
    """Nobody is kept out, nothing stands beyond the edge; a picture of it for the guide where `REMIT_SHOTS` says so."""
    kept_out, beyond = axe(page), beyond_the_edge(page)
    assert kept_out == [], f"{name}: {kept_out}"
    assert beyond == [], f"{name}: {beyond}"
    if folder := os.environ.get("REMIT_SHOTS"):
        page.wait_for_function(DRAWN)
        if at:
            page.locator(at).first.evaluate("one => one.scrollIntoView({block: 'start'})")
        width = page.viewport_size["width"] if page.viewport_size else 0
        # Hiding the caret would leave style attributes behind, which the policy for content refuses to copy.
        page.screenshot(path=Path(folder) / f"{name}-{width}.png", caret="initial")


def press(within: Page | Locator, name: str) -> None:
    """Press the button of exactly this name."""
    within.get_by_role("button", name=name, exact=True).click()


def unfold(within: Page | Locator, words: str) -> None:
    """Open the part that these words head."""
    within.locator("summary", has_text=words).first.click()


def says(page: Page, words: str) -> None:
    """The page says so."""
    expect(page.locator("main").get_by_text(words).first).to_be_visible()


@dataclass
class Hand:
    """Counts what a hand does at the chair: digits typed, and presses or taps beside them."""

    page: Page
    digits: int = 0
    presses: int = 0

    def tap(self, button: Locator) -> None:
        """One tap."""
        self.presses += 1
        button.click()

    def key(self, name: str) -> None:
        """One press of a key."""
        self.presses += 1
        self.page.keyboard.press(name)

    def type(self, digits: str) -> None:
        """Digits, one key each."""
        self.digits += len(digits)
        self.page.keyboard.type(digits)

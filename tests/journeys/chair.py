"""A session at the chair, from arrival to the signed sheet, as a nurse, a second nurse and a prescriber do it."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Locator, Page, expect

from tests.fixtures.cast import PASSWORD
from tests.journeys.walking import Hand, look, press

MONITORS = Path(__file__).parents[1] / "reference" / "oru"


@dataclass(frozen=True)
class Vitals:
    """One set as it is read off the monitor."""

    systolic: int
    diastolic: int
    pulse: int
    spo2: int

    @property
    def digits(self) -> str:
        return f"{self.systolic}{self.diastolic}{self.pulse}{self.spo2}"

    @property
    def pressure(self) -> str:
        return f"{self.systolic}/{self.diastolic}"


def vital_set(page: Page, read: Vitals) -> None:
    """One set: its digits, and two presses or taps beside them."""
    hand = Hand(page)
    hand.tap(page.get_by_role("button", name="Vitals", exact=True))
    hand.type(read.digits)
    hand.key("Enter")
    expect(page.get_by_role("cell", name=read.pressure).last).to_be_visible()
    expect(page.locator("#dialog-vitals")).to_be_hidden()
    assert (hand.digits, hand.presses) == (len(read.digits), 2)


def dialog(page: Page, name: str) -> Locator:
    """The open dialog of this name."""
    return page.locator(f"#dialog-{name}")


def confirm_gate(page: Page) -> None:
    """Every check of the gate is confirmed, one by one."""
    expect(page.get_by_role("button", name=re.compile("^Confirm: ")).first).to_be_visible()
    while (open_ones := page.get_by_role("button", name=re.compile("^Confirm: "))).count():
        name = open_ones.first.get_attribute("aria-label") or ""
        open_ones.first.click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def scales(page: Page, **totals: int) -> None:
    """Scales of the session, one entry each."""
    for id, total in totals.items():
        rows = page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=ROWS[id], exact=True))
        press(page, "Scale")
        page.locator(f"#scale-{id}").fill(str(total))
        page.keyboard.press("Enter")
        expect(dialog(page, "scale")).to_be_hidden()
        expect(rows.get_by_role("cell", name=re.compile(rf"\b{total}\b")).last).to_be_visible()


ROWS = {"MOAAS": "MOAA/S", "CADSS6": "CADSS-6"}


def clear(page: Page) -> None:
    """The prescriber clears the person for the dose."""
    press(page, "Clear for the dose")
    press(dialog(page, "cleared"), "Clear")
    expect(page.locator(".session-head .tag").first).to_have_text("cleared")


def prepare(page: Page, second: str) -> None:
    """The first person draws, the second computes alone and gives the own password: 41 mg are 0.82 mL of 50 mg/mL."""
    press(page, "Prepare the dose")
    held = dialog(page, "preparation")
    held.get_by_role("radio", name="ketamine", exact=True).first.check()
    held.locator("#prep-strength").fill("50")
    held.locator("#prep-volume").fill("0.82")
    held.locator("#prep-lot").fill("K-204")
    look(page, "prepare")
    press(held, "Hand to the second person")
    held.get_by_label("Who").select_option(label=second)
    held.get_by_label("Their own password").fill(PASSWORD)
    held.get_by_role("radio", name="ketamine", exact=True).check()
    held.locator("#prep2-strength").fill("50")
    held.locator("#prep2-volume").fill("0.82")
    held.locator("#prep2-weight").fill("82")
    look(page, "second-person")
    press(held, "Both agree")
    expect(held).to_be_hidden()
    expect(page.get_by_role("button", name="Start infusion", exact=True).first).to_be_visible()


def start_infusion(page: Page) -> None:
    """The infusion begins."""
    press(page.locator(".actions"), "Start infusion")
    held = dialog(page, "dose-start")
    held.locator("#start-mg").fill("41")
    held.locator("#start-volume").fill("50")
    held.locator("#start-lot").fill("K-204")
    expect(held.locator("[data-rate]")).to_contain_text("75.0 mL/h")
    press(held, "Start infusion")
    expect(held).to_be_hidden()
    expect(page.get_by_text("since the dose").first).to_be_visible()


def correct_pressure(page: Page, wrong: str, right: int) -> None:
    """A pressure is corrected; both values stay to be seen."""
    page.get_by_role("button", name=f"Correct: {wrong} mmHg").click()
    page.locator("#new-systolic").fill(str(right))
    page.get_by_label("Why it is corrected").fill("typing slip")
    press(page.locator("#correct-body"), "Correct")
    expect(dialog(page, "correct")).to_be_hidden()
    expect(page.get_by_role("cell", name=f"{wrong} {right}/")).to_be_visible()


def discharge(page: Page, escort: str) -> Locator:
    """Somebody tries to let the person go; returns the dialog, which says a refusal."""
    press(page, "Discharge")
    held = dialog(page, "discharge")
    held.locator("#discharge-escort").fill(escort)
    press(held, "Discharge")
    return held


def fine(page: Page) -> None:
    """Each thing that discharge asks is confirmed."""
    expect(page.get_by_role("button", name=re.compile("^Fine: ")).first).to_be_visible()
    while (open_ones := page.get_by_role("button", name=re.compile("^Fine: "))).count():
        name = open_ones.first.get_attribute("aria-label") or ""
        open_ones.first.click()
        expect(page.get_by_role("button", name=name, exact=True)).to_have_count(0)


def from_monitor(page: Page, file: str, record_number: str) -> None:
    """A monitor's message, which names somebody else, is matched to the person in the chair, and entered."""
    page.locator("details.menu.up > summary").click()
    page.get_by_role("link", name="From a monitor file").click()
    page.locator("input[type=file]").set_input_files(MONITORS / file)
    press(page, "Read the file")
    for several in page.locator("fieldset.offer").all():
        several.locator("label.choice").first.click()
    page.get_by_label("Record number of the person in this chair").fill(record_number)
    page.get_by_label("Why the message names somebody else").fill("the monitor still names whoever lay here before")
    look(page, f"monitor-{file.partition('_')[0]}")
    press(page, "Enter these readings")
    expect(page.get_by_text("Readings entered.").first).to_be_visible()


def messages() -> dict[str, dict[str, str]]:
    """What a careful reader takes from each message of the monitors, by file."""
    with (MONITORS / "expected.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def taken(expected: dict[str, str]) -> dict[str, float]:
    """The same as an entry of the session holds it; of several temperatures the first."""
    said = {
        "heart_rate": expected["heart_rate"] or expected["pulse_rate"],
        "spo2": expected["spo2"],
        "respiratory_rate": expected["resp_rate"],
        "systolic": expected["nibp_systolic"],
        "diastolic": expected["nibp_diastolic"],
        "temperature_c": expected["temperature_c"].partition("|")[0],
    }
    return {name: float(value) for name, value in said.items() if value}

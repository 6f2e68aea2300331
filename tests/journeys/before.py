"""From the referral to the ordered dose, each step by the person whose work it is."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.journeys.walking import look, press, says, unfold

TRIALS = (
    ("sertraline", "100", "12", "failed", ""),
    ("citalopram", "20", "4", "failed", ""),
    ("venlafaxine", "75", "7", "failed", ""),
    ("duloxetine", "90", "104", "responded, lost", ""),
    ("aripiprazole", "10", "4", "failed", "duloxetine"),
)
"""The published history: drug, dose, weeks, outcome, and what it was added to."""
CHECKS = {
    "diagnosis_interview": "done",
    "treatment_history": "done",
    "consent_offlabel": "done",
    "pregnancy_test": "negative",
    "cssrs_lifetime_recent": "low",
}


def register(page: Page) -> str:
    """The coordinator registers the person with the referral, and accepts it; returns the person's address."""
    page.get_by_role("link", name="Register a patient").click()
    for name, value in (
        ("family_name", "Rivers"), ("given_name", "Mara"), ("birth_date", "1978-03-04"), ("mrn", "H-2001"),
        ("email", "mara.rivers@patients.example"), ("country", "US"),
    ):  # fmt: skip
        page.locator(f"#id_{name}").fill(value)
    page.get_by_label("Sex").select_option("female")
    look(page, "register", "h1")
    press(page, "Register")
    expect(page.get_by_role("heading", name="Rivers, Mara")).to_be_visible()
    unfold(page, "Record a referral")
    page.get_by_label("Referred by").fill("Dr Alder, family practice")
    page.get_by_label("What they ask").fill("Five medicines, little help. Is ketamine an option?")
    press(page, "Record the referral")
    says(page, "Dr Alder, family practice")
    look(page, "person")
    return page.url


def weigh(page: Page, kg: str) -> None:
    """The nurse weighs the person."""
    unfold(page, "Record a weight")
    page.get_by_label("Weight", exact=True).fill(kg)
    page.get_by_role("radio", name="kg").check()
    press(page, "Record the weight")
    says(page, f"{kg}.0")


def begin_episode(page: Page) -> None:
    """The nurse records the episode that is treated."""
    form = page.locator("#episode")
    form.get_by_label("Indication").select_option("mdd_trd")
    form.get_by_label("ICD-10 code").fill("F33.2")
    form.get_by_label("Start").fill("2025-11-20")
    form.get_by_label("Severity").select_option("severe_without_psychosis")
    press(form, "Record")
    expect(page.locator("#episode dl.facts")).to_contain_text("F33.2")


def type_history(page: Page) -> None:
    """The nurse types the five drugs with the keyboard alone: two of them count."""
    page.locator("#id_trial-drug").focus()
    for place, row in enumerate(TRIALS, start=1):
        for cell in row[:-1]:
            page.keyboard.type(cell)
            page.keyboard.press("Tab")
        page.keyboard.type(row[-1])
        page.keyboard.press("Enter")
        expect(page.locator("#tried tbody tr")).to_have_count(place)
        expect(page.locator("#id_trial-drug")).to_be_focused()
        expect(page.locator("#id_trial-drug")).to_have_value("")
    expect(page.locator("#verdict")).to_contain_text("2 of 5 trials count")
    look(page, "history", "#trials")


def answer_questions(page: Page) -> None:
    """Every question that the protocol needs answered is asked, and answered no."""
    asked = page.locator("#questions .asks").first.locator("li.ask")
    for id in [one.get_attribute("id") for one in asked.all()]:
        answer(page, f"#{id}", "No")
    answer(page, "#q-ect_failed", "No")
    answer(page, "#allergies", "None")


def answer(page: Page, place: str, words: str) -> None:
    """One answer, and that it was kept."""
    with page.expect_response(re.compile("/answers/")) as kept:
        page.locator(place).locator(".segments label", has_text=re.compile(f"^{words}$")).first.click()
    assert kept.value.ok


def take_medication(page: Page, name: str, mg: str) -> None:
    """One medicine of the person."""
    form = page.locator("#medications form.adding")
    form.get_by_label("Medication", exact=True).fill(name)
    form.get_by_label("Dose").fill(mg)
    press(form, "Add the medication")
    expect(page.locator("#medications .taken > li").filter(has_text=name)).to_be_visible()


def record_checks(page: Page) -> None:
    """The checks and the consent."""
    for check, result in CHECKS.items():
        row = page.locator(f"#check-{check}")
        row.get_by_role("combobox").select_option(result)
        row.get_by_role("button").last.click()
        expect(page.locator(f"#check-{check} b")).to_have_text(result)


def screen(page: Page, why: str) -> int:
    """The prescriber keeps the screening and decides on what is open; returns how many were decided."""
    press(page, "Keep this screening")
    says(page, "The screening is kept")
    decided = 0
    while (waiting := page.locator("#decisions details.reveal:has(textarea)")).count():
        expect(waiting).to_have_count(waiting.count())
        first = waiting.first
        if first.get_attribute("open") is None:
            first.locator("summary").click()
        first.get_by_label("Why this person is treated all the same").fill(why)
        look(page, f"decide-{decided}", "#decisions")
        left = waiting.count() - 1
        press(first, "Treat all the same")
        expect(page.locator("#decisions details.reveal:has(textarea)")).to_have_count(left)
        decided += 1
    expect(page.locator("#verdict")).to_contain_text("Cleared to plan")
    look(page, "candidate", "main")
    return decided


def plan_six(page: Page, first_day: str) -> None:
    """The prescriber compares, chooses infusions, lays six of them thrice a week, and prescribes."""
    page.get_by_role("link", name="Plan", exact=True).click()
    column = page.get_by_role("article", name="Intravenous racemic ketamine infusion")
    expect(column).to_contain_text("cleared")
    look(page, "compare")
    column.get_by_role("link", name="Plan this").click()
    page.get_by_label("Series").select_option(label="6 visits in 2 weeks")
    page.get_by_label("First day").fill(first_day)
    page.get_by_label("Time of day").fill("09:00")
    press(page, "Lay it out")
    expect(page.locator("#chip-6")).to_contain_text("09:00")
    look(page, "draft")
    press(page, "Prescribe and book 6 sessions")
    says(page, "6 sessions are booked")


def order_dose(page: Page) -> None:
    """The prescriber orders half a milligram a kilogram: 82 kg make 41 mg."""
    orders = page.locator("#dose-form")
    orders.get_by_label("Dose", exact=True).fill("0.5 mg/kg")
    expect(page.locator("#dose-preview")).to_contain_text("41 mg")
    look(page, "order", "#orders")
    press(orders, "Order the dose")
    expect(page.locator("#orders .order").first).to_contain_text("41 mg")


def standing_orders(page: Page) -> None:
    """Standing orders for nausea and pressure."""
    for purpose, dose, when in (
        ("nausea", "4 mg once", "vomiting or nausea that the person asks to be treated"),
        ("pressure", "10 mg once", "after the prescriber was called"),
    ):
        unfold(page.locator("#standing"), f"For {purpose}")
        form = page.locator("#standing form").filter(has=page.locator(f"[name={purpose}-dose]"))
        form.locator(f"[name={purpose}-dose]").fill(dose)
        form.locator(f"[name={purpose}-condition]").fill(when)
        press(form, f"Write the standing order for {purpose}")
        says(page, f"The standing order for {purpose} is written.")
    look(page, "course")

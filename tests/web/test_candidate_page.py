"""The candidate's page in a browser: typed by keyboard, judged while one types, decided by two people."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from remit.acts import candidate_lists, history
from remit.records.models import FactAnswer, OverrideRecord, ScreeningRecord, TrialRecord
from tests.fixtures.browser import PHONE, TABLET_UPRIGHT, Trouble, axe
from tests.fixtures.candidates import IV, WORKED_HISTORY
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.histories import acting, answer_everything, enter_trials
from tests.web.browsing import arrive

pytestmark = pytest.mark.django_db(transaction=True)

TYPED = (
    ("sertraline", "100", "12", "failed", ""),
    ("citalopram", "20", "4", "failed", ""),
    ("venlafaxine", "75", "7", "failed", ""),
    ("duloxetine", "90", "104", "responded, lost", ""),
    ("aripiprazole", "10", "4", "failed", "duloxetine"),
)
"""The published history, key by key."""
DESK = {"width": 1280, "height": 800}


def address(cast: Cast, protocol_id: str = IV) -> str:
    return f"/patients/{cast.patient.pk}/candidate/?protocol={protocol_id}"


def keep_picture(page: Page, name: str) -> None:
    """Keep a picture when somebody wants to look."""
    folder = os.environ.get("REMIT_SHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def no_sideways(page: Page) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def type_one(page: Page, drug: str, dose: str, weeks: str, outcome: str, added_to: str) -> None:
    """One drug, with the keyboard alone, beginning where the page has put the cursor."""
    keyboard = page.keyboard
    keyboard.type(drug)
    keyboard.press("Tab")
    keyboard.type(dose)
    keyboard.press("Tab")
    keyboard.type(weeks)
    keyboard.press("Tab")
    keyboard.type(outcome)
    keyboard.press("Tab")
    keyboard.type(added_to)
    keyboard.press("Enter")


def test_the_published_history_is_typed_by_keyboard_and_two_of_five_count(
    live_app: str, page: Page, cast: Cast
) -> None:
    nurse = acting(cast, cast.nurse)
    history.begin_episode(nurse, cast.patient.pk, history.Diagnosis("mdd_trd"))
    arrive(page, live_app, cast.nurse, address(cast))
    page.locator("#id_trial-drug").focus()
    for place, row in enumerate(TYPED, start=1):
        type_one(page, *row)
        expect(page.locator("#tried tbody tr")).to_have_count(place)
        expect(page.locator("#id_trial-drug")).to_be_focused()
        expect(page.locator("#id_trial-drug")).to_have_value("")
    expect(page.locator("#strip")).to_contain_text("2 of 5 count")
    expect(page.locator("#verdict")).to_contain_text("2 of 5 trials count")
    expect(page.locator("#verdict")).to_contain_text("By the shorter duration of the ATHF forms 3")
    words = [" ".join(row.split()) for row in page.locator("#tried tbody tr").all_inner_texts()]
    assert ["does not count" not in row for row in words] == [True, False, False, False, True]
    assert "counts by the ATHF forms" in words[1]
    assert "because dose 75 mg/day is below the adequate 150 mg/day" in words[2]
    held = [(row.drug, row.dose_mg_day, row.weeks, row.outcome) for row in TrialRecord.objects.order_by("order")]
    assert held == [(one.drug, one.dose_mg_day, one.weeks, one.outcome.value) for one in WORKED_HISTORY]
    assert no_sideways(page)
    keep_picture(page, "candidate-typed")


def test_a_drug_is_judged_while_it_is_typed_and_not_kept(live_app: str, page: Page, cast: Cast) -> None:
    enter_trials(cast, WORKED_HISTORY[:1])
    arrive(page, live_app, cast.nurse, address(cast))
    expect(page.locator("#strip")).to_contain_text("1 of 1 count")
    page.get_by_label("Drug", exact=True).fill("citalopram")
    expect(page.locator("#judgement")).to_contain_text("because dose not known: at least 20 mg/day is needed")
    page.locator("#id_trial-outcome").select_option("failed")
    page.locator("#id_trial-dose_mg_day").fill("20")
    page.locator("#id_trial-weeks").fill("6")
    expect(page.locator("#judgement .state")).to_have_text("counts")
    expect(page.locator("#strip")).to_contain_text("2 of 2 count")
    page.locator("#id_trial-weeks").fill("5")
    expect(page.locator("#judgement")).to_contain_text("5 weeks are short of the 6 weeks asked for")
    expect(page.locator("#strip")).to_contain_text("1 of 2 count")
    assert TrialRecord.objects.count() == 1


def test_a_drug_is_corrected_with_a_reason_and_the_old_row_stays(live_app: str, page: Page, cast: Cast) -> None:
    enter_trials(cast)
    arrive(page, live_app, cast.nurse, address(cast))
    page.get_by_role("link", name="Correct venlafaxine").click()
    expect(page.get_by_role("heading", name="Correct venlafaxine")).to_be_visible()
    page.locator("#id_trial-dose_mg_day").fill("150")
    expect(page.locator("#strip")).to_contain_text("3 of 5 count")
    page.locator("#id_trial-reason").fill("letter of the GP")
    page.get_by_role("button", name="Correct this drug").click()
    expect(page.locator("#tried")).to_contain_text("corrected: letter of the GP")
    expect(page.get_by_role("heading", name="Add a drug")).to_be_visible()
    assert sorted(TrialRecord.objects.filter(drug="venlafaxine").values_list("dose_mg_day", flat=True)) == [75, 150]


def test_a_refused_drug_keeps_what_was_typed_next_to_the_reason(
    live_app: str, page: Page, cast: Cast, trouble: Trouble
) -> None:
    trouble.expect("422")
    arrive(page, live_app, cast.nurse, address(cast))
    page.get_by_label("Drug", exact=True).fill("sertraline")
    page.locator("#id_trial-weeks").fill("5200")
    page.get_by_role("button", name="Add this drug").click()
    expect(page.locator("#id_trial-weeks_error")).to_contain_text("the person's age, is needed, not 5200")
    expect(page.get_by_label("Drug", exact=True)).to_have_value("sertraline")


def test_a_question_is_answered_by_arrow_key_and_the_verdict_follows(live_app: str, page: Page, cast: Cast) -> None:
    answer_everything(cast, bp_rise_hazard="not_asked")
    arrive(page, live_app, cast.nurse, address(cast))
    expect(page.locator("#verdict h2")).to_contain_text("The prescriber decides")
    reason = page.locator("#verdict").get_by_role("link", name="A marked rise in blood pressure")
    assert reason.get_attribute("href") == "#q-bp_rise_hazard"
    page.locator("#q-bp_rise_hazard-not-asked").focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#verdict h2")).to_contain_text("Eligible")
    expect(page.locator("#q-bp_rise_hazard")).to_contain_text("Nora Nurse")
    expect(page.locator("#q-bp_rise_hazard-no")).to_be_focused()
    page.keyboard.press("ArrowLeft")
    expect(page.locator("#verdict h2")).to_contain_text("Blocked")
    assert list(
        FactAnswer.objects.filter(fact="bp_rise_hazard").order_by("answered_at").values_list("answer", flat=True)
    ) == [
        "not_asked",
        "no",
        "yes",
    ]


def test_an_answer_that_did_not_arrive_is_not_shown_as_kept(
    live_app: str, page: Page, cast: Cast, trouble: Trouble
) -> None:
    trouble.expect("htmx:")
    trouble.expect("ERR_FAILED")
    answer_everything(cast)
    arrive(page, live_app, cast.nurse, address(cast))
    page.route("**/answers/avm/**", cut)
    page.locator("#q-avm label", has_text="Yes").click()
    expect(page.locator("#messages")).to_contain_text("No connection: nothing was saved")
    expect(page.locator("#q-avm-no")).to_be_checked()


def cut(route: Route) -> None:
    route.abort()


def test_allergies_that_were_denied_answer_the_question_about_ketamine(live_app: str, page: Page, cast: Cast) -> None:
    enter_trials(cast)
    arrive(page, live_app, cast.nurse, address(cast))
    expect(page.locator("#q-hypersensitivity-asked")).to_contain_text("must be asked")
    page.locator("#allergies label", has_text="None").click()
    expect(page.locator("#verdict")).not_to_contain_text("Allergy to ketamine")
    page.reload()
    expect(page.locator("#q-hypersensitivity-asked")).not_to_contain_text("must be asked")
    expect(page.locator("#check-pregnancy_test")).to_contain_text("must be known")


def test_lists_and_checks_change_the_verdict(live_app: str, page: Page, cast: Cast) -> None:
    answer_everything(cast)
    arrive(page, live_app, cast.nurse, address(cast))
    expect(page.locator("#verdict h2")).to_contain_text("Eligible")
    page.get_by_label("Substance", exact=True).fill("ketamine")
    page.get_by_role("button", name="Add the allergy").click()
    expect(page.locator("#verdict h2")).to_contain_text("Blocked")
    expect(page.locator("#allergies")).to_contain_text("ketamine")
    page.get_by_label("Medication", exact=True).fill("clonazepam")
    page.get_by_role("button", name="Add the medication").click()
    expect(page.locator("#medications .taken > li").filter(has_text="clonazepam")).to_contain_text("Prescriber decides")
    row = page.locator("#check-pregnancy_test")
    row.get_by_role("combobox").select_option("positive")
    row.get_by_role("button").last.click()
    expect(page.locator("#reasons-block")).to_contain_text("pregnancy_test positive")
    page.locator("#vitals").get_by_label("Systolic").fill("146")
    page.locator("#vitals").get_by_label("Diastolic").fill("88")
    page.keyboard.press("Tab")
    expect(page.locator("#verdict")).to_contain_text("systolic 146 above 140")


def test_an_impossible_pressure_is_said_and_not_used(live_app: str, page: Page, cast: Cast, trouble: Trouble) -> None:
    answer_everything(cast)
    arrive(page, live_app, cast.nurse, address(cast))
    page.locator("#vitals").get_by_label("Systolic").fill("1460")
    page.keyboard.press("Tab")
    expect(page.locator("#vitals-note")).to_contain_text("30 to 300 mmHg is possible, not 1460")
    trouble.expect("422")
    with page.expect_event("console", lambda said: "422" in said.text):
        page.get_by_role("button", name="Keep this screening").click()
    expect(page.locator("#verdict")).to_contain_text("is not used")
    assert not ScreeningRecord.objects.exists()


def test_a_labels_block_is_decided_by_two_on_one_screen(
    live_app: str, page: Page, cast: Cast, trouble: Trouble
) -> None:
    answer_everything(cast)
    candidate_lists.record_allergy(acting(cast, cast.nurse), cast.patient.pk, "ketamine", "hives once")
    arrive(page, live_app, cast.psychiatrist, address(cast))
    page.get_by_role("button", name="Keep this screening").click()
    expect(page.locator("#decisions")).to_contain_text("The screening is kept")
    expect(page.locator("#verdict")).to_contain_text("Not cleared to plan")
    page.get_by_text("Decide with a second prescriber").click()
    page.get_by_label("Why this person is treated all the same").fill("skin tests were negative")
    trouble.expect("decide")
    for email, password, says in (
        (cast.psychiatrist.email, PASSWORD, "another account"),
        (cast.second_prescriber.email, "wrong", "not right"),
        (cast.nurse.email, PASSWORD, "must be a prescriber of this clinic"),
    ):
        page.get_by_label("Second prescriber's e-mail").fill(email)
        page.get_by_label("Second prescriber's password").fill(password)
        page.get_by_role("button", name="Treat all the same").click()
        expect(page.locator("#decisions .refusal")).to_contain_text(says)
        expect(page.get_by_label("Why this person")).to_have_value("skin tests were negative")
        expect(page.get_by_label("Second prescriber's password")).to_have_value("")
    assert not OverrideRecord.objects.exists()
    page.get_by_label("Second prescriber's e-mail").fill(cast.second_prescriber.email)
    page.get_by_label("Second prescriber's password").fill(PASSWORD)
    page.get_by_role("button", name="Treat all the same").click()
    expect(page.locator("#decisions")).to_contain_text("Petra Psychiatrist, with Amir Anaesthetist")
    expect(page.locator("#verdict")).to_contain_text("Cleared to plan")
    made = OverrideRecord.objects.get()
    assert (made.by, made.second_by) == (cast.psychiatrist, cast.second_prescriber)
    keep_picture(page, "candidate-decided")


@pytest.mark.parametrize("viewport", [PHONE, TABLET_UPRIGHT], ids=lambda v: v["width"])
def test_it_fits_and_everybody_can_use_it(live_app: str, open_page: object, cast: Cast, viewport: dict) -> None:
    answer_everything(cast, psychosis="yes", bp_rise_hazard="not_asked")
    page = open_page(viewport, bypass_csp=True)
    arrive(page, live_app, cast.psychiatrist, address(cast))
    assert no_sideways(page)
    assert axe(page) == []
    page.get_by_role("button", name="Keep this screening").click()
    expect(page.locator("#decisions")).to_contain_text("The screening is kept")
    page.locator("#decisions summary", has_text="Decide").first.click()
    assert axe(page) == []
    assert no_sideways(page)
    keep_picture(page, f"candidate-{viewport['width']}")
    for name in ("as it was kept", "To the candidate", "History for the payer"):
        with page.expect_navigation():
            page.get_by_role("link", name=name).click()
        assert axe(page) == []
        assert no_sideways(page)


def test_a_therapist_reads_and_changes_nothing(live_app: str, page: Page, cast: Cast) -> None:
    answer_everything(cast)
    arrive(page, live_app, cast.therapist, address(cast))
    expect(page.locator("#tried")).to_contain_text("sertraline")
    assert page.locator(".candidate form, .candidate input").count() == 0


def test_the_history_is_printed_for_the_payer(live_app: str, open_page: object, cast: Cast) -> None:
    enter_trials(cast)
    page = open_page(bypass_csp=True)
    arrive(page, live_app, cast.nurse, address(cast))
    page.get_by_role("link", name="History for the payer").click()
    expect(page.get_by_role("article")).to_contain_text("2 of 5 trials count")
    expect(page.get_by_role("article")).to_contain_text("Signed by")
    assert axe(page) == []
    page.emulate_media(media="print")
    expect(page.get_by_role("button", name="Print")).to_be_hidden()
    keep_picture(page, "candidate-paper")
    page.emulate_media(media="screen")
    made = page.request.get(live_app + str(page.get_by_role("link", name="PDF").get_attribute("href")))
    assert made.headers["content-type"] == "application/pdf"
    assert made.body().startswith(b"%PDF")

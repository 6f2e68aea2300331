"""Scores, follow-up, tasks, audit and a patient's own page, in a browser as the people of the clinic use them."""

from __future__ import annotations

import csv
import io
import os
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core import mail as outbox
from playwright.sync_api import Page, expect

from remit.acts import clockwork, clockwork_turn
from remit.acts.actors import Actor
from remit.acts.assessments import Given, correct_assessment, record_assessment
from remit.acts.clock import now
from remit.records.models import Assessment, ScaleLink, Task
from tests.acts.follow_up import CALM, RISKY, acting, may_send
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.browser import PHONE, TABLET_UPRIGHT, axe
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.web.browsing import arrive

pytestmark = pytest.mark.django_db(transaction=True)
HIGH = (3, 3, 3, 3, 2, 2, 2, 1, 0)


def look(page: Page, name: str) -> None:
    """No violation, nothing beyond the edge, and a picture where somebody wants to look."""
    assert axe(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    if folder := os.environ.get("REMIT_SHOTS"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def looks(page: Page, name: str) -> None:
    """The page on a tablet, on a phone, and in the dark."""
    look(page, name)
    size = page.viewport_size
    page.set_viewport_size(PHONE)
    look(page, f"{name}-phone")
    assert size is not None
    page.set_viewport_size(size)
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    look(page, f"{name}-dark")
    page.evaluate("document.documentElement.dataset.theme = 'day'")


@pytest.fixture
def clinic(cast: Cast, travel: Traveller) -> Cast:
    """A clinic that may send links, with two people on call."""
    travel.to(START + timedelta(days=21, hours=1))
    may_send(cast, cast.nurse, cast.psychiatrist)
    cast.patient.email, cast.patient.phone = "paula@home.example", "555 0142"
    cast.patient.save()
    return cast


@pytest.fixture
def course(clinic: Cast) -> Chairside:
    """Three weeks after a first session: a response, one form half filled, one corrected."""
    cast = clinic
    chair = booked(cast)
    nurse = acting(cast, cast.nurse)
    scored: dict[float, Assessment] = {}
    for day, answers in ((-8, RISKY), (-1, HIGH), (4, (2, 2, None)), (9, (3, 3, 3, 2, 1, 1, 1, 0, 0)), (13, CALM)):
        scored[day] = record_assessment(
            nurse, cast.patient.pk, "PHQ9", Given(answers), START + timedelta(days=day), uuid.uuid4()
        ).assessment
    correct_assessment(
        nurse, scored[9].pk, Given((2, 2, 2, 2, 1, 1, 1, 0, 0)), scored[9].taken_at, "misread", uuid.uuid4()
    )
    chair.through_the_gate()
    for minute in (10, 15):
        assert chair.enter("device", at=minute, mg=28, lot="A1", expiry="2027-05-31").accepted
    for minute in (55, 140):
        assert chair.enter("vitals", at=minute, systolic=130, diastolic=80, spo2=98).accepted
    chair.ready_to_leave()
    # The risky answer is still a task: a prescriber lets the person go, with a reason.
    seen = {"by": cast.psychiatrist, "override_reason": "seen, plan agreed"}
    assert chair.enter("discharge", at=141, escort="sister, named", **seen).accepted
    return chair


def beat(cast: Cast) -> None:
    clockwork_turn.take("this test", now())
    clockwork.run_clockwork(Actor.system(cast.clinic.pk), now())


def test_the_curve_has_its_definitions_table_and_files(
    live_app: str, page: Page, course: Chairside, cast: Cast
) -> None:
    to = f"/patients/{cast.patient.pk}/scores/"
    arrive(page, live_app, cast.nurse, to)
    expect(page.get_by_role("img", name="PHQ9 over the course")).to_be_visible()
    expect(page.get_by_text("PHQ9 at least 50 % below the course baseline").first).to_be_visible()
    expect(page.get_by_text("3 of 9 answered")).to_have_count(0)
    expect(page.get_by_text("2 of 9 answered")).to_be_visible()
    expect(page.get_by_text("item 9 not answered").first).to_be_visible()
    looks(page, "scores")
    with page.expect_download() as got:
        page.get_by_role("link", name="Table as CSV").click()
    rows = list(csv.DictReader(io.StringIO(Path(got.value.path()).read_text(encoding="utf-8"))))
    assert [(row["kind"], row["total"]) for row in rows] == [
        ("score", "16"), ("score", "19"), ("dose", ""), ("score", ""), ("score", "11"), ("score", "7"),
    ]  # fmt: skip
    with page.expect_download() as got:
        page.get_by_role("link", name="Chart as SVG").click()
    picture = Path(got.value.path()).read_text(encoding="utf-8")
    assert picture.startswith("<svg")
    assert "--accent" in picture


def test_a_scale_is_recorded_with_its_wording_and_a_risky_answer_says_who_is_told(
    live_app: str, page: Page, course: Chairside, cast: Cast
) -> None:
    to = f"/patients/{cast.patient.pk}/scores/record/PHQ9/"
    arrive(page, live_app, cast.nurse, to)
    expect(page.get_by_text("Over the last two weeks")).to_be_visible()
    for answer in page.locator(".asked").all()[:9]:
        answer.get_by_label("Several days").check()
    expect(page.locator("#so-far")).to_contain_text("Total 9")
    expect(page.locator("#so-far")).to_contain_text("item 9 answered 1")
    looks(page, "record")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("PHQ9 recorded: total 9, mild.")).to_be_visible()
    expect(page.get_by_text("a task is open for Nora Nurse")).to_be_visible()
    page.get_by_role("link", name="Correct the score").first.click()
    expect(page.locator(".asked").first.get_by_label("Several days")).to_be_checked()
    page.locator(".asked").first.get_by_label("Not at all").check()
    page.get_by_label("Why it is corrected").fill("misheard")
    look(page, "correct")
    page.get_by_role("button", name="Correct").click()
    expect(page.get_by_text("PHQ9 recorded: total 8")).to_be_visible()
    expect(page.locator("s.struck", has_text="9").first).to_be_visible()


def test_a_scale_without_wording_takes_its_total_and_the_item_that_alarms(
    live_app: str, page: Page, course: Chairside, cast: Cast
) -> None:
    arrive(page, live_app, cast.nurse, f"/patients/{cast.patient.pk}/scores/record/MADRS/")
    page.get_by_label("Total of Montgomery").fill("28")
    page.locator(".asked").get_by_label("4", exact=True).check()
    look(page, "record-total")
    page.get_by_role("button", name="Record").click()
    expect(page.get_by_text("MADRS recorded: total 28, moderate.")).to_be_visible()
    made = Assessment.objects.get(scale_id="MADRS")
    assert (made.total, made.answers[9], made.total_only) == (28, 4, True)


def test_who_is_due_is_sent_a_link_or_handed_one(
    live_app: str, page: Page, open_page: Callable[..., Page], course: Chairside, cast: Cast
) -> None:
    arrive(page, live_app, cast.nurse, "/follow-up/")
    expect(page.get_by_text("1/1 eligible · 100 %")).to_be_visible()
    looks(page, "follow-up")
    page.get_by_role("button", name="Send link: PHQ9, Marsh, Paula").click()
    expect(page.get_by_text("The link to PHQ9 was sent to paula@home.example.")).to_be_visible()
    assert ["paula@home.example"] in [message.to for message in outbox.outbox]
    page.get_by_role("button", name="Show it here").click()
    address = page.locator("#link").inner_text()
    look(page, "hand-over")
    phone = open_page(PHONE)
    phone.goto(address)
    expect(phone.get_by_role("link", name="Begin")).to_be_visible()
    page.get_by_role("link", name="To the links").click()
    expect(page.get_by_text("withdrawn or replaced")).to_be_visible()
    looks(page, "links")
    page.get_by_role("button", name="Withdraw the link").click()
    assert ScaleLink.objects.filter(revoked=True).count() == 2
    desk = open_page(TABLET_UPRIGHT)
    arrive(desk, live_app, cast.coordinator, "/follow-up/")
    expect(desk.get_by_role("heading", name="Courses under way")).to_have_count(0)


def test_a_risky_answer_is_escalated_taken_on_and_finished(
    live_app: str, page: Page, clinic: Cast, cast: Cast, travel: Traveller
) -> None:
    record_assessment(acting(cast, cast.nurse), cast.patient.pk, "PHQ9", Given(RISKY), now(), uuid.uuid4())
    beat(cast)
    travel.on(minutes=16)
    beat(cast)
    task = Task.objects.get(kind="risk")
    arrive(page, live_app, cast.psychiatrist, "/tasks/")
    expect(page.get_by_role("link", name="Tasks 1")).to_be_visible()
    expect(page.get_by_text("went on 1 ×")).to_be_visible()
    looks(page, "tasks")
    page.get_by_role("link", name=task.subject).click()
    expect(page.get_by_text("mailed")).to_have_count(2)
    page.get_by_role("button", name="Take on").click()
    expect(page.get_by_text("It is yours now.")).to_be_visible()
    page.wait_for_load_state("networkidle")
    travel.on(minutes=50)
    page.reload()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Unlock").click()
    expect(page.get_by_text("overdue").first).to_be_visible()
    looks(page, "task")
    page.get_by_role("button", name="Finish").click()
    assert page.evaluate("document.querySelector('textarea').matches(':invalid')")
    page.get_by_label("Outcome").fill("Called at home: safe, sister with her, visit tomorrow at 9.")
    page.get_by_role("button", name="Finish").click()
    expect(page.get_by_text("Finished: ")).to_be_visible()
    expect(page.get_by_text("Nothing is open.")).to_be_visible()
    look(page, "tasks-empty")
    page.get_by_role("link", name="Finished").click()
    expect(page.get_by_text("Called at home")).to_be_visible()


def test_the_trail_is_read_found_proven_and_taken_away(
    live_app: str, page: Page, course: Chairside, cast: Cast
) -> None:
    arrive(page, live_app, cast.administrator, "/audit/")
    expect(page.get_by_text("Not verified from here yet.")).to_be_visible()
    page.get_by_label("Act").fill("record_assessment")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("Rows 1 to 5 of 5")).to_be_visible()
    looks(page, "audit")
    with page.expect_download() as got:
        page.get_by_role("link", name="CSV").click()
    assert len(Path(got.value.path()).read_text(encoding="utf-8").splitlines()) == 6
    page.get_by_role("link", name="Show all").click()
    page.get_by_role("button", name="Verify now").click()
    expect(page.get_by_text("The trail", exact=False).first).to_be_visible()
    look(page, "audit-verified")


def test_patients_see_their_own_course_and_answer_in_it(
    live_app: str, phone: Page, course: Chairside, cast: Cast
) -> None:
    arrive(phone, live_app, cast.patient_account, "/my-course/")
    expect(phone.get_by_role("img", name="PHQ9 over the course")).to_be_visible()
    expect(phone.get_by_role("link", name="Crisis line US")).to_be_in_viewport()
    look(phone, "own")
    phone.get_by_role("link", name="Answer Patient Health").click()
    for answer in phone.locator(".asked").all()[:9]:
        answer.get_by_label("Several days").check()
    look(phone, "own-answer")
    phone.get_by_role("button", name="Send to Harbour Clinic").click()
    expect(phone.get_by_role("heading", name="Thank you for saying so")).to_be_visible()
    look(phone, "own-help")
    made = Assessment.objects.order_by("at").last()
    assert made is not None
    assert (made.mode, made.total, made.by) == ("account", 9, cast.patient_account)

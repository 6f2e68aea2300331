"""A first course in a real browser: from the referral to the signed sheet, by the people whose work it is."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from remit.acts import clinic
from remit.acts.clock import now
from remit.acts.session import open_session
from remit.acts.verification import verify
from remit.records.models import Assessment, Patient, Session, SessionEntry, Signature, Task, TrialRecord
from tests.acts.courses import at
from tests.acts.follow_up import acting, may_send
from tests.fixtures.browser import PHONE, TABLET, Trouble
from tests.fixtures.candidates import WORKED_HISTORY
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.journeys import before, chair
from tests.journeys.chair import Vitals
from tests.journeys.walking import OpenPage, Walk, look, press, says

pytestmark = pytest.mark.django_db(transaction=True)

CALM = ("More than half the days",) * 6 + ("Several days",) * 2 + ("Not at all",)


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def walk(live_app: str, open_page: OpenPage, cast: Cast, travel: Traveller, request: pytest.FixtureRequest) -> Walk:
    """The administrator has set the clinic up; it is Friday morning."""
    travel.to(at(20, "09:00"))
    clinic.change_setting(acting(cast, cast.administrator), "screen_locks_after", 60)
    may_send(cast, cast.nurse, cast.psychiatrist)
    return Walk(live_app, open_page, request.param)


def refer_and_screen(walk: Walk, cast: Cast) -> str:
    """Registered, history typed, questions asked, screened and planned; returns the person's address."""
    desk = walk.as_(cast.coordinator, "/patients/")
    look(desk, "patients")
    person = before.register(desk).removeprefix(walk.live_app)
    nurse = walk.as_(cast.nurse, person)
    before.weigh(nurse, "82")
    nurse.goto(f"{walk.live_app}{person}candidate/?protocol=iv_racemic_ketamine")
    before.begin_episode(nurse)
    before.type_history(nurse)
    before.answer_questions(nurse)
    before.take_medication(nurse, "clonazepam", "1")
    before.record_checks(nurse)
    look(nurse, "asked", "#questions")
    prescriber = walk.as_(cast.psychiatrist, f"{person}candidate/?protocol=iv_racemic_ketamine")
    assert before.screen(prescriber, "low dose, not to be taken on the day of treatment") >= 1
    before.plan_six(prescriber, "2026-11-23")
    before.order_dose(prescriber)
    before.standing_orders(prescriber)
    desk.goto(f"{walk.live_app}{person}plan/")
    expect(desk.locator("table.lines tbody tr")).to_have_count(6)
    look(desk, "booked")
    for page in (desk, nurse, prescriber):
        page.close()
    return person


def answer_on_a_phone(walk: Walk, cast: Cast, person: str, answers: tuple[str, ...]) -> None:
    """The nurse hands a link over, and the person answers it on the own phone."""
    nurse = walk.as_(cast.nurse, f"{person}links/")
    look(nurse, "links")
    press(nurse, "Show it here, to hand over")
    link = nurse.locator("#link").inner_text()
    look(nurse, "hand-over")
    phone = walk.open_page(PHONE, is_mobile=True, has_touch=True)
    phone.goto(link)
    look(phone, "answer-start")
    phone.get_by_role("link", name="Begin").click()
    for given in answers:
        press(phone, given)
        if phone.get_by_role("link", name="Go on with the questions").count():
            phone.get_by_role("link", name="Go on with the questions").click()
    press(phone, "Somewhat difficult")
    look(phone, "answer-review")
    press(phone, "Send to Harbour Clinic")
    expect(phone.get_by_role("heading", name="Thank you")).to_be_visible()
    look(phone, "answer-thanks")
    nurse.close()


def through_the_gate(walk: Walk, cast: Cast, session: Session) -> Page:
    """Arrival, the gate, the baseline, the prescriber's clearance, and the dose drawn by two people."""
    nurse = walk.as_(cast.nurse, f"/sessions/{session.pk}/")
    press(nurse, "Arrived")
    expect(nurse.get_by_role("heading", name="Before the dose")).to_be_visible()
    chair.confirm_gate(nurse)
    chair.vital_set(nurse, Vitals(128, 82, 74, 98))
    chair.scales(nurse, MOAAS=5, CADSS6=0)
    look(nurse, "gate")
    prescriber = walk.as_(cast.psychiatrist, f"/sessions/{session.pk}/")
    chair.clear(prescriber)
    prescriber.close()
    nurse.reload()
    expect(nurse.get_by_text("had not been acknowledged")).to_have_count(0)
    chair.prepare(nurse, cast.second_nurse.display_name)
    return nurse


def read_from_monitor(nurse: Page, session: Session, file: str) -> None:
    """What the message says is entered at the time of its receipt, and nothing else."""
    chair.from_monitor(nurse, file, "H-2001")
    entry = SessionEntry.objects.filter(session=session, kind="vitals").order_by("seq").last()
    assert entry is not None
    measured = {name: value for name, value in entry.body.items() if isinstance(value, (int, float))}
    assert measured == chair.taken(chair.messages()[file])
    assert abs(now() - entry.taken_at) < timedelta(minutes=2)


def observed(nurse: Page, travel: Traveller, cast: Cast, session: Session) -> None:
    """Forty minutes of infusion and the time after it: an odd cuff value, a typing slip, the scales that are due."""
    ge, ihe, mindray, philips = chair.messages()
    chair.start_infusion(nurse)
    travel.on(minutes=15)
    read_from_monitor(nurse, session, ge)
    chair.vital_set(nurse, Vitals(136, 84, 78, 97))
    travel.on(minutes=15)
    chair.vital_set(nurse, Vitals(191, 86, 80, 97))
    expect(nurse.locator("ul.due")).to_contain_text("measure again")
    look(nurse, "odd-cuff-value")
    travel.on(minutes=3)
    chair.vital_set(nurse, Vitals(139, 85, 79, 97))
    travel.on(minutes=7)
    press(nurse, "Dose complete")
    expect(nurse.get_by_role("button", name="Dose complete", exact=True)).to_have_count(0)
    chair.scales(nurse, MOAAS=5, CADSS6=6)
    travel.on(minutes=5)
    read_from_monitor(nurse, session, ihe)
    chair.vital_set(nurse, Vitals(153, 83, 76, 98))
    chair.correct_pressure(nurse, "153/83", 135)
    look(nurse, "corrected", "main")
    travel.on(minutes=15)
    read_from_monitor(nurse, session, mindray)
    chair.vital_set(nurse, Vitals(132, 82, 75, 98))
    travel.on(minutes=20)
    chair.scales(nurse, MOAAS=5, CADSS6=1)
    travel.on(minutes=10)
    read_from_monitor(nurse, session, philips)
    chair.vital_set(nurse, Vitals(129, 82, 74, 98))
    view = open_session(acting(cast, cast.nurse), session.pk, now()).view
    assert view.alarms == ()


def home(nurse: Page, travel: Traveller, trouble: Trouble) -> None:
    """Refused before the release clock, accepted after it."""
    travel.on(minutes=28)
    chair.vital_set(nurse, Vitals(127, 81, 73, 98))
    chair.scales(nurse, MOAAS=5, CADSS6=0)
    chair.fine(nurse)
    held = chair.discharge(nurse, "sister, Ruth Rivers")
    expect(held.get_by_role("alert")).to_contain_text("Not entered")
    look(nurse, "refused")
    trouble.expect("422")
    travel.on(minutes=13)
    press(held, "Discharge")
    expect(held).to_be_hidden()
    expect(nurse.locator(".session-head .tag").first).to_have_text("discharged")
    look(nurse, "discharged")


def signed(walk: Walk, nurse: Page, session: Session) -> None:
    """The sheet is read, signed and printed."""
    nurse.get_by_role("link", name="Sheet and signature").click()
    look(nurse, "sheet")
    press(nurse, "Sign this sheet")
    says(nurse, "Nora Nurse, nurse")
    look(nurse, "sheet-signed", "section[aria-labelledby=readings]")
    printed = nurse.request.get(f"{walk.live_app}/sessions/{session.pk}/sheet.pdf")
    assert printed.body().startswith(b"%PDF")


def test_a_first_course_from_referral_to_the_signed_sheet(
    walk: Walk, cast: Cast, travel: Traveller, trouble: Trouble
) -> None:
    person = refer_and_screen(walk, cast)
    patient = Patient.objects.get(mrn="H-2001")
    held = [(row.drug, row.dose_mg_day, row.weeks) for row in TrialRecord.objects.order_by("order")]
    assert held == [(one.drug, one.dose_mg_day, one.weeks) for one in WORKED_HISTORY]
    answer_on_a_phone(walk, cast, person, CALM)
    scored = Assessment.objects.get(patient=patient)
    assert (scored.total, scored.complete, scored.mode) == (14, True, "link")
    assert not Task.objects.filter(kind="risk").exists()
    session = Session.objects.get(patient=patient, n=1)
    travel.to(at(23, "08:40"))
    nurse = through_the_gate(walk, cast, session)
    observed(nurse, travel, cast, session)
    home(nurse, travel, trouble)
    signed(walk, nurse, session)
    assert Signature.objects.get().session == session
    administrator = walk.as_(cast.administrator, "/audit/")
    press(administrator, "Verify now")
    says(administrator, "nothing was removed, altered or added")
    look(administrator, "audit")
    assert verify().ok

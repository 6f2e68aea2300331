"""Every page that the journeys do not pass: nobody is kept out of it, and it fits a tablet and a phone."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from playwright.sync_api import expect

from remit.acts.assessments import Given, record_assessment
from remit.live.clockwork import beat
from tests.acts.follow_up import CALM, RISKY, acting, may_send
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.acts.treated import ASOF, LARGER, Treated
from tests.fixtures.browser import PHONE, TABLET
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.journeys.walking import OpenPage, Walk, look, says

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.either_database]

ADMINISTRATION = (
    "people",
    "people/add",
    "clinic",
    "clinic/chairs",
    "clinic/hours",
    "clinic/duty",
    "clinic/prices",
    "clinic/values",
    "accounts/factor",
    "accounts/password",
)
HALFWAY = 38
SCORES = (RISKY, (2, 2, 2, 2, 1, 2, 1, 1, 0), (2, 1, 2, 2, 1, 1, 1, 0, 0), CALM)


@pytest.fixture(params=[TABLET, PHONE], ids=["tablet", "phone"])
def walk(live_app: str, open_page: OpenPage, request: pytest.FixtureRequest) -> Walk:
    return Walk(live_app, open_page, request.param)


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    """An infusion that nearly ends, in a person whose scores fell."""
    travel.to(START)
    may_send(cast, cast.nurse, cast.psychiatrist)
    held = booked(cast, INFUSION, mg=41)
    nurse = acting(cast, cast.nurse)
    for day, answers in (
        (-21, RISKY),
        (-14, (2, 2, 2, 2, 1, 2, 1, 1, 0)),
        (-7, (2, 1, 2, 2, 1, 1, 1, 0, 0)),
        (-1, CALM),
    ):
        record_assessment(nurse, cast.patient.pk, "PHQ9", Given(answers), START + timedelta(days=day), uuid4())
    type(held.session).objects.filter(pk=held.session.pk).update(chair=cast.chairs[0], nurse=cast.nurse)
    under_way(held, cast)
    travel.on(minutes=HALFWAY)
    beat("this journey")
    return held


def under_way(held: Chairside, cast: Cast) -> None:
    """Through the gate, the dose drawn by two, forty minutes of infusion begun."""
    held.through_the_gate()
    drawn = {"molecule": "ketamine", "strength": "50 mg/mL", "volume_ml": 0.82}
    second = {f"second_{name}": value for name, value in drawn.items()} | {"second_weight_kg": 82}
    done = held.enter("preparation", second=cast.second_nurse, lot="K-204", **drawn, **second)
    assert done.accepted, done.reasons
    held.accepted(
        ("dose_start", {"mg": 41, "volume_ml": 50, "lot": "K-204", "at": 2}),
        ("vitals", {"systolic": 134, "diastolic": 84, "heart_rate": 77, "spo2": 97, "at": 12}),
        ("vitals", {"systolic": 142, "diastolic": 87, "heart_rate": 81, "spo2": 97, "at": 24}),
        ("vitals", {"systolic": 149, "diastolic": 89, "heart_rate": 84, "spo2": 96, "at": 36}),
    )


def test_the_administrator_finds_every_page(walk: Walk, cast: Cast) -> None:
    page = walk.open_page(walk.viewport)
    page.goto(f"{walk.live_app}/accounts/login/")
    look(page, "sign-in")
    page.goto(f"{walk.live_app}/accounts/first-password/")
    look(page, "first-password")
    page.close()
    page = walk.as_(cast.administrator)
    page.goto(f"{walk.live_app}/people/{cast.nurse.pk}/")
    look(page, "people-person")
    for address in ADMINISTRATION:
        page.goto(f"{walk.live_app}/{address}/")
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(page, address.replace("/", "-"))
    page.get_by_role("button", name="Lock this screen").click()
    expect(page.get_by_role("heading", name="Ada Admin")).to_be_visible()
    look(page, "lock")


def test_the_nurse_finds_every_page_while_an_infusion_runs(walk: Walk, cast: Cast, chair: Chairside) -> None:
    page = walk.as_(cast.nurse)
    person = f"/patients/{cast.patient.pk}/"
    for name, to in (
        ("board", "/board/"),
        ("session", f"/sessions/{chair.session.pk}/"),
        ("scores", f"{person}scores/"),
        ("record", f"{person}scores/record/PHQ9/"),
        ("follow-up", "/follow-up/"),
        ("stock", "/stock/"),
        ("stock-receive", "/stock/receive/"),
        ("walk-in", "/board/walk-in/"),
        ("plan-choice", f"{person}plan/choice/"),
        ("links", f"{person}links/"),
        ("own-account", f"{person}account/"),
        ("correct-identity", f"{person}correct/"),
        ("history-paper", f"{person}history/?protocol={chair.session.course.protocol_id}"),
        ("monitor", f"/sessions/{chair.session.pk}/monitor/"),
    ):
        page.goto(walk.live_app + to)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        look(page, name)
    for name, to, at in (
        ("model-check", "/lab/check/", ".check-routes"),
        ("how-it-works", "/how-it-works/", ".how-map"),
    ):
        page.goto(walk.live_app + to)
        look(page, name, at=at)


def test_patients_find_their_own_course(walk: Walk, cast: Cast, chair: Chairside) -> None:
    phone = walk.as_(cast.patient_account, "/my-course/")
    expect(phone.get_by_role("heading", level=1)).to_be_visible()
    look(phone, "own")
    phone.get_by_role("link", name="What to expect").click()
    says(phone, "It is no promise")
    look(phone, "own-expect")


def test_the_lead_finds_the_results_and_releases_what_may_leave(walk: Walk, cast: Cast, travel: Traveller) -> None:
    travel.to(ASOF)
    Treated(cast, LARGER)
    page = walk.as_(cast.psychiatrist, "/results/")
    expect(page.get_by_role("heading", name="How long a response lasts")).to_be_visible()
    page.get_by_role("button", name="Release closed quarters").click()
    expect(page.get_by_text("4 rows released.")).to_be_visible()
    page.goto(f"{walk.live_app}/results/")
    look(page, "results")
    look(page, "results-released", at="#leaves")

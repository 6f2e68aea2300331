"""A risky answer at the chair opens the task that it would open anywhere; a total is no answer on suicide."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from remit.acts import risk
from remit.acts.assessments import Given, record_assessment
from remit.acts.curve import show_scores
from remit.acts.replays import under_way
from remit.acts.session import poll_session
from remit.acts.tasks import finish_task, open_task
from remit.quantities import BadInput
from remit.records.models import SessionEntry, Task
from tests.acts.follow_up import acting, on_duty
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db

PHQ9 = (1, 1, 1, 1, 1, 1, 1, 1)
"""Items 1 to 8."""


@pytest.fixture
def coming(cast: Cast, travel: Traveller) -> Chairside:
    travel.to(START)
    on_duty(cast, cast.nurse)
    return booked(cast)


@pytest.fixture
def chair(coming: Chairside) -> Chairside:
    coming.accepted(("arrived", {}))
    return coming


def tasks() -> list[tuple[str, str]]:
    return [(task.kind, task.subject.partition(": ")[2]) for task in Task.objects.order_by("created_at", "kind")]


@pytest.mark.parametrize(("item9", "opened"), [(0, []), (1, [(risk.RISK, "PHQ9 item 9 answered 1")])])
def test_items_at_the_chair_alarm_as_everywhere(chair: Chairside, item9: int, opened: list[tuple[str, str]]) -> None:
    done = chair.enter("scale", id="PHQ9", total=8 + item9, answers=[*PHQ9, item9])
    assert done.accepted
    assert tasks() == opened
    for task in Task.objects.all():
        assert (task.urgent, task.owner, task.detail["scale"]) == (True, chair.cast.nurse, "PHQ9")
        assert any("a task is open for Nora Nurse, due" in reason for reason in done.reasons)


@pytest.mark.parametrize(("scale", "item"), [("PHQ9", 9), ("MADRS", 10), ("QIDS_SR16", 12)])
def test_a_total_alone_asks_for_the_item_on_suicide(chair: Chairside, scale: str, item: int) -> None:
    done = chair.enter("scale", id=scale, total=0)
    assert f"{scale}: a total alone answers no question on suicide; item {item} is not known, ask it" in done.reasons
    assert tasks() == [(risk.LEFT_OUT, f"{scale} item {item} is not known, ask")]
    assert chair.enter("scale", id=scale, total=3, at=5).accepted
    assert Task.objects.count() == 1


def test_an_open_question_shows_what_was_answered_since_and_stays_open(
    chair: Chairside, client: Client, travel: Traveller
) -> None:
    chair.enter("scale", id="PHQ9", total=4)
    task = Task.objects.get()
    actor = chair.actor(chair.cast.nurse)
    assert not open_task(actor, task.pk).since
    travel.to(START + timedelta(minutes=5))
    given = Given((None,) * 8 + (2,))
    record_assessment(actor, chair.session.patient_id, "PHQ9", given, START, uuid.uuid4())
    chair.enter("check", id="cssrs_since_last_visit", result="confirmed", at=6)
    held = SessionEntry.objects.get(kind="scale")
    chair.enter("correct", of=held.seq, entry={"answers": [None] * 8 + [0]}, reason="item 9 was on the form", at=7)
    since = [(said.asked, said.answer, said.by) for said in open_task(actor, task.pk).since]
    asked = [("cssrs since last visit", "confirmed"), ("PHQ9 item 9", "2"), ("PHQ9 item 9", "0")]
    assert sorted(since) == sorted((*said, "Nora Nurse") for said in asked)
    client.force_login(chair.cast.nurse)
    page = client.get(reverse("task", args=[task.pk])).content.decode()
    assert "Cssrs since last visit: <b" in page
    assert "None of these closes the task" in page
    task.refresh_from_db()
    assert task.done_at is None
    assert not open_task(chair.actor(chair.cast.coordinator), task.pk).since


def test_scales_of_the_chair_open_no_task(chair: Chairside) -> None:
    for scale, total in (("MOAAS", 2), ("CADSS6", 9), ("BPRS_PLUS", 8)):
        assert chair.enter("scale", id=scale, total=total).accepted
    assert not tasks()


def test_neither_gate_nor_discharge_takes_a_total_for_the_question(chair: Chairside) -> None:
    assert chair.enter("scale", id="PHQ9", total=0).accepted
    seen = poll_session(chair.actor(chair.cast.nurse), chair.session.pk, chair.now).view
    stands = {demand.id: demand.standing.value for demand in seen.demands}
    assert stands["cssrs_since_last_visit"] == "missing"
    chair.accepted(*(("check", {"id": id, "result": "confirmed"}) for id in ("identity", "escort", "med_changes")))
    done = chair.enter("cleared", by=chair.cast.psychiatrist)
    assert any(reason.startswith("cssrs_since_last_visit") for reason in done.reasons)
    assert "suicide_risk" in {block.id for block in seen.blocks}


def test_a_correction_alarms_for_what_is_new_only(chair: Chairside) -> None:
    assert chair.enter("scale", id="MADRS", total=30, answers=[None] * 9 + [4]).accepted
    held = SessionEntry.objects.get(kind="scale")
    again = chair.enter("correct", of=held.seq, entry={"total": 31}, reason="misread")
    assert (again.accepted, Task.objects.count()) == (True, 1)
    Task.objects.update(done_at=chair.now)
    worse = chair.enter("correct", of=held.seq, entry={"answers": [None] * 9 + [6]}, reason="misread", at=2)
    assert worse.accepted, worse.reasons
    assert tasks()[1] == (risk.RISK, "MADRS item 10 answered 6")


def test_a_corrected_total_does_not_ask_twice(chair: Chairside) -> None:
    assert chair.enter("scale", id="PHQ9", total=9).accepted
    Task.objects.update(done_at=chair.now)
    held = SessionEntry.objects.get(kind="scale")
    assert chair.enter("correct", of=held.seq, entry={"total": 8}, reason="misread").accepted
    assert Task.objects.count() == 1
    assert chair.enter("correct", of=held.seq, entry={"id": "MADRS"}, reason="another form", at=1).accepted
    assert tasks()[1] == (risk.LEFT_OUT, "MADRS item 10 is not known, ask")


def test_the_task_says_what_was_found_and_that_it_was_at_the_chair(chair: Chairside, client: Client) -> None:
    chair.enter("check", id="suicide_risk", result="failed")
    client.force_login(chair.cast.nurse)
    page = client.get(reverse("task", args=[Task.objects.get().pk])).content.decode()
    assert "Suicide risk: answered failed" in page
    assert "at the chair, session 1" in page
    assert "total" not in page


@pytest.mark.parametrize("id", ["cssrs_since_last_visit", "suicide_risk"])
def test_a_failed_question_on_suicide_is_a_risky_answer(chair: Chairside, id: str) -> None:
    assert chair.enter("check", id=id, result="confirmed").accepted
    assert not Task.objects.exists()
    assert chair.enter("check", id=id, result="failed", at=1).accepted
    assert tasks() == [(risk.RISK, f"{id.replace('_', ' ')}: answered failed")]
    (alert,) = Task.objects.get().detail["alerts"]
    assert "stay with patient" in alert["action"]


def test_no_one_goes_home_past_an_open_task_but_by_a_prescribers_reason(coming: Chairside) -> None:
    chair = coming
    chair.through_the_gate()
    chair.accepted(
        ("device", {"mg": 28, "at": 10, "lot": "A1"}),
        ("device", {"mg": 28, "at": 15, "lot": "A1"}),
        ("vitals", {"systolic": 128, "diastolic": 82, "heart_rate": 74, "spo2": 98, "at": 130}),
        ("scale", {"id": "MADRS", "total": 30, "answers": [None] * 9 + [4], "at": 131}),
        ("check", {"id": "suicide_risk", "result": "failed", "at": 131}),
    )
    chair.ready_to_leave()
    words = "a risky answer is not dealt with: MADRS item 10 answered 4, for Nora Nurse, due"
    (block,) = poll_session(chair.actor(chair.cast.nurse), chair.session.pk, START + timedelta(minutes=140)).view.blocks
    assert words in block.text
    assert "not dealt with: suicide risk: answered failed" in block.text, "confirmed since, but the task is open"
    assert words in under_way(chair.cast.clinic, START + timedelta(minutes=140))[0].glance.blocks[0].text
    refused = chair.enter("discharge", at=140, escort="sister")
    assert not refused.accepted
    assert words in refused.reasons[0]
    done = chair.enter("discharge", by=chair.cast.psychiatrist, escort="sister", override_reason="seen, plan agreed")
    assert done.accepted
    assert any("still open: MADRS item 10 answered 4" in reason for reason in done.reasons)
    assert Task.objects.filter(kind=risk.RISK, done_at=None).exists()


def test_a_task_that_was_finished_keeps_nobody(chair: Chairside) -> None:
    chair.enter("scale", id="PHQ9", total=9, answers=[*PHQ9, 1])
    assert len(risk.open_risks(chair.session.patient_id)) == 1
    finish_task(chair.actor(chair.cast.nurse), Task.objects.get().pk, "asked, no plan, safety plan renewed")
    assert risk.open_risks(chair.session.patient_id) == ()


def test_suicidal_ideation_as_a_side_effect_is_one_too(chair: Chairside) -> None:
    assert chair.enter("adverse_event", id="headache", severity="mild").accepted
    assert chair.enter("adverse_event", id="suicidal_ideation", severity="moderate").accepted
    assert tasks() == [(risk.RISK, "suicidal ideation: at the chair")]


def test_an_entry_sent_again_opens_no_second_task(chair: Chairside) -> None:
    client_id = uuid.uuid4()
    for _ in range(2):
        chair.enter("scale", id="PHQ9", total=20, answers=[None] * 8 + [3], client_id=client_id)
    assert Task.objects.count() == 1


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"id": "CSSRS_SCREEN", "total": 1}, "has no total; its answers are recorded among"),
        ({"id": "PHQ9", "total": 3, "answers": "9"}, "answers: a list of whole numbers is needed, not '9'"),
        ({"id": "PHQ9", "total": 3, "answers": [9]}, "PHQ9 item 1: 0 to 3 is needed, not 9"),
        ({"id": "PHQ9", "total": 3, "answers": [0] * 10}, "at most 9 answers are needed"),
        ({"id": "PHQ9", "total": 3, "answers": [0] * 9}, "PHQ9 total: 0 is what its answers come to, not 3"),
    ],
)
def test_nonsense_is_refused_in_words(chair: Chairside, said: dict[str, object], words: str) -> None:
    try:
        reasons = " ".join(chair.enter("scale", **said).reasons)
    except BadInput as error:
        reasons = str(error)
    assert words in reasons
    assert not SessionEntry.objects.filter(kind="scale").exists()


def test_the_curve_says_what_a_total_leaves_open(chair: Chairside) -> None:
    chair.accepted(("scale", {"id": "PHQ9", "total": 4}), ("scale", {"id": "PHQ9", "total": 10, "answers": [*PHQ9, 2]}))
    points = show_scores(acting(chair.cast, chair.cast.nurse), chair.cast.patient.pk, "PHQ9").points
    assert [(point.total, point.unknown, len(point.alerts)) for point in points] == [(4, (9,), 0), (10, (), 1)]

"""The sheet: printed from the record, signed, superseded when entries follow, the form drafted from it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from remit.records.models import Signature, Task
from tests.acts.sessions import START, Chairside, booked
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db


@pytest.fixture
def over(cast: Cast, travel: Traveller) -> Chairside:
    """A spray session that ended in discharge after 131 minutes."""
    held = booked(cast)
    held.through_the_gate()
    held.accepted(
        ("device", {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "at": 5}),
        ("device", {"mg": 28, "lot": "A2", "expiry": "2027-05-31", "at": 10}),
        ("adverse_event", {"id": "nausea", "severity": "mild", "at": 22}),
        ("rescue", {"drug": "ondansetron", "dose": "4 mg", "route": "oral"}),
        ("vitals", {"systolic": 172, "diastolic": 92, "heart_rate": 88, "spo2": 96, "at": 50}),
        (
            "correct",
            {"of": 14, "entry": {"kind": "vitals", "systolic": 142, "diastolic": 92, "spo2": 96}, "reason": "slip"},
        ),
        ("resolved", {"id": "nausea", "at": 60}),
        ("vitals", {"systolic": 131, "diastolic": 84, "heart_rate": 76, "spo2": 98, "at": 128}),
    )
    held.ready_to_leave()
    held.accepted(("discharge", {"escort": "sister", "at": 131}))
    travel.to(START)
    travel.on(minutes=140)
    return held


def signed_in(client: Client, account: Any) -> Client:
    client.force_login(account)
    return client


def address(held: Chairside, page: str) -> str:
    return f"/sessions/{held.session.pk}/{page}"


def test_the_sheet_holds_doses_readings_and_who_did_what(client: Client, over: Chairside, cast: Cast) -> None:
    page = signed_in(client, cast.nurse).get(address(over, "sheet/")).content.decode()
    for words in ("A1", "A2", "142/92", "172/92", "ondansetron", "Nora Nurse", "Nobody has signed", "131/84"):
        assert words in page, words


def test_a_signed_sheet_is_superseded_by_a_later_entry_and_both_are_kept(
    client: Client, over: Chairside, cast: Cast
) -> None:
    signed_in(client, cast.nurse)
    over.session.refresh_from_db()
    client.post(address(over, "sign/"), {"up_to": over.session.last_seq})
    over.accepted(("note", {"text": "escort called back", "at": 139}))
    now = client.get(address(over, "sheet/")).content.decode()
    assert "Entries were added after the last signature" in now
    assert "escort called back" in now
    first = client.get(address(over, "sheet/?version=1")).content.decode()
    assert "escort called back" not in first
    over.session.refresh_from_db()
    client.post(address(over, "sign/"), {"up_to": over.session.last_seq})
    assert "This version was superseded" in client.get(address(over, "sheet/?version=1")).content.decode()
    assert Signature.objects.count() == 2


def test_signing_what_was_not_read_is_refused(client: Client, over: Chairside, cast: Cast) -> None:
    answer = signed_in(client, cast.nurse).post(address(over, "sign/"), {"up_to": 3})
    assert answer.status_code == 422
    assert "are in the record" in answer.content.decode()
    assert not Signature.objects.exists()


def test_the_papers_are_pdf_and_the_form_names_what_is_missing(client: Client, over: Chairside, cast: Cast) -> None:
    signed_in(client, cast.psychiatrist)
    for page in ("sheet.pdf", "form.pdf"):
        answer = client.get(address(over, page))
        assert answer.content.startswith(b"%PDF"), page
        if folder := os.environ.get("REMIT_SHOTS"):
            (Path(folder) / page).write_bytes(answer.content)


def test_the_form_is_sent_once_and_closes_its_task(client: Client, over: Chairside, cast: Cast) -> None:
    signed_in(client, cast.nurse)
    assert client.post(address(over, "form/"), {"reference": " "}).status_code == 422
    client.post(address(over, "form/"), {"reference": "portal, number 77"})
    task = Task.objects.get(kind="spravato_rems")
    assert (task.outcome, task.done_by) == ("portal, number 77", cast.nurse)
    assert client.post(address(over, "form/"), {"reference": "again"}).status_code == 422


def test_nobody_prints_a_sheet_of_another_clinic(client: Client, over: Chairside, cast: Cast) -> None:
    signed_in(client, cast.other_nurse)
    for page in ("sheet/", "sheet.pdf", "form.pdf"):
        assert client.get(address(over, page)).status_code == 404

"""From a monitor's file to the session's grid, in a browser: read, matched by a person, entered once."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from playwright.sync_api import Page, expect

from remit.acts.actors import actor_for
from remit.acts.patients import identify_elsewhere
from remit.records.models import SessionEntry
from tests.acts.sessions import INFUSION, START, Chairside, booked
from tests.fixtures.browser import PHONE, Trouble, axe
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller
from tests.hl7.messages import REFERENCE, SPO2, message
from tests.web.browsing import arrive
from tests.web.test_session_page import address, entries, shot

IHE = REFERENCE / "ihe_pcd01_acme_gateway_v26.hl7"
GE = REFERENCE / "ge_b1x5_vitals_v26.hl7"


@pytest.fixture
def chair(cast: Cast, travel: Traveller) -> Chairside:
    travel.to(START)
    held = booked(cast, INFUSION, mg=41)
    held.enter("arrived")
    return held


@pytest.mark.django_db(transaction=True)
def test_a_person_matches_a_message_and_enters_it(
    live_app: str, page: Page, trouble: Trouble, chair: Chairside, cast: Cast
) -> None:
    arrive(page, live_app, cast.nurse, address(chair))
    page.get_by_text("More", exact=True).click()
    page.get_by_role("link", name="From a monitor file").click()
    page.get_by_label("Message file").set_input_files(GE)
    assert axe(page) == []
    shot(page, "monitor-choose")
    page.get_by_role("button", name="Read the file").click()
    expect(page.get_by_text("The message names another person.")).to_be_visible()
    expect(page.get_by_text("arterial line, not the cuff").first).to_be_visible()
    expect(page.get_by_text("the device clock says 15 Jan 2024 05:30")).to_be_visible()
    assert axe(page) == []
    shot(page, "monitor-read")
    page.get_by_label("36.9").check()
    page.get_by_label("Record number of the person in this chair").fill("H-1002")
    page.get_by_label("Why the message names somebody else").fill("monitor not yet told of the new patient")
    trouble.expect("422")
    page.get_by_role("button", name="Enter these readings").click()
    expect(page.get_by_text("H-1002 is not the person of this session")).to_be_visible()
    expect(page.get_by_label("36.9")).to_be_checked()
    shot(page, "monitor-refused")
    page.get_by_label("Record number of the person in this chair").fill("H-1001")
    page.get_by_role("button", name="Enter these readings").click()
    expect(page.get_by_role("cell", name="36.9")).to_be_visible()
    (row,) = entries(chair, "vitals")
    assert (row.body["heart_rate"], row.body["temperature_c"]) == (75, 36.9)
    assert "080019FFFE13453520240115103000" in row.body["source"]


@pytest.mark.django_db(transaction=True)
def test_a_match_on_a_phone_takes_one_press(live_app: str, phone: Page, chair: Chairside, cast: Cast) -> None:
    identify_elsewhere(actor_for(cast.nurse.pk, cast.clinic.pk), cast.patient.pk, "NIST", "HO2009001")
    arrive(phone, live_app, cast.nurse, f"{address(chair)}monitor/")
    phone.get_by_label("Message file").set_input_files(IHE)
    phone.get_by_role("button", name="Read the file").click()
    expect(phone.get_by_text("The number and who gave it are this person's.")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe(phone) == []
    shot(phone, "monitor-phone")
    phone.get_by_role("button", name="Enter these readings").click()
    expect(phone.get_by_role("cell", name="120/80")).to_be_visible()


# Without a browser


@pytest.fixture
def at_chair(client: Client, cast: Cast, chair: Chairside) -> Client:
    client.force_login(cast.nurse)
    return client


def read(client: Client, chair: Chairside, data: bytes) -> str:
    """The page about a file, and what it carries on."""
    answer = client.post(f"{address(chair)}monitor/", {"file": SimpleUploadedFile("m.hl7", data)})
    assert answer.status_code == 200
    return str(answer.context["received"])


@pytest.mark.django_db
@pytest.mark.parametrize("data", [b"not a message", b"\x00" * 100, message(SPO2.format(97)) * 2])
def test_what_is_no_message_is_said_beside_the_file(at_chair: Client, chair: Chairside, data: bytes) -> None:
    answer = at_chair.post(f"{address(chair)}monitor/", {"file": SimpleUploadedFile("m.hl7", data)})
    assert answer.status_code == 422
    assert "This is no monitor&#x27;s message that can be read." in answer.content.decode()


@pytest.mark.django_db
def test_what_is_refused_says_so_and_offers_no_entering(at_chair: Client, chair: Chairside) -> None:
    data = message(SPO2.format(97), type="ORU^R40")
    page = at_chair.post(f"{address(chair)}monitor/", {"file": SimpleUploadedFile("m.hl7", data)}).content.decode()
    assert "Nothing can be entered" in page
    assert "Remit keeps no copy of this file." in page
    assert "Enter these readings" not in page


@pytest.mark.django_db
def test_entering_twice_changes_nothing(at_chair: Client, chair: Chairside) -> None:
    sent = {
        "received": read(at_chair, chair, IHE.read_bytes()),
        "take-pressure": "0-1",
        "record_number": "H-1001",
        "reason": "a spare monitor",
    }
    for _ in range(2):
        assert at_chair.post(f"{address(chair)}monitor/enter/", sent).status_code == 302
    assert SessionEntry.objects.filter(kind="vitals").count() == 1
    assert (
        "This message was entered before"
        in at_chair.post(
            f"{address(chair)}monitor/", {"file": SimpleUploadedFile("m.hl7", IHE.read_bytes())}
        ).content.decode()
    )


@pytest.mark.django_db
def test_a_file_read_by_somebody_else_or_changed_on_the_way_is_not_entered(
    at_chair: Client, chair: Chairside, cast: Cast
) -> None:
    received = read(at_chair, chair, IHE.read_bytes())
    other = Client()
    other.force_login(cast.second_nurse)
    for client, carried in ((other, received), (at_chair, received[:-2]), (at_chair, "")):
        answer = client.post(f"{address(chair)}monitor/enter/", {"received": carried, "take-pressure": "0-1"})
        assert answer.status_code == 422
        assert "Choose the file again." in answer.content.decode()
    assert not SessionEntry.objects.filter(kind="vitals").exists()


@pytest.mark.django_db
def test_markup_in_a_message_stays_text(at_chair: Client, chair: Chairside) -> None:
    data = message(SPO2.format(97)).replace(b"DOE^JANE", b"<script>alert(1)</script>^JANE")
    page = at_chair.post(f"{address(chair)}monitor/", {"file": SimpleUploadedFile("m.hl7", data)}).content.decode()
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page

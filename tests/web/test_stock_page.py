"""The stock in a browser: nothing filled in, waste before a witness, what does not add up in sight."""

from __future__ import annotations

import time
import uuid
from datetime import date

import pytest
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Page, expect

from remit.acts.actors import actor_for
from remit.acts.ledger import receive_vial, see_stock
from remit.acts.session import poll_session
from remit.records.models import LedgerEntry, SessionEntry, Vial
from remit.web.happened import discrepancies
from tests.acts.sessions import INFUSION, START, booked
from tests.fixtures.browser import PHONE, Trouble, axe
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.clock import Traveller
from tests.web.browsing import arrive
from tests.web.test_session_page import shot

SENT = {
    "molecule": "ketamine",
    "strength": "50",
    "volume_ml": "10",
    "lot": "B2",
    "expiry": "2027-05-31",
    "product": "",
    "second_email": "",
    "second_password": "",
}


def stocked(cast: Cast, lot: str = "B2", expiry: date = date(2027, 5, 31), strength: str = "50 mg/mL") -> Vial:
    nurse = actor_for(cast.nurse.pk, cast.clinic.pk)
    return receive_vial(
        nurse, uuid.uuid4(), START, molecule="ketamine", strength=strength, volume_ml=10, lot=lot, expiry=expiry
    )


@pytest.mark.django_db(transaction=True)
def test_a_vial_is_received_and_its_rest_wasted_before_a_witness(
    live_app: str, page: Page, trouble: Trouble, cast: Cast, travel: Traveller
) -> None:
    travel.to(START)
    arrive(page, live_app, cast.nurse, "/stock/")
    expect(page.get_by_text("No vial was received yet.")).to_be_visible()
    page.get_by_role("link", name="Receive a vial").click()
    assert page.get_by_label("ketamine", exact=True).is_checked() is False
    assert [page.get_by_label(name, exact=True).input_value() for name in ("Strength", "Volume", "Lot")] == ["", "", ""]
    page.get_by_label("ketamine", exact=True).check()
    page.get_by_label("Strength", exact=True).fill("500")
    page.get_by_label("Volume").fill("10")
    page.get_by_label("Lot").fill("B2")
    page.get_by_label("Expiry").fill("2027-05-31")
    trouble.expect("422")
    page.get_by_role("button", name="Take into the stock").click()
    expect(page.get_by_text("500 mg/mL is none of the known vial strengths")).to_be_visible()
    expect(page.get_by_label("I read the label again, and this strength stands on it")).not_to_be_checked()
    assert axe(page) == []
    shot(page, "stock-doubt")
    page.get_by_label("Strength", exact=True).fill("50")
    page.get_by_role("button", name="Take into the stock").click()
    expect(page.get_by_role("cell", name="500 mg of 500 mg")).to_be_visible()
    assert axe(page) == []
    shot(page, "stock-list")
    page.get_by_role("link", name="Open lot B2").click()
    page.get_by_label("Wasted").fill("500")
    page.get_by_label("Reason").fill("broken on the floor")
    page.get_by_label("Witness").select_option("Samuel Second")
    page.get_by_label("Their own password").fill("not the password")
    page.get_by_role("button", name="Waste before the witness").click()
    expect(page.get_by_text("The second person's e-mail or password is not right.")).to_be_visible()
    expect(page.get_by_label("Reason")).to_have_value("broken on the floor")
    assert axe(page) == []
    shot(page, "stock-waste-refused")
    page.get_by_label("Their own password").fill(PASSWORD)
    page.get_by_role("button", name="Waste before the witness").click()
    expect(page.get_by_text("500 mg of lot B2 are wasted, Samuel Second saw it.")).to_be_visible()
    expect(page.get_by_role("cell", name="waste", exact=True)).to_be_visible()
    assert LedgerEntry.objects.get().witness_id == cast.second_nurse.pk
    shot(page, "stock-vial")


@pytest.mark.django_db(transaction=True)
def test_on_a_phone_what_expired_and_what_does_not_add_up_is_in_sight(
    live_app: str, phone: Page, cast: Cast, travel: Traveller
) -> None:
    travel.to(START)
    stocked(cast, "OLD-1", date(2026, 11, 20))
    held = stocked(cast)
    chair = booked(cast, INFUSION, mg=41)
    chair.accepted(("arrived", {}), ("vial", {"act": "draw", "vial": str(held.pk), "mg": 50}))
    arrive(phone, live_app, cast.nurse, "/stock/")
    expect(phone.get_by_text("1 vial does not add up")).to_be_visible()
    expect(phone.get_by_text("expired")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe(phone) == []
    shot(phone, "stock-phone")
    phone.get_by_role("link", name="Open lot B2").click()
    expect(phone.get_by_text("50 mg drawn and neither given nor wasted")).to_be_visible()
    expect(phone.get_by_role("link", name="Marsh, Paula, session 1")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe(phone) == []
    shot(phone, "stock-vial-phone")


# Without a browser


@pytest.fixture
def nurse(client: Client, cast: Cast) -> Client:
    client.force_login(cast.nurse)
    return client


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["molecule", "strength", "volume_ml", "lot", "expiry"])
def test_what_stands_on_a_vial_is_never_guessed(nurse: Client, missing: str) -> None:
    answer = nurse.post(reverse("receive-vial"), SENT | {"key": str(uuid.uuid4()), missing: ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors[missing]
    assert not Vial.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("strength", "0", "more than 0 mg/mL is needed"),
        ("strength", "fifty", "A number such as 81.5 is needed, not fifty"),
        ("volume_ml", "0", "0.01 to 5000 mL is possible, not 0"),
        ("molecule", "ketamin", "not one of the available choices"),
    ],
)
def test_what_cannot_be_is_refused_and_keeps_what_was_typed(nurse: Client, field: str, value: str, words: str) -> None:
    page = nurse.post(reverse("receive-vial"), SENT | {"key": str(uuid.uuid4()), field: value})
    assert page.status_code == 422
    assert words in page.content.decode()
    assert 'value="B2"' in page.content.decode()


@pytest.mark.django_db
def test_an_odd_strength_passes_once_it_was_read_again(nurse: Client) -> None:
    sent = SENT | {"key": str(uuid.uuid4()), "strength": "500"}
    assert nurse.post(reverse("receive-vial"), sent).status_code == 422
    assert nurse.post(reverse("receive-vial"), sent | {"read_again": "on"}).status_code == 302
    assert Vial.objects.get().strength_mg_per_ml == 500


@pytest.mark.django_db
def test_the_same_form_sent_twice_is_one_vial_and_with_something_else_it_is_refused(nurse: Client) -> None:
    sent = SENT | {"key": str(uuid.uuid4())}
    for _ in range(2):
        assert nurse.post(reverse("receive-vial"), sent).status_code == 302
    answer = nurse.post(reverse("receive-vial"), sent | {"strength": "10"})
    assert answer.status_code == 422
    assert "this form was sent before with something else" in answer.content.decode()
    assert Vial.objects.count() == 1


@pytest.mark.django_db
def test_a_second_person_at_receipt_gives_an_own_password(nurse: Client, cast: Cast) -> None:
    sent = SENT | {"key": str(uuid.uuid4()), "second_email": cast.second_nurse.email}
    assert nurse.post(reverse("receive-vial"), sent | {"second_password": "wrong"}).status_code == 422
    assert nurse.post(reverse("receive-vial"), sent | {"second_password": PASSWORD}).status_code == 302
    assert Vial.objects.get().witness_id == cast.second_nurse.pk


@pytest.mark.django_db
def test_a_second_person_with_a_second_factor_shows_its_code(nurse: Client, cast: Cast) -> None:
    TOTP.activate(cast.second_nurse, secret := generate_totp_secret())
    second = {"second_email": cast.second_nurse.email, "second_password": PASSWORD}
    sent = SENT | {"key": str(uuid.uuid4())} | second
    assert "a one-time code of its app is needed" in nurse.post(reverse("receive-vial"), sent).content.decode()
    code = format_hotp_value(hotp_value(secret, int(time.time()) // 30))
    unsent = nurse.post(reverse("receive-vial"), sent | {"second_code": "314159", "lot": ""})
    assert (unsent.status_code, "314159" in unsent.content.decode()) == (422, False)
    assert nurse.post(reverse("receive-vial"), sent | {"second_code": code}).status_code == 302
    chair = booked(cast)
    note = {"kind": "note", "text": "x", "client_id": str(uuid.uuid4()), "account": str(cast.nurse.pk)} | second
    address = reverse("session-enter", args=[chair.session.pk])
    assert nurse.post(address, note | {"second_code": "000000"}).status_code == 422
    held = RecoveryCodes.activate(cast.second_nurse).get_unused_codes()[0]
    assert nurse.post(address, note | {"second_code": held}).status_code == 200
    assert SessionEntry.objects.get().second_account_id == cast.second_nurse.pk


@pytest.mark.django_db
def test_nothing_is_wasted_without_a_witness_or_beyond_what_is_left(nurse: Client, cast: Cast) -> None:
    held = stocked(cast)
    sent = {"client_id": str(uuid.uuid4()), "mg": "100", "reason": "expired"}
    second = {"second_email": cast.second_nurse.email, "second_password": PASSWORD}
    address = reverse("waste-vial", args=[held.pk])
    assert nurse.post(address, sent).context["form"].errors["second_password"]
    own = {"second_email": cast.nurse.email, "second_password": PASSWORD}
    assert nurse.post(address, sent | own).context["form"].errors["second_email"]
    beyond = nurse.post(address, sent | second | {"mg": "501"})
    assert "at most 500 mg are left in this vial, not 501 mg" in beyond.content.decode()
    assert nurse.post(address, sent | second).status_code == 302
    assert nurse.post(address, sent | second).status_code == 302
    assert [one.left for one in see_stock(actor_for(cast.nurse.pk, cast.clinic.pk), START.date())] == [400]


@pytest.mark.django_db
def test_used_up_vials_are_shown_on_request(nurse: Client, cast: Cast) -> None:
    held = stocked(cast)
    LedgerEntry.objects.create(
        clinic=cast.clinic, vial=held, kind="waste", amount_mg=500, by=cast.nurse, witness=cast.second_nurse,
        at=START, entered_at=START,
    )  # fmt: skip
    assert "No vial holds anything." in nurse.get(reverse("stock")).content.decode()
    assert "lot B2" in nurse.get(reverse("stock"), {"all": ""}).content.decode()


@pytest.mark.django_db
def test_a_session_names_a_vial_of_the_stock_by_its_lot(nurse: Client, cast: Cast) -> None:
    held, chair = stocked(cast), booked(cast, INFUSION, mg=41)
    chair.accepted(
        ("arrived", {}),
        ("vial", {"act": "draw", "vial": str(held.pk), "mg": 50}),
        ("vial", {"act": "draw", "vial": "typed", "mg": 10}),
        ("vial", {"act": "waste", "vial": str(uuid.uuid4()), "mg": 1}),
    )
    page = nurse.get(reverse("session-live", args=[chair.session.pk])).content.decode()
    assert "vial of lot B2: draw 50 mg" in page
    assert "vial typed: draw 10 mg" in page
    opened = poll_session(chair.actor(cast.nurse), chair.session.pk, START)
    assert "vial of lot B2: 50 mg drawn and neither given nor wasted" in discrepancies(opened)
    assert str(held.pk) not in page

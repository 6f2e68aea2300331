"""A patient's own account is given at the desk, opens that record alone, and is closed again."""

from __future__ import annotations

import pytest
from django.test import Client

from remit.acts import invitations
from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.own import open_own_page
from remit.acts.patient_account import close_account, give_account, show_account
from remit.quantities import BadInput
from remit.records.models import Account, Membership, Patient, Role
from tests.fixtures.cast import PASSWORD, Cast

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "nobody else would write this"


def desk(cast: Cast) -> Actor:
    return actor_for(cast.coordinator.pk, cast.clinic.pk)


@pytest.fixture
def newcomer(cast: Cast) -> Patient:
    cast.patient.pk = None
    cast.patient.mrn, cast.patient._state.adding = "H-4711", True
    cast.patient.save()
    return cast.patient


def test_a_patient_signs_in_with_the_code_and_sees_one_record(cast: Cast, newcomer: Patient) -> None:
    assert show_account(desk(cast), newcomer.pk) is None
    made = give_account(desk(cast), newcomer.pk, "New@home.example ")
    assert made.invitation is not None
    held = show_account(desk(cast), newcomer.pk)
    assert held is not None
    assert (held.email, held.active, held.waiting) == ("new@home.example", True, True)
    invitations.accept("new@home.example", made.invitation.code, NEW_PASSWORD, "10.0.0.9")
    patient = actor_for(made.person_id, cast.clinic.pk)
    assert patient.patient_id == newcomer.pk
    assert open_own_page(patient).patient == newcomer


def test_a_new_code_ends_the_password_and_a_corrected_address_takes_its_place(cast: Cast) -> None:
    give_account(desk(cast), cast.patient.pk, "paula@home.example")
    account = Account.objects.get(pk=cast.patient_account.pk)
    assert account.email == "paula@home.example"
    assert not account.check_password(PASSWORD)
    assert Membership.objects.filter(patient=cast.patient, role=Role.PATIENT).count() == 1


def test_an_address_of_somebody_else_is_refused(cast: Cast, newcomer: Patient) -> None:
    with pytest.raises(BadInput, match="somebody else signs in with"):
        give_account(desk(cast), newcomer.pk, cast.nurse.email)
    with pytest.raises(BadInput, match="e-mail: an address such as"):
        give_account(desk(cast), newcomer.pk, "paula")


def test_the_desk_gives_no_new_password_to_a_patient_who_works_here_too(cast: Cast) -> None:
    Membership.objects.create(account=cast.patient_account, clinic=cast.clinic, role=Role.ADMINISTRATOR)
    with pytest.raises(Refused, match="an administrator issues the code"):
        give_account(desk(cast), cast.patient.pk, cast.patient_account.email)
    assert Account.objects.get(pk=cast.patient_account.pk).check_password(PASSWORD)


def test_a_closed_account_opens_nothing_and_is_opened_again_by_a_new_code(cast: Cast) -> None:
    browser = Client()
    browser.force_login(cast.patient_account)
    assert browser.get("/my-course/").status_code == 200
    close_account(desk(cast), cast.patient.pk)
    assert browser.get("/my-course/").status_code != 200
    with pytest.raises(Conflict, match="no open account"):
        close_account(desk(cast), cast.patient.pk)
    give_account(desk(cast), cast.patient.pk, cast.patient_account.email)
    held = show_account(desk(cast), cast.patient.pk)
    assert held is not None
    assert held.active


def test_a_patient_of_another_clinic_is_not_here(cast: Cast) -> None:
    with pytest.raises(NotHere):
        give_account(desk(cast), cast.other_patient.pk, "otto@home.example")


def test_the_page_gives_the_code_once_and_says_a_refusal_at_the_field(client: Client, cast: Cast) -> None:
    client.force_login(cast.coordinator)
    address = f"/patients/{cast.patient.pk}/account/"
    assert "Own account" in client.get(f"/patients/{cast.patient.pk}/").content.decode()
    refused = client.post(address, {"email": cast.nurse.email})
    assert (refused.status_code, "somebody else signs in" in refused.content.decode()) == (422, True)
    given = client.post(address, {"email": "paula@home.example"})
    assert 'id="code"' in given.content.decode()
    assert "no-store" in given.headers["Cache-Control"]
    closed = client.post(f"{address}close/", follow=True)
    assert "The account is closed." in closed.content.decode()

"""People come in by a code, in the roles an administrator gives; every change of a right is in the trail."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import mail
from django.core.exceptions import ValidationError

from remit.acts import invitations, people
from remit.acts.actors import Actor, NotHere, Refused, actor_for
from remit.quantities import BadInput
from remit.records.models import Account, AuditRow, Membership
from tests.fixtures.cast import Cast, member
from tests.fixtures.clock import Traveller

pytestmark = pytest.mark.django_db
NEW_PASSWORD = "nobody else would write this"


def admin(cast: Cast) -> Actor:
    return actor_for(cast.administrator.pk, cast.clinic.pk)


def invited(cast: Cast, email: str = "mia@clinic.example", **more: object) -> people.Invited:
    return people.invite_person(admin(cast), email, "Mia New", ["nurse"], **more)


def test_the_list_holds_everybody_who_works_here_and_nobody_else(cast: Cast) -> None:
    names = {person.name for person in people.list_people(admin(cast))}
    assert "Nora Nurse" in names
    assert not {"Olga Other", "Paula Marsh"} & names


@pytest.mark.parametrize("who", ["nurse", "psychiatrist", "coordinator", "therapist", "researcher", "patient_account"])
def test_only_an_administrator_manages_people(cast: Cast, who: str) -> None:
    actor = actor_for(getattr(cast, who).pk, cast.clinic.pk)
    with pytest.raises(Refused, match="Administrators"):
        people.list_people(actor)
    with pytest.raises(Refused, match="Administrators"):
        people.invite_person(actor, "x@clinic.example", "X", ["nurse"])


def test_a_new_person_sets_the_first_password_with_the_code_once(cast: Cast) -> None:
    made = invited(cast)
    assert made.invitation is not None
    invitations.accept("MIA@clinic.example ", made.invitation.code.lower(), NEW_PASSWORD, "10.0.0.9")
    account = Account.objects.get(pk=made.person_id)
    assert account.check_password(NEW_PASSWORD)
    with pytest.raises(BadInput, match="code"):
        invitations.accept("mia@clinic.example", made.invitation.code, "another long password", "10.0.0.9")


def test_a_new_code_takes_the_place_of_the_old_one(cast: Cast) -> None:
    first = invited(cast).invitation
    second = people.renew_code(admin(cast), Account.objects.get(email="mia@clinic.example").pk).invitation
    assert first is not None
    assert second is not None
    assert first.code != second.code
    with pytest.raises(BadInput, match="code"):
        invitations.accept("mia@clinic.example", first.code, NEW_PASSWORD, "")


@pytest.mark.parametrize(("days", "works"), [(7, True), (8, False)])
def test_a_code_works_until_its_last_day(cast: Cast, travel: Traveller, days: int, works: bool) -> None:
    made = invited(cast).invitation
    assert made is not None
    assert made.until - travel.now().date() == timedelta(days=7)
    travel.on(days=days)
    if works:
        invitations.accept("mia@clinic.example", made.code, NEW_PASSWORD, "")
    else:
        with pytest.raises(BadInput, match="older than 7 days"):
            invitations.accept("mia@clinic.example", made.code, NEW_PASSWORD, "")


def test_a_weak_first_password_is_refused_and_the_code_stays(cast: Cast) -> None:
    made = invited(cast).invitation
    assert made is not None
    with pytest.raises(ValidationError):
        invitations.accept("mia@clinic.example", made.code, "short", "")
    invitations.accept("mia@clinic.example", made.code, NEW_PASSWORD, "")


def test_a_code_goes_out_by_mail_when_asked(cast: Cast) -> None:
    made = invited(cast, by_mail=True)
    assert made.mailed
    assert made.invitation is not None
    assert made.invitation.code in mail.outbox[0].body


def test_who_has_an_account_elsewhere_gets_roles_and_no_code(cast: Cast) -> None:
    made = people.invite_person(admin(cast), cast.other_nurse.email, "", ["nurse"])
    assert made.invitation is None
    assert actor_for(cast.other_nurse.pk, cast.clinic.pk).is_a("nurse")
    with pytest.raises(Refused, match="another clinic"):
        people.renew_code(admin(cast), cast.other_nurse.pk)


@pytest.mark.parametrize(
    ("roles", "lead", "reason"),
    [
        ([], False, "at least one"),
        (["patient"], False, "not patient"),
        (["surgeon"], False, "not surgeon"),
        (["nurse"], True, "only a prescriber"),
    ],
)
def test_roles_that_nobody_can_have_are_refused(cast: Cast, roles: list[str], lead: bool, reason: str) -> None:
    with pytest.raises(BadInput, match=reason):
        people.change_roles(admin(cast), cast.nurse.pk, roles, lead=lead)


def test_changed_roles_are_in_the_trail_with_what_they_were(cast: Cast) -> None:
    people.change_roles(admin(cast), cast.nurse.pk, ["nurse", "coordinator"])
    row = AuditRow.objects.order_by("-seq").first()
    assert row is not None
    assert row.action == "change_roles"
    assert row.subject_id == str(cast.nurse.pk)
    assert row.detail["before"] == ["nurse"]
    assert row.detail["roles"] == ["nurse", "coordinator"]
    assert actor_for(cast.nurse.pk, cast.clinic.pk).roles == {"nurse", "coordinator"}


def test_a_deactivated_person_has_no_role_and_keeps_the_history(cast: Cast) -> None:
    assert not people.deactivate_person(admin(cast), cast.nurse.pk).active
    assert actor_for(cast.nurse.pk, cast.clinic.pk).roles == frozenset()
    assert Membership.history.filter(account=cast.nurse, active=True, history_user=None).exists()
    assert people.change_roles(admin(cast), cast.nurse.pk, ["nurse"]).active


def test_the_only_administrator_stays(cast: Cast) -> None:
    for act in (people.deactivate_person, lambda actor, key: people.change_roles(actor, key, ["nurse"])):
        with pytest.raises(Refused, match="only administrator"):
            act(admin(cast), cast.administrator.pk)
    member(cast.clinic, "Abe Admin", "administrator")
    assert not people.deactivate_person(admin(cast), cast.administrator.pk).active


def test_people_of_another_clinic_are_unknown_here(cast: Cast) -> None:
    for act in (people.show_person, people.deactivate_person, people.renew_code, people.open_account):
        with pytest.raises(NotHere):
            act(admin(cast), cast.other_nurse.pk)
    with pytest.raises(NotHere):
        people.show_person(admin(cast), "no id")

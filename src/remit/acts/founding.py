"""The beginning: the first clinic of an installation, and its first administrator."""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import transaction

from remit.acts import audit, invitations
from remit.acts.audit import Happening
from remit.acts.clinic import checked_details
from remit.acts.invitations import Invitation
from remit.acts.people import checked_email
from remit.quantities import BadInput
from remit.records.models import Account, Clinic, Membership, Role


@dataclass(frozen=True, slots=True)
class Founded:
    """The clinic that was made, and who administers it; the code is for whoever gave no password."""

    clinic: Clinic
    administrator: Account
    invitation: Invitation | None


def check_answers(details: dict[str, str], name: str, email: str, password: str = "") -> None:
    """Whether a clinic can be made of these answers; needs no database. Raises `BadInput`."""
    checked_details(details)
    if not name.strip():
        raise BadInput("administrator: a name is needed")
    if password:
        _check_password(password, Account(email=checked_email(email), display_name=name))
    else:
        checked_email(email)


def found_clinic(details: dict[str, str], name: str, email: str, password: str = "") -> Founded:
    """Make the first clinic and its administrator. Only an installation without a clinic can be begun."""
    check_answers(details, name, email, password)
    held, email = checked_details(details), checked_email(email)
    with transaction.atomic():
        standing = Clinic.objects.select_for_update().order_by("created_at").first()
        if standing is not None:
            raise BadInput(f"clinic: {standing.name} is here already; people are added on its People page")
        clinic = Clinic.objects.create(**held)
        account = _administrator(clinic, name.strip(), email, password)
        invitation = None if password else invitations.issue(account)
        detail = {"clinic": clinic.name, "administrator": str(account.pk)}
        audit.append([Happening("clinic_founded", account.pk, clinic.pk, "clinic", str(clinic.pk), detail=detail)])
    return Founded(clinic, account, invitation)


def _administrator(clinic: Clinic, name: str, email: str, password: str) -> Account:
    account = Account.objects.create_user(email, password or None, display_name=name)
    Membership.objects.create(account=account, clinic=clinic, role=Role.ADMINISTRATOR)
    return account


def _check_password(password: str, account: Account) -> None:
    try:
        validate_password(password, account)
    except ValidationError as error:
        raise BadInput(f"password: {' '.join(error.messages)}") from error

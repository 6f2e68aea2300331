"""The people of a clinic: who they are, in which roles, and how they come in; every change of a right is audited."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from axes.utils import reset as open_again
from django.core.exceptions import ValidationError
from django.core.validators import validate_email

from remit.acts import invitations, mail
from remit.acts.actors import Actor, NotHere, Refused
from remit.acts.core import act, note
from remit.acts.invitations import Invitation
from remit.acts.rights import may_manage_people
from remit.quantities import BadInput
from remit.records.models import Account, Membership, Role

STAFF_ROLES: tuple[str, ...] = tuple(role for role in Role.values if role != Role.PATIENT)
"""What an administrator gives; a patient's account comes with the patient's record."""


@dataclass(frozen=True, slots=True)
class Person:
    """One account as the clinic sees it."""

    id: UUID
    name: str
    email: str
    phone: str
    roles: tuple[str, ...]
    lead: bool
    active: bool
    waiting: bool
    """True until the first password is set."""
    second_factor: bool
    last_sign_in: datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """Somebody who was just added. Without a code they had an account already and use their own password."""

    person_id: UUID
    name: str
    email: str
    invitation: Invitation | None
    mailed: bool = False


@act("list_people", right=may_manage_people, reads=True)
def list_people(actor: Actor) -> list[Person]:
    """Everybody with an account here but patients, those who may come in first."""
    held: dict[UUID, list[Membership]] = {}
    rows = Membership.objects.filter(clinic_id=actor.here).exclude(role=Role.PATIENT)
    for row in rows.select_related("account").order_by("account__display_name", "account_id"):
        held.setdefault(row.account_id, []).append(row)
    factors = _with_second_factor(held)
    people = [_person(rows, rows[0].account_id in factors) for rows in held.values()]
    return sorted(people, key=lambda person: (not person.active, person.name.casefold()))


@act("show_person", right=may_manage_people, reads=True)
def show_person(actor: Actor, person_id: UUID | str) -> Person:
    """One person with an account here."""
    return _reread(actor, _account_here(actor, person_id, "show_person", lock=False))


@act("invite_person", right=may_manage_people)
def invite_person(
    actor: Actor,
    email: str,
    name: str,
    roles: Collection[str],
    *,
    lead: bool = False,
    phone: str = "",
    by_mail: bool = False,
) -> Invited:
    """Add a person in these roles. A new account gets a code for its first password, shown once."""
    roles = _checked_roles(roles, lead)
    email = checked_email(email)
    account = Account.objects.filter(email=email).first()
    known = account is not None
    if account is None:
        if not name.strip():
            raise BadInput("name: the person's name is needed")
        account = Account.objects.create_user(email, None, display_name=name.strip(), phone=phone.strip())
    elif Membership.objects.filter(account=account, clinic_id=actor.here).exclude(role=Role.PATIENT).exists():
        raise BadInput(f"e-mail: {email} is in the list already; change the roles there")
    _set_roles(actor, account, roles, lead)
    note(account, roles=list(roles), lead=lead, new=not known)
    if known:
        return Invited(account.pk, str(account), email, None)
    return _with_code(account, by_mail)


@act("change_roles", right=may_manage_people)
def change_roles(actor: Actor, person_id: UUID | str, roles: Collection[str], *, lead: bool = False) -> Person:
    """Give a person these roles in place of those held."""
    account = _account_here(actor, person_id, "change_roles")
    before = _roles(actor, account)
    roles = _checked_roles(roles, lead)
    if Role.ADMINISTRATOR not in roles:
        _keep_an_administrator(actor, account, "change_roles")
    _set_roles(actor, account, roles, lead)
    note(account, before=sorted(before), roles=list(roles), lead=lead)
    return _reread(actor, account)


@act("deactivate_person", right=may_manage_people)
def deactivate_person(actor: Actor, person_id: UUID | str) -> Person:
    """Take all roles in this clinic from a person; what they wrote stays theirs."""
    account = _account_here(actor, person_id, "deactivate_person")
    _keep_an_administrator(actor, account, "deactivate_person")
    note(account, before=sorted(_roles(actor, account)))
    for row in Membership.objects.filter(account=account, clinic_id=actor.here, active=True):
        row.active = False
        row.save(update_fields=["active"])
    return _reread(actor, account)


@act("renew_code", right=may_manage_people)
def renew_code(actor: Actor, person_id: UUID | str, *, by_mail: bool = False) -> Invited:
    """A new code for a person who has none or forgot the password; the present password and sessions end."""
    account = _account_here(actor, person_id, "renew_code")
    _refuse_elsewhere(actor, account, "renew_code")
    note(account)
    return _with_code(account, by_mail)


@act("remove_second_factor", right=may_manage_people)
def remove_second_factor(actor: Actor, person_id: UUID | str) -> int:
    """Take the second factors of a person who lost them away; says how many there were."""
    from allauth.mfa.models import Authenticator

    account = _account_here(actor, person_id, "remove_second_factor")
    _refuse_elsewhere(actor, account, "remove_second_factor")
    count, _ = Authenticator.objects.filter(user=account).delete()
    note(account, factors=count)
    return count


@act("open_account", right=may_manage_people)
def open_account(actor: Actor, person_id: UUID | str) -> int:
    """Let a person try again who was locked out after too many wrong passwords; says how many counts were cleared."""
    account = _account_here(actor, person_id, "open_account")
    note(account)
    return int(open_again(username=account.email))


def _refuse_elsewhere(actor: Actor, account: Account, action: str) -> None:
    """One clinic's administrator does not change how a person signs in who works in another, too."""
    if Membership.objects.filter(account=account, active=True).exclude(clinic_id=actor.here).exists():
        raise Refused(action, ["This person works in another clinic, too: both clinics' administrators must agree."])


def _with_code(account: Account, by_mail: bool) -> Invited:
    invitation = invitations.issue(account)
    mailed = by_mail and mail.send_invitation(invitation)
    return Invited(account.pk, str(account), account.email, invitation, mailed)


def checked_email(email: str) -> str:
    """An e-mail address in lower case, or `BadInput`."""
    email = email.strip().lower()
    try:
        validate_email(email)
    except ValidationError as error:
        raise BadInput(f"e-mail: an address such as name@clinic.example is needed, not {email!r}") from error
    return email


def _checked_roles(roles: Collection[str], lead: bool) -> tuple[str, ...]:
    strange = sorted(set(roles) - set(STAFF_ROLES))
    if strange:
        raise BadInput(f"roles: one of {', '.join(STAFF_ROLES)} is needed, not {', '.join(strange)}")
    if not roles:
        raise BadInput("roles: at least one is needed; to take them all, deactivate the person")
    if lead and Role.PRESCRIBER not in roles:
        raise BadInput("lead: only a prescriber can lead the clinic")
    return tuple(role for role in STAFF_ROLES if role in roles)


def _set_roles(actor: Actor, account: Account, roles: Collection[str], lead: bool) -> None:
    held = {row.role: row for row in _rows(actor, account)}
    for role in STAFF_ROLES:
        row = held.get(role)
        wanted = role in roles
        leads = lead and role == Role.PRESCRIBER
        if row is None and wanted:
            Membership.objects.create(account=account, clinic_id=actor.here, role=role, lead=leads)
        elif row is not None and (row.active, row.lead) != (wanted, leads):
            row.active, row.lead = wanted, leads
            row.save(update_fields=["active", "lead"])


def _keep_an_administrator(actor: Actor, account: Account, action: str) -> None:
    others = Membership.objects.filter(
        clinic_id=actor.here, role=Role.ADMINISTRATOR, active=True, account__is_active=True
    ).exclude(account=account)
    if Role.ADMINISTRATOR in _roles(actor, account) and not others.exists():
        raise Refused(action, ["This is the clinic's only administrator: give the role to somebody else first."])


def _rows(actor: Actor, account: Account) -> list[Membership]:
    return list(Membership.objects.filter(account=account, clinic_id=actor.here).exclude(role=Role.PATIENT))


def _roles(actor: Actor, account: Account) -> set[str]:
    return {row.role for row in _rows(actor, account) if row.active}


def _account_here(actor: Actor, person_id: UUID | str, action: str, *, lock: bool = True) -> Account:
    accounts = Account.objects.select_for_update() if lock else Account.objects.all()
    try:
        rows = Membership.objects.filter(account_id=person_id, clinic_id=actor.here).exclude(role=Role.PATIENT)
        if rows.exists():
            return accounts.get(pk=person_id)
    except (ValueError, ValidationError):
        pass
    raise NotHere(action, ["There is no such person in this clinic."])


def _reread(actor: Actor, account: Account) -> Person:
    rows = Membership.objects.filter(account=account, clinic_id=actor.here).exclude(role=Role.PATIENT)
    return _person(list(rows.select_related("account")), account.pk in _with_second_factor({account.pk: []}))


def _person(rows: list[Membership], second_factor: bool) -> Person:
    account = rows[0].account
    active = [row for row in rows if row.active and account.is_active]
    return Person(
        id=account.pk,
        name=str(account),
        email=account.email,
        phone=account.phone,
        roles=tuple(role for role in STAFF_ROLES if role in {row.role for row in active}),
        lead=any(row.lead for row in active),
        active=bool(active),
        waiting=not account.has_usable_password(),
        second_factor=second_factor,
        last_sign_in=account.last_login,
    )


def _with_second_factor(held: dict[UUID, list[Membership]]) -> set[UUID]:
    from allauth.mfa.models import Authenticator

    rows = Authenticator.objects.filter(user_id__in=list(held)).exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))

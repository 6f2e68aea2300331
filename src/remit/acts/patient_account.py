"""A patient's own account: given at the desk with a code for the first password, and closed again."""

from __future__ import annotations

from dataclasses import dataclass

from remit.acts import invitations, mail
from remit.acts.actors import Actor, Conflict, Refused
from remit.acts.core import act_on, note
from remit.acts.people import Invited, checked_email
from remit.acts.rights import may_register_patient
from remit.quantities import BadInput
from remit.records.models import Account, Membership, Patient, Role


@dataclass(frozen=True, slots=True)
class OwnAccount:
    """With which address a patient signs in, and whether that is possible now."""

    email: str
    active: bool
    waiting: bool
    """True until the first password is set."""


@act_on(Patient, "show_account", right=may_register_patient, reads=True)
def show_account(_: Actor, patient: Patient) -> OwnAccount | None:
    """The patient's own account, where there is one."""
    held = _held(patient)
    if held is None:
        return None
    return OwnAccount(held.account.email, held.active, not held.account.has_usable_password())


@act_on(Patient, "give_account", right=may_register_patient)
def give_account(_: Actor, patient: Patient, email: str, *, by_mail: bool = False) -> Invited:
    """Give a patient an own account, or a new code for it; a password in use until then ends with it.

    Raises `BadInput` for an address that is none or that somebody else signs in with.
    """
    email = checked_email(email)
    held = _held(patient)
    owner = Account.objects.filter(email=email).first()
    if owner is not None and (held is None or owner.pk != held.account_id):
        raise BadInput(f"e-mail: somebody else signs in with {email}; an address of the patient's own is needed")
    if held is not None:
        _refuse_shared(held)
    account = held.account if held else Account.objects.create_user(email, None, display_name=str(patient))
    if held is None:
        Membership.objects.create(account=account, clinic_id=patient.clinic_id, role=Role.PATIENT, patient=patient)
    else:
        account.email, held.active = email, True
        account.save(update_fields=["email"])
        held.save(update_fields=["active"])
    note(account, new=held is None)
    invitation = invitations.issue(account)
    return Invited(account.pk, str(account), email, invitation, by_mail and mail.send_invitation(invitation))


@act_on(Patient, "close_account", right=may_register_patient)
def close_account(_: Actor, patient: Patient) -> None:
    """The patient signs in no more; what was answered stays on record."""
    held = _held(patient)
    if held is None or not held.active:
        raise Conflict("close_account", ["This patient has no open account."])
    held.active = False
    held.save(update_fields=["active"])
    note(held.account)


def _refuse_shared(held: Membership) -> None:
    """Whoever works somewhere too is not given a new password at the desk of a clinic where they are a patient."""
    if Membership.objects.filter(account=held.account, active=True).exclude(pk=held.pk).exists():
        raise Refused("give_account", ["This account has other rights, too: an administrator issues the code."])


def _held(patient: Patient) -> Membership | None:
    rows = Membership.objects.select_related("account").filter(patient=patient, role=Role.PATIENT)
    return rows.order_by("-active", "-created_at").first()

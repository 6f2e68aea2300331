"""Signing in: who a person is and where, and the trail of every sign-in, failure, lock-out and sign-out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from remit.acts import audit
from remit.acts.actors import Actor
from remit.acts.audit import Happening
from remit.acts.settings import value as setting
from remit.records.compiled import compiled_query
from remit.records.models import Account, Clinic, Membership, Role

DEMO_CONFIRMS_WITH = "synthetic clinic"
"""Everybody's password in the synthetic clinic, for where a second person confirms."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Who is signed in, in which clinic, as what."""

    actor: Actor
    email: str
    clinic_name: str
    timezone: str
    synthetic: bool
    idle_minutes: float
    other_clinics: tuple[tuple[str, str], ...] = ()
    """The other clinics of this account: id and name."""

    @property
    def role_words(self) -> list[str]:
        """The roles as people read them, the lead named."""
        return [
            f"{role}, lead" if self.actor.lead and role == Role.PRESCRIBER else str(role)
            for role in Role.values
            if role in self.actor.roles
        ]


def standing(account: Account, clinic_id: UUID | str | None = None) -> Standing | None:
    """The person's standing in this clinic, else in the first that they belong to; none where they belong nowhere."""
    held = _memberships(account.pk) if account.is_active else []
    if not held:
        return None
    clinic = next((one.clinic for one in held if str(one.clinic_id) == str(clinic_id)), held[0].clinic)
    here = [one for one in held if one.clinic_id == clinic.pk]
    others = {str(one.clinic_id): one.clinic.name for one in held if one.clinic_id != clinic.pk}
    return _standing(account, clinic, here, tuple(others.items()))


def account(id: UUID) -> Account | None:
    """The account of this id; null where there is none."""
    return next(iter(_account(id)), None)


@compiled_query
def _account(id: UUID) -> QuerySet[Account]:
    return Account.objects.filter(pk=id)


@compiled_query
def _memberships(account: UUID) -> QuerySet[Membership]:
    rows = Membership.objects.filter(account_id=account, active=True)
    return rows.select_related("clinic").order_by("created_at", "id")


def _standing(
    account: Account, clinic: Clinic, here: list[Membership], others: tuple[tuple[str, str], ...]
) -> Standing:
    return Standing(
        actor=Actor(
            account_id=account.pk,
            clinic_id=clinic.pk,
            roles=frozenset(one.role for one in here),
            lead=any(one.lead for one in here),
            patient_id=next((one.patient_id for one in here if one.patient_id), None),
            name=account.display_name,
        ),
        email=account.email,
        clinic_name=clinic.name,
        timezone=clinic.timezone,
        synthetic=clinic.synthetic,
        idle_minutes=float(setting(clinic.pk, "screen_locks_after")),
        other_clinics=others,
    )


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """One account that the demo's sign-in page offers."""

    id: str
    name: str
    role: str
    email: str


def demo_accounts() -> list[DemoAccount]:
    """The accounts of the synthetic clinic, one a role; never an account of a real clinic."""
    held = Membership.objects.filter(clinic__synthetic=True, active=True, account__is_active=True)
    by_role: dict[str, DemoAccount] = {}
    for one in held.select_related("account").order_by("-lead", "created_at", "id"):
        words = f"{one.role}, lead" if one.lead else str(one.role)
        by_role.setdefault(one.role, DemoAccount(str(one.account_id), str(one.account), words, one.account.email))
    return [by_role[role] for role in Role.values if role in by_role]


def demo_account(account_id: str) -> Account | None:
    """The account with this id, if the demo's sign-in page offers it."""
    if account_id not in {offered.id for offered in demo_accounts()}:
        return None
    return Account.objects.get(pk=account_id)


def signed_in(account_id: UUID, address: str, *, second_factor: bool) -> None:
    """Put a sign-in in the trail."""
    _tell("signed_in", account_id, address, second_factor=second_factor)


def signed_out(account_id: UUID, address: str) -> None:
    """Put a sign-out in the trail."""
    _tell("signed_out", account_id, address)


def sign_in_failed(email: str, address: str, by: str = "password") -> None:
    """Put a failed sign-in in the trail, under the account where there is one with this address."""
    known = Account.objects.filter(email=email).first()
    _tell("sign_in_failed", known.pk if known else None, address, email=email, by=by)


def locked_out(email: str, address: str) -> None:
    """Put a lock-out after too many failures in the trail."""
    known = Account.objects.filter(email=email).first()
    _tell("locked_out", known.pk if known else None, address, email=email)


def screen_locked(actor: Actor, address: str, *, idle: bool) -> None:
    """Put a locked screen in the trail: nobody touched it, or somebody locked it."""
    _tell("screen_locked", actor.account_id, address, idle=idle)


def screen_unlocked(actor: Actor, address: str) -> None:
    """Put an unlocked screen in the trail."""
    _tell("screen_unlocked", actor.account_id, address)


def sign_in_changed(account_id: UUID, what: str, address: str, factor: str = "") -> None:
    """Put a change of password or second factor in the trail."""
    _tell(what, account_id, address, **({"factor": factor} if factor else {}))


def _tell(action: str, account_id: UUID | None, address: str, **detail: Any) -> None:
    clinic = None
    if account_id is not None:
        clinic = (
            Membership.objects.filter(account_id=account_id, active=True).values_list("clinic_id", flat=True).first()
        )
    audit.record(
        Happening(
            action,
            account_id=account_id,
            clinic_id=clinic,
            subject_type="account" if account_id else "",
            subject_id=str(account_id or ""),
            detail={"address": address, **detail},
        )
    )

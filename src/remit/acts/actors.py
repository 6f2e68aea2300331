"""Who acts, in which clinic and in which roles; and how an act says no."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet

from remit.records.models import Membership, Role

SYSTEM = "system"
"""The role of what happens by itself: an alarm, an escalation."""
LINK = "link"
"""The role of whoever holds a patient's link."""


class Refused(Exception):
    """An act was not allowed. `reasons` says who may do it, or what would let it pass."""

    def __init__(self, action: str, reasons: Sequence[str]) -> None:
        super().__init__("; ".join(reasons))
        self.action = action
        self.reasons = tuple(reasons)


class NotHere(Refused):
    """There is no such row in this clinic; one of another clinic is not told apart from none."""


class Conflict(Refused):
    """What was sent contradicts what the record already holds."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person at work in one clinic. `patient_id`: the patient that they are, or whose link they hold."""

    account_id: UUID | None
    clinic_id: UUID | None
    roles: frozenset[str] = frozenset()
    lead: bool = False
    patient_id: UUID | None = None
    name: str = ""

    def is_a(self, *roles: str) -> bool:
        """True where the person holds one of these roles here."""
        return not self.roles.isdisjoint(roles)

    @property
    def role(self) -> str:
        """The role under which an entry is made: the most responsible one held."""
        return next((role for role in _RESPONSIBILITY if role in self.roles), "")

    @property
    def here(self) -> UUID:
        """The clinic that the person works in."""
        if self.clinic_id is None:
            raise Refused("enter", ["an account without a clinic does nothing here"])
        return self.clinic_id

    @property
    def me(self) -> UUID:
        """The account that answers for what is done."""
        if self.account_id is None:
            raise Refused("enter", ["a person's own account is needed for this"])
        return self.account_id

    @classmethod
    def system(cls, clinic_id: UUID) -> Actor:
        """The clinic's own clockwork."""
        return cls(None, clinic_id, frozenset({SYSTEM}), name=SYSTEM)

    @classmethod
    def by_link(cls, clinic_id: UUID, patient_id: UUID) -> Actor:
        """Whoever holds a link that was sent to a patient."""
        return cls(None, clinic_id, frozenset({LINK}), patient_id=patient_id, name=LINK)


_RESPONSIBILITY = (
    Role.PRESCRIBER.value,
    Role.NURSE.value,
    Role.THERAPIST.value,
    Role.COORDINATOR.value,
    Role.ADMINISTRATOR.value,
    Role.RESEARCHER.value,
    Role.PATIENT.value,
    SYSTEM,
    LINK,
)


def actor_for(account_id: UUID, clinic_id: UUID) -> Actor:
    """The account as it may act in a clinic now; without an active membership it has no role there."""
    held = list(_memberships(account_id).filter(clinic_id=clinic_id))
    return _actor(account_id, clinic_id, held)


def actors_of(account_id: UUID) -> list[tuple[str, Actor]]:
    """Every clinic in which the account works, by name, and what it is there."""
    by_clinic: dict[UUID, list[Membership]] = {}
    for membership in _memberships(account_id).order_by("clinic__name", "clinic_id"):
        by_clinic.setdefault(membership.clinic_id, []).append(membership)
    return [(held[0].clinic.name, _actor(account_id, clinic_id, held)) for clinic_id, held in by_clinic.items()]


def _memberships(account_id: UUID) -> QuerySet[Membership]:
    return Membership.objects.filter(account_id=account_id, active=True, account__is_active=True).select_related(
        "account", "clinic"
    )


def _actor(account_id: UUID, clinic_id: UUID, held: list[Membership]) -> Actor:
    return Actor(
        account_id=account_id,
        clinic_id=clinic_id,
        roles=frozenset(membership.role for membership in held),
        lead=any(membership.lead for membership in held),
        patient_id=next((membership.patient_id for membership in held if membership.patient_id), None),
        name=held[0].account.display_name if held else "",
    )

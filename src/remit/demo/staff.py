"""Who works in the synthetic clinic. Nobody of them lives; their addresses reach nobody."""

from __future__ import annotations

from dataclasses import dataclass, fields

from django.contrib.auth.hashers import make_password

from remit.acts.actors import Actor, actor_for
from remit.acts.second_person import SecondPerson
from remit.acts.signin import DEMO_CONFIRMS_WITH
from remit.records.models import Account, Clinic, Membership, Patient, Role

PEOPLE = {
    "lead": ("Imani Vance", Role.PRESCRIBER),
    "prescriber": ("Tomas Lindholm", Role.PRESCRIBER),
    "nurse": ("Nora Whitby", Role.NURSE),
    "second_nurse": ("Samir Hadley", Role.NURSE),
    "third_nurse": ("Ruth Okello", Role.NURSE),
    "therapist": ("Theo Marlow", Role.THERAPIST),
    "coordinator": ("Cora Jansen", Role.COORDINATOR),
    "researcher": ("Rita Solway", Role.RESEARCHER),
    "administrator": ("Ada Klein", Role.ADMINISTRATOR),
}
"""By the word that the stories use: name and role."""


@dataclass(frozen=True, slots=True)
class Staff:
    """Everybody who acts in the stories."""

    lead: Actor
    prescriber: Actor
    nurse: Actor
    second_nurse: Actor
    third_nurse: Actor
    therapist: Actor
    coordinator: Actor
    researcher: Actor
    administrator: Actor

    def of(self, word: str) -> Actor:
        """The person that a script calls by this word."""
        held: Actor = getattr(self, word)
        return held


def hire(clinic: Clinic) -> Staff:
    """Everybody, with one role each and the demo's password."""
    # One hash for all: a second of work for each of a dozen accounts would protect nothing here.
    password = make_password(DEMO_CONFIRMS_WITH)
    return Staff(
        **{word: _hired(clinic, name, role, password, lead=word == "lead") for word, (name, role) in PEOPLE.items()}
    )


def _hired(clinic: Clinic, name: str, role: Role, password: str, *, lead: bool) -> Actor:
    account = _account(name, f"{name.lower().replace(' ', '.')}@clinic.example", password)
    Membership.objects.create(account=account, clinic=clinic, role=role, lead=lead)
    return actor_for(account.pk, clinic.pk)


def let_in(patient: Patient) -> None:
    """Give a patient an account to the own page."""
    name = f"{patient.given_name} {patient.family_name}"
    account = _account(name, patient.email, make_password(DEMO_CONFIRMS_WITH))
    Membership.objects.create(account=account, clinic_id=patient.clinic_id, role=Role.PATIENT, patient=patient)


def _account(name: str, email: str, password: str) -> Account:
    account = Account(email=email, display_name=name, password=password)
    account.save()
    return account


def beside(actor: Actor) -> SecondPerson:
    """A person of the stories as the second person, as if the password had just been given."""
    return SecondPerson(**{held.name: getattr(actor, held.name) for held in fields(Actor)})

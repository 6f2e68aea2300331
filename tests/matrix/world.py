"""A clinic with a record under way, a second person's record beside it, and another clinic with a row of everything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import models, transaction
from django.test import Client

from remit.acts.actors import LINK, SYSTEM, Actor, actor_for
from remit.acts.core import ACTS, setting_up
from remit.acts.here import NAMED, table_of
from remit.acts.patients import refer
from remit.records.models import (
    Account,
    Episode,
    MedicationRecord,
    ScaleLink,
    ScreeningRecord,
    TrialRecord,
)
from remit.server.routes import Address
from remit.web.guard import ANYBODY, SIGNED_IN
from tests.acts.courses import MONDAY, booked
from tests.acts.follow_up import a_link, may_send
from tests.fixtures.cast import Cast, patient_of
from tests.fixtures.clock import Traveller
from tests.matrix.roles import LEAD, NOBODY, Allowed
from tests.matrix.rows import Rows

WORDS = {
    "key": "screen_locks_after",
    "fact": "avm",
    "check_id": "diagnosis_interview",
    "scale_id": "PHQ9",
    "study_id": "Lii2023",
}
"""What is put for variables that are no ids of rows."""
_VARIABLE = re.compile(r"<(?:(\w+):)?(\w+)>")


@dataclass
class World:
    """Who there is, and the rows of each clinic: home (a record under way), beside it, and elsewhere."""

    cast: Cast
    home: Rows
    beside: Rows
    """Rows about another patient of the same clinic, written by a colleague."""
    elsewhere: Rows
    token: str
    sessions: dict[str, str] = field(default_factory=dict)

    def account(self, role: str) -> Account:
        """Whose account stands for a role."""
        cast = self.cast
        return {
            LEAD: cast.psychiatrist,
            "prescriber": cast.second_prescriber,
            "nurse": cast.nurse,
            "therapist": cast.therapist,
            "coordinator": cast.coordinator,
            "patient": cast.patient_account,
            "researcher": cast.researcher,
            "administrator": cast.administrator,
        }[role]

    def actor(self, role: str) -> Actor:
        """The role at work in the home clinic."""
        home = self.cast.clinic.pk
        if role == NOBODY:
            return Actor(None, None)
        if role == SYSTEM:
            return Actor.system(home)
        if role == LINK:
            return Actor.by_link(home, self.cast.patient.pk)
        return actor_for(self.account(role).pk, home)

    def abroad(self, role: str) -> Actor:
        """The same person with the same role in the other clinic."""
        return replace(self.actor(role), clinic_id=self.cast.other_clinic.pk)

    def client(self, role: str) -> Client:
        """A browser of this role; a new one at each call, so that nothing is left of the request before."""
        client = Client()
        if role not in (NOBODY, LINK):
            client.cookies[settings.SESSION_COOKIE_NAME] = self.session(role)
        return client

    def session(self, role: str) -> str:
        """The session cookie of somebody in this role who is signed in."""
        if role not in self.sessions:
            entering = Client()
            entering.force_login(self.account(role))
            self.sessions[role] = entering.cookies[settings.SESSION_COOKIE_NAME].value
        return self.sessions[role]

    def ask(self, role: str, method: str, path: str) -> int | str:
        """The status of one request, and for a redirection to the sign-in page `sign in`; nothing of it is kept."""
        client = self.client(role)
        with transaction.atomic():
            answer = getattr(client, method.lower())(path)
            transaction.set_rollback(True)
        to = answer.headers.get("Location", "") if answer.status_code == 302 else ""
        return "sign in" if to.startswith("/accounts/login/") else answer.status_code


def world(cast: Cast, travel: Traveller) -> World:
    """Six infusions are booked for the home patient; everything else is a plausible row."""
    sessions = booked(cast, travel)
    nurse = actor_for(cast.nurse.pk, cast.clinic.pk)
    referral = refer(actor_for(cast.coordinator.pk, cast.clinic.pk), cast.patient.pk, "her physician", MONDAY, "")
    may_send(cast)
    token, _ = a_link(cast)
    kinds = (Episode, TrialRecord, MedicationRecord, ScreeningRecord, ScaleLink)
    real = [kind.objects.filter(clinic=cast.clinic).first() for kind in kinds]
    course = sessions[1].course
    with setting_up(nurse, "test_set_up"):
        beside = patient_of(cast.clinic, cast.coordinator, "H-1002", "Beside", "Bea")
        made = World(
            cast,
            Rows(cast.clinic, cast.nurse, cast.patient, course, sessions[1], cast.chairs[0], referral, *real),
            Rows(cast.clinic, cast.second_nurse, beside),
            Rows(cast.other_clinic, cast.other_nurse, cast.other_patient),
            token,
        )
        for model in {*NAMED.values(), *(act.on for act in ACTS.values() if act.on)}:
            for rows in (made.home, made.beside, made.elsewhere):
                rows.of(model)
    return made


def thing(world: World, model: type[models.Model] | None, where: str, role: str) -> Any:
    """A row that an act could be done to, for its rule alone: `own` is the role's own, the others are as in `World`."""
    if model is None:
        return None
    if where != "own":
        rows: Rows = getattr(world, where)
        return rows.of(model)
    cast = world.cast
    account = cast.nurse if role in (LINK, SYSTEM, NOBODY) else world.account(role)
    own = Rows(cast.clinic, account, cast.patient, saved=False)
    return own.of(model)


def who_may(world: World, name: str, roles: tuple[str, ...]) -> Allowed:
    """Who may do an act, as its rule says it for rows of others and for own ones."""
    act = ACTS[name]
    every = {role for role in roles if act.allows(world.actor(role), thing(world, act.on, "beside", role))}
    own = {role for role in roles if act.allows(world.actor(role), thing(world, act.on, "own", role))}
    return Allowed(frozenset(every), frozenset(own - every))


def may_open(address: Address, role: str, table: dict[str, Allowed]) -> bool:
    """True where the table lets this role open the address."""
    if address.rule == ANYBODY:
        return True
    if address.rule == SIGNED_IN:
        return role not in (NOBODY, LINK)
    assert isinstance(address.rule, tuple)
    return role != LINK and any(act in table and table[act].says(role) for act in address.rule)


def own_only(address: Address, role: str, table: dict[str, Allowed]) -> bool:
    """True where the role opens the address for its own record at most."""
    acts = [act for act in address.rule if act in table] if isinstance(address.rule, tuple) else []
    return any(role in table[act].own for act in acts) and not any(role in table[act].everything for act in acts)


@dataclass(frozen=True)
class Variable:
    """A variable of an address: of which table it names a row, if of any."""

    kind: str
    name: str
    model: type[models.Model] | None


def variables(address: Address) -> list[Variable]:
    """The variables of an address. An id of nothing known fails, and says what to add."""
    return [_variable(address, kind or "str", name) for kind, name in _VARIABLE.findall(address.path)]


def _variable(address: Address, kind: str, name: str) -> Variable:
    if kind != "uuid":
        return Variable(kind, name, None)
    model = table_of(name, address.rule if isinstance(address.rule, tuple) else ())
    assert model, f"{address.path}: say in NAMED of remit.acts.here of what <uuid:{name}> is the id"
    return Variable(kind, name, model)


def concrete(world: World, address: Address, *foreign: str, rows: Rows | None = None, unknown: bool = False) -> str:
    """The address with ids of home in it; the variables named `foreign` are ids of `rows`, or of nothing."""
    held = {found.name: found for found in variables(address)}

    def fill(found: re.Match[str]) -> str:
        variable = held[found[2]]
        if variable.model is None:
            return world.token if variable.name == "token" else WORDS.get(variable.name, "1")
        if found[2] not in foreign:
            return str(world.home.of(variable.model).pk)
        return str(uuid4() if unknown else (rows or world.elsewhere).of(variable.model).pk)

    return _VARIABLE.sub(fill, address.path)


def strangers(world: World, address: Address, rows: Rows) -> Iterator[tuple[str, str]]:
    """The address with one id after the other, and all of them, of other rows: which, and the address."""
    ids = [found.name for found in variables(address) if found.model is not None]
    for names in dict.fromkeys(chain(((name,) for name in ids), [tuple(ids)] if ids else [])):
        yield " and ".join(names), concrete(world, address, *names, rows=rows)


def unknown(world: World, address: Address) -> Iterator[tuple[str, str]]:
    """The address with one id after the other of nothing at all."""
    for found in variables(address):
        if found.model is not None:
            yield f"no {found.name}", concrete(world, address, found.name, unknown=True)

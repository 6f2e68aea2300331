"""What the tests of the audit trail share: acts of their own, and an attacker who owns the database."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

from remit.acts.actors import Actor, actor_for
from remit.acts.core import ACTS, act, act_on
from remit.acts.rights import may_adopt, may_see_patient
from remit.records.models import Adoption, Patient
from remit.records.triggers import install_triggers
from tests.fixtures.cast import REGISTERED, Cast


def adopter(cast: Cast) -> Actor:
    """The clinic's lead prescriber at work."""
    return actor_for(cast.psychiatrist.pk, cast.clinic.pk)


@contextmanager
def own_acts() -> Iterator[Any]:
    """Two acts that only these tests know: one that stores a sealed row, one that opens a patient."""

    class Own:
        @staticmethod
        @act("test_adopt", right=may_adopt)
        def adopt(actor: Actor, what: str) -> Adoption:
            return Adoption.objects.create(
                clinic_id=actor.clinic_id,
                knowledge_id=what,
                adopted_on=REGISTERED.date(),
                by_id=actor.account_id,
                at=REGISTERED,
            )

        @staticmethod
        @act_on(Patient, "test_open", right=may_see_patient, reads=True)
        def open_patient(actor: Actor, patient: Patient) -> str:
            return str(patient)

    try:
        yield Own
    finally:
        for name in ("test_adopt", "test_open"):
            del ACTS[name]


def as_an_attacker(*statements: str) -> None:
    """Run SQL with the walls down, as somebody could who owns the database, and put them up again."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            tables = ("records_auditrow", "records_adoption")
            for table in tables:
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                cursor.execute(f'DROP TRIGGER "{name}"')
        for statement in statements:
            cursor.execute(statement)
    install_triggers(connection)

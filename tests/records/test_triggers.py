"""The wall in the database: what SQL may not do to an append-only table, on SQLite and on PostgreSQL."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from remit.records.models import Adoption, NeverChanged
from remit.records.triggers import append_only_models, check_triggers, install_triggers
from tests.fixtures.cast import REGISTERED, Cast

pytestmark = pytest.mark.django_db

MUST_STAND = {"sessionentry", "signature", "assessment", "ledgerentry", "vial", "auditrow", "order", "screeningrecord"}


@pytest.fixture
def adoption(cast: Cast) -> Adoption:
    """One append-only row, with a unique column beside its key."""
    return Adoption.objects.create(
        clinic=cast.clinic, knowledge_id="a", adopted_on=REGISTERED.date(), by=cast.psychiatrist, at=REGISTERED
    )


def sql(statement: str, *values: Any) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def key(adoption: Adoption) -> str:
    return adoption.pk.hex if connection.vendor == "sqlite" else str(adoption.pk)


def test_what_happened_is_append_only() -> None:
    assert {model._meta.model_name for model in append_only_models()} >= MUST_STAND


@pytest.mark.parametrize("model", append_only_models(), ids=lambda model: model._meta.model_name)
def test_the_wall_stands_around_every_append_only_table(model: Any) -> None:
    table = model._meta.db_table
    assert not [problem for problem in check_triggers(connection) if problem.startswith(table)]


def test_update_is_refused(adoption: Adoption) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        sql("UPDATE records_adoption SET note = 'x' WHERE id = %s", key(adoption))


def test_delete_is_refused(adoption: Adoption) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        sql("DELETE FROM records_adoption WHERE id = %s", key(adoption))


@pytest.mark.postgres_only
@pytest.mark.parametrize("table", ["records_sessionentry", "records_auditrow", "records_clinic CASCADE"])
def test_truncate_is_refused(table: str) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        sql(f"TRUNCATE {table}")


@pytest.mark.postgres_only
def test_an_upsert_is_refused(adoption: Adoption) -> None:
    with pytest.raises(DatabaseError, match="never changed or deleted"):
        sql(
            "INSERT INTO records_adoption SELECT * FROM records_adoption WHERE id = %s "
            "ON CONFLICT (id) DO UPDATE SET note = 'x'",
            key(adoption),
        )


@pytest.mark.sqlite_only
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_is_refused_whatever_the_connection_is_set_to(adoption: Adoption, recursive: str) -> None:
    sql(f"PRAGMA recursive_triggers = {recursive}")
    try:
        with pytest.raises(DatabaseError, match="never changed or deleted"):
            sql("REPLACE INTO records_adoption SELECT * FROM records_adoption WHERE id = %s", key(adoption))
    finally:
        sql("PRAGMA recursive_triggers = ON")


def test_inserting_still_works(adoption: Adoption) -> None:
    Adoption.objects.create(
        clinic=adoption.clinic, knowledge_id="b", adopted_on=REGISTERED.date(), by=adoption.by, at=REGISTERED
    )
    assert Adoption.objects.count() == 2


@pytest.mark.parametrize(
    "change",
    [
        lambda row: row.save(),
        lambda row: row.delete(),
        lambda row: Adoption.objects.update(note="x"),
        lambda row: Adoption.objects.filter(pk=row.pk).delete(),
        lambda row: Adoption.objects.bulk_update([row], ["note"]),
        lambda row: Adoption.objects.bulk_create([row], ignore_conflicts=True),
        lambda row: Adoption.objects.update_or_create(pk=row.pk, defaults={"note": "x"}),
    ],
    ids=["save", "delete", "update", "delete many", "bulk update", "conflict", "update or create"],
)
def test_the_models_say_so_before_the_database_does(adoption: Adoption, change: Any) -> None:
    with pytest.raises(NeverChanged):
        change(adoption)


def test_a_trigger_that_was_dropped_is_missed_and_put_back() -> None:
    name = "records_auditrow_append_only" if connection.vendor == "postgresql" else "records_auditrow_no_delete"
    drop = f'DROP TRIGGER "{name}"' + (" ON records_auditrow" if connection.vendor == "postgresql" else "")
    sql(drop)
    assert [problem.partition(":")[0] for problem in check_triggers(connection)] == [name]
    install_triggers(connection)
    assert check_triggers(connection) == []


@pytest.mark.sqlite_only
def test_a_trigger_that_was_hollowed_out_is_found() -> None:
    sql("DROP TRIGGER records_auditrow_no_delete")
    sql("CREATE TRIGGER records_auditrow_no_delete BEFORE DELETE ON records_auditrow BEGIN SELECT 1; END")
    assert check_triggers(connection) == ["records_auditrow_no_delete: altered; a migration puts it back"]


@pytest.mark.postgres_only
@pytest.mark.parametrize(
    "weaken",
    [
        "ALTER TABLE records_auditrow DISABLE TRIGGER records_auditrow_append_only",
        "CREATE OR REPLACE FUNCTION remit_append_only() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'",
    ],
)
def test_a_trigger_that_was_weakened_is_found(weaken: str) -> None:
    sql(weaken)
    assert any(problem.startswith("records_auditrow_append_only: altered") for problem in check_triggers(connection))

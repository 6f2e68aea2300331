"""After a migration the walls stand, and a clinic's database is set so that nothing acknowledged is lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from remit.quantities import BadInput
from remit.records.checks import database_problems
from remit.records.database import database
from remit.records.models import AuditRow
from remit.records.triggers import check_triggers


@pytest.mark.django_db
def test_a_migrated_database_has_no_problem() -> None:
    # The tests' own PostgreSQL is set not to sync, and is rightly told off for it.
    tolerated = {"database: fsync must be on, not off"} if connection.vendor == "postgresql" else set()
    assert set(database_problems(connection)) <= tolerated


@pytest.mark.django_db
def test_the_walls_are_put_back_after_a_migration() -> None:
    with connection.cursor() as cursor:
        on = " ON records_auditrow" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER {'records_auditrow_append_only' if on else 'records_auditrow_no_update'}{on}")
    call_command("migrate", verbosity=0)
    assert check_triggers(connection) == []


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_table_loses_its_triggers_until_they_are_put_back() -> None:
    with connection.schema_editor() as editor:
        editor._remake_table(AuditRow)
    assert len(check_triggers(connection)) == 3
    call_command("migrate", verbosity=0)
    assert check_triggers(connection) == []


@pytest.mark.sqlite_only
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("pragma", "weak"), [("synchronous", 1), ("recursive_triggers", 0), ("foreign_keys", 0)])
def test_a_connection_that_may_lose_data_is_found(pragma: str, weak: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"PRAGMA {pragma} = {weak}")
    try:
        assert [problem for problem in database_problems(connection) if pragma in problem]
    finally:
        connection.close()


def test_without_an_address_the_records_are_one_file_in_the_data_folder() -> None:
    assert database(None, Path("/srv/remit"))["NAME"] == "/srv/remit/remit.sqlite3"


def test_a_postgresql_address_may_name_a_socket_folder() -> None:
    found = database("postgresql://remit@%2ftmp%2fpg/remit?sslmode=disable", Path())
    assert (found["HOST"], found["NAME"], found["OPTIONS"]) == ("/tmp/pg", "remit", {"sslmode": "disable"})


def test_an_unknown_database_is_named_with_its_bounds() -> None:
    with pytest.raises(BadInput, match="DATABASE_URL: expected postgresql:// or sqlite:///, not mysql://"):
        database("mysql://x/y", Path())

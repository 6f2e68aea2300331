"""What must hold of the database before anybody works on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from remit.records.models import SessionEntry
from remit.records.triggers import check_triggers

_SQLITE_PRAGMAS = {"journal_mode": "wal", "synchronous": 2, "recursive_triggers": 1, "foreign_keys": 1}
_POSTGRESQL_SETTINGS = {"fsync": {"on"}, "synchronous_commit": {"on", "remote_write", "remote_apply"}}


def database_problems(connection: BaseDatabaseWrapper) -> list[str]:
    """Each reason why this database must not be worked on: settings that lose data, walls that are down."""
    if SessionEntry._meta.db_table not in connection.introspection.table_names():
        return ["database: not migrated; run `remit migrate` or `remit serve`"]
    return [*_setting_problems(connection), *check_triggers(connection)]


def _setting_problems(connection: BaseDatabaseWrapper) -> list[str]:
    if connection.vendor == "postgresql":
        wanted: dict[str, set[Any]] = {name: set(values) for name, values in _POSTGRESQL_SETTINGS.items()}
        found = {name: _ask(connection, f"SHOW {name}") for name in wanted}
    else:
        wanted = {name: {value} for name, value in _SQLITE_PRAGMAS.items()}
        if _in_memory(connection):
            del wanted["journal_mode"]
        found = {name: _ask(connection, f"PRAGMA {name}") for name in wanted}
    return [
        f"database: {name} must be {' or '.join(map(str, sorted(values)))}, not {found[name]}"
        for name, values in wanted.items()
        if found[name] not in values
    ]


def _in_memory(connection: BaseDatabaseWrapper) -> bool:
    name = str(connection.settings_dict["NAME"])
    return ":memory:" in name or "mode=memory" in name


def _ask(connection: BaseDatabaseWrapper, statement: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


@register(Tags.database)
def check_database(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Django's own check: `check --database default` says what `remit check` says."""
    return [
        Error(problem, id="remit.database")
        for alias in databases or ()
        for problem in _after_migration(connections[alias])
    ]


def _after_migration(connection: BaseDatabaseWrapper) -> list[str]:
    # `migrate` runs this check before the tables are there, and mends the triggers itself.
    if SessionEntry._meta.db_table not in connection.introspection.table_names():
        return []
    return _setting_problems(connection)

"""The wall in the database itself: an append-only table refuses UPDATE, DELETE, REPLACE and TRUNCATE.

Installed after every migration, because SQLite drops a table's triggers when a migration rebuilds it, and compared
word for word at every start.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db import models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

_WORDS = "rows are added, never changed or deleted"

_POSTGRESQL_FUNCTION = f"""
BEGIN
    RAISE EXCEPTION '%: {_WORDS}', TG_TABLE_NAME USING ERRCODE = 'integrity_constraint_violation';
END
"""


def append_only_models() -> list[type[models.Model]]:
    """Every table whose rows are never changed."""
    return [model for model in apps.get_models() if getattr(model, "append_only", False)]


def install_triggers(connection: BaseDatabaseWrapper) -> None:
    """Put every trigger in place; one that is there already is made anew."""
    with transaction.atomic(using=connection.alias), connection.cursor() as cursor:
        for statement in _statements(connection, connection.introspection.table_names(cursor)):
            cursor.execute(statement)


def check_triggers(connection: BaseDatabaseWrapper) -> list[str]:
    """What is missing or altered in the wall, in words; empty when all of it stands."""
    found = _postgresql_found(connection) if connection.vendor == "postgresql" else _sqlite_found(connection)
    return [
        f"{name}: {'altered' if name in found else 'missing'}; a migration puts it back"
        for name, expected in _expected(connection).items()
        if found.get(name) != expected
    ]


def _statements(connection: BaseDatabaseWrapper, tables: list[str]) -> Iterator[str]:
    present = [model for model in append_only_models() if model._meta.db_table in tables]
    if connection.vendor == "postgresql":
        yield (
            "CREATE OR REPLACE FUNCTION remit_append_only() RETURNS trigger LANGUAGE plpgsql "
            f"AS $remit${_POSTGRESQL_FUNCTION}$remit$"
        )
        for model in present:
            yield from _postgresql_triggers(model._meta.db_table)
    else:
        for name, statement in _sqlite_triggers(present).items():
            yield f'DROP TRIGGER IF EXISTS "{name}"'
            yield statement


def _postgresql_triggers(table: str) -> Iterator[str]:
    name = f"{table}_append_only"
    yield f'DROP TRIGGER IF EXISTS "{name}" ON "{table}"'
    yield (
        f'CREATE TRIGGER "{name}" BEFORE UPDATE OR DELETE OR TRUNCATE ON "{table}" '
        "FOR EACH STATEMENT EXECUTE FUNCTION remit_append_only()"
    )
    # ALWAYS: also in a session that replays another server's changes.
    yield f'ALTER TABLE "{table}" ENABLE ALWAYS TRIGGER "{name}"'


def _sqlite_triggers(present: list[type[models.Model]]) -> dict[str, str]:
    triggers = {}
    for model in present:
        table = model._meta.db_table
        refuse = f"SELECT RAISE(ABORT, '{table}: {_WORDS}')"
        for event in ("update", "delete"):
            name = f"{table}_no_{event}"
            triggers[name] = f'CREATE TRIGGER "{name}" BEFORE {event.upper()} ON "{table}" BEGIN {refuse}; END'
        # A REPLACE from a connection without recursive triggers deletes the old row unseen: refuse it beforehand.
        name = f"{table}_no_replace"
        taken = " OR ".join(_same(columns) for columns in _unique_columns(model))
        standing = " ".join(["SELECT 1 FROM", f'"{table}"', "WHERE", taken])
        triggers[name] = (
            f'CREATE TRIGGER "{name}" BEFORE INSERT ON "{table}" BEGIN {refuse} WHERE EXISTS ({standing}); END'
        )
    return triggers


def _same(columns: list[str]) -> str:
    return "(" + " AND ".join(f'"{column}" = NEW."{column}"' for column in columns) + ")"


def _unique_columns(model: type[models.Model]) -> list[list[str]]:
    meta = model._meta
    column = {field.name: str(field.column) for field in meta.concrete_fields}
    single = [[column[field.name]] for field in meta.concrete_fields if field.unique]
    joint = [
        [column[name] for name in constraint.fields]
        for constraint in meta.constraints
        if isinstance(constraint, models.UniqueConstraint) and constraint.condition is None
    ]
    return single + joint


def _expected(connection: BaseDatabaseWrapper) -> dict[str, str]:
    if connection.vendor == "postgresql":
        return {f"{model._meta.db_table}_append_only": _POSTGRESQL_FUNCTION for model in append_only_models()}
    return _sqlite_triggers(append_only_models())


def _sqlite_found(connection: BaseDatabaseWrapper) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        return dict(cursor.fetchall())


def _postgresql_found(connection: BaseDatabaseWrapper) -> dict[str, str]:
    """The function's text of each trigger that stands in full: always on, before, by statement, for all three."""
    before_update_delete_truncate = 0b111010
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tgname, CASE WHEN tgenabled = 'A' AND tgtype = %s THEN prosrc ELSE '' END "
            "FROM pg_trigger JOIN pg_proc ON pg_proc.oid = tgfoid "
            "JOIN pg_class ON pg_class.oid = tgrelid "
            "WHERE NOT tgisinternal AND pg_table_is_visible(tgrelid) AND tgname = relname || '_append_only'",
            [before_update_delete_truncate],
        )
        return dict(cursor.fetchall())

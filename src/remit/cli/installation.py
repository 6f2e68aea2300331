"""Opens this installation's records for a command; the only way by which a command comes to Django."""

from __future__ import annotations

import os

from remit.quantities import BadInput


def open_records() -> None:
    """Set Django up on the records that the environment names. Raises `BadInput` where there are none."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remit.server.settings")
    import django
    from django.db import DatabaseError, connection

    django.setup()
    from remit.records.models import AuditRow

    where = connection.settings_dict["NAME"] or "the default database"
    try:
        known = AuditRow._meta.db_table in connection.introspection.table_names()
    except DatabaseError as error:
        raise BadInput(f"records: {where} cannot be opened: {error}") from error
    if not known:
        raise BadInput(f"records: {where} holds no clinic yet; `remit init` makes one")

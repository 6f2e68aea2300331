"""Opens this installation's records for a command; the only way by which a command comes to Django."""

from __future__ import annotations

import argparse
import os
from typing import Any

from remit.quantities import BadInput


def add_data(command: Any) -> None:
    """Give a command the `--data` option."""
    command.add_argument("--data", metavar="FOLDER", help="the data folder (or REMIT_DATA; default: remit-data)")


def set_up(arguments: argparse.Namespace) -> None:
    """Set Django up on the data folder that the command names. What is written is its owner's alone."""
    if getattr(arguments, "data", None):
        os.environ["REMIT_DATA"] = arguments.data
    os.umask(0o077)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "remit.server.settings")
    import django

    django.setup()


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

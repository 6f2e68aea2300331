"""`remit migrate`: bring the database to this version, and put its append-only walls in place."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from remit.cli.installation import add_data, set_up
from remit.cli.output import add_json, show


def register(subcommands: Any) -> None:
    """Add `migrate` to the command line."""
    command = subcommands.add_parser("migrate", help="bring the database to this version")
    add_data(command)
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    set_up(arguments)
    from django.conf import settings
    from django.core.management import call_command
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    from remit.server.backup import alone

    folder = Path(settings.DATA_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(folder):
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        call_command("migrate", verbosity=0, interactive=False)
    show({"applied": [f"{migration.app_label}.{migration.name}" for migration, _ in plan]}, arguments.json)
    return 0

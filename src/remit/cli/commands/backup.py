"""`remit backup` and `remit restore`: everything in one file, and back."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from pathlib import Path
from typing import Any

from remit.cli.installation import add_data, open_records, set_up
from remit.cli.output import add_json, show
from remit.quantities import BadInput


def register(subcommands: Any) -> None:
    """Add `backup` and `restore` to the command line."""
    save = subcommands.add_parser("backup", help="write records, anchor and settings into one file, while in use")
    save.add_argument("file", type=Path, metavar="FILE")
    add_data(save)
    add_json(save)
    save.set_defaults(run=_backup)
    back = subcommands.add_parser("restore", help="put a backup in place; the audit trail says so from then on")
    back.add_argument("file", type=Path, metavar="FILE")
    back.add_argument("--reason", default="restored from a backup", help="why; it stays in the trail")
    back.add_argument("--replace", action="store_true", help="put the records that are here aside")
    add_data(back)
    add_json(back)
    back.set_defaults(run=_restore)


def _backup(arguments: argparse.Namespace) -> int:
    set_up(arguments)
    open_records()
    from remit.server.backup import backup

    manifest = asdict(backup(arguments.file))
    found = {"file": str(arguments.file), **{name: manifest[name] for name in ("made_at", "engine", "head", "parts")}}
    if arguments.json:
        show(found, True)
    else:
        print(f"{arguments.file}: {manifest['engine']}, {len(manifest['parts'])} parts, audit row {manifest['head']}.")
        print("It holds patients' records and the secret key: keep it as locked as the records themselves.")
        print("The anchor's key (audit.key) is not in it; keep a copy of that elsewhere.")
    return 0


def _restore(arguments: argparse.Namespace) -> int:
    if not arguments.file.is_file():
        raise BadInput(f"{arguments.file}: there is no such file")
    if not arguments.reason.strip():
        raise BadInput("--reason: a reason is needed, it is empty")
    set_up(arguments)
    from django.conf import settings

    from remit.server.backup import alone, restore

    folder = Path(settings.DATA_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with alone(folder):
        manifest, head = restore(arguments.file, arguments.reason.strip(), replace=arguments.replace)
    found = {"file": str(arguments.file), "made_at": manifest.made_at, "engine": manifest.engine, "head": head.seq}
    show(found, arguments.json)
    return 0

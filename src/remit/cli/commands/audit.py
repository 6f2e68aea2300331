"""`remit audit`: prove that nothing was removed from the records, or mark that a backup was restored."""

from __future__ import annotations

import argparse
from typing import Any

from remit.cli.output import add_json, show
from remit.quantities import BadInput


def register(subcommands: Any) -> None:
    """Add `audit` to the command line."""
    group = subcommands.add_parser("audit", help="prove that nothing was removed from the records")
    commands = group.add_subparsers(dest="audit_command", required=True, metavar="COMMAND")
    verify = commands.add_parser("verify", help="check the trail's chain, its anchor and every sealed record")
    add_json(verify)
    verify.set_defaults(run=_verify)
    restored = commands.add_parser("mark-restored", help="say that the records were restored from a backup")
    restored.add_argument("--reason", required=True, help="why; it stays in the trail")
    add_json(restored)
    restored.set_defaults(run=_mark_restored)


def _verify(arguments: argparse.Namespace) -> int:
    from remit.cli.installation import open_records

    open_records()
    from remit.acts.verification import verify

    found = verify()
    show(found.as_dict(), arguments.json)
    return 0 if found.ok else 1


def _mark_restored(arguments: argparse.Namespace) -> int:
    from remit.cli.installation import open_records

    if not arguments.reason.strip():
        raise BadInput("--reason: a reason is needed, it is empty")
    open_records()
    from remit.acts.anchor import AnchorBroken
    from remit.acts.audit import mark_restored

    try:
        head = mark_restored(arguments.reason.strip())
    except AnchorBroken as broken:
        raise BadInput(str(broken)) from broken
    show({"seq": head.seq, "digest": head.digest}, arguments.json)
    return 0

"""`remit check`: whether this installation may serve a clinic."""

from __future__ import annotations

import argparse
from typing import Any

from remit.cli.installation import add_data, set_up
from remit.cli.output import add_json, show


def register(subcommands: Any) -> None:
    """Add `check` to the command line."""
    command = subcommands.add_parser("check", help="say whether this installation may serve a clinic")
    add_data(command)
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    set_up(arguments)
    from remit.server.check import check

    lines = check()
    failed = any(line.failed for line in lines)
    if arguments.json:
        held = [{"name": line.name, "verdict": line.verdict, "words": line.words} for line in lines]
        show({"ok": not failed, "checks": held}, True)
    else:
        print(as_text(lines))
    return 1 if failed else 0


def as_text(lines: list[Any]) -> str:
    """The lines as a person reads them."""
    width = max(len(line.name) for line in lines)
    return "\n".join(f"{line.verdict:<4}  {line.name.ljust(width)}  {line.words}" for line in lines)

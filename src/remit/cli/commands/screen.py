"""`remit screen`: may this candidate be treated on this protocol, with every reason."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from remit.cli.output import add_json, show


def register(subcommands: Any) -> None:
    """Add `screen` to the command line."""
    command = subcommands.add_parser("screen", help="decide on a candidate, with every reason and its source")
    command.add_argument("case", metavar="CASE", type=Path, help="the case file (YAML or JSON)")
    command.add_argument(
        "--protocol", metavar="ID", required=True, help="id of the protocol, such as iv_racemic_ketamine"
    )
    command.add_argument(
        "--adopted",
        metavar="ID",
        action="append",
        default=[],
        help="id of an unverified value that the clinic's lead adopted; may be given again",
    )
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.cli.case import read_case
    from remit.knowledge.eligibility import rules
    from remit.knowledge.index import lookup
    from remit.knowledge.protocols import protocol
    from remit.pathway.eligibility import BLOCKED, screen

    chosen = protocol(arguments.protocol)
    adopted = frozenset(lookup(id).id for id in arguments.adopted)
    screening = screen(read_case(arguments.case), chosen, rules(), adopted)
    show(screening.as_dict(), arguments.json)
    return int(screening.verdict == BLOCKED)

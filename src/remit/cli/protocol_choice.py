"""Which protocol a command is about: one that Remit carries, or one of the clinic's own folder."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remit.pathway.protocol import Protocol


def add_protocol(command: Any, *, required: bool = True) -> None:
    """Give a command `--protocol` and `--folder`."""
    command.add_argument(
        "--protocol", metavar="ID", required=required, help="id of the protocol, such as iv_racemic_ketamine"
    )
    command.add_argument(
        "--folder", metavar="FOLDER", type=Path, help="also know the clinic's own protocol files in here"
    )


def add_adopted(command: Any) -> None:
    """Give a command `--adopted`."""
    command.add_argument(
        "--adopted",
        metavar="ID",
        action="append",
        default=[],
        help="id of an unverified value that the clinic's lead adopted; may be given again",
    )


def chosen_protocol(arguments: argparse.Namespace) -> Protocol:
    """The protocol asked for. Raises `BadInput` that names the known ids."""
    from remit.knowledge.protocols import choose, load_folder, protocols

    known = protocols()
    return choose(known if arguments.folder is None else {**known, **load_folder(arguments.folder)}, arguments.protocol)


def adopted_ids(arguments: argparse.Namespace) -> frozenset[str]:
    """The adopted values' ids, short and long. Raises `BadInput` for one that is not known."""
    from remit.knowledge.index import lookup

    return frozenset(lookup(id).id for id in arguments.adopted)

"""`remit hl7`: read a monitor's messages from a file, and say what was not taken."""

from __future__ import annotations

import argparse
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.pathway.devices import MonitorMessage


def register(subcommands: Any) -> None:
    """Add `remit hl7` and its commands."""
    group = subcommands.add_parser("hl7", help="read a bedside monitor's HL7 messages")
    commands = group.add_subparsers(dest="hl7_command", required=True, metavar="COMMAND")
    reading = commands.add_parser("read", help="what a careful reader takes from the messages of a file")
    reading.add_argument("file", type=Path)
    reading.add_argument("--received-at", help="when the file was received (ISO 8601 with offset); now if left out")
    add_json(reading)
    reading.set_defaults(run=run_read)


def run_read(arguments: argparse.Namespace) -> int:
    """Exit 0 where every message can be taken, 1 where one cannot."""
    from remit.acts.monitor_codes import monitor_codes
    from remit.hl7.observations import read
    from remit.hl7.reader import messages

    received_at = _moment(arguments.received_at)
    try:
        data = arguments.file.read_bytes()
    except OSError as error:
        raise BadInput(f"{arguments.file}: cannot be read ({error.strerror})") from error
    found = [read(message, received_at, monitor_codes()) for message in messages(data)]
    show({"messages": [_as_dict(message) for message in found]}, arguments.json)
    return 0 if all(message.ack == "AA" for message in found) else 1


def _moment(text: str | None) -> datetime:
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise BadInput(f"--received-at: a time in ISO 8601 is needed, not {text!r}") from error
    if moment.tzinfo is None:
        raise BadInput(f"--received-at: a time with its offset is needed, not {text!r}")
    return moment


def _as_dict(message: MonitorMessage) -> dict[str, Any]:
    held = asdict(message) | {"taken_at": message.taken_at, "unmatched": message.unmatched or None}
    return {name: _plain(value) for name, value in held.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, dict):
        return {name: _plain(held) for name, held in value.items()}
    return [_plain(held) for held in value] if isinstance(value, list | tuple) else value

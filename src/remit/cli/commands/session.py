"""`remit session replay`: a session's entries through the session machine."""

from __future__ import annotations

import argparse
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show

if TYPE_CHECKING:
    from remit.pathway.session import Record, Session, SessionView


def register(subcommands: Any) -> None:
    """Add `session replay` to the command line."""
    group = subcommands.add_parser("session", help="a session at the chair")
    commands = group.add_subparsers(dest="session_command", required=True, metavar="COMMAND")
    command = commands.add_parser("replay", help="what a session's entries come to, and which are refused")
    command.add_argument("file", metavar="FILE", type=Path, help="the session file (YAML or JSON)")
    add_json(command)
    command.set_defaults(run=_replay)


def _replay(arguments: argparse.Namespace) -> int:
    from remit.cli.session_file import read_session
    from remit.pathway.session import replay, view

    file = read_session(arguments.file)
    session = replay(file.plan, file.entries)
    told = document(session, view(session, file.asof))
    show(told if arguments.json else _for_people(session, told), arguments.json)
    return 0 if all(record.decision.accepted for record in session.records) else 1


def document(session: Session, seen: SessionView) -> dict[str, Any]:
    """The replayed session as the command line prints it."""
    return {
        "entries": [
            {
                "index": record.index,
                "accepted": record.decision.accepted,
                "state": record.state.value,
                "reasons": list(record.decision.reasons),
            }
            for record in session.records
        ],
        "state": seen.state.value,
        "dose_state": seen.dose_state.value,
        "given_mg": seen.given_mg,
        "given_estimated": seen.given_estimated,
        "first_dose_at": _iso(seen.first_dose_at),
        "last_dose_at": _iso(seen.last_dose_at),
        "dose_end_at": _iso(seen.dose_end_at),
        "release_not_before": _iso(seen.release_not_before),
        "blocks_discharge": list(seen.blocks_discharge),
        "blocks": [
            {
                "id": block.id,
                "text": block.text,
                "overridable": block.overridable,
                "origin": block.source.origin.value,
                "status": block.source.status.value,
            }
            for block in seen.blocks
        ],
        "due": [
            {"what": held.what, "due_at": held.due_at.isoformat(), "overdue": held.overdue, "text": held.text}
            for held in seen.due
        ],
        "alarms": [
            {
                "id": alarm.id,
                "priority": alarm.priority.value,
                "raised_at": alarm.raised_at.isoformat(),
                "resolved_at": _iso(alarm.resolved_at),
                "asks": alarm.asks,
                "owner": alarm.owner.value,
                "acknowledged_at": _iso(alarm.acknowledged_at),
                "why": alarm.why,
            }
            for alarm in seen.alarms
        ],
        "overrides": [
            {"at": held.at.isoformat(), "by": held.by, "blocks": list(held.blocks), "reason": held.reason}
            for held in seen.overrides
        ],
        "releases_moved": [
            {
                "at": held.at.isoformat(),
                "before": held.before.isoformat(),
                "after": _iso(held.after),
                "by": held.by,
                "second_person": held.second_person,
            }
            for held in seen.releases_moved
        ],
        "ledger": list(seen.ledger.discrepancies),
        "form": seen.form,
        "asof": seen.asof.isoformat(),
    }


def _for_people(session: Session, told: dict[str, Any]) -> dict[str, Any]:
    """What a person reads in one line each where a program reads parts."""
    return {
        **{key: held for key, held in told.items() if key != "blocks"},
        "entries": {f"{record.index} {record.entry.kind}": _line(record) for record in session.records},
        "blocks_discharge": {block["id"]: block["text"] for block in told["blocks"]},
        "due": {due["what"]: f"{due['due_at']}{' overdue' if due['overdue'] else ''}" for due in told["due"]},
    }


def _line(record: Record) -> str:
    words = "; ".join(record.decision.reasons)
    if not record.decision.accepted:
        return f"REFUSED, still {record.state.value}: {words}"
    return f"{record.state.value}: {words}" if words else record.state.value


def _iso(time: datetime | None) -> str | None:
    return time.isoformat() if time else None

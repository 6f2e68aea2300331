"""`remit knowledge`: check the facts, show one with its source, list those of a kind or a status."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from remit.cli.output import add_json, show
from remit.pathway.sourced import Status
from remit.quantities import BadInput


def register(subcommands: Any) -> None:
    """Add `remit knowledge` and its commands."""
    group = subcommands.add_parser("knowledge", help="the facts with their sources: check, show, list")
    commands = group.add_subparsers(dest="knowledge_command", required=True, metavar="COMMAND")
    checking = commands.add_parser("check", help="every file against its schema, every source key resolves")
    checking.add_argument("--folder", type=Path, help="check a clinic's own protocol files in this folder instead")
    checking.set_defaults(run=run_check)
    showing = commands.add_parser("show", help="a value, its unit, origin, status and citation")
    showing.add_argument("id", help="a dotted path, such as iv_racemic_ketamine.dose_rule.start")
    showing.set_defaults(run=run_show)
    listing = commands.add_parser("list", help="the values that say their own origin, status or source")
    listing.add_argument("--kind", help="such as protocols, scales, safety, kinetics or molecules")
    listing.add_argument("--status", help="verified, secondary, derived or unverified")
    listing.set_defaults(run=run_list)
    for command in (checking, showing, listing):
        add_json(command)


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 where nothing is wrong, else 1."""
    from remit.knowledge.check import check

    report = check(arguments.folder)
    if arguments.json:
        show(report.as_dict(), as_json=True)
    else:
        for problem in report.problems:
            print(": ".join(part for part in (problem.file, problem.path, problem.reason) if part))
        counts = ", ".join(f"{count} {status}" for status, count in sorted(report.by_status.items()))
        print(f"{len(report.files)} files, {len(report.problems)} problems; values: {counts or 'none'}")
    return 0 if report.ok else 1


def run_show(arguments: argparse.Namespace) -> int:
    """Print one value with its source."""
    from remit.knowledge import index

    entry = index.lookup(arguments.id).as_dict()
    if not arguments.json:
        entry["citations"] = [_cited(cited) for cited in entry["citations"]]
        del entry["sources"]
    show(entry, arguments.json)
    return 0


def _cited(cited: dict[str, str]) -> dict[str, str]:
    year = f" ({cited['year']})" if cited["year"] else ""
    said = {cited["key"] or "in words": cited["citation"] + year, "at": cited["locator"], "read": cited["seen"]}
    return {name: text for name, text in said.items() if text}


def run_list(arguments: argparse.Namespace) -> int:
    """Print the values of a kind or a status, one a line."""
    from remit.knowledge import index

    statements = index.statements()
    kinds = sorted({entry.kind for entry in statements})
    if arguments.kind not in (None, *kinds):
        raise BadInput(f"--kind: one of {', '.join(kinds)} is needed, not {arguments.kind!r}")
    if arguments.status not in (None, *Status):
        raise BadInput(f"--status: one of {', '.join(Status)} is needed, not {arguments.status!r}")
    chosen = [
        entry
        for entry in statements
        if arguments.kind in (None, entry.kind) and arguments.status in (None, entry.source.status)
    ]
    if arguments.json:
        rows = [{name: entry.as_dict()[name] for name in ("id", "kind", "origin", "status")} for entry in chosen]
        show({"count": len(rows), "of": len(statements), "entries": rows}, as_json=True)
    else:
        for entry in chosen:
            print(f"{entry.id}  {entry.source.origin.value}  {entry.source.status.value}")
        print(f"{len(chosen)} of {len(statements)} values")
    return 0

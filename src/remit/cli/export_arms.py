"""`remit evidence export-arms`: a clinic's released results as a table that `remit pool` reads.

What may leave is released by a person who is signed in, on the page of the results; here it is only written to a file.
"""

from __future__ import annotations

import argparse
import csv
import sys
from pathlib import Path
from typing import Any

from remit.cli.installation import add_data, open_records, set_up
from remit.cli.output import add_json, show
from remit.quantities import BadInput

OUTCOMES = ("response", "remission")


def register(commands: Any) -> None:
    """Add `export-arms` to the commands of the evidence."""
    command = commands.add_parser(
        "export-arms", help="this clinic's released results by arm, for others to pool; no small counts"
    )
    command.add_argument("file", metavar="FILE.csv", type=Path)
    command.add_argument("--outcome", choices=OUTCOMES, default=OUTCOMES[0], help="what xi of ni is (default response)")
    command.add_argument("--clinic", metavar="NAME", help="which clinic, where there are several")
    add_data(command)
    add_json(command)
    command.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Exit 0 when the file was written, 1 where nothing was released yet."""
    set_up(arguments)
    open_records()
    from remit.acts.actors import Actor
    from remit.acts.released_arms import COLUMNS, read_released
    from remit.records.models import Clinic

    clinics = {clinic.name: clinic for clinic in Clinic.objects.order_by("created_at")}
    name = _chosen(list(clinics), arguments.clinic)
    held = read_released(Actor.system(clinics[name].pk))
    rows = held.table(arguments.outcome)
    if not held.rows:
        print(f"remit: {name}: nothing was released yet; the page Results releases closed quarters", file=sys.stderr)
        return 1
    _write(arguments.file, COLUMNS, rows)
    found = {"file": str(arguments.file), "clinic": name, "outcome": arguments.outcome, "rows": len(rows),
             "withheld": len(held.rows) - len(rows), "synthetic": held.clinic.synthetic}  # fmt: skip
    show(found, arguments.json)
    return 0


def _chosen(names: list[str], asked: str | None) -> str:
    if not names:
        raise BadInput("clinic: the records hold none; `remit init` makes one")
    if asked in names or (asked is None and len(names) == 1):
        return asked or names[0]
    raise BadInput(f"clinic: one of {', '.join(names)} is needed, not {asked or 'none'}")


def _write(file: Path, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> None:
    from remit.web.files import cell

    try:
        with file.open("w", encoding="utf-8", newline="") as out:
            writer = csv.DictWriter(out, columns)
            writer.writeheader()
            writer.writerows({name: cell(value) for name, value in row.items()} for row in rows)
    except OSError as error:
        raise BadInput(f"{file}: a file that can be written is needed ({error.strerror})") from error

"""`remit plan`: a course on the calendar, with the days between which each session may lie, and its reviews."""

from __future__ import annotations

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from remit.cli.output import add_json, show
from remit.cli.protocol_choice import add_protocol, chosen_protocol
from remit.quantities import BadInput


def register(subcommands: Any) -> None:
    """Add `plan` to the command line."""
    command = subcommands.add_parser("plan", help="the sessions of a course with their windows, and its reviews")
    command.add_argument("case", metavar="CASE", type=Path, help="the case file (YAML or JSON)")
    add_protocol(command)
    command.add_argument("--start", metavar="DATE", required=True, help="the day of the first session")
    command.add_argument("--option", metavar="ID", help="which of the protocol's schedules (default: its first)")
    command.add_argument(
        "--maintenance-weeks", metavar="WEEKS", type=int, default=4, help="how many weeks of maintenance (default 4)"
    )
    command.add_argument(
        "--interval-days",
        metavar="DAYS",
        type=int,
        help="which of the sourced maintenance intervals (default: densest)",
    )
    add_json(command)
    command.set_defaults(run=_run)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"start: a date such as 2026-11-23 is needed, not {text!r}") from None


def _run(arguments: argparse.Namespace) -> int:
    from remit.cli.case import read_case
    from remit.pathway.course import plan

    case, start = read_case(arguments.case), _day(arguments.start)
    course = plan(
        chosen_protocol(arguments),
        start,
        arguments.option,
        arguments.maintenance_weeks,
        case.patient.age_on(start),
        indication=case.diagnosis.indication,
        interval_days=arguments.interval_days,
    )
    show(course.as_dict(), arguments.json)
    return 0 if course.allowed else 1

"""`remit pool`: pool the studies of a table, and say how far they agree."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from remit.cli.output import add_json, show
from remit.cli.table_file import table_in

MEASURES = ("RR", "OR", "RD", "MD", "SMD", "GEN", "PLO", "PFT")
METHODS = ("FE", "DL", "PM", "REML", "ML", "HE", "SJ")
TESTS = ("z", "t", "knha")


def register(subcommands: Any) -> None:
    """Add `pool` to the command line."""
    command = subcommands.add_parser("pool", help="pool the studies of a table (meta-analysis)")
    command.add_argument(
        "files", metavar="FILE.csv", type=Path, nargs="+", help="a table with one study a row, or several alike"
    )
    command.add_argument("--measure", required=True, choices=MEASURES, help="what the columns hold")
    add_choices(command)
    command.add_argument("--moderators", default="", metavar="x,y", help="columns that may explain the differences")
    command.add_argument("--cluster", default="", metavar="COLUMN", help="rows with the same word are not independent")
    command.add_argument("--multilevel", action="store_true", help="with --cluster: a variance within clusters, too")
    command.add_argument("--subgroups", default="", metavar="COLUMN", help="pool each group by itself, too")
    command.add_argument("--order", default="", metavar="COLUMN", help="pool cumulatively in this order, such as year")
    command.add_argument("--influence", action="store_true", help="what each study does to the pool")
    command.add_argument("--bias", action="store_true", help="the rank test, and trim-and-fill")
    add_json(command)
    command.set_defaults(run=_run)


def add_choices(command: Any) -> None:
    """How to pool, as every command that pools takes it."""
    command.add_argument("--method", default="REML", choices=METHODS, help="estimator of tau² (default REML)")
    command.add_argument("--test", default="z", choices=TESTS, help="normal (default), t, or Knapp and Hartung")
    command.add_argument("--floor", action="store_true", help="with knha: its variance never below the ordinary one")
    command.add_argument("--level", default=95.0, type=float, help="confidence level in percent (default 95)")


def _run(arguments: argparse.Namespace) -> int:
    from remit.evidence import report
    from remit.evidence.effects import Measure
    from remit.evidence.multilevel import multilevel
    from remit.evidence.pooling import pool
    from remit.evidence.robustness import cumulative, influence, leave_one_out, subgroups
    from remit.evidence.table import joined, number, studies

    table = joined([table_in(file) for file in arguments.files])
    measure = Measure(arguments.measure)
    moderators = [name.strip() for name in arguments.moderators.split(",") if name.strip()]
    held, notes = studies(table, measure, moderators, arguments.cluster)
    pooled = pool(held, choices(arguments))
    document = report.document(pooled, measure, notes, report.people(table, measure))
    if arguments.subgroups:
        table.need([arguments.subgroups], "the subgroups")
        document["subgroups"] = report.of_subgroups(subgroups(pooled, table.column(arguments.subgroups)), measure)
    if arguments.order:
        table.need([arguments.order], "the order")
        cells = enumerate(table.column(arguments.order))
        order = [number(cell, arguments.order, table.place(at)) for at, cell in cells]
        document["cumulative"] = report.of_series(cumulative(pooled, order), measure)
    if arguments.multilevel:
        document["multilevel"] = report.of_multilevel(multilevel(held, choices(arguments)))
    if arguments.influence:
        document["leave_one_out"] = report.of_series(leave_one_out(pooled), measure)
        document["influence"] = report.of_influence(influence(pooled))
    if arguments.bias:
        document |= report.of_bias(pooled, measure)
    if arguments.json:
        show(document, as_json=True)
    else:
        print(report.as_text(document))
    return 0


def choices(arguments: argparse.Namespace) -> Any:
    """The choices of a command line."""
    from remit.evidence.estimators import Method
    from remit.evidence.pooling import Choices, Inference

    return Choices(Method(arguments.method), Inference(arguments.test), arguments.level, arguments.floor)

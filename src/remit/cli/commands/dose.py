"""`remit dose`: the dose of a session, what is drawn, how fast it runs, and every finding."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from remit.cli.output import add_json, show
from remit.cli.protocol_choice import add_adopted, add_protocol, adopted_ids, chosen_protocol


def register(subcommands: Any) -> None:
    """Add `dose` to the command line."""
    command = subcommands.add_parser("dose", help="the dose of a session, with every reason against it")
    command.add_argument("case", metavar="CASE", type=Path, help="the case file (YAML or JSON)")
    add_protocol(command)
    command.add_argument("--session", metavar="N", type=int, required=True, help="which session of the course, from 1")
    which = command.add_mutually_exclusive_group()
    which.add_argument("--step", metavar="K", type=int, help="which of the protocol's doses, from 1 (default 1)")
    which.add_argument("--dose", metavar="DOSE", help='the dose ordered, such as "0.75 mg/kg" or "56 mg"')
    command.add_argument("--strength", metavar="STRENGTH", help='strength of the vial, such as "50 mg/mL"')
    command.add_argument("--bag-ml", metavar="ML", type=float, help="total volume of the bag with the drug in it")
    command.add_argument(
        "--weight-basis", metavar="BASIS", default="actual", help="actual (default), ideal or capped body weight"
    )
    add_adopted(command)
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.cli.case import read_case
    from remit.knowledge.dosing import dosing_rules
    from remit.pathway.dosing import compute_dose
    from remit.quantities import Millilitres, parse_dose, parse_strength

    order = compute_dose(
        read_case(arguments.case),
        chosen_protocol(arguments),
        arguments.session,
        step=arguments.step,
        dose=None if arguments.dose is None else parse_dose(arguments.dose),
        strength=None if arguments.strength is None else parse_strength(arguments.strength),
        bag=None if arguments.bag_ml is None else Millilitres(arguments.bag_ml),
        weight_basis=arguments.weight_basis,
        adopted=adopted_ids(arguments),
        rules=dosing_rules(),
    )
    show(order.as_dict(), arguments.json)
    return 0 if order.allowed else 1

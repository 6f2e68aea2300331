"""`remit simulate`: a regimen on virtual patients, with bands, and how far each number is known."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.quantities import BadInput, Route

if TYPE_CHECKING:
    from remit.engine.asked import Asked

LINES_SHOWN = 13


def register(subcommands: Any) -> None:
    """Add `simulate` to the command line."""
    command = subcommands.add_parser("simulate", help="a regimen on virtual patients")
    command.add_argument(
        "--molecule", metavar="ID", required=True, help="ketamine, esketamine, arketamine or one's own"
    )
    command.add_argument("--route", metavar="ROUTE", help=f"one of {', '.join(Route)}")
    command.add_argument("--formulation", metavar="ID", help="which of the route's formulations (default: its first)")
    what = command.add_mutually_exclusive_group(required=True)
    what.add_argument("--dose", metavar="DOSE", help='such as "0.5 mg/kg" or "56 mg"')
    what.add_argument("--regimen", metavar="TEXT", help='such as "28 mg @0; 28 mg @5; x8 every 3.5 d" (minutes)')
    command.add_argument("--duration", metavar="TIME", help='how long the dose runs, such as "40 min"')
    command.add_argument("--repeat", metavar="TIMES", help='when the dose is given, such as "0,3,7d"')
    command.add_argument("--weight", metavar="KG", help="everybody's weight (default: drawn)")
    command.add_argument("--site", metavar="SITE", default="venous", help="venous (default) or arterial")
    command.add_argument("--times", metavar="TIMES", help='output times, such as "0:240:1 min"')
    command.add_argument("--n", metavar="N", default="1000", help="how many patients; 0 for the typical one")
    command.add_argument("--seed", metavar="SEED", default="1", help="the same seed gives the same patients")
    command.add_argument("--covariate", metavar="NAME=VALUE", action="append", default=[], help="such as age=70")
    command.add_argument("--with", metavar="DRUG", action="append", default=[], dest="drugs", help="such as rifampicin")
    command.add_argument("--assay", metavar="ID", help="which affinities give the receptor block")
    command.add_argument(
        "--workers", metavar="WHERE", default="1",
        help="N threads, processes:N, or a Dask scheduler such as tcp://127.0.0.1:8786; changes no digit",
    )  # fmt: skip
    command.add_argument("--folder", metavar="FOLDER", type=Path, help="also know the molecule files in here")
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.engine.asked import plan_of
    from remit.engine.report import document, uncertainty
    from remit.engine.spread import workers_of
    from remit.engine.stream import simulated
    from remit.knowledge.pharmacology import pharmacology

    facts = pharmacology(arguments.folder)
    plan = plan_of(facts, _asked(arguments))
    told = document(simulated(facts, plan, workers_of(arguments.workers))) | {"uncertainty": uncertainty(facts, plan)}
    if arguments.json:
        show(told, as_json=True)
    else:
        print("\n".join(_table(told)))
    return 0


def _asked(arguments: argparse.Namespace) -> Asked:
    from remit.engine.asked import Asked

    plain = ("molecule", "route", "formulation", "dose", "regimen", "duration", "repeat", "weight", "site", "times")
    said = {name: getattr(arguments, name) for name in (*plain, "n", "seed", "assay")}
    return Asked(**said, covariates=_covariates(arguments.covariate), drugs=tuple(arguments.drugs))


def _covariates(said: Sequence[str]) -> tuple[tuple[str, str], ...]:
    found = []
    for text in said:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadInput(f"covariate: NAME=VALUE such as age=70 is needed, not {text!r}")
        found.append((name.strip(), value.strip()))
    return tuple(found)


def _table(told: Mapping[str, Any]) -> list[str]:
    who = "the typical patient" if told["n"] == 0 else f"{told['n']} patients, seed {told['seed']}"
    lines = [f"{who}, {told['site']} blood; median (5th to 95th percentile{_off(told)})", ""]
    lines += [f"extrapolation: {said}" for said in told["extrapolation"]]
    lines += [f"limit: {said}" for said in told["limits"]]
    lines.append(f"{'':<30}{'highest (alertness: lowest)':>32}{'at h':>10}{'known as':>14}")
    for name, held in told["summary"].items():
        farthest = next(held[measure] for measure in ("cmax", "max", "min") if measure in held)
        when = next(held[measure] for measure in ("tmax_h", "tmin_h") if measure in held)["median"]
        lines.append(f"{name:<30}{_said(farthest):>32}{when:>10.2f}{told['status'][name]['link']:>14}")
    times = told["times_h"]
    names = [
        name
        for name in ("ketamine_ng_ml", "norketamine_ng_ml", "cadss", "systolic_change_mmhg")
        if name in told["quantities"]
    ]
    lines += ["", f"{'time h':>8}" + "".join(f"{name:>32}" for name in names)]
    # Lines stand closer at the beginning, where the curve moves.
    for at in sorted({round((part / (LINES_SHOWN - 1)) ** 2 * (len(times) - 1)) for part in range(LINES_SHOWN)}):
        bands = [{key: _at(told["quantities"][name][key], at) for key in ("median", "p05", "p95")} for name in names]
        lines.append(f"{times[at]:>8.2f}" + "".join(f"{_said(held):>32}" for held in bands))
    notes = {note for held in told["status"].values() for note in held["notes"]}
    return [*lines, "", *(f"- {note}" for note in sorted(notes))]


def _off(told: Mapping[str, Any]) -> str:
    """How far percentiles may be off that were counted in bins."""
    error = told["percentiles"]["relative_error"]
    return f", from bins: off by at most {error:.2%} each" if error else ""


def _at(values: Any, at: int) -> Any:
    return None if values is None else values[at]


def _said(held: Mapping[str, Any]) -> str:
    if held["median"] is None:
        return "–"
    if held["p05"] is None:
        return f"{held['median']:.3g}"
    return f"{held['median']:.3g} ({held['p05']:.3g} to {held['p95']:.3g})"

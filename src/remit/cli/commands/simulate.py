"""`remit simulate`: a regimen on virtual patients, with bands, and how far each number is known."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.quantities import BadInput, Route

if TYPE_CHECKING:
    from remit.engine import Dose, Plan
    from remit.pathway.kinetics import MoleculeModel, Pharmacology

LARGEST_SEED = 2**63 - 1
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
    command.add_argument("--folder", metavar="FOLDER", type=Path, help="also know the molecule files in here")
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.engine.report import document, uncertainty
    from remit.engine.simulate import simulate
    from remit.knowledge.pharmacology import pharmacology

    facts = pharmacology(arguments.folder)
    plan = _plan(facts, arguments)
    told = document(simulate(facts, plan)) | {"uncertainty": uncertainty(facts, plan)}
    if arguments.json:
        show(told, as_json=True)
    else:
        print("\n".join(_table(told)))
    return 0


def _plan(facts: Pharmacology, arguments: argparse.Namespace) -> Plan:
    import numpy as np

    from remit.engine import People, Plan, covariates
    from remit.engine.regimen import grid

    count, seed = _whole("n", arguments.n, LARGEST_SEED), _whole("seed", arguments.seed, LARGEST_SEED)
    fixed = covariates(facts.population, _covariates(arguments))
    doses = _doses(facts.molecule(arguments.molecule), arguments)
    times = grid(arguments.times) if arguments.times is not None else _usual_times(doses)
    return Plan(
        doses=doses,
        people=People(facts.population, seed, 0, max(count, 1), vary=count > 0, fixed=fixed),
        times=np.array(times),
        site=_site(arguments.site),
        with_drugs=tuple(_drug(facts, name) for name in dict.fromkeys(map(str.lower, arguments.drugs))),
        assay=facts.effects.assay(arguments.assay),
    )


def _site(word: str) -> Any:
    from remit.pathway.kinetics import Site

    if word not in tuple(Site):
        raise BadInput(f"site: one of {', '.join(Site)} is needed, not {word!r}")
    return Site(word)


def _drug(facts: Pharmacology, name: str) -> Any:
    if name not in facts.interactions:
        known = ", ".join(sorted(facts.interactions))
        raise BadInput(f"with: a drug whose effect on the kinetics is known ({known}) is needed, not {name!r}")
    return facts.interactions[name]


def _doses(molecule: MoleculeModel, arguments: argparse.Namespace) -> tuple[Dose, ...]:
    from remit.engine.regimen import counted, dose, duration, in_devices, moments, parse_regimen, repeated

    route = None if arguments.route is None else _route(arguments.route)
    if arguments.regimen is not None:
        if arguments.duration is not None or arguments.repeat is not None:
            raise BadInput("regimen: says its own durations and repeats; --duration and --repeat belong to --dose")
        read = parse_regimen(arguments.regimen, molecule, route, arguments.formulation)
        return counted([part for one in read for part in in_devices(one)])
    if route is None:
        raise BadInput(f"route: one of {', '.join(Route)} is needed, there is none")
    way = molecule.formulation(route, arguments.formulation)
    length = 0.0 if arguments.duration is None else duration("duration", arguments.duration)
    one = dose(arguments.dose, molecule, way, 0.0, length)
    starts = (0.0,) if arguments.repeat is None else moments("repeat", arguments.repeat)
    return repeated(in_devices(one), starts)


def _route(word: str) -> Route:
    if word not in tuple(Route):
        raise BadInput(f"route: one of {', '.join(Route)} is needed, not {word!r}")
    return Route(word)


def _covariates(arguments: argparse.Namespace) -> dict[str, str]:
    said = [] if arguments.weight is None else [("weight", arguments.weight)]
    for text in arguments.covariate:
        name, equals, value = text.partition("=")
        if not equals:
            raise BadInput(f"covariate: NAME=VALUE such as age=70 is needed, not {text!r}")
        said.append((name.strip(), value.strip()))
    names = [name for name, _ in said]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise BadInput(f"covariate: {twice} is given twice")
    return dict(said)


def _whole(thing: str, text: str, most: int) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > most:
        raise BadInput(f"{thing}: a whole number from 0 to {most} is needed, not {text!r}")
    return int(text)


def _usual_times(doses: Sequence[Dose]) -> tuple[float, ...]:
    """Every 5 minutes for a day after the last dose, or as many points spread over a longer course."""
    import numpy as np

    last = max(one.end_h for one in doses) + 24.0
    return tuple(np.linspace(0.0, last, min(round(last * 12), 600) + 1).tolist())


def _table(told: Mapping[str, Any]) -> list[str]:
    who = "the typical patient" if told["n"] == 0 else f"{told['n']} patients, seed {told['seed']}"
    lines = [f"{who}, {told['site']} blood; median (5th to 95th percentile)", ""]
    lines += [f"extrapolation: {said}" for said in told["extrapolation"]]
    lines.append(f"{'':<30}{'highest':>32}{'at h':>10}{'known as':>14}")
    for name, held in told["summary"].items():
        highest = held.get("cmax", held.get("max"))
        when, link = held["tmax_h"]["median"], told["status"][name]["link"]
        lines.append(f"{name:<30}{_said(highest):>32}{when:>10.2f}{link:>14}")
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


def _at(values: Any, at: int) -> Any:
    return None if values is None else values[at]


def _said(held: Mapping[str, Any]) -> str:
    if held["median"] is None:
        return "–"
    if held["p05"] is None:
        return f"{held['median']:.3g}"
    return f"{held['median']:.3g} ({held['p05']:.3g} to {held['p95']:.3g})"

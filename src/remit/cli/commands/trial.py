"""`remit trial`: a protocol on virtual patients, many times over, alone or against another arm."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.cli.protocol_choice import add_protocol, chosen_protocol
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine.arms import Arm
    from remit.engine.endpoints import Endpoints
    from remit.engine.trial import TrialPlan
    from remit.pathway.kinetics import Pharmacology
    from remit.pathway.mood import MoodChain

LARGEST_SEED = 2**63 - 1
LARGEST_SIZE, LARGEST_REPLICATES, MOST_PATIENTS = 100_000, 100_000, 5_000_000


def register(subcommands: Any) -> None:
    """Add `trial` to the command line."""
    command = subcommands.add_parser("trial", help="a protocol as a virtual trial, with its prediction intervals")
    add_protocol(command)
    command.add_argument("--versus", metavar="ID", help="midazolam, saline, placebo_spray_new_ad, or another protocol")
    command.add_argument("--n", metavar="N", default="100", help="patients an arm (default 100); 0: the typical one")
    command.add_argument("--replicates", metavar="N", default="200", help="how often it is repeated (default 200)")
    command.add_argument("--seed", metavar="SEED", default="1", help="the same seed gives the same trials")
    command.add_argument("--baseline", metavar="POINTS", help="mean MADRS before the first session")
    command.add_argument("--at", metavar="TIMES", default="24h,7d,28d", help="when it is read (default 24h,7d,28d)")
    command.add_argument("--option", metavar="ID", help="which of the protocol's schedules (default: its first)")
    command.add_argument("--sessions", metavar="N", help="only the first so many sessions of the schedule")
    command.add_argument("--dose", metavar="DOSE", help='another dose than the protocol\'s, such as "0.5 mg/kg"')
    command.add_argument("--maintenance-weeks", metavar="WEEKS", default="0", help="weeks that follow (default 0)")
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.engine.trial import trial
    from remit.engine.trial_report import document
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology

    facts, chain = pharmacology(), mood_chain()
    plan = _plan(facts, chain, arguments)
    told = document(chain, plan, trial(facts, chain, plan))
    if arguments.json:
        show(told, as_json=True)
    else:
        print("\n".join(_table(told)))
    return 0


def _plan(facts: Pharmacology, chain: MoodChain, arguments: argparse.Namespace) -> TrialPlan:
    from remit.engine.mood import HIGHEST
    from remit.engine.regimen import number
    from remit.engine.trial import TrialPlan

    size = _whole("n", arguments.n, 0, LARGEST_SIZE)
    trials = _whole("replicates", arguments.replicates, 1, LARGEST_REPLICATES)
    if size == 1:
        raise BadInput("n: 0 for the typical patient, or 2 and more are needed, not 1")
    if size * trials > MOST_PATIENTS:
        raise BadInput(f"n times replicates: at most {MOST_PATIENTS} is needed, not {size * trials}")
    baseline = None if arguments.baseline is None else number("baseline", arguments.baseline, 1)
    if baseline is not None and baseline > HIGHEST:
        raise BadInput(f"baseline: 1 to {HIGHEST:g} points is needed, not {arguments.baseline}")
    return TrialPlan(
        arms=_arms(facts, chain, arguments),
        endpoints=_endpoints(),
        size=size,
        trials=trials,
        seed=_whole("seed", arguments.seed, 0, LARGEST_SEED),
        at_h=_times(arguments.at),
        baseline=baseline,
    )


def _arms(facts: Pharmacology, chain: MoodChain, arguments: argparse.Namespace) -> tuple[Arm, ...]:
    from remit.engine.arms import Wanted, comparator_arm, joined, protocol_arm

    weeks = _whole("maintenance weeks", arguments.maintenance_weeks, 0, 520)
    sessions = None if arguments.sessions is None else _whole("sessions", arguments.sessions, 1, 1000)
    chosen = chosen_protocol(arguments)
    one = protocol_arm(facts, chain, chosen, Wanted(arguments.option, sessions, arguments.dose, weeks))
    if arguments.versus is None:
        return (one,)
    if arguments.versus == chosen.id:
        raise BadInput(f"versus: another arm than {chosen.id} is needed")
    if arguments.versus in chain.comparators:
        return joined([one, comparator_arm(chain.comparator(arguments.versus), one)])
    other = _other(chain, arguments)
    return joined([one, protocol_arm(facts, chain, other, Wanted(maintenance_weeks=weeks))])


def _other(chain: MoodChain, arguments: argparse.Namespace) -> Any:
    from remit.knowledge.protocols import load_folder, protocols

    known = protocols() if arguments.folder is None else {**protocols(), **load_folder(arguments.folder)}
    if arguments.versus not in known:
        listed = ", ".join([*chain.comparators, *sorted(known)])
        raise BadInput(f"versus: one of {listed} is needed, not {arguments.versus!r}")
    return known[arguments.versus]


def _endpoints() -> Endpoints:
    from remit.engine.endpoints import Endpoints
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    madrs = scale("MADRS")
    return Endpoints.of(madrs, definitions(madrs, outcome_rules()))


def _times(text: str) -> tuple[float, ...]:
    """Hours since the first session, from text such as `24h,7d,28d`."""
    from remit.engine.regimen import duration

    found = tuple(duration("at", part) for part in text.split(","))
    if list(found) != sorted(set(found)) or found[0] <= 0 or found[-1] > LONGEST_DAYS * 24:
        raise BadInput(f"at: rising times after 0 and up to {LONGEST_DAYS} d are needed, not {text!r}")
    return found


LONGEST_DAYS = 3650


def _whole(thing: str, text: str, least: int, most: int) -> int:
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise BadInput(f"{thing}: a whole number from {least} to {most} is needed, not {text!r}")
    return int(text)


def _table(told: Mapping[str, Any]) -> list[str]:
    who = "the typical patient" if not told["n"] else f"{told['n']} an arm, {told['replicates']} trials"
    lines = [f"{who}, seed {told['seed']}, baseline {told['baseline']:g}; mean (95 % prediction interval of one trial)"]
    lines += ["", f"{'arm':<28}{'at h':>8}{'change in MADRS':>26}{'response':>22}{'remission':>22}"]
    lines += [_line(row["arm"], row) for row in told["arms"]]
    lines += [_line("difference", row) for row in told["difference"]]
    for row in told["difference"]:
        if row["significant"] is not None:
            share = f"{row['significant'] * 100:.0f} %"
            lines.append(f"a difference in change at {row['at_h']:g} h is significant in {share} of the trials")
    for arm, held in told["relapse_median_d"].items():
        said = "not reached" if held["estimate"] is None else f"{held['estimate']:g} d"
        lines.append(f"{arm}: median time to relapse after the last session {said}")
    return [*lines, "", *(f"- {held}" for held in told["definitions"].values()), *(f"- {s}" for s in told["notes"])]


def _line(name: str, row: Mapping[str, Any]) -> str:
    change = _said(row["madrs_change"]["mean"], row["madrs_change"]["pi"], 1.0, 1)
    shares = [_said(row[key]["estimate"], row[key]["pi"], 100.0, 0) for key in ("response", "remission")]
    return f"{name:<28}{row['at_h']:>8g}{change:>26}" + "".join(f"{said + ' %':>22}" for said in shares)


def _said(value: float | None, interval: list[float] | None, times: float, places: int) -> str:
    if value is None:
        return "–"
    found = f"{value * times:.{places}f}"
    if interval is None:
        return found
    return f"{found} ({interval[0] * times:.{places}f} to {interval[1] * times:.{places}f})"

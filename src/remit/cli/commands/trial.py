"""`remit trial`: a protocol on virtual patients, many times over, alone or against another arm."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.cli.protocol_choice import add_protocol, chosen_protocol
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine.arms import Arm
    from remit.engine.endpoints import Endpoints
    from remit.engine.second_scale import SecondScale
    from remit.engine.trial import TrialPlan
    from remit.engine.withdrawal import WithdrawalPlan
    from remit.pathway.kinetics import Pharmacology
    from remit.pathway.mood import MoodChain
    from remit.pathway.sourced import Sourced
    from remit.pathway.trial_conduct import Attendance, Raised

WITHDRAWAL = "withdrawal"
"""The comparator that is the protocol itself, stopped."""
LARGEST_SEED = 2**63 - 1
USUAL_TIMES = "24h,7d,28d"
MOST_WITHDRAWN = 500_000
"""People of all repetitions of a withdrawal, each followed for two years."""
LARGEST_SIZE, LARGEST_REPLICATES, MOST_PATIENTS = 100_000, 100_000, 5_000_000


def register(subcommands: Any) -> None:
    """Add `trial` to the command line."""
    command = subcommands.add_parser("trial", help="a protocol as a virtual trial, with its prediction intervals")
    add_protocol(command)
    command.add_argument(
        "--versus", metavar="ID", help="midazolam, saline, placebo_spray_new_ad, withdrawal, or a protocol"
    )
    command.add_argument("--n", metavar="N", default="100", help="patients an arm (default 100); 0: the typical one")
    command.add_argument("--replicates", metavar="N", default="200", help="how often it is repeated (default 200)")
    command.add_argument("--seed", metavar="SEED", default="1", help="the same seed gives the same trials")
    command.add_argument("--baseline", metavar="POINTS", help="mean MADRS before the first session")
    command.add_argument("--at", metavar="TIMES", default=USUAL_TIMES, help=f"when it is read (default {USUAL_TIMES})")
    command.add_argument("--option", metavar="ID", help="which of the protocol's schedules (default: its first)")
    command.add_argument("--sessions", metavar="N", help="only the first so many sessions of the protocol's schedule")
    command.add_argument("--dose", metavar="DOSE", help='another dose than the protocol\'s, such as "0.5 mg/kg"')
    command.add_argument("--maintenance-weeks", metavar="WEEKS", default="0", help="weeks that follow (default 0)")
    command.add_argument("--missed", metavar="SHARE", help="share of sessions and visits that are missed, such as 0.05")
    command.add_argument("--held", metavar="SHARE", help="share of sessions that the pressure before them puts off")
    command.add_argument(
        "--escalate",
        metavar="RULE",
        help="never, without_response or as_observed: who goes up to the next dose that is allowed",
    )
    command.add_argument("--leave", metavar="SHARE", help="share of each arm that leaves in four weeks, such as 0.1")
    command.add_argument(
        "--missing", metavar="RULE", help="as_observed, last or non_responder: what a missing score is"
    )
    command.add_argument(
        "--workers", metavar="WHERE", default="1",
        help="N threads, processes:N, or a Dask scheduler such as tcp://127.0.0.1:8786; changes no digit",
    )  # fmt: skip
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.engine.spread import workers_of
    from remit.engine.trial import trial
    from remit.engine.trial_report import document
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology

    facts, chain = pharmacology(), mood_chain()
    if arguments.versus == WITHDRAWAL:
        if arguments.workers != "1":
            raise BadInput(f"workers: a withdrawal is computed on 1 thread, not {arguments.workers!r}")
        from remit.cli.withdrawal_table import table, told_of

        plan = _withdrawal(facts, chain, arguments)
        _print(told_of(facts, chain, plan), table, arguments)
        return 0
    asked = _plan(facts, chain, arguments)
    told = document(chain, asked, trial(facts, chain, asked, workers_of(arguments.workers)))
    told["notes"] = [*beyond_baselines(chain, asked.baseline), *told["notes"]]
    _print(told, _table, arguments)
    return 0


def beyond_baselines(chain: MoodChain, baseline: float | None) -> list[str]:
    """That nobody in the trials behind the chain began so low or so high, where it is so."""
    from remit.knowledge.mood_posterior import mood_targets

    usual = chain["baseline_points"].value
    known = [usual if one.baseline is None else one.baseline for one in mood_targets() if one.fitted]
    if baseline is None or min(known) <= baseline <= max(known):
        return []
    began = f"the trials to which the chain was fitted began with {min(known):g} to {max(known):g} on average"
    return [f"extrapolation: a baseline of {baseline:g} points; {began}"]


def _print(
    told: Mapping[str, Any], table: Callable[[Mapping[str, Any]], list[str]], arguments: argparse.Namespace
) -> None:
    if arguments.json:
        show(told, as_json=True)
    else:
        print("\n".join(table(told)))


def _withdrawal(facts: Pharmacology, chain: MoodChain, arguments: argparse.Namespace) -> WithdrawalPlan:
    """The trial of a protocol against stopping it."""
    from remit.engine.arms import Wanted, protocol_arm
    from remit.engine.withdrawal import WithdrawalPlan
    from remit.knowledge.trial_conduct import trial_conduct

    size, trials, seed = _sizes(arguments)
    if not size:
        raise BadInput("n: 2 and more are needed for a withdrawal, not 0")
    if size * trials > MOST_WITHDRAWN:
        raise BadInput(f"n times replicates: at most {MOST_WITHDRAWN} is needed for a withdrawal, not {size * trials}")
    for name, usual in (("sessions", None), ("maintenance_weeks", "0"), ("at", USUAL_TIMES)):
        if getattr(arguments, name) != usual:
            said = name.replace("_", " ")
            raise BadInput(f"{said}: a withdrawal has its own course, none is needed, not {getattr(arguments, name)!r}")
    rule = trial_conduct().withdrawal
    weeks = rule.open_weeks.value + rule.follow_weeks.value
    higher, raised = _raise_dose(arguments)
    wanted = Wanted(arguments.option, None, arguments.dose, weeks, higher, raised)
    return WithdrawalPlan(
        arm=protocol_arm(facts, chain, chosen_protocol(arguments), wanted),
        endpoints=_endpoints(),
        rule=rule,
        attendance=_attendance(arguments),
        size=size,
        trials=trials,
        seed=seed,
        baseline=_baseline(arguments),
    )


def _sizes(arguments: argparse.Namespace) -> tuple[int, int, int]:
    """Patients, trials and seed as asked."""
    size = _whole("n", arguments.n, 0, LARGEST_SIZE)
    trials = _whole("replicates", arguments.replicates, 1, LARGEST_REPLICATES)
    if size == 1:
        raise BadInput("n: 0 for the typical patient, or 2 and more are needed, not 1")
    if size * trials > MOST_PATIENTS:
        raise BadInput(f"n times replicates: at most {MOST_PATIENTS} is needed, not {size * trials}")
    return size, trials, _whole("seed", arguments.seed, 0, LARGEST_SEED)


def _baseline(arguments: argparse.Namespace) -> float | None:
    from remit.engine.mood import HIGHEST
    from remit.engine.regimen import number

    found = None if arguments.baseline is None else number("baseline", arguments.baseline, 1)
    if found is not None and found > HIGHEST:
        raise BadInput(f"baseline: 1 to {HIGHEST:g} points is needed, not {arguments.baseline}")
    return found


def _plan(facts: Pharmacology, chain: MoodChain, arguments: argparse.Namespace) -> TrialPlan:
    from remit.engine.trial import TrialPlan

    size, trials, seed = _sizes(arguments)
    return TrialPlan(
        arms=_arms(facts, chain, arguments),
        endpoints=_endpoints(),
        size=size,
        trials=trials,
        seed=seed,
        at_h=_times(arguments.at),
        baseline=_baseline(arguments),
        attendance=_attendance(arguments),
        second=_second(),
    )


MOST_MISSED = 0.9


def _attendance(arguments: argparse.Namespace) -> Attendance:
    """Who comes: as the knowledge has it, but for what is asked otherwise."""
    from remit.engine.trial_report import ASKED
    from remit.knowledge.trial_conduct import trial_conduct
    from remit.pathway.sourced import Sourced
    from remit.pathway.trial_conduct import Missing

    held = trial_conduct().attendance
    if arguments.missed is not None:
        held = replace(held, missed=Sourced(_share("missed", arguments.missed), note=ASKED))
    if arguments.held is not None:
        held = replace(held, held_for_pressure=Sourced(_share("held", arguments.held), note=ASKED))
    if arguments.leave is not None:
        leave = Sourced(_share("leave", arguments.leave), note=ASKED)
        held = replace(held, leave_with_drug=leave, leave_without=leave)
    if arguments.missing is not None:
        if arguments.missing not in tuple(Missing):
            raise BadInput(f"missing: one of {', '.join(Missing)} is needed, not {arguments.missing!r}")
        held = replace(held, missing=Sourced(Missing(arguments.missing), note=ASKED))
    return held


def _share(thing: str, text: str) -> float:
    from remit.engine.regimen import number

    found = number(thing, text, 0)
    if not 0 <= found <= MOST_MISSED:
        raise BadInput(f"{thing}: a share from 0 to {MOST_MISSED:g} is needed, not {text!r}")
    return found


def _arms(facts: Pharmacology, chain: MoodChain, arguments: argparse.Namespace) -> tuple[Arm, ...]:
    from remit.engine.arms import Wanted, comparator_arm, joined, protocol_arm

    weeks = _whole("maintenance weeks", arguments.maintenance_weeks, 0, 520)
    sessions = None if arguments.sessions is None else _whole("sessions", arguments.sessions, 1, 1000)
    chosen = chosen_protocol(arguments)
    higher, raised = _raise_dose(arguments)
    wanted = Wanted(arguments.option, sessions, arguments.dose, weeks, higher, raised)
    one = protocol_arm(facts, chain, chosen, wanted)
    if arguments.versus is None:
        return (one,)
    if arguments.versus == chosen.id:
        raise BadInput(f"versus: another arm than {chosen.id} is needed")
    if arguments.versus in chain.comparators:
        return joined([one, comparator_arm(chain.comparator(arguments.versus), one)])
    other = _other(chain, arguments)
    return joined(
        [one, protocol_arm(facts, chain, other, Wanted(maintenance_weeks=weeks, raise_dose=higher, raised=raised))]
    )


def _raise_dose(arguments: argparse.Namespace) -> tuple[bool, Sourced[Raised] | None]:
    """Whether anybody goes up to the next allowed dose, and how many; null: who has no response."""
    from remit.knowledge.trial_conduct import trial_conduct
    from remit.pathway.trial_conduct import Raise

    held = trial_conduct()
    asked = arguments.escalate or held.raise_dose.value.value
    if asked not in tuple(Raise):
        raise BadInput(f"escalate: one of {', '.join(Raise)} is needed, not {asked!r}")
    if asked != Raise.NEVER and arguments.dose is not None:
        raise BadInput(f"escalate: with a dose of its own ({arguments.dose}) nobody goes up")
    return asked != Raise.NEVER, held.raised if asked == Raise.AS_OBSERVED else None


def _other(chain: MoodChain, arguments: argparse.Namespace) -> Any:
    from remit.knowledge.protocols import load_folder, protocols

    known = protocols() if arguments.folder is None else {**protocols(), **load_folder(arguments.folder)}
    if arguments.versus not in known:
        listed = ", ".join([*chain.comparators, WITHDRAWAL, *sorted(known)])
        raise BadInput(f"versus: one of {listed} is needed, not {arguments.versus!r}")
    return known[arguments.versus]


def _endpoints() -> Endpoints:
    from remit.engine.endpoints import Endpoints
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    madrs = scale("MADRS")
    return Endpoints.of(madrs, definitions(madrs, outcome_rules()))


def _second() -> SecondScale:
    """The PHQ-9 beside the MADRS."""
    from remit.engine.endpoints import Endpoints
    from remit.engine.second_scale import SecondScale
    from remit.knowledge.phq9_link import phq9_link
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    link = phq9_link()
    held = scale(link.scale)
    return SecondScale(link, Endpoints.of(held, definitions(held, outcome_rules())))


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
    trials = "1 trial" if told["replicates"] == 1 else f"{told['replicates']} trials"
    who = "the typical patient" if not told["n"] else f"{told['n']} an arm, {trials}"
    lines = [f"{who}, seed {told['seed']}, baseline {told['baseline']:g}; mean (95 % prediction interval of one trial)"]
    lines += ["", f"{'arm':<28}{'at h':>8}{'change in MADRS':>26}{'response':>22}{'remission':>22}"]
    lines += [_line(row["arm"], row) for row in told["arms"]]
    lines += [_line("difference", row) for row in told["difference"]]
    lines += _second_table(told)
    for row in told["difference"]:
        if row["significant"] is not None:
            share = f"{row['significant'] * 100:.0f} %"
            lines.append(f"a difference in change at {row['at_h']:g} h is significant in {share} of the trials")
    for arm, held in told["relapse_median_d"].items():
        said = "not reached" if held["estimate"] is None else f"{held['estimate']:g} d"
        lines.append(f"{arm}: median time to relapse after the last session {said}")
    return [*lines, "", *(f"- {held}" for held in told["definitions"].values()), *(f"- {s}" for s in told["notes"])]


def _second_table(told: Mapping[str, Any]) -> list[str]:
    """The PHQ-9 of the same people, where the document has it."""
    rows = [(row.get("arm", "difference"), row) for row in (*told["arms"], *told["difference"]) if "phq9" in row]
    if not rows:
        return []
    head = f"{'hypothesis':<28}{'at h':>8}{'change in PHQ-9':>26}{'response':>22}{'remission':>22}"
    return ["", head, *(_line(name, {"at_h": row["at_h"], **row["phq9"]}, "change") for name, row in rows), ""]


def _line(name: str, row: Mapping[str, Any], changed: str = "madrs_change") -> str:
    change = _said(row[changed]["mean"], row[changed]["pi"], 1.0, 1)
    shares = [_said(row[key]["estimate"], row[key]["pi"], 100.0, 0) for key in ("response", "remission")]
    cells = (said if said == NOTHING else f"{said} %" for said in shares)
    return f"{name:<28}{row['at_h']:>8g}{change:>26}" + "".join(f"{cell:>22}" for cell in cells)


NOTHING = "–"


def _said(value: float | None, interval: list[float] | None, times: float, places: int) -> str:
    if value is None:
        return NOTHING
    # `z`: what rounds to nothing has no sign.
    found = f"{value * times:z.{places}f}"
    if interval is None:
        return found
    return f"{found} ({interval[0] * times:z.{places}f} to {interval[1] * times:z.{places}f})"

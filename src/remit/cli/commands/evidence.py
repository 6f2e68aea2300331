"""`remit evidence`: the published trials: list, show, pool, check, release, try a new study; a clinic's own arms."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from remit.cli import export_arms
from remit.cli.commands.pool import add_choices, choices
from remit.cli.output import add_json, show
from remit.quantities import BadInput

OUTCOMES = ("response", "remission", "change")
COMPARATORS = ("inert_placebo", "active_placebo", "active_background", "active_treatment")
COUNTED = ("depression", "suicidality", "ptsd", "anxiety", "ocd")
JOINS = ("comparators", "molecules", "routes", "times", "enriched", "any_time", "suicidality", "overlaps")
WORDS = ("outcome", "measure", "indication", "molecule", "route", "comparator", "on", "at")


def register(subcommands: Any) -> None:
    """Add `remit evidence` and its commands."""
    group = subcommands.add_parser("evidence", help="the published trials: list, show, pool, check, add")
    commands = group.add_subparsers(dest="evidence_command", required=True, metavar="COMMAND")
    listing = commands.add_parser("list", help="every study, and what decides about pooling it")
    listing.set_defaults(run=run_list)
    showing = commands.add_parser("show", help="one study: arms, values over time, adverse events, what was not seen")
    showing.add_argument("id", metavar="ID", help="id of the study, such as Lii2023")
    showing.set_defaults(run=run_show)
    pooling = commands.add_parser("pool", help="pool what belongs together, and say what was left out and why")
    _add_question(pooling)
    add_choices(pooling)
    pooling.set_defaults(run=run_pool)
    treating = commands.add_parser("treated", help="of treated arms together, how many had the outcome: no comparison")
    _add_question(treating)
    add_choices(treating)
    treating.set_defaults(run=run_treated)
    networking = commands.add_parser(
        "network", help="treatments compared through one another, and what nothing connects"
    )
    _add_question(networking)
    networking.add_argument("--method", default="REML", choices=("FE", "DL", "REML"), help="estimator of tau²")
    networking.add_argument("--level", default=95.0, type=float, help="confidence level in percent (default 95)")
    networking.set_defaults(run=run_network)
    claiming = commands.add_parser("claims", help="statements about ketamine, held against the trials")
    claiming.add_argument("id", nargs="?", metavar="ID", help="one statement only")
    claiming.set_defaults(run=run_claims)
    checking = commands.add_parser("check", help="do the carried trials fit together?")
    checking.set_defaults(run=run_check)
    releasing = commands.add_parser("release", help="version, checksum and changes of the carried trials")
    releasing.set_defaults(run=run_release)
    adding = commands.add_parser("add", help="try a new study before it is proposed, and say what to fix")
    adding.add_argument("file", metavar="FILE", type=Path, help="a table with the columns of trials.csv")
    adding.set_defaults(run=run_add)
    export_arms.register(commands)
    for command in (listing, showing, pooling, treating, networking, claiming, checking, releasing, adding):
        add_json(command)


def _add_question(command: Any) -> None:
    command.add_argument("--outcome", default="response", choices=OUTCOMES, help="default: response")
    command.add_argument("--measure", choices=("RR", "OR", "RD", "MD", "SMD"), help="default: RR, for change MD")
    command.add_argument(
        "--indication", metavar="ID", help="such as mdd_trd; default: all with an outcome of depression"
    )
    command.add_argument("--molecule", metavar="NAME", help="ketamine, esketamine or arketamine")
    command.add_argument("--route", metavar="NAME", help="such as intravenous or intranasal")
    command.add_argument("--comparator", choices=COMPARATORS)
    command.add_argument("--on", choices=COUNTED, help="what response is counted on; default: depression")
    command.add_argument("--at", metavar="24h|1w-8w", help="time after the first dose, or a span; h, d or w")
    command.add_argument("--join", default="", metavar="A,B", help=f"pool across: {', '.join(JOINS)}")
    command.add_argument("--only-seen", action="store_true", help="without figures of which any part was not seen")


def run_list(arguments: argparse.Namespace) -> int:
    """Print the studies."""
    from remit.evidence.answer import listed
    from remit.knowledge.trials import trials

    studies = listed(trials())
    if arguments.json:
        show({"count": len(studies), "studies": studies}, as_json=True)
    else:
        for study in studies:
            words = (study["id"], str(study["year"]), study["indication"], study["design"], "/".join(study["seen"]))
            print("  ".join(words))
        print(f"{len(studies)} studies")
    return 0


def run_show(arguments: argparse.Namespace) -> int:
    """Print one study."""
    from difflib import get_close_matches

    from remit.evidence.answer import shown
    from remit.knowledge.trials import trials

    held = trials()
    study = held.study(arguments.id)
    if study is None:
        near = get_close_matches(arguments.id, [each.id for each in held.studies], n=4, cutoff=0.3)
        raise BadInput(f"study {arguments.id!r}: not known" + (f"; near it: {', '.join(near)}" if near else ""))
    show(shown(held, study), arguments.json)
    return 0


def run_pool(arguments: argparse.Namespace) -> int:
    """Pool the trials that answer a question."""
    from remit.evidence.answer import answer, as_text
    from remit.knowledge.trials import trials

    held = answer(trials(), _question(arguments), choices(arguments))
    if arguments.json:
        show(held, as_json=True)
    else:
        print(as_text(held))
    return 0


def run_treated(arguments: argparse.Namespace) -> int:
    """Print the share of treated arms; exit 1 where none was seen."""
    from dataclasses import asdict

    from remit.evidence.published import treated_share
    from remit.knowledge.trials import trials

    held = treated_share(trials(), _question(arguments), choices(arguments))
    if held is None:
        print("remit: no treated arm whose outcome was seen fits", file=sys.stderr)
        return 1
    document = asdict(held) | {"people": held.people}
    show({name: value for name, value in document.items() if name != "time"}, arguments.json)
    return 0


def run_network(arguments: argparse.Namespace) -> int:
    """Compare the treatments of the trials through one another."""
    from remit.evidence.estimators import Method
    from remit.evidence.network_answer import as_text, network_answer
    from remit.knowledge.trials import trials

    held = network_answer(trials(), _question(arguments), Method(arguments.method), arguments.level)
    if arguments.json:
        show(held, as_json=True)
    else:
        print(as_text(held))
    return 0


def run_claims(arguments: argparse.Namespace) -> int:
    """Judge the statements."""
    from remit.evidence.claims import judge
    from remit.knowledge.claims import claims
    from remit.knowledge.trials import trials

    known = claims()
    if arguments.id is not None and arguments.id not in {claim.id for claim in known}:
        raise BadInput(f"claim: one of {', '.join(claim.id for claim in known)} is needed, not {arguments.id!r}")
    chosen = [claim for claim in known if arguments.id in (None, claim.id)]
    judged = [_judged(judge(trials(), claim)) for claim in chosen]
    if arguments.json:
        show({"count": len(judged), "claims": judged}, as_json=True)
    else:
        print("\n\n".join("\n".join(_claim_lines(held)) for held in judged))
    return 0


def _judged(held: Any) -> dict[str, Any]:
    from dataclasses import asdict

    return {
        "id": held.claim.id,
        "claim": held.claim.text,
        "verdict": held.verdict.value,
        "why": held.claim.why,
        "rests_on_memory": held.rests_on_memory,
        "checks": [{**asdict(result), "studies": list(result.studies)} for result in held.results],
        "cites": [{"text": cited.text, "found": cited.found, "note": cited.note} for cited in held.claim.cites],
    }


def _claim_lines(held: dict[str, Any]) -> list[str]:
    lines = [f"{held['claim']}", f"  {held['verdict'].replace('_', ' ')}: {held['why']}"]
    for check in held["checks"]:
        memory = " (nobody has seen these figures)" if check["from_memory"] else ""
        named = f" [{', '.join(check['studies'])}]" if check["studies"] else ""
        lines.append(f"  {check['bearing']}: {check['says']}: {check['figures']}{memory}{named}")
    return [*lines, *(f"  cites {cited['text']}: {cited['note']}" for cited in held["cites"])]


def _question(arguments: argparse.Namespace) -> Any:
    from remit.evidence.asking import Asked

    words: dict[str, Any] = {name: getattr(arguments, name) or "" for name in WORDS}
    joins = tuple(word.strip() for word in arguments.join.split(",") if word.strip())
    return Asked(**words, join=joins, only_seen=arguments.only_seen).question()


def run_check(arguments: argparse.Namespace) -> int:
    """Exit 0 where the release is whole; what the papers themselves leave open is listed."""
    from remit.evidence.plausibility import problems
    from remit.knowledge.trials import check_release, counts, trials

    check_release()
    held = trials()
    found = problems([arm for study in held.studies for arm in study.arms])
    rows = dict(counts())
    if arguments.json:
        show({"ok": True, "rows": rows, "open": [_problem(each) for each in found]}, as_json=True)
    else:
        for each in found:
            print(f"open: {each}")
        print(f"{len(held.studies)} studies; rows: {', '.join(f'{count} {word}' for word, count in rows.items())}")
    return 0


def run_release(arguments: argparse.Namespace) -> int:
    """Print the release."""
    from remit.knowledge.trials import check_release, trials

    check_release()
    show(dict(trials().release), arguments.json)
    return 0


def run_add(arguments: argparse.Namespace) -> int:
    """Exit 0 where the study fits together and shares nobody with a known one, else 1."""
    from remit.evidence.plausibility import problems
    from remit.knowledge.trials import read_arms, trials

    arms = read_arms(arguments.file)
    if not arms:
        raise BadInput(f"{arguments.file}: at least 1 arm is needed, not 0")
    found = problems(arms, trials())
    studies = list(dict.fromkeys(arm.study_id for arm in arms))
    if arguments.json:
        show({"ok": not found, "studies": studies, "problems": [_problem(each) for each in found]}, as_json=True)
    else:
        for each in found:
            print(each)
        print(f"{len(studies)} studies, {len(arms)} arms, {len(found)} problems")
    return 1 if found else 0


def _problem(found: Any) -> dict[str, str]:
    return {name: getattr(found, name) for name in ("study", "arm", "field", "text", "fix")}

"""`remit forecast`: what virtual patients who explain a person's scores make likely for the next ones.

`remit forecast score` holds the forecasts that a clinic kept against the scores that came.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show
from remit.cli.protocol_choice import add_protocol, chosen_protocol
from remit.cli.table_file import table_in
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine.arms import Arm
    from remit.engine.forecast import Course, Forecast, Outlook
    from remit.pathway.kinetics import Pharmacology
    from remit.pathway.referral import Case

LARGEST_SEED = 2**63 - 1
LAST_YEAR = 9000
"""What is forecast stays within the calendar."""
COLUMNS = ("date", "scale", "total")
SCORE = "score"
"""What stands in the place of a case where kept forecasts are scored; a case of this name is `./score`."""
NEEDED = ("scores", "protocol", "start")


def register(subcommands: Any) -> None:
    """Add `forecast` to the command line."""
    command = subcommands.add_parser("forecast", help="one person's next scores, as bands; advice only")
    command.add_argument(
        "case",
        metavar="CASE|score",
        type=_case,
        help="the case file (YAML or JSON), its day is the forecast's; or score: what the forecasts kept were worth",
    )
    command.add_argument("--scores", metavar="FILE", type=Path, help="CSV: date, scale (MADRS), total")
    add_protocol(command, required=False)
    command.add_argument("--start", metavar="DATE", help="the day of the first session")
    command.add_argument("--option", metavar="ID", help="which of the protocol's schedules (default: its first)")
    command.add_argument("--dose", metavar="DOSE", help="the dose given, where it is not the protocol's first")
    command.add_argument("--seed", metavar="SEED", default="1", help="the same seed gives the same forecast")
    add_json(command)
    command.set_defaults(run=_run)


def _case(text: str) -> Path | None:
    """The case file; null for `score`."""
    return None if text == SCORE else Path(text)


def _run(arguments: argparse.Namespace) -> int:
    if arguments.case is None:
        return _score(arguments)
    missing = [f"--{name}" for name in NEEDED if getattr(arguments, name) is None]
    if missing:
        raise BadInput(f"remit forecast: the following arguments are required: {', '.join(missing)}")
    return _forecast(arguments)


def _score(arguments: argparse.Namespace) -> int:
    from remit.cli.installation import open_records

    given = [f"--{name}" for name in NEEDED if getattr(arguments, name) is not None]
    if given:
        raise BadInput(f"remit forecast score: {', '.join(given)} belongs to a case; the records are scored without it")
    open_records()
    from remit.acts.forecast_scores import score_forecasts

    found = score_forecasts()
    if arguments.json:
        show(found, as_json=True)
    else:
        print("\n".join(_worth(found)))
    return 0


def _worth(found: Mapping[str, Any]) -> list[str]:
    states = ", ".join(f"{count} {state}" for state, count in found["states"].items())
    lines = [f"forecasts kept: {found['stored']}, of {found['people']} people: {states}"]
    for model in found["models"]:
        lines += ["", f"model {model['version']}: {model['scored']}/{model['eligible']} scored/eligible"]
        if not model["scored"]:
            continue
        band, crps = model["in_the_band"], model["crps"]
        held = f"{band['count']}/{model['scored']} · {band['share']:.0%} ({band['low']:.0%} to {band['high']:.0%})"
        points = ", ".join(f"{name.replace('_', ' ')} {value:.2f}" for name, value in crps.items())
        lines += [
            f"  in the 90 % band    {held}",
            f"  CRPS in points      {points}; less is better",
            f"  {_judgement(model)}",
        ]
    return lines


def _judgement(model: Mapping[str, Any]) -> str:
    if model["no_better_than"] is None:
        return f"not judged yet: from {model['judged_from']} scored forecasts on"
    return f"no better than {' and '.join(model['no_better_than'])}" if model["no_better_than"] else "better than both"


def _forecast(arguments: argparse.Namespace) -> int:
    from remit.cli.case import read_case
    from remit.engine.arms import Wanted, protocol_arm
    from remit.engine.endpoints import Endpoints
    from remit.engine.forecast import forecast
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.pharmacology import pharmacology
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    case, start, seed = read_case(arguments.case), _day("start", arguments.start), _seed(arguments.seed)
    facts, chain = pharmacology(), mood_chain()
    arm = protocol_arm(facts, chain, chosen_protocol(arguments), Wanted(option=arguments.option, dose=arguments.dose))
    scores = _scores(arguments.scores, case.asof)
    course = _course(facts, case, start, scores, arm)
    madrs = scale("MADRS")
    held = Endpoints.of(madrs, definitions(madrs, outcome_rules()))
    # Where the last session is over no visit is planned: then the weeks to come are told.
    days = chain.forecast.days_ahead if course.now >= arm.sessions[-1] else 0
    found = forecast(facts, chain, held, course, seed, days)
    baseline_on = max(day for day in scores if day <= start)
    told = _document(found, course, start, seed, chain.version, baseline_on)
    if arguments.json:
        show(told, as_json=True)
    else:
        print("\n".join(_table(told)))
    return 0


def _day(thing: str, text: str) -> date:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        raise BadInput(f"{thing}: a date such as 2026-11-23 is needed, not {text!r}") from None


def _seed(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) > LARGEST_SEED:
        raise BadInput(f"seed: a whole number from 0 to {LARGEST_SEED} is needed, not {text!r}")
    return int(text)


def _scores(file: Path, asof: date) -> dict[date, float]:
    """Totals of the MADRS by day. Raises `BadInput` that names the row, the bound and the value."""
    from remit.knowledge.scales import scale

    madrs = scale("MADRS")
    bounds = (madrs.floor, madrs.total.value.high) if madrs.total else (0, 0)
    table = table_in(file)
    table.need(COLUMNS, "a forecast")
    found: dict[date, float] = {}
    for at, row in enumerate(table.rows):
        place = table.place(at)
        if row["scale"] != madrs.id:
            raise BadInput(
                f"{place}: scale: {madrs.id} is needed, the model holds no other course, not {row['scale']!r}"
            )
        day = _day(f"{place}: date", row["date"])
        if day > asof:
            raise BadInput(f"{place}: date: a day up to that of the case, {asof}, is needed, not {day}")
        if day in found:
            raise BadInput(f"{place}: date: one score a day is needed, {day} stands twice")
        found[day] = _total(place, row["total"], bounds)
    return found


def _total(place: str, text: str, bounds: tuple[int, int]) -> float:
    if not text.isascii() or not text.isdigit() or not bounds[0] <= int(text) <= bounds[1]:
        raise BadInput(f"{place}: total: a whole number from {bounds[0]} to {bounds[1]} is needed, not {text!r}")
    return float(text)


def _course(facts: Pharmacology, case: Case, start: date, scores: Mapping[date, float], arm: Arm) -> Course:
    """The person's course in days. Raises `BadInput` without a baseline, and for a person whom no model is of."""
    from remit.engine.forecast import Course
    from remit.engine.people import covariates

    before = [day for day in scores if day <= start]
    if not before:
        raise BadInput(f"scores: a baseline on or before the first session, {start}, is needed")
    if case.asof.year > LAST_YEAR:
        raise BadInput(f"asof: a day up to the year {LAST_YEAR} is needed, not {case.asof}")
    weight, age = case.patient.weight, case.patient.age_on(case.asof)
    known = {"weight": weight and weight.kg.value, "age": age}
    covariates(facts.population, {name: f"{value:g}" for name, value in known.items() if value is not None})
    return Course(
        arm=arm,
        baseline=scores[max(before)],
        scores={float((day - start).days): total for day, total in scores.items() if day > start},
        now=float((case.asof - start).days),
        fixed={} if weight is None else {"weight": weight.kg.value},
    )


def _document(
    found: Forecast, course: Course, start: date, seed: int, version: str, baseline_on: date
) -> dict[str, Any]:
    return {
        "seed": seed,
        "version": version,
        "scale": "MADRS",
        "arm": course.arm.id,
        "baseline": course.baseline,
        "baseline_on": baseline_on.isoformat(),
        "scores": len(course.scores),
        "patients": found.patients,
        "effective_patients": round(found.effective, 1),
        "ahead": [_visit(one, start) for one in found.ahead],
        "weeks_ahead": [_visit(one.expected, start) for one in found.days[_WEEK - 1 :: _WEEK]],
        "relapse_after_last_d": [_finite(one) for one in found.relapse_d],
        "without_a_dose": [{"interval_d": days} | _visit(one, start) for days, one in found.without],
        "status": "hypothesis",
        "notes": [*course.arm.notes, *([] if course.scores else [NO_SCORES]), *NOTES],
    }


_WEEK = 7
NO_SCORES = (
    "no score since the first session: this is what anybody may expect from these doses, and nothing of this person"
)
NOTES = (
    "advice only: a forecast orders nothing",
    "how a dose becomes mood is a hypothesis fitted to published trials; pressures and dissociation do not weigh",
    "sessions of the schedule up to the day of the case count as given, at the dose that is named",
)


def _visit(one: Outlook, start: date) -> dict[str, Any]:
    return {
        "date": (start + timedelta(days=one.day)).isoformat(),
        "before_session": one.session,
        "madrs": {"p05": one.score[0], "median": one.score[1], "p95": one.score[2]},
        "response": round(one.response, 4),
        "response_between": {"p05": round(one.response_between[0], 4), "p95": round(one.response_between[1], 4)},
        "remission": round(one.remission, 4),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _table(told: Mapping[str, Any]) -> list[str]:
    first = f"MADRS {told['baseline']:g} on {told['baseline_on']}"
    lines = [
        f"{told['arm']}, {first}, {told['scores']} later scores, seed {told['seed']}",
        f"{told['effective_patients']:.0f} effective of {told['patients']} virtual patients; 90 % bands",
        "",
        f"{'date':<12}{'before':<14}{'MADRS':>16}{'response':>12}{'remission':>12}",
    ]
    lines += [_line(one, f"session {one['before_session']}" if one["before_session"] else "–") for one in told["ahead"]]
    lines += [_line(one, "–") for one in told["weeks_ahead"]]
    if told["without_a_dose"]:
        lines += ["", "if nothing more is given until then:"]
        lines += [_line(one, f"{one['interval_d']:g} d after") for one in told["without_a_dose"]]
    low, middle, high = (f"{one:g} d" if one else "later" for one in told["relapse_after_last_d"])
    lines += ["", f"relapse of a responder after the last planned session: {middle} ({low} to {high})"]
    return [*lines, "", *(f"- {note}" for note in told["notes"])]


def _line(one: Mapping[str, Any], when: str) -> str:
    score = one["madrs"]
    said = f"{score['median']:g} ({score['p05']:g} to {score['p95']:g})"
    return f"{one['date']:<12}{when:<14}{said:>16}{one['response']:>11.0%} {one['remission']:>11.0%}"

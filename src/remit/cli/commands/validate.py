"""`remit validate`: the engine against published measurements, row by row."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from remit.cli.output import add_json, show

if TYPE_CHECKING:
    from remit.pathway.model_check import ModelCheck, Result, Row


def register(subcommands: Any) -> None:
    """Add `validate` to the command line."""
    command = subcommands.add_parser("validate", help="the engine against published measurements, row by row")
    command.add_argument(
        "--against", metavar="FILE", type=Path, help="a table of one's own with the columns of observed.csv"
    )
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.engine.validate import validate
    from remit.knowledge.model_check import model_check
    from remit.knowledge.pharmacology import observations, pharmacology, read_observations, validation_words
    from remit.pathway.model_check import summary

    observed = observations() if arguments.against is None else read_observations(arguments.against)
    rows = _with_trials(validate(pharmacology(), validation_words(), observed))
    told, kept = summary(rows), model_check() if arguments.against is None else None
    if arguments.json:
        trials = {} if kept is None else {"trials": _kept(kept)}
        show({"rows": [row.as_dict() for row in rows], "summary": told} | trials, as_json=True)
    else:
        print("\n".join([*_table(rows), "", *_sums(told), *([] if kept is None else _trials(kept))]))
    return 0


def _with_trials(rows: list[Row]) -> list[Row]:
    """The rows, with those of trials computed by the mood chain."""
    from remit.engine.endpoints import Endpoints
    from remit.engine.validate_trials import QUANTITIES, with_trials
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.mood_posterior import mood_targets
    from remit.knowledge.pharmacology import pharmacology, validation_words
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    if all(row.observation.quantity not in QUANTITIES for row in rows):
        return rows
    madrs = scale("MADRS")
    held = Endpoints.of(madrs, definitions(madrs, outcome_rules()))
    return with_trials(pharmacology(), mood_chain(), held, validation_words(), mood_targets(), rows)


def _kept(kept: ModelCheck) -> dict[str, Any]:
    """The virtual trials as they were computed for the report that is kept."""
    names = ("date", "command", "seed", "size", "trials", "repeats", "chain")
    made = {name: getattr(kept.made, name) for name in names}
    return made | {
        "older_than": list(kept.changed),
        "cells": [cell.as_dict() for cell in kept.cells],
        "results": [one.as_dict() for one in kept.results],
        "second": [one.as_dict() for one in kept.second],
    }


def _trials(kept: ModelCheck) -> list[str]:
    made = kept.made
    lines = ["", f"virtual trials, {made.trials} of {made.size} an arm, as computed on {made.date} by {made.command}:"]
    lines += [f"older than {name}, which changed since" for name in kept.changed]
    for cell in kept.cells:
        own = cell.range
        verdict = "inside" if cell.inside else f"OUTSIDE: {cell.note or 'not explained'}"
        mark = "" if own.required else f" ({cell.status}: reported, not required)"
        lines.append(f"{own.id:<30}{own.low:>7g} to {own.high:<7g}{cell.value:>8.1f}  {verdict}{mark}")
    return [*lines, *_results("published trial", kept.results), *_results("PHQ-9 (from the MADRS)", kept.second)]


def _results(heading: str, results: Sequence[Result]) -> list[str]:
    """Published results beside what the fit says of trials of their size."""
    lines = ["", f"{heading:<36}{'use':<8}{'observed':>10}{'predicted':>11}  interval"]
    for one in results:
        own, (low, high) = one.target, one.interval
        numbers = f"{own.observed:>10g}{one.predicted:>11.1f}  {low:.1f} to {high:.1f}"
        verdict = "inside" if one.inside else f"OUTSIDE: {one.why or 'not explained'}"
        lines.append(f"{own.id:<36}{own.use:<8}{numbers}  {verdict}")
    return lines


def _table(rows: Sequence[Row]) -> list[str]:
    heading = f"{'source':<17}{'molecule':<18}{'route':<10}{'quantity':<18}"
    lines = [f"{heading}{'observed':>10}{'predicted':>11}{'fold':>7}  inside"]
    for row in rows:
        held = row.as_dict()
        start = f"{held['source']:<17.16}{held['molecule']:<18.17}{held['route']:<10}{held['quantity']:<18.17}"
        if held["skipped"]:
            lines.append(f"{start}skipped: {held['skipped']}")
            continue
        inside = {True: "yes", False: "no", None: "–"}[held["inside_pi"]]
        fold = "–" if held["fold_error"] is None else f"{held['fold_error']:.2f}"
        lines.append(f"{start}{held['observed']:>10g}{held['predicted']:>11g}{fold:>7}  {inside}")
    return lines


def _sums(told: Mapping[str, Any]) -> list[str]:
    lines = [_line("kinetics", told["kinetics"])]
    lines += [_line(route, held) for route, held in told["by_route"].items()]
    lines.append(_line("studies that no model was fitted to", told["not_fitted"]))
    scores = told["scores"]
    if scores["rows"]:
        lines.append(
            f"scores of trials: {scores['rows']} rows, {scores['inside_pi']:.0%} inside the interval of one trial"
        )
    if scores["not_fitted"]:
        share = f"{scores['not_fitted_inside_pi']:.0%}"
        lines.append(f"of these not fitted: {scores['not_fitted']} rows, {share} inside the interval of one trial")
    for held in told["misses"]:
        said = f"{held['source']} {held['molecule']} {held['route']} {held['quantity']}"
        lines.append(f"missed: {said}: {held['why'] or 'not explained'}")
    return lines


def _line(name: str, held: Mapping[str, Any]) -> str:
    if not held["rows"]:
        return f"{name}: no rows"
    return (
        f"{name}: {held['rows']} rows, median fold error {held['median_fold_error']:.2f}, "
        f"{100 * held['within_2_fold']:.0f} % within 2-fold, {100 * held['inside_pi']:.0f} % inside the interval"
    )

"""The fit of the mood chain: what it was fitted to, what was kept aside, and the worlds that it left possible."""

from __future__ import annotations

import hashlib
import math
import statistics
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER, rows
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.protocols import protocols
from remit.pathway import mood as values
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput

FILES = FOLDER / "pharmacology"
CHAIN, TARGETS, RANGES = FILES / "mood_chain.yaml", FILES / "mood_targets.yaml", FILES / "trial_ranges.yaml"
POSTERIOR, WORLDS, REPORT = FILES / "mood_posterior.yaml", FILES / "mood_posterior.csv", FILES / "mood_report.csv"
_ARMS = ("drug", "comparator", "difference")
_QUANTITIES = ("fall", "sd", "response", "remission", "relapse")
_USES = ("fitted", "aside")
_NOT_READ = ("fitted", "scale", "fell_by", "known")
"""What a target of the fit does not say by this name: all are on the MADRS."""


class _Target(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    use: str
    study: str
    protocol: str
    arm: str
    at_h: float
    quantity: str
    observed: float
    size: int
    status: str
    origin: str
    trials: int = 1
    error: float | None = None
    option: str | None = None
    sessions: int | None = None
    dose: str | None = None
    against: str | None = None
    against_size: int = 0
    new_antidepressant: bool = False
    baseline: float | None = None
    remission_at_most: float | None = None
    note: str = ""


class _Fit(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    between_trials: dict[str, float]
    range_margin: float
    range_slope: float
    size: int
    first: int
    round: int
    rounds: int
    worlds: int
    walk: int
    seed: int
    origin: str
    status: str
    note: str = ""


class _File(msgspec.Struct, forbid_unknown_fields=True):
    mood_targets: list[_Target]
    mood_fit: _Fit


class _Posterior(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    version: str
    checksum: str
    worlds: int
    effective: float
    misfit: float
    command: str
    origin: Origin
    status: str


def _read() -> _File:
    return as_schema(read_typed(TARGETS), _File, TARGETS.name)


@cache
def mood_targets() -> tuple[values.Target, ...]:
    """The published results of the fit, fitted and kept aside. Raises `BadInput`."""
    return tuple(_target(one) for one in _read().mood_targets)


@cache
def fitted_ways() -> frozenset[tuple[str, str]]:
    """Molecule and route of the trials to which the chain was fitted. Raises `BadInput`."""
    given = [protocols()[one.protocol] for one in mood_targets() if one.fitted]
    return frozenset((one.molecule.value, one.route.value) for one in given)


def _target(one: _Target) -> values.Target:
    place = f"{TARGETS.name}: {one.id}"
    for name, known in (("use", _USES), ("arm", _ARMS), ("quantity", _QUANTITIES)):
        if getattr(one, name) not in known:
            raise BadInput(f"{place}: {name}: one of {', '.join(known)} is needed, not {getattr(one, name)!r}")
    if one.status == "memory" or Status.read(one.status) is Status.UNVERIFIED:
        raise BadInput(f"{place}: status: a result that was seen is needed, not {one.status!r}")
    if one.error is None and one.quantity not in ("response", "remission"):
        raise BadInput(f"{place}: error: a standard error is needed where the result is no share")
    if one.trials < 1:
        raise BadInput(f"{place}: trials: one or more is needed, not {one.trials}")
    if one.arm != "drug" and (one.against is None or one.against_size < 1):
        raise BadInput(f"{place}: against: the other arm and its size are needed")
    held = {name: getattr(one, name) for name in values.Target.__slots__ if name not in _NOT_READ}
    return values.Target(fitted=one.use == "fitted", **held)


@cache
def fit_rule() -> values.FitRule:
    """How the chain is fitted. Raises `BadInput`."""
    held = _read().mood_fit
    return values.FitRule(**{name: getattr(held, name) for name in values.FitRule.__slots__})


def checksum() -> str:
    """SHA-256 over what a fit begins with: the chain, the targets, the ranges."""
    whole = hashlib.sha256()
    for path in (CHAIN, TARGETS, RANGES):
        whole.update(f"{path.name}\n{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode())
    return whole.hexdigest()


@cache
def mood_posterior() -> values.Posterior:
    """The worlds that the last fit left possible. Raises `BadInput`."""
    content: Mapping[str, Any] = as_schema(read_typed(POSTERIOR), dict[str, Any], POSTERIOR.name)
    held = as_schema(content.get("mood_posterior"), _Posterior, POSTERIOR.name)
    table = rows(WORLDS)
    if len(table) != held.worlds:
        raise BadInput(f"{WORLDS.name}: {held.worlds} worlds are needed, not {len(table)}")
    names = [(name, what) for name, _, what in (column.partition(".") for column in table[0])]
    worlds = tuple(tuple(_number(column, text) for column, text in row.items()) for row in table)
    return values.Posterior(held.version, tuple(names), worlds, held.checksum)


def _number(column: str, text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        found = math.nan
    if not math.isfinite(found):
        raise BadInput(f"{WORLDS.name}: {column}: a number is needed, not {text!r}")
    return found


def mood_report() -> list[dict[str, str]]:
    """Each target as the last fit predicts it. Raises `BadInput`."""
    return rows(REPORT)


@cache
def results_aside() -> dict[tuple[str, str], values.HeldAside]:
    """By molecule and route: the results that were kept aside, beside what the model says of them.

    Those of comparators are left out. Raises `BadInput`.
    """
    aside = {one.id: one for one in mood_targets() if not one.fitted and one.arm != "comparator"}
    lines: dict[tuple[str, str], list[tuple[values.Target, dict[str, str]]]] = {}
    for line in mood_report():
        if line["target"] in aside:
            given = protocols()[aside[line["target"]].protocol]
            way = (given.molecule.value, given.route.value)
            lines.setdefault(way, []).append((aside[line["target"]], line))
    return {way: _held_aside(held) for way, held in lines.items()}


def _held_aside(held: list[tuple[values.Target, dict[str, str]]]) -> values.HeldAside:
    missed = tuple(
        values.Missed(
            one.quantity,
            one.arm == "difference",
            one.at_h,
            float(line["observed"]),
            float(line["predicted"]),
            line["n"],
        )
        for one, line in held
        if line["inside"] != "yes"
    )
    return values.HeldAside(len(held) - len(missed), len(held), missed)


def fitted(prior: values.MoodChain, posterior: values.Posterior) -> values.MoodChain:
    """The chain with the middle of the worlds for its typical values, and their spread for its doubt."""
    held = dict(prior.values)
    for name, what in posterior.names:
        if name not in held:
            raise BadInput(f"{WORLDS.name}: {name}.{what}: no such value in the chain")
        held[name] = _moved(held[name], what, posterior.column(name, what) or ())
    return replace(prior, version=f"{prior.version}/{posterior.version}", values=held, posterior=posterior)


def _moved(one: values.MoodValue, what: str, column: tuple[float, ...]) -> values.MoodValue:
    spread = one.spread if what == "value" else values.Spread.LOG
    inner = [spread.measure(number) for number in column]
    middle, doubt = spread.back(statistics.fmean(inner)), statistics.pstdev(inner)
    if what == "value":
        return replace(one, value=middle, uncertainty=doubt)
    return replace(one, sd=middle, sd_uncertainty=doubt)

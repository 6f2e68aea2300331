"""The report of the model against published measurements and credible trials, as Remit carries it.

`python tools/model_check.py` makes it anew: `model_check.csv` has a line for each line of `observed.csv`,
`model_check.yaml` says how it was made and holds the cells of `trial_ranges.yaml`, and of a second scale.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER, rows
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.mood import accept_ranges
from remit.knowledge.mood_posterior import mood_report, mood_targets
from remit.knowledge.pharmacology import observations, trials_explained
from remit.knowledge.phq9_link import phq9_explained, phq9_targets
from remit.pathway.kinetics import Observation
from remit.pathway.model_check import Cell, Made, ModelCheck, Result, Row
from remit.pathway.mood import AcceptRange
from remit.quantities import BadInput

FILES = FOLDER / "pharmacology"
HEAD, TABLE = FILES / "model_check.yaml", FILES / "model_check.csv"
COLUMNS = ("source", "molecule", "quantity", "predicted", "low", "high", "skipped", "fitted", "why")
MADE_FROM = (
    "observed.csv", "validation.yaml", "mood_chain.yaml", "mood_posterior.csv", "trial_ranges.yaml", "phq9_link.yaml",
)  # fmt: skip
"""What a report belongs to; whether the models behind it are those of today, the tests compute."""
ANEW = "python tools/model_check.py makes it anew"
_SIGNS = 16


class _Cell(msgspec.Struct, forbid_unknown_fields=True):
    id: str
    value: float
    low: float
    high: float


class _Report(msgspec.Struct, forbid_unknown_fields=True):
    date: str
    command: str
    seed: int
    patients: int
    size: int
    trials: int
    chain: str
    made_from: dict[str, str]
    cells: list[_Cell]
    second: list[_Cell]
    repeats: int
    origin: str
    status: str


def digests() -> dict[str, str]:
    """The beginning of the SHA-256 of each file that a report belongs to."""
    return {name: hashlib.sha256((FILES / name).read_bytes()).hexdigest()[:_SIGNS] for name in MADE_FROM}


@cache
def model_check() -> ModelCheck:
    """The carried report. Raises `BadInput` where its rows are not those of the measurements."""
    content = as_schema(read_typed(HEAD), dict[str, Any], HEAD.name)
    held: _Report = as_schema(content.get("model_check"), _Report, HEAD.name)
    plain = ("date", "command", "seed", "patients", "size", "trials", "repeats", "chain")
    made = Made(**{name: getattr(held, name) for name in plain}, digests=held.made_from)
    lines = rows(TABLE)
    if len(lines) != len(observations()):
        raise BadInput(f"{TABLE.name}: {len(observations())} rows are needed, not {len(lines)}; {ANEW}")
    checked = tuple(_row(line, one) for line, one in zip(lines, observations(), strict=True))
    changed = tuple(name for name, digest in digests().items() if held.made_from.get(name) != digest)
    return ModelCheck(made, checked, _cells(held), _results(), _second(held), changed)


def _row(line: Mapping[str, str], one: Observation) -> Row:
    for name in ("source", "molecule", "quantity"):
        if line[name] != getattr(one, name):
            raise BadInput(f"{TABLE.name}: {name}: {getattr(one, name)!r} is needed, not {line[name]!r}; {ANEW}")
    numbers = [float(line[name]) if line[name] else None for name in ("predicted", "low", "high")]
    predicted, low, high = numbers
    interval = None if low is None or high is None else (low, high)
    return Row(one, predicted, interval, line["skipped"] or None, line["fitted"] == "yes", line["why"] or None)


def _results() -> tuple[Result, ...]:
    """What the report of the fit says of each target that is still one."""
    known = {one.id: one for one in mood_targets()}
    lines = ((known[line["target"]], line) for line in mood_report() if line["target"] in known)
    return tuple(Result(one, line["unit"], *_numbers(line), trials_explained().get(one.id, "")) for one, line in lines)


def _second(held: _Report) -> tuple[Result, ...]:
    """What trials saw on the second scale, each beside its prediction."""
    known = _named(held.second, [one.id for one in phq9_targets()], "second")
    found = ((one, known[one.id], phq9_explained().get(one.id, "")) for one in phq9_targets())
    return tuple(
        Result(one, "%" if one.quantity == "fell" else "points", cell.value, (cell.low, cell.high), why)
        for one, cell, why in found
    )


def _named(held: list[_Cell], wanted: list[str], name: str) -> dict[str, _Cell]:
    """Cells by id. Raises `BadInput` where one is missing."""
    known = {one.id: one for one in held}
    missing = [one for one in wanted if one not in known]
    if missing:
        raise BadInput(f"{HEAD.name}: {name}: {', '.join(missing)} is missing; {ANEW}")
    return known


def _numbers(line: Mapping[str, str]) -> tuple[float, tuple[float, float]]:
    return float(line["predicted"]), (float(line["low"]), float(line["high"]))


def _cells(held: _Report) -> tuple[Cell, ...]:
    known = _named(held.cells, [one.id for one in accept_ranges()], "cells")
    words = {one["id"]: one for one in read_typed(FILES / "trial_ranges.yaml")["trial_ranges"]}
    found = ((one, known[one.id], words[one.id]) for one in accept_ranges())
    return tuple(_cell(*three) for three in found)


def _cell(one: AcceptRange, cell: _Cell, said: Mapping[str, str]) -> Cell:
    return Cell(one, cell.value, (cell.low, cell.high), said["status"], trials_explained().get(one.id, ""))

"""How the PHQ-9 goes with the MADRS, and the trials that judge it, read from their file, strictly."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.mood import ScaleLink, Target
from remit.pathway.sourced import Origin, Source, Status
from remit.quantities import BadInput

FILE = FOLDER / "pharmacology" / "phq9_link.yaml"
_QUANTITIES = ("first", "fall", "fell")


class _Said(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: Origin
    status: str
    src: tuple[str, ...]
    note: str = ""


class _Result(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    arm: str
    quantity: str
    observed: float
    error: float | None = None
    points: float | None = None
    why: str = ""


class _Trial(_Said, kw_only=True):
    study: str
    protocol: str
    against: str
    baseline: float
    at_h: float
    size: tuple[int, int]
    results: tuple[_Result, ...]


class _Link(_Said, kw_only=True):
    scale: str
    madrs: tuple[float, ...]
    phq9: tuple[float, ...]
    madrs_falls: tuple[float, ...]
    phq9_falls: tuple[float, ...]
    correlation: float
    link: str
    trials: tuple[_Trial, ...]


def _read() -> _Link:
    content: dict[str, Any] = as_schema(read_typed(FILE), dict[str, Any], FILE.name)
    return as_schema(content.get("phq9_link"), _Link, FILE.name)


@cache
def phq9_link() -> ScaleLink:
    """How the PHQ-9 goes with the MADRS. Raises `BadInput`."""
    held = _read()
    for name, other in (("madrs", "phq9"), ("madrs_falls", "phq9_falls")):
        pairs = getattr(held, name), getattr(held, other)
        if len(pairs[0]) != len(pairs[1]) or any(list(one) != sorted(set(one)) for one in pairs):
            raise BadInput(f"{FILE.name}: {name}, {other}: as many on each are needed, all rising")
    if not 0 < held.correlation <= 1:
        raise BadInput(f"{FILE.name}: correlation: above 0 and up to 1 is needed, not {held.correlation:g}")
    source = Source(held.origin, Status.read(held.status), held.status, held.src)
    return ScaleLink(
        held.scale, held.madrs, held.phq9, held.madrs_falls, held.phq9_falls, held.correlation, held.link, source,
        held.note,
    )  # fmt: skip


@cache
def phq9_targets() -> tuple[Target, ...]:
    """What published trials saw on the PHQ-9: not fitted, but known when the link was chosen. Raises `BadInput`."""
    held = _read()
    return tuple(_target(held.scale, trial, one) for trial in held.trials for one in trial.results)


def _target(scale: str, trial: _Trial, one: _Result) -> Target:
    if one.quantity not in _QUANTITIES:
        raise BadInput(
            f"{FILE.name}: {one.id}: quantity: one of {', '.join(_QUANTITIES)} is needed, not {one.quantity!r}"
        )
    if (one.quantity == "fell") != (one.points is not None):
        raise BadInput(f"{FILE.name}: {one.id}: points: they belong to those who fell by so many, and to nothing else")
    return Target(
        id=one.id,
        study=trial.study,
        fitted=False,
        protocol=trial.protocol,
        arm=one.arm,
        at_h=0.0 if one.quantity == "first" else trial.at_h,
        quantity=one.quantity,
        observed=one.observed,
        size=trial.size[one.arm == "comparator"],
        status=trial.status,
        error=one.error,
        against=trial.against,
        against_size=trial.size[1],
        new_antidepressant=True,
        baseline=trial.baseline,
        fell_by=one.points,
        note=trial.note,
        scale=scale,
        known=True,
    )


def phq9_explained() -> Mapping[str, str]:
    """Why a result on the PHQ-9 is not met, by its id."""
    return {one.id: one.why for trial in _read().trials for one in trial.results if one.why}

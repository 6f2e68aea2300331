"""How the PHQ-9 goes with the MADRS, read from its file, strictly."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.pathway.mood import ScaleLink
from remit.pathway.sourced import Origin, Source, Status
from remit.quantities import BadInput

FILE = FOLDER / "pharmacology" / "phq9_link.yaml"


class _Said(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    origin: Origin
    status: str
    src: tuple[str, ...]
    note: str = ""


class Observed(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """What a trial saw on the scale, on the drug and on placebo: points, and shares in per cent."""

    baseline: tuple[float, float]
    fall: tuple[float, float]
    fall_error: tuple[float, float]
    fell_by_6: tuple[float, float]
    size: tuple[int, int]


class Aside(_Said, kw_only=True):
    """A published trial that judges the link and was not used for it."""

    study: str
    protocol: str
    against: str
    baseline: float
    at_h: float
    observed: Observed


class _Link(_Said, kw_only=True):
    scale: str
    madrs: tuple[float, ...]
    phq9: tuple[float, ...]
    correlation: float
    link: str
    aside: tuple[Aside, ...]


def _read() -> _Link:
    content: dict[str, Any] = as_schema(read_typed(FILE), dict[str, Any], FILE.name)
    return as_schema(content.get("phq9_link"), _Link, FILE.name)


@cache
def phq9_link() -> ScaleLink:
    """How the PHQ-9 goes with the MADRS. Raises `BadInput`."""
    held = _read()
    if len(held.madrs) != len(held.phq9) or any(list(one) != sorted(set(one)) for one in (held.madrs, held.phq9)):
        raise BadInput(f"{FILE.name}: madrs, phq9: as many totals in each are needed, all rising")
    if not 0 < held.correlation <= 1:
        raise BadInput(f"{FILE.name}: correlation: above 0 and up to 1 is needed, not {held.correlation:g}")
    source = Source(held.origin, Status.read(held.status), held.status, held.src)
    return ScaleLink(held.scale, held.madrs, held.phq9, held.correlation, held.link, source, held.note)


def judged_by() -> tuple[Aside, ...]:
    """The published trials that judge the link. Raises `BadInput`."""
    return _read().aside

"""How the drug works, read from `mechanism.yaml`, strictly: evidence in people names what was read."""

from __future__ import annotations

from functools import cache
from typing import Any

import msgspec

from remit.knowledge.claims import claims
from remit.knowledge.documents import FOLDER
from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.pharmacology import LINKS
from remit.knowledge.protocols import protocols
from remit.pathway import mechanism as values
from remit.pathway.sourced import Origin, Source, Status
from remit.quantities import BadInput

FILE = FOLDER / "mechanism.yaml"
CURVES = ("ketamine_ng_ml", "nmda_block", "cadss", "systolic_change_mmhg", "plasticity", "mood")
"""What the engine draws on this page."""


class _Cited(msgspec.Struct, forbid_unknown_fields=True):
    text: str
    seen: str


class _Link(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    title: str
    plain: str
    told: str
    evidence: values.Evidence
    computed: bool
    curves: list[str]
    cited: list[_Cited]
    origin: str
    status: str
    known_as: str = ""
    claim: str = ""
    side: bool = False


class _Regimen(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    id: str
    words: str
    protocol: str
    dose: str
    sessions: int
    against: str
    note: str
    origin: str
    status: str


class _Shown(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    session_h: float
    step_min: float
    after_last_d: float
    step_d: float
    weight_kg: float
    origin: str
    status: str
    note: str


class _Mechanism(msgspec.Struct, forbid_unknown_fields=True):
    regimens: list[_Regimen]
    shown: _Shown
    links: list[_Link]


@cache
def mechanism() -> values.Mechanism:
    """The chain as Remit carries it. Raises `BadInput`."""
    content = as_schema(read_typed(FILE), dict[str, Any], FILE.name)
    held: _Mechanism = as_schema(content.get("mechanism"), _Mechanism, FILE.name)
    for one in held.regimens:
        if one.protocol not in protocols():
            raise BadInput(f"{FILE.name}: {one.id}: protocol: no {one.protocol!r}")
    names = tuple(values.Shown.__slots__)
    return values.Mechanism(
        links=tuple(map(_link, held.links)),
        regimens={one.id: _regimen(one) for one in held.regimens},
        shown=values.Shown(**{name: getattr(held.shown, name) for name in names}),
    )


def _regimen(one: _Regimen) -> values.ShownRegimen:
    return values.ShownRegimen(**{name: getattr(one, name) for name in values.ShownRegimen.__slots__})


def _link(one: _Link) -> values.Link:
    place = f"{FILE.name}: {one.id}"
    if one.computed != (one.known_as in LINKS) or (one.curves and not one.computed):
        raise BadInput(
            f"{place}: known_as: one of {', '.join(LINKS)} is needed for what is computed, and for that alone"
        )
    if one.evidence is values.Evidence.HUMAN and not one.cited:
        raise BadInput(f"{place}: cited: evidence in people needs what was read, there is nothing")
    unknown = [name for name in one.curves if name not in CURVES]
    if unknown or (one.claim and one.claim not in {claim.id for claim in claims()}):
        raise BadInput(f"{place}: {', '.join(unknown) or one.claim} is not known")
    return values.Link(
        id=one.id, title=one.title, plain=one.plain, told=one.told, evidence=one.evidence, computed=one.computed,
        known_as=one.known_as, curves=tuple(one.curves), side=one.side, claim=one.claim,
        cited=tuple(values.Cited(cited.text, cited.seen) for cited in one.cited),
        source=Source(Origin(one.origin), Status.read(one.status), one.status),
    )  # fmt: skip

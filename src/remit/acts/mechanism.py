"""How it works, for everybody: the chain as it is told, with the curves of the typical patient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from remit.acts.actors import Actor
from remit.acts.core import act
from remit.acts.rights import may_learn
from remit.knowledge.mechanism import mechanism
from remit.knowledge.mood import mood_chain
from remit.knowledge.protocols import protocols
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.mechanism import Link, ShownRegimen
from remit.pathway.outcome import definitions
from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine.mechanism import Curve

MOOD_SCALE = "MADRS"
WITHOUT = "mood_without"


@dataclass(frozen=True, slots=True)
class Told:
    """The chain, the regimens to choose from, and the curves of the chosen one; sessions are days of its course."""

    links: tuple[Link, ...]
    regimens: tuple[ShownRegimen, ...]
    chosen: ShownRegimen
    curves: Mapping[str, Curve]
    sessions: tuple[float, ...]
    weight_kg: float
    chain: str


@act("read_how_it_works", right=may_learn, reads=True)
def read_how_it_works(actor: Actor, regimen: str = "") -> Told:
    """From the dose to mood, link by link; empty: the first regimen. Raises `BadInput` for one that is not offered."""
    return _told(regimen or next(iter(mechanism().regimens)))


def choices() -> Mapping[str, str]:
    """The regimens that are offered, by id."""
    return {one.id: one.words for one in mechanism().regimens.values()}


@cache
def _told(regimen: str) -> Told:
    # The curves depend on the knowledge and the code alone: a process computes each regimen once.
    from remit.engine.arms import Wanted, comparator_arm, joined, protocol_arm
    from remit.engine.endpoints import Endpoints
    from remit.engine.mechanism import course, session
    from remit.knowledge.pharmacology import pharmacology

    held, facts, chain = mechanism(), pharmacology(), mood_chain()
    if regimen not in held.regimens:
        raise BadInput(f"regimen: one of {', '.join(held.regimens)} is needed, not {regimen!r}")
    chosen = held.regimens[regimen]
    own = protocols()[chosen.protocol]
    arm = protocol_arm(facts, chain, own, Wanted(sessions=chosen.sessions, dose=chosen.dose))
    with_drug, without = joined([arm, comparator_arm(chain.comparator(chosen.against), arm)])
    madrs = scale(MOOD_SCALE)
    endpoints = Endpoints.of(madrs, definitions(madrs, outcome_rules()))
    plasticity, mood = course(facts, chain, with_drug, endpoints, held.shown)
    _, other = course(facts, chain, without, endpoints, held.shown)
    curves = {**session(facts, arm, held.shown), "plasticity": plasticity, "mood": mood, WITHOUT: other}
    return Told(
        held.links, tuple(held.regimens.values()), chosen, curves, arm.sessions, held.shown.weight_kg, chain.version
    )

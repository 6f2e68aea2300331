"""The process in which the regimens of the lab are computed. It knows the engine and the facts, and no records."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine import Plan
    from remit.engine.endpoints import Endpoints
    from remit.engine.regimen_mood import MoodAsked
    from remit.pathway.kinetics import Pharmacology

SHOWN = (
    "ketamine_ng_ml", "norketamine_ng_ml", "nmda_block", "cadss", "moaas", "systolic_change_mmhg",
    "diastolic_change_mmhg", "pulse_change_per_min",
)  # fmt: skip
"""What the lab shows of a simulation."""
Say = Callable[[tuple[Any, ...]], None]
"""Tells the server: `progress, done, of`, then `result, documents`, with the course of mood where it was asked for, or
`refused, number of the regimen, words`."""

_KINDNESS = 10
"""How far this process stands back behind the pages of the chair."""


def work(said: Any, asked: Sequence[Mapping[str, Any]], mood: Mapping[str, Any] | None = None) -> None:
    """Compute every regimen and say how far it is; ends with whoever listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_KINDNESS)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    compute(asked, said.send, mood)


def compute(asked: Sequence[Mapping[str, Any]], say: Say, mood: Mapping[str, Any] | None = None) -> None:
    """Every regimen, block by block; a refusal of the engine ends it, with the number of the regimen.

    `mood`: the trials in which the course of mood is read; null: it is not.
    """
    from remit.engine.asked import Asked, plan_of
    from remit.engine.regimen_mood import MoodAsked
    from remit.knowledge.pharmacology import pharmacology

    facts, done = pharmacology(), 0
    trials = MoodAsked(**mood) if mood is not None else None
    plans: list[Plan] = []
    documents: list[dict[str, Any]] = []

    def went_on(count: int) -> None:
        nonlocal done
        done += count
        whole = sum(plan.people.count for plan in plans)
        say(("progress", done, whole + (trials.people(len(plans)) if trials else 0)))

    try:
        plans += [plan_of(facts, Asked(**one)) for one in asked]
        documents.extend(_document(facts, plan, went_on) for plan in plans)
        told = _mood(facts, plans, trials, went_on) if trials else None
    except BadInput as refused:
        # The words were read before they came here: what is refused now is the regimen under way.
        say(("refused", len(documents), str(refused)))
    else:
        say(("result", documents, told) if trials else ("result", documents))


def _document(facts: Pharmacology, plan: Plan, went_on: Callable[[int], None]) -> dict[str, Any]:
    from remit.engine.report import document, uncertainty
    from remit.engine.stream import simulated

    unsure = uncertainty(facts, plan)
    told = document(simulated(facts, plan, shown=SHOWN, went_on=went_on))
    return told | {"uncertainty": {name: held for name, held in (unsure or {}).items() if name in SHOWN}}


def _mood(
    facts: Pharmacology, plans: Sequence[Plan], asked: MoodAsked, went_on: Callable[[int], None]
) -> dict[str, Any]:
    from remit.engine.regimen_mood import regimen_mood
    from remit.knowledge.mood import mood_chain
    from remit.knowledge.mood_posterior import fitted_ways

    return regimen_mood(facts, mood_chain(), madrs_endpoints(), fitted_ways(), plans, asked, went_on)


def madrs_endpoints() -> Endpoints:
    """The definitions that are in force for the scale of the mood chain."""
    from remit.engine.endpoints import Endpoints
    from remit.knowledge.scales import outcome_rules, scale
    from remit.pathway.outcome import definitions

    held = scale("MADRS")
    return Endpoints.of(held, definitions(held, outcome_rules()))

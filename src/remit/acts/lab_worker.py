"""The process in which the regimens of the lab are computed. It knows the engine and the facts, and no records."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.engine import Plan
    from remit.pathway.kinetics import Pharmacology

SHOWN = (
    "ketamine_ng_ml", "norketamine_ng_ml", "nmda_block", "cadss", "moaas", "systolic_change_mmhg",
    "diastolic_change_mmhg", "pulse_change_per_min",
)  # fmt: skip
"""What the lab shows of a simulation."""
Say = Callable[[tuple[Any, ...]], None]
"""Tells the server: `progress, done, of`, then `result, documents` or `refused, number of the regimen, words`."""

_KINDNESS = 10
"""How far this process stands back behind the pages of the chair."""


def work(said: Any, asked: Sequence[Mapping[str, Any]]) -> None:
    """Compute every regimen and say how far it is; ends with whoever listens."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.nice(_KINDNESS)
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    compute(asked, said.send)


def compute(asked: Sequence[Mapping[str, Any]], say: Say) -> None:
    """Every regimen, block by block; a refusal of the engine ends it, with the number of the regimen."""
    from remit.engine.asked import Asked, plan_of
    from remit.knowledge.pharmacology import pharmacology

    facts, done = pharmacology(), 0
    plans: list[Plan] = []
    documents: list[dict[str, Any]] = []

    def went_on(count: int) -> None:
        nonlocal done
        done += count
        say(("progress", done, sum(plan.people.count for plan in plans)))

    try:
        plans += [plan_of(facts, Asked(**one)) for one in asked]
        documents.extend(_document(facts, plan, went_on) for plan in plans)
    except BadInput as refused:
        # The words were read before they came here: what is refused now is the regimen under way.
        say(("refused", len(documents), str(refused)))
    else:
        say(("result", documents))


def _document(facts: Pharmacology, plan: Plan, went_on: Callable[[int], None]) -> dict[str, Any]:
    from remit.engine.report import document, uncertainty
    from remit.engine.stream import simulated

    unsure = uncertainty(facts, plan)
    told = document(simulated(facts, plan, shown=SHOWN, went_on=went_on))
    return told | {"uncertainty": {name: held for name, held in (unsure or {}).items() if name in SHOWN}}

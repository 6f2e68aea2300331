"""A simulation as one document: bands over time, a few numbers a curve, and what is known of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from remit.engine.bins import FLOOR, RELATIVE_ERROR, Bins
from remit.engine.limits import limits
from remit.engine.people import Array, People
from remit.engine.simulate import EFFECTS, Plan, Result, simulate
from remit.engine.stream import Streamed
from remit.engine.summary import band, counted_band
from remit.pathway.kinetics import Pharmacology

REPLICATES = 200
"""How often the typical patient is drawn anew to show what is not known of the typical values."""


def document(result: Result | Streamed) -> dict[str, Any]:
    """The result as the command line prints it: see `remit simulate --json`."""
    people, typical = result.plan.people, not result.plan.people.vary
    return {
        "seed": people.seed,
        "n": 0 if typical else people.count,
        "site": result.plan.site.value,
        "times_h": [round(float(time), 9) for time in result.plan.times],
        "quantities": {
            name: {**_over_time(values, typical), "unit": EFFECTS.get(name, "ng/mL")}
            for name, values in result.values.items()
        },
        "summary": {
            name: {what: _number(values, typical) for what, values in held.items()}
            for name, held in result.summary.items()
        },
        "percentiles": _exactness(result),
        "status": dict(result.status),
        "extrapolation": list(result.extrapolation),
        "limits": list(limits(result.plan)),
        "covariates": dict(people.fixed),
        "doses": [
            {
                "molecule": one.molecule.id,
                "formulation": one.formulation.id,
                "amount": one.amount,
                "unit": "mg/kg" if one.per_kg else "mg",
                "start_h": round(one.start_h, 9),
                "duration_h": round(one.duration_h, 9),
            }
            for one in result.plan.doses
        ],
        "with": [one.drug for one in result.plan.with_drugs],
    }


def _over_time(values: Array | Bins, typical: bool) -> dict[str, object]:
    if isinstance(values, Bins):
        return dict(counted_band(values))
    return {name: _without_traces(line) for name, line in band(values, typical).items()}


def _without_traces(line: Any) -> Any:
    """Without what cancelling terms leave where there is nothing yet: -1e-13 ng/mL is none, as it is in bins."""
    return line and [0.0 if value is not None and value < FLOOR else value for value in line]


def _number(values: Array | Bins, typical: bool) -> dict[str, object]:
    if isinstance(values, Bins):
        return {name: line[0] for name, line in counted_band(values).items()}
    return band(_finite(values), typical)


def _exactness(result: Result | Streamed) -> dict[str, object]:
    """How the percentiles were got, and how far the bins may put them off."""
    if isinstance(result, Result):
        return {"from": "every patient", "relative_error": 0.0}
    return {"from": "bins", "relative_error": RELATIVE_ERROR, "counted_as_zero_below": FLOOR}


def _finite(values: Any) -> Any:
    """Without the patients who have no such number, unless nobody has."""
    kept = values[np.isfinite(values)]
    return kept if len(kept) else values[:1]


def uncertainty(facts: Pharmacology, plan: Plan) -> dict[str, Any] | None:
    """How far the typical patient's numbers may be off: 5th to 95th percentile; None where no model says it."""
    known = [
        held.uncertainty_sd
        for one in plan.doses
        for system in one.formulation.systems.values()
        for held in system.parameters.values()
    ]
    if not any(known):
        return None
    typical = plan.people
    unsure = People(typical.population, typical.seed, 0, REPLICATES, vary=False, unsure=True, fixed=typical.fixed)
    found = simulate(facts, replace(plan, people=unsure, times=plan.times[-1:]), beyond=True)
    return {
        name: {what: _interval(band(_finite(values), typical=False)) for what, values in held.items()}
        for name, held in found.summary.items()
        if name not in EFFECTS
    }


def _interval(held: Mapping[str, object]) -> dict[str, object]:
    return {name: held[name] for name in ("p05", "p95")}

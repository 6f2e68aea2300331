"""The drive of a session: its receptor block over time, against that of the reference session.

The kinetics of one panel of virtual patients stand for the spread between people: a patient of a trial has a place in
the panel, the same for every dose.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from remit.engine.people import Array, People
from remit.engine.regimen import Dose, parse_regimen
from remit.engine.simulate import Plan, simulate
from remit.pathway.kinetics import Interaction, Pharmacology, Site
from remit.pathway.mood import MoodChain
from remit.quantities import BadInput, Route

_DENSE, _WIDE = 0.1, 0.5
"""Hours between the times at which the block is summed, early and late."""
_EARLY = 6.0
_KEPT: deque[tuple[Pharmacology, tuple[object, ...], Array]] = deque(maxlen=32)
"""The panels computed last, with what they were computed from: a trial and its repetitions ask for the same few."""


def panel(
    facts: Pharmacology,
    chain: MoodChain,
    session: tuple[Dose, ...],
    known: Mapping[str, float | str] | None = None,
    with_drugs: tuple[Interaction, ...] = (),
) -> Array:
    """The drives of one session in the panel, from the lowest to the highest: shape (panel,).

    `known`: covariates that everybody in the panel has, such as the weight of one person in kilograms. `with_drugs`:
    what everybody takes, too.
    """
    asked = (chain.reference, session, dict(known or {}), with_drugs)
    for by, what, found in tuple(_KEPT):
        if what == asked and by == facts:
            return found
    held = chain.reference
    people = People(facts.population, held.panel_seed, 0, held.panel, fixed=dict(known or {}))
    found = np.sort(_block(facts, chain, session, people, with_drugs) / _reference(facts, chain))
    found.flags.writeable = False
    _KEPT.append((facts, asked, found))
    return found


def _reference(facts: Pharmacology, chain: MoodChain) -> float:
    held = chain.reference
    doses = parse_regimen(held.regimen, facts.molecule(held.molecule), Route(held.route))
    person = People(facts.population, held.panel_seed, 0, 1, vary=False, fixed={"weight": held.weight_kg})
    return float(_block(facts, chain, doses, person)[0])


def _block(
    facts: Pharmacology,
    chain: MoodChain,
    session: tuple[Dose, ...],
    people: People,
    with_drugs: tuple[Interaction, ...] = (),
) -> Array:
    first = min(one.start_h for one in session)
    doses = tuple(replace(one, start_h=one.start_h - first) for one in session)
    late = np.arange(_EARLY, chain.reference.window_h + _WIDE, _WIDE)
    times = np.concatenate([np.arange(0.0, _EARLY, _DENSE), late])
    systems = [held for one in doses for held in one.formulation.systems.values()]
    site = Site.ARTERIAL if all(Site.ARTERIAL in held.sites for held in systems) else Site.VENOUS
    found = simulate(facts, Plan(doses, people, times, site, with_drugs)).values
    if "nmda_block" not in found:
        raise BadInput(f"{doses[0].molecule.id}: a trial needs its affinity at the NMDA receptor, none is known")
    return np.asarray(np.trapezoid(found["nmda_block"], times, axis=1))


def drives(held: Array, share: Array) -> Array:
    """Each patient's drive: the panel's at the patient's place in it. Shapes: (panel,), (patients,)."""
    places = (np.arange(len(held)) + 0.5) / len(held)
    return np.interp(share, places, held)

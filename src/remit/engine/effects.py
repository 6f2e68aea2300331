"""Static curves from concentrations at their sites: receptor block, dissociation, systolic pressure."""

from __future__ import annotations

import numpy as np

from remit.engine.people import Array
from remit.pathway.kinetics import Assay, Curve

AWAKE = 5
"""The highest MOAA/S, and so the number of points that it can fall."""


def load(unbound: float, assay: Assay) -> dict[tuple[str, str], float]:
    """What a µmol/L in all at the brain adds to the load of NMDA receptors, by enantiomer and species.

    All compete for one place.
    """
    return {key: unbound / half for key, half in assay.half_block.items()}


def blocked(load: Array) -> Array:
    """The share of NMDA receptors that a load blocks, 0 to 1."""
    return np.asarray(load / (1.0 + load))


def filled(curve: Curve, concentration: Array) -> Array:
    """Which share of its top an effect has at a concentration (ng/mL), 0 to 1: shape (times, patients)."""
    found = np.maximum(concentration, 0.0)
    if curve.steepness != 1.0:
        np.power(found, curve.steepness, out=found)
    share = found + curve.half_ng_ml**curve.steepness
    return np.asarray(found / share)


def moaas(deepest: float, half: Array, concentration: Array) -> Array:
    """Alertness, 5 (awake) to 0, at a concentration (ng/mL): shape (times, patients).

    `half` is where each patient's falls to 4, of shape (patients,); at `deepest` times as much it falls to 0.
    """
    found = np.full_like(concentration, AWAKE)
    for point in range(AWAKE):
        found -= concentration > half * deepest ** (point / (AWAKE - 1))
    return found

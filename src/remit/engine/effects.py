"""Static curves from concentrations at their sites: receptor block, dissociation, systolic pressure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from remit.engine.people import Array
from remit.pathway.kinetics import Assay, Curve

AWAKE = 5
"""The highest MOAA/S, and so the number of points that it can fall."""


def receptor_block(site: Mapping[tuple[str, str], Array], unbound: float, assay: Assay) -> Array:
    """The share of NMDA receptors blocked, 0 to 1.

    `site` holds total concentrations at the brain in µmol/L by enantiomer and species; all compete for one place.
    """
    load: Array | None = None
    for key, half in assay.half_block.items():
        if key in site:
            part = site[key] * (unbound / half)
            load = part if load is None else np.add(load, part, out=load)
    if load is None:
        return np.zeros_like(next(iter(site.values())))
    return np.divide(load, 1.0 + load, out=load)


def filled(curve: Curve, concentration: Array) -> Array:
    """Which share of its top an effect has at a concentration (ng/mL), 0 to 1: shape (times, patients)."""
    found = np.maximum(concentration, 0.0)
    if curve.steepness != 1.0:
        np.power(found, curve.steepness, out=found)
    share = found + curve.half_ng_ml**curve.steepness
    return np.divide(found, share, out=found)


def saturating(curve: Curve, top: Array, concentration: Array) -> Array:
    """An effect that saturates with the concentration (ng/mL): shape (times, patients), `top` of shape (patients,)."""
    share = filled(curve, concentration)
    return np.multiply(share, top, out=share)


def moaas(deepest: float, half: Array, concentration: Array) -> Array:
    """Alertness, 5 (awake) to 0, at a concentration (ng/mL): shape (times, patients).

    `half` is where each patient's falls to 4, of shape (patients,); at `deepest` times as much it falls to 0.
    """
    found = np.full_like(concentration, AWAKE)
    for point in range(AWAKE):
        found -= concentration > half * deepest ** (point / (AWAKE - 1))
    return found

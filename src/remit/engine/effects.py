"""Static curves from concentrations at their sites: receptor block, dissociation, systolic pressure."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from remit.engine.people import Array
from remit.pathway.kinetics import Assay, Curve


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


def saturating(curve: Curve, top: Array, concentration: Array) -> Array:
    """An effect that saturates with the concentration (ng/mL): shape (times, patients), `top` of shape (patients,)."""
    found = np.maximum(concentration, 0.0)
    if curve.steepness != 1.0:
        np.power(found, curve.steepness, out=found)
    share = found + curve.half_ng_ml**curve.steepness
    np.divide(found, share, out=found)
    return np.multiply(found, top, out=found)

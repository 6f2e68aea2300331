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
    found: Array | float = 0.0
    for key, half in assay.half_block.items():
        if key in site:
            found = found + unbound * site[key] / half
    load = np.asarray(found)
    return np.asarray(load / (1.0 + load))


def saturating(curve: Curve, top: Array, concentration: Array) -> Array:
    """An effect that saturates with the concentration (ng/mL): shape (patients, times), `top` of shape (patients,)."""
    powered = np.maximum(concentration, 0.0) ** curve.steepness
    return np.asarray(top[:, None] * powered / (curve.half_ng_ml**curve.steepness + powered))

"""A second scale of the same people: its totals from those of the MADRS, with what a person is off by."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remit.engine.endpoints import Endpoints
from remit.engine.mood import Draws
from remit.engine.people import Array
from remit.pathway.mood import ScaleLink


@dataclass(frozen=True, slots=True)
class SecondScale:
    """A scale with its definitions in force, and how its total goes with that of the MADRS."""

    link: ScaleLink
    endpoints: Endpoints

    @property
    def shown_from_h(self) -> float:
        """The first time, in hours, whose past the scale can ask about."""
        return 24.0 * (self.endpoints.scale.recall_days or 0)

    def rated(self, draws: Draws, when: str, madrs: Array, first: Array | None = None) -> Array:
        """Whole totals of these patients at one time, from their MADRS: shape (patients,).

        `first` is their MADRS before the first session; null: this is it. An arm has the mean and the spread that go
        with its MADRS; a person stands nearer to the mean of the arm than his MADRS says, and off that by a part of his
        own, so that both scales correlate as was seen.
        """
        begun = np.interp(madrs if first is None else first, self.link.madrs, self.link.other)
        held = (begun if first is None else begun - self.fall(first - madrs)).reshape(draws.trials, -1)
        mean = held.mean(axis=1, keepdims=True)
        if draws.vary:
            close = self.link.correlation
            own = np.sqrt(1.0 - close**2) * draws.noise(f"{self.link.scale} {when}").reshape(held.shape)
            held = mean + close * (held - mean) + held.std(axis=1, keepdims=True) * own
        return np.clip(np.rint(held), self.link.other[0], self.link.other[-1]).reshape(-1)

    def fall(self, madrs: Array) -> Array:
        """The fall that goes with a fall of the MADRS, as steep as it was seen; without one there is none.

        Beyond the falls that were seen it goes on as between the last two.
        """
        known, other = np.array(self.link.madrs_falls), np.array(self.link.other_falls)
        slopes = np.diff(other) / np.diff(known)
        beyond = slopes[0] * np.minimum(madrs - known[0], 0.0) + slopes[-1] * np.maximum(madrs - known[-1], 0.0)
        return np.asarray(np.interp(madrs, known, other) + beyond - np.interp(0.0, known, other))


@dataclass(frozen=True, slots=True)
class SecondResult:
    """One arm on the second scale; all have shape (trials, times)."""

    change: Array
    sd: Array
    response: Array
    remission: Array
    first: Array
    """The mean before the first session."""

"""From the drive of each dose to the MADRS: plasticity in closed form and by quadrature, then static curves.

A dose puts plasticity into an onset store; it passes through the fast store, and from the second dose on part of it is
consolidated. Both first stores are exponentials; given them the consolidated one is linear with a rate that changes
over time. Times are days, scores points. The chain is a hypothesis: see `docs/decisions/0022-mood-chain.md`.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from remit.engine.endpoints import Met
from remit.engine.people import Array, normals, uniforms
from remit.pathway.mood import MoodChain, Spread

HIGHEST = 60.0
"""The highest total of the MADRS, ten items of 0 to 6."""
_RESPONSIVE = frozenset({"top_share", "placebo_points", "antidepressant_points", "own_course_points"})
"""Who gains more by one of these gains more by the others, too."""
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(8)
_AFTER_DOSE = (0.1, 0.4, 1.2, 4.0, 12.0)
"""Days after a dose at which the quadrature begins anew, so that each part is smooth."""


@dataclass(frozen=True, slots=True)
class Draws:
    """A block of whole trials: trials `first` to `first + trials - 1`, each with `size` patients in this arm.

    `unsure` puts each trial into one of the worlds that the fit left possible, the same for all its arms.
    """

    chain: MoodChain
    seed: int
    arm: str
    size: int
    first: int
    trials: int
    vary: bool = True
    unsure: bool = True

    @property
    def count(self) -> int:
        """How many patients there are."""
        return self.size * self.trials

    def of(self, name: str) -> Array:
        """A value of the chain for each patient: shape (count,)."""
        held = self.chain[name]
        found = _measure(self._each(name, "value"), held.spread)
        if self.vary and held.sd:
            found = found + self._each(name, "sd") * self.noise(name)
        return _back(found, held.spread)

    def noise(self, name: str) -> Array:
        """A standard normal number for each patient: shape (count,). Those of `_RESPONSIVE` go together."""
        own = self._normal(name)
        if name not in _RESPONSIVE:
            return own
        common = self._each("responsiveness", "value")
        return np.asarray(common * self._normal("responsiveness") + np.sqrt(1.0 - common**2) * own)

    def _each(self, name: str, what: str) -> Array:
        """A typical value, or a spread, as it is in the world of each patient's trial: shape (count,)."""
        possible = self.chain.posterior.column(name, what) if self.unsure and self.chain.posterior else None
        if possible is None:
            return np.full(self.count, getattr(self.chain[name], what))
        # In turn from a place of the seed's: so few trials as well see the worlds in equal shares.
        begin = int(uniforms(self.seed, "mood world", 0, 1)[0][0] * len(possible))
        chosen = (begin + self.first + np.arange(self.trials)) % len(possible)
        return np.repeat(np.asarray(possible)[chosen], self.size)

    def _normal(self, name: str) -> Array:
        return normals(self.seed, f"mood {self.arm} {name}", self.first * self.size, self.count)

    def share(self, name: str) -> Array:
        """A uniform number between 0 and 1 for each patient; 0.5 where people do not vary: shape (count,)."""
        if not self.vary:
            return np.full(self.count, 0.5)
        return uniforms(self.seed, f"mood {self.arm} {name}", self.first * self.size, self.count)[0]


def _measure(value: Array, spread: Spread) -> Array:
    if spread is Spread.PLAIN:
        return value
    return np.asarray(np.log(value) if spread is Spread.LOG else np.log(value / (1.0 - value)))


def _back(found: Array, spread: Spread) -> Array:
    if spread is Spread.PLAIN:
        return found
    return np.asarray(np.exp(found) if spread is Spread.LOG else 1.0 / (1.0 + np.exp(-found)))


@dataclass(slots=True)
class Plasticity:
    """The three stores of each patient, from 0 to 1, with their rates per day: every array has shape (patients,)."""

    onset_rate: float
    fast_rate: Array
    slow_rate: Array
    consolidation: Array
    half_doses: float
    onset: Array
    fast: Array
    slow: Array
    doses: Array
    """How many each patient has had."""
    since_dose: float = float("inf")

    @classmethod
    def of(cls, draws: Draws) -> Plasticity:
        """Empty stores for these patients."""
        empty = np.zeros(draws.count)
        return cls(
            onset_rate=float(np.log(2) * 24 / draws.chain["onset_half_time_h"].value),
            fast_rate=np.log(2) / draws.of("fast_half_life_d"),
            slow_rate=np.log(2) / draws.of("slow_half_life_d"),
            consolidation=draws.of("consolidation_per_d"),
            half_doses=draws.chain["consolidation_half_doses"].value,
            onset=empty,
            fast=empty,
            slow=empty,
            doses=empty,
        )

    @property
    def total(self) -> Array:
        """The plasticity that acts on mood, 0 to 1."""
        return np.minimum(self.fast + self.slow, 1.0)

    def dose(self, effect: Array, given: Met | None = None) -> None:
        """A dose fills this share of what is empty; null: everybody is given one."""
        room = np.maximum(1.0 - self.onset - self.fast - self.slow, 0.0)
        who = 1.0 if given is None else given.astype(np.float64)
        self.onset = self.onset + effect * room * who
        self.doses = self.doses + who
        self.since_dose = 0.0

    def pass_on(self, days: float) -> None:
        """Let time pass without a dose."""
        edges = [edge - self.since_dose for edge in _AFTER_DOSE if 0 < edge - self.since_dose < days]
        for begin, end in zip([0.0, *edges], [*edges, days], strict=True):
            self._part(end - begin)
        self.since_dose += days

    def _rate(self) -> Array:
        """The first dose consolidates nothing, later ones more and more."""
        later = np.maximum(self.doses - 1.0, 0.0)
        return np.asarray(self.consolidation * (later / (later + self.half_doses)))

    def _part(self, days: float) -> None:
        rate, passing = self._rate(), self.onset * self.onset_rate / (self.onset_rate - self.fast_rate)
        there = self.fast + passing
        fast, whole = self._fast_on(days, there, passing)
        if np.any(self.doses > 1):
            at = (_NODES + 1.0) * days / 2.0
            gained = np.zeros_like(self.fast)
            for node, weight in zip(at, _WEIGHTS * days / 2.0, strict=True):
                held, filled = self._fast_on(node, there, passing)
                left = self.slow_rate * (days - node) + rate * (whole - filled)
                gained += weight * rate * held * np.exp(-left)
            self.slow = self.slow * np.exp(-self.slow_rate * days - rate * whole) + gained
        self.fast, self.onset = fast, self.onset * np.exp(-self.onset_rate * days)

    def _fast_on(self, days: float, there: Array, passing: Array) -> tuple[Array, Array]:
        """The fast store so many days on, and the area under it until then; `passing` is on its way into it."""
        left, faded = float(np.exp(-self.onset_rate * days)), np.exp(-self.fast_rate * days)
        area = there * ((1.0 - faded) / self.fast_rate) - passing * ((1.0 - left) / self.onset_rate)
        return there * faded - passing * left, area


@dataclass(slots=True)
class Scores:
    """What turns plasticity into a score for each patient: every array has shape (patients,)."""

    draws: Draws
    baseline: Array
    placebo: Array
    antidepressant: Array
    own: Array
    top: Array
    misrated: Array
    """How far the depression itself lay from the first score, which is a rating as any other."""

    @classmethod
    def of(cls, draws: Draws, baseline: float | None = None, *, antidepressant: bool = False) -> Scores:
        """These patients; `baseline` sets the mean first score, `antidepressant` begins a new one on the first day."""
        first = draws.of("baseline_points")
        if baseline is not None:
            first = first + (baseline - draws.chain["baseline_points"].value)
        return cls(
            draws,
            np.clip(np.rint(first), 1.0, HIGHEST),
            draws.of("placebo_points"),
            draws.of("antidepressant_points") if antidepressant else np.zeros(draws.count),
            draws.of("own_course_points"),
            draws.of("top_share"),
            draws.chain["residual_points"].value
            * (draws.noise("first rating") if draws.vary else np.zeros(draws.count)),
        )

    def expected(self, day: float, plasticity: Array) -> Array:
        """The score without the noise of rating: what is left of the depression at the time, less what is lifted."""
        chain = self.draws.chain
        placebo = 1.0 - 2.0 ** (-day / chain["placebo_half_time_d"].value)
        antidepressant = 1.0 - np.exp(-day / chain["antidepressant_time_d"].value)
        own = 1.0 - np.exp(-day / chain["own_course_time_d"].value)
        first = self.baseline + self.misrated
        left = first - self.placebo * placebo - self.antidepressant * antidepressant - self.own * own
        return np.asarray(np.clip(left, 0.0, HIGHEST) * (1.0 - self.top * plasticity))

    def rated(self, day: float, plasticity: Array) -> Array:
        """The score as it is rated: a whole number from 0 to 60."""
        found = self.expected(day, plasticity)
        if self.draws.vary:
            found = found + self.draws.chain["residual_points"].value * self.draws.noise(f"rating {day:.6f}")
        return np.clip(np.rint(found), 0.0, HIGHEST)


def effect(chain: MoodChain, half: Array, drive: Array) -> Array:
    """The share of what is empty that a dose of this drive fills."""
    steepness = chain["drive_steepness"].value
    return np.asarray(drive**steepness / (half**steepness + drive**steepness))

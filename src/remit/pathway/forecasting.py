"""What forecasts were worth once the scores came: against the base rate, and against the same as last time.

A forecast is judged as it was stored: the share of virtual patients with each whole score on that day, and its band.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.pathway.outcome import Rate, rate
from remit.quantities import BadInput

BASE_RATE, SAME_AS_LAST = "the base rate", "the same as last time"


@dataclass(frozen=True, slots=True)
class Told:
    """What a stored forecast said of one day: the shares of the scores 0, 1, 2 and so on, and the ends of its band.

    `base`: the shares among all virtual patients alike; `last`: the person's score when it was made.
    """

    own: Sequence[float]
    base: Sequence[float]
    low: float
    high: float
    last: float


@dataclass(frozen=True, slots=True)
class Worth:
    """How far a forecast was from what came, in points of the scale: less is better."""

    came: int
    inside: bool
    """True where what came lies in the band."""
    own: float
    base: float
    last: float


@dataclass(frozen=True, slots=True)
class Record:
    """What the forecasts of one model were worth so far: means in points of the scale. Null: none could be scored."""

    coverage: Rate
    """How often what came lay in the band; of how many eligible they could be scored."""
    own: float | None
    base: float | None
    last: float | None
    least: int
    """How many must be scored before the model is judged."""

    @property
    def scored(self) -> int:
        """How many forecasts could be scored."""
        return self.coverage.scored

    @property
    def judged(self) -> bool:
        """True once enough are scored to say what the model is worth here."""
        return self.scored >= self.least

    @property
    def no_better_than(self) -> tuple[str, ...]:
        """What does as well as the model without any model; empty, too, while it is not judged."""
        if not self.judged or self.own is None:
            return ()
        others = ((BASE_RATE, self.base), (SAME_AS_LAST, self.last))
        return tuple(name for name, other in others if other is not None and self.own >= other)


def crps(shares: Sequence[float], came: int) -> float:
    """The continuous ranked probability score of shares of the whole scores 0, 1, 2 and so on; of a sure one its error.

    >>> crps([0, 0, 1], 2), crps([0, 1], 4), crps([0.5, 0.5], 0)
    (0.0, 3.0, 0.25)
    """
    whole = sum(shares)
    if came < 0 or not whole > 0:
        raise BadInput(f"crps: a score of 0 or more and shares above 0 are needed, not {came} and {whole:g}")
    reached, found = 0.0, 0.0
    for score in range(max(len(shares), came + 1)):
        reached += shares[score] / whole if score < len(shares) else 0.0
        found += (reached - (score >= came)) ** 2
    return found


def worth(told: Told, came: int) -> Worth:
    """What a forecast was worth, beside the base rate and the last score."""
    return Worth(
        came=came,
        inside=told.low <= came <= told.high,
        own=crps(told.own, came),
        base=crps(told.base, came),
        last=abs(came - told.last),
    )


def record(scored: Sequence[Worth], eligible: int, least: int) -> Record:
    """What these forecasts were worth, of so many that could have been scored. Raises `BadInput` for fewer eligible."""
    inside = sum(one.inside for one in scored)
    return Record(
        coverage=rate(inside, len(scored), eligible),
        own=_mean([one.own for one in scored]),
        base=_mean([one.base for one in scored]),
        last=_mean([one.last for one in scored]),
        least=least,
    )


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None

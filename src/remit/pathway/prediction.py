"""What the model predicts for an endpoint that trials report: a hypothesis, never a part of a pool."""

from __future__ import annotations

from dataclasses import dataclass
from math import log

Range = tuple[float, float, float]
"""Value, low, high."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A virtual trial, and the pool on whose axis it may stand."""

    id: str
    protocol: str
    versus: str
    at_h: float
    molecule: str
    route: str
    comparator: str
    time: str
    indications: tuple[str, ...]
    unlike: str
    """How the published trials differ from the virtual one."""
    sessions: int | None = None
    option: str | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """Shares of people with an outcome, and their difference with the interval of one virtual trial."""

    treated: float
    compared: float
    difference: Range


@dataclass(frozen=True, slots=True)
class Prediction:
    """A virtual trial's answer. Intervals hold 95 of 100 virtual trials of this size."""

    endpoint: Endpoint
    response: Counts
    remission: Counts
    change: Range
    """The difference in points; below 0 favours the treatment."""
    sd: float
    """Of the change within an arm."""
    command: str

    def on(self, outcome: str, measure: str) -> Range:
        """The prediction on a measure's own scale. The interval of a ratio is that of the difference of shares,
        at the comparator's share."""
        if outcome == "change":
            return self.change if measure == "MD" else _over(self.change, self.sd)
        held = self.response if outcome == "response" else self.remission
        if measure == "RD":
            return held.difference
        value, low, high = (_ratio(held.compared, end, odds=measure == "OR") for end in held.difference)
        return value, low, high


def _over(held: Range, by: float) -> Range:
    value, low, high = held
    return value / by, low / by, high / by


NEARLY = 0.001
"""How near to nobody or to all a share is taken, so that a ratio has a number."""


def _ratio(share: float, difference: float, *, odds: bool) -> float:
    other = min(max(share, NEARLY), 1 - NEARLY)
    moved = min(max(share + difference, NEARLY), 1 - NEARLY)
    if odds:
        return log(moved / (1 - moved)) - log(other / (1 - other))
    return log(moved / other)

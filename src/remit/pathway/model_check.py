"""The model held against what was published: one row a measurement, one cell a range of credible virtual trials."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from statistics import fmean, median
from typing import Any

from remit.pathway.kinetics import Observation
from remit.pathway.mood import AcceptRange, Target

FAR = 2.0
"""A fold error beyond this is a miss."""
_KINETIC = re.compile(r"(C(_|max|$)|AUC|Tmax|t_half|F$|CL$|Vss$)")
_SCORE = re.compile(r"MADRS_change$|(response|remission)_rate$")
FROM_MEMORY = "memory"
"""How a table says that a number was recalled and not read."""
_DIGITS_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Row:
    """A published measurement beside what the engine says; `skipped` is the reason where it says nothing.

    `fitted`: the model saw this study when it was made. `why` is the reason of a miss.
    """

    observation: Observation
    predicted: float | None = None
    interval: tuple[float, float] | None = None
    skipped: str | None = None
    fitted: bool = False
    why: str | None = None
    beyond: str | None = None
    """How far the doses lie outside those that were studied."""

    @property
    def fold_error(self) -> float | None:
        """How many times too high or too low: 1 is exact. None for changes of a score and where a value is 0."""
        observed, predicted = self.observation.value, self.predicted
        if observed is None or predicted is None or observed <= 0 or predicted <= 0:
            return None
        return max(observed / predicted, predicted / observed)

    @property
    def missed(self) -> bool:
        """True where it is further away than a row may be."""
        return (self.fold_error or 0.0) > FAR

    @property
    def inside(self) -> bool | None:
        """True where the measurement lies in the prediction interval; null where one of the two is not known."""
        if self.interval is None or self.observation.value is None:
            return None
        return self.interval[0] <= self.observation.value <= self.interval[1]

    @property
    def kinetic(self) -> bool:
        """True for a row of concentrations or exposure."""
        return _KINETIC.match(self.observation.quantity) is not None

    @property
    def counted(self) -> bool:
        """True where it counts in the sums: kinetics that were computed and not recalled from memory."""
        return self.kinetic and self.fold_error is not None and self.observation.verified != FROM_MEMORY

    def as_dict(self) -> dict[str, Any]:
        """The row as the command line prints it."""
        names = ("source", "molecule", "route", "regimen", "quantity", "time", "unit")
        return {name: getattr(self.observation, name) for name in names} | {
            "observed": self.observation.value,
            "predicted": rounded(self.predicted),
            "pi": None if self.interval is None else [rounded(bound) for bound in self.interval],
            "fold_error": rounded(self.fold_error),
            "inside_pi": self.inside,
            "verified": self.observation.verified,
            "skipped": self.skipped,
            "fitted": self.fitted,
            "why": self.why,
            "extrapolation": self.beyond,
        }


def rounded(value: float | None) -> float | None:
    """A number as it is printed."""
    return None if value is None else float(f"{value:.{_DIGITS_SHOWN}g}")


def summary(rows: Sequence[Row]) -> dict[str, Any]:
    """How far apart, over the kinetic rows that were not recalled from memory: overall, by route, and without the
    studies to which the models were fitted."""
    kinetic = [row for row in rows if row.counted]
    routes = sorted({row.observation.route for row in kinetic})
    reasons = Counter(row.skipped for row in rows if row.skipped)
    return {
        "rows": len(rows),
        "compared": sum(row.predicted is not None for row in rows),
        "kinetics": spread(kinetic),
        "by_route": {route: spread([row for row in kinetic if row.observation.route == route]) for route in routes},
        "not_fitted": spread([row for row in kinetic if not row.fitted]),
        "scores": _scores(rows),
        "misses": [_miss(row) for row in kinetic if row.missed],
        "skipped": dict(reasons.most_common()),
    }


def _scores(rows: Sequence[Row]) -> dict[str, Any]:
    """How many results of trials lie in the interval of one trial of their size, those recalled from memory apart."""
    known = [row for row in rows if _SCORE.match(row.observation.quantity) and row.inside is not None]
    counted = [row for row in known if row.observation.verified != FROM_MEMORY]
    aside = [row for row in counted if not row.fitted]
    return {
        "rows": len(counted),
        "inside_pi": rounded(fmean(bool(row.inside) for row in counted)) if counted else None,
        "not_fitted": len(aside),
        "not_fitted_inside_pi": rounded(fmean(bool(row.inside) for row in aside)) if aside else None,
    }


def spread(rows: Sequence[Row]) -> dict[str, Any]:
    """How far these rows are off: their number, the median fold error, the share within 2-fold and in the interval."""
    folds = [row.fold_error for row in rows if row.fold_error is not None]
    if not folds:
        return {"rows": 0, "median_fold_error": None, "within_2_fold": None, "inside_pi": None}
    return {
        "rows": len(folds),
        "median_fold_error": rounded(median(folds)),
        "within_2_fold": rounded(fmean(fold <= FAR for fold in folds)),
        "inside_pi": rounded(fmean(bool(row.inside) for row in rows)),
    }


def _miss(row: Row) -> dict[str, Any]:
    held = row.as_dict()
    names = ("source", "molecule", "route", "regimen", "quantity", "observed", "predicted", "fold_error", "why")
    return {name: held[name] for name in names}


@dataclass(frozen=True, slots=True)
class Cell:
    """What the virtual trials give where credible ones have a range, with the interval of one trial of that size."""

    range: AcceptRange
    value: float
    interval: tuple[float, float]
    status: str = ""
    """How well the range itself is known, in the file's own word."""
    note: str = ""
    """Why the chain lies outside, where it does."""

    @property
    def inside(self) -> bool:
        """True where the value lies in the range."""
        return self.range.low <= self.value <= self.range.high

    def as_dict(self) -> dict[str, Any]:
        """The cell as the command line prints it."""
        names = ("id", "protocol", "sessions", "against", "arm", "at_h", "quantity")
        return {name: getattr(self.range, name) for name in names} | {
            "range": [self.range.low, self.range.high],
            "predicted": rounded(self.value),
            "pi": [rounded(bound) for bound in self.interval],
            "inside_range": self.inside,
            "required": self.range.required,
            "status": self.status,
            "why": self.note or None,
        }


@dataclass(frozen=True, slots=True)
class Result:
    """A published result of one trial beside what the fitted chain says of a trial of its size."""

    target: Target
    unit: str
    predicted: float
    interval: tuple[float, float]
    """The end is infinite where more than one trial in forty never comes so far."""
    why: str = ""

    @property
    def inside(self) -> bool:
        """True where the result lies in the interval."""
        return self.interval[0] <= self.target.observed <= self.interval[1]

    @property
    def open_end(self) -> bool:
        """True where the interval has no end."""
        return not isfinite(self.interval[1])

    @property
    def missed(self) -> bool:
        """True where it is further away than a row may be; that cannot be told of a share that is nought."""
        few, many = sorted((self.target.observed, self.predicted))
        return few > 0 and many / few > FAR

    def as_dict(self) -> dict[str, Any]:
        """The result as the command line prints it."""
        own = self.target
        names = ("id", "study", "arm", "protocol", "against", "at_h", "quantity", "observed", "size", "status")
        return {name: getattr(own, name) for name in names} | {
            "scale": own.scale,
            "use": own.use,
            "unit": self.unit,
            "predicted": rounded(self.predicted),
            "pi": [rounded(bound) if isfinite(bound) else None for bound in self.interval],
            "inside_pi": self.inside,
            "why": None if self.inside else self.why or None,
        }


@dataclass(frozen=True, slots=True)
class Made:
    """When and how a report was made."""

    date: str
    command: str
    seed: int
    patients: int
    """Virtual patients behind the interval of a row."""
    size: int
    """Virtual patients in each arm of a virtual trial."""
    trials: int
    """How often each virtual trial was run."""
    repeats: int
    """How often those behind a result on the second scale were, each of its own size."""
    chain: str
    """The version of the mood chain."""
    digests: Mapping[str, str]
    """The files that it was made from, each with the beginning of its SHA-256."""


@dataclass(frozen=True, slots=True)
class ModelCheck:
    """The whole report: every row in the order of the measurements, every cell in the order of the ranges."""

    made: Made
    rows: tuple[Row, ...]
    cells: tuple[Cell, ...]
    results: tuple[Result, ...]
    """Results of published trials, in the order of the targets of the fit."""
    second: tuple[Result, ...]
    """What trials saw on a second scale; nothing was fitted to it."""
    changed: tuple[str, ...] = ()
    """Files that are others now than those that it was made from."""

"""A curve in a few numbers, for each patient: highest value, its time, half-life; and bands over patients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine.bins import Bins
from remit.engine.people import Array, Places
from remit.engine.tracing import SAME_HEIGHT
from remit.pathway.kinetics import Window

BAND = {"median": 50.0, "p05": 5.0, "p95": 95.0}
"""What a band shows, in per cent of the patients below."""


_PIECE = 16
"""Times that are looked at together for the highest."""


@dataclass(frozen=True, slots=True)
class Clock:
    """The times of a plan, in hours, and the numbers of those that are shown, and between which a half-life is read."""

    times: Array
    shown: Places
    ends: Places
    """None lies between two equal ones."""
    corners: Places
    """1 where a curve has a corner, as at the end of an infusion, else 0; for each time."""


def clock(times: Array, shown: Array, corners: Sequence[float], end_h: float, window: Window) -> Clock:
    """The clock of a plan whose last dose has entered at `end_h`."""
    first, last = (int(np.searchsorted(times, end_h + at - 1e-9)) for at in (window.from_h, window.to_h))
    ends = np.array([first, last] if last < len(times) else [0, 0])
    return Clock(times, np.searchsorted(times, shown), ends, np.isin(times, corners).astype(np.intp))


def peak(values: Array, clock: Clock) -> tuple[Array, Array]:
    """The highest of values (times, patients) and its time, between the points by a parabola: shapes (patients,).

    At a corner, as where an infusion ends, the point itself is the peak.
    """
    times, patients = clock.times, np.arange(values.shape[1])
    at = _highest(values)
    if len(times) < 3:
        return values[at, patients], times[at]
    inner = np.clip(at, 1, len(times) - 2)
    before, here, after = (values[inner + step, patients] for step in (-1, 0, 1))
    left, right = times[inner] - times[inner - 1], times[inner + 1] - times[inner]
    rise, fall = (here - before) / left, (after - here) / right
    with np.errstate(divide="ignore", invalid="ignore"):
        bend = (fall - rise) / (left + right)
        slope = (rise * right + fall * left) / (left + right)
        shift = -slope / (2.0 * bend)
        smooth = (inner == at) & (rise > 0) & (fall < 0) & (clock.corners[at] == 0)
        higher = here - slope**2 / (4.0 * bend)
    top = values[at, patients]
    return np.where(smooth, higher, top), np.where(smooth, times[inner] + shift, times[at])


def _highest(values: Array) -> Places:
    """The first time at which each patient's value is as high as ever, but for rounding: first its piece of the curve,
    then within it."""
    whole = len(values) // _PIECE * _PIECE
    pieces = values[:whole].reshape(-1, _PIECE, values.shape[1]).max(axis=1)
    if whole < len(values):
        pieces = np.concatenate([pieces, values[whole:].max(axis=0, keepdims=True)])
    enough = pieces.max(axis=0)
    enough = enough - SAME_HEIGHT * np.abs(enough)
    piece = (pieces >= enough).argmax(axis=0) * _PIECE
    among = np.minimum(piece + np.arange(_PIECE)[:, None], len(values) - 1)
    return np.asarray(piece + (np.take_along_axis(values, among, axis=0) >= enough).argmax(axis=0))


def half_life(ends: Array, clock: Clock) -> Array:
    """The half-life over the window after the last dose, in hours, from the values at both ends: shape (..., patients).

    `ends` has shape (..., 2, patients). NaN where nothing falls.
    """
    hours = float(np.diff(clock.times[clock.ends])[0])
    with np.errstate(divide="ignore", invalid="ignore"):
        fallen = np.log(ends[..., 0, :] / ends[..., 1, :])
        return np.where((fallen > 0) & (hours > 0), np.log(2.0) * hours / fallen, np.nan)


def band(values: Array, typical: bool) -> dict[str, object]:
    """Median and 5th to 95th percentile over the patients (first axis); the typical patient has no band."""
    if typical:
        return {"median": _plain(values[0]), "p05": None, "p95": None}
    found = np.percentile(values, list(BAND.values()), axis=0)
    return {name: _plain(line) for name, line in zip(BAND, found, strict=True)}


def counted_band(held: Bins) -> dict[str, list[object]]:
    """The same of those who were counted in bins, for each row."""
    found = held.percentiles(list(BAND.values()))
    return {name: [_plain(one) for one in line] for name, line in zip(BAND, found, strict=True)}


def _plain(values: Array) -> object:
    """Numbers as JSON has them: 6 digits, nothing where there is no number."""
    held = values.tolist()
    return [_digits(one) for one in held] if isinstance(held, list) else _digits(held)


def _digits(number: float) -> float | None:
    return float(f"{number:.6g}") if math.isfinite(number) else None

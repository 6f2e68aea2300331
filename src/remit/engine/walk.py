"""A history as a row of stretches: between two changes of what enters, and which output times fall into each.

Nothing here depends on the patient. Times at the same distance from the beginning of a stretch share one entry of
`offsets`, so that six equal sessions cost the exponentials of one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from remit.engine.people import Array, Places

TILE = 16
"""Offsets that compiled code takes together."""
Event = tuple[float, float]
"""When an input begins, and for how long it lasts (0: at once), in hours."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """From one change to the next. `changes` name the inputs that begin (True) or end with it, and their durations."""

    start_h: float
    hours: float
    changes: tuple[tuple[int, bool, float], ...]
    running: bool
    """Whether something enters throughout."""
    empty: bool
    """Whether nothing has entered before."""
    runs: tuple[tuple[int, int, int], ...]
    """Output times by their first number, the number of its offset, and how many follow each other in both."""

    @property
    def nothing(self) -> bool:
        """Whether nothing has entered yet, and nothing enters."""
        return self.empty and not self.running


@dataclass(frozen=True, slots=True, eq=False)
class Walk:
    """The stretches in order, and the distinct times since the beginning of one, in hours."""

    stretches: tuple[Stretch, ...]
    offsets: Array
    visits: Places
    """The runs cut where a tile of offsets ends, tile by tile: number of the stretch, of its first output time, of its
    first offset, how many, and whether something was there at once, and enters evenly; shape (visits, 6)."""
    tiles: Places
    """The first visit of each tile, and their number."""


NOWHERE = Walk((), np.zeros(0), np.zeros((0, 6), np.intp), np.zeros(1, np.intp))
"""Where nothing enters."""


def walk(events: tuple[Event, ...], times: Array) -> Walk:
    """The walk along a history and its output times, which rise."""
    return _walk(events, np.ascontiguousarray(times, np.float64).tobytes())


@lru_cache(maxsize=16)
def _walk(events: tuple[Event, ...], packed: bytes) -> Walk:
    times = np.frombuffer(packed, np.float64)
    changes: dict[float, list[tuple[int, bool]]] = {}
    for number, (start, hours) in enumerate(events):
        changes.setdefault(start, []).append((number, True))
        if hours > 0:
            changes.setdefault(start + hours, []).append((number, False))
    moments = [moment for moment in sorted(changes) if moment <= times[-1]]
    # An output at the moment of a dose shows what is there with the dose.
    edges = [*np.searchsorted(times, moments).tolist(), len(times)]
    offsets: dict[tuple[float, bool], int] = {}
    kept: list[float] = []
    found: list[Stretch] = []
    running, empty = 0, True
    for at, moment in enumerate(moments):
        lasting = [(number, begins) for number, begins in changes[moment] if events[number][1] > 0]
        running += sum(1 if begins else -1 for _, begins in lasting)
        # What is put in at once is there from the beginning of the stretch.
        empty = empty and len(lasting) == len(changes[moment])
        ends = moments[at + 1] if at + 1 < len(moments) else np.inf
        within_ = times[edges[at] : edges[at + 1]].tolist()
        numbers = [_numbered(time - moment, running > 0, offsets, kept) for time in within_]
        runs = _runs(edges[at], numbers)
        turned = tuple((number, begins, events[number][1]) for number, begins in changes[moment])
        found.append(Stretch(moment, ends - moment, turned, running > 0, empty, runs))
        empty = False
    visits = _visits(found, len(kept))
    tiles = np.searchsorted(visits[:, 2] // TILE, np.arange(-(-len(kept) // TILE) + 1))
    return Walk(tuple(found), np.array(kept), visits, tiles)


def _visits(stretches: list[Stretch], offsets: int) -> Places:
    found = [
        (number, time, offset, many, not one.empty, one.running)
        for first in range(0, offsets, TILE)
        for number, time, offset, many in within(stretches, first, min(first + TILE, offsets))
        for one in [stretches[number]]
        if not one.nothing
    ]
    return np.array(found, np.intp).reshape(-1, 6)


def within(stretches: Iterable[Stretch], first: int, last: int) -> Iterator[tuple[int, int, int, int]]:
    """The output times whose offsets are among `first` to `last`: stretch, first time, first offset, how many."""
    for number, one in enumerate(stretches):
        for time, offset, many in one.runs:
            begin, end = max(offset, first), min(offset + many, last)
            if begin < end:
                yield number, time + begin - offset, begin, end - begin


def _numbered(offset: float, running: bool, known: dict[tuple[float, bool], int], kept: list[float]) -> int:
    """The number of an offset; two that differ by rounding alone are one.

    Those at which something enters stand apart, so that times that follow each other do so in their offsets.
    """
    key = round(offset, 12), running
    if key not in known:
        known[key] = len(kept)
        kept.append(offset)
    return known[key]


_FIRST, _MOST = 16, 48
"""How many offsets are kept for the sums of others, of the first and at most."""
_SAME = 1e-13


@lru_cache(maxsize=16)
def steps(packed: bytes) -> tuple[Places, int]:
    """Which offsets are the sum of two others that are kept, and how many are kept.

    Of shape (offsets, 3): the places of both, or -1 twice, and its own place, or -1. Times on a grid are nearly all
    sums; the exponential of a sum is a product.
    """
    offsets = np.frombuffer(packed, np.float64).tolist()
    known: dict[float, int] = {}
    kept: list[float] = []
    found = np.full((len(offsets), 3), -1)
    for at, offset in enumerate(offsets):
        pair = _pair(offset, known, kept)
        reached = offset
        if pair is not None:
            found[at, :2] = pair
            reached = kept[pair[0]] + kept[pair[1]]
        if offset > 0 and len(kept) < (_FIRST if pair else _MOST):
            found[at, 2] = known[round(reached, 12)] = len(kept)
            kept.append(reached)
    needed = np.isin(found[:, 2], found[:, :2])
    found[~needed, 2] = -1
    return found, max(len(kept), 1)


def _pair(offset: float, known: dict[float, int], kept: list[float]) -> tuple[int, int] | None:
    """The places of two kept offsets that make up another."""
    for at, one in enumerate(kept):
        other = known.get(round(offset - one, 12), -1)
        if other >= 0 and abs(one + kept[other] - offset) <= _SAME:
            return at, other
    return None


def _runs(first: int, numbers: list[int]) -> tuple[tuple[int, int, int], ...]:
    """Consecutive numbers together."""
    found: list[tuple[int, int, int]] = []
    for at, number in enumerate(numbers):
        if found and number == found[-1][1] + found[-1][2]:
            found[-1] = (*found[-1][:2], found[-1][2] + 1)
        else:
            found.append((first + at, number, 1))
    return tuple(found)

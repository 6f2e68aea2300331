"""Several courses of the same patients as one, for compiled code that draws and reads them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remit.engine.course import Course
from remit.engine.fast import Kernel
from remit.engine.kernels import LANES, scratch
from remit.engine.layout import basis_of, joined
from remit.engine.people import Array, Places
from remit.engine.walk import NOWHERE, TILE, Walk


class Traced:
    """What compiled code needs of some courses: see `tracing.read`.

    Where all have the same inputs at the same times, the modes and states of one stand after those of the other. Where
    they have not, their curves are drawn one by one and handed over. Each state has its own unit.
    """

    def __init__(self, courses: Sequence[Course], kernel: Kernel, units: Array) -> None:
        self.courses = courses
        self.kernel = kernel
        self.alike = len({_events(one) for one in courses}) == 1
        times, states = len(courses[0].times), sum(len(one.wanted) for one in courses)
        sums = [one.sums for one in courses if one.sums is not None] if self.alike else []
        held, gathers = joined(tuple(one.layout for one in sums), tuple(len(one.rows) for one in sums), states)
        walk = courses[0].way if self.alike else NOWHERE
        self.numbers = [(one.rows, places) for one, places in zip(sums, gathers, strict=True)]
        self.held = scratch(1, held.counts[0] + held.counts[1] + held.amounts.size)[0]
        self.held[:] = 0.0
        way = _whole(walk, times) if self.alike else _pieces(0, times)
        self.known = held.counts, basis_of(held, walk), way, held.made_of
        self.shares = slice(held.counts[0], held.counts[0] + held.counts[1])
        self.units = units
        self.unit_of = units[held.state_of][:, None]
        self.drawn = np.zeros((states, 0 if self.alike else times, LANES))
        self.mended, self.values, self.bounds = _mended(courses if self.alike else (), units)

    def lanes(self, begin: int, end: int) -> tuple[Any, ...]:
        """Of some patients, at most `LANES`: what stands before the recipe among the arguments of `tracing.read`."""
        bounds = slice(*self.bounds[begin // LANES : begin // LANES + 2]) if self.alike else slice(0, 0)
        first = 0
        for one in self.courses if not self.alike else ():
            drawn = self.drawn[first : first + len(one.wanted)]
            one.put(drawn, begin, end)
            drawn *= self.units[first : first + len(one.wanted), None, None]
            first += len(one.wanted)
        for rows, places in self.numbers:
            self.kernel.gathered(self.held, rows, places, begin, end - begin)
        self.held[self.shares] *= self.unit_of
        return self.held, *self.known, self.drawn, (self.mended[bounds], self.values)


def _events(one: Course) -> tuple[tuple[float, float], ...]:
    return one.events


def _pieces(first: int, last: int) -> tuple[Places, Places]:
    """Visits of times at which nothing is to be summed, as in `Walk`, and their only tile."""
    begins = np.arange(first, last, TILE)
    visits = np.zeros((len(begins), 6), np.intp)
    visits[:, 1], visits[:, 3] = begins, np.minimum(begins + TILE, last) - begins
    return visits, np.array([0, len(visits)])


def _whole(way: Walk, times: int) -> tuple[Places, Places]:
    """The visits of a walk, before them the times before anything has entered."""
    before, (_, many) = _pieces(0, int(way.visits[:, 1].min(initial=times)))
    tiles = way.tiles + many if len(way.tiles) > 1 else np.array([0, many])
    tiles[0] = 0
    return np.concatenate([before, way.visits]), tiles


def _mended(courses: Sequence[Course], units: Array) -> tuple[Places, Array, Places]:
    """What the matrix exponential and its like gave: time, lane, first state, how many, where its values begin; the
    values; and where those of each group of lanes begin."""
    held, values, first, begins = [np.zeros((0, 6), np.intp)], [np.zeros(0)], 0, 0
    for one in courses:
        if one.repairs is not None:
            who, states = one.repairs.who, len(one.wanted)
            many = np.full(len(who), states)
            at = begins + states * np.arange(len(who))
            held.append(
                np.stack([one.repairs.time, who % LANES, np.full(len(who), first), many, at, who // LANES], axis=1)
            )
            values.append((one.repairs.values.T * units[first : first + states]).reshape(-1))
            begins += states * len(who)
        first += len(one.wanted)
    whole = np.concatenate(held)
    whole = whole[np.lexsort((whole[:, 0], whole[:, 5]))]
    groups = np.arange(max((one.count for one in courses), default=0) // LANES + 2)
    # Of one layout in memory, empty or not: for another one the machine code would be compiled again.
    return np.ascontiguousarray(whole[:, :5]), np.concatenate(values), np.searchsorted(whole[:, 5], groups)

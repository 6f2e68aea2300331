"""Several courses of the same patients as one, for compiled code that draws and reads them together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from remit.engine.course import Course
from remit.engine.kernels import LANES
from remit.engine.people import Array, Places
from remit.engine.walk import TILE, Walk


class Traced:
    """What compiled code needs of some courses: see `tracing.read`.

    Where all have the same inputs at the same times, the modes and states of one stand after those of the other. Where
    they have not, their curves are drawn one by one and handed over.
    """

    def __init__(self, courses: Sequence[Course]) -> None:
        self.courses = courses
        self.alike = len({_events(one) for one in courses}) == 1
        times = len(courses[0].times)
        sums = [one.sums for one in courses if one.sums is not None] if self.alike else []
        parts = [(*one.families, *one.made_of) for one in sums]
        sizes = [each for _, each, *_ in parts]
        self.rates = [each for each, *_ in parts]
        self.held = [held for _, _, held, *_ in parts]
        self.shares = [shares for _, _, _, shares, _ in parts]
        self.made_of = _made_of([made_of for *_, made_of in parts], sizes, self.held, self.shares)
        self.sizes: Places = np.concatenate([np.zeros(0, np.intp), *sizes])
        self.offsets = courses[0].way.offsets if self.alike else np.zeros(0)
        self.way = _whole(courses[0].way, times) if self.alike else _pieces(0, times)
        stretches = len(courses[0].way.stretches) if self.alike else 0
        modes = sum(each[0].shape[1] for each in self.held)
        self.lane_rates, self.lane_shares = _lanes(len(self.sizes)), _lanes(sum(len(each) for each in self.shares))
        self.amounts = _lanes(stretches, modes), _lanes(stretches, modes)
        states = sum(len(one.wanted) for one in courses)
        self.drawn = np.zeros((states, 0 if self.alike else times, LANES))
        self.mended, self.values, self.bounds = _mended(courses if self.alike else ())

    def lanes(self, begin: int, end: int) -> tuple[Any, ...]:
        """Of some patients, at most `LANES`: what stands before the recipe among the arguments of `tracing.read`."""
        bounds = slice(*self.bounds[begin // LANES : begin // LANES + 2]) if self.alike else slice(0, 0)
        if self.alike:
            _fill(self.lane_rates, self.rates, begin, end)
            _fill(self.lane_shares, self.shares, begin, end)
            for kind in (0, 1):
                _fill(self.amounts[kind], [each[kind] for each in self.held], begin, end)
        else:
            first = 0
            for one in self.courses:
                one.put(self.drawn[first : first + len(one.wanted)], begin, end)
                first += len(one.wanted)
        return (
            (self.lane_rates, self.sizes, self.offsets),
            self.way,
            self.amounts,
            self.lane_shares,
            self.made_of,
            self.drawn,
            (self.mended[bounds], self.values),
        )


def _events(one: Course) -> tuple[tuple[float, float], ...]:
    return one.events


def _lanes(*rows: int) -> Array:
    return np.zeros((*rows, LANES))


def _fill(lanes: Array, parts: Sequence[Array], begin: int, end: int) -> None:
    """Some patients of several arrays, one after the other along the axis before the patients."""
    first = 0
    for part in parts:
        last = first + part.shape[-2]
        lanes[..., first:last, : end - begin] = part[..., begin:end]
        first = last
    if end - begin < LANES:
        lanes[..., end - begin :] = 0.0


def _made_of(
    parts: Sequence[tuple[Places, ...]], sizes: Sequence[Places], held: Sequence[Any], shares: Sequence[Array]
) -> tuple[Places, ...]:
    """Rows and terms of the states of all courses, numbered through."""
    row = mode = share = 0
    which, terms = [np.zeros(0, np.intp)], [np.zeros((0, 3), np.intp)]
    many_rows, many_terms = [np.zeros(1, np.intp)], [np.zeros(1, np.intp)]
    for (own, from_row, its, from_term), size, amounts, its_shares in zip(parts, sizes, held, shares, strict=True):
        which.append(own + row)
        terms.append(its + np.array([0, mode, share]))
        many_rows.append(np.diff(from_row))
        many_terms.append(np.diff(from_term))
        row, mode, share = row + int(size.sum()), mode + amounts[0].shape[1], share + len(its_shares)
    return (
        np.concatenate(which),
        np.cumsum(np.concatenate(many_rows)),
        np.concatenate(terms),
        np.cumsum(np.concatenate(many_terms)),
    )


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


def _mended(courses: Sequence[Course]) -> tuple[Places, Array, Places]:
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
            values.append(one.repairs.values.T.reshape(-1))
            begins += states * len(who)
        first += len(one.wanted)
    whole = np.concatenate(held)
    whole = whole[np.lexsort((whole[:, 0], whole[:, 5]))]
    groups = np.arange(max((one.count for one in courses), default=0) // LANES + 2)
    # Of one layout in memory, empty or not: for another one the machine code would be compiled again.
    return np.ascontiguousarray(whole[:, :5]), np.concatenate(values), np.searchsorted(whole[:, 5], groups)

"""Whose digits cancel, and when: compiled as `kernels.py` is, and with its lanes."""

from __future__ import annotations

import numpy as np

from remit.engine.drawing import APART, basis, parted, weigh, weighed, with_inputs
from remit.engine.kernels import LANES, scratch
from remit.engine.people import Array, Chosen, Places
from remit.engine.walk import TILE


def most(found: Array, amounts: Array, entering: Array, hours: Array) -> None:
    """The most that is in each mode at any time, without its sign: shape (modes, patients).

    `amounts` at the beginning of each stretch, and `entering` per hour for so many `hours` of it: shapes (stretches,
    modes, patients).
    """
    for mode in range(len(found)):
        row = found[mode]
        row[:] = 0.0
        for stretch in range(len(hours)):
            there, given, lasting = amounts[stretch, mode], entering[stretch, mode], hours[stretch]
            for patient in range(len(row)):
                row[patient] = max(row[patient], abs(there[patient]) + lasting * abs(given[patient]))


def chosen(held: Array, rows: Array, places: Places, who: Places) -> None:
    """Numbers of chosen patients into scratch memory: see `drawing.gathered`."""
    for at in range(len(places)):
        to, row = held[places[at, 0]], rows[places[at, 1]]
        for lane in range(len(who)):
            to[lane] = row[who[lane]]
        for lane in range(len(who), LANES):
            to[lane] = 0.0


def sizes_weighed(own: Array, first: int, terms: Places, shares: Array, amounts: Array) -> None:
    """How large the parts of each coefficient are: see `drawing.weighed`."""
    before = -1
    for at in range(len(terms)):
        row, mode, share = terms[at, 0], terms[at, 1], terms[at, 2]
        if row > before:
            for lane in range(LANES):
                own[first + row, lane] = abs(shares[share, lane] * amounts[mode, lane])
        else:
            for lane in range(LANES):
                own[first + row, lane] += abs(shares[share, lane] * amounts[mode, lane])
        before = row


def doubtful(
    found: Chosen,
    who: Places,
    numbers: tuple[Array, Places],
    sized: tuple[Array, Places],
    counts: tuple[int, int, int, int],
    exponents: tuple[Places, Array, Places, int],
    way: tuple[Places, Places],
    made_of: tuple[Places, Places, Places],
    limits: tuple[float, float],
) -> None:
    """Set `found` (times, patients) where more digits of a state cancel than may.

    `who` (3, patients) are numbers of patients, their places in `found`, and those among the `sized`: the modes at the
    beginning of each stretch and what enters them, as large as they count; where there are none, as large as they are.
    The others are those of `drawing.curves`, of one state. `limits`: how many times the value its parts may be, and
    down to which share of the curve's height a value counts.
    """
    sizes, offsets, steps, places = exponents
    visits, tiles = way
    terms, pairs, from_pair = made_of
    many_rows = from_pair[1]
    both = scratch(2, counts[0] + counts[1] + 2 * counts[2] * counts[3])
    held, larger = both[0], both[1]
    held[:] = 0.0
    larger[:] = 0.0
    rates, shares, amounts = parted(held, counts)
    large = parted(larger if len(sized[1]) > 0 else held, counts)[2]
    own = scratch(1, 4 * many_rows)[0]
    rows, kept = scratch(2 * sizes.sum(), APART), scratch(places, 2 * len(sizes))
    evenly = np.zeros(len(tiles) - 1, np.bool_)
    with_inputs(evenly, visits, tiles, steps)
    values, parts = scratch(1, len(found)), scratch(1, len(found))
    for begin in range(0, who.shape[1], LANES):
        some = who[:, begin : begin + LANES]
        chosen(held, numbers[0], numbers[1], some[0])
        chosen(larger, sized[0], sized[1], some[2])
        values[:] = 0.0
        parts[:] = 0.0
        for tile in range(len(tiles) - 1):
            first, last = tile * TILE, min(tile * TILE + TILE, len(offsets))
            basis(rows, kept, rates, sizes, offsets[first:last], steps[first:last], evenly[tile])
            for visit in range(tiles[tile], tiles[tile + 1]):
                stretch, time, many = visits[visit, 0], visits[visit, 1], visits[visit, 3]
                for kind in range(2):
                    if visits[visit, 4 + kind] > 0:
                        weighed(own[: 2 * many_rows], kind * many_rows, terms, shares, amounts[kind, stretch])
                        sizes_weighed(own, (2 + kind) * many_rows, terms, shares, large[kind, stretch])
                kind = visits[visit, 4] + 2 * visits[visit, 5] - 1
                ends, at = (from_pair[kind], from_pair[kind + 1]), visits[visit, 2] - first
                weigh(values, (0, time, many, 0), rows, at, own, pairs, (ends[0], ends[1], 0))
                weigh(parts, (0, time, many, 0), rows, at, own, pairs, (ends[0], ends[1], 2 * many_rows))
        judge(found, some[1], values[0], parts[0], limits)


def judge(found: Chosen, places: Places, values: Array, parts: Array, limits: tuple[float, float]) -> None:
    """Set `found` where the parts are too large for the value; what is no number has no digits either."""
    height = scratch(1, 1)[0, 0]
    height[:] = 0.0
    for time in range(len(values)):
        for lane in range(LANES):
            height[lane] = max(height[lane], abs(values[time, lane]))
    for time in range(len(values)):
        for lane in range(len(places)):
            counts = max(abs(values[time, lane]), limits[1] * height[lane])
            if not parts[time, lane] < limits[0] * counts:
                found[time, places[lane]] = True


HELPERS = (chosen, sizes_weighed, judge)
"""What the others call."""

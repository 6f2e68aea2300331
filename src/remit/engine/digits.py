"""Whose digits cancel, and when: compiled as `kernels.py` is, and with its lanes."""

from __future__ import annotations

from remit.engine.kernels import LANES, basis, scratch, weigh
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


def gather(held: Array, rows: Array, who: Places) -> None:
    """Rows of chosen patients into scratch memory; lanes without a patient hold 0."""
    for row in range(len(rows)):
        for lane in range(len(who)):
            held[row, lane] = rows[row, who[lane]]
        for lane in range(len(who), LANES):
            held[row, lane] = 0.0


def both_sums(own: Array, sizes: Array, terms: Places, shares: Array, amounts: Array, sized: Array) -> None:
    """The coefficient of each row of a state, and how large its parts are: see `kernels.coefficients`."""
    for row in range(len(own)):
        for lane in range(LANES):
            own[row, lane] = 0.0
            sizes[row, lane] = 0.0
    for at in range(len(terms)):
        row, size, share = own[terms[at, 0]], sizes[terms[at, 0]], shares[at]
        amount, part = amounts[terms[at, 1]], sized[terms[at, 1]]
        for lane in range(LANES):
            row[lane] += share[lane] * amount[lane]
            size[lane] += abs(share[lane] * part[lane])


def doubtful(
    found: Chosen,
    who: Places,
    exponents: tuple[Array, Places, Array],
    way: tuple[Places, Places],
    amounts: tuple[Array, Array],
    sized: tuple[Array, Array],
    shares: Array,
    made_of: tuple[Places, Places],
    limits: tuple[float, float],
) -> None:
    """Set `found` (times, patients) where more digits of a state cancel than may.

    `who` (3, patients) are numbers of patients, their places in `found`, and those in `sized`: the modes at the
    beginning of each stretch and what enters them, as large as they count. `exponents`, `way` and `amounts` as
    for `kernels.curves`; `shares` and `made_of` are those of the state. `limits`: how many times the value its
    parts may be, and down to which share of the curve's height a value counts.
    """
    rates, sizes, offsets = exponents
    visits, tiles = way
    wanted, terms = made_of
    size = sizes.sum()
    held_rates, held_shares = scratch(1, len(rates))[0], scratch(1, len(shares))[0]
    once, evenly = scratch(*amounts[0].shape[:2]), scratch(*amounts[1].shape[:2])
    once_sized, evenly_sized = scratch(*sized[0].shape[:2]), scratch(*sized[1].shape[:2])
    rows, own, large = scratch(TILE, 2 * size), scratch(2, size + 1), scratch(2, size + 1)
    values, parts = scratch(1, len(found))[0], scratch(1, len(found))[0]
    own[:] = 0.0
    large[:] = 0.0
    for begin in range(0, who.shape[1], LANES):
        some = who[:, begin : begin + LANES]
        gather(held_rates, rates, some[0])
        gather(held_shares, shares, some[0])
        for stretch in range(len(once)):
            gather(once[stretch], amounts[0][stretch], some[0])
            gather(evenly[stretch], amounts[1][stretch], some[0])
            gather(once_sized[stretch], sized[0][stretch], some[2])
            gather(evenly_sized[stretch], sized[1][stretch], some[2])
        values[:] = 0.0
        parts[:] = 0.0
        for tile in range(len(tiles) - 1):
            inside, first = visits[tiles[tile] : tiles[tile + 1]], tile * TILE
            basis(rows, held_rates, sizes, offsets[first : first + TILE], bool(inside[:, 5].any()))
            for visit in range(len(inside)):
                stretch, time, offset, many = inside[visit, 0], inside[visit, 1], inside[visit, 2], inside[visit, 3]
                piece, here = (rows, offset - first, many), slice(time, time + many)
                if inside[visit, 4] > 0:
                    both_sums(
                        own[0, : len(wanted)],
                        large[0, : len(wanted)],
                        terms,
                        held_shares,
                        once[stretch],
                        once_sized[stretch],
                    )
                    weigh(values[here], piece, 0, wanted, own, 0)
                    weigh(parts[here], piece, 0, wanted, large, 0)
                if inside[visit, 5] > 0:
                    both_sums(
                        own[1, : len(wanted)],
                        large[1, : len(wanted)],
                        terms,
                        held_shares,
                        evenly[stretch],
                        evenly_sized[stretch],
                    )
                    weigh(values[here], piece, size, wanted, own, 1)
                    weigh(parts[here], piece, size, wanted, large, 1)
        judge(found, some[1], values, parts, limits)


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


HELPERS = (gather, both_sums, judge)
"""What the others call."""

"""What is compiled where numba is installed: plain Python, which runs as it stands beside numpy in the tests.

Patients are taken `LANES` at a time into scratch memory that stays in the processor's cache; every loop over them has
that fixed length, so that each patient's numbers come from the same instructions, whoever else is computed.
"""

from __future__ import annotations

import numpy as np

from remit.engine.people import Array, Places

LANES = 64
"""Patients who are computed side by side."""
_LINE = 8
"""Numbers in a line of the cache: a vector that lies across two costs twice."""
_LOG2E = 1.4426950408889634
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
"""The natural logarithm of 2, the first part with so few digits that its multiples are exact."""
_ROUNDS = 6755399441055744.0
"""Added to a number, it leaves the nearest whole number in the last binary digits."""
_ONE = 4607182418800017408
"""The binary digits of 1."""
_LEAST = -708.0
"""Below this exponent nothing is left that a number could hold."""


def exponential(x: float) -> tuple[float, float]:
    """`e**x` as a power of two, and how far the rest is from 1: `two * rest + two`, or less 1 `two * rest + (two - 1)`.

    For x up to 700; without a branch, so that many are computed at once.
    """
    x = max(x, _LEAST)
    shifted = np.float64(x * _LOG2E + _ROUNDS)
    whole = shifted - _ROUNDS
    r = (x - whole * _LN2_HIGH) - whole * _LN2_LOW
    p = r / 6227020800.0 + 1.0 / 479001600.0
    p = p * r + 1.0 / 39916800.0
    p = p * r + 1.0 / 3628800.0
    p = p * r + 1.0 / 362880.0
    p = p * r + 1.0 / 40320.0
    p = p * r + 1.0 / 5040.0
    p = p * r + 1.0 / 720.0
    p = p * r + 1.0 / 120.0
    p = p * r + 1.0 / 24.0
    p = p * r + 1.0 / 6.0
    p = p * r + 0.5
    two = np.int64((shifted.view(np.int64) << 52) + _ONE).view(np.float64)
    return two, p * r * r + r


def scratch(rows: int, columns: int) -> Array:
    """Memory of shape (rows, columns, LANES) that begins where a line of the cache does."""
    size = rows * columns * LANES
    held = np.empty(size + _LINE)
    first = (-held.ctypes.data // 8) % _LINE
    return held[first : first + size].reshape(rows, columns, LANES)


def take(held: Array, rows: Array, begin: int, lanes: int) -> None:
    """Rows of some patients into scratch memory; lanes without a patient hold 0."""
    for row in range(len(rows)):
        for lane in range(lanes):
            held[row, lane] = rows[row, begin + lane]
        for lane in range(lanes, LANES):
            held[row, lane] = 0.0


def left_of(row: Array, rate: Array, time: float) -> None:
    """What is left after a time of an amount at once."""
    for lane in range(LANES):
        two, rest = exponential(-rate[lane] * time)
        row[lane] = two * rest + two


def both_of(row: Array, even: Array, rate: Array, time: float) -> None:
    """The same, and what is left of an even input of 1 an hour."""
    for lane in range(LANES):
        two, rest = exponential(-rate[lane] * time)
        row[lane] = two * rest + two
        even[lane] = -(two * rest + (two - 1.0)) / rate[lane] if rate[lane] * time > 0.0 else time


def basis(rows: Array, rates: Array, sizes: Places, times: Array, evenly: bool) -> None:
    """The exponentials of every family at some times, with their powers of time: see `curves.Basis.rows`."""
    size = sizes.sum()
    for at in range(len(times)):
        first = 0
        for family in range(len(sizes)):
            if evenly:
                both_of(rows[at, first], rows[at, size + first], rates[family], times[at])
            else:
                left_of(rows[at, first], rates[family], times[at])
            for power in range(1, sizes[family]):
                row, before = rows[at, first + power], rows[at, first + power - 1]
                step = times[at] / power
                for lane in range(LANES):
                    row[lane] = before[lane] * step
                if evenly:
                    later, even = rows[at, size + first + power], rows[at, size + first + power - 1]
                    for lane in range(LANES):
                        later[lane] = (even[lane] - row[lane]) / rates[family, lane]
            first += sizes[family]


def coefficients(found: Array, terms: Places, shares: Array, amounts: Array) -> None:
    """The coefficient of each row of a state: the sum over `terms` (row, mode, number of the share)."""
    for row in range(len(found)):
        for lane in range(LANES):
            found[row, lane] = 0.0
    for at in range(len(terms)):
        row, share, amount = found[terms[at, 0]], shares[terms[at, 2]], amounts[terms[at, 1]]
        for lane in range(LANES):
            row[lane] += share[lane] * amount[lane]


def weigh(lines: Array, tile: tuple[Array, int, int], shift: int, which: Places, own: Array, kind: int) -> None:
    """Set lines of numbers, one a time, to the sum of these rows with their coefficients of a kind (0), or add it (1).

    `tile` has the rows, the first time and how many; `which` names an even number of rows, counted from `shift`.
    """
    rows, first, many = tile
    for group in range(0, len(which), 4):
        a, b = which[group] + shift, which[group + 1] + shift
        if group + 2 == len(which):
            for time in range(many):
                for lane in range(LANES):
                    so_far = lines[time, lane] if kind + group > 0 else 0.0
                    lines[time, lane] = (
                        so_far
                        + own[kind, group, lane] * rows[first + time, a, lane]
                        + own[kind, group + 1, lane] * rows[first + time, b, lane]
                    )
            break
        c, d = which[group + 2] + shift, which[group + 3] + shift
        for time in range(many):
            for lane in range(LANES):
                so_far = lines[time, lane] if kind + group > 0 else 0.0
                lines[time, lane] = (
                    so_far
                    + own[kind, group, lane] * rows[first + time, a, lane]
                    + own[kind, group + 1, lane] * rows[first + time, b, lane]
                    + own[kind, group + 2, lane] * rows[first + time, c, lane]
                    + own[kind, group + 3, lane] * rows[first + time, d, lane]
                )


def exponentials(left: Array, mean: Array, rates: Array, hours: float) -> None:
    """What is left of each mode after a time, and the integral of it: arrays (modes, patients)."""
    rate, one, even = scratch(1, 1)[0], scratch(1, 1)[0, 0], scratch(1, 1)[0, 0]
    for mode in range(len(rates)):
        for begin in range(0, rates.shape[1], LANES):
            lanes = min(LANES, rates.shape[1] - begin)
            take(rate, rates[mode : mode + 1], begin, lanes)
            both_of(one, even, rate[0], hours)
            for lane in range(lanes):
                left[mode, begin + lane] = one[lane]
                mean[mode, begin + lane] = even[lane]


HELPERS = (exponential, scratch, take, left_of, both_of, basis, coefficients, weigh)
"""What the others call."""

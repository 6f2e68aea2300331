"""What is compiled where numba is installed: plain Python, which runs as it stands beside numpy in the tests.

Patients are taken `LANES` at a time into scratch memory that stays in the processor's cache; every loop over them has
that fixed length, so that each patient's numbers come from the same instructions, whoever else is computed.
"""

from __future__ import annotations

import math

import numpy as np

from remit.engine.people import Array

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


def memory(*shape: int) -> Array:
    """The same of any shape, for those who call compiled code."""
    size = math.prod(shape)
    held = np.empty(size + _LINE)
    first = (-held.ctypes.data // 8) % _LINE
    return held[first : first + size].reshape(shape)


def lined_up(held: Array) -> bool:
    """Whether each row of patients is such memory."""
    return held.flags.c_contiguous and held.ctypes.data % (8 * _LINE) == 0 and held.shape[-1] % _LINE == 0


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


HELPERS = (exponential, scratch, take, left_of, both_of)
"""What the others call."""

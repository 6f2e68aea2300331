"""The modes of compartments that exchange, by Jacobi's rotations: compiled as `kernels.py` is, and with its lanes."""

from __future__ import annotations

import math

from remit.engine.kernels import LANES, scratch, take
from remit.engine.people import Array

_TINY = 1e-300
_TURNS = 7
"""How often every pair of compartments is turned: after five nothing is left to turn, whatever they exchange."""


def turned(values: Array, vectors: Array, held: Array) -> None:
    """The eigenvalues (size, patients) of symmetric matrices (size, size, patients), rising, and their vectors.

    By Jacobi's rotations, always as many: each sets one exchange to nothing, and small rates keep their digits.
    """
    size = len(held)
    a, v, angle = scratch(size, size), scratch(size, size), scratch(1, 2)[0]
    for begin in range(0, held.shape[2], LANES):
        lanes = min(LANES, held.shape[2] - begin)
        for row in range(size):
            take(a[row], held[row], begin, lanes)
            v[row] = 0.0
            v[row, row] = 1.0
        for _ in range(_TURNS):
            for p in range(size - 1):
                for q in range(p + 1, size):
                    turn(a, v, p, q, angle)
        in_order(a, v, angle[0])
        for row in range(size):
            for lane in range(lanes):
                values[row, begin + lane] = a[row, row, lane]
            for column in range(size):
                for lane in range(lanes):
                    vectors[row, column, begin + lane] = v[row, column, lane]


def in_order(a: Array, v: Array, apart: Array) -> None:
    """Let the eigenvalues on the diagonal rise, each with its vector."""
    for last in range(len(a) - 1, 0, -1):
        for at in range(last):
            for lane in range(LANES):
                apart[lane] = a[at, at, lane] - a[at + 1, at + 1, lane]
            swap(a[at, at], a[at + 1, at + 1], apart)
            for row in range(len(a)):
                swap(v[row, at], v[row, at + 1], apart)


def turn(a: Array, v: Array, p: int, q: int, angle: Array) -> None:
    """Rotate two compartments so that nothing is exchanged between them."""
    for lane in range(LANES):
        apart, shared = a[q, q, lane] - a[p, p, lane], a[p, q, lane]
        # The smaller of both angles; the tiny number keeps what exchanges nothing from turning.
        long = apart + math.copysign(math.sqrt(apart * apart + 4.0 * shared * shared), apart)
        tangent = 2.0 * shared / (long + _TINY)
        cosine = 1.0 / math.sqrt(tangent * tangent + 1.0)
        angle[0, lane], angle[1, lane] = cosine, tangent * cosine
        a[p, p, lane] -= tangent * shared
        a[q, q, lane] += tangent * shared
        a[p, q, lane] = 0.0
    for other in range(len(a)):
        if other != p and other != q:
            mix(a[min(other, p), max(other, p)], a[min(other, q), max(other, q)], angle)
        mix(v[other, p], v[other, q], angle)


def mix(one: Array, other: Array, angle: Array) -> None:
    """Two rows after a rotation."""
    for lane in range(LANES):
        first, second = one[lane], other[lane]
        one[lane] = angle[0, lane] * first - angle[1, lane] * second
        other[lane] = angle[1, lane] * first + angle[0, lane] * second


def swap(one: Array, other: Array, apart: Array) -> None:
    """Exchange two rows where what sets them apart is above 0."""
    for lane in range(LANES):
        first, second = one[lane], other[lane]
        one[lane] = second if apart[lane] > 0.0 else first
        other[lane] = first if apart[lane] > 0.0 else second


HELPERS = (in_order, turn, mix, swap)
"""What `turned` calls."""

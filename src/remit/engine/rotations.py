"""The modes of compartments that exchange, by Jacobi's rotations: compiled as `kernels.py` is, and with its lanes.

Matrices are rows of numbers, line by line, each a vector of patients.
"""

from __future__ import annotations

import math

from remit.engine.kernels import LANES
from remit.engine.people import Array

_TINY = 1e-300
_TURNS = 7
"""How often every pair of compartments is turned: after five nothing is left to turn, whatever they exchange."""


def rotated(a: Array, v: Array, angle: Array, size: int) -> None:
    """Leave the eigenvalues of a symmetric matrix, rising, on its diagonal, and their vectors in `v`.

    By Jacobi's rotations, always as many: each sets one exchange to nothing, and small rates keep their digits.
    """
    for place in range(size * size):
        for lane in range(LANES):
            v[place, lane] = 1.0 if place % (size + 1) == 0 else 0.0
    for _ in range(_TURNS if size > 2 else 1):
        for p in range(size - 1):
            for q in range(p + 1, size):
                turn(a, v, p, q, angle, size)
    in_order(a, v, angle, size)


def in_order(a: Array, v: Array, apart: Array, size: int) -> None:
    """Let the eigenvalues on the diagonal rise, each with its vector."""
    for last in range(size - 1, 0, -1):
        for at in range(last):
            one, other = at * (size + 1), (at + 1) * (size + 1)
            for lane in range(LANES):
                apart[0, lane] = a[one, lane] - a[other, lane]
            swap(a, one, other, apart)
            for row in range(size):
                swap(v, row * size + at, row * size + at + 1, apart)


def turn(a: Array, v: Array, p: int, q: int, angle: Array, size: int) -> None:
    """Rotate two compartments so that nothing is exchanged between them."""
    one, other, both = p * (size + 1), q * (size + 1), p * size + q
    for lane in range(LANES):
        apart, shared = a[other, lane] - a[one, lane], a[both, lane]
        # The smaller of both angles; the tiny number keeps what exchanges nothing from turning.
        long = apart + math.copysign(math.sqrt(apart * apart + 4.0 * shared * shared), apart)
        tangent = 2.0 * shared / (long + _TINY)
        cosine = 1.0 / math.sqrt(tangent * tangent + 1.0)
        angle[0, lane], angle[1, lane] = cosine, tangent * cosine
        a[one, lane] -= tangent * shared
        a[other, lane] += tangent * shared
        a[both, lane] = 0.0
    for third in range(size):
        if third != p and third != q:
            mix(a, min(third, p) * size + max(third, p), min(third, q) * size + max(third, q), angle)
        mix(v, third * size + p, third * size + q, angle)


def mix(held: Array, one: int, other: int, angle: Array) -> None:
    """Two rows after a rotation."""
    for lane in range(LANES):
        first, second = held[one, lane], held[other, lane]
        held[one, lane] = angle[0, lane] * first - angle[1, lane] * second
        held[other, lane] = angle[1, lane] * first + angle[0, lane] * second


def swap(held: Array, one: int, other: int, apart: Array) -> None:
    """Exchange two rows where what sets them apart is above 0."""
    for lane in range(LANES):
        first, second = held[one, lane], held[other, lane]
        held[one, lane] = second if apart[0, lane] > 0.0 else first
        held[other, lane] = first if apart[0, lane] > 0.0 else second


HELPERS = (rotated, in_order, turn, mix, swap)
"""What `worked` calls of these."""

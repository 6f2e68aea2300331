"""The steps of a `tape.Program`, taken for many patients side by side: compiled as `kernels.py` is, with its lanes."""

from __future__ import annotations

import numpy as np

from remit.engine.kernels import LANES, exponential, scratch
from remit.engine.people import Array, Places
from remit.engine.rotations import rotated
from remit.engine.tape import (
    ADD,
    APART,
    DIVIDE,
    EXP,
    HIGHER,
    INPUT,
    LEFT,
    LOG,
    LOWER,
    MINUS_PRODUCT,
    PLUS_PRODUCT,
    ROOT,
    SET,
    SIZE,
    STORE,
    SUBTRACT,
    TIMES,
    TURN,
    VALUE,
)  # fmt: skip


def worked(
    found: Array,
    given: Array,
    steps: Places,
    numbers: Array,
    constants: tuple[Places, Array],
    sizes: tuple[int, int],
) -> None:
    """Set `found` (rows, patients) to what the steps lead to from `given` (inputs, patients).

    `steps`: what is done, the register of what is found, and three of what is needed; `constants`: registers and their
    numbers; `sizes`: how many registers, and compartments that exchange, at most.
    """
    registers = scratch(1, sizes[0])[0]
    matrix, vectors, angle = scratch(1, sizes[1] ** 2)[0], scratch(1, sizes[1] ** 2)[0], scratch(1, 2)[0]
    for at in range(len(constants[0])):
        registers[constants[0][at]] = constants[1][at]
    for begin in range(0, found.shape[1], LANES):
        lanes = min(LANES, found.shape[1] - begin)
        for step in range(len(steps)):
            code, to, one = steps[step, 0], steps[step, 1], steps[step, 2]
            two, three = steps[step, 3], steps[step, 4]
            if code <= MINUS_PRODUCT:
                multiply(registers, code, to, one, two, three)
            elif code <= DIVIDE:
                combine(registers, code, to, one, two)
            elif code == STORE:
                row = steps[step, 3]
                for lane in range(lanes):
                    found[row, begin + lane] = registers[one, lane]
            elif code == INPUT:
                taken(registers, to, given, one, begin, lanes)
            elif code <= APART:
                change(registers, code, to, one, two, numbers[step])
            else:
                turn_about(registers, code, to, one, two, matrix, vectors, angle)


def taken(held: Array, to: int, given: Array, row: int, begin: int, lanes: int) -> None:
    """The normal numbers of some patients; lanes without a patient hold 0."""
    for lane in range(lanes):
        held[to, lane] = given[row, begin + lane]
    for lane in range(lanes, LANES):
        held[to, lane] = 0.0


def multiply(held: Array, code: int, to: int, one: int, two: int, three: int) -> None:
    """A product, or a number and a product."""
    if code == TIMES:
        for lane in range(LANES):
            held[to, lane] = held[one, lane] * held[two, lane]
    elif code == PLUS_PRODUCT:
        for lane in range(LANES):
            held[to, lane] = held[three, lane] + held[one, lane] * held[two, lane]
    else:
        for lane in range(LANES):
            held[to, lane] = held[three, lane] - held[one, lane] * held[two, lane]


def combine(held: Array, code: int, to: int, one: int, two: int) -> None:
    """A sum, a difference, a share."""
    if code == ADD:
        for lane in range(LANES):
            held[to, lane] = held[one, lane] + held[two, lane]
    elif code == SUBTRACT:
        for lane in range(LANES):
            held[to, lane] = held[one, lane] - held[two, lane]
    else:
        for lane in range(LANES):
            held[to, lane] = held[one, lane] / held[two, lane]


def change(held: Array, code: int, to: int, one: int, two: int, hours: float) -> None:
    """What else is done with a number or two."""
    if code in (HIGHER, LOWER):
        choose(held, code, to, one, two)
    elif code == SIZE:
        for lane in range(LANES):
            held[to, lane] = abs(held[one, lane])
    elif code == APART:
        for lane in range(LANES):
            held[to, lane] = 0.0 if held[one, lane] == 0.0 else held[one, lane] / held[two, lane]
    elif code == ROOT:
        for lane in range(LANES):
            held[to, lane] = np.sqrt(held[one, lane])
    else:
        fall(held, code, to, one, hours)


def choose(held: Array, code: int, to: int, one: int, two: int) -> None:
    """The higher or lower of two; what is no number stays none."""
    if code == HIGHER:
        for lane in range(LANES):
            a, b = held[one, lane], held[two, lane]
            held[to, lane] = b if a <= b else a if b <= a else a + b
    else:
        for lane in range(LANES):
            a, b = held[one, lane], held[two, lane]
            held[to, lane] = a if a <= b else b if b <= a else a + b


def fall(held: Array, code: int, to: int, one: int, hours: float) -> None:
    """Exponentials: of a number, of what is left of a mode, and the integral of that."""
    if code == EXP:
        for lane in range(LANES):
            two, rest = exponential(held[one, lane])
            held[to, lane] = two * rest + two
    elif code == LEFT:
        for lane in range(LANES):
            two, rest = exponential(-held[one, lane] * hours)
            held[to, lane] = two * rest + two
    else:
        for lane in range(LANES):
            rate = held[one, lane]
            two, rest = exponential(-rate * hours)
            held[to, lane] = -(two * rest + (two - 1.0)) / rate if rate * hours > 0.0 else hours


def turn_about(
    held: Array, code: int, to: int, one: int, more: int, matrix: Array, vectors: Array, angle: Array
) -> None:
    """The modes of compartments that exchange: their matrix is put in place by place, turned, and its modes fetched.

    Logarithms are here, too: they are seldom needed.
    """
    if code == LOG:
        for lane in range(LANES):
            held[to, lane] = np.log(held[one, lane])
    elif code == SET:
        for lane in range(LANES):
            matrix[more, lane] = held[one, lane]
    elif code == TURN:
        rotated(matrix, vectors, angle, one)
    elif code == VALUE:
        for lane in range(LANES):
            held[to, lane] = matrix[one, lane]
    else:
        for lane in range(LANES):
            held[to, lane] = vectors[one, lane]


HELPERS = (taken, multiply, combine, choose, change, fall, turn_about)
"""What `worked` calls."""

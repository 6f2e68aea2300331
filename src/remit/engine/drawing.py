"""The curves of states, drawn: compiled as `kernels.py` is, from vectors of patients (`vectors.py`)."""

from __future__ import annotations

import numpy as np

from remit.engine.kernels import exponential
from remit.engine.people import Array, Chosen, Places
from remit.engine.walk import TILE

WIDTH = 32
"""Patients who are drawn side by side: their exponentials stay in the cache."""
_LINE = 8
"""Numbers in a line of the cache."""


def memory(rows: int, columns: int) -> Array:
    """Scratch memory of that shape that begins where a line of the cache does."""
    held = np.empty(rows * columns + _LINE)
    first = (-held.ctypes.data // 8) % _LINE
    return held[first : first + rows * columns].reshape(rows, columns)


def taken(held: Array, rows: Array, places: Places, begin: int, lanes: int) -> None:
    """Some rows of some patients into scratch memory, but those below 0; lanes without a patient hold 0."""
    for row in range(len(places)):
        at = places[row]
        if at < 0:
            continue
        if lanes == WIDTH:
            for lane in range(WIDTH):
                held[row, lane] = rows[at, begin + lane]
        else:
            held[row] = 0.0
            for lane in range(lanes):
                held[row, lane] = rows[at, begin + lane]


def left_of(row: Array, rate: Array, time: float) -> None:
    """What is left after a time of an amount at once."""
    for lane in range(WIDTH):
        two, rest = exponential(-rate[lane] * time)
        row[lane] = two * rest + two


def both_of(row: Array, even: Array, rate: Array, time: float) -> None:
    """The same, and what is left of an even input of 1 an hour."""
    for lane in range(WIDTH):
        two, rest = exponential(-rate[lane] * time)
        row[lane] = two * rest + two
        even[lane] = -(two * rest + (two - 1.0)) / rate[lane] if rate[lane] * time > 0.0 else time


def multiplied(row: Array, one: Array, other: Array, many: int) -> None:
    """What is left after two times together."""
    for at in range(many):
        row[at] = one[at] * other[at]


def followed(row: Array, one: Array, other: Array, many: int) -> None:
    """What is left of even inputs over two times together: of the first, and of the second after it."""
    for at in range(many):
        row[many + at] = one[many + at] + one[at] * other[many + at]


def exponents(row: Array, rates: Array, time: float, evenly: bool) -> None:
    """The exponentials of every family at a time, and after them what is left of their even inputs."""
    for family in range(len(rates)):
        first, even = family * WIDTH, (len(rates) + family) * WIDTH
        if evenly:
            both_of(row[first : first + WIDTH], row[even : even + WIDTH], rates[family], time)
        else:
            left_of(row[first : first + WIDTH], rates[family], time)


def powers(row: Array, rates: Array, sizes: Places, time: float, evenly: bool) -> None:
    """The same times powers of time, for families of several modes: after both."""
    later = 2 * len(sizes) * WIDTH
    for family in range(len(sizes)):
        before, even = family * WIDTH, (len(sizes) + family) * WIDTH
        for power in range(1, sizes[family]):
            step = time / power
            for lane in range(WIDTH):
                row[later + lane] = row[before + lane] * step
                if evenly:
                    row[later + WIDTH + lane] = (row[even + lane] - row[later + lane]) / rates[family, lane]
            before, even, later = later, later + WIDTH, later + 2 * WIDTH


def basis(rows: Array, kept: Array, rates: Array, sizes: Places, times: Array, steps: Places, evenly: bool) -> None:
    """The exponentials of every family at some times, one line a time: see `curves.Basis.lines`.

    A time that is the sum of two of those that are `kept` is taken from them: `steps` has both and where it is kept
    itself, or -1.
    """
    wide = len(sizes) * WIDTH
    for at in range(len(times)):
        one, other, place, row = steps[at, 0], steps[at, 1], steps[at, 2], rows[at]
        if one < 0:
            exponents(row, rates, times[at], evenly)
        else:
            multiplied(row, kept[one], kept[other], wide)
            if evenly:
                followed(row, kept[one], kept[other], wide)
        if place >= 0:
            for number in range(2 * wide if evenly else wide):
                kept[place, number] = row[number]
        if len(row) > 2 * wide:
            powers(row, rates, sizes, times[at], evenly)


def weigh(
    found: Array,
    place: tuple[int, int, int, int],
    rows: Array,
    first: int,
    own: Array,
    terms: Places,
    span: tuple[int, int, int],
) -> None:
    """The curve of a state over some times: the sum of rows of the basis, each times its coefficient.

    `place`: the state, its first time, how many, and the first patient's column; `first` that of the time in the rows;
    `terms`, from the first to the last of `span`: number of the row and of the coefficient, counted from the third of
    `span`. `vectors.py` has the same for the compiler.
    """
    state, time, many, column = place
    for at in range(many):
        for lane in range(WIDTH):
            so_far = 0.0
            for term in range(span[0], span[1]):
                so_far += own[span[2] + terms[term, 1], lane] * rows[first + at, terms[term, 0] * WIDTH + lane]
            found[state, time + at, column + lane] = so_far


def weighed(own: Array, first: int, terms: Places, places: Places, shares: Array, amounts: Array) -> None:
    """Add the coefficients of all states in a stretch, from a row on. `terms`: row, mode, number of the share."""
    for at in range(len(terms)):
        row, mode, share = first + terms[at, 0], terms[at, 1], terms[at, 2]
        if places[mode] < 0:
            continue
        for lane in range(WIDTH):
            own[row, lane] += shares[share, lane] * amounts[mode, lane]


def all_weighed(
    own: Array, terms: Places, shares: Array, amounts: tuple[Array, Places], begin: int, lanes: int, held: Array
) -> None:
    """The coefficients of all states in every stretch: of what is there, then of what enters."""
    rows, places = amounts
    many = len(own) // (2 * places.shape[1])
    own[:] = 0.0
    for stretch in range(places.shape[1]):
        for kind in range(2):
            here = places[kind, stretch]
            taken(held, rows, here, begin, lanes)
            weighed(own, (2 * stretch + kind) * many, terms, here, shares, held)


def with_inputs(found: Chosen, visits: Places, tiles: Places, steps: Places) -> None:
    """In which tiles what is left of even inputs is needed: there, or of times that are kept for later ones."""
    later = False
    for tile in range(len(found) - 1, -1, -1):
        here = False
        for visit in range(tiles[tile], tiles[tile + 1]):
            here = here or visits[visit, 5] > 0
        later = later or here
        found[tile] = here
        for at in range(tile * TILE, min(tile * TILE + TILE, len(steps))):
            found[tile] = found[tile] or (later and steps[at, 2] >= 0)


def put(found: Array, visits: Places, column: int, lanes: int, spare: Array) -> None:
    """What was drawn of fewer patients than are drawn side by side, in its place."""
    for visit in range(len(visits)):
        for state in range(found.shape[0]):
            for time in range(visits[visit, 1], visits[visit, 1] + visits[visit, 3]):
                for lane in range(lanes):
                    found[state, time, column + lane] = spare[state, time, lane]


def curves(
    found: Array,
    span: tuple[int, int, int],
    exponents: tuple[Array, Places, Array, Places, int],
    way: tuple[Places, Places],
    amounts: tuple[Array, Places],
    shares: Array,
    made_of: tuple[Places, Places, Places],
) -> None:
    """The curves of states, (states, times, patients): of the first to the last patient of `span`, from a column on.

    `exponents` are the families' rates and sizes, the offsets, how they follow from each other, and how many are kept;
    `way` the visits and tiles of the walk; `amounts` everybody's numbers and, of shape (2, stretches, modes), the rows
    that are the modes at the beginning of each stretch and what enters them (-1: nothing).
    `made_of`: the terms of all coefficients; for a stretch in which something is there, something enters, and both:
    rows of the basis and their coefficients, state by state; and where those of each begin.
    """
    rates, sizes, offsets, steps, places = exponents
    visits, tiles = way
    terms, pairs, from_pair = made_of
    states, size, many_rows = found.shape[0], sizes.sum(), terms[:, 0].max() + 1
    held_rates, held_shares = memory(len(rates), WIDTH), memory(len(shares), WIDTH)
    stretches, modes = amounts[1].shape[1:]
    held, own = memory(modes, WIDTH), memory(2 * many_rows * stretches, WIDTH)
    rows, kept = memory(TILE, 2 * size * WIDTH), memory(places, 2 * len(sizes) * WIDTH)
    spare = np.empty((states, found.shape[1] if (span[1] - span[0]) % WIDTH else 1, WIDTH))
    every = np.arange(max(len(rates), len(shares)))
    evenly = np.zeros(len(tiles) - 1, np.bool_)
    with_inputs(evenly, visits, tiles, steps)
    for begin in range(span[0], span[1], WIDTH):
        lanes, column = min(WIDTH, span[1] - begin), span[2] + begin - span[0]
        taken(held_rates, rates, every[: len(rates)], begin, lanes)
        taken(held_shares, shares, every[: len(shares)], begin, lanes)
        all_weighed(own, terms, held_shares, amounts, begin, lanes, held)
        into, at = (found, column) if lanes == WIDTH else (spare, 0)
        for tile in range(len(tiles) - 1):
            first, last = tile * TILE, min(tile * TILE + TILE, len(offsets))
            basis(rows, kept, held_rates, sizes, offsets[first:last], steps[first:last], evenly[tile])
            for visit in range(tiles[tile], tiles[tile + 1]):
                number, time, offset, many = visits[visit, 0], visits[visit, 1], visits[visit, 2], visits[visit, 3]
                kind = (visits[visit, 4] + 2 * visits[visit, 5] - 1) * states
                for state in range(states):
                    ends = (from_pair[kind + state], from_pair[kind + state + 1], 2 * number * many_rows)
                    weigh(into, (state, time, many, at), rows, offset - first, own, pairs, ends)
        if lanes < WIDTH:
            put(found, visits, column, lanes, spare)


HELPERS = (
    memory, taken, left_of, both_of, multiplied, followed, exponents, powers, basis, weighed, all_weighed,
    with_inputs, put,
)  # fmt: skip
"""What `curves` calls, but for `weigh`, which `vectors.py` has."""

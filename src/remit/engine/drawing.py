"""The curves of states, drawn: compiled as `kernels.py` is, from vectors of patients (`vectors.py`)."""

from __future__ import annotations

import numpy as np

from remit.engine.kernels import LANES, both_of, left_of, scratch
from remit.engine.people import Array, Chosen, Places
from remit.engine.walk import TILE

APART = TILE + 1
"""How far rows are from each other: not a power of two, so that they don't share a place in the cache."""


def gathered(held: Array, rows: Array, places: Places, begin: int, lanes: int) -> None:
    """Numbers of some patients into scratch memory. `places`: where there, and which row; lanes without one hold 0."""
    for at in range(len(places)):
        to, row = held[places[at, 0]], rows[places[at, 1]]
        if lanes == LANES:
            for lane in range(LANES):
                to[lane] = row[begin + lane]
        else:
            for lane in range(lanes):
                to[lane] = row[begin + lane]
            for lane in range(lanes, LANES):
                to[lane] = 0.0


def parted(held: Array, counts: tuple[int, int, int, int]) -> tuple[Array, Array, Array]:
    """What was gathered: the rates of the families, the shares, and of shape (2, stretches, modes, LANES) the modes at
    the beginning of each stretch and what enters them. `counts`: families, shares, stretches, modes."""
    families, shares, stretches, modes = counts
    amounts = held[families + shares :].reshape((2, stretches, modes, LANES))
    return held[:families], held[families : families + shares], amounts


def multiplied(rows: Array, at: int, one: Array, other: Array, many: int) -> None:
    """What is left after two times together."""
    for number in range(many):
        for lane in range(LANES):
            rows[number, at, lane] = one[number, lane] * other[number, lane]


def followed(rows: Array, at: int, one: Array, other: Array, many: int) -> None:
    """What is left of even inputs over two times together: of the first, and of the second after it."""
    for number in range(many):
        for lane in range(LANES):
            rows[many + number, at, lane] = one[many + number, lane] + one[number, lane] * other[many + number, lane]


def exponents(rows: Array, at: int, rates: Array, time: float, evenly: bool) -> None:
    """The exponentials of every family at a time, and after them what is left of their even inputs."""
    for family in range(len(rates)):
        if evenly:
            both_of(rows[family, at], rows[len(rates) + family, at], rates[family], time)
        else:
            left_of(rows[family, at], rates[family], time)


def powers(rows: Array, at: int, rates: Array, sizes: Places, time: float, evenly: bool) -> None:
    """The same times powers of time, for families of several modes: after both."""
    later = 2 * len(sizes)
    for family in range(len(sizes)):
        before, even = family, len(sizes) + family
        for power in range(1, sizes[family]):
            step = time / power
            for lane in range(LANES):
                rows[later, at, lane] = rows[before, at, lane] * step
            if evenly:
                for lane in range(LANES):
                    rows[later + 1, at, lane] = (rows[even, at, lane] - rows[later, at, lane]) / rates[family, lane]
            before, even, later = later, later + 1, later + 2


def basis(rows: Array, kept: Array, rates: Array, sizes: Places, times: Array, steps: Places, evenly: bool) -> None:
    """The exponentials of every family at some times, (rows, times, LANES): see `layout.lines_of`.

    A time that is the sum of two of those that are `kept` is taken from them: `steps` has both and where it is kept
    itself, or -1.
    """
    many = len(sizes)
    for at in range(len(times)):
        one, other, place = steps[at, 0], steps[at, 1], steps[at, 2]
        if one < 0:
            exponents(rows, at, rates, times[at], evenly)
        else:
            multiplied(rows, at, kept[one], kept[other], many)
            if evenly:
                followed(rows, at, kept[one], kept[other], many)
        if place >= 0:
            for number in range(2 * many if evenly else many):
                for lane in range(LANES):
                    kept[place, number, lane] = rows[number, at, lane]
        if len(rows) > 2 * many:
            powers(rows, at, rates, sizes, times[at], evenly)


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
        for lane in range(LANES):
            so_far = 0.0
            for term in range(span[0], span[1]):
                so_far += own[span[2] + terms[term, 1], lane] * rows[terms[term, 0], first + at, lane]
            found[state, time + at, column + lane] = so_far


def weighed(own: Array, first: int, terms: Places, shares: Array, amounts: Array) -> None:
    """The coefficients of all states in a stretch, from a row on. `terms`: row (rising), mode, number of the share."""
    before = -1
    for at in range(len(terms)):
        row, mode, share = terms[at, 0], terms[at, 1], terms[at, 2]
        if row > before:
            for lane in range(LANES):
                own[first + row, lane] = shares[share, lane] * amounts[mode, lane]
        else:
            for lane in range(LANES):
                own[first + row, lane] += shares[share, lane] * amounts[mode, lane]
        before = row


def draw(
    found: Array,
    place: tuple[int, int],
    visit: Places,
    rows: Array,
    first: int,
    own: Array,
    made_of: tuple[Places, Places, Places],
    shares: Array,
    amounts: Array,
) -> None:
    """The curves of all states at the times of a visit, from a `place`: time and column. `first`: that of the rows."""
    stretch, many, states = visit[0], visit[3], len(found)
    terms, pairs, from_pair = made_of
    kind = (visit[4] + 2 * visit[5] - 1) * states
    if kind < 0:
        for state in range(states):
            for time in range(place[0], place[0] + many):
                for lane in range(LANES):
                    found[state, time, place[1] + lane] = 0.0
        return
    if visit[4] > 0:
        weighed(own, 0, terms, shares, amounts[0, stretch])
    if visit[5] > 0:
        weighed(own, len(own) // 2, terms, shares, amounts[1, stretch])
    for state in range(states):
        ends = (from_pair[kind + state], from_pair[kind + state + 1], 0)
        weigh(found, (state, place[0], many, place[1]), rows, visit[2] - first, own, pairs, ends)


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
    numbers: tuple[Array, Places],
    counts: tuple[int, int, int, int],
    exponents: tuple[Places, Array, Places, int],
    way: tuple[Places, Places],
    made_of: tuple[Places, Places, Places],
) -> None:
    """The curves of states, (states, times, patients): of the first to the last patient of `span`, from a column on.

    `numbers` are everybody's, (rows, patients), and which of them are gathered where (`gathered`), as `counts` tells
    (`parted`). `exponents`: how many modes each family has, the offsets, how they follow from each other, and how many
    are kept; `way` the visits and tiles of the walk.
    `made_of`: the terms of all coefficients; for a stretch in which something is there, something enters, and both:
    rows of the basis and their coefficients, state by state; and where those of each begin.
    """
    sizes, offsets, steps, places = exponents
    visits, tiles = way
    held = scratch(1, counts[0] + counts[1] + 2 * counts[2] * counts[3])[0]
    held[:] = 0.0
    rates, shares, amounts = parted(held, counts)
    own = scratch(1, 2 * made_of[2][len(found)])[0]
    rows, kept = scratch(2 * sizes.sum(), APART), scratch(places, 2 * len(sizes))
    spare = np.empty((len(found), found.shape[1] if (span[1] - span[0]) % LANES else 1, LANES))
    evenly = np.zeros(len(tiles) - 1, np.bool_)
    with_inputs(evenly, visits, tiles, steps)
    for begin in range(span[0], span[1], LANES):
        lanes, column = min(LANES, span[1] - begin), span[2] + begin - span[0]
        gathered(held, numbers[0], numbers[1], begin, lanes)
        into, at = (found, column) if lanes == LANES else (spare, 0)
        for tile in range(len(tiles) - 1):
            first, last = tile * TILE, min(tile * TILE + TILE, len(offsets))
            basis(rows, kept, rates, sizes, offsets[first:last], steps[first:last], evenly[tile])
            for visit in range(tiles[tile], tiles[tile + 1]):
                draw(into, (visits[visit, 1], at), visits[visit], rows, first, own, made_of, shares, amounts)
        if lanes < LANES:
            put(found, visits, column, lanes, spare)


HELPERS = (
    gathered, parted, multiplied, followed, exponents, powers, basis, weighed, draw, with_inputs, put,
)  # fmt: skip
"""What `curves` calls, but for `weigh`, which `vectors.py` has."""

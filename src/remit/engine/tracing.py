"""Curves drawn and read at once, so that they stay in the cache: compiled as `kernels.py` is, and with its lanes."""

from __future__ import annotations

import numpy as np

from remit.engine.drawing import APART, basis, draw, parted, with_inputs
from remit.engine.kernels import LANES, exponential, scratch, take
from remit.engine.people import Array, Places
from remit.engine.walk import TILE

SAME_HEIGHT = 1e-9
"""Of peaks that differ by less, as a share of their height, the first counts."""
PLAIN, BLOCK, SATURATING, AGAIN, ALERTNESS = range(5)
"""What a reading makes of a concentration: itself, the share of receptors it blocks, an effect that saturates, the same
with another top, and how far alertness falls."""
_LN2_HIGH, _LN2_LOW = 6.93147180369123816490e-01, 1.90821492927058770002e-10
_ROOT_HALF = 4604544271217802189
"""The binary digits of the root of a half: a number is a power of two times what lies from there to its double."""
_NOTHING, _ENDLESS = 1e-300, 1e300


def read(
    found: Array,
    told: tuple[Array, Array],
    span: tuple[int, int, int],
    held: Array,
    counts: tuple[int, int, int, int],
    exponents: tuple[Places, Array, Places, int],
    way: tuple[Places, Places],
    made_of: tuple[Places, Places, Places],
    drawn: Array,
    mended: tuple[Places, Array],
    recipe: tuple[Places, Places, Places, Array, Array],
    own: Array,
    clock: tuple[Array, Places, Places, Places],
) -> None:
    """Readings of some patients, at most `LANES`: from the first to the last of `span`.

    `found` (readings, shown times, patients) is what is shown, from a column of it on; `told`, of shape (readings, 2,
    patients), are the values between which a half-life is read, and the highest (or lowest) and its time. `held` are
    the numbers of these patients alone, as `drawing.gathered` has them, and what follows is as for `drawing.curves`;
    where curves are `drawn` (states, times, LANES) they are taken as they are. `mended` are numbers to be put in their
    place: time, lane, first state, how many, and where in the values they begin, by time.
    `recipe`: the kind of each reading, where its parts begin, their states and factors, and its numbers; `own`: each
    patient's number; `clock`: the times, the row of each among those shown (below 0: it is not), both ends, and
    where a corner is.
    """
    sizes, offsets, steps, places = exponents
    visits, tiles = way
    times, row_of, marked, corners = clock
    kinds, (first, last, column), states = recipe[0], span, len(drawn)
    rates, shares, amounts = parted(held, counts)
    rows, kept = scratch(2 * sizes.sum(), APART), scratch(places, 2 * len(sizes))
    lines, pieces = scratch(states, TILE), scratch(3, TILE).reshape(3, TILE * LANES)
    flat = lines.reshape(states, TILE * LANES)
    weights = scratch(1, 2 * made_of[2][states])[0]
    hidden, best = scratch(len(kinds), len(times) - found.shape[1] + 1), scratch(len(kinds), 3)
    person, top, spare = scratch(1, len(kinds))[0], scratch(1, 1)[0, 0], scratch(1, 1)[0, 0]
    evenly = np.zeros(len(tiles) - 1, np.bool_)
    with_inputs(evenly, visits, tiles, steps)
    take(person, own, first, last - first)
    for tile in range(len(tiles) - 1):
        begin, end = tile * TILE, min(tile * TILE + TILE, len(offsets))
        basis(rows, kept, rates, sizes, offsets[begin:end], steps[begin:end], evenly[tile])
        for at in range(tiles[tile], tiles[tile + 1]):
            time, many = visits[at, 1], visits[at, 3]
            if drawn.shape[1] > 0:
                hand_over(lines, drawn, time, many)
            else:
                draw(lines, (0, 0), visits[at], rows, begin, weights, made_of, shares, amounts)
            mend(lines, mended, time, many)
            for one in range(len(kinds)):
                curve = respond(pieces, flat, many, recipe, one, person[one])
                keep(found, hidden, one, (column, last - first), curve, row_of[time : time + many])
                for row in range(2):
                    if time <= marked[row] < time + many:
                        for lane in range(last - first):
                            told[0][one, row, first + lane] = curve[(marked[row] - time) * LANES + lane]
                highest(top, curve, many, -1.0 if kinds[one] == ALERTNESS else 1.0)
                go_on(best[one], top, time, at == 0, spare)
    for one in range(len(kinds)):
        finish(told[1][one], found, hidden, one, span, best[one], (times, row_of, corners), kinds[one] == ALERTNESS)


def hand_over(lines: Array, drawn: Array, time: int, many: int) -> None:
    """Lines that were drawn before."""
    for state in range(len(lines)):
        for at in range(many):
            for lane in range(LANES):
                lines[state, at, lane] = drawn[state, time + at, lane]


def mend(lines: Array, mended: tuple[Places, Array], time: int, many: int) -> None:
    """Put numbers that were computed otherwise in their places."""
    places, values = mended
    low, high = 0, len(places)
    while low < high:
        middle = (low + high) // 2
        if places[middle, 0] < time:
            low = middle + 1
        else:
            high = middle
    while low < len(places) and places[low, 0] < time + many:
        for at in range(places[low, 3]):
            lines[places[low, 2] + at, places[low, 0] - time, places[low, 1]] = values[places[low, 4] + at]
        low += 1


def respond(
    pieces: Array,
    lines: Array,
    many: int,
    recipe: tuple[Places, Places, Places, Array, Array],
    one: int,
    own: Array,
) -> Array:
    """What a reading makes of the concentrations; the share of its top that an effect has is kept for the next."""
    kinds, from_part, states, factors, numbers = recipe
    curve: Array = pieces[0]
    raw: Array = pieces[2]
    kind, share, size = kinds[one], pieces[1], many * LANES
    first, last = from_part[one], from_part[one + 1]
    if last == first + 1 and factors[first] == 1.0:
        raw = lines[states[first]]
    elif kind != AGAIN:
        add_up(raw, size, lines, states, factors, (first, last))
    if kind == PLAIN:
        return raw
    if kind == BLOCK:
        for at in range(size):
            curve[at] = raw[at] / (1.0 + raw[at])
    elif kind == ALERTNESS:
        fall(curve, raw, many, numbers[one, 0], own)
    else:
        if kind == SATURATING:
            fill(share, raw, size, numbers[one, 0], numbers[one, 1])
        for time in range(many):
            for lane in range(LANES):
                curve[time * LANES + lane] = share[time * LANES + lane] * own[lane]
    return curve


def add_up(curve: Array, size: int, lines: Array, states: Places, factors: Array, parts: tuple[int, int]) -> None:
    """The sum of some states' lines, each times its factor."""
    one, factor = states[parts[0]], factors[parts[0]]
    if parts[1] == parts[0] + 1:
        for at in range(size):
            curve[at] = factor * lines[one, at]
        return
    two, other = states[parts[0] + 1], factors[parts[0] + 1]
    for at in range(size):
        curve[at] = factor * lines[one, at] + other * lines[two, at]
    for part in range(parts[0] + 2, parts[1]):
        state, factor = states[part], factors[part]
        for at in range(size):
            curve[at] += factor * lines[state, at]


def power(x: float, steepness: float) -> float:
    """`x` to that power; 0 for what is no more than 0."""
    digits = np.float64(x).view(np.int64)
    whole = (digits - _ROOT_HALF) >> 52
    rest = np.int64(digits - (whole << 52)).view(np.float64)
    s = (rest - 1.0) / (rest + 1.0)
    q = s * s
    p = q / 21.0 + 1.0 / 19.0
    p = p * q + 1.0 / 17.0
    p = p * q + 1.0 / 15.0
    p = p * q + 1.0 / 13.0
    p = p * q + 1.0 / 11.0
    p = p * q + 1.0 / 9.0
    p = p * q + 1.0 / 7.0
    p = p * q + 0.2
    p = p * q + 1.0 / 3.0
    log = whole * _LN2_HIGH + (2.0 * s * q * p + 2.0 * s + whole * _LN2_LOW)
    two, more = exponential(steepness * log)
    return two * more + two if x > _NOTHING else 0.0


def fill(share: Array, curve: Array, size: int, half: float, steepness: float) -> None:
    """The share of its top that an effect has: see `effects.filled`; `half` is already of that power."""
    for at in range(size):
        filled = power(curve[at], steepness)
        share[at] = filled / (filled + half)


def fall(curve: Array, raw: Array, many: int, deepest: float, half: Array) -> None:
    """Alertness at a concentration: see `effects.moaas`."""
    second, third, fourth = deepest**0.25, deepest**0.5, deepest**0.75
    for time in range(many):
        for lane in range(LANES):
            x, low = raw[time * LANES + lane], half[lane]
            points = (1.0 if x > low else 0.0) + (1.0 if x > low * second else 0.0) + (1.0 if x > low * third else 0.0)
            points += (1.0 if x > low * fourth else 0.0) + (1.0 if x > low * deepest else 0.0)
            curve[time * LANES + lane] = 5.0 - points


def put_past(found: Array, to: int, curve: Array, begin: int) -> None:
    """A row of a reading where it is shown, past the cache: it would drive out of it what is needed next.

    `to` counts all numbers of `found`; it is where a line of the cache begins.
    """
    row = found.reshape(-1)
    for lane in range(LANES):
        row[to + lane] = curve[begin + lane]


def keep(found: Array, hidden: Array, one: int, span: tuple[int, int], curve: Array, rows: Places) -> None:
    """Put a reading where it is shown, or where it is kept until the peak is known."""
    column, lanes = span
    for time in range(len(rows)):
        row, begin = rows[time], time * LANES
        if row < 0:
            for lane in range(LANES):
                hidden[one, -1 - row, lane] = curve[begin + lane]
        elif lanes == LANES:
            put_past(found, (one * found.shape[1] + row) * found.shape[2] + column, curve, begin)
        else:
            for lane in range(lanes):
                found[one, row, column + lane] = curve[begin + lane]


def highest(top: Array, curve: Array, many: int, sign: float) -> None:
    """The highest of each patient's values, times a sign."""
    for lane in range(LANES):
        top[lane] = sign * curve[lane]
        for at in range(1, many):
            top[lane] = max(top[lane], sign * curve[at * LANES + lane])


def go_on(best: Array, top: Array, time: int, anew: bool, enough: Array) -> None:
    """The highest value so far, the first time of the piece in which it is, and the highest of that piece.

    `top` is the highest of this piece, which begins at a `time`; of alertness the lowest, with the other sign.
    """
    if anew:
        best[:] = -_ENDLESS
        best[1] = 0.0
    higher = 0
    for lane in range(LANES):
        # What was highest before this and comes later counts as little less.
        enough[lane] = best[0, lane] + SAME_HEIGHT * abs(best[0, lane]) * (1.0 if best[1, lane] < time else -1.0)
        higher += top[lane] > enough[lane]
    if higher > 0:
        for lane in range(LANES):
            if top[lane] > enough[lane]:
                best[0, lane], best[1, lane], best[2, lane] = max(top[lane], best[0, lane]), time, top[lane]


def value(found: Array, hidden: Array, one: int, row: int, column: int, lane: int) -> float:
    """A reading at a time, of which the row is known."""
    return float(found[one, row, column + lane] if row >= 0 else hidden[one, -1 - row, lane])


def finish(
    told: Array,
    found: Array,
    hidden: Array,
    one: int,
    span: tuple[int, int, int],
    best: Array,
    clock: tuple[Array, Places, Places],
    lowest: bool,
) -> None:
    """The highest value of each patient and its time, between the points as `summary.peak` has it; or the lowest."""
    times, row_of, corners = clock
    (first, last, column), sign = span, -1.0 if lowest else 1.0
    for lane in range(last - first):
        at, enough = int(best[1, lane]), best[2, lane] - SAME_HEIGHT * abs(best[2, lane])
        here = value(found, hidden, one, row_of[at], column, lane)
        while sign * here < enough:
            at += 1
            here = value(found, hidden, one, row_of[at], column, lane)
        told[0, first + lane], told[1, first + lane] = here, times[at]
        if 0 < at < len(times) - 1 and not lowest and corners[at] == 0:
            left, right = times[at] - times[at - 1], times[at + 1] - times[at]
            rise = (here - value(found, hidden, one, row_of[at - 1], column, lane)) / left
            drop = (value(found, hidden, one, row_of[at + 1], column, lane) - here) / right
            if rise > 0.0 and drop < 0.0:
                bend, slope = (drop - rise) / (left + right), (rise * right + drop * left) / (left + right)
                told[0, first + lane] = here - slope * slope / (4.0 * bend)
                told[1, first + lane] = times[at] - slope / (2.0 * bend)


HELPERS = (hand_over, mend, respond, add_up, power, fill, fall, keep, go_on, value, finish)
"""What `read` calls."""

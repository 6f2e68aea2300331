"""Curves drawn and read at once, so that they stay in the cache: compiled as `kernels.py` is, and with its lanes."""

from __future__ import annotations

import numpy as np

from remit.engine.kernels import LANES, basis, coefficients, exponential, scratch, take, weigh
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
    span: tuple[int, int],
    exponents: tuple[Array, Places, Array],
    way: tuple[Places, Places],
    amounts: tuple[Array, Array],
    shares: Array,
    made_of: tuple[Places, Places, Places, Places],
    drawn: Array,
    mended: tuple[Places, Array],
    recipe: tuple[Places, Places, Places, Array, Array],
    own: Array,
    clock: tuple[Array, Places, Places, Places],
) -> None:
    """Readings of some patients, at most `LANES`: from `first` to `last` of `span`.

    `found` (readings, shown times, patients) is what is shown; `told`, of shape (readings, 2, patients), are the values
    between which a half-life is read, and the highest (or lowest) and its time. `exponents`, `way`, `amounts`, `shares`
    and `made_of` are those of `kernels.curves`, for these patients alone; where curves are `drawn` (states, times,
    LANES) they are taken as they are. `mended` are numbers to be put in their place: time, lane, first state, how many,
    and where in the values they begin, by time.
    `recipe`: the kind of each reading, where its parts begin, their states and factors, and its numbers; `own`: each
    patient's number; `clock`: the times, the row of each among those shown (below 0: it is not), both ends, and
    where a corner is.
    """
    rates, sizes, offsets = exponents
    visits, tiles = way
    times, row_of, marked, corners = clock
    kinds, (first, last) = recipe[0], span
    rows, held = scratch(TILE, 2 * sizes.sum()), scratch(2, sizes.sum() + 1)
    lines = scratch(drawn.shape[0], TILE)
    pieces = scratch(2, TILE)
    hidden, best = scratch(len(kinds), len(times) - found.shape[1] + 1), scratch(len(kinds), 2)
    person, spare = scratch(1, len(kinds))[0], scratch(1, 2)[0]
    take(person, own, first, last - first)
    for tile in range(len(tiles) - 1):
        inside, begin = visits[tiles[tile] : tiles[tile + 1]], tile * TILE
        basis(rows, rates, sizes, offsets[begin : begin + TILE], bool(inside[:, 5].any()))
        for at in range(len(inside)):
            visit = inside[at]
            time, many = visit[1], visit[3]
            if drawn.shape[1] > 0:
                hand_over(lines, drawn, time, many)
            else:
                draw(lines, visit, (rows, visit[2] - begin, many), amounts, shares, made_of, held)
            mend(lines, mended, time, many)
            for one in range(len(kinds)):
                respond(pieces, lines, many, recipe, one, person[one])
                keep(found, hidden, one, span, pieces[0], row_of[time : time + many])
                for row in range(2):
                    if time <= marked[row] < time + many:
                        for lane in range(last - first):
                            told[0][one, row, first + lane] = pieces[0, marked[row] - time, lane]
                go_on(best[one], pieces[0], time, many, tile == 0 and at == 0, kinds[one] == ALERTNESS, spare)
    for one in range(len(kinds)):
        finish(told[1][one], found, hidden, one, span, best[one], (times, row_of, corners), kinds[one] == ALERTNESS)


def draw(
    lines: Array,
    visit: Places,
    piece: tuple[Array, int, int],
    amounts: tuple[Array, Array],
    shares: Array,
    made_of: tuple[Places, Places, Places, Places],
    held: Array,
) -> None:
    """The lines of every state at the times of a visit: see `kernels.curves`."""
    which, from_row, terms, from_term = made_of
    stretch, many = visit[0], visit[3]
    for state in range(len(lines)):
        wanted, parts = which[from_row[state] : from_row[state + 1]], terms[from_term[state] : from_term[state + 1]]
        if visit[4] > 0:
            coefficients(held[0, : len(wanted)], parts, shares, amounts[0][stretch])
            weigh(lines[state], piece, 0, wanted, held, 0)
        else:
            for time in range(many):
                for lane in range(LANES):
                    lines[state, time, lane] = 0.0
        if visit[5] > 0:
            coefficients(held[1, : len(wanted)], parts, shares, amounts[1][stretch])
            weigh(lines[state], piece, piece[0].shape[1] // 2, wanted, held, 1)


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
) -> None:
    """What a reading makes of the concentrations; the share of its top that an effect has is kept for the next."""
    kinds, from_part, states, factors, numbers = recipe
    kind, curve, share = kinds[one], pieces[0], pieces[1]
    if kind != AGAIN:
        add_up(curve, many, lines, states, factors, (from_part[one], from_part[one + 1]))
    if kind == SATURATING:
        fill(share, curve, many, numbers[one, 0], numbers[one, 1])
    if kind == ALERTNESS:
        fall(curve, many, numbers[one, 0], own)
    for time in range(many):
        if kind == BLOCK:
            for lane in range(LANES):
                curve[time, lane] /= 1.0 + curve[time, lane]
        elif kind in (SATURATING, AGAIN):
            for lane in range(LANES):
                curve[time, lane] = share[time, lane] * own[lane]


def add_up(curve: Array, many: int, lines: Array, states: Places, factors: Array, parts: tuple[int, int]) -> None:
    """The sum of some states' lines, each times its factor."""
    for time in range(many):
        state, factor = states[parts[0]], factors[parts[0]]
        for lane in range(LANES):
            curve[time, lane] = factor * lines[state, time, lane]
        for part in range(parts[0] + 1, parts[1]):
            state, factor = states[part], factors[part]
            for lane in range(LANES):
                curve[time, lane] += factor * lines[state, time, lane]


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


def fill(share: Array, curve: Array, many: int, half: float, steepness: float) -> None:
    """The share of its top that an effect has: see `effects.filled`; `half` is already of that power."""
    for time in range(many):
        for lane in range(LANES):
            filled = power(curve[time, lane], steepness)
            share[time, lane] = filled / (filled + half)


def fall(curve: Array, many: int, deepest: float, half: Array) -> None:
    """Alertness at a concentration: see `effects.moaas`."""
    second, third, fourth = deepest**0.25, deepest**0.5, deepest**0.75
    for time in range(many):
        for lane in range(LANES):
            x, low = curve[time, lane], half[lane]
            points = (1.0 if x > low else 0.0) + (1.0 if x > low * second else 0.0) + (1.0 if x > low * third else 0.0)
            points += (1.0 if x > low * fourth else 0.0) + (1.0 if x > low * deepest else 0.0)
            curve[time, lane] = 5.0 - points


def keep(found: Array, hidden: Array, one: int, span: tuple[int, int], curve: Array, rows: Places) -> None:
    """Put a reading where it is shown, or where it is kept until the peak is known."""
    first, lanes = span[0], span[1] - span[0]
    for time in range(len(rows)):
        row = rows[time]
        if row < 0:
            to = hidden[one, -1 - row]
            for lane in range(LANES):
                to[lane] = curve[time, lane]
            continue
        to = found[one, row, first:]
        if lanes == LANES:
            for lane in range(LANES):
                to[lane] = curve[time, lane]
        else:
            for lane in range(lanes):
                to[lane] = curve[time, lane]


def go_on(best: Array, curve: Array, time: int, many: int, anew: bool, lowest: bool, spare: Array) -> None:
    """The highest value so far (the lowest, with the other sign), and the number of its time."""
    sign, top, enough = -1.0 if lowest else 1.0, spare[0], spare[1]
    for lane in range(LANES):
        if anew:
            best[0, lane], best[1, lane] = -_ENDLESS, 0.0
        top[lane] = sign * curve[0, lane]
        # What was highest before this and comes later counts as little less.
        enough[lane] = best[0, lane] + SAME_HEIGHT * abs(best[0, lane]) * (1.0 if best[1, lane] < time else -1.0)
    for row in range(1, many):
        for lane in range(LANES):
            top[lane] = max(top[lane], sign * curve[row, lane])
    higher = 0
    for lane in range(LANES):
        higher += top[lane] > enough[lane]
    if higher > 0 or anew:
        for lane in range(LANES):
            if top[lane] > enough[lane]:
                row = 0
                while sign * curve[row, lane] < top[lane] - SAME_HEIGHT * abs(top[lane]):
                    row += 1
                best[0, lane], best[1, lane] = max(top[lane], best[0, lane]), time + row


def value(found: Array, hidden: Array, one: int, row: int, first: int, lane: int) -> float:
    """A reading at a time, of which the row is known."""
    return float(found[one, row, first + lane] if row >= 0 else hidden[one, -1 - row, lane])


def finish(
    told: Array,
    found: Array,
    hidden: Array,
    one: int,
    span: tuple[int, int],
    best: Array,
    clock: tuple[Array, Places, Places],
    lowest: bool,
) -> None:
    """The highest value of each patient and its time, between the points as `summary.peak` has it; or the lowest."""
    times, row_of, corners = clock
    first = span[0]
    for lane in range(span[1] - first):
        at = int(best[1, lane])
        here = value(found, hidden, one, row_of[at], first, lane)
        told[0, first + lane], told[1, first + lane] = here, times[at]
        if 0 < at < len(times) - 1 and not lowest and corners[at] == 0:
            left, right = times[at] - times[at - 1], times[at + 1] - times[at]
            rise = (here - value(found, hidden, one, row_of[at - 1], first, lane)) / left
            drop = (value(found, hidden, one, row_of[at + 1], first, lane) - here) / right
            if rise > 0.0 and drop < 0.0:
                bend, slope = (drop - rise) / (left + right), (rise * right + drop * left) / (left + right)
                told[0, first + lane] = here - slope * slope / (4.0 * bend)
                told[1, first + lane] = times[at] - slope / (2.0 * bend)


HELPERS = (draw, hand_over, mend, respond, add_up, power, fill, fall, keep, go_on, value, finish)
"""What `read` calls."""

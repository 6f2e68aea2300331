"""Amounts a short time on, without their modes: compiled as `kernels.py` is, and with its lanes.

The rates between compartments are made never negative by adding the fastest loss to every state, so that the series of
the exponential is a sum of numbers of one sign and no digits cancel, however near the modes are to each other.
"""

from __future__ import annotations

import numpy as np

from remit.engine.kernels import LANES, exponential, scratch
from remit.engine.people import Array, Places

_REACH = 5.0
"""How many times the fastest rate a step lasts, at most."""
_TERMS = 36
"""After so many terms what is left of the series of such a step is nothing."""
_AT_ONCE = 8
"""Times within one step, at most."""


def onward(
    found: Array,
    lanes: Places,
    hours: Array,
    rates: tuple[Array, Array, Array],
    edges: Places,
    held: tuple[Array, Array],
    wanted: Places,
) -> None:
    """Amounts in the wanted states (times, wanted) so many `hours` after the beginning of a stretch.

    `lanes` name patient, stretch, and the first of their times and how many, which rise. `rates` are each patient's
    fastest, what stays of a state and what flows along each of the `edges` (from, to), as shares of the fastest;
    `held` what is there at the beginning of each stretch, and what enters, as a share of it: (stretches, states,
    patients).
    """
    size, reached = len(rates[1]), np.zeros((2, LANES), np.intp)
    stay, flow = scratch(1, size)[0], scratch(1, len(edges))[0]
    state, enter = scratch(1, size)[0], scratch(1, size)[0]
    out, clock = scratch(_AT_ONCE, len(wanted)), scratch(1, _AT_ONCE + 3)[0]
    spare = scratch(4, max(size, _AT_ONCE))
    for begin in range(0, len(lanes), LANES):
        some = lanes[begin : begin + LANES]
        begun(some, rates, held, (stay, flow, state, enter, clock))
        reached[:] = 0
        while further(some, hours, reached, clock):
            step((state, out, spare), (stay, flow, enter), edges, wanted, clock, reached[1].max())
            for lane in range(len(some)):
                for at in range(reached[1, lane]):
                    row = some[lane, 2] + reached[0, lane] + at
                    for place in range(len(wanted)):
                        found[row, place] = out[at, place, lane]
                reached[0, lane] += reached[1, lane]
                clock[1, lane] += clock[2, lane]


def begun(
    some: Places,
    rates: tuple[Array, Array, Array],
    held: tuple[Array, Array],
    lanes: tuple[Array, Array, Array, Array, Array],
) -> None:
    """Take patients at the beginning of a stretch into the lanes; those without a patient stand still."""
    stay, flow, state, enter, clock = lanes
    for each in lanes:
        each[:] = 0.0
    for lane in range(len(some)):
        patient, stretch = some[lane, 0], some[lane, 1]
        clock[0, lane] = rates[0][patient]
        for at in range(len(stay)):
            stay[at, lane] = rates[1][at, patient]
            state[at, lane], enter[at, lane] = held[0][stretch, at, patient], held[1][stretch, at, patient]
        for at in range(len(flow)):
            flow[at, lane] = rates[2][at, patient]


def further(some: Places, hours: Array, reached: Places, clock: Array) -> bool:
    """How far the next step goes, and which times lie within it; whether there are any left.

    `reached` counts each lane's times so far, and those of the step; `clock` holds its fastest rate, the hours that
    have passed, those of the step, and at which share of it each time lies.
    """
    more = False
    clock[2:] = 0.0
    reached[1] = 0
    for lane in range(len(some)):
        fastest, passed = clock[0, lane], clock[1, lane]
        first, left = some[lane, 2] + reached[0, lane], some[lane, 3] - reached[0, lane]
        if left == 0:
            continue
        many, more = 0, True
        while many < min(left, _AT_ONCE) and fastest * (hours[first + many] - passed) <= _REACH:
            many += 1
        length = _REACH / fastest if many < min(left, _AT_ONCE) else hours[first + many - 1] - passed
        clock[2, lane], reached[1, lane] = length, many
        for at in range(many):
            clock[3 + at, lane] = (hours[first + at] - passed) / length if length > 0.0 else 0.0
    return more


def step(
    held: tuple[Array, Array, Array],
    rates: tuple[Array, Array, Array],
    edges: Places,
    wanted: Places,
    clock: Array,
    times: int,
) -> None:
    """The state after the step, and the wanted ones at the times within it."""
    state, out, (term, more, powers) = held[0], held[1], (held[2][0], held[2][1], held[2][2])
    lanes_of = held[2][3, 0], held[2][3, 1], held[2][3, 2], held[2][3, 3]
    weight, scale, length, whole = lanes_of
    for lane in range(LANES):
        weight[lane], whole[lane], length[lane] = 1.0, 1.0, clock[0, lane] * clock[2, lane]
    set_out(out, (state, term, powers), wanted, times)
    for power in range(1, _TERMS):
        for lane in range(LANES):
            scale[lane] = length[lane] * (1.0 / power)
        turn_over(more, term, weight, rates, edges)
        for lane in range(LANES):
            weight[lane] *= scale[lane]
        for at in range(len(state)):
            for lane in range(LANES):
                term[at, lane] = more[at, lane] * scale[lane]
                state[at, lane] += term[at, lane]
        for time in range(times):
            take_part(out[time], powers[time], clock[3 + time], term, wanted)
    fade(state, length, whole)
    for time in range(times):
        fade(out[time], length, clock[3 + time])


def set_out(out: Array, held: tuple[Array, Array, Array], wanted: Places, times: int) -> None:
    """The first term is the state itself, at every time."""
    state, term, powers = held
    for at in range(len(state)):
        for lane in range(LANES):
            term[at, lane] = state[at, lane]
    for time in range(times):
        for lane in range(LANES):
            powers[time, lane] = 1.0
        for place in range(len(wanted)):
            for lane in range(LANES):
                out[time, place, lane] = state[wanted[place], lane]


def turn_over(more: Array, term: Array, weight: Array, rates: tuple[Array, Array, Array], edges: Places) -> None:
    """What one passage makes of a term: what stays, what enters, and what flows."""
    stay, flow, enter = rates
    for at in range(len(stay)):
        for lane in range(LANES):
            more[at, lane] = stay[at, lane] * term[at, lane] + weight[lane] * enter[at, lane]
    for at in range(len(edges)):
        one, other = term[edges[at, 0]], more[edges[at, 1]]
        for lane in range(LANES):
            other[lane] += flow[at, lane] * one[lane]


def take_part(out: Array, power: Array, share: Array, term: Array, wanted: Places) -> None:
    """Add a term at a time that lies at a share of the step."""
    for lane in range(LANES):
        power[lane] *= share[lane]
    for place in range(len(wanted)):
        total, one = out[place], term[wanted[place]]
        for lane in range(LANES):
            total[lane] += power[lane] * one[lane]


def fade(rows: Array, length: Array, share: Array) -> None:
    """Take from every row what the fastest loss, which was added to all, takes in a share of a step."""
    for lane in range(LANES):
        two, rest = exponential(-length[lane] * share[lane])
        left = two * rest + two
        for row in range(len(rows)):
            rows[row, lane] *= left


HELPERS = (begun, further, step, set_out, turn_over, take_part, fade)
"""What `onward` calls."""

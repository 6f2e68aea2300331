"""Whose digits cancel in the sum of modes, at which times, and what is computed for them instead."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from remit.engine.curves import Held, Shares, along, summed
from remit.engine.exponential import stepped
from remit.engine.fast import Kernel
from remit.engine.layout import Sums, basis_of, begun, of_amounts, only
from remit.engine.modes import Modes
from remit.engine.people import Array, Chosen, Places
from remit.engine.walk import Walk, walk

WORST_GROWTH = 1000.0
"""How far numbers may cancel at their highest before each time is looked at: nine digits are left of whatever is above
a thousandth of its peak, as measured against the matrix exponential."""
_CLOSE = 30.0
"""How many times that much cancels where two rates are so close that also what is in the other modes loses digits."""
_STRICTER = 0.2
"""Where each time is looked at, less may cancel."""
_LOW = 1e-3
"""The share of a curve's peak down to which its digits count."""
_EVERY = 8
"""At every how many output times is looked for what cancels."""
_SELDOM, _FIRST_STRETCHES = 20, 4
"""At every how many for a curve's height, and in how many of the first stretches."""
_TOGETHER = 512
"""Patients whose heights are looked at together."""


@dataclass(frozen=True, slots=True)
class Input:
    """Amounts in micromoles (patients,) that enter a state: at once, or evenly over a duration. Times in hours."""

    state: int
    amount: Array
    start_h: float
    duration_h: float

    @property
    def end_h(self) -> float:
        """When the last of it enters."""
        return self.start_h + self.duration_h

    def entered(self, until: float) -> float:
        """The share of it that has entered until a time."""
        passed = until - self.start_h
        return min(max(passed / self.duration_h, 0.0), 1.0) if self.duration_h else float(passed >= 0)


class Repairs(NamedTuple):
    """What the matrix exponential gave, in the order of the patients: their numbers, those of the times, and the values
    of shape (states, their number)."""

    who: Places
    time: Places
    values: Array


def way_of(given: Sequence[Input], times: Array) -> Walk:
    """The walk along these inputs and output times."""
    return walk(tuple((one.start_h, one.duration_h) for one in given), times)


def _sum(shares: Shares, amounts: Array) -> Array:
    parts = [share * amounts[at] for at, share in shares.items()]
    return np.asarray(sum(parts[1:], parts[0]))


@dataclass(frozen=True, slots=True)
class Sought:
    """What is needed to look for numbers that cancel."""

    closed: Modes
    way: Walk
    given: Sequence[Input]
    times: Array
    at_starts: Held
    backs: list[Shares]
    kernel: Kernel | None

    def looked(self, every: int = _EVERY) -> Places:
        """The times at which is looked: here and there, and where something begins or ends."""
        changes = np.searchsorted(self.times, [moment for one in self.given for moment in (one.start_h, one.end_h)])
        within = changes[changes < len(self.times)]
        return np.unique([*range(0, len(self.times), every), *within, len(self.times) - 1])

    def highest_seen(self, sums: Sums) -> Array:
        """The highest of each state without its sign, here and there in the first stretches: nobody is cleared by it
        who would not be by the highest of all; shape (states, patients).
        """
        stretches, few = self.way.stretches, Sums(sums.kernel, sums.rows, begun(sums.layout, _FIRST_STRETCHES))
        last = stretches[_FIRST_STRETCHES].start_h if len(stretches) > _FIRST_STRETCHES else np.inf
        looked = self.looked(_SELDOM)
        some = looked[self.times[looked] < last]
        if not len(some):
            few, some = sums, looked
        times = self.times[some]
        way, count = way_of(self.given, times), self.closed.rates.shape[1]
        curves, found = np.empty((len(self.backs), len(times), _TOGETHER)), np.empty((len(self.backs), count))
        for first in range(0, count, _TOGETHER):
            end = min(first + _TOGETHER, count)
            few.put(curves, way, first, end)
            found[:, first:end] = highest(curves[:, :, : end - first])
        return found


def highest(curves: Array) -> Array:
    """The highest of curves (states, times, patients) without its sign: shape (states, patients)."""
    return np.asarray(np.maximum(curves.max(axis=1), -curves.min(axis=1)))


def apart(sought: Sought, curves: Array) -> tuple[Places, Chosen, Chosen]:
    """Whose numbers may cancel too far: their numbers, and at which times they do, of shape (times, their number); and
    who keeps too few digits even for an area: shape (patients,).

    First by how much larger than a state's highest amount the parts are of which it is the sum; where that does not
    clear a patient, by the same at each time.
    """
    far, close = _ratios(sought, highest(curves))
    some: Chosen = np.asarray(far.any(axis=0))
    found = np.zeros((len(sought.times), int(some.sum())), np.bool_)
    for state, back in enumerate(sought.backs):
        if not far[state].any():
            continue
        one, curve = _sizes(back), curves[state][:, far[state]]
        found[:, far[state][some]] |= _cancelled(sought, sought.at_starts, one, curve, far[state])
        if close[state].any():
            found[:, close[state][some]] |= _cancelled(
                sought, None, one, curve[:, close[state][far[state]]], close[state]
            )
    return np.flatnonzero(some), found, np.asarray(close.any(axis=0))


def apart_compiled(sought: Sought, kernel: Kernel, sums: Sums) -> tuple[Places, Chosen, Chosen]:
    """The same by compiled code, which has not drawn the curves yet and draws none but those of whom it looks at."""
    far, close = _ratios(sought, sought.highest_seen(sums))
    some, lost = np.asarray(far.any(axis=0)), np.asarray(close.any(axis=0))
    found = np.zeros((len(sought.times), int(some.sum())), np.bool_)
    places, among = np.cumsum(some) - 1, np.cumsum(lost) - 1
    none, larger = (sums.rows[:0], np.zeros((0, 2), np.intp)), sums.rows[:0]
    if lost.any():
        larger = np.concatenate([np.concatenate(each) for each in _as_large_as_parts(sought, lost)])
    for state in range(len(sought.backs)):
        held = only(sums.layout, state)
        for chosen, sized, own in (
            (far[state], none, None),
            (close[state], (larger, of_amounts(sums.layout, state)), among),
        ):
            who = np.flatnonzero(chosen)
            if len(who):
                kernel.doubtful(
                    found,
                    np.stack([who, places[who], who if own is None else own[who]]),
                    (sums.rows, held.gathers),
                    sized,
                    held.counts,
                    basis_of(held, sought.way),
                    (sought.way.visits, sought.way.tiles),
                    held.made_of,
                    (_STRICTER * WORST_GROWTH / _LOW, _LOW),
                )
    return np.flatnonzero(some), found, lost


def _ratios(sought: Sought, highest: Array) -> tuple[Chosen, Chosen]:
    """Whose parts are many times as large as the highest amount of a state, and whose very many times: (states,
    patients)."""
    most = _most(sought)
    parts = np.stack([_sum(_sizes(each), most) for each in sought.backs])
    ratio = np.where((highest == 0) & np.isfinite(parts), 0.0, parts / highest)
    return ~(ratio < WORST_GROWTH), ~(ratio < _CLOSE * WORST_GROWTH)


def _sizes(back: Shares) -> Shares:
    return {mode: np.abs(share) for mode, share in back.items()}


def _as_large_as_parts(sought: Sought, chosen: Chosen) -> Held:
    """What is in the modes of some patients and enters them, as large as the parts of which it is the sum."""
    sized = sought.closed.sized(chosen)
    entering = [sized.entering(one.state, one.amount[chosen]) for one in sought.given]
    states, rates = along(sized, sought.way, entering, sought.kernel)
    return states, rates


def _most(sought: Sought) -> Array:
    """The most that is in each mode at any time, without its sign: shape (modes, patients)."""
    (states, rates), last = sought.at_starts, float(sought.times[-1])
    lasting = [min(one.hours, last - one.start_h) if one.running else 0.0 for one in sought.way.stretches]
    found = np.zeros(states.shape[1:])
    if sought.kernel is not None:
        sought.kernel.most(found, states, rates, np.array(lasting))
        return found
    for state, rate, hours in zip(states, rates, lasting, strict=True):
        np.maximum(found, np.abs(state) + np.abs(rate) * hours if hours else np.abs(state), out=found)
    return found


def _cancelled(sought: Sought, at_starts: Held | None, shares: Shares, curve: Array, far: Chosen) -> Chosen:
    """Whether more digits of a state cancel than may, in some of the patients: shape (times, those patients).

    The parts of a sum fall or rise slowly: they are looked at here and there, and are the larger of both sides between.
    Without `at_starts` what is in the modes is itself taken as large as the parts of which it is the sum.
    """
    times, looked, given = sought.times, sought.looked(), sought.given
    way, sized = way_of(given, times[looked]), sought.closed.sized(far)
    if at_starts is None:
        held = along(sized, way, [sized.entering(one.state, one.amount[far]) for one in given])
    else:
        held = at_starts[0][:, :, far], at_starts[1][:, :, far]
    some = {mode: share[far] for mode, share in shares.items()}
    [parts] = summed(sized, way, (np.abs(held[0]), np.abs(held[1])), [some], len(looked))
    every = np.arange(len(times))
    before, after = np.searchsorted(looked, every, "right") - 1, np.searchsorted(looked, every)
    values = np.abs(curve)
    most = np.maximum(values, _LOW * values.max(axis=0), out=values)
    most *= _STRICTER * WORST_GROWTH / _LOW
    # What is no number has no digits either.
    return np.asarray(~((parts[before] < most) & (parts[after] < most)))


def stepped_amounts(matrix: Array, given: Sequence[Input], some: Chosen, way: Walk, chosen: Chosen) -> Array:
    """Amounts of some of the patients by the matrix exponential, where chosen: shape (chosen, states)."""
    entering = []
    for one in given:
        amount = np.zeros((int(some.sum()), matrix.shape[1]))
        amount[:, one.state] = one.amount[some]
        entering.append(amount)
    return stepped(np.ascontiguousarray(matrix[some]), entering, way, chosen)


_FAR = 300.0
"""From how many times the fastest rate on the matrix exponential takes less work than short steps."""


def repaired(
    sought: Sought, matrix: Array, volume: Array, states: Sequence[int], some: Places, when: Chosen, lost: Chosen
) -> Repairs | None:
    """What is computed otherwise: of the patients `some` the times `when`, of shape (times, their number)."""
    if not when.any():
        return None
    some, when = some[when.any(axis=0)], when[:, when.any(axis=0)]
    who, time = np.nonzero(when.T)
    amounts = np.zeros((len(who), len(states)))
    near = np.zeros(len(who), np.bool_)
    if sought.kernel is not None:
        near = _by_steps(sought, sought.kernel, amounts, states, matrix, some, when, lost)
    if not near.all():
        rest = np.zeros_like(when)
        rest[time[~near], who[~near]] = True
        chosen: Chosen = np.zeros(len(matrix), np.bool_)
        chosen[some] = True
        found = np.zeros((*when.shape, len(states)))
        found[rest] = stepped_amounts(matrix, sought.given, chosen, sought.way, rest)[:, list(states)]
        amounts[~near] = found[time[~near], who[~near]]
    return Repairs(some[who], time, (amounts / volume[some[who]][:, list(states)]).T)


def _by_steps(
    sought: Sought,
    kernel: Kernel,
    amounts: Array,
    states: Sequence[int],
    matrix: Array,
    some: Places,
    when: Chosen,
    lost: Chosen,
) -> Chosen:
    """Set the amounts where the modes are good at the beginning of the stretch, by short steps from there; which."""
    stretch, passed, sound = _in_stretches(sought, when)
    flows = np.ascontiguousarray(matrix[some].transpose(1, 2, 0))
    fastest = -flows.diagonal().min(axis=1)
    who, time = np.nonzero(when.T)
    sound |= lost[some]
    near = sound[stretch[time], who] & (fastest[who] * passed[time] < _FAR)
    who, hours, inside = who[near], passed[time[near]], stretch[time[near]]
    starts, entering = _physical(sought, len(flows), some)
    if lost[some].any():
        chosen: Chosen = np.zeros(len(matrix), np.bool_)
        chosen[some] = lost[some]
        starts[:, :, lost[some]] = _exact_starts(sought, matrix, chosen).transpose(0, 2, 1)
    first = np.flatnonzero(np.diff(who * len(starts) + inside, prepend=-1))
    many = np.diff(first, append=len(who))
    # Those who need as many steps go together.
    order = np.argsort(fastest[who[first]] * hours[first + many - 1], kind="stable")
    lanes = np.stack([who[first], inside[first], first, many], axis=1)[order]
    stay = 1.0 + flows.diagonal().T / fastest
    flows /= fastest
    edges = np.argwhere(flows.transpose(1, 0, 2).any(axis=2) & ~np.eye(len(flows), dtype=np.bool_))
    found = np.empty((len(hours), len(states)))
    rates = fastest, stay, flows[edges[:, 1], edges[:, 0]]
    kernel.onward(found, lanes, hours, rates, edges, (starts, entering / fastest), np.array(states))
    amounts[near] = found
    return np.asarray(near)


def _in_stretches(sought: Sought, when: Chosen) -> tuple[Places, Array, Chosen]:
    """The stretch of each output time and the hours since its beginning, and for which (stretch, patient) the modes are
    good at its beginning: there is an output at which nothing cancels, or nothing was there before."""
    times, stretches = sought.times, sought.way.stretches
    starts = np.array([one.start_h for one in stretches])
    stretch = np.maximum(np.searchsorted(starts, times, side="right") - 1, 0)
    at = np.minimum(np.searchsorted(times, starts), len(times) - 1)
    sound = (times[at] == starts)[:, None] & ~when[at]
    sound[0] = True
    return stretch, times - starts[stretch], np.asarray(sound)


def _exact_starts(sought: Sought, matrix: Array, some: Chosen) -> Array:
    """Amounts at the beginning of each stretch by the matrix exponential: shape (stretches, some, states)."""
    moments = np.array([one.start_h for one in sought.way.stretches])
    way, every = way_of(sought.given, moments), np.ones((len(moments), int(some.sum())), np.bool_)
    return stepped_amounts(matrix, sought.given, some, way, every).reshape(len(moments), -1, matrix.shape[1])


def _physical(sought: Sought, size: int, some: Places) -> tuple[Array, Array]:
    """Amounts at the beginning of each stretch, and what enters per hour: shapes (stretches, states, some)."""
    closed, stretches = sought.closed.some(some), sought.way.stretches
    starts, entering = np.zeros((2, len(stretches), size, len(some)))
    held = sought.at_starts[0][:, :, some]
    for state in range(size):
        for mode, share in closed.back(state).items():
            starts[:, state] += share * held[:, mode]
    starts[0] = 0.0
    for at, one in enumerate(stretches):
        if at and one.running:
            entering[at] = entering[at - 1]
        for number, begins, hours in one.changes:
            given = sought.given[number]
            if hours == 0.0 and at == 0:
                starts[at, given.state] += given.amount[some]
            elif hours > 0.0 and one.running:
                entering[at, given.state] += given.amount[some] / (hours if begins else -hours)
    return starts, entering

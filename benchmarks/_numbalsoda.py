"""The same linear equations by a general solver: numbalsoda's LSODA, its right-hand side compiled from the same rates."""

from __future__ import annotations

from collections.abc import Sequence

import numba
import numpy as np
from numbalsoda import lsoda, lsoda_sig

RELATIVE, ABSOLUTE = 1e-8, 1e-10


def compiled(pairs: Sequence[tuple[int, int]], states: int):
    """A solver of d y/dt = M y + r, with only these (row, column) of M not zero: a function (M, r, spans) -> (n, times, states).

    M has shape (n, len(pairs)), r (n, spans, states); `spans` are (times from the beginning of a span to its end, how
    many of them are reported).
    """
    lines = [f"d[{row}] += p[{at}] * y[{column}]" for at, (row, column) in enumerate(pairs)]
    source = ["def slope(t, y, d, p):"]
    source += [f"    d[{at}] = p[{len(pairs) + at}]" for at in range(states)] + [f"    {line}" for line in lines]
    known: dict[str, object] = {}
    exec("\n".join(source), known)
    inner, many = numba.njit(known["slope"]), len(pairs)
    size = many + states

    @numba.cfunc(lsoda_sig)
    def slope(t, y, d, p):
        inner(t, numba.carray(y, (states,)), numba.carray(d, (states,)), numba.carray(p, (size,)))

    address = slope.address

    @numba.njit
    def solve(rates, input_, times, starts, counts, found):
        for patient in range(len(rates)):
            y, p, at = np.zeros(states), np.empty(size), 0
            p[:many] = rates[patient]
            for span in range(len(counts)):
                p[many:] = input_[patient, span]
                held, _ = lsoda(
                    address,
                    y,
                    times[starts[span] : starts[span + 1]],
                    data=p,
                    rtol=RELATIVE,
                    atol=ABSOLUTE,
                    mxstep=100000,
                )
                found[patient, at : at + counts[span]] = held[1 : 1 + counts[span]]
                at += counts[span]
                y = held[-1].copy()

    def run(rates, input_, spans):
        times = np.concatenate([held for held, _ in spans])
        starts = np.cumsum([0, *(len(held) for held, _ in spans)])
        counts = np.array([many for _, many in spans])
        found = np.empty((len(rates), int(counts.sum()), states))
        solve(rates, input_, times, starts, counts, found)
        return found

    return run


def stores(onset_rate: float):
    """The three stores of plasticity by the same solver: a function (parameters, doses, days) -> (n, days, 3).

    `parameters` are (n, 3): rates of the fast and the slow store and consolidation; `doses` are (day, effect) in order.
    """

    @numba.cfunc(lsoda_sig)
    def slope(_, y_, d_, p_):
        y, d, p = numba.carray(y_, (3,)), numba.carray(d_, (3,)), numba.carray(p_, (3,))
        d[0] = -onset_rate * y[0]
        d[1] = onset_rate * y[0] - p[0] * y[1]
        d[2] = p[2] * y[1] * (1.0 - y[2]) - p[1] * y[2]

    address = slope.address

    @numba.njit
    def solve(parameters, days, kind, effect, half, found):
        for patient in range(len(parameters)):
            y, p, at, doses, now = np.zeros(3), parameters[patient].copy(), 0, 0, 0.0
            for step in range(len(days)):
                if days[step] > now:
                    later = max(doses - 1, 0)
                    p[2] = parameters[patient, 2] * later / (later + half)
                    held, _ = lsoda(
                        address, y, np.array([now, days[step]]), data=p, rtol=RELATIVE, atol=ABSOLUTE, mxstep=100000
                    )
                    y, now = held[-1].copy(), days[step]
                if kind[step]:
                    y[0] += effect[patient] * max(1.0 - y.sum(), 0.0)
                    doses += 1
                else:
                    found[patient, at] = y
                    at += 1

    def run(parameters, days, kind, effect, half):
        found = np.empty((len(parameters), int((~kind).sum()), 3))
        solve(parameters, days, kind, effect, half, found)
        return found

    return run

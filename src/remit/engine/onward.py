"""Amounts a short time on, without their modes: compiled as `kernels.py` is.

The rates between compartments are made never negative by adding the fastest loss to every state, so that the series of
the exponential is a sum of numbers of one sign and no digits cancel, however near the modes are to each other.
"""

from __future__ import annotations

import math

import numpy as np

from remit.engine.people import Array, Places

_STEP = 4.0
"""How many times the fastest rate a step lasts, at most."""
_MOST_TERMS = 40
_ENOUGH = 1e-18


def onward(found: Array, rates: Array, starts: Array, entering: Array, jobs: Places, hours: Array) -> None:
    """Amounts (jobs, states) of a patient that many hours after the beginning of a stretch.

    `rates` (patients, states from which, states to which) is per hour; `starts` and `entering` (stretches, patients,
    states) are what is there at the beginning and what enters per hour; `jobs` name patient and stretch, whose
    hours rise.
    """
    size = rates.shape[1]
    state, term, more = np.empty(size), np.empty(size), np.empty(size)
    patient, stretch, passed, fastest = -1, -1, 0.0, 0.0
    for job in range(len(jobs)):
        if jobs[job, 0] != patient or jobs[job, 1] != stretch:
            patient, stretch, passed, fastest = jobs[job, 0], jobs[job, 1], 0.0, 0.0
            for at in range(size):
                state[at] = starts[stretch, patient, at]
                fastest = max(fastest, -rates[patient, at, at])
        parts = int(fastest * (hours[job] - passed) / _STEP) + 1
        for _ in range(parts):
            step(state, term, more, rates[patient], entering[stretch, patient], fastest, (hours[job] - passed) / parts)
        passed = hours[job]
        found[job] = state


def step(state: Array, term: Array, more: Array, rates: Array, entering: Array, fastest: float, hours: float) -> None:
    """The state that many hours later."""
    weight = 1.0
    for at in range(len(state)):
        term[at] = state[at]
    for power in range(1, _MOST_TERMS):
        for at in range(len(state)):
            more[at] = term[at] + weight * entering[at] / fastest
        for origin in range(len(state)):
            given = term[origin] / fastest
            for at in range(len(state)):
                more[at] += rates[origin, at] * given
        scale = fastest * hours / power
        weight *= scale
        for at in range(len(state)):
            term[at] = more[at] * scale
            state[at] += term[at]
        if weight < _ENOUGH and power > fastest * hours:
            break
    left = math.exp(-fastest * hours)
    for at in range(len(state)):
        state[at] *= left


HELPERS = (step,)
"""What `onward` calls."""

"""The sums of exponentials compiled by numba, where it is installed: the same additions in the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from remit.engine.people import Array, Places

Kernel = Callable[[Array, Array, Places, Array], None]
"""Sets an array (times, patients) to the sum of these rows of (rows, times, patients), each with its coefficients."""
WORTH = 4096
"""Patients from whom on loading the compiled code takes less time than it saves."""
_WISH: dict[str, bool] = {}


def use(on: bool | None) -> None:
    """Whether numba is used: always, never, or (None) where it is installed and the crowd is worth its start."""
    _WISH.clear()
    if on is not None:
        _WISH["on"] = on


def kernel(patients: int) -> Kernel | None:
    """The compiled sum, where it is wanted for a crowd of this size and can be had."""
    wanted = _WISH.get("on", patients >= WORTH)
    return _compiled() if wanted and find_spec("numba") else None


@cache
def _compiled() -> Kernel:
    # Its machine code is kept on disk.
    compiled: Kernel = import_module("numba").njit(cache=True, nogil=True)(summed)
    return compiled


def summed(found: Array, rows: Array, which: Places, coefficients: Array) -> None:
    """What the kernel does: `coefficients` has shape (rows named by `which`, patients)."""
    times, patients = found.shape
    for time in range(times):
        for term in range(len(which)):
            row, own = rows[which[term], time], coefficients[term]
            if term == 0:
                for patient in range(patients):
                    found[time, patient] = row[patient] * own[patient]
            else:
                for patient in range(patients):
                    found[time, patient] += row[patient] * own[patient]

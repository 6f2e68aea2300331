"""The compiled sum itself; imported only where numba is installed. Its machine code is kept on disk."""

from __future__ import annotations

import numba

from remit.engine.people import Array, Places


@numba.njit(cache=True, nogil=True)
def add(found: Array, rows: Array, which: Places, coefficients: Array) -> None:
    """The sum of rows (of shape (rows, times, patients)) with coefficients (terms, patients), in their order."""
    times, patients = found.shape
    for time in range(times):
        for term in range(len(which)):
            row = rows[which[term], time]
            own = coefficients[term]
            if term == 0:
                for patient in range(patients):
                    found[time, patient] = row[patient] * own[patient]
            else:
                for patient in range(patients):
                    found[time, patient] += row[patient] * own[patient]

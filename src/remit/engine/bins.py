"""Percentiles of a crowd that is never kept: whole-number counts in logarithmic bins.

A bin is what the sign, the exponent and the first ten binary digits of a number say: each power of two is cut into 1024
equal parts, so that a bin is at most 1/1024 of its value wide, the same on every machine. Counts are whole numbers, so
that neither the order nor the number of those who count changes a percentile. A signed quantity has the same bins on
both sides of zero; what is nearer to zero than `FLOOR` is counted as zero.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from remit.engine.fast import machine_code
from remit.engine.people import Array

_DIGITS = 10
_SHIFT = 52 - _DIGITS
RELATIVE_ERROR = 2.0 ** -(_DIGITS + 1)
"""How far the middle of a bin is from any number in it, at most, as a share of that number."""
FLOOR = 2.0**-40
"""In the unit of the quantity: about a millionth of a millionth."""
_LOWEST = int(np.float64(FLOOR).view(np.int64)) >> _SHIFT
_MARGIN = 256
_SIZE = 2**63 - 1
_INFINITE = int(np.float64(np.inf).view(np.int64))
"""The binary digits of a number without its sign, and those from which on it is none."""
MOST = 2**31 - 1
"""How many can be counted."""
Keys = NDArray[np.int64]
Counted = NDArray[np.int32]


def keys(values: Array) -> Keys:
    """The number of each value's bin: 0 for zero, the bins of numbers below zero counted downwards."""
    size = (np.abs(values).view(np.int64) >> _SHIFT) - (_LOWEST - 1)
    np.maximum(size, 0, out=size)
    return np.asarray(np.where(values < 0, -size, size))


def edges(bits: Keys, least: Keys, most: Keys, left_out: Keys) -> None:
    """The first and the last bin of each row, and how many have no such number; `bits` as the numbers lie in memory."""
    rows, people = bits.shape
    for row in range(rows):
        low, high, lost = MOST, -MOST, 0
        for at in range(people):
            held = bits[row, at]
            size = held & _SIZE
            key = max((size >> _SHIFT) - (_LOWEST - 1), 0)
            key = -key if held < 0 else key
            known = size < _INFINITE
            low, high, lost = min(low, key if known else MOST), max(high, key if known else -MOST), lost + (not known)
        least[row], most[row], left_out[row] = low, high, left_out[row] + lost


def tally(bits: Keys, begins: Keys, counts: Counted) -> None:
    """Count each number in its bin; `begins` says where the bin 0 of each row would stand among the counts."""
    rows, people = bits.shape
    for row in range(rows):
        for at in range(people):
            held = bits[row, at]
            size = held & _SIZE
            if size < _INFINITE:
                key = max((size >> _SHIFT) - (_LOWEST - 1), 0)
                counts[begins[row] + (-key if held < 0 else key)] += 1


@cache
def compiled() -> tuple[Callable[..., None], ...]:
    """The same two as machine code."""
    return tuple(machine_code(one, {"nogil": True}) for one in (edges, tally))


def middles(numbers: Keys) -> Array:
    """The middle of each bin."""
    size = np.abs(numbers)
    lower, upper = (((size + (_LOWEST - 1) + step) << _SHIFT).view(np.float64) for step in (0, 1))
    return np.asarray(np.where(size == 0, 0.0, np.sign(numbers) * (lower + upper) / 2.0))


class Bins:
    """Counts of one quantity, for each of a number of rows (times, or one)."""

    def __init__(self, rows: int, *, fast: bool = False) -> None:
        self.fast = fast
        """Whether compiled code counts."""
        self.low = np.zeros(rows, np.int64)
        """The first bin of each row that is counted."""
        self.wide = np.zeros(rows, np.int64)
        """How many bins of each row are counted."""
        self.counts = np.zeros(0, np.int32)
        """Those of all rows, one row after the other: a row with few bins takes little room."""
        self.left_out = np.zeros(rows, np.int64)
        """Those without such a number."""

    def add(self, values: Array) -> None:
        """Count values of shape (rows, patients)."""
        values = np.ascontiguousarray(values)
        if self.fast:
            self._add_fast(values.view(np.int64))
            return
        known = np.isfinite(values)
        if known.all():
            self._count(keys(values), None)
        elif known.any():
            found = keys(np.where(known, values, 0.0))
            self._count(found, known)
        self.left_out += (~known).sum(axis=1)

    def _add_fast(self, bits: Keys) -> None:
        first, then = compiled()
        least, most = np.empty_like(self.low), np.empty_like(self.low)
        first(bits, least, most, self.left_out)
        self._reach(least, np.where(most < least, least, most + 1))
        then(bits, self._begins() - self.low, self.counts)

    def join(self, other: Bins) -> None:
        """Count whom somebody else has counted, too."""
        self._reach(other.low, other.low + other.wide)
        for row, theirs in enumerate(other.rows()):
            begin = int(self._begins()[row] + other.low[row] - self.low[row])
            self.counts[begin : begin + len(theirs)] += theirs
        self.left_out += other.left_out

    def rows(self) -> list[Counted]:
        """The counts of each row."""
        return np.split(self.counts, np.cumsum(self.wide)[:-1])

    def __getstate__(self) -> tuple[Any, ...]:
        """Without the bins of nobody, as they are sent to another process."""
        some = np.flatnonzero(self.counts)
        return self.fast, self.low, self.wide, self.left_out, some, self.counts[some]

    def __setstate__(self, held: tuple[Any, ...]) -> None:
        self.fast, self.low, self.wide, self.left_out, some, many = held
        self.counts = np.zeros(self.wide.sum(), np.int32)
        self.counts[some] = many

    def _count(self, found: Keys, known: NDArray[np.bool_] | None) -> None:
        if known is None:
            least, most = found.min(axis=1), found.max(axis=1)
        else:
            least = np.where(known, found, MOST).min(axis=1)
            most = np.where(known, found, -MOST).max(axis=1)
        # A row of which nobody has a number stays as it is.
        self._reach(least, np.where(most < least, least, most + 1))
        found = found + (self._begins() - self.low)[:, None]
        # A one of the counts' own type spares a conversion of each.
        np.add.at(self.counts, found.reshape(-1) if known is None else found[known], np.int32(1))

    def _begins(self) -> Keys:
        """Where each row begins among the counts."""
        return np.asarray(np.cumsum(self.wide) - self.wide)

    def _reach(self, low: Keys, end: Keys) -> None:
        """Let the rows reach from these bins to before those; where a row would have none, it stays."""
        new = (self.wide == 0) & (end > low)
        lower, higher = (end > low) & (low < self.low), (end > low) & (end > self.low + self.wide)
        if not (new | lower | higher).any():
            return
        least = np.where(new | lower, low - _MARGIN, self.low)
        past = np.where(new | higher, end + _MARGIN, self.low + self.wide)
        counts = np.zeros(int((past - least).sum()), np.int32)
        begins = np.cumsum(past - least) - (past - least) + np.where(self.wide > 0, self.low - least, 0)
        for begin, held in zip(begins, self.rows(), strict=True):
            counts[begin : begin + len(held)] = held
        self.low, self.wide, self.counts = least, past - least, counts

    def percentiles(self, wanted: list[float]) -> Array:
        """Percentiles of each row: shape (percentiles, rows); NaN where nobody has a number."""
        found = np.full((len(wanted), len(self.low)), np.nan)
        for row, (low, counts) in enumerate(zip(self.low, self.rows(), strict=True)):
            reached = np.cumsum(counts, dtype=np.int64)
            many = int(reached[-1]) if len(reached) else 0
            if not many:
                continue
            place = np.array(wanted) / 100.0 * (many - 1)
            before = np.floor(place).astype(np.int64)
            one, other = (
                middles(low + np.searchsorted(reached, np.minimum(at, many - 1), side="right"))
                for at in (before, before + 1)
            )
            found[:, row] = one + (place - before) * (other - one)
        return found

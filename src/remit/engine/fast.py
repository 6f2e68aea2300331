"""The sums of exponentials compiled by numba, where it is installed: the same additions in the same order."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.util import find_spec

from remit.engine.people import Array, Places

Kernel = Callable[[Array, Array, Places, Array], None]


class _Wish:
    on: bool | None = None


def use(on: bool | None) -> None:
    """Whether numba is used: always, never, or (None) where it is installed and the crowd is worth its start."""
    _Wish.on = on


def kernel(patients: int) -> Kernel | None:
    """The compiled sum, where it is wanted for a crowd of this size and can be had."""
    wanted = patients >= WORTH if _Wish.on is None else _Wish.on
    return _compiled() if wanted and find_spec("numba") else None


WORTH = 4096
"""Patients from whom on loading the compiled code takes less time than it saves."""


@cache
def _compiled() -> Kernel:
    from remit.engine import fast_numba

    return fast_numba.add

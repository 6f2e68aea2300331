"""The compiled code (`kernels`, `tracing`, `rotations`, `digits`, …): whether it is wanted, and numba's part in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from hashlib import sha256
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from remit.engine import digits, drawing, kernels, onward, rotations, tracing, vectors, worked

WORTH = 16_384
"""Patients from whom on loading the compiled code, a second and more, takes less time than it saves."""
_WISH: dict[str, bool] = {}


class Kernel(NamedTuple):
    """Functions of those files as they are called: compiled, or as they stand."""

    curves: Callable[..., None]
    gathered: Callable[..., None]
    exponentials: Callable[..., None]
    worked: Callable[..., None]
    read: Callable[..., None]
    most: Callable[..., None]
    doubtful: Callable[..., None]
    onward: Callable[..., None]


PLAIN = Kernel(
    drawing.curves,
    drawing.gathered,
    kernels.exponentials,
    worked.worked,
    tracing.read,
    digits.most,
    digits.doubtful,
    onward.onward,
)


def use(on: bool | None) -> None:
    """Whether numba is used: always, never, or (None) where it is installed and the crowd is worth its start."""
    _WISH.clear()
    if on is not None:
        _WISH["on"] = on


def kernel(patients: int) -> Kernel | None:
    """The compiled code, where it is wanted for a crowd of this size and can be had."""
    wanted = _WISH.get("on", patients >= WORTH)
    return compiled() if wanted and find_spec("numba") else None


@cache
def compiled() -> Kernel:
    """The kernels as machine code. numba keeps it on disk: beside the file, or for the user where that is read-only."""
    extending = import_module("numba.extending")
    # A product and a sum may be one instruction; nothing else is loosened, and a division by zero is no exception.
    how: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": {"contract"}}
    helpers = (
        *kernels.HELPERS,
        *drawing.HELPERS,
        *tracing.HELPERS,
        *rotations.HELPERS,
        *worked.HELPERS,
        *digits.HELPERS,
        *onward.HELPERS,
    )
    vectors.register()
    for helper in helpers:
        extending.register_jitable(**how)(helper)

    return Kernel(*(machine_code(function, how) for function in PLAIN))


def machine_code(function: Callable[..., None], how: Mapping[str, Any]) -> Callable[..., None]:
    """A function as numba compiles it when it is first called."""
    numba = import_module("numba")
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, place_of_code(numba.config.CACHE_DIR)
    try:
        found: Callable[..., None] = numba.njit(cache=True, **how)(function)
    except RuntimeError:
        # There is no place where it could be kept.
        found = numba.njit(**how)(function)
    finally:
        numba.config.CACHE_DIR = before
    return found


def place_of_code(chosen: str) -> str:
    """Where machine code is kept: where the user chose, else in a folder of this very version of the engine.

    numba alone looks at the file of the function that it keeps, and would go on with what that one called before.
    """
    if chosen:
        return chosen
    here = Path(__file__).parent
    whole = b"".join(file.read_bytes() for file in sorted(here.glob("*.py")))
    return str(here / "__pycache__" / f"compiled-{sha256(whole).hexdigest()[:16]}")

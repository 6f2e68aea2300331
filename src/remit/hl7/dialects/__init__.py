"""One module a dialect: the coding systems it speaks, and how its codes are written.

A dialect is a module with `SYSTEMS`, the names under which messages call its coding system, `as_listed(code)`, which
brings a code into the form of the code table, and `as_number(code)`, its decimal number in the 11073 nomenclature.
"""

from __future__ import annotations

from types import ModuleType

from remit.hl7.dialects import mdc, mdil

DIALECTS: tuple[ModuleType, ...] = (mdc, mdil)


def dialect(system: str) -> ModuleType | None:
    """The dialect that speaks this coding system, or none."""
    return next((found for found in DIALECTS if system.upper() in found.SYSTEMS), None)

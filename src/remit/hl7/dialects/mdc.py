"""ISO/IEEE 11073-10101 nomenclature, as IHE PCD-01 gateways, GE, Mindray and others send it: decimal numbers."""

from __future__ import annotations

SYSTEMS = frozenset({"MDC", ""})
"""A message that names no coding system is taken for this one; its number and name must agree in any case."""


def as_listed(code: str) -> str:
    """The number without leading zeros.

    >>> as_listed("0147842")
    '147842'
    """
    return code.lstrip("0")


def as_number(code: str) -> str:
    """The code itself: it is a decimal number already."""
    return as_listed(code)

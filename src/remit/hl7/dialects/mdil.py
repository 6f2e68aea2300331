"""Philips' own codes: partition and term in hexadecimal, `0002-4bb8`; the term is that of the 11073 nomenclature."""

from __future__ import annotations

SYSTEMS = frozenset({"MDIL"})


def as_listed(code: str) -> str:
    """The code in lower case, as the code table has it.

    >>> as_listed("0002-4BB8")
    '0002-4bb8'
    """
    return code.lower()


def as_number(code: str) -> str:
    """The decimal number of the 11073 nomenclature that the code stands for; empty where it is no such code.

    >>> as_number("0004-0f20")
    '266016'
    """
    partition, _, term = code.partition("-")
    try:
        return str((int(partition, 16) << 16) + int(term, 16))
    except ValueError:
        return ""

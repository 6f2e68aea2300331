"""A picture packed again shows the same dots, whatever each of its rows was filtered with."""

from __future__ import annotations

import random
import struct
import zlib

import pytest

from tools.packing import SIGNATURE, _chunk, _nearest, packed

WIDE, HIGH, DOT = 40, 9, 3


def filtered(rows: list[bytes], kind: int) -> bytes:
    """The rows as a writer of pictures filters them."""
    made, above = b"", bytes(WIDE * DOT)
    for row in rows:
        made += bytes([kind])
        for at, value in enumerate(row):
            left, corner = (row[at - DOT], above[at - DOT]) if at >= DOT else (0, 0)
            over = above[at]
            guess = (0, left, over, (left + over) // 2, _nearest(left, over, corner))[kind]
            made += bytes([(value - guess) & 0xFF])
        above = row
    return made


def picture(data: bytes, level: int, depth: int = 8) -> bytes:
    head = struct.pack(">IIBBBBB", WIDE, HIGH, depth, 2, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(data, level)), (b"IEND", b""))
    return SIGNATURE + b"".join(_chunk(*one) for one in parts)


def rows() -> list[bytes]:
    dots = random.Random(1)
    return [bytes(dots.choices((0, 7, 255), k=WIDE * DOT)) for _ in range(HIGH)]


@pytest.mark.parametrize("kind", range(5))
def test_every_filter_is_undone_and_no_dot_is_lost(kind: int) -> None:
    held = rows()
    small = packed(picture(filtered(held, kind), 0))
    assert small == picture(filtered(held, 0), 9)


def test_what_would_not_be_smaller_or_is_of_another_kind_stays_as_it_is() -> None:
    best = picture(filtered(rows(), 0), 9)
    assert packed(best) == best
    other = picture(filtered(rows(), 0), 0, depth=16)
    assert packed(other) == other

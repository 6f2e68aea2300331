"""Pictures of pages packed again without losing a dot: pages are flat, and flat rows pack best as they are."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Row = NDArray[np.uint8]
SIGNATURE = b"\x89PNG\r\n\x1a\n"
CHANNELS = {2: 3, 6: 4}
"""Bytes of a dot by the colour type of a PNG: red, green and blue, or with how much shines through."""
_SUB, _UP, _MEAN = 1, 2, 3


def packed(png: bytes) -> bytes:
    """The same picture in fewer bytes; a picture of another kind, or one that would not be smaller, as it is."""
    parts = list(_chunks(png))
    width, height, depth, colour, _, _, laced = struct.unpack(">IIBBBBB", dict(parts)[b"IHDR"])
    if depth != 8 or laced or colour not in CHANNELS:
        return png
    data = zlib.decompress(b"".join(held for kind, held in parts if kind == b"IDAT"))
    rows = _rows(data, height, width, CHANNELS[colour])
    plain = zlib.compress(b"".join(b"\0" + row.tobytes() for row in rows), 9)
    made = SIGNATURE + b"".join(_chunk(*one) for one in ((b"IHDR", parts[0][1]), (b"IDAT", plain), (b"IEND", b"")))
    return made if len(made) < len(png) else png


def _chunks(png: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = len(SIGNATURE)
    while at < len(png):
        length = int.from_bytes(png[at : at + 4], "big")
        yield png[at + 4 : at + 8], png[at + 8 : at + 8 + length]
        at += 12 + length


def _chunk(kind: bytes, held: bytes) -> bytes:
    return struct.pack(">I", len(held)) + kind + held + struct.pack(">I", zlib.crc32(kind + held))


def _rows(data: bytes, height: int, width: int, size: int) -> Iterator[Row]:
    """The rows of dots behind what each row was filtered with."""
    stride, before = width * size, np.zeros(width * size, np.uint8)
    for at in range(0, height * (stride + 1), stride + 1):
        before = _row(data[at], np.frombuffer(data, np.uint8, stride, at + 1), before, size)
        yield before


def _row(kind: int, line: Row, above: Row, size: int) -> Row:
    if kind == 0:
        return line
    if kind == _SUB:
        return np.cumsum(line.reshape(-1, size), axis=0, dtype=np.uint8).reshape(-1)
    if kind == _UP:
        return line + above
    found, up = bytearray(size), bytes(size) + above.tobytes()
    for at, value in enumerate(line.tolist()):
        left, over, corner = found[at], up[at + size], up[at]
        guess = (left + over) // 2 if kind == _MEAN else _nearest(left, over, corner)
        found.append((value + guess) & 0xFF)
    return np.frombuffer(bytes(found[size:]), np.uint8)


def _nearest(left: int, over: int, corner: int) -> int:
    """Paeth's guess: whichever neighbour lies nearest to left + over - corner."""
    aim = left + over - corner
    return min((left, over, corner), key=lambda one: abs(aim - one))

"""Reads the text of a PDF page by page, as far as the printed papers need it."""

from __future__ import annotations

import re
import zlib

_OBJECT = re.compile(rb"(\d+) 0 obj\r?\n?(.*?)endobj", re.DOTALL)
_FONT = re.compile(rb"/(f\d+) [\d.]+ Tf")
_ESCAPED = re.compile(rb"\\([0-7]{1,3}|.)", re.DOTALL)
_LETTERS = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def pages(pdf: bytes) -> list[str]:
    """The text of each page, lines run together."""
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    held = [body for body in objects.values() if re.search(rb"/Type\s*/Page\b(?!s)", body)]
    return [_page(body, objects) for body in held]


def _page(body: bytes, objects: dict[int, bytes]) -> str:
    fonts = {
        name: _letters(objects, objects[int(font)])
        for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", _resources(body, objects))
    }
    shown: list[str] = []
    content = _stream(objects[_reference(body, b"Contents")])
    parts = _FONT.split(content)
    for name, part in zip(parts[1::2], parts[2::2], strict=True):
        codes = b"".join(_ESCAPED.sub(_byte, text) for text in _strings(part))
        shown += [fonts[name].get(int.from_bytes(codes[at : at + 2], "big"), "?") for at in range(0, len(codes), 2)]
    return "".join(shown)


def _strings(content: bytes) -> list[bytes]:
    """The strings in brackets; brackets inside them are escaped or in pairs."""
    found: list[bytes] = []
    depth = start = at = 0
    while at < len(content):
        letter = content[at : at + 1]
        if letter == b"\\":
            at += 1
        elif letter == b"(":
            start = start if depth else at + 1
            depth += 1
        elif letter == b")" and depth:
            depth -= 1
            found += [content[start:at]] if depth == 0 else []
        at += 1
    return found


def _resources(body: bytes, objects: dict[int, bytes]) -> bytes:
    found = re.search(rb"/Resources (\d+) 0 R", body)
    return objects[int(found.group(1))] if found else body


def _letters(objects: dict[int, bytes], font: bytes) -> dict[int, str]:
    table = _stream(objects[_reference(font, b"ToUnicode")])
    pairs = re.findall(rb"<([0-9A-F]{4})> <([0-9A-F]+)>", table)
    return {int(code, 16): bytes.fromhex(text.decode()).decode("utf-16-be") for code, text in pairs}


def _reference(body: bytes, key: bytes) -> int:
    found = re.search(rb"/" + key + rb" (\d+) 0 R", body)
    assert found, key
    return int(found.group(1))


def _stream(body: bytes) -> bytes:
    found = re.search(rb"stream\r?\n(.*)\r?\nendstream", body, re.DOTALL)
    assert found
    return zlib.decompress(found.group(1))


def _byte(match: re.Match[bytes]) -> bytes:
    code = match.group(1)
    if code[:1].isdigit():
        return bytes([int(code, 8)])
    return _LETTERS.get(code, code)

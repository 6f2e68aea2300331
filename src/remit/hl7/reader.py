"""From bytes to a parsed message: framing, line ends and character set, tolerantly; what is no message is refused."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timezone, tzinfo

import hl7

from remit.quantities import BadInput

START, END = b"\x0b", b"\x1c"
"""The bytes that frame a message on the wire (MLLP)."""
LONGEST = 1 << 20
"""More bytes than any set of vital signs needs."""
_MSH = re.compile(rb"(?:\A|[\r\n])\s*(?=MSH\W)")
_SEPARATORS = re.compile(r"MSH(\W)([^\w\s]{2,5}?)(?:\1|\Z)")


@dataclass(frozen=True, slots=True)
class Part:
    """One segment of a message, its fields counted from 1 as the standard counts them."""

    segment: hl7.Segment

    @property
    def id(self) -> str:
        """The segment's name, such as OBX."""
        return str(self.segment[0])

    def text(self, field: int, component: int = 1, repeat: int = 1, sub: int = 1) -> str:
        """A field's text with its escapes resolved; empty where it is absent."""
        try:
            return str(self.segment.extract_field(1, field, repeat, component, sub) or "").strip()
        except (IndexError, ValueError):
            return ""

    def whole(self, field: int) -> str:
        """A field with everything in it, as it was sent."""
        return str(self.segment[field]).strip() if field < len(self.segment) else ""

    def repeats(self, field: int) -> int:
        """How often a field is repeated."""
        return len(self.segment[field]) if field < len(self.segment) else 0


@dataclass(frozen=True, slots=True)
class Parsed:
    """A message in its segments, and what had to be assumed to read it."""

    parts: tuple[Part, ...]
    notes: tuple[str, ...]

    @property
    def head(self) -> Part:
        """The segment MSH."""
        return self.parts[0]

    def zone(self, otherwise: tzinfo | None) -> tzinfo | None:
        """The zone of times without an offset: that of the message's own time, as the standard has it."""
        told = moment(self.head.text(7), None)
        return told.tzinfo if told and told.tzinfo else otherwise

    def first(self, id: str) -> Part | None:
        """The first segment of this name."""
        return next((part for part in self.parts if part.id == id), None)


def messages(data: bytes) -> Iterator[bytes]:
    """The messages in a file or a packet, framed or not. Raises `BadInput` where there is none."""
    starts = [found.end() for found in _MSH.finditer(data.replace(START, b"\r"))]
    if not starts:
        raise BadInput(f"message: a segment MSH is needed at its start, not {data[:20]!r}")
    for start, end in zip(starts, [*starts[1:], len(data)], strict=True):
        yield data[start:end].split(END)[0].rstrip(START + b"\r\n ")


def parse(data: bytes) -> Parsed:
    """One message in its segments. Raises `BadInput` for what is no HL7 message."""
    if len(data) > LONGEST:
        raise BadInput(f"message: at most {LONGEST} bytes are read, not {len(data)}")
    found = list(messages(data))
    if len(found) != 1:
        raise BadInput(f"message: one is read at a time, not {len(found)}")
    text, notes = _decode(found[0])
    separators = _SEPARATORS.match(text)
    if separators is None or len(set("".join(separators.groups()))) < len("".join(separators.groups())):
        raise BadInput(f"message: MSH with different separators is needed, not {text[:9]!r}")
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    try:
        held = hl7.parse("\r".join(lines))
    except (hl7.HL7Exception, AssertionError, IndexError, ValueError) as error:
        raise BadInput(f"message: not HL7 version 2 ({error})") from error
    return Parsed(tuple(Part(segment) for segment in held), notes)


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """The text by the message's own character set (MSH-18), else UTF-8, else Latin-1."""
    head = re.split(rb"[\r\n]", data, maxsplit=1)[0]
    fields = head.split(head[3:4])
    stated = fields[17].split(b"~")[0].decode("ascii", "replace") if len(fields) > 17 else ""
    codec = _codec(stated)
    for name in dict.fromkeys((codec, "utf-8", "latin-1")):
        if name:
            try:
                text = data.decode(name)
            except UnicodeDecodeError:
                continue
            assumed = bool(stated) and name != codec
            return text, (f"character set {stated!r} does not fit, read as {name}",) if assumed else ()
    return "", ()


def _codec(stated: str) -> str:
    """The codec of an HL7 character set name; empty where it is not known."""
    if latin := re.fullmatch(r"8859/(\d{1,2})", stated.strip()):
        name = f"iso-8859-{latin[1]}"
    else:
        name = stated.upper().replace("UNICODE", "").strip()
    try:
        return codecs.lookup(name).name
    except LookupError:
        return ""


def moment(text: str, zone: tzinfo | None) -> datetime | None:
    """A time of the message; one without an offset is in `zone`. None where there is none or it is no time."""
    try:
        found = hl7.parse_datetime(text)
        offset = found.utcoffset() if found else None
    except (ValueError, OverflowError):
        return None
    return found.replace(tzinfo=zone if offset is None else timezone(offset)) if found else None

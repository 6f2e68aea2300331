"""Reading files strictly: a key given twice is refused, and every refusal names the file and the place."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from remit.quantities import BadInput

try:
    from yaml import CSafeLoader as Loader
except ImportError:  # a PyYAML built without libyaml reads the same, eight times slower
    from yaml import SafeLoader as Loader  # type: ignore[assignment]

T = TypeVar("T")
DEEPEST = 60
"""How deep a file may nest."""
_WORDS = {"true": True, "false": False, "null": None, "~": None, "": None}
_WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?")


def _typed(text: str) -> Any:
    """Numbers, truth values and null as YAML 1.2 reads them; dates, `no` and `0123` stay text."""
    if text in _WORDS:
        return _WORDS[text]
    if _WHOLE.fullmatch(text):
        return int(text)
    return float(text) if _DECIMAL.fullmatch(text) else text


def _refused(event: Any, reason: str) -> BadInput:
    return BadInput(f"line {event.start_mark.line + 1}: {reason}")


class _Document:
    """The one document of a text, built as its parts begin and end.

    PyYAML's own building would keep the last of two equal keys in silence, and end the process at deep nesting.
    """

    def __init__(self, text: str, plain: Callable[[str], Any]) -> None:
        self._events = yaml.parse(text, Loader=Loader)
        self._plain = plain
        self._named: dict[str, Any] = {}
        self._open: list[str | None] = []
        """The names of the parts that have begun and not ended."""

    def content(self) -> Any:
        """What the document holds, None where there is none."""
        _, begun = self._next(), self._next()
        if isinstance(begun, yaml.StreamEndEvent):
            return None
        held = self._value(self._next())
        _, after = self._next(), self._next()
        if not isinstance(after, yaml.StreamEndEvent):
            raise _refused(after, "one document is needed, not another after it")
        return held

    def _next(self) -> Any:
        return next(self._events)

    def _value(self, event: Any) -> Any:
        if isinstance(event, yaml.AliasEvent):
            return self._again(event)
        if event.tag is not None:
            raise _refused(event, f"the type {event.tag} is not known; a value is written without it")
        if isinstance(event, yaml.ScalarEvent):
            held = self._plain(event.value) if event.implicit[0] else event.value
        else:
            held = self._part(event)
        if event.anchor is not None:
            self._named[event.anchor] = held
        return held

    def _again(self, event: Any) -> Any:
        if event.anchor in self._open:
            raise _refused(event, f"&{event.anchor} contains itself")
        if event.anchor not in self._named:
            raise _refused(event, f"*{event.anchor} stands for nothing before it")
        return self._named[event.anchor]

    def _part(self, event: Any) -> Any:
        self._open.append(event.anchor)
        if len(self._open) > DEEPEST:
            raise _refused(event, f"nested at most {DEEPEST} deep, not deeper")
        held = self._mapping() if isinstance(event, yaml.MappingStartEvent) else self._list()
        self._open.pop()
        return held

    def _list(self) -> list[Any]:
        held = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            held.append(self._value(event))
        return held

    def _mapping(self) -> dict[Hashable, Any]:
        held: dict[Hashable, Any] = {}
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            key = self._value(event)
            if not isinstance(key, Hashable):
                raise _refused(event, f"a key is a word or a number, not {key!r}")
            if key in held:
                raise _refused(event, f"key {key!r} is given twice")
            held[key] = self._value(self._next())
        return held


def _read(path: Path, plain: Callable[[str], Any]) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: UTF-8 text is needed, byte {error.start} is not") from error
    try:
        return _Document(text, plain).content()
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error
    except yaml.YAMLError as error:
        place = getattr(error, "problem_mark", None)
        line = f" line {place.line + 1}:" if place else ""
        raise BadInput(f"{path}:{line} not YAML or JSON ({getattr(error, 'problem', error)})") from error
    except ValueError as error:
        raise BadInput(f"{path}: {error}") from error


def read_typed(path: Path) -> Any:
    """A knowledge file's content: numbers are numbers, dates stay text. Raises `BadInput`."""
    return _read(path, _typed)


def read_text(path: Path) -> Any:
    """A person's input file, every scalar as the text written (`lot: 0123` stays `0123`). Raises `BadInput`."""
    return _read(path, str)


def as_schema(value: Any, schema: type[T], name: str, *, lax: bool = False) -> T:
    """`value` as `schema`, or `BadInput` with the name, the path inside it and the reason.

    `lax` turns text into numbers, dates and truth values where the schema asks for them (for `read_text`).
    """
    try:
        return msgspec.convert(value, schema, strict=not lax)
    except (msgspec.ValidationError, BadInput) as error:
        raise BadInput(f"{name}: {error}") from error

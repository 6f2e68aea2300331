"""Reading files strictly: a key given twice is refused, and every refusal names the file and the place."""

from __future__ import annotations

import re
from collections.abc import Hashable
from pathlib import Path
from typing import Any, TypeVar

import msgspec
import yaml

from remit.quantities import BadInput

try:
    from yaml import CBaseLoader as BaseLoader
    from yaml import CSafeLoader as SafeLoader
except ImportError:  # a PyYAML built without libyaml reads the same, eight times slower
    from yaml import BaseLoader, SafeLoader  # type: ignore[assignment]

T = TypeVar("T")
DEEPEST = 60
"""How deep a file may nest."""


def _line(marked: Any) -> int:
    return int(marked.start_mark.line) + 1


class _NoDuplicates:
    """Refuses a mapping that gives a key twice, where YAML itself would keep the last in silence."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        seen: set[Hashable] = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=True)  # type: ignore[attr-defined]
            if not isinstance(key, Hashable):
                raise BadInput(f"line {_line(key_node)}: a key is a word or a number, not {key!r}")
            if key in seen:
                raise BadInput(f"line {_line(key_node)}: key {key!r} is given twice")
            seen.add(key)
        return super().construct_mapping(node, deep)  # type: ignore[misc,no-any-return]


class _Typed(_NoDuplicates, SafeLoader):
    """Numbers, truth values and null as YAML 1.2 reads them; dates, `no` and `0123` stay text."""

    yaml_implicit_resolvers: dict[str, list[tuple[str, re.Pattern[str]]]] = {}  # noqa: RUF012 - as PyYAML declares it


_Typed.add_implicit_resolver("tag:yaml.org,2002:bool", re.compile(r"(?:true|false)$"), list("tf"))
_Typed.add_implicit_resolver("tag:yaml.org,2002:null", re.compile(r"(?:null|~|)$"), ["n", "~", ""])
_Typed.add_implicit_resolver("tag:yaml.org,2002:int", re.compile(r"[-+]?(0|[1-9][0-9]*)$"), list("-+0123456789"))
_Typed.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"[-+]?(0|[1-9][0-9]*)?\.[0-9]+([eE][-+]?[0-9]+)?$"), list("-+0123456789.")
)


class _Text(_NoDuplicates, BaseLoader):
    """Every scalar stays the text that was written; a schema says what is a number."""


def _refuse_what_would_not_end(text: str, loader: Any) -> None:
    """Refuse nesting without bound, at which libyaml would end the process, and a part that contains itself."""
    open_parts: list[str | None] = []
    for event in yaml.parse(text, Loader=loader):
        if isinstance(event, yaml.CollectionStartEvent):
            open_parts.append(event.anchor)
        elif isinstance(event, yaml.CollectionEndEvent):
            open_parts.pop()
        elif isinstance(event, yaml.AliasEvent) and event.anchor in open_parts:
            raise BadInput(f"line {_line(event)}: &{event.anchor} contains itself")
        if len(open_parts) > DEEPEST:
            raise BadInput(f"line {_line(event)}: nested at most {DEEPEST} deep, not deeper")


def _parse(text: str, loader: Any) -> Any:
    _refuse_what_would_not_end(text, loader)
    reading = loader(text)
    try:
        return reading.get_single_data()
    finally:
        reading.dispose()


def _read(path: Path, loader: Any) -> Any:
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: UTF-8 text is needed, byte {error.start} is not") from error
    try:
        return _parse(text, loader)
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
    return _read(path, _Typed)


def read_text(path: Path) -> Any:
    """A person's input file, every scalar as the text written (`lot: 0123` stays `0123`). Raises `BadInput`."""
    return _read(path, _Text)


def as_schema(value: Any, schema: type[T], name: str, *, lax: bool = False) -> T:
    """`value` as `schema`, or `BadInput` with the name, the path inside it and the reason.

    `lax` turns text into numbers, dates and truth values where the schema asks for them (for `read_text`).
    """
    try:
        return msgspec.convert(value, schema, strict=not lax)
    except (msgspec.ValidationError, BadInput) as error:
        raise BadInput(f"{name}: {error}") from error

"""What a command prints: one JSON document with `--json`, else a table for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def add_json(command: Any) -> None:
    """Give a command the `--json` switch."""
    command.add_argument("--json", action="store_true", help="print one JSON document")


def show(document: Mapping[str, Any], as_json: bool) -> None:
    """Print the document as JSON, or as indented lines that a person reads."""
    if as_json:
        print(json.dumps(document, ensure_ascii=False, allow_nan=False))
    else:
        print("\n".join(_lines(document)))


def _scalar(value: Any) -> str:
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def _plain(value: Any) -> bool:
    return not isinstance(value, Mapping | list | tuple)


def _lines(value: Any, indent: str = "") -> list[str]:
    if isinstance(value, Mapping):
        width = max((len(str(key)) for key, held in value.items() if _plain(held)), default=0)
        lines = []
        for key, held in value.items():
            if _plain(held):
                lines.append(f"{indent}{str(key).ljust(width)}  {_scalar(held)}")
            elif not held:
                lines.append(f"{indent}{key}  none")
            else:
                lines += [f"{indent}{key}", *_lines(held, indent + "  ")]
        return lines
    if isinstance(value, list | tuple):
        if all(_plain(held) for held in value):
            said = [_scalar(held) for held in value]
            # Sentences stand on lines of their own; ids and numbers share one.
            if any(" " in one for one in said):
                return [f"{indent}- {one}" for one in said]
            return [indent + ", ".join(said)]
        lines = []
        for held in value:
            inner = _lines(held, indent + "  ")
            lines += [indent + "- " + inner[0].strip(), *inner[1:]] if inner else []
        return lines
    return [indent + _scalar(value)]

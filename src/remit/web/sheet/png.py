"""A chart as a PNG, drawn from its SVG with the day's colours on white. Words come in as data, never as markup."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import typst
from django.contrib.staticfiles import finders

from remit.web.sheet.pdf import FOLDER, fonts, visible

POINTS_PER_INCH = 144.0
_NAMED = re.compile(r"(--[\w-]+):\s*([^;]+);")
_USED = re.compile(r"var\((--[\w-]+)(?:,[^()]*(?:\([^()]*\))?)?\)")


def png(picture: str, heading: str, lines: Sequence[str]) -> bytes:
    """The chart under its heading, over what its lines are."""
    head, mark, rest = picture.partition(">")
    told = {
        "picture": f"{head}{mark}<style>{_rules()}</style>{rest}",
        "heading": visible(heading),
        "lines": [visible(line) for line in lines],
    }
    compiler = typst.Compiler(
        FOLDER / "picture.typ", root=FOLDER, font_paths=fonts(), sys_inputs={"data": json.dumps(told)}
    )
    made = compiler.compile(format="png", ppi=POINTS_PER_INCH)
    if not isinstance(made, bytes):
        raise TypeError(f"typst: one picture is needed, not {type(made).__name__}")
    return made


@cache
def _rules() -> str:
    """The look of the charts with each named colour as its value: what draws here knows no names."""
    day = dict(_NAMED.findall(_sheet("tokens").partition("}")[0]))
    named = _USED.sub(lambda used: day[used[1]], _sheet("charts"))
    return named.replace("font-family: inherit", 'font-family: "Source Sans 3"')


def _sheet(name: str) -> str:
    found = finders.find(f"remit/{name}.css")
    if not isinstance(found, str):
        raise FileNotFoundError(f"remit/{name}.css")
    return Path(found).read_text(encoding="utf-8")

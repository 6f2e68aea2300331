"""No clinical number stands in code: limits, doses, cut-offs and windows live in the knowledge, with their source.

Every number literal of `pathway/`, `acts/` and `web/` is looked at, and every number with a unit in a text, a template
or a script. What may stand is small, says why, and is no limit on a person.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "remit"
EVERYDAY = {0, 1, 2, 100, 60, 3600, 24, 7, 1e-9}
"""Nothing, one, a pair, per cent, minutes and seconds, hours, days of the week, rounding of floating-point numbers."""
ALLOWED: dict[str, dict[float | str, str]] = {
    "acts/anchor.py": {256: "bytes of a place in the anchor file"},
    "acts/audit.py": {64: "signs of a digest"},
    "acts/closed_days.py": {260: "weeks ahead for which a closed day may be entered"},
    "acts/core.py": {500: "seals kept in one row"},
    "acts/invitations.py": {4: "signs of a group of a code"},
    "acts/lab.py": {8: "hours of a picture", 168: "hours of a picture", 2001: "a year to count days from"},
    "acts/lab_worker.py": {10: "how far a process stands back behind others"},
    "acts/patients.py": {0.82: "likeness of two names", 2.54: "an inch in centimetres", 1900: "a year of birth"},
    "acts/presence.py": {15: "seconds between two marks of presence"},
    "acts/prices.py": {9: "digits of a price", 10: "base of the digits"},
    "pathway/alarms.py": {3: "rank of a priority"},
    "pathway/course.py": {4: "how many weeks ahead a plan is drawn when nobody says"},
    "pathway/glance.py": {3: "rank of urgency", 4: "rank of urgency", 5: "rank of urgency"},
    "pathway/outcome.py": {0.95: "level of an interval around a rate", 4: "Wilson's formula"},
    "pathway/prediction.py": {0.001: "how near to nobody or to all a share is taken, so that a ratio has a number"},
    "pathway/staging.py": {12: "months of a year"},
    "web/charts/session.py": {90: "pixels from the edge of the drawing"},
    "web/static/remit/session.js": {"10": "one more digit would exceed what is possible"},
    "web/pages/session.py": {45: "seconds after which a late form keeps its own time"},
    "web/form_paper.py": {"40 min": "the form's own name of a field"},
    "web/pages/frame.py": {365: "days for which a browser keeps a file"},
}
"""By file: the number, and why it is no limit on a person."""
PLACES = {
    "round",
    "_rounded",
    "token_hex",
    "token_bytes",
    "token_urlsafe",
    "randbelow",
    "lru_cache",
    "HKDF",
    "open",
    "read",
}
"""Calls whose numbers are decimal places, bytes of randomness, sizes of a cache or modes of a file."""
SIZE_NAMES = re.compile(r"_?(LONGEST|MOST)_\w+|\w*(PER_PAGE|BATCH|_SIGNS|SHOWN|TOLD)")
"""Constants that say how long a text, a page or a batch may be."""
SIZES = {
    "max_length", "min_length", "status", "maxsize", "rows", "cols", "size", "width", "height", "decimal_places",
    "max_digits", "chunk_size", "length", "indent", "radius",
}  # fmt: skip
"""Arguments that say how long a text or how large a drawing is, or which answer a server gives."""
DRAWN = ("web/charts/", "web/sheet/")
"""Drawings: their numbers are places on paper; what is compared there is looked at all the same."""
CLINICAL = re.compile(
    r"systolic|diastolic|pressure|mmhg|spo2|pulse|heart|respir|sedat|dissoc|dose|\bmg|weight|bmi|fasting|escort|observ"
    r"|release|limit|threshold|cut_?off|score|remission|overdue|repeat",
    re.IGNORECASE,
)
IN_WORDS = re.compile(
    r"\b\d{2,3}/\d{2,3}\b(?!/)"
    r"|\b(?!0\s|100\s?%)\d+(?:\.\d+)?[\s\u00a0\u2009]?"
    r"(?:mg(?:/kg|/mL)?|mmHg|mL(?:/h)?|kg|lb|%|bpm|min(?:utes?)?|hours?|h|days?|weeks?|months?)(?![\w/}-])"
)
"""A pressure such as 140/90, or a number with a unit."""
COMPARED = re.compile(r"[<>]=?\s*(\d+(?:\.\d+)?)\b|\b(\d+(?:\.\d+)?)\s*[<>]=?")


class Number(NamedTuple):
    """A number in a file: where it stands, what it is, and the line around it."""

    line: int
    value: float | str
    text: str


def _docstrings(tree: ast.AST) -> set[ast.AST]:
    """Every text that stands alone: a docstring of a module, a class, a function or a field."""
    return {
        node.value for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }


def _parents(tree: ast.AST) -> dict[ast.AST, ast.AST]:
    return {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}


def _above(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> Iterator[ast.AST]:
    while node in parents:
        node = parents[node]
        yield node


def _called(call: ast.Call) -> str:
    return getattr(call.func, "attr", getattr(call.func, "id", ""))


def _says_size(node: ast.AST, parents: dict[ast.AST, ast.AST]) -> bool:
    """True for a number that is a place, a size, an index or a rank by where it stands."""
    below = node
    for up in _above(node, parents):
        if isinstance(up, ast.Subscript) and below is up.slice:
            return True
        if isinstance(up, ast.keyword):
            return up.arg in SIZES
        if isinstance(up, ast.Dict) and below in up.values:
            return getattr(up.keys[up.values.index(below)], "value", None) in SIZES
        if isinstance(up, ast.Call) and _called(up) in PLACES:
            return True
        if isinstance(up, ast.Call) and isinstance(up.func, ast.Attribute) and getattr(up.func.value, "id", "") == "os":
            return True
        if isinstance(up, ast.Assign):
            return isinstance(up.targets[0], ast.Name) and bool(SIZE_NAMES.fullmatch(up.targets[0].id))
        if isinstance(up, ast.Compare):
            return any(isinstance(side, ast.Call) and _called(side) == "len" for side in (up.left, *up.comparators))
        if isinstance(up, ast.FunctionDef | ast.AnnAssign):
            return False
        below = up
    return False


def numbers(source: str, name: str) -> list[Number]:
    """The numbers of a Python file that ought to stand in the knowledge."""
    tree = ast.parse(source)
    parents, lines, apart = _parents(tree), source.splitlines(), _docstrings(tree)
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant) or node in apart or isinstance(node.value, bool):
            continue
        text = lines[node.lineno - 1].strip()
        if isinstance(node.value, str):
            found += [Number(node.lineno, said, text) for said in IN_WORDS.findall(node.value)]
        elif isinstance(node.value, int | float) and not _may_stand(node, name, text, parents):
            found.append(Number(node.lineno, node.value, text))
    return found


def _in_base_16_or_8(value: float, text: str) -> bool:
    """True for a mode of a file or a mark, which nobody writes a limit in."""
    written = (said.replace("_", "") for said in re.findall(r"\b0[xXoO][0-9A-Fa-f_]+\b", text))
    return any(int(said, 0) == value for said in written)


def _may_stand(node: ast.Constant, name: str, text: str, parents: dict[ast.AST, ast.AST]) -> bool:
    value = node.value
    if value in EVERYDAY or _says_size(node, parents) or _in_base_16_or_8(value, text):
        return True
    if name.startswith("web/") and not CLINICAL.search(text) and value in set(HTTPStatus):
        return True
    compared = any(isinstance(up, ast.Compare) for up in _above(node, parents))
    return name.startswith(DRAWN) and not compared


def in_words(source: str) -> list[Number]:
    """The numbers with a unit, and in a script those that are compared, in a template or a script."""
    plain = re.sub(
        r"\{#.*?#\}|\{% comment.*?endcomment %\}|<!--.*?-->|/\*.*?\*/|(?<!:)//[^\n]*", _blank, source, flags=re.DOTALL
    )
    found = []
    for number, line in enumerate(plain.splitlines(), start=1):
        found += [Number(number, said, line.strip()) for said in IN_WORDS.findall(re.sub(r"\bstyle=\S+", "", line))]
    return found


def compared(source: str) -> list[Number]:
    """The numbers with which a script compares something."""
    plain = re.sub(r"/\*.*?\*/|(?<!:)//[^\n]*", _blank, source, flags=re.DOTALL)
    return [
        Number(number, said, line.strip())
        for number, line in enumerate(plain.splitlines(), start=1)
        for said in ("".join(each) for each in COMPARED.findall(re.sub(r"status\s*[<>=!]+\s*\d+", "", line)))
        if float(said) not in EVERYDAY
    ]


def _blank(cut: re.Match[str]) -> str:
    return "\n" * cut[0].count("\n")


def _files(*patterns: str) -> list[Path]:
    found = [path for pattern in patterns for path in SOURCE.glob(pattern) if "vendor" not in path.parts]
    return sorted(path for path in found if "migrations" not in path.parts)


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def _report(path: Path, found: list[Number]) -> str:
    return "\n".join(f"{_name(path)}:{each.line}: {each.value}: {each.text}" for each in found)


@pytest.mark.parametrize("path", _files("pathway/**/*.py", "acts/**/*.py", "web/**/*.py"), ids=_name)
def test_no_clinical_number_stands_in_code(path):
    found = [
        each
        for each in numbers(path.read_text(encoding="utf-8"), _name(path))
        if each.value not in ALLOWED.get(_name(path), {})
    ]
    assert not found, "\n" + _report(path, found)


@pytest.mark.parametrize("path", _files("web/**/*.html", "web/**/*.txt", "web/**/*.typ", "web/**/*.js"), ids=_name)
def test_no_clinical_number_stands_in_a_page_or_a_script(path):
    source = path.read_text(encoding="utf-8")
    found = in_words(source) if path.suffix != ".typ" else []
    found += compared(source) if path.suffix == ".js" else []
    found = [each for each in found if each.value not in ALLOWED.get(_name(path), {})]
    assert not found, "\n" + _report(path, found)


@pytest.mark.parametrize(
    ("code", "values"),
    [
        ("if systolic > 140: hold()", [140]),
        ("LIMIT = 180", [180]),
        ("def due(after_min=40): ...", [40]),
        ("wait = timedelta(minutes=120)", [120]),
        ("text = 'above 140/90 ask'", ["140/90"]),
        ("text = f'{name}: wait 120 min'", ["120 min"]),
        ("dose = weight * 0.5", [0.5]),
        ("options = {'mg': [28, 56]}", [28, 56]),
        ("if 90 > spo2: alarm()", [90]),
        ("'''At 140/90.'''\n# 140/90\nx = half[2:64]\nshare = 100 * round(x, 3)", []),
        ("name = CharField(max_length=140)", []),
        ("name = FloatField(max_value=140)", [140]),
        ("if len(said) > 30: cut()", []),
    ],
)
def test_the_search_finds_a_limit_and_leaves_a_size(code, values):
    assert [each.value for each in numbers(code, "acts/example.py")] == values


@pytest.mark.parametrize(
    ("page", "values"),
    [
        ("<p>Wait 120 minutes</p>", ["120 minutes"]),
        ("<p>above 140/90 mmHg</p>", ["140/90"]),
        ("<p>{# 140/90 #}{{ minutes }} min</p>", []),
        ("<!-- 120 min --><p>21/11/2026</p>", []),
    ],
)
def test_the_search_reads_pages(page, values):
    assert [each.value for each in in_words(page)] == values


def test_the_search_reads_scripts():
    assert [each.value for each in compared("if (s > 140 || 92 >= o) {} // > 180\nfor (i = 0; i < 2; i++) {}")] == [
        "140",
        "92",
    ]


def test_what_is_allowed_is_still_there():
    for name, held in ALLOWED.items():
        source = (SOURCE / name).read_text(encoding="utf-8")
        if name.endswith(".py"):
            there = {node.value for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Constant)}
            there |= {said for text in there if isinstance(text, str) for said in IN_WORDS.findall(text)}
        else:
            there = {each.value for each in [*in_words(source), *compared(source)]}
        assert set(held) <= there, f"{name}: {set(held) - there} stands there no more"

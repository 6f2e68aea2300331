"""The hazards name tests that exist, and each hazard says everything that it must."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "clinical" / "hazards.md").read_text(encoding="utf-8")
HAZARDS = dict(re.findall(r"^## (H\d\d [^\n]+)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
TEST = r"`(tests/[\w/]+\.py::(?:Test\w+::)?test_\w+)`"
NAMED = sorted(set(re.findall(TEST, TEXT)))


@cache
def names_in(path):
    """The tests of a file as pytest names them."""
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    classes = {node.name: node.body for node in tree.body if isinstance(node, ast.ClassDef)}
    held = {"": tree.body} | {f"{name}::": body for name, body in classes.items()}
    return {f"{name}{node.name}" for name, body in held.items() for node in body if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize("test", NAMED)
def test_each_named_test_exists(test):
    path, _, name = test.partition("::")
    assert (ROOT / path).is_file(), f"{path} does not exist"
    assert name in names_in(path), f"{path} has no {name}"


@pytest.mark.parametrize("title", HAZARDS)
def test_each_hazard_says_cause_severity_control_proof_and_what_remains(title):
    for word in ("Situation", "Cause", "Severity", "Probability", "Control", "Proof", "What remains"):
        assert re.search(rf"\*\*{word}:\*\* \S", HAZARDS[title]), f"{title}: {word}"
    assert re.search(TEST, HAZARDS[title]), f"{title}: no test proves the control"
    assert re.search(r"\*\*Severity:\*\* (minor|serious|critical)\.", HAZARDS[title])
    words = re.search(r"\*\*Probability:\*\* (\w+) without, (\w+) with the control\.", HAZARDS[title])
    order = ["remote", "rare", "occasional", "frequent"]
    assert order.index(words[2]) < order.index(words[1]), f"{title}: the control changes nothing"


def test_the_hazards_are_numbered_without_a_gap():
    assert [title[:3] for title in HAZARDS] == [f"H{n:02d}" for n in range(1, len(HAZARDS) + 1)]
    assert len(HAZARDS) >= 17


def test_nothing_is_named_as_proof_in_another_form():
    assert set(re.findall(r"tests/[\w/]+\.py(?:::\w+)*", TEXT)) - set(NAMED) == {"tests/docs/test_hazards.py"}

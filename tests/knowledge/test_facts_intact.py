"""Every fact that was carried in stands in our files unchanged: value, unit, origin, status and source keys."""

import importlib.util
import json
from pathlib import Path

import pytest

from remit.knowledge.documents import FOLDER, resolve, rows
from remit.knowledge.files import read_typed

REFERENCE = Path(__file__).parents[1] / "reference"
FACTS = json.loads((REFERENCE / "clinical_facts.json").read_text(encoding="utf-8"))
_spec = importlib.util.spec_from_file_location("make_clinical_facts", REFERENCE / "make_clinical_facts.py")
_script = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_script)


def merged(kind):
    """All files of a kind as one mapping."""
    found = {}
    for path in sorted((FOLDER / kind).glob("*.yaml")):
        found |= read_typed(path)
    return found


def things(kind):
    """The files of a kind that hold one thing each, by id, with what they take from another protocol beside it."""
    files = [read_typed(path) for path in sorted((FOLDER / kind).glob("*.yaml"))]
    by_id = {held["id"]: held for held in files if "id" in held}
    return {"#" + key: beside(resolve(held, by_id, key), held) for key, held in by_id.items()}


def beside(resolved, raw):
    """The resolved content with the raw keys (`same_as` among them) laid over it."""
    if isinstance(resolved, dict) and isinstance(raw, dict):
        return {**resolved, **{key: beside(resolved.get(key), held) for key, held in raw.items()}}
    return raw


def ours():
    eligibility, safety = merged("eligibility"), merged("safety")
    legend = read_typed(FOLDER / "legend.yaml")["legend"]
    meta = {name: legend[name] for name in ("schema_version", "compiled")}
    return {
        "sources": read_typed(FOLDER / "sources.yaml")["sources"],
        "protocols": {"meta": legend, "modalities": things("protocols")},
        "scales": {"meta": read_typed(FOLDER / "scales" / "rules.yaml")["meta"], "scales": things("scales")},
        "eligibility": eligibility,
        "safety": {**safety, "meta": {**meta, **legend["safety"]}},
        "adequacy": {row["drug"]: row for row in rows(FOLDER / "medications" / "antidepressant_adequacy.csv")},
        "codes": {row["concept"]: row for row in rows(FOLDER / "terminology" / "codes.csv")},
    }


def differences(expected, held, path):
    """Each place where the held content lacks or changes an expected leaf."""
    if isinstance(expected, dict):
        if not isinstance(held, dict):
            return [f"{path}: {expected!r} is missing, there is {held!r}"]
        return [
            line
            for key, leaf in expected.items()
            for line in differences(leaf, held.get(key, "nothing"), f"{path}.{key}")
        ]
    if isinstance(expected, list) and expected and any(isinstance(leaf, dict) for leaf in expected):
        if not isinstance(held, list) or len(held) < len(expected):
            return [f"{path}: {len(expected)} items are expected, there is {held!r}"]
        return [line for at, leaf in enumerate(expected) for line in differences(leaf, held[at], f"{path}.{at}")]
    return [] if held == expected and type(held) is type(expected) else [f"{path}: {expected!r}, not {held!r}"]


@pytest.mark.parametrize("kind", FACTS)
def test_every_carried_fact_stands_unchanged(kind):
    lines = differences(FACTS[kind], _script.by_id(ours()[kind]), kind)
    assert not lines, "\n".join(lines)


def test_the_comparison_notices_a_changed_leaf_and_a_lost_one():
    expected = {"a": {"value": 0.5, "src": ["X"]}}
    assert differences(expected, {"a": {"value": 0.5, "src": ["X"], "more": 1}}, "k") == []
    assert differences(expected, {"a": {"value": 0.6, "src": ["X"]}}, "k") == ["k.a.value: 0.5, not 0.6"]
    assert differences(expected, {"a": {"value": 0.5}}, "k") == ["k.a.src: ['X'], not 'nothing'"]

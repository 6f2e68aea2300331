"""Every published model and measurement that was carried in stands in our files unchanged, citation and status too."""

import json
from pathlib import Path

import pytest

from remit.knowledge.documents import FOLDER, rows
from remit.knowledge.files import read_typed
from remit.pathway.sourced import Status

REFERENCE = Path(__file__).parents[1] / "reference"
FACTS = json.loads((REFERENCE / "pharmacology_facts.json").read_text(encoding="utf-8"))
MODELS = {path.stem: read_typed(path) for path in sorted((FOLDER / "kinetics").glob("*.yaml"))}


def ours():
    """The lists of the pharmacology files under the names that they had."""
    found = {}
    for path in sorted((FOLDER / "pharmacology").glob("*.yaml")):
        found |= read_typed(path)
    return {**found, "meta": found["pharmacology_reading"]}


def differences(expected, held, path):
    """Each place where the held content lacks or changes an expected leaf."""
    if isinstance(expected, dict):
        if not isinstance(held, dict):
            return [f"{path}: {expected!r} is missing"]
        return [line for key, leaf in expected.items() for line in differences(leaf, held.get(key), f"{path}.{key}")]
    if isinstance(expected, list):
        if not isinstance(held, list) or len(held) != len(expected):
            return [f"{path}: {len(expected)} items are expected"]
        return [line for at, leaf in enumerate(expected) for line in differences(leaf, held[at], f"{path}.{at}")]
    return [] if held == expected and type(held) is type(expected) else [f"{path}: {expected!r}, not {held!r}"]


@pytest.mark.parametrize("model", FACTS["models"])
def test_every_published_model_stands_unchanged_in_a_file_of_its_own(model):
    assert differences(FACTS["models"][model], MODELS[model], model) == []


def test_no_model_stands_in_our_files_that_was_not_published():
    assert set(MODELS) == set(FACTS["models"])


@pytest.mark.parametrize("part", FACTS["pharmacology"])
def test_every_list_stands_unchanged(part):
    assert differences(FACTS["pharmacology"][part], ours()[part], part) == []


def test_every_measurement_stands_unchanged():
    assert rows(FOLDER / "pharmacology" / "observed.csv") == FACTS["observed"]


@pytest.mark.parametrize("model", FACTS["models"])
def test_a_model_is_no_better_known_than_its_own_word_says(model):
    word = FACTS["models"][model]["verified"]
    assert Status.read(MODELS[model]["status"]) == Status.read(word)


def test_the_comparison_notices_a_changed_leaf_and_a_lost_one():
    assert differences({"a": 0.5}, {"a": 0.5, "more": 1}, "k") == []
    assert differences({"a": [0.5]}, {"a": [0.6]}, "k") == ["k.a.0: 0.5, not 0.6"]
    assert differences({"a": 0.5}, {}, "k") == ["k.a: 0.5, not None"]

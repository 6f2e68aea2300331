"""The carried report belongs to the facts beside it, and says why whatever lies outside does."""

import pytest

from remit.knowledge import model_check as module
from remit.knowledge.model_check import HEAD, TABLE, digests, model_check
from remit.knowledge.mood import accept_ranges, mood_chain
from remit.knowledge.mood_posterior import mood_targets
from remit.knowledge.pharmacology import trials_explained
from remit.quantities import BadInput


@pytest.fixture
def anew():
    model_check.cache_clear()
    yield model_check
    model_check.cache_clear()


def test_the_report_belongs_to_the_present_mood_chain():
    """Where this fails: `python tools/model_check.py` makes the report anew."""
    assert model_check().made.digests == digests()
    assert model_check().made.chain == mood_chain().version


def test_every_range_has_its_cell_and_those_that_are_required_hold():
    cells = model_check().cells
    assert [cell.range for cell in cells] == list(accept_ranges())
    assert all(cell.inside for cell in cells if cell.range.required)
    assert all(cell.interval[0] <= cell.value <= cell.interval[1] for cell in cells)


def test_every_target_of_the_fit_stands_beside_its_prediction():
    results = model_check().results
    assert [one.target for one in results] == list(mood_targets())
    assert all(one.interval[0] <= one.predicted <= one.interval[1] for one in results)
    assert [one.target.id for one in results if (one.missed or not one.inside) and not one.why] == []


def test_an_explanation_is_of_a_target_or_of_a_range():
    assert set(trials_explained()) <= {one.id for one in (*mood_targets(), *accept_ranges())}


def test_a_cell_outside_its_range_says_why():
    assert all(cell.note for cell in model_check().cells if not cell.inside)


def test_a_report_of_other_facts_names_them(anew, monkeypatch):
    monkeypatch.setattr(module, "digests", lambda: digests() | {"mood_chain.yaml": "other"})
    assert "mood_chain.yaml" in anew().changed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: lines[:-1], "rows are needed, not"),
        (lambda lines: [lines[0], lines[2], lines[1], *lines[3:]], "source: 'Zarate2006' is needed, not 'Krystal1994'"),
    ],
    ids=["a row less", "another order"],
)
def test_a_table_that_does_not_fit_the_measurements_is_refused(anew, monkeypatch, tmp_path, change, words):
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    (tmp_path / "model_check.csv").write_text("\n".join(change(lines)) + "\n", encoding="utf-8")
    monkeypatch.setattr(module, "TABLE", tmp_path / "model_check.csv")
    with pytest.raises(BadInput, match=words):
        anew()


def test_a_range_without_a_cell_is_refused(anew, monkeypatch, tmp_path):
    text = HEAD.read_text(encoding="utf-8").replace("id: iv_once_change_24h", "id: gone")
    (tmp_path / "model_check.yaml").write_text(text, encoding="utf-8")
    monkeypatch.setattr(module, "HEAD", tmp_path / "model_check.yaml")
    with pytest.raises(BadInput, match="cells: iv_once_change_24h is missing"):
        anew()

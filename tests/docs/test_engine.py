"""The page about the engine does what it says: its Python runs, its commands are read, its table is that of today."""

import re
import shlex
from pathlib import Path

import pytest

from remit.cli.main import parser
from remit.knowledge.model_check import model_check
from remit.pathway.model_check import summary

TEXT = (Path(__file__).parents[2] / "docs" / "engine.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^remit (.+)$", TEXT, re.MULTILINE)
ROUTES = {"IV": "intravenous", "IN": "intranasal", "PO": "oral", "PO_PR": "oral, prolonged release",
          "SL": "sublingual, lozenge", "SL_buccal": "sublingual, film"}  # fmt: skip


def test_the_python_of_the_page_runs():
    held = {}
    for code in re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL):
        exec(code, held)
    assert held["result"].values["ketamine_ng_ml"].shape == (200, 120)
    assert held["drug"].change.shape == (50, 2)


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_of_the_page_is_read(command):
    assert parser().parse_args(shlex.split(command)).run


def test_the_table_is_that_of_the_rows():
    """Of the rows as they are kept: that they are today's, `tests/engine/test_validate.py` computes."""
    told = summary(model_check().rows)
    lines = {ROUTES[route]: held for route, held in told["by_route"].items()}
    lines |= {"all": told["kinetics"], "all that no model was fitted to": told["not_fitted"]}
    for name, held in lines.items():
        error, within = f"{held['median_fold_error']:.2f}", f"{100 * held['within_2_fold']:.0f} %"
        assert f"| {name} | {held['rows']} | {error} | {within} |" in TEXT


def test_the_table_of_the_phq_9_is_that_of_the_model_check():
    for one in model_check().second:
        low, high = one.interval
        digits = 0 if one.unit == "%" else 1
        assert f"{one.predicted:.{digits}f} ({low:.{digits}f} to {high:.{digits}f})" in TEXT
        assert f"{one.target.observed:.{digits}f}" in TEXT

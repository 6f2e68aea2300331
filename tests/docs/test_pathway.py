"""The page that leads from each step to its file leads to every file of the pathway."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "pathway.md").read_text(encoding="utf-8")
RULES = sorted(path.name for path in (ROOT / "src" / "remit" / "pathway").glob("*.py") if path.name != "__init__.py")
STEPS = ["Referral", "History", "Screening", "Protocol and plan", "Dose", "Gate", "Session", "Monitoring and alarms",
         "Discharge", "Scales", "Outcome"]  # fmt: skip


@pytest.mark.parametrize("name", RULES)
def test_each_rule_stands_under_a_step(name):
    assert f"(../src/remit/pathway/{name})" in TEXT, f"docs/pathway.md does not lead to {name}"


def test_the_steps_stand_in_the_order_in_which_a_patient_meets_them():
    headings = re.findall(r"^## (.+)$", TEXT, re.MULTILINE)
    assert headings == [*STEPS, "What can go wrong"]

"""The PHQ-9 of eighty NHANES respondents against the totals and bands worked out elsewhere."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from remit.knowledge.scales import scale
from remit.pathway.scoring import score

FOLDER = Path(__file__).parent / "nhanes"
ITEMS = [f"DPQ0{n}0" for n in range(1, 10)]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


RESPONDENTS = list(zip(rows("nhanes_phq9.csv"), rows("nhanes_phq9_expected.csv"), strict=True))


def answers(row: dict[str, str]) -> list[int | None]:
    """Refused (7), don't know (9) and not asked are missing."""
    return [int(row[item]) if row[item] in ("0", "1", "2", "3") else None for item in ITEMS]


@pytest.mark.parametrize(("row", "expected"), RESPONDENTS, ids=[row["SEQN"] for row, _ in RESPONDENTS])
def test_a_respondent_scores_as_expected(row: dict[str, str], expected: dict[str, str]) -> None:
    assert row["SEQN"] == expected["SEQN"]
    scored = score(scale("PHQ9"), answers(row))
    if expected["state"] == "scorable":
        assert (scored.complete, str(scored.total), scored.band) == (True, expected["total"], expected["band"])
        assert bool(scored.alerts) is (expected["item9_positive"] == "1")
    else:
        assert (scored.complete, scored.total, scored.band) == (False, None, None)


def test_both_kinds_of_respondent_are_among_them() -> None:
    states = [expected["state"] for _, expected in RESPONDENTS]
    assert (states.count("scorable"), states.count("missing item")) == (68, 12)

"""Eighty real respondents recorded as PHQ-9s: a missing answer is no zero, and each risky one reaches somebody."""

from __future__ import annotations

import csv
from pathlib import Path
from uuid import uuid4

import pytest

from remit.acts.assessments import Given, record_assessment
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.records.models import Assessment, Task
from tests.acts.courses import somebody
from tests.acts.follow_up import acting, may_send
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db

FOLDER = Path(__file__).parents[1] / "reference" / "nhanes"
ITEMS = [f"DPQ0{n}0" for n in range(1, 10)]


def rows(name: str) -> list[dict[str, str]]:
    with (FOLDER / name).open(newline="") as file:
        return list(csv.DictReader(file))


def given(row: dict[str, str]) -> Given:
    """Refused (7), don't know (9) and not asked are missing."""
    return Given(tuple(int(row[item]) if row[item] in ("0", "1", "2", "3") else None for item in ITEMS))


def test_every_respondent_is_scored_as_expected_and_each_risky_answer_is_a_task(cast: Cast) -> None:
    may_send(cast, cast.nurse)
    nurse = acting(cast, cast.nurse)
    respondents = list(zip(rows("nhanes_phq9.csv"), rows("nhanes_phq9_expected.csv"), strict=True))
    risky = set()
    for number, (row, expected) in enumerate(respondents):
        patient = somebody(cast.clinic, cast.coordinator, number)
        answers = given(row)
        if set(answers.answers) == {None}:
            with pytest.raises(BadInput, match="at least one answer"):
                record_assessment(nurse, patient.pk, "PHQ9", answers, now(), uuid4())
            assert expected["state"] == "missing item"
            continue
        made = record_assessment(nurse, patient.pk, "PHQ9", answers, now(), uuid4())
        held = (made.assessment.complete, made.assessment.total, made.assessment.band)
        if expected["state"] == "scorable":
            assert held == (True, int(expected["total"]), expected["band"]), row["SEQN"]
        else:
            assert held == (False, None, ""), row["SEQN"]
        unknown = answers.answers[-1] is None
        held = (made.task.kind, made.task.owner) if made.task else None
        if expected["item9_positive"] == "1":
            assert held == ("risk", cast.nurse), row["SEQN"]
            risky.add(patient.pk)
        else:
            assert held == (("left_out_item", None) if unknown else None), row["SEQN"]
    assert len(respondents) == 80
    assert Assessment.objects.filter(complete=True).count() == 68
    assert set(Task.objects.filter(kind="risk").values_list("patient_id", flat=True)) == risky
    assert len(risky) == sum(expected["item9_positive"] == "1" for _, expected in respondents)

"""The reads behind the pages of the evidence: verdicts, one study whole, and where each figure leads."""

from __future__ import annotations

import pytest

from remit.acts.actors import NotHere, Refused
from remit.acts.evidence import read_claims, read_study
from remit.knowledge.claims import claims
from remit.knowledge.trials import trials
from remit.pathway.trials import Seen
from tests.fixtures.cast import Cast
from tests.fixtures.histories import acting

pytestmark = pytest.mark.django_db


def test_every_statement_has_its_verdict_and_each_study_behind_it_is_there(cast: Cast) -> None:
    held = read_claims(acting(cast, cast.researcher))
    assert [one.judged.claim.id for one in held.statements] == [claim.id for claim in claims()]
    for one in held.statements:
        for part in one.parts:
            named = {name.partition(" ")[0] for name in part.result.studies}
            assert {study.id for study in part.studies} == named
            assert all(study.citation for study in part.studies)


def test_a_figure_from_memory_says_so_in_its_own_cell(cast: Cast) -> None:
    held = read_study(acting(cast, cast.nurse), "Loo2023KADS2")
    arms = {arm.arm_id: at for at, arm in enumerate(held.study.arms)}
    remitters = next(line for line in held.lines if line.field == "remitters_n")
    cells = [cell for cell in remitters.cells if cell]
    assert len(arms) == len(remitters.cells)
    assert {cell.seen for cell in cells} == {Seen.MEMORY}


def test_a_study_brings_its_values_over_time_and_its_adverse_events_and_no_others(cast: Cast) -> None:
    held = read_study(acting(cast, cast.nurse), "Ionescu2021ASPIRE2")
    assert held.events == tuple(row for row in trials().adverse_events if row.study_id == "Ionescu2021ASPIRE2")
    assert {row.study_id for row in (*held.timecourse, *held.events)} == {"Ionescu2021ASPIRE2"}


def test_a_study_that_is_not_in_the_dataset_is_not_here(cast: Cast) -> None:
    with pytest.raises(NotHere):
        read_study(acting(cast, cast.nurse), "Nobody2020")


def test_a_patient_does_not_read_the_evidence(cast: Cast) -> None:
    with pytest.raises(Refused, match="researchers"):
        read_claims(acting(cast, cast.patient_account))

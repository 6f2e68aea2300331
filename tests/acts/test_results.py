"""The clinic's results are the true ones of its record; what leaves it is released once, by whom it is asked of."""

from __future__ import annotations

import csv
import json
import math
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from remit.acts.actors import Actor, Refused
from remit.acts.assessments import withdraw_assessment
from remit.acts.released_arms import KEPT, read_released, release_results
from remit.acts.results import Results, ResultsAsked, read_results
from remit.acts.treated_courses import treated_courses
from remit.cli.main import main
from remit.evidence.own_results import Arm
from remit.knowledge.scales import scale
from remit.pathway.outcome import rate
from remit.quantities import BadInput
from remit.records.models import Assessment, AuditRow, Clinic, ClinicSetting, SessionEntry
from tests.acts.follow_up import acting
from tests.acts.sessions import START, booked
from tests.acts.treated import ASOF, CLINIC, LARGER, Treated
from tests.evidence.treated import IV, SPRAY
from tests.fixtures.cast import Cast
from tests.fixtures.clock import Traveller

pytestmark = [pytest.mark.django_db, pytest.mark.either_database]
INFUSED, SPRAYED, ALL = Arm(*IV, "mdd_trd"), Arm(*SPRAY, "mdd_trd"), Arm()


@pytest.fixture
def clinic(cast: Cast, travel: Traveller) -> Treated:
    travel.to(ASOF)
    return Treated(cast)


@pytest.fixture
def larger(cast: Cast, travel: Traveller) -> Treated:
    travel.to(ASOF)
    return Treated(cast, LARGER)


def read(cast: Cast, **asked: str) -> Results:
    return read_results(acting(cast, cast.psychiatrist), ResultsAsked(scale="PHQ9", **asked))


def response(found: Results, arm: Arm) -> object:
    return next(group for group in found.groups if group.arm == arm).rate("response").rate


def test_the_results_are_the_true_ones(clinic: Treated) -> None:
    found = read(clinic.cast)
    assert response(found, INFUSED) == rate(12, 20, 25)
    assert response(found, SPRAYED) == rate(6, 11, 11)
    assert response(found, ALL) == rate(17, 30, 35)
    assert found.later == 1
    assert [(str(p.quarter), p.rate.met, p.rate.scored) for p in found.chart.points] == [
        ("2026-Q1", 17, 25), ("2026-Q2", 0, 0), ("2026-Q3", 0, 5),
    ]  # fmt: skip
    relapse = next(one.curve for one in found.times if one.outcome == "relapse")
    assert (relapse.people, relapse.events) == (18, 0)

    # A filter asks for some of them.
    assert response(read(clinic.cast, modality="esketamine intranasal"), ALL) == rate(6, 11, 11)
    assert response(read(clinic.cast, since="2026-Q3"), ALL) == rate(0, 5, 5)
    assert response(read(clinic.cast, indication="ptsd"), ALL) == rate(0, 0, 0)


def test_beside_stands_what_trials_published_of_the_same_modality(clinic: Treated) -> None:
    beside = read(clinic.cast).published[SPRAYED]
    assert beside is not None
    assert [study for study, _ in beside.studies] == ["Fedgchin2019TRANSFORM1", "Popova2019TRANSFORM2"]
    assert beside.low < beside.share < beside.high
    assert read(clinic.cast, outcome="worsening").published[SPRAYED] is None


def test_a_withdrawn_score_and_another_clinics_people_do_not_count(clinic: Treated) -> None:
    cast = clinic.cast
    last = Assessment.objects.filter(patient=clinic.people["b1"]).latest("taken_at")
    withdraw_assessment(acting(cast, cast.nurse), last.pk, "another person's form", uuid4())
    assert response(read(cast), INFUSED) == rate(11, 19, 25)


def test_a_first_dose_that_was_corrected_counts_as_corrected(cast: Cast, travel: Traveller) -> None:
    travel.to(START)
    chair = booked(cast)
    chair.through_the_gate()
    chair.accepted(("device", {"mg": 28, "lot": "A1", "expiry": "2027-05-31", "at": 5}))
    seq = SessionEntry.objects.get(session=chair.session, kind="device").seq
    taken = (START + timedelta(minutes=6)).isoformat()
    entry = {"kind": "device", "mg": 28, "lot": "A1", "expiry": "2027-05-31", "taken_at": taken}
    done = chair.enter("correct", of=seq, entry=entry, reason="the clock was behind", at=9)
    assert done.accepted, done.reasons
    (course,) = treated_courses(cast.clinic, scale("PHQ9"))
    assert course.first_dose_at == START + timedelta(minutes=6)


def test_the_number_of_queries_does_not_grow_with_the_people(cast: Cast, travel: Traveller) -> None:
    travel.to(ASOF)
    counted = []
    for fates in (CLINIC[:8], CLINIC[8:-2]):
        Treated(cast, fates)
        with CaptureQueriesContext(connection) as asked:
            read(cast)
        counted.append(len(asked))
    assert counted[0] == counted[1] <= 20


def test_what_cannot_be_asked_is_refused(cast: Cast) -> None:
    for asked, refusal in (
        ({"scale": "PHQ99"}, "scale: one of"),
        ({"outcome": "cure"}, "outcome: one of response, remission, worsening is needed, not 'cure'"),
        ({"since": "soon"}, "quarter: one such as 2026-Q3 is needed, not 'soon'"),
        ({"since": "2026-Q3", "until": "2026-Q1"}, "until: 2026-Q3 or later is needed, not 2026-Q1"),
    ):
        with pytest.raises(BadInput, match=refusal):
            read_results(acting(cast, cast.psychiatrist), ResultsAsked(**asked))


def test_a_clinic_that_treated_nobody_has_an_empty_result(cast: Cast) -> None:
    found = read_results(acting(cast, cast.psychiatrist), ResultsAsked())
    assert (len(found.groups), found.groups[0].treated, found.chart.points) == (1, 0, ())


# What leaves the clinic


def test_a_researcher_reads_what_was_released_and_nothing_else(larger: Treated) -> None:
    cast = larger.cast
    researcher = acting(cast, cast.researcher)
    with pytest.raises(Refused):
        read_results(researcher, ResultsAsked())
    assert read_released(researcher).rows == ()
    made = release_results(acting(cast, cast.administrator), "PHQ9")
    found = read_released(researcher)
    assert found.rows == tuple(made)
    assert [(row.arm, str(row.first_quarter), row.responders, row.scored) for row in made] == [
        (SPRAYED, "2026-Q1", 7, 13), (SPRAYED, "2026-Q2", 7, 13),
        (INFUSED, "2026-Q1", 7, 13), (INFUSED, "2026-Q2", 7, 13),
    ]  # fmt: skip
    assert {held.arm: held.response for held in found.arms} == dict.fromkeys((SPRAYED, INFUSED), rate(14, 26, 26))


def test_what_has_left_stays_whatever_is_corrected(larger: Treated) -> None:
    cast = larger.cast
    lead = acting(cast, cast.psychiatrist)
    made = release_results(lead, "PHQ9")
    for row in Assessment.objects.filter(patient=larger.people["ketaminey00"]):
        withdraw_assessment(lead, row.pk, "another person's form", uuid4())
    assert response(read(cast), INFUSED) == rate(13, 25, 26)
    assert release_results(lead, "PHQ9") == []
    assert read_released(lead).rows == tuple(made)
    kept = json.loads(AuditRow.objects.filter(action="release_results").first().detail_text)
    assert [row["scored"] for row in kept["rows"]] == [13] * 4


def test_the_scale_of_the_first_release_is_the_scale_of_all(larger: Treated) -> None:
    lead = acting(larger.cast, larger.cast.psychiatrist)
    release_results(lead, "PHQ9")
    with pytest.raises(BadInput, match="scale: PHQ9 is needed, not MADRS"):
        release_results(lead, "MADRS")
    assert release_results(lead) == []


def test_a_clinic_may_ask_for_more_people_and_not_for_fewer(larger: Treated) -> None:
    cast = larger.cast
    held = ClinicSetting(clinic=cast.clinic, key="least_in_a_count", set_by=cast.administrator, set_at=ASOF)
    held.value = 6
    held.save()
    made = release_results(acting(cast, cast.psychiatrist), "PHQ9")
    assert [(row.responders, row.scored) for row in made] == [(7, 13)] * 4
    ClinicSetting.objects.filter(key=KEPT).delete()
    held.value = 7
    held.save()
    made = release_results(acting(cast, cast.psychiatrist), "PHQ9")
    assert [(str(row.last_quarter), row.responders, row.scored) for row in made] == [("2026-Q2", 14, 26)] * 2
    held.value = 4
    held.save()
    with pytest.raises(BadInput, match="5 or more is needed, not 4"):
        release_results(acting(cast, cast.psychiatrist), "PHQ9")


def test_nothing_leaves_of_a_clinic_that_is_too_small_or_of_a_quarter_that_goes_on(
    larger: Treated, travel: Traveller
) -> None:
    lead = acting(larger.cast, larger.cast.psychiatrist)
    travel.to(datetime(2026, 5, 5, tzinfo=UTC))
    assert release_results(lead, "PHQ9") == []
    travel.to(datetime(2026, 5, 7, tzinfo=UTC))
    assert [str(row.last_quarter) for row in release_results(lead, "PHQ9")] == ["2026-Q1"] * 2
    travel.to(ASOF)
    assert [str(row.first_quarter) for row in release_results(lead, "PHQ9")] == ["2026-Q2"] * 2


def test_others_pool_the_exported_arms_with_the_same_code(
    larger: Treated, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    cast, file = larger.cast, tmp_path / "arms.csv"
    asked = ["evidence", "export-arms", str(file), "--clinic", "Harbour Clinic"]
    assert main(asked) == 1
    assert "Harbour Clinic: nothing was released yet" in capsys.readouterr().err
    release_results(acting(cast, cast.administrator), "PHQ9")
    assert main([*asked, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["rows"], said["withheld"], said["synthetic"]) == (4, 0, False)
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [(row["xi"], row["ni"], row["n_treated"]) for row in rows] == [("7", "13", "13")] * 4
    assert main(["pool", str(file), "--measure", "PLO", "--method", "FE", "--json"]) == 0
    pooled = json.loads(capsys.readouterr().out)
    assert (pooled["k"], pooled["estimate"]) == (4, pytest.approx(math.log(7 / 6)))
    assert main(["pool", str(file), "--measure", "GEN", "--subgroups", "molecule", "--json"]) == 0
    capsys.readouterr()
    theirs = tmp_path / "theirs.csv"
    theirs.write_text(file.read_text(encoding="utf-8").replace("Harbour Clinic", "Another"), encoding="utf-8")
    assert main(["pool", str(file), str(theirs), "--measure", "PLO", "--cluster", "clinic", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["k"] == 8
    Clinic.objects.filter(pk=cast.clinic.pk).update(name="=1+1")
    assert main([*asked[:3], "--clinic", "=1+1", "--json"]) == 0
    assert {row["clinic"] for row in csv.DictReader(file.open(encoding="utf-8"))} == {"'=1+1"}


def test_export_arms_asks_which_clinic(larger: Treated, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["evidence", "export-arms", "arms.csv"]) == 2
    assert "clinic: one of Harbour Clinic, Lake Clinic is needed, not none" in capsys.readouterr().err


def test_a_person_of_no_clinic_reads_nothing() -> None:
    with pytest.raises(Refused):
        read_results(Actor(None, None), ResultsAsked())

"""A scale is recorded once and scored by the pathway; what is missing stays missing; a risky answer becomes a task."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, time, timedelta

import pytest

from remit.acts.actors import Conflict, NotHere, Refused
from remit.acts.assessments import Given, correct_assessment, record_assessment, withdraw_assessment
from remit.acts.clock import now
from remit.acts.risk import LEFT_OUT, RISK
from remit.quantities import BadInput
from remit.records.models import Assessment, AuditRow, Task
from tests.acts.follow_up import CALM, RISKY, acting, ago, given, on_duty
from tests.fixtures.cast import Cast

pytestmark = pytest.mark.django_db


def record(cast: Cast, answers=CALM, scale: str = "PHQ9", by=None, **more):
    held = {"given": given(answers), "taken_at": ago(minutes=5), "client_id": uuid.uuid4()} | more
    return record_assessment(acting(cast, by or cast.nurse), cast.patient.pk, scale, **held)


def test_a_complete_scale_has_its_total_and_band(cast: Cast) -> None:
    made = record(cast).assessment
    assert (made.total, made.band, made.complete, made.mode, made.by) == (7, "mild", True, "paper", cast.nurse)
    assert made.answers == list(CALM)
    row = AuditRow.objects.get(action="record_assessment")
    assert (row.patient_id, row.subject_id) == (cast.patient.pk, str(made.pk))


def test_an_incomplete_scale_has_no_total(cast: Cast) -> None:
    made = record(cast, (1, None, 2)).assessment
    assert (made.total, made.band, made.complete) == (None, "", False)
    assert made.answers == [1, None, 2]


def test_nothing_answered_is_no_assessment(cast: Cast) -> None:
    with pytest.raises(BadInput, match="PHQ9: at least one answer is needed"):
        record(cast, (None,) * 9)
    with pytest.raises(BadInput, match="PHQ9 item 2: 0 to 3 is needed, not 4"):
        record(cast, (1, 4))
    assert not Assessment.objects.exists()


def test_a_total_without_wording_keeps_the_answer_that_alarms(cast: Cast) -> None:
    answers = (*(None,) * 9, 4)
    held = record(cast, scale="MADRS", given=Given(answers, total=31))
    assert (held.assessment.total, held.assessment.complete) == (31, True)
    assert held.task is not None
    assert "item 10 answered 4" in held.task.subject


@pytest.mark.parametrize(("total", "fits"), [(60, True), (61, False)])
def test_a_total_stays_in_its_range(cast: Cast, total: int, fits: bool) -> None:
    if fits:
        assert record(cast, scale="MADRS", given=Given(total=total)).assessment.total == total
        return
    with pytest.raises(BadInput, match="MADRS total: 0 to 60 is needed, not 61"):
        record(cast, scale="MADRS", given=Given(total=total))


def test_sent_twice_it_is_there_once(cast: Cast) -> None:
    key = uuid.uuid4()
    first = record(cast, RISKY, client_id=key)
    again = record(cast, RISKY, client_id=key)
    assert (again.assessment, again.repeated) == (first.assessment, True)
    assert (Assessment.objects.count(), Task.objects.count()) == (1, 1)
    with pytest.raises(Conflict, match="sent before with something else"):
        record(cast, CALM, client_id=key)


def test_an_answer_of_tomorrow_is_refused(cast: Cast) -> None:
    with pytest.raises(BadInput, match="answered at: a time up to now"):
        record(cast, taken_at=now() + timedelta(minutes=5))


@pytest.mark.parametrize("answer", [0, 1])
def test_item_9_alarms_from_1_on(cast: Cast, answer: int) -> None:
    on_duty(cast, cast.nurse)
    record(cast, (*CALM[:8], answer))
    assert Task.objects.filter(kind=RISK, urgent=True, owner=cast.nurse).count() == answer


def test_a_triage_that_is_not_low_opens_a_task(cast: Cast) -> None:
    held = record(cast, (1, 1, 1, 0, 0, 0), scale="CSSRS_SCREEN", mode="spoken")
    assert held.assessment.band == "moderate"
    assert held.task is not None
    assert {alert["item"] for alert in held.task.detail["alerts"]} == {1, 2, 3}


def test_a_correction_keeps_both_and_says_why(cast: Cast) -> None:
    old = record(cast, (3, *CALM[1:])).assessment
    nurse = acting(cast, cast.nurse)
    with pytest.raises(BadInput, match="reason: say why"):
        correct_assessment(nurse, old.pk, given(), ago(minutes=5), " ", uuid.uuid4())
    new = correct_assessment(nurse, old.pk, given(), ago(minutes=5), "misread", uuid.uuid4()).assessment
    assert list(Assessment.objects.current()) == [new]
    assert (new.supersedes, new.reason, new.total) == (old, "misread", 7)
    with pytest.raises(Conflict, match="corrected already"):
        correct_assessment(nurse, old.pk, given(), ago(minutes=5), "again", uuid.uuid4())


def test_a_correction_alarms_for_what_is_new_only(cast: Cast) -> None:
    old = record(cast, RISKY)
    nurse = acting(cast, cast.nurse)
    same = correct_assessment(nurse, old.assessment.pk, given((0, *RISKY[1:])), ago(minutes=5), "item 1", uuid.uuid4())
    assert same.task is None
    worse = correct_assessment(
        nurse, same.assessment.pk, given((*RISKY[:8], 3)), ago(minutes=5), "item 9", uuid.uuid4()
    )
    assert worse.task == old.task
    assert [alert["value"] for alert in worse.task.detail["alerts"]] == [2, 3]


@pytest.mark.parametrize(
    ("scale", "item", "answers", "total"), [("PHQ9", 9, (*CALM[:8], None), None), ("MADRS", 10, (), 12)]
)
def test_an_item_on_suicide_that_staff_did_not_type_is_asked(
    cast: Cast, scale: str, item: int, answers: tuple[int | None, ...], total: int | None
) -> None:
    made = record(cast, scale=scale, given=Given(answers, total=total))
    assert made.task is not None
    asked = f"{cast.patient}: {scale} item {item} is not known, ask"
    assert (made.task.kind, made.task.urgent, made.task.subject) == (LEFT_OUT, False, asked)
    nurse = acting(cast, cast.nurse)
    again = correct_assessment(
        nurse, made.assessment.pk, Given(answers, total=total), ago(minutes=5), "the time", uuid.uuid4()
    )
    assert (again.task, Task.objects.count()) == (None, 1)


def test_a_correction_that_takes_the_item_away_asks_for_it(cast: Cast) -> None:
    old = record(cast).assessment
    less = given((*CALM[:8], None))
    new = correct_assessment(acting(cast, cast.nurse), old.pk, less, ago(minutes=5), "not ticked", uuid.uuid4())
    assert new.task is not None
    assert new.task.kind == LEFT_OUT


def test_nobody_answered_before_being_born(cast: Cast) -> None:
    born = datetime.combine(cast.patient.birth_date, time(12), UTC)
    nurse = acting(cast, cast.nurse)
    with pytest.raises(BadInput, match=f"answered at: a time from {cast.patient.birth_date}, when"):
        record_assessment(nurse, cast.patient.pk, "PHQ9", given(), born - timedelta(days=1), uuid.uuid4())
    assert record_assessment(nurse, cast.patient.pk, "PHQ9", given(), born, uuid.uuid4()).assessment.taken_at == born


def test_another_persons_form_is_taken_back_and_stays_on_record(cast: Cast) -> None:
    old = record(cast).assessment
    key = uuid.uuid4()
    taken_back = withdraw_assessment(acting(cast, cast.nurse), old.pk, "another person's form", key)
    assert withdraw_assessment(acting(cast, cast.nurse), old.pk, "another person's form", key) == taken_back
    assert not Assessment.objects.current().exists()
    assert Assessment.objects.count() == 2
    another = record(cast).assessment
    with pytest.raises(Conflict, match="sent before with something else"):
        withdraw_assessment(acting(cast, cast.nurse), another.pk, "another person's form", key)


def test_patients_record_their_own_and_nobody_else_s(cast: Cast) -> None:
    made = record(cast, (*CALM[:8], None), by=cast.patient_account).assessment
    assert (made.mode, made.by) == ("account", cast.patient_account)
    assert Task.objects.get().kind == LEFT_OUT
    with pytest.raises(NotHere):
        record_assessment(
            acting(cast, cast.patient_account), cast.other_patient.pk, "PHQ9", given(), now(), uuid.uuid4()
        )
    with pytest.raises(Refused, match="with somebody of the clinic"):
        record(cast, (1, 0), scale="CSSRS_SCREEN", by=cast.patient_account)
    with pytest.raises(Refused):
        correct_assessment(acting(cast, cast.patient_account), made.pk, given(), now(), "x", uuid.uuid4())


@pytest.mark.parametrize("who", ["coordinator", "researcher", "administrator"])
def test_who_does_not_treat_records_no_scale(cast: Cast, who: str) -> None:
    with pytest.raises(Refused, match="Nurses, therapists and prescribers"):
        record(cast, by=getattr(cast, who))

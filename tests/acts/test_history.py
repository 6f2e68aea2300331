"""The history is taken once, corrected by new rows, and never guessed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from remit.acts import candidate_lists, history
from remit.acts.actors import Conflict, NotHere, Refused, actor_for
from remit.acts.facts import ECT_FAILED, answers_of, case_of, episode_of, results_of, trials_of
from remit.pathway.referral import AntidepressantTrial, Diagnosis, TrialOutcome
from remit.quantities import BadInput
from remit.records.models import (
    AllergyRecord,
    AuditRow,
    CheckResult,
    Episode,
    FactAnswer,
    MedicationRecord,
    Task,
    TrialRecord,
)
from tests.fixtures.candidates import KNOWN, WORKED_HISTORY, failed
from tests.fixtures.cast import Cast, patient_of
from tests.fixtures.histories import acting, enter_trials

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 21)


def known_case(cast: Cast) -> Any:
    return case_of(cast.patient, TODAY, "outpatient")


def test_the_history_becomes_the_case_in_its_order(cast: Cast) -> None:
    enter_trials(cast)
    assert known_case(cast).trials == WORKED_HISTORY
    assert known_case(cast).diagnosis == KNOWN.diagnosis


@pytest.mark.parametrize("role", ["therapist", "coordinator", "researcher", "administrator", "patient_account"])
def test_only_nurses_and_prescribers_take_the_history(cast: Cast, role: str) -> None:
    with pytest.raises(Refused, match="Nurses and prescribers take the history"):
        history.record_trial(acting(cast, getattr(cast, role)), cast.patient.pk, failed("sertraline", 100, 12))


def test_a_patient_of_another_clinic_is_not_there(cast: Cast) -> None:
    nurse, other = acting(cast, cast.nurse), cast.other_patient.pk
    today = date(2026, 1, 1)
    for do in (
        lambda: history.begin_episode(nurse, other, KNOWN.diagnosis),
        lambda: history.record_trial(nurse, other, failed("sertraline", 100, 12)),
        lambda: history.answer_fact(nurse, other, "avm", "no"),
        lambda: candidate_lists.record_allergy(nurse, other, "latex"),
        lambda: candidate_lists.record_medication(nurse, other, "lithium"),
        lambda: candidate_lists.record_check(nurse, other, "ecg", "normal", today),
    ):
        with pytest.raises(NotHere):
            do()


# The episode.


def test_a_corrected_episode_keeps_what_stood_there_and_its_drugs(cast: Cast) -> None:
    enter_trials(cast)
    nurse, first = acting(cast, cast.nurse), episode_of(cast.patient)
    mended = history.correct_episode(nurse, first.pk, replace(KNOWN.diagnosis, severity="moderate"), "misheard")
    assert (mended.severity, mended.reason, mended.supersedes) == ("moderate", "misheard", first)
    assert episode_of(cast.patient) == mended
    assert Episode.objects.get(pk=first.pk).severity == KNOWN.diagnosis.severity
    assert len(trials_of(cast.patient)) == len(WORKED_HISTORY)


def test_a_new_episode_leaves_the_drugs_of_the_earlier_one_behind(cast: Cast) -> None:
    enter_trials(cast)
    nurse = acting(cast, cast.nurse)
    history.begin_episode(nurse, cast.patient.pk, Diagnosis("mdd_trd"))
    assert trials_of(cast.patient) == []
    history.record_trial(nurse, cast.patient.pk, failed("lithium", 900, 8))
    assert [row.drug for row in trials_of(cast.patient)] == ["lithium"]


def test_drugs_tried_before_the_episode_was_written_down_belong_to_it(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    history.record_trial(nurse, cast.patient.pk, failed("sertraline", 100, 12))
    history.begin_episode(nurse, cast.patient.pk, Diagnosis("mdd_trd"))
    assert [row.drug for row in trials_of(cast.patient)] == ["sertraline"]


def test_an_earlier_episode_is_not_corrected_any_more(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    first = history.begin_episode(nurse, cast.patient.pk, KNOWN.diagnosis)
    history.begin_episode(nurse, cast.patient.pk, Diagnosis("mdd_trd"))
    with pytest.raises(Conflict, match="only the episode under treatment"):
        history.correct_episode(nurse, first.pk, KNOWN.diagnosis, "late")


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"indication": "melancholy"}, "indication: mdd_trd"),
        ({"indication": None}, "indication:"),
        ({"severity": "grave"}, "severity: subsyndromal"),
        ({"icd10": "depression"}, "icd10: a code such as F33.2"),
        ({"episode_start": date(1978, 3, 3)}, "start: a day from 1978-03-04"),
        ({"episode_start": date(2999, 1, 1)}, "start: a day from"),
    ],
)
def test_a_diagnosis_that_cannot_be_is_refused(cast: Cast, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(BadInput, match=said):
        history.begin_episode(acting(cast, cast.nurse), cast.patient.pk, replace(KNOWN.diagnosis, **changes))
    assert not Episode.objects.exists()


def test_a_code_is_kept_in_capitals(cast: Cast) -> None:
    made = history.begin_episode(acting(cast, cast.nurse), cast.patient.pk, Diagnosis("mdd_trd", " f33.2 "))
    assert made.icd10 == "F33.2"


# The antidepressants tried.


def test_a_corrected_trial_keeps_the_old_row_and_its_place(cast: Cast) -> None:
    rows = enter_trials(cast)
    nurse = acting(cast, cast.nurse)
    mended = history.correct_trial(nurse, rows[2].pk, failed("venlafaxine", 150, 7), "letter of the GP")
    held = trials_of(cast.patient)
    assert [row.drug for row in held] == [trial.drug for trial in WORKED_HISTORY]
    assert held[2] == mended
    assert (mended.dose_mg_day, mended.supersedes, mended.reason) == (150, rows[2], "letter of the GP")
    assert TrialRecord.objects.get(pk=rows[2].pk).dose_mg_day == 75


def test_a_correction_says_why(cast: Cast) -> None:
    rows = enter_trials(cast)
    with pytest.raises(BadInput, match="reason: say why"):
        history.correct_trial(acting(cast, cast.nurse), rows[0].pk, failed("sertraline", 50, 12), " ")


def test_two_people_cannot_correct_one_row_unseen(cast: Cast) -> None:
    rows = enter_trials(cast)
    history.correct_trial(acting(cast, cast.nurse), rows[0].pk, failed("sertraline", 50, 12), "first")
    for account in (cast.nurse, cast.second_nurse):
        with pytest.raises(Conflict, match="corrected already"):
            history.correct_trial(acting(cast, account), rows[0].pk, failed("sertraline", 25, 12), "second")


def test_a_withdrawn_trial_is_gone_from_the_history_and_stays_on_record(cast: Cast) -> None:
    rows = enter_trials(cast)
    history.withdraw_trial(acting(cast, cast.nurse), rows[4].pk, "another person's")
    assert len(trials_of(cast.patient)) == 4
    assert TrialRecord.objects.filter(drug="aripiprazole").count() == 2


def test_sending_a_form_twice_makes_one_row(cast: Cast) -> None:
    nurse, key = acting(cast, cast.nurse), uuid4()
    one, two = (history.record_trial(nurse, cast.patient.pk, failed("sertraline", 100, 12), key=key) for _ in range(2))
    assert one == two
    history.record_trial(nurse, cast.patient.pk, failed("citalopram", 20, 4))
    assert history.record_trial(nurse, cast.patient.pk, failed("sertraline", 100, 12), key=key) == one
    assert TrialRecord.objects.count() == 2


def test_the_same_form_with_something_else_is_not_swallowed(cast: Cast) -> None:
    nurse, key = acting(cast, cast.nurse), uuid4()
    history.record_trial(nurse, cast.patient.pk, failed("sertraline", 100, 12), key=key)
    with pytest.raises(Conflict, match="sent before with something else"):
        history.record_trial(nurse, cast.patient.pk, failed("sertraline", 200, 12), key=key)


def test_the_id_of_a_form_of_another_clinic_is_refused(cast: Cast) -> None:
    other, key = actor_for(cast.other_nurse.pk, cast.other_clinic.pk), uuid4()
    history.record_trial(other, cast.other_patient.pk, failed("sertraline", 100, 12), key=key)
    with pytest.raises(Conflict, match="sent before with something else"):
        history.record_trial(acting(cast, cast.nurse), cast.patient.pk, failed("sertraline", 100, 12), key=key)


def test_sending_a_correction_twice_makes_one_row(cast: Cast) -> None:
    rows, nurse, key = enter_trials(cast), acting(cast, cast.nurse), uuid4()
    made = [history.correct_trial(nurse, rows[0].pk, failed("sertraline", 50, 12), "letter", key=key) for _ in range(2)]
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("trial", "said"),
    [
        (failed("  ", 100, 12), "drug: a name of 1 to"),
        (failed("s" * 121, 100, 12), "drug: a name of 1 to 120 signs is needed, not 121"),
        (failed("sertraline", 0, 12), "dose: a number of mg a day above 0 is needed, not 0"),
        (failed("sertraline", float("inf"), 12), "dose:"),
        (failed("sertraline", 100, -0.5), "weeks: from 0 to"),
        (failed("sertraline", 100, 5200), "the person's age, is needed, not 5200"),
        (failed("aripiprazole", 10, 4, added_to="Aripiprazole"), "added to: another drug"),
    ],
)
def test_a_trial_that_cannot_be_is_refused(cast: Cast, trial: AntidepressantTrial, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        history.record_trial(acting(cast, cast.nurse), cast.patient.pk, trial)
    assert not TrialRecord.objects.exists()


def test_an_unknown_dose_stays_unknown(cast: Cast) -> None:
    row = history.record_trial(acting(cast, cast.nurse), cast.patient.pk, AntidepressantTrial("sertraline"))
    assert (row.dose_mg_day, row.weeks, row.outcome) == (None, None, TrialOutcome.UNKNOWN)


# What was asked.


def test_the_latest_answer_holds_and_not_asked_makes_it_unknown_again(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    for answer in ("yes", "no", "not_asked"):
        history.answer_fact(nurse, cast.patient.pk, "avm", answer)
    case = known_case(cast)
    assert "avm" not in case.conditions | case.absent
    assert FactAnswer.objects.count() == 3


def test_the_same_answer_twice_is_one(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    for _ in range(2):
        history.answer_fact(nurse, cast.patient.pk, ECT_FAILED, "no")
    assert FactAnswer.objects.count() == 1
    assert known_case(cast).ect_failed is False


def test_a_remark_stays_with_its_answer(cast: Cast) -> None:
    history.answer_fact(acting(cast, cast.nurse), cast.patient.pk, "psychosis", "yes", "in 2019, with fever")
    assert answers_of(cast.patient)["psychosis"].note == "in 2019, with fever"


@pytest.mark.parametrize(
    ("fact", "answer", "said"),
    [
        ("avm", "perhaps", "answer: yes, no, not_asked is needed, not 'perhaps'"),
        ("under_18", "yes", "question: one that is asked here"),
        ("nonsense", "yes", "question: one that is asked here"),
        ("allergies", "yes", "allergies: the names are needed"),
    ],
)
def test_an_answer_that_means_nothing_is_refused(cast: Cast, fact: str, answer: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        history.answer_fact(acting(cast, cast.nurse), cast.patient.pk, fact, answer)


# Lists and checks.


def test_asked_and_denied_is_another_thing_than_not_asked(cast: Cast) -> None:
    assert (known_case(cast).allergies, known_case(cast).medications) == (None, None)
    nurse = acting(cast, cast.nurse)
    for fact in ("allergies", "medications"):
        history.answer_fact(nurse, cast.patient.pk, fact, "no")
    assert (known_case(cast).allergies, known_case(cast).medications) == ((), ())


def test_none_is_refused_while_one_is_on_the_list(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    row = candidate_lists.record_allergy(nurse, cast.patient.pk, "latex", "rash")
    with pytest.raises(Conflict, match="there is one in the list"):
        history.answer_fact(nurse, cast.patient.pk, "allergies", "no")
    candidate_lists.withdraw_allergy(nurse, row.pk, "her sister's")
    assert history.answer_fact(nurse, cast.patient.pk, "allergies", "no").answer == "no"
    assert AllergyRecord.objects.count() == 2


def test_a_stopped_medication_is_no_longer_taken_from_that_day(cast: Cast) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    row = candidate_lists.record_medication(nurse, cast.patient.pk, " Clonazepam ", 1)
    assert [one.name for one in case_of(cast.patient, today, "outpatient").medications] == ["clonazepam"]
    candidate_lists.stop_medication(nurse, row.pk, today)
    assert case_of(cast.patient, today, "outpatient").medications is None
    assert MedicationRecord.objects.filter(stopped_on=None).count() == 1


def test_a_medication_entered_in_error_is_withdrawn(cast: Cast) -> None:
    nurse = acting(cast, cast.nurse)
    row = candidate_lists.record_medication(nurse, cast.patient.pk, "lithium")
    candidate_lists.withdraw_medication(nurse, row.pk, "another person's")
    assert known_case(cast).medications is None


def test_a_medication_does_not_stop_before_it_starts(cast: Cast) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    row = candidate_lists.record_medication(nurse, cast.patient.pk, "lithium", started_on=today)
    with pytest.raises(BadInput, match="when it was started"):
        candidate_lists.stop_medication(nurse, row.pk, today - timedelta(days=1))


def test_the_newest_result_of_a_check_holds(cast: Cast) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    for result, day in (("negative", today - timedelta(days=3)), ("positive", today)):
        candidate_lists.record_check(nurse, cast.patient.pk, "pregnancy_test", result, day)
    assert results_of(cast.patient)["pregnancy_test"].result == "positive"
    with pytest.raises(Conflict, match="the newer one holds"):
        candidate_lists.record_check(nurse, cast.patient.pk, "pregnancy_test", "negative", today - timedelta(days=1))


@pytest.mark.parametrize(("result", "opened"), [("low", 0), ("moderate", 1), ("high", 1)])
def test_a_suicide_risk_above_low_is_a_task_for_the_person_on_call(cast: Cast, result: str, opened: int) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    for _ in range(2):
        candidate_lists.record_check(nurse, cast.patient.pk, "cssrs_lifetime_recent", result, today)
    candidate_lists.record_check(nurse, cast.patient.pk, "pregnancy_test", "positive", today)
    assert [task.subject.partition(": ")[2] for task in Task.objects.filter(kind="risk", urgent=True)] == [
        f"Suicide risk (C-SSRS): {result}"
    ] * opened


def test_the_same_result_twice_is_one(cast: Cast) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    for _ in range(2):
        candidate_lists.record_check(nurse, cast.patient.pk, "ecg", "normal", today)
    assert CheckResult.objects.count() == 1


@pytest.mark.parametrize(
    ("check", "result", "said"), [("horoscope", "done", "check: "), ("ecg", "fine", "result: done")]
)
def test_a_check_or_result_that_does_not_exist_is_refused(cast: Cast, check: str, result: str, said: str) -> None:
    nurse, today = acting(cast, cast.nurse), history.clinic_day(cast.patient)
    with pytest.raises(BadInput, match=said):
        candidate_lists.record_check(nurse, cast.patient.pk, check, result, today)


def test_no_day_ahead_is_taken(cast: Cast) -> None:
    nurse, tomorrow = acting(cast, cast.nurse), history.clinic_day(cast.patient) + timedelta(days=1)
    with pytest.raises(BadInput, match="done on: a day from"):
        candidate_lists.record_check(nurse, cast.patient.pk, "ecg", "normal", tomorrow)


def test_every_write_is_in_the_trail_of_the_patient(cast: Cast) -> None:
    enter_trials(cast)
    rows = AuditRow.objects.filter(action__in=["begin_episode", "record_trial"])
    assert {row.patient_id for row in rows} == {cast.patient.pk}
    assert rows.count() == 1 + len(WORKED_HISTORY)


def test_the_rows_of_two_patients_do_not_mix(cast: Cast) -> None:
    enter_trials(cast)
    other = patient_of(cast.clinic, cast.coordinator, "H-1002", "Reed", "Rosa")
    assert trials_of(other) == []

"""A screening is kept as it was decided; only a prescriber goes past a reason, two of them past a label's."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import msgspec
import pytest

from remit.acts import candidate_lists, history, patients
from remit.acts.actors import Actor, Conflict, NotHere, Refused, actor_for
from remit.acts.case_file import written
from remit.acts.facts import case_of
from remit.acts.screening import (
    checked_vitals,
    decide_finding,
    open_screening,
    save_screening,
    screenings_of,
    standing_of,
)
from remit.acts.second_person import confirm_second
from remit.cli.case import read_case
from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocol
from remit.pathway.eligibility import BLOCKED, ELIGIBLE, REVIEW
from remit.pathway.referral import Jurisdiction, Vitals
from remit.quantities import BadInput
from remit.records.models import AuditRow, OverrideRecord, ScreeningRecord
from tests.fixtures.candidates import IV, KNOWN, US_TRD
from tests.fixtures.cast import PASSWORD, Cast
from tests.fixtures.histories import acting, answer_everything, enter_trials

pytestmark = pytest.mark.django_db


REQUIRED = [asked.id for asked in rules().questions_for(protocol(IV), Jurisdiction.US) if asked.required]


def screened(cast: Cast, protocol_id: str = IV, vitals: Vitals | None = None, **options: Any) -> ScreeningRecord:
    return save_screening(acting(cast, cast.nurse), cast.patient.pk, protocol_id, "outpatient", vitals, **options)


def answer(cast: Cast, fact: str, said: str) -> None:
    history.answer_fact(acting(cast, cast.nurse), cast.patient.pk, fact, said)


def second(cast: Cast, by: Any = None) -> Actor:
    confirming = by or cast.second_prescriber
    return confirm_second(acting(cast, cast.psychiatrist), confirming.email, PASSWORD, ("prescriber",))


def decide(cast: Cast, record: ScreeningRecord, finding: str, *args: Any, **options: Any) -> OverrideRecord:
    return decide_finding(acting(cast, cast.psychiatrist), record.pk, finding, "weighed with her", *args, **options)


def open_ids(cast: Cast, protocol_id: str = IV) -> list[str]:
    return [finding.id for finding in standing_of(cast.patient, protocol_id).open]


# Keeping it.


def test_a_screening_keeps_the_case_and_every_finding(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record = screened(cast, vitals=Vitals(systolic=146, diastolic=88))
    assert (record.verdict, record.protocol_id, record.protocol_version) == (REVIEW, IV, protocol(IV).version)
    assert {"psychosis", "predose_bp_review"} <= {held["id"] for held in record.findings}
    assert record.case["vitals"] == {"systolic": 146, "diastolic": 88}
    assert (record.by, record.episode.indication) == (cast.nurse, "mdd_trd")


def test_a_kept_case_can_be_screened_again_on_the_command_line(cast: Cast, tmp_path: Path) -> None:
    answer_everything(cast, psychosis="yes", avm="not_asked")
    today = history.clinic_day(cast.patient)
    patients.weigh(acting(cast, cast.nurse), cast.patient.pk, 82.5, "kg", today)
    case = case_of(cast.patient, today, "outpatient", Vitals(systolic=128, diastolic=82))
    file = tmp_path / "case.json"
    file.write_bytes(msgspec.json.encode(written(case)))
    assert read_case(file) == case


def test_an_empty_record_is_a_case_too(cast: Cast, tmp_path: Path) -> None:
    case = case_of(cast.patient, date(2026, 11, 21), "inpatient")
    file = tmp_path / "case.json"
    file.write_bytes(msgspec.json.encode(written(case)))
    assert read_case(file) == case


def test_sending_a_screening_twice_keeps_one(cast: Cast) -> None:
    key = uuid4()
    assert screened(cast, key=key) == screened(cast, key=key)
    assert ScreeningRecord.objects.count() == 1
    with pytest.raises(Conflict, match="sent before for something else"):
        screened(cast, US_TRD, key=key)


@pytest.mark.parametrize("role", ["therapist", "coordinator", "administrator", "patient_account"])
def test_only_nurses_and_prescribers_screen(cast: Cast, role: str) -> None:
    with pytest.raises(Refused, match="screen a candidate"):
        save_screening(acting(cast, getattr(cast, role)), cast.patient.pk, IV, "outpatient")


def test_another_clinics_patient_and_screening_are_not_there(cast: Cast) -> None:
    with pytest.raises(NotHere):
        save_screening(acting(cast, cast.nurse), cast.other_patient.pk, IV, "outpatient")
    theirs = save_screening(
        actor_for(cast.other_nurse.pk, cast.other_clinic.pk), cast.other_patient.pk, IV, "outpatient"
    )
    with pytest.raises(NotHere):
        open_screening(acting(cast, cast.nurse), theirs.pk)
    with pytest.raises(NotHere):
        decide_finding(acting(cast, cast.psychiatrist), theirs.pk, "avm", "why not")


def test_a_setting_or_protocol_that_does_not_exist_is_refused(cast: Cast) -> None:
    with pytest.raises(BadInput, match="setting: outpatient"):
        save_screening(acting(cast, cast.nurse), cast.patient.pk, IV, "at home")
    with pytest.raises(BadInput, match="protocol: one of"):
        screened(cast, "iv_ketamin")


@pytest.mark.parametrize(
    ("vitals", "said"),
    [
        (Vitals(systolic=301), "systolic: 30 to 300 mmHg is possible, not 301"),
        (Vitals(spo2=101), "spo2: 20 to 100 % is possible, not 101"),
        (Vitals(systolic=80, diastolic=80), "systolic: more than the diastolic 80"),
    ],
)
def test_impossible_vitals_are_refused(vitals: Vitals, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        checked_vitals(vitals)


def test_possible_vitals_pass_and_none_at_all_is_none() -> None:
    assert checked_vitals(Vitals(systolic=300, diastolic=250, spo2=100)) is not None
    assert checked_vitals(Vitals()) is None


# What stands.


def test_without_a_screening_nothing_is_cleared(cast: Cast) -> None:
    answer_everything(cast)
    assert standing_of(cast.patient, IV).verdict == REVIEW
    assert open_ids(cast) == ["not_screened"]


def test_a_candidate_with_nothing_against_is_cleared(cast: Cast) -> None:
    answer_everything(cast)
    screened(cast)
    assert standing_of(cast.patient, protocol(IV)) == (ELIGIBLE, ())


def test_a_reason_that_came_after_the_screening_is_open(cast: Cast) -> None:
    answer_everything(cast)
    screened(cast)
    answer(cast, "avm", "yes")
    assert standing_of(cast.patient, IV).verdict == BLOCKED
    assert "avm" in open_ids(cast)


def test_too_few_trials_are_never_eligible(cast: Cast) -> None:
    answer_everything(cast)
    rows = list(cast.patient.trials.current().order_by("order"))
    history.withdraw_trial(acting(cast, cast.nurse), rows[0].pk, "another person's")
    screened(cast)
    assert open_ids(cast) == ["mdd_trd"]


# Deciding.


def test_a_prescriber_decides_with_a_reason_and_the_way_is_open(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record = screened(cast)
    assert open_ids(cast) == ["psychosis"]
    made = decide(cast, record, "psychosis")
    assert standing_of(cast.patient, IV) == (ELIGIBLE, ())
    assert (made.by, made.second_by, made.reason) == (cast.psychiatrist, None, "weighed with her")
    row = AuditRow.objects.filter(action="decide_finding").last()
    assert row is not None
    assert (row.patient_id, row.detail["finding"]) == (cast.patient.pk, "psychosis")


@pytest.mark.parametrize("role", ["nurse", "therapist", "coordinator", "administrator"])
def test_nobody_but_a_prescriber_decides(cast: Cast, role: str) -> None:
    answer_everything(cast, psychosis="yes")
    record = screened(cast)
    with pytest.raises(Refused, match="Prescribers of the clinic decide"):
        decide_finding(acting(cast, getattr(cast, role)), record.pk, "psychosis", "because")


def test_a_decision_says_why(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record = screened(cast)
    with pytest.raises(BadInput, match="reason: say why"):
        decide_finding(acting(cast, cast.psychiatrist), record.pk, "psychosis", "  ")


def test_a_labels_block_is_not_overridden_by_one_person(cast: Cast) -> None:
    answer_everything(cast, avm="yes")
    record = screened(cast)
    for nobody in (None, acting(cast, cast.second_prescriber)):
        with pytest.raises(Refused, match="A second person is needed"):
            decide(cast, record, "avm", nobody)
    assert not OverrideRecord.objects.exists()


def test_two_prescribers_override_a_labels_block(cast: Cast) -> None:
    answer_everything(cast, avm="yes")
    record = screened(cast)
    made = decide(cast, record, "avm", second(cast))
    assert (made.by, made.second_by) == (cast.psychiatrist, cast.second_prescriber)
    # The hazard of the injection label is a reason of its own.
    assert open_ids(cast) == ["bp_rise_hazard"]
    decide(cast, record, "bp_rise_hazard", second(cast))
    assert standing_of(cast.patient, IV).verdict == ELIGIBLE


def test_the_second_person_cannot_use_it_for_the_own_decision(cast: Cast) -> None:
    answer_everything(cast, avm="yes")
    record = screened(cast)
    with pytest.raises(Refused, match="another account"):
        decide_finding(acting(cast, cast.second_prescriber), record.pk, "avm", "because", second(cast))


@pytest.mark.parametrize("protocol_id", [IV, US_TRD])
def test_hypersensitivity_blocks_everywhere_and_takes_two(cast: Cast, protocol_id: str) -> None:
    answer_everything(cast)
    candidate_lists.record_allergy(acting(cast, cast.nurse), cast.patient.pk, "Ketamine", "hives")
    record = screened(cast, protocol_id)
    assert record.verdict == BLOCKED
    with pytest.raises(Refused, match="A second person is needed"):
        decide(cast, record, "hypersensitivity")


@pytest.mark.parametrize("fact", REQUIRED)
def test_what_was_never_asked_is_never_eligible_whoever_decides(cast: Cast, fact: str) -> None:
    answer_everything(cast, **{"allergies" if fact == "hypersensitivity" else fact: "not_asked"})
    record = screened(cast)
    assert open_ids(cast) == [f"unknown:{fact}"]
    with pytest.raises(BadInput, match="it was never asked or done"):
        decide(cast, record, f"unknown:{fact}", second(cast))
    assert standing_of(cast.patient, IV).verdict == REVIEW


def test_a_check_that_is_not_recorded_is_never_eligible(cast: Cast) -> None:
    enter_trials(cast)
    for fact in KNOWN.absent:
        answer(cast, fact, "no")
    answer(cast, "allergies", "no")
    screened(cast)
    assert "unknown:consent_offlabel" in open_ids(cast)


def test_what_does_not_ask_cannot_be_decided(cast: Cast) -> None:
    answer_everything(cast, hypertension_treated="yes")
    record = screened(cast)
    for finding in ("hypertension_treated", "nonsense"):
        with pytest.raises(BadInput, match="one that blocks or asks the prescriber"):
            decide(cast, record, finding)


def test_one_reason_is_decided_once(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record, key = screened(cast), uuid4()
    assert decide(cast, record, "psychosis", key=key) == decide(cast, record, "psychosis", key=key)
    with pytest.raises(Conflict, match="decided already, by Petra Psychiatrist"):
        decide(cast, record, "psychosis")


def test_a_decision_falls_when_its_reason_reads_otherwise(cast: Cast) -> None:
    answer_everything(cast)
    record = screened(cast, vitals=Vitals(systolic=146, diastolic=88))
    decide(cast, record, "predose_bp_review")
    assert standing_of(cast.patient, IV).verdict == ELIGIBLE
    screened(cast, vitals=Vitals(systolic=176, diastolic=88))
    assert open_ids(cast) == ["predose_bp_review"]


def test_a_newer_screening_takes_the_decisions_back(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes", mania="yes")
    first = screened(cast)
    decide(cast, first, "psychosis")
    screened(cast)
    assert open_ids(cast) == ["psychosis", "mania"]
    with pytest.raises(Conflict, match="a newer screening"):
        decide(cast, first, "mania")


def test_a_decision_on_facts_that_changed_is_refused(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    record = screened(cast)
    answer(cast, "psychosis", "no")
    with pytest.raises(Conflict, match="the record changed since"):
        decide(cast, record, "psychosis")


def test_a_decision_on_one_protocol_says_nothing_about_another(cast: Cast) -> None:
    answer_everything(cast, psychosis="yes")
    for protocol_id in (IV, US_TRD):
        screened(cast, protocol_id)
    decide(cast, screenings_of(cast.patient)[1].record, "psychosis")
    assert open_ids(cast, US_TRD) == ["psychosis"]
    assert open_ids(cast) == []


def test_the_newest_on_each_protocol_counts(cast: Cast) -> None:
    for protocol_id in (IV, US_TRD, IV):
        screened(cast, protocol_id)
    listed = screenings_of(cast.patient)
    assert [(one.record.protocol_id, one.newest) for one in listed] == [(IV, True), (US_TRD, True), (IV, False)]
    opened = open_screening(acting(cast, cast.therapist), listed[2].record.pk)
    assert not opened.newest


def test_the_vitals_of_the_screening_stay_with_it(cast: Cast) -> None:
    answer_everything(cast)
    screened(cast, vitals=replace(Vitals(), systolic=146, diastolic=88))
    assert open_ids(cast) == ["predose_bp_review"]

import json
from datetime import date

import pytest

from remit.cli.case import read_case
from remit.pathway.referral import Jurisdiction, Setting, Sex, TrialOutcome
from remit.quantities import BadInput

WHOLE = """
asof: 2026-11-21
jurisdiction: US
setting: outpatient
patient: {birth_date: 1978-03-04, sex: female, weight_kg: 82.0, weight_date: 2026-11-20, height_cm: 168}
diagnosis: {indication: mdd_trd, icd10: F33.2, episode_start: 2024-11-01, severity: severe_without_psychosis}
trials:
  - {drug: sertraline, dose_mg_day: 100, weeks: 12, outcome: failed}
  - {drug: aripiprazole, dose_mg_day: 10, weeks: 4, outcome: failed, added_to: duloxetine}
ect_failed: false
conditions: [hypertension_treated]
absent: [aneurysmal_vascular_disease, avm, ich_history]
allergies: []
medications: [{name: clonazepam, dose_mg_day: 1.0}, {name: lamotrigine}]
checks: {consent_offlabel: done, pregnancy_test: negative, cssrs_lifetime_recent: low, rems_enrolment: done}
vitals: {systolic: 146, diastolic: 88, heart_rate: 76, spo2: 98}
"""


@pytest.fixture
def written(tmp_path):
    """Write a case file and read it."""

    def read(text, name="case.yaml"):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read_case(path)

    return read


def test_a_whole_case_is_read(written):
    case = written(WHOLE)
    assert (case.asof, case.jurisdiction, case.setting) == (date(2026, 11, 21), Jurisdiction.US, Setting.OUTPATIENT)
    assert case.patient.sex is Sex.FEMALE
    assert case.patient.weight.kg.value == 82
    assert case.trials[1].added_to == "duloxetine"
    assert case.trials[0].outcome is TrialOutcome.FAILED
    assert case.ect_failed is False
    assert case.medications[1].dose_mg_day is None
    assert case.vitals.systolic == 146


def test_json_is_read_alike(written):
    assert (
        written(json.dumps({"asof": "2026-11-21", "patient": {"weight_kg": 82}}), "case.json").patient.weight.kg.value
        == 82
    )


def test_what_is_omitted_is_unknown_and_never_no(written):
    case = written("asof: 2026-11-21\n")
    assert (case.jurisdiction, case.setting, case.ect_failed) == (None, None, None)
    assert (case.allergies, case.medications, case.vitals) == (None, None, None)


def test_a_key_without_a_value_is_unknown_too(written):
    case = written("asof: 2026-11-21\nect_failed:\nallergies: null\npatient: {sex: ~, birth_date: }\n")
    assert (case.ect_failed, case.allergies, case.patient.sex, case.patient.birth_date) == (None, None, None, None)


def test_an_empty_list_is_an_answer(written):
    assert written("asof: 2026-11-21\nallergies: []\nmedications: []\n").allergies == ()


def test_pounds_are_converted_once(written):
    weight = written("asof: 2026-11-21\npatient: {weight_lb: 180}\n").patient.weight
    assert weight.kg.value == pytest.approx(81.6466266)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ("asof: 2026-11-21", "asof"),
        ("jurisdiction: US", "jurisdiction: US, EU, UK, CH, AU, CA is needed, not 'XX'"),
    ],
)
def test_a_missing_day_and_a_wrong_place_are_refused(written, changed, said):
    text = WHOLE.replace(changed, "jurisdiction: XX" if "jurisdiction" in changed else "", 1)
    with pytest.raises(BadInput, match=said):
        written(text)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("setting: outpatient", "setting: home", r"setting: .*inpatient.*'home'"),
        ("sex: female", "gender: female", "unknown field `gender`"),
        ("allergies: []", "alergies: []", "unknown field `alergies`"),
        ("weight_kg: 82.0", "weight_kg: 82.0, weight_lb: 181", "not both"),
        ("weight_kg: 82.0", "weight_kg: -82", r"weight_kg.*above 0.*'-82'"),
        ("weight_kg: 82.0", "weight_kg: nan", r"weight_kg.*'nan'"),
        ("weight_kg: 82.0", "weight_kg: 82kg", r"weight_kg.*'82kg'"),
        ("height_cm: 168", "height_cm: 0", r"height_cm.*above 0.*'0'"),
        ("birth_date: 1978-03-04", "birth_date: 2027-01-01", r"birth_date: a day not after asof.*2027-01-01"),
        ("birth_date: 1978-03-04", "birth_date: 4.3.1978", r"birth_date: a date.*'4.3.1978'"),
        ("weight_date: 2026-11-20", "weight_date: 2026-11-22", "weight_date"),
        ("episode_start: 2024-11-01", "episode_start: 2026-12-01", "episode_start"),
        ("outcome: failed}", "outcome: bad}", r"trials\[0\].outcome.*'bad'"),
        ("weeks: 12", "weeks: -1", r"trials\[0\].weeks.*0 or more.*'-1'"),
        ("weeks: 12", "week: 12", "unknown field `week`"),
        ("drug: sertraline, ", "", "drug"),
        ("ect_failed: false", "ect_failed: maybe", r"ect_failed: true or false.*'maybe'"),
        ("conditions: [hypertension_treated]", "conditions: [hypertention]", "'hypertention'"),
        ("absent: [aneurysmal_vascular_disease", "absent: [aneurism", "'aneurism'"),
        ("conditions: [hypertension_treated]", "conditions: [avm]", "not in both"),
        ("indication: mdd_trd", "indication: mdd", "'mdd'"),
        ("severity: severe_without_psychosis", "severity: severe", "'severe'"),
        ("consent_offlabel: done", "consent: done", "'consent'"),
        ("consent_offlabel: done", "consent_offlabel: yes", "'yes'"),
        ("spo2: 98", "spo2: 101", r"spo2: at most 100.*101"),
        ("systolic: 146", "systolic: 88", r"systolic: more than the diastolic.*88"),
        ("systolic: 146", "systolic: -100", r"systolic.*'-100'"),
        ("spo2: 98", "sats: 98", "unknown field `sats`"),
        ("jurisdiction: US", "jurisdiction: US\njurisdiction: EU", "'jurisdiction' is given twice"),
    ],
)
def test_a_refusal_names_the_thing_the_bound_and_the_value(written, before, after, said):
    assert before in WHOLE
    with pytest.raises(BadInput, match=said):
        written(WHOLE.replace(before, after, 1))


def test_a_refusal_names_the_file(written):
    with pytest.raises(BadInput, match=r"case\.yaml"):
        written("asof: tomorrow\n")

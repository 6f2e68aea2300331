import pytest

from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocol
from remit.pathway.referral import Jurisdiction, Setting, Sex
from remit.quantities import BadInput
from tests.fixtures.candidates import EU, IV, KNOWN, ORAL, US_TRD, actions, answering, candidate, person, screened

BLOCKING = ["diagnosis_interview", "treatment_history", "consent_offlabel", "pregnancy_test", "cssrs_lifetime_recent"]
MILDER = {row.id: row.action.value for row in rules().checks.rows if row.action.value != "block"}


@pytest.mark.parametrize("id", BLOCKING)
def test_a_blocking_check_that_was_not_recorded_is_unknown_and_asks(id):
    assert actions(answering(**{id: None}), IV)["unknown:" + id] == "prescriber_review"
    assert screened(answering(**{id: None}), IV).verdict == "review"


@pytest.mark.parametrize("id", BLOCKING)
def test_a_blocking_check_that_was_not_done_blocks_under_its_own_id(id):
    assert actions(answering(**{id: "not_done"}), IV)[id] == "block"


@pytest.mark.parametrize("id", MILDER)
def test_a_milder_check_is_never_unknown_and_does_as_it_says_when_not_done(id):
    assert not [found for found in actions(KNOWN, IV) if id in found]
    assert actions(answering(**{id: "not_done"}), IV)[id] == MILDER[id]


@pytest.mark.parametrize(
    ("id", "answer", "action"),
    [
        ("pregnancy_test", "positive", "block"),
        ("cssrs_lifetime_recent", "moderate", "prescriber_review"),
        ("cssrs_lifetime_recent", "high", "prescriber_review"),
        ("lft", "abnormal", "prescriber_review"),
        ("urine_drug_screen", "positive", "prescriber_review"),
        ("stop_bang", "high", "warn"),
        ("ecg", "abnormal", "record"),
        ("renal", "abnormal", "record"),
        ("pdmp", "abnormal", "record"),
    ],
)
def test_an_answer_raises_what_it_means(id, answer, action):
    assert actions(answering(**{id: answer}), IV)[id] == action


@pytest.mark.parametrize(
    ("id", "answer"),
    [
        ("pregnancy_test", "negative"),
        ("pregnancy_test", "not_applicable"),
        ("cssrs_lifetime_recent", "low"),
        ("lft", "normal"),
    ],
)
def test_a_settling_answer_raises_nothing(id, answer):
    assert not [found for found in actions(answering(**{id: answer}), IV) if id in found]


@pytest.mark.parametrize("id", ["pregnancy_test", "cssrs_lifetime_recent"])
def test_done_without_the_result_is_not_known(id):
    assert "unknown:" + id in actions(answering(**{id: "done"}), IV)


def test_not_applicable_where_it_applies_asks_the_prescriber():
    assert actions(answering(rems_enrolment="not_applicable"), US_TRD)["rems_enrolment"] == "prescriber_review"


@pytest.mark.parametrize(("sex", "asked"), [(Sex.FEMALE, True), (Sex.OTHER, True), (None, True), (Sex.MALE, False)])
def test_a_man_needs_no_pregnancy_test(sex, asked):
    case = _of(person(sex=sex), answering(pregnancy_test=None))
    assert ("unknown:pregnancy_test" in actions(case, IV)) == asked


def _of(case, other):
    """The person of one case with the checks of the other."""
    return candidate(patient=case.patient, checks=other.checks)


def test_a_positive_test_blocks_whoever_is_tested():
    case = _of(person(sex=Sex.MALE), answering(pregnancy_test="positive"))
    assert actions(case, IV)["pregnancy_test"] == "block"
    assert actions(case, IV)["pregnancy"] == "block"


@pytest.mark.parametrize(
    ("protocol_id", "place", "setting", "asked"),
    [
        (US_TRD, "US", "outpatient", True),
        (US_TRD, "US", "intensive_outpatient", True),
        (US_TRD, "US", "emergency", True),
        (US_TRD, "US", None, True),
        (US_TRD, "US", "inpatient", False),
        (EU, "EU", "outpatient", False),
        (EU, "US", "outpatient", True),
        (IV, "US", "outpatient", False),
    ],
)
def test_the_rems_is_for_outpatients_on_us_spravato(protocol_id, place, setting, asked):
    case = candidate(
        checks=answering(rems_enrolment=None).checks,
        jurisdiction=Jurisdiction(place),
        setting=setting and Setting(setting),
    )
    assert ("unknown:rems_enrolment" in actions(case, protocol_id)) == asked


@pytest.mark.parametrize(("protocol_id", "asked"), [(US_TRD, False), (EU, False), (IV, True), (ORAL, True)])
def test_consent_to_off_label_use_is_for_off_label_use(protocol_id, asked):
    assert ("unknown:consent_offlabel" in actions(answering(consent_offlabel=None), protocol_id)) == asked


def test_the_sessions_own_checks_are_never_asked_before_a_course():
    empty = actions(candidate(checks={}), IV)
    assert not {"unknown:escort", "unknown:bp_before", "unknown:cssrs_since_last_visit"} & empty.keys()
    assert screened(answering(escort="not_done"), IV).verdict == "eligible"


def test_a_check_that_does_not_exist_is_refused_by_name():
    with pytest.raises(BadInput, match="'mri'"):
        screened(answering(mri="done"), IV)


def test_an_answer_that_is_none_is_refused_with_the_words_that_are():
    with pytest.raises(BadInput, match=r"lft: done, not_done.*'fine'"):
        screened(answering(lft="fine"), IV)


def test_the_checks_that_apply_can_be_listed():
    ids = [check.id for check in rules().checks_for(KNOWN, protocol(US_TRD))]
    assert "rems_enrolment" in ids
    assert "consent_offlabel" not in ids

from dataclasses import replace
from datetime import date
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.eligibility import rules
from remit.knowledge.protocols import protocol
from remit.pathway.referral import Jurisdiction, Setting, Sex
from remit.quantities import BadInput, Centimetres
from tests.fixtures.candidates import (
    EU,
    INJECTED,
    IV,
    KNOWN,
    MDSI,
    ORAL,
    SPRAVATO,
    US_TRD,
    actions,
    candidate,
    diagnosed,
    person,
    screened,
)

LABEL_ABSOLUTE = ("aneurysmal_vascular_disease", "avm", "ich_history")
INJECTION = ("bp_rise_hazard", "uncontrolled_htn_ch", "preeclampsia", "hyperthyroidism_untreated", "prior_stroke")
OTHERS = [row for row in rules().conditions.rows if row.label is None]


def finding(case, protocol_id, id):
    return next(found for found in screened(case, protocol_id).findings if found.id == id)


@pytest.mark.parametrize("protocol_id", SPRAVATO)
@pytest.mark.parametrize("id", [*LABEL_ABSOLUTE, "hypersensitivity"])
def test_a_label_contraindication_blocks_the_labels_own_product(protocol_id, id):
    assert actions(candidate(id), protocol_id)[id] == "block"
    assert screened(candidate(id), protocol_id).verdict == "blocked"


@pytest.mark.parametrize("id", LABEL_ABSOLUTE)
def test_on_an_off_label_protocol_it_asks_the_prescriber_and_says_whose_label_it_is(id):
    assert actions(candidate(id), ORAL)[id] == "prescriber_review"
    assert "binds another product" in finding(candidate(id), ORAL, id).text


@pytest.mark.parametrize("protocol_id", INJECTED)
@pytest.mark.parametrize("id", LABEL_ABSOLUTE)
def test_for_an_injection_it_is_the_pressure_hazard_and_blocks_for_two_persons(protocol_id, id):
    assert actions(candidate(id), protocol_id)[id] == "block"
    assert actions(candidate(id), protocol_id)["bp_rise_hazard"] == "block"
    assert finding(candidate(id), protocol_id, id).two_person
    assert "bp_rise_hazard" in finding(candidate(id), protocol_id, id).text


@pytest.mark.parametrize("protocol_id", [*SPRAVATO, *INJECTED, ORAL, "oral_er_racemic_r107", "kap"])
def test_hypersensitivity_blocks_everywhere(protocol_id):
    assert actions(candidate("hypersensitivity"), protocol_id)["hypersensitivity"] == "block"


@pytest.mark.parametrize("protocol_id", INJECTED)
@pytest.mark.parametrize("id", INJECTION)
def test_the_injection_label_blocks_an_injection(protocol_id, id):
    assert actions(candidate(id), protocol_id)[id] == "block"


@pytest.mark.parametrize("protocol_id", [*SPRAVATO, ORAL])
@pytest.mark.parametrize("id", INJECTION)
def test_the_injection_label_asks_the_prescriber_elsewhere(protocol_id, id):
    assert actions(candidate(id), protocol_id)[id] == "prescriber_review"


def test_a_recent_cardiovascular_event_asks_under_the_eu_information_until_it_is_adopted():
    case = candidate("recent_cv_event_6wk")
    assert actions(case, EU)["recent_cv_event_6wk"] == "prescriber_review"
    adopted = frozenset({"recent_cv_event_6wk"})
    assert actions(case, EU, adopted=adopted)["recent_cv_event_6wk"] == "block"
    assert actions(case, US_TRD, adopted=adopted)["recent_cv_event_6wk"] == "prescriber_review"


@pytest.mark.parametrize("row", OTHERS, ids=lambda row: row.id)
@pytest.mark.parametrize("protocol_id", [US_TRD, IV, ORAL])
def test_a_caution_acts_as_written_on_every_protocol(row, protocol_id):
    assert actions(candidate(row.id), protocol_id)[row.id] == row.action.value


@pytest.mark.parametrize("allergy", ["ketamine", "Esketamine", "S-ketamine", "spravato (nasal spray)"])
def test_an_allergy_to_the_molecule_is_hypersensitivity(allergy):
    assert actions(candidate(allergies=(allergy,)), IV)["hypersensitivity"] == "block"


def test_another_allergy_denies_hypersensitivity():
    assert not [id for id in actions(candidate(allergies=("penicillin",)), IV) if "hypersensitivity" in id]


def test_allergies_that_were_not_asked_for_are_unknown():
    assert actions(candidate(allergies=None), IV)["unknown:hypersensitivity"] == "prescriber_review"


@pytest.mark.parametrize(
    ("birth_date", "found"),
    [
        (date(2008, 11, 22), {"under_18", "age_24_and_under"}),
        (date(2008, 11, 21), {"age_24_and_under"}),
        (date(2001, 11, 22), {"age_24_and_under"}),
        (date(2001, 11, 21), set()),
        (date(1961, 11, 22), set()),
        (date(1961, 11, 21), {"age_65_plus"}),
        (None, {"unknown:under_18"}),
    ],
)
def test_ages_are_computed_on_the_day(birth_date, found):
    ages = {"under_18", "age_24_and_under", "age_65_plus", "unknown:under_18"}
    assert ages & actions(person(birth_date=birth_date), US_TRD).keys() == found


def test_a_child_is_blocked():
    assert screened(person(birth_date=date(2008, 11, 22)), IV).verdict == "blocked"


@pytest.mark.parametrize(("height", "obese"), [(143.8, False), (143.7, True)])
def test_obesity_begins_at_its_body_mass_index(height, obese):
    assert ("obesity" in actions(person(height=Centimetres(height)), IV)) == obese


@pytest.mark.parametrize("missing", ["weight", "height"])
def test_obesity_is_not_guessed(missing):
    assert "obesity" not in actions(person(**{missing: None}), IV)


def test_a_psychotic_severity_raises_psychosis():
    assert actions(diagnosed(severity="severe_with_psychosis"), IV)["psychosis"] == "prescriber_review"


UNKNOWN_BY_PROTOCOL = [
    (US_TRD, "US", {*LABEL_ABSOLUTE, "hypersensitivity"}),
    (MDSI, "US", {*LABEL_ABSOLUTE, "hypersensitivity"}),
    (EU, "EU", {*LABEL_ABSOLUTE, "hypersensitivity", "recent_cv_event_6wk"}),
    (IV, "US", {"bp_rise_hazard", "hypersensitivity"}),
    (IV, "CH", {*INJECTION, "hypersensitivity"}),
    (ORAL, "US", {"hypersensitivity"}),
]


@pytest.mark.parametrize(("protocol_id", "place", "asked"), UNKNOWN_BY_PROTOCOL)
def test_unknown_is_raised_only_for_the_protocols_own_product_and_place(protocol_id, place, asked):
    case = candidate(absent=frozenset(), allergies=None, jurisdiction=Jurisdiction(place))
    unknown = {id.removeprefix("unknown:") for id in actions(case, protocol_id) if id.startswith("unknown:")}
    assert unknown == asked


def test_a_hazard_that_is_known_is_not_unknown():
    case = candidate("avm", absent=frozenset())
    assert "unknown:bp_rise_hazard" not in actions(case, IV)


def test_a_condition_that_does_not_exist_is_refused_by_name():
    with pytest.raises(BadInput, match="'lung_disease'"):
        screened(candidate("lung_disease"), IV)
    with pytest.raises(BadInput, match=r"absent.*'lung_disease'"):
        screened(candidate(absent=frozenset({"lung_disease"})), IV)


def test_a_condition_cannot_be_present_and_absent():
    with pytest.raises(BadInput, match=r"avm.*not in both"):
        screened(candidate(conditions=frozenset({"avm"})), IV)


def test_questions_are_asked_one_by_one_with_the_required_ones_first():
    asked = rules().questions_for(protocol(US_TRD), Jurisdiction.US)
    assert [question.id for question in asked][:4] == [*LABEL_ABSOLUTE, "hypersensitivity"]
    assert [question.required for question in asked[:5]] == [True, True, True, True, False]
    assert all(question.text and question.path for question in asked)


def test_what_is_computed_is_not_asked():
    asked = {question.id for question in rules().questions_for(protocol(IV))}
    assert not asked & {"under_18", "age_65_plus", "age_24_and_under", "obesity"}


def test_a_question_says_what_a_yes_would_do_here():
    asked = {question.id: question for question in rules().questions_for(protocol(ORAL))}
    assert asked["avm"].action.value == "prescriber_review"
    assert "binds another product" in asked["avm"].because


RANK = {"eligible": 0, "review": 1, "blocked": 2}
IDS = st.sets(st.sampled_from(sorted(rules().conditions.ids)), max_size=6)


@given(IDS, IDS, st.sampled_from([US_TRD, EU, IV, ORAL]), st.sampled_from(list(Jurisdiction)))
def test_one_more_condition_never_makes_the_verdict_milder(fewer, more, protocol_id, place):
    before = candidate(*fewer, absent=frozenset(), jurisdiction=place)
    after = candidate(*fewer, *more, absent=frozenset(), jurisdiction=place)
    assert RANK[screened(after, protocol_id).verdict] >= RANK[screened(before, protocol_id).verdict]


@given(IDS, IDS, st.sampled_from([US_TRD, EU, IV, ORAL]))
def test_an_answer_never_raises_a_new_unknown(yes, no, protocol_id):
    asked = candidate(absent=frozenset())
    answered = candidate(conditions=frozenset(yes), absent=frozenset(no - yes))
    before, after = actions(asked, protocol_id), actions(answered, protocol_id)
    assert {id for id in after if id.startswith("unknown:")} <= {id for id in before if id.startswith("unknown:")}


@given(IDS, st.sampled_from([US_TRD, EU, IV, ORAL]))
def test_what_is_unknown_is_never_eligible(denied, protocol_id):
    screening = screened(candidate(absent=frozenset(denied)), protocol_id)
    if any(found.id.startswith("unknown:") for found in screening.findings):
        assert screening.verdict != "eligible"


def test_the_known_candidate_is_the_one_who_is_eligible():
    assert KNOWN.conditions == frozenset()
    assert [screened(KNOWN, id).verdict for id in (US_TRD, IV, ORAL)] == ["eligible"] * 3


BLANK = {
    "sex": lambda case: replace(case, patient=replace(case.patient, sex=None)),
    "birth_date": lambda case: replace(case, patient=replace(case.patient, birth_date=None)),
    "jurisdiction": lambda case: replace(case, jurisdiction=None),
    "setting": lambda case: replace(case, setting=None),
    "indication": lambda case: replace(case, diagnosis=replace(case.diagnosis, indication=None)),
    "checks": lambda case: replace(case, checks={}),
    "allergies": lambda case: replace(case, allergies=None),
    "absent": lambda case: replace(case, absent=frozenset()),
    "medications": lambda case: replace(case, medications=None),
}
"""Each fact, taken away."""
FACTS = st.sets(st.sampled_from(sorted(BLANK)))


def unknowns(case, protocol_id):
    return {id for id in actions(case, protocol_id) if id.startswith("unknown:")}


@given(
    FACTS,
    FACTS,
    st.sampled_from([US_TRD, MDSI, EU, IV, ORAL]),
    st.sampled_from(list(Jurisdiction)),
    st.sampled_from(list(Setting)),
    st.sampled_from(list(Sex)),
)
def test_a_fact_more_never_raises_a_new_unknown(blank, more, protocol_id, place, setting, sex):
    known = replace(candidate(), jurisdiction=place, setting=setting, patient=replace(KNOWN.patient, sex=sex))
    fewer = reduce(lambda case, fact: BLANK[fact](case), sorted(blank | more), known)
    further = reduce(lambda case, fact: BLANK[fact](case), sorted(blank), known)
    assert unknowns(further, protocol_id) <= unknowns(fewer, protocol_id)

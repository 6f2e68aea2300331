from dataclasses import replace

import pytest

from remit.knowledge.eligibility import rules
from remit.pathway.referral import Jurisdiction, Vitals
from remit.quantities import BadInput
from tests.fixtures.candidates import (
    EU,
    IV,
    KNOWN,
    MDSI,
    ORAL,
    US_TRD,
    actions,
    answering,
    candidate,
    diagnosed,
    failed,
    screened,
)


def bipolar(*medications, **checks):
    case = diagnosed(indication="bipolar_depression")
    return replace(case, medications=candidate(medications=medications).medications, checks={**KNOWN.checks, **checks})


def measured(place="US", **values):
    return candidate(vitals=Vitals(**values), jurisdiction=Jurisdiction(place))


def text(case, protocol_id, id):
    return next(found.text for found in screened(case, protocol_id).findings if found.id == id)


def test_the_verdict_follows_the_worst_finding():
    assert screened(KNOWN, IV).verdict == "eligible"
    assert screened(candidate("hypertension_treated"), IV).verdict == "eligible"
    assert screened(candidate("cystitis"), IV).verdict == "review"
    assert screened(candidate("cystitis", "raised_icp"), IV).verdict == "blocked"


def test_every_reason_is_listed_with_the_worst_first():
    found = screened(candidate("hypertension_treated", "cystitis", "raised_icp", "lactation", "mania"), IV).findings
    assert {"hypertension_treated", "cystitis", "raised_icp", "lactation", "mania"} <= {held.id for held in found}
    ranks = [held.action.rank for held in found]
    assert ranks == sorted(ranks, reverse=True)


def test_every_finding_carries_its_source_and_its_place_in_the_knowledge():
    for protocol_id in (US_TRD, EU, IV, ORAL):
        case = candidate("avm", "cystitis", medications=None, allergies=None, checks={}, absent=frozenset())
        assert all(held.path and held.text for held in screened(case, protocol_id).findings)


def test_too_few_failed_trials_give_the_indications_own_finding():
    one = candidate(trials=(failed("sertraline", 100, 12),))
    assert actions(one, IV)["mdd_trd"] == "prescriber_review"
    assert screened(one, IV).verdict != "eligible"
    two = candidate(trials=(failed("sertraline", 100, 12), failed("duloxetine", 60, 6)))
    assert "mdd_trd" not in actions(two, IV)


def test_one_drug_tried_twice_is_too_few():
    twice = candidate(trials=(failed("sertraline", 100, 12), failed("sertraline", 200, 12)))
    assert "mdd_trd" in actions(twice, IV)


def test_both_counts_are_told_where_the_forms_differ():
    case = candidate(trials=(failed("sertraline", 100, 12), failed("citalopram", 20, 4)))
    assert "1 of 2 trials count (2 by the shorter duration of the ATHF forms), 2 are needed" in text(
        case, IV, "mdd_trd"
    )
    document = screened(case, IV).as_dict()
    assert (document["resistant_trials"], document["resistant_trials_athf"]) == (1, 2)


def test_only_resistant_depression_needs_failed_trials():
    assert "mdd_trd" not in actions(replace(diagnosed(indication="mdsi"), trials=()), MDSI)


@pytest.mark.parametrize(
    ("severity", "asked"),
    [("subsyndromal", True), ("mild", True), ("moderate", False), ("severe_without_psychosis", False), (None, False)],
)
def test_a_mild_episode_asks_the_prescriber(severity, asked):
    assert ("severity_gate" in actions(diagnosed(severity=severity), US_TRD)) == asked


def test_bipolar_depression_without_its_gate_asks_the_prescriber():
    assert actions(bipolar(), IV)["bipolar_depression"] == "prescriber_review"
    assert "mood stabiliser documented, YMRS baseline" in text(bipolar(), IV, "bipolar_depression")


def test_a_mood_stabiliser_that_no_source_confirms_is_named_and_still_asks():
    said = text(bipolar(*KNOWN.medications, YMRS="done"), IV, "bipolar_depression")
    assert "mood stabiliser" in said
    assert "YMRS" not in said
    lithium = candidate(medications=(replace(KNOWN.medications[0], name="lithium"),)).medications
    assert "lithium is listed" in text(bipolar(*lithium, YMRS="done"), IV, "bipolar_depression")


def test_an_adopted_class_and_a_baseline_open_the_gate():
    lithium = replace(KNOWN.medications[0], name="lithium")
    adopted = frozenset({"adequacy.lithium_augmentation"})
    assert "bipolar_depression" not in actions(bipolar(lithium, YMRS="done"), IV, adopted=adopted)
    assert "bipolar_depression" in actions(bipolar(lithium, YMRS="high"), IV, adopted=adopted)
    assert "bipolar_depression" in actions(bipolar(lithium, YMRS="done"), US_TRD, adopted=adopted)


@pytest.mark.parametrize(
    ("indication", "protocol_id", "asked"),
    [("mdd_trd", MDSI, True), ("mdsi", US_TRD, True), ("mdsi", EU, False), ("ptsd", US_TRD, True), ("ptsd", IV, False)],
)
def test_a_protocol_for_something_else_asks_the_prescriber(indication, protocol_id, asked):
    assert ("outside_indication" in actions(diagnosed(indication=indication), protocol_id)) == asked


def test_an_indication_that_was_not_recorded_is_unknown():
    assert actions(diagnosed(indication=None), IV)["unknown:indication"] == "prescriber_review"


@pytest.mark.parametrize(("thing", "word"), [("indication", "sadness"), ("severity", "awful")])
def test_a_word_that_does_not_exist_is_refused(thing, word):
    with pytest.raises(BadInput, match=f"{thing}.*{word}"):
        screened(diagnosed(**{thing: word}), IV)


@pytest.mark.parametrize("answer", ["moderate", "high"])
def test_suicide_risk_asks_for_a_same_day_assessment_and_never_refuses(answer):
    case = replace(answering(cssrs_lifetime_recent=answer), diagnosis=replace(KNOWN.diagnosis, indication="mdsi"))
    assert screened(case, MDSI).verdict == "review"
    assert "same day" in text(case, MDSI, "cssrs_lifetime_recent")


@pytest.mark.parametrize(
    ("protocol_id", "place", "asked"),
    [
        (US_TRD, "US", False),
        (US_TRD, "CA", True),
        (EU, "UK", False),
        (EU, "EU", False),
        (EU, "US", True),
        (IV, "AU", False),
    ],
)
def test_a_label_protocol_outside_its_place_asks_the_prescriber(protocol_id, place, asked):
    found = actions(candidate(jurisdiction=Jurisdiction(place)), protocol_id)
    assert (found.get("protocol_jurisdiction") == "prescriber_review") == asked


def test_a_place_that_was_not_recorded_is_unknown():
    assert "unknown:jurisdiction" in actions(candidate(jurisdiction=None), IV)


@pytest.mark.parametrize("protocol_id", ["iv_arketamine", "oral_er_racemic_r107"])
def test_an_investigational_protocol_asks_the_prescriber(protocol_id):
    assert actions(KNOWN, protocol_id)["investigational"] == "prescriber_review"


@pytest.mark.parametrize(
    ("systolic", "diastolic", "found"),
    [
        (140, 90, set()),
        (141, 90, {"predose_bp_review"}),
        (140, 91, {"predose_bp_review"}),
        (180, 100, {"predose_bp_review"}),
        (181, 100, {"predose_bp_review", "predose_bp_block_ch"}),
        (180, 101, {"predose_bp_review", "predose_bp_block_ch"}),
        (None, 101, {"predose_bp_review", "predose_bp_block_ch"}),
    ],
)
def test_either_pressure_above_its_limit_is_a_finding(systolic, diastolic, found):
    case = measured("CH", systolic=systolic, diastolic=diastolic)
    assert {id for id in actions(case, IV) if id.startswith("predose")} == found


@pytest.mark.parametrize(("place", "blocks"), [("CH", True), ("US", False), ("EU", False)])
def test_the_swiss_pressure_limit_blocks_in_switzerland(place, blocks):
    case = measured(place, systolic=181, diastolic=95)
    assert (actions(case, IV).get("predose_bp_block_ch") == "block") == blocks
    assert actions(case, IV)["predose_bp_review"] == "prescriber_review"


def test_the_swiss_limit_of_ketamine_asks_for_esketamine():
    assert actions(measured("CH", systolic=181, diastolic=95), US_TRD)["predose_bp_block_ch"] == "prescriber_review"


@pytest.mark.parametrize(
    ("values", "id"),
    [
        ({"spo2": 91}, "spo2_low"),
        ({"heart_rate": 121}, "heart_rate"),
        ({"heart_rate": 49}, "heart_rate"),
        ({"respiratory_rate": 9}, "resp_rate"),
    ],
)
def test_other_measured_values_outside_their_limits_ask_the_prescriber(values, id):
    assert actions(measured(**values), IV)[id] == "prescriber_review"


@pytest.mark.parametrize(
    "values", [{"spo2": 92}, {"heart_rate": 120}, {"heart_rate": 50}, {"respiratory_rate": 10}, {}]
)
def test_values_at_their_limits_and_missing_ones_raise_nothing(values):
    assert screened(measured(**values), IV).verdict == "eligible"


def test_the_document_has_the_promised_shape():
    document = screened(KNOWN, IV).as_dict()
    assert {"verdict", "findings", "trials", "resistant_trials", "staging"} <= document.keys()
    assert all({"id", "action", "text", "origin", "status", "sources"} <= held.keys() for held in document["findings"])
    assert all({"drug", "counts", "reasons"} <= held.keys() for held in document["trials"])
    assert {type(held["counts"]) for held in document["trials"]} == {bool}
    assert document["staging"]["maudsley"].keys() == {"total", "band", "items"}
    assert "stage" in document["staging"]["thase_rush"]


def test_the_rules_are_built_once():
    assert rules() is rules()

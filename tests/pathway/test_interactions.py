import pytest

from remit.knowledge.medications import drug_classes
from tests.fixtures.candidates import (
    EU,
    IV,
    KNOWN,
    MDSI,
    ORAL,
    US_TRD,
    actions,
    candidate,
    screened,
    taking,
)


@pytest.mark.parametrize(
    ("drug", "id", "action"),
    [
        ("clonazepam", "benzodiazepines", "prescriber_review"),
        ("Lorazepam", "benzodiazepines", "prescriber_review"),
        ("oxycodone", "cns_depressants", "prescriber_review"),
        ("alcohol", "cns_depressants", "prescriber_review"),
        ("zopiclone", "cns_depressants", "prescriber_review"),
        ("pregabalin", "cns_depressants", "prescriber_review"),
        ("lisdexamfetamine", "stimulants", "warn"),
        ("dextroamphetamine", "stimulants", "warn"),
        ("methylphenidate", "stimulants", "warn"),
        ("modafinil", "stimulants", "warn"),
        ("tranylcypromine", "maoi", "prescriber_review"),
        ("moclobemide", "maoi", "prescriber_review"),
        ("lamotrigine", "lamotrigine", "warn"),
        ("lithium", "lithium", "record"),
        ("clozapine", "antipsychotics", "warn"),
        ("naltrexone", "naltrexone", "prescriber_review"),
        ("naltrexone-bupropion", "naltrexone", "prescriber_review"),
        ("aminophylline", "theophylline", "prescriber_review"),
        ("pseudoephedrine", "sympathomimetics", "prescriber_review"),
        ("epinephrine", "sympathomimetics", "prescriber_review"),
        ("ergometrine", "sympathomimetics", "prescriber_review"),
        ("sertraline", "ssri_snri", "record"),
        ("mirtazapine", "ssri_snri", "record"),
        ("rifampin", "inducers", "warn"),
    ],
)
def test_a_drug_raises_its_interaction_on_an_infusion(drug, id, action):
    assert actions(taking(drug), IV)[id] == action


@pytest.mark.parametrize("drug", ["rifampicin", "carbamazepine", "phenytoin", "St John’s wort", "phenobarbital"])
@pytest.mark.parametrize(
    ("protocol_id", "action"),
    [(ORAL, "prescriber_review"), ("oral_er_racemic_r107", "prescriber_review"), (IV, "warn"), (US_TRD, "warn")],
)
def test_an_inducer_asks_for_swallowed_drug_and_warns_for_the_rest(drug, protocol_id, action):
    assert actions(taking(drug), protocol_id)["inducers"] == action


@pytest.mark.parametrize(
    ("drug", "id"),
    [
        ("clarithromycin", "cyp3a4_inhibitor_oral"),
        ("ritonavir", "cyp3a4_inhibitor_oral"),
        ("grapefruit juice", "grapefruit_oral"),
        ("ticlopidine", "cyp2b6_inhibitor_oral"),
        ("clopidogrel", "cyp2b6_inhibitor_oral"),
    ],
)
def test_an_inhibitor_matters_only_where_the_drug_is_swallowed(drug, id):
    assert id in actions(taking(drug), ORAL)
    assert id not in actions(taking(drug), IV)
    assert id not in actions(taking(drug), US_TRD)


@pytest.mark.parametrize("drug", ["fluticasone", "mometasone", "xylometazoline", "oxymetazoline"])
def test_a_nasal_product_matters_only_in_the_nose(drug):
    assert actions(taking(drug), US_TRD)["nasal_products"] == "warn"
    assert "nasal_products" not in actions(taking(drug), IV)


@pytest.mark.parametrize(
    ("protocol_id", "drug", "asked"),
    [
        (EU, "sertraline", False),
        (EU, "venlafaxine xr", False),
        (EU, "mirtazapine", True),
        (EU, "metformin", True),
        (MDSI, "mirtazapine", False),
        (MDSI, "bupropion", False),
        (MDSI, "selegiline transdermal", True),
        (MDSI, "metformin", True),
        (US_TRD, "metformin", False),
        (IV, "metformin", False),
    ],
)
def test_an_oral_antidepressant_is_required_where_the_label_asks_for_one(protocol_id, drug, asked):
    assert ("oral_antidepressant_required" in actions(taking(drug), protocol_id)) == asked


def test_a_class_that_no_source_confirms_never_satisfies_a_demand():
    found = {held.id: held for held in screened(taking("dapoxetine"), EU).findings}
    assert "no source confirms its class" in found["oral_antidepressant_required"].text


def test_an_adopted_class_satisfies_it():
    adopted = frozenset({"drug_classes.ssri"})
    assert "oral_antidepressant_required" not in actions(taking("dapoxetine"), EU, adopted=adopted)


def test_a_list_that_was_not_recorded_is_not_an_empty_one():
    missing = candidate(medications=None)
    assert actions(missing, IV)["medications_not_recorded"] == "warn"
    assert "medications_not_recorded" not in actions(candidate(medications=()), IV)
    assert actions(missing, EU)["oral_antidepressant_required"] == "prescriber_review"


def test_a_drug_that_nobody_classified_is_named():
    found = {held.id: held for held in screened(taking("metformin", "novelmab"), IV).findings}
    assert found["medication_not_classified"].text.startswith("novelmab: ")


def test_all_drugs_of_one_interaction_stand_in_one_finding():
    texts = [
        held.text for held in screened(taking("clonazepam", "diazepam"), IV).findings if held.id == "benzodiazepines"
    ]
    assert len(texts) == 1
    assert texts[0].startswith("clonazepam, diazepam: ")


def test_a_part_of_a_word_is_no_drug():
    assert not drug_classes().of("winewort")
    assert {held.drug_class for held in drug_classes().of("red wine")} == {"alcohol"}


@pytest.mark.parametrize("membership", drug_classes().memberships, ids=lambda held: f"{held.drug_class}:{held.drug}")
def test_a_class_only_ever_adds_findings(membership):
    without = {id for id in actions(KNOWN, IV) if id != "ssri_snri"}
    assert without <= actions(taking("duloxetine", membership.drug), IV).keys()

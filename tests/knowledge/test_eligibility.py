import shutil

import pytest

from remit.knowledge import eligibility
from remit.knowledge.files import read_typed
from remit.knowledge.index import lookup
from remit.pathway.sourced import Action
from remit.quantities import BadInput

RULES = eligibility.rules()


def ids(name, *keys):
    held = read_typed(eligibility.FOLDER / f"{name}.yaml")
    for key in keys:
        held = held[key]
    return [row["id"] for row in held]


def test_every_condition_of_the_files_is_known():
    groups = read_typed(eligibility.FOLDER / "contraindications.yaml")["contraindications"]
    expected = {row["id"] for rows in groups.values() for row in rows} | set(
        ids("special_populations", "special_populations")
    )
    assert expected == RULES.conditions.ids


def test_every_check_interaction_and_indication_of_the_files_is_known():
    checks = ids("checks", "pre_treatment_checks", "once_before_course")
    assert [row.id for row in RULES.checks.rows] == checks
    assert [row.id for row in RULES.interactions.rows] == ids("interactions", "drug_interactions")
    assert [row.id for row in RULES.indications] == ids("indications", "indications")
    assert set(ids("checks", "pre_treatment_checks", "each_session")) <= RULES.checks.ids


def test_every_value_leads_back_to_its_place_in_the_knowledge():
    rows = [*RULES.conditions.rows, *RULES.checks.rows, *RULES.interactions.rows]
    assert all(lookup(row.path).source == row.source for row in rows)
    assert all(lookup(limit.finding.path).source == limit.finding.source for limit in RULES.limits)


def test_every_action_is_that_of_the_file():
    assert all(lookup(row.path).value["action"] == row.action for row in RULES.conditions.rows)
    assert all(lookup(row.path).value["action"] == row.action for row in RULES.checks.rows)
    assert all(lookup(row.path).value["action"] == row.action for row in RULES.interactions.rows)


def test_an_action_of_remits_own_never_blocks():
    notes = [RULES.notes.protocol_jurisdiction, RULES.notes.investigational, RULES.notes.unknown]
    assert all(note.action is not Action.BLOCK for note in notes)


def test_the_numbers_in_prose_and_in_keys_agree():
    assert "BMI 30" in lookup("obesity").value["text"]
    assert lookup("obesity").value["bmi_from"] == 30
    assert lookup("mdd_trd").value["definition"]["min_failed_trials"] == 2
    assert "at least two" in lookup("mdd_trd").value["definition"]["text"]
    assert [lookup(id).value[key] for id, key in (("under_18", "age_below"), ("age_65_plus", "age_from"))] == [18, 65]
    assert lookup("age_24_and_under").value["age_to"] == 24


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A copy of the files to spoil, and rules that are read anew."""
    copied = tmp_path / "eligibility"
    shutil.copytree(eligibility.FOLDER, copied)
    monkeypatch.setattr(eligibility, "FOLDER", copied)
    return copied


@pytest.mark.parametrize(
    ("name", "before", "after", "said"),
    [
        (
            "contraindications",
            "hazard: bp_rise_hazard, action: block, origin: label",
            "hazrd: x, action: block, origin: label",
            "hazrd",
        ),
        ("contraindications", "hazard: bp_rise_hazard", "hazard: bp_hazard", "'bp_hazard'"),
        ("contraindications", "action: block", "action: stop", "'stop'"),
        ("special_populations", "age_below: 18", "age_below: eighteen", "age_below"),
        ("checks", "settled_by: [done]", "settled_by: [fine]", "'fine'"),
        ("interactions", "classes: [benzodiazepine]", "classes: [benzo]", "'benzo'"),
        ("interactions", "routes: [intranasal]", "routes: [nose]", "nose"),
        ("indications", "min_failed_trials: 2", "min_failed: 2", "min_failed"),
        ("screening", "alert: spo2_low", "alert: spo2", "'spo2'"),
        ("staging", "months_to: 12, points: 1", "months_to: 12, points: 2", "scoring"),
        ("actions", "warn: shown", "alarm: shown", "alarm"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_name_and_the_reason(folder, name, before, after, said):
    path = folder / f"{name}.yaml"
    text = path.read_text(encoding="utf-8")
    assert before in text
    path.write_text(text.replace(before, after, 1), encoding="utf-8")
    with pytest.raises(BadInput, match=f"{name}.yaml.*{said}"):
        eligibility.rules.__wrapped__()

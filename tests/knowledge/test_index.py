"""Every value by its id, with the source it carries or inherits."""

import pytest

from remit.knowledge.documents import Document, resolve
from remit.knowledge.index import build, entries, lookup, statements
from remit.pathway.sourced import Origin, Status
from remit.quantities import BadInput


def index_of(content, kind="protocols", id="p"):
    return build([Document(kind, id, content, f"{id}.yaml")]).entries


def test_a_value_is_found_with_its_unit_and_its_citations():
    entry = lookup("iv_racemic_ketamine.dose_rule.start")
    assert (entry.value, entry.unit) == (0.5, "mg/kg")
    assert (entry.source.origin, entry.source.status) == (Origin.TRIAL, Status.VERIFIED)
    assert entry.citations[0].key == "PHILLIPS_2019"
    assert entry.citations[0].year == "2019"


def test_an_item_of_a_list_is_addressed_by_its_own_id():
    assert lookup("postdose_bp_urgent").value["systolic_gt"] == 180
    assert lookup("postdose_bp_urgent.systolic_gt").unit == "mmHg"
    assert lookup("mdd_trd.definition").value["min_failed_trials"] == 2
    assert lookup("iv_racemic_ketamine.induction.options.twice_weekly_3wk").value["per_week"] == 2


def test_a_table_row_is_a_value_with_its_own_words_for_the_source():
    row = lookup("adequacy.venlafaxine")
    assert row.value["min_dose_mg_day"] == 150
    assert (row.source.status, row.source.status_read) == (Status.UNVERIFIED, "partly_verified")
    assert "MGH-ATRQ" in row.citations[0].citation
    assert lookup("venlafaxine.min_dose_mg_day").unit == "mg/day"


def test_a_bare_value_inherits_the_nearest_status_and_sources():
    assert lookup("PHQ9.remission").source.status is Status.SECONDARY
    assert lookup("PHQ9.remission").source.keys == ("LOINC_44261",)
    assert lookup("PHQ9.remission.max").source.status is Status.SECONDARY
    assert lookup("PHQ9.bands").source.status is Status.VERIFIED


def test_what_nothing_states_is_unverified():
    entry = index_of({"id": "p", "limit": 3})["p.limit"]
    assert (entry.source.status, entry.source.origin) == (Status.UNVERIFIED, Origin.PROJECT_DEFAULT)
    assert not entry.stated


def test_a_status_beside_a_value_is_its_own():
    found = index_of({"bands": {"low": 1}, "bands_status": "memory", "items": {"n": 2}, "status": "verified"})
    assert found["p.bands.low"].source.status_read == "memory"
    assert found["p.items.n"].source.status is Status.VERIFIED


def test_statuses_given_part_by_part_are_kept_and_the_whole_is_as_sure_as_its_weakest_part():
    loinc = lookup("PHQ9.loinc")
    assert loinc.source.status is Status.UNVERIFIED
    assert lookup("PHQ9.loinc.total").source.status is Status.VERIFIED
    assert lookup("PHQ9.loinc.items").source.status is Status.UNVERIFIED


def test_a_projects_own_default_is_never_taken_for_the_label():
    default = lookup("long_term_risks.cystitis.surveillance.project_default")
    assert (default.source.origin, default.source.status) == (Origin.PROJECT_DEFAULT, Status.UNVERIFIED)
    assert lookup("long_term_risks.cystitis.surveillance.label").source.origin is Origin.LABEL


def test_what_one_protocol_takes_from_another_has_an_id_of_its_own():
    taken = lookup("iv_esketamine.monitoring.mental_state")
    assert taken.source == lookup("iv_racemic_ketamine.monitoring.mental_state").source
    assert taken.file == "protocols/iv_esketamine.yaml"


def test_same_as_needs_something_to_take_and_ends():
    shared = {"a": {"x": {"same_as": "b"}}, "b": {"x": {"same_as": "a"}}}
    with pytest.raises(BadInput, match=r"x: same_as: no such part"):
        resolve({"x": {"same_as": "a"}}, shared, "p.yaml")
    with pytest.raises(BadInput, match="'nothing'"):
        resolve({"x": {"same_as": "nothing"}}, shared, "p.yaml")


def test_two_things_with_one_id_know_of_each_other():
    assert lookup("cystitis").also == ("long_term_risks.cystitis",)
    assert lookup("long_term_risks.cystitis").also == ("cystitis",)
    assert lookup("sc_esketamine").kind == "protocols"


def test_a_whole_path_and_a_leading_kind_are_understood():
    assert lookup("contraindications.label_absolute.avm") is lookup("avm")
    assert lookup("protocols.iv_racemic_ketamine.dose_rule") is lookup("iv_racemic_ketamine.dose_rule")


def test_an_unknown_id_is_refused_with_the_nearest_ones():
    with pytest.raises(BadInput, match=r"'postdose_bp_urgnt': not known; near it: postdose_bp_urgent"):
        lookup("postdose_bp_urgnt")


def test_an_id_given_twice_is_refused():
    with pytest.raises(BadInput, match="'p'"):
        build([Document("protocols", "p", {}, "one.yaml"), Document("protocols", "p", {}, "two.yaml")])
    with pytest.raises(BadInput, match=r"p\.o\.a"):
        index_of({"o": [{"id": "a"}, {"id": "a"}]})


def test_every_id_leads_back_to_its_entry_and_every_citation_resolves():
    assert len(statements()) < len(entries())
    for entry in entries():
        assert lookup(entry.id) is entry
        assert all(cited.citation for cited in entry.citations)

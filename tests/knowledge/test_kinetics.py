"""Molecules and their models: built from their files, refused with file, place and reason, honest about gaps."""

import pytest

from remit.knowledge import kinetics, pharmacology
from remit.knowledge.documents import FOLDER
from remit.quantities import BadInput, Route

OWN = """
id: deschloroketamine
name: Deschloroketamine
composition: {S: 0.5, R: 0.5}
molar_mass: {value: 203.28, origin: practice, status: derived}
formulations:
  - id: infusion
    route: intravenous
    kinetics: dck
    paths: [{into: central}]
models:
  - id: dck
    status: unverified
    origin: project_default
    citation: made up for a test
    system:
      enantiomers: [S, R]
      sites: [arterial]
      compartments: [{id: central, volume: V, species: ketamine}]
      flows: [{from: central, clearance: CL}]
      parameters:
        CL: {value: %s, scale: clearance}
        V: {value: 100, scale: volume}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with one molecule of its own; changes are pairs of old and new text."""

    def write(*changes, clearance="50"):
        text = OWN % clearance
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        (tmp_path / "dck.yaml").write_text(text, encoding="utf-8")
        return tmp_path

    return write


def test_a_new_molecule_is_one_file(folder):
    held = kinetics.load_folder(folder())["deschloroketamine"]
    assert held.formulation(Route.INTRAVENOUS).systems["R"].parameters["CL"].value == 50


def test_without_a_sourced_value_it_is_kept_and_refuses_to_run(folder):
    held = kinetics.load_folder(folder(clearance="null"))["deschloroketamine"]
    with pytest.raises(BadInput, match=r"deschloroketamine, infusion: does not run without .* dck\.CL"):
        held.formulation(Route.INTRAVENOUS)


def test_without_a_model_it_says_so(folder):
    held = kinetics.load_folder(folder(("    kinetics: dck\n", "")))["deschloroketamine"]
    with pytest.raises(BadInput, match="sourced value for kinetics"):
        held.formulation(Route.INTRAVENOUS)


def test_a_model_that_could_not_be_read_is_named(folder):
    held = kinetics.load_folder(folder(("kinetics: dck", "kinetics: henthorn_2018")))["deschloroketamine"]
    with pytest.raises(BadInput, match="the structure and parameters of henthorn_2018"):
        held.formulation(Route.INTRAVENOUS)


def test_a_route_without_a_model_is_refused_with_the_known_ones():
    with pytest.raises(BadInput, match="arketamine has a model for intravenous, not oral"):
        kinetics.molecules()["arketamine"].formulation(Route.ORAL)


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("name: Desch", "nam: Desch", "unknown field `nam`"),
        ("{S: 0.5, R: 0.5}", "{S: 0.5, R: 0.6}", "add up to 1, not 1.1"),
        ("into: central", "into: brain", "compartment 'brain' is not in dck"),
        ("{from: central, clearance: CL}", "{from: central, clearance: CX}", "parameter 'CX' is not known"),
        ("{from: central, clearance: CL}", "{from: centre, clearance: CL}", "compartment 'centre' is not known"),
        ("{from: central, clearance: CL}", "{from: central}", "either a clearance or a rate"),
        ("V: {value: 100,", "V: {value: parameters.V,", "leads to nothing"),
        ("V: {value: 100,", "V: {value: hundred,", "leads to nothing"),
        ("status: derived", "status: sure", "'sure'"),
        ("kinetics: dck", "kinetics: dkc", "'dkc' is not known"),
    ],
)
def test_a_file_that_does_not_fit_is_refused_with_its_name_and_the_reason(folder, old, new, reason):
    with pytest.raises(BadInput) as refused:
        kinetics.load_folder(folder((old, new)))
    assert "dck.yaml" in str(refused.value)
    assert reason in str(refused.value)


def test_an_id_that_remit_carries_is_taken(folder):
    with pytest.raises(BadInput, match="'ketamine' is taken"):
        kinetics.load_folder(folder(("id: deschloroketamine", "id: ketamine")))


@pytest.mark.parametrize(
    ("formulation", "row", "names"),
    [
        ("nasal_spray", "IN_racemic", {"F": "F", "ka": "ka", "presystemic": "presystemic_NK"}),
        ("subcutaneous_injection", "SC", {"F": "F", "ka": "ka"}),
        ("intramuscular_injection", "IM", {"F": "F", "ka": "ka"}),
        ("sublingual_lozenge", "SL_racemic", {"F": "F", "ka": "ka", "presystemic": "presystemic_NK"}),
        ("oral_immediate_release", "PO_racemic", {"F": "F", "ka": "ka", "presystemic": "presystemic_NK"}),
        ("oral_extended_release", "PO_extended_release", {"F": "F"}),
    ],
)
def test_the_formulations_of_ketamine_use_the_published_absorption(formulation, row, names):
    published = kinetics.read_typed(FOLDER / "pharmacology" / "absorption_defaults.yaml")["absorption_defaults"][row]
    held = next(one for one in kinetics.molecules()["ketamine"].formulations if one.id == formulation)
    assert {ours: held.parameters[ours].value for ours in names} == {
        ours: published[theirs] for ours, theirs in names.items()
    }


def test_a_table_of_measurements_with_another_heading_is_refused(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("source,value\nX,1\n", encoding="utf-8")
    with pytest.raises(BadInput, match="the columns source, molecule"):
        pharmacology.read_observations(path)


def test_a_measurement_that_is_no_number_is_refused_with_its_row(tmp_path):
    text = pharmacology.OBSERVED.read_text(encoding="utf-8").splitlines()
    path = tmp_path / "own.csv"
    path.write_text("\n".join([text[0], text[1].replace(",185,", ",much,")]), encoding="utf-8")
    with pytest.raises(BadInput, match="row 1: value: a number is needed, not 'much'"):
        pharmacology.read_observations(path)

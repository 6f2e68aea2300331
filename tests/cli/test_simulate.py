"""`remit simulate`: its document, its table, its refusals."""

import json
import subprocess
import sys

import pytest

from remit.cli import main

IV = [
    "--molecule",
    "ketamine",
    "--route",
    "intravenous",
    "--dose",
    "0.5 mg/kg",
    "--duration",
    "40 min",
    "--weight",
    "70",
]
KETAMINE = ["--molecule", "ketamine", "--route", "intravenous"]


@pytest.fixture
def simulate(capsys):
    """Runs the command: status, document or table, and messages."""

    def run(*arguments, as_json=True):
        status = main(["simulate", *map(str, arguments), *(["--json"] if as_json else [])])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if as_json and printed.out else printed.out, printed.err

    return run


def test_the_document_has_the_promised_shape(simulate):
    status, told, _ = simulate(*IV, "--times", "0:240:1 min", "--n", 60, "--seed", 5)
    assert status == 0
    assert (told["seed"], told["n"], told["site"], len(told["times_h"])) == (5, 60, "venous", 241)
    for name in ("ketamine_ng_ml", "norketamine_ng_ml", "systolic_change_mmhg", "cadss"):
        assert {len(told["quantities"][name][key]) for key in ("median", "p05", "p95")} == {241}
    for what in ("cmax", "tmax_h", "auc_ng_h_ml", "half_life_h"):
        held = told["summary"]["ketamine_ng_ml"][what]
        assert held["p05"] <= held["median"] <= held["p95"]
    assert 150 < told["summary"]["ketamine_ng_ml"]["cmax"]["median"] < 250
    assert told["status"]["ketamine_ng_ml"]["link"] == "calibrated"
    assert told["extrapolation"] == []
    low, high = told["uncertainty"]["ketamine_ng_ml"]["cmax"].values()
    assert low < 196 < high


def test_the_same_seed_gives_the_same_document(simulate):
    assert simulate(*IV, "--n", 20) == simulate(*IV, "--n", 20)
    assert simulate(*IV, "--n", 20)[1] != simulate(*IV, "--n", 20, "--seed", 2)[1]


def test_the_typical_patient_has_no_band(simulate):
    _, told, _ = simulate(*IV, "--n", 0)
    assert told["n"] == 0
    held = told["summary"]["ketamine_ng_ml"]["cmax"]
    assert (held["median"], held["p05"]) == (pytest.approx(196, rel=0.01), None)
    assert told["quantities"]["ketamine_ng_ml"]["p95"] is None


def test_an_artery_shows_more_than_a_vein(simulate):
    peaks = [
        simulate(*IV, "--n", 0, "--site", site)[1]["summary"]["ketamine_ng_ml"]["cmax"]["median"]
        for site in ("arterial", "venous")
    ]
    assert peaks[0] > 1.3 * peaks[1]


def test_a_spray_by_dose_or_by_regimen_is_the_same(simulate):
    spray = ["--molecule", "esketamine", "--route", "intranasal", "--n", 0, "--times", "0:60:10 min"]
    by_dose = simulate(*spray, "--dose", "56 mg")[1]
    by_regimen = simulate(*spray, "--regimen", "28 mg @0; 28 mg @5")[1]
    assert by_dose == by_regimen
    assert by_dose["summary"]["esketamine_ng_ml"]["cmax"]["median"] == pytest.approx(72.6, rel=0.01)
    assert by_dose["uncertainty"] is None


def test_repeats_covariates_and_other_drugs_act(simulate):
    _, once, _ = simulate(*IV, "--n", 0)
    _, more, _ = simulate(*IV, "--n", 0, "--repeat", "0,3,7d")
    assert [one["start_h"] for one in more["doses"]] == [0, 72, 168]
    cmax = [told["summary"]["ketamine_ng_ml"]["cmax"]["median"] for told in (once, more)]
    assert cmax[0] == pytest.approx(cmax[1], rel=1e-3)
    oral = ["--molecule", "esketamine", "--route", "oral", "--dose", "14 mg", "--weight", 70, "--n", 0]
    areas = [
        simulate(*oral, *drug)[1]["summary"]["ketamine_ng_ml"]["auc_ng_h_ml"]["median"]
        for drug in ([], ["--with", "rifampicin"])
    ]
    assert areas[1] / areas[0] == pytest.approx(0.14, rel=0.05)
    spray = ["--molecule", "esketamine", "--route", "intranasal", "--dose", "28 mg", "--n", 0]
    ages = [
        simulate(*spray, "--covariate", f"age={age}")[1]["summary"]["ketamine_ng_ml"]["auc_ng_h_ml"]["median"]
        for age in (45, 80)
    ]
    assert ages[1] > 1.1 * ages[0]


def test_a_dose_outside_what_was_studied_is_marked(simulate):
    _, told, _ = simulate(
        "--molecule", "ketamine", "--route", "intravenous", "--dose", "1.5 mg/kg", "--duration", "40 min", "--n", 0
    )
    assert told["extrapolation"] == ["ketamine infusion_or_bolus: 1.5 mg/kg in a session, studied 0.1 to 1 mg/kg"]


def test_what_the_model_of_a_route_does_not_hold_is_said_and_not_shown_as_no_effect(simulate):
    vein, spray = [*KETAMINE, "--dose", "35 mg"], ["--molecule", "esketamine", "--route", "intranasal"]
    _, told, _ = simulate(*vein, "--n", 0, "--covariate", "hepatic=moderate", "--covariate", "race=other")
    nobody = "no effect of it is known for ketamine infusion or bolus; the numbers are those of anybody"
    assert told["limits"] == [f"hepatic moderate: {nobody}"]
    _, told, _ = simulate(*vein, "--n", 0, "--with", "st john's wort", "--with", "rifampicin")
    assert [said.partition(":")[0] for said in told["limits"]] == [
        "with st john's wort", "with st john's wort", "with st john's wort and rifampicin"
    ]  # fmt: skip
    assert told["limits"][0].endswith("how much it changes the kinetics is unverified")
    _, told, _ = simulate(*spray, "--dose", "28 mg", "--n", 0, "--covariate", "age=80", "--with", "rifampicin")
    assert told["limits"] == []
    _, unsure, _ = simulate(*spray, "--dose", "28 mg", "--n", 0, "--covariate", "hepatic=moderate")
    assert unsure["limits"] == ["hepatic moderate: how much it changes esketamine nasal spray is unverified"]
    assert min(told["quantities"]["norketamine_ng_ml"]["median"]) == 0
    mixed = simulate(*spray, "--regimen", "28 mg @0; 20 mg @30 by intravenous", "--n", 0, as_json=False)[1]
    assert "limit: esketamine nasal spray and esketamine infusion or bolus: each was studied alone" in mixed
    assert "limit: hydroxynorketamine: the model of esketamine nasal spray computes none" in mixed


def test_a_table_is_for_people(simulate):
    status, table, _ = simulate(*IV, "--n", 10, as_json=False)
    assert status == 0
    assert "10 patients, seed 1, venous blood" in table
    assert "calibrated" in table


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([*KETAMINE, "--dose", "5"], "dose: a number with mg or mg/kg is needed, not '5'"),
        ([*KETAMINE, "--dose", "5 mL"], "dose: a number with mg or mg/kg is needed, not '5 mL'"),
        (
            [*KETAMINE, "--dose", "5 mg", "--duration", "40 mg"],
            "duration: a number with min, h, d is needed, not '40 mg'",
        ),
        ([*KETAMINE, "--dose", "3 mg/kg"], "dose: at most 2 mg/kg of ketamine by this route within 24 h"),
        ([*KETAMINE, "--dose", "5 mg", "--times=-5:10:1 min"], "times: a number of 0 or more is needed, not '-5'"),
        ([*KETAMINE, "--regimen", "5 mg @-5"], "time of a dose in min: a number of 0 or more is needed, not '-5'"),
        ([*KETAMINE, "--regimen", "5 mg @0", "--repeat", "0,3d"], "--duration and --repeat belong to --dose"),
        ([*KETAMINE, "--dose", "5 mg", "--covariate", "age=12"], "age: 18 to 86 years is needed, not 12"),
        ([*KETAMINE, "--dose", "5 mg", "--covariate", "age"], "NAME=VALUE such as age=70 is needed, not 'age'"),
        ([*KETAMINE, "--dose", "5 mg", "--weight", "70", "--covariate", "weight=80"], "weight is given twice"),
        ([*KETAMINE, "--dose", "5 mg", "--weight", "20"], "weight: 39 to 170 kg is needed, not 20"),
        ([*KETAMINE, "--dose", "5 mg", "--weight", "154 lb"], "weight: 39 to 170 kg is needed, not 154 lb"),
        ([*KETAMINE, "--dose", "5 mg", "--with", "aspirin"], "with: a drug whose effect on the kinetics is known"),
        ([*KETAMINE, "--dose", "5 mg", "--site", "hair"], "site: one of arterial, venous is needed, not 'hair'"),
        ([*KETAMINE, "--dose", "5 mg", "--n", "-1"], "n: a whole number from 0"),
        ([*KETAMINE, "--dose", "5 mg", "--n", "99999999999"], "n: at most"),
        ([*KETAMINE, "--dose", "5 mg", "--seed", "x"], "seed: a whole number from 0"),
        ([*KETAMINE, "--dose", "5 mg", "--assay", "mine"], "assay: one of ebert_1997, moaddel_2013"),
        ([*KETAMINE, "--dose", "5 mg", "--formulation", "pill"], "formulation: one of infusion_or_bolus"),
        (["--molecule", "ketamine", "--dose", "5 mg"], "route: one of"),
        (["--molecule", "ketamine", "--route", "rectal", "--dose", "5 mg"], "route: one of"),
        (
            ["--molecule", "arketamine", "--route", "oral", "--dose", "5 mg"],
            "arketamine has a model for intravenous, not oral",
        ),
        (["--molecule", "esketamine", "--route", "intranasal", "--dose", "112 mg"], "at most 84 mg of esketamine"),
        (
            ["--molecule", "esketamine", "--route", "intranasal", "--dose", "999999999999 mg"],
            "dose: at most 1000 doses are needed, each spray counted, not 35714285714",
        ),
        (["--molecule", "esketamine", "--route", "intranasal", "--dose", "1 mg/kg"], "mg are needed for nasal_spray"),
        (
            ["--molecule", "esketamine", "--route", "intranasal", "--dose", "28 mg", "--site", "arterial"],
            "venous blood only",
        ),
        (
            ["--molecule", "aspirin", "--route", "oral", "--dose", "5 mg"],
            "molecule: one of arketamine, esketamine, ketamine",
        ),
    ],
)
def test_bad_input_is_one_line_that_names_it(simulate, arguments, reason):
    status, out, message = simulate(*arguments)
    assert (status, out) == (2, "")
    assert message.count("\n") == 1
    assert reason in message


def test_a_molecule_of_ones_own_without_a_sourced_number_says_what_is_missing(simulate, tmp_path):
    (tmp_path / "own.yaml").write_text(
        """
id: analogue
name: An analogue
composition: {S: 1}
molar_mass: {value: 250, origin: practice, status: derived}
formulations:
  - {id: infusion, route: intravenous, kinetics: own, paths: [{into: c}]}
models:
  - id: own
    status: unverified
    origin: project_default
    citation: made up for a test
    system:
      enantiomers: [S]
      sites: [arterial]
      compartments: [{id: c, volume: V, species: analogue}]
      flows: [{from: c, clearance: CL}]
      parameters: {CL: {value: null}, V: {value: 100}}
""",
        encoding="utf-8",
    )
    asked = ["--molecule", "analogue", "--route", "intravenous", "--dose", "50 mg", "--folder", tmp_path, "--n", 0]
    assert "does not run without a sourced value for own.CL" in simulate(*asked)[2]
    text = (tmp_path / "own.yaml").read_text(encoding="utf-8").replace("value: null", "value: 50")
    (tmp_path / "own.yaml").write_text(text, encoding="utf-8")
    told = simulate(*asked, "--site", "arterial")[1]
    assert told["summary"]["analogue_ng_ml"]["cmax"]["median"] == 500
    assert set(told["quantities"]) == {"analogue_ng_ml"}


def test_one_person_starts_without_what_only_other_commands_crowds_or_clusters_need():
    asked = [*KETAMINE, "--dose", "0.5 mg/kg", "--duration", "40 min", "--n", "0", "--json"]
    needless = {"django", "numba", "scipy", "distributed", "logging", "socket", "concurrent.futures",
                "importlib.metadata", "remit.pathway.protocol", "remit.pathway.scales"}  # fmt: skip
    code = f"import sys; from remit.cli import main; main({['simulate', *asked]}); print({needless} & {{*sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "set()"


def test_a_command_that_is_stopped_by_hand_says_130_and_shows_no_trace(simulate, monkeypatch):
    def stopped(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("remit.engine.stream.simulated", stopped)
    assert simulate(*KETAMINE, "--dose", "35 mg", "--n", 0, as_json=False) == (130, "", "")

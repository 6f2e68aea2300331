"""`remit dose`: its document, its exit status, its refusals."""

import json

import pytest

from remit.cli import main

CASE = """
asof: 2026-11-21
jurisdiction: US
setting: outpatient
patient: {birth_date: 1978-03-04, sex: female, %s height_cm: 168}
diagnosis: {indication: mdd_trd}
"""
WEIGHT = "weight_kg: 82.0, weight_date: 2026-11-20,"


@pytest.fixture
def dose(tmp_path, capsys):
    """Runs the command on a case: status, document or table, and messages."""

    def run(*arguments, weight=WEIGHT, as_json=True):
        path = tmp_path / "case.yaml"
        path.write_text(CASE % weight, encoding="utf-8")
        status = main(["dose", str(path), "--protocol", *map(str, arguments), *(["--json"] if as_json else [])])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if as_json and printed.out else printed.out, printed.err

    return run


def test_the_published_example(dose):
    status, order, _ = dose("iv_racemic_ketamine", "--session", 1, "--strength", "50 mg/mL", "--bag-ml", 100)
    assert status == 0
    wanted = {
        "dose_mg": 41.0,
        "dose_mg_per_kg": 0.5,
        "weight_used_kg": 82.0,
        "weight_basis": "actual",
        "weight_date": "2026-11-20",
        "devices": None,
        "volume_ml": 0.82,
        "rate_ml_per_h": 150.0,
        "duration_min": 40.0,
        "findings": [],
        "molecule": "ketamine",
    }
    assert {key: order[key] for key in wanted} == wanted


def test_pounds_are_pounds(dose):
    weight = "weight_lb: 180, weight_date: 2026-11-20,"
    status, order, _ = dose("iv_racemic_ketamine", "--session", 1, weight=weight)
    assert (status, order["dose_mg"], order["weight_used_kg"]) == (0, 40.82, 81.65)


@pytest.mark.parametrize(
    ("arguments", "status", "found"),
    [
        (["in_esketamine_us_trd", "--session", 1, "--step", 2], 1, ["first_dose"]),
        (["in_esketamine_us_trd", "--session", 2, "--step", 2], 0, []),
        (["iv_racemic_ketamine", "--session", 1, "--strength", "100 mg/mL"], 1, ["concentration_confusion"]),
        (["iv_racemic_ketamine", "--session", 1, "--strength", "100 mg/mL", "--bag-ml", 50], 0, []),
        (["iv_racemic_ketamine", "--session", 2, "--dose", "0.75 mg/kg"], 0, []),
        (["iv_racemic_ketamine", "--session", 2, "--dose", "1.1 mg/kg"], 0, ["studied_range"]),
        (["iv_racemic_ketamine", "--session", 1, "--weight-basis", "ideal"], 0, ["weight_basis"]),
        (["kap", "--session", 1], 1, ["no_dose"]),
    ],
)
def test_the_answer_no_exits_1(dose, arguments, status, found):
    answered, order, _ = dose(*arguments)
    assert (answered, [one["id"] for one in order["findings"]]) == (status, found)


@pytest.mark.parametrize(("date", "found"), [("2026-10-22", []), ("2026-10-21", ["weight_for_dose"])])
def test_a_weight_is_fine_for_30_days(dose, date, found):
    weight = f"weight_kg: 82.0, weight_date: {date},"
    status, order, _ = dose("iv_racemic_ketamine", "--session", 1, weight=weight)
    assert (status, [one["id"] for one in order["findings"]]) == (0, found)
    status, _, _ = dose("iv_racemic_ketamine", "--session", 1, "--adopted", "weight_for_dose", weight=weight)
    assert status == (1 if found else 0)


def test_no_weight_is_refused(dose):
    status, order, _ = dose("iv_racemic_ketamine", "--session", 1, weight="")
    assert (status, order["dose_mg"]) == (1, None)
    assert order["findings"][0]["action"] == "block"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["in_esketamine_us_trd", "--session", 2, "--step", 3], "step: 1 to 2 is needed"),
        (["in_esketamine_us_trd", "--session", 0], "session: 1 or more"),
        (["in_esketamine_us_trd", "--session", "one"], "--session"),
        (["no_such_protocol", "--session", 1], "not 'no_such_protocol'"),
        (["iv_racemic_ketamine", "--session", 1, "--step", 1, "--dose", "0.5 mg/kg"], "not allowed with"),
        (["iv_racemic_ketamine", "--session", 1, "--dose", "0.5"], "mg or mg/kg"),
        (["iv_racemic_ketamine", "--session", 1, "--strength", "50"], "mg/ml"),
        (["iv_racemic_ketamine", "--session", 1, "--bag-ml", "nan"], "finite"),
        (["iv_racemic_ketamine", "--session", 1, "--bag-ml", "-5"], "0 mL or more"),
        (["iv_racemic_ketamine", "--session", 1, "--weight-basis", "lean"], "not 'lean'"),
        (["iv_racemic_ketamine", "--session", 1, "--adopted", "nothing"], "'nothing'"),
    ],
)
def test_bad_input_exits_2_with_one_line(dose, arguments, said):
    status, out, err = dose(*arguments)
    assert (status, out) == (2, "")
    assert said in err
    assert err.count("\n") == 1


def test_a_weight_in_kg_and_in_lb_is_bad_input(dose):
    weight = "weight_kg: 82.0, weight_lb: 180, weight_date: 2026-11-20,"
    status, _, err = dose("iv_racemic_ketamine", "--session", 1, weight=weight)
    assert status == 2
    assert "not both" in err


def test_people_get_a_table_that_names_the_molecule(dose):
    status, out, _ = dose("in_esketamine_us_trd", "--session", 1, as_json=False)
    assert status == 0
    assert "molecule                 esketamine" in out


def test_a_clinics_own_protocol_is_read_from_its_folder(dose, tmp_path):
    from remit.knowledge.documents import FOLDER

    text = (FOLDER / "protocols" / "iv_racemic_ketamine.yaml").read_text(encoding="utf-8")
    own = text.replace("id: iv_racemic_ketamine\n", "id: house_iv\n").replace("value: 0.5, unit", "value: 0.4, unit", 1)
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "house_iv.yaml").write_text(own, encoding="utf-8")
    status, order, _ = dose("house_iv", "--session", 1, "--folder", tmp_path / "own")
    assert (status, order["dose_mg"]) == (0, 32.8)

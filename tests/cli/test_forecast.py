"""`remit forecast`: its document, its table, its refusals."""

import json

import pytest

from remit.cli import main

CASE = """
asof: 2026-11-28
patient: {birth_date: 1978-03-04, sex: female, weight_kg: 82.0, weight_date: 2026-11-20}
diagnosis: {indication: mdd_trd}
"""
SCORES = """date,scale,total
2026-11-20,MADRS,38
2026-11-23,MADRS,36
2026-11-25,MADRS,25
2026-11-27,MADRS,22
"""


@pytest.fixture
def told(tmp_path, capsys):
    """Runs the command on these scores: status, document or table, and messages."""

    def run(scores=SCORES, *more, protocol="iv_racemic_ketamine", start="2026-11-23", as_json=True, case_of=CASE):
        case, file = tmp_path / "case.yaml", tmp_path / "scores.csv"
        case.write_text(case_of)
        file.write_text(scores)
        asked = ["forecast", str(case), "--scores", str(file), "--protocol", protocol, "--start", start, *more]
        status = main([*asked, *(["--json"] if as_json else [])])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if as_json and printed.out else printed.out, printed.err

    return run


def test_the_next_visits_have_bands_and_chances_the_same_for_one_seed(told):
    status, found, _ = told()
    assert (status, told()[1]) == (0, found)
    assert (found["baseline"], found["scores"]) == (36, 2)
    assert [one["before_session"] for one in found["ahead"]] == [4, 5, 6, None]
    assert found["ahead"][0]["date"] == "2026-11-30"
    for one in [*found["ahead"], *found["without_a_dose"]]:
        assert 0 <= one["madrs"]["p05"] <= one["madrs"]["median"] <= one["madrs"]["p95"] <= 60
        assert 0 <= one["remission"] <= one["response"] <= 1
    assert 200 <= found["effective_patients"] < found["patients"]
    assert found["status"] == "hypothesis"


def test_the_table_says_that_it_is_advice_and_what_waiting_costs(told):
    status, text, _ = told(as_json=False)
    assert status == 0
    assert "advice only" in text
    assert "if nothing more is given until then" in text


def test_after_the_last_session_the_weeks_to_come_are_told(told):
    over = CASE.replace("asof: 2026-11-28", "asof: 2026-12-10")
    status, found, _ = told(SCORES.rsplit("\n", 3)[0] + "\n", case_of=over)
    assert (status, found["ahead"], found["without_a_dose"]) == (0, [], [])
    assert [one["date"] for one in found["weeks_ahead"]] == ["2026-12-17", "2026-12-24", "2026-12-31", "2027-01-07"]
    assert (found["baseline_on"], found["scores"]) == ("2026-11-23", 0)
    assert any("nothing of this person" in note for note in found["notes"])


@pytest.mark.parametrize(
    ("scores", "more", "said"),
    [
        ("date,scale,total\n2026-11-25,MADRS,25\n", {}, "a baseline on or before the first session, 2026-11-23"),
        (SCORES + "2026-11-29,MADRS,20\n", {}, "a day up to that of the case, 2026-11-28"),
        (SCORES + "2026-11-27,MADRS,20\n", {}, "2026-11-27 stands twice"),
        (SCORES + "2026-11-28,PHQ9,12\n", {}, "scale: MADRS is needed"),
        (SCORES + "2026-11-28,MADRS,61\n", {}, "total: a whole number from 0 to 60 is needed, not '61'"),
        (SCORES + "2026-11-28,MADRS,\n", {}, "total: a whole number"),
        (SCORES + "soon,MADRS,12\n", {}, "date: a date such as"),
        ("date,total\n2026-11-20,30\n", {}, "column scale"),
        ("date,scale,total\n2026-11-22,MADRS,36\n2026-11-25,MADRS,2\n2026-11-27,MADRS,42\n", {}, "no virtual patient"),
        (SCORES, {"case_of": CASE.replace("82.0", "250")}, "weight: 39 to 170 kg is needed, not 250"),
        (SCORES, {"case_of": CASE.replace("1978", "2012")}, "age: 18 to 86 years is needed, not 14"),
        (SCORES.replace(",36", ",0"), {}, "baseline: 1 to 60 points is needed to fall from, not 0"),
        ("date,scale,total\n", {}, "rows: at least 1 is needed"),
        (SCORES, {"start": "2026-12-01"}, "at least one session"),
        (SCORES, {"start": "soon"}, "start: a date"),
        (
            SCORES,
            {"case_of": "asof: 9999-12-31\ndiagnosis: {indication: mdd_trd}\n"},
            "asof: a day up to the year 9000",
        ),
        (SCORES, {"protocol": "kap"}, "sourced dose"),
    ],
)
def test_what_cannot_be_forecast_is_refused_in_one_line(told, scores, more, said):
    status, _, message = told(scores, **more)
    assert status == 2
    assert said in message
    assert message.count("\n") == 1

"""`remit trial`: its document, its table, its refusals."""

import json

import numpy as np
import pytest

from remit.cli import main
from remit.cli.withdrawal_table import _ratio
from remit.engine.withdrawal_report import _middle

SMALL = ["--n", "30", "--replicates", "10"]


@pytest.fixture
def trial(capsys):
    """Runs the command: status, document or table, and messages."""

    def run(*arguments, as_json=True):
        status = main(["trial", *map(str, arguments), *(["--json"] if as_json else [])])
        printed = capsys.readouterr()
        return status, json.loads(printed.out) if as_json and printed.out else printed.out, printed.err

    return run


def test_the_document_has_the_promised_shape(trial):
    status, told, _ = trial(
        "--protocol", "in_esketamine_us_trd", "--versus", "placebo_spray_new_ad", *SMALL, "--seed", 5, "--baseline", 36
    )
    assert status == 0
    assert (told["seed"], told["n"], told["replicates"], told["baseline"]) == (5, 30, 10, 36)
    names = ["in_esketamine_us_trd", "placebo_spray_new_ad"]
    assert [(row["arm"], row["at_h"]) for row in told["arms"]] == [(arm, at) for arm in names for at in (24, 168, 672)]
    for row in told["arms"]:
        assert set(row["madrs_change"]) == {"mean", "sd", "pi"}
        assert row["madrs_change"]["pi"][0] <= row["madrs_change"]["mean"] <= row["madrs_change"]["pi"][1]
        for share in (row["response"], row["remission"]):
            assert 0 <= share["pi"][0] <= share["estimate"] <= share["pi"][1] <= 1
    assert [row["at_h"] for row in told["difference"]] == [24, 168, 672]
    assert set(told["relapse_median_d"]) == set(names)
    assert {held["link"] for held in told["status"].values()} == {"calibrated", "assumed", "hypothesis"}


def test_the_phq_9_stands_beside_the_madrs_from_the_time_that_it_asks_about(trial):
    asked = ["--protocol", "in_esketamine_us_trd", "--versus", "placebo_spray_new_ad", *SMALL, "--at", "7d,14d,28d"]
    _, told, _ = trial(*asked)
    assert [row["at_h"] for row in told["arms"] if "phq9" in row] == [336, 672] * 2
    drug, other = (row["phq9"] for row in told["arms"] if row["at_h"] == 672)
    found = told["difference"][-1]["phq9"]
    assert found["change"]["mean"] == pytest.approx(drug["change"]["mean"] - other["change"]["mean"], abs=1e-5)
    assert drug["change"]["pi"][0] < drug["change"]["mean"] < drug["change"]["pi"][1] < 0
    assert 0 <= drug["remission"]["estimate"] <= drug["response"]["estimate"] <= 1
    assert told["status"]["PHQ9"] == {"link": "hypothesis", "status": "secondary"}
    assert any("KIM_2023" in note for note in told["notes"])
    assert "change in PHQ-9" in trial(*asked, as_json=False)[1]


def test_the_difference_is_that_of_the_arms(trial):
    _, told, _ = trial("--protocol", "iv_racemic_ketamine", "--versus", "midazolam", *SMALL, "--at", "24h")
    one, other = (row["madrs_change"]["mean"] for row in told["arms"])
    assert told["difference"][0]["madrs_change"]["mean"] == pytest.approx(one - other, abs=1e-5)


def test_one_seed_gives_one_answer(trial):
    asked = ["--protocol", "iv_racemic_ketamine", *SMALL]
    assert trial(*asked, "--seed", 3)[1] == trial(*asked, "--seed", 3)[1]
    assert trial(*asked, "--seed", 3)[1] != trial(*asked, "--seed", 4)[1]


def test_the_output_says_how_many_went_up_or_were_put_off_and_by_which_rule(trial):
    asked = ["--protocol", "in_esketamine_us_trd", *SMALL, "--escalate", "without_response", "--held", "0.1"]
    _, told, _ = trial(*asked)
    assert 0.2 < told["raised"]["in_esketamine_us_trd"]["share"] < 0.9
    assert "only after the first 56 mg dose" in told["raised"]["in_esketamine_us_trd"]["rule"]
    assert told["attendance"]["held_for_pressure"]["note"] == "as asked"
    assert told["attendance"]["sessions_put_off"]["in_esketamine_us_trd"] > 0.3
    notes = "\n".join(told["notes"])
    assert "% went up (asked for; the doses: label, verified" in notes
    assert "10.0% of the sessions to which people come are put off for the pressure before them (as asked)" in notes


def test_unless_asked_nobody_goes_up_and_no_pressure_holds_back(trial):
    _, told, _ = trial("--protocol", "in_esketamine_us_trd", *SMALL, "--baseline", "20", "--at", "24h,3650d")
    assert told["notes"][0].startswith("extrapolation: a baseline of 20 points; the trials")
    assert told["arms"][1]["madrs_change"]["mean"] is None
    assert told["raised"] == {}
    assert told["attendance"]["held_for_pressure"]["status"] == "unverified"
    assert told["attendance"]["sessions_put_off"] == {"in_esketamine_us_trd": 0}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        (["--escalate", "always"], "escalate: one of never, without_response, as_observed is needed, not 'always'"),
        (["--escalate", "without_response", "--dose", "84 mg"], "escalate: with a dose of its own (84 mg) nobody goes"),
        (
            ["--escalate", "as_observed", "--protocol", "sc_racemic_ketamine_kads"],
            "escalate: how many go up was seen of 56 mg and 84 mg only, not of 0.5 mg/kg",
        ),
        (["--held", "2"], "held: a share from 0 to 0.9 is needed, not '2'"),
    ],
)
def test_a_rule_that_cannot_be_followed_is_refused(trial, asked, words):
    status, _, said = trial("--protocol", "in_esketamine_us_trd", *SMALL, *asked)
    assert status == 2
    assert words in said


def test_two_protocols_are_compared(trial):
    _, told, _ = trial("--protocol", "iv_racemic_ketamine", "--versus", "sc_racemic_ketamine_kads", *SMALL)
    assert {row["arm"] for row in told["arms"]} == {"iv_racemic_ketamine", "sc_racemic_ketamine_kads"}


def test_one_session_alone_is_run(trial):
    _, told, _ = trial("--protocol", "iv_racemic_ketamine", "--sessions", 1, *SMALL)
    assert told["regimens"][0]["session_days"] == [0.0]


def test_n_0_is_the_typical_patient_without_intervals(trial):
    _, told, _ = trial("--protocol", "iv_racemic_ketamine", "--versus", "saline", "--n", 0, "--at", "24h")
    assert [row["madrs_change"]["pi"] for row in told["arms"]] == [None, None]
    assert told["difference"][0]["significant"] is None


def test_the_table_says_what_is_hypothesis(trial):
    status, text, _ = trial(
        "--protocol", "in_esketamine_us_trd", "--versus", "placebo_spray_new_ad", *SMALL, as_json=False
    )
    assert status == 0
    assert "95 % prediction interval" in text
    assert "difference" in text
    assert "hypothesis" in text


def test_who_comes_is_said_with_its_source(trial):
    _, told, _ = trial("--protocol", "iv_racemic_ketamine", "--versus", "saline", *SMALL, "--missed", "0.2")
    held = told["attendance"]
    assert (held["missed"]["value"], held["missed"]["note"]) == (0.2, "as asked")
    assert held["leave"]["saline"]["origin"] == "trial"
    assert held["missing"]["value"] == "as_observed"
    assert held["sessions_held"]["iv_racemic_ketamine"] < 6
    assert all(row["counted"] < 30 for row in told["arms"])


def test_a_withdrawal_stands_beside_what_was_published(trial):
    asked = ("--protocol", "in_esketamine_us_trd", "--versus", "withdrawal", "--n", "60", "--replicates", "2")
    status, told, _ = trial(*asked)
    assert status == 0
    assert [row["arm"] for row in told["arms"]] == ["in_esketamine_us_trd", "withdrawal"]
    assert set(told["hazard_ratio"]) == {"trial", "outcome"}
    ratio = next(row for row in told["published"] if row["arm_id"] == "rem" and row["statistic"] == "hazard_ratio")
    assert (ratio["value"], ratio["seen"]) == (0.49, "abstract")
    assert "memory" not in {row["seen"] for row in told["published"]}
    status, text, _ = trial(*asked, as_json=False)
    assert "hazard ratio, relapse by the trial's rule" in text


def test_where_nobody_relapsed_there_is_no_ratio_and_no_time():
    nothing = {"estimate": None, "pi": None, "trials": 0}
    assert _middle(np.array([np.nan])) == nothing
    assert _middle(np.array([np.inf])) == nothing | {"trials": 1}
    assert _ratio(nothing) == "–, nobody relapsed in either arm"
    assert _ratio(nothing | {"trials": 1}) == "beyond any bound"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--protocol", "nothing"], "protocol"),
        (["--protocol", "kap"], "sourced dose"),
        (["--protocol", "iv_racemic_ketamine", "--versus", "nothing"], "placebo_spray_new_ad"),
        (["--protocol", "iv_racemic_ketamine", "--versus", "iv_racemic_ketamine"], "another arm"),
        (["--protocol", "iv_racemic_ketamine", "--n", "1"], "n:"),
        (["--protocol", "iv_racemic_ketamine", "--n", "-3"], "n:"),
        (["--protocol", "iv_racemic_ketamine", "--n", "100000", "--replicates", "1000"], "at most"),
        (["--protocol", "iv_racemic_ketamine", "--replicates", "0"], "replicates"),
        (["--protocol", "iv_racemic_ketamine", "--baseline", "61"], "baseline"),
        (["--protocol", "iv_racemic_ketamine", "--at", "24"], "at:"),
        (["--protocol", "iv_racemic_ketamine", "--at", "7d,24h"], "rising"),
        (["--protocol", "iv_racemic_ketamine", "--sessions", "7"], "sessions: 1 to 6"),
        (["--protocol", "iv_racemic_ketamine", "--option", "daily"], "option"),
        (["--protocol", "iv_racemic_ketamine", "--missed", "0.95"], "missed: a share from 0 to 0.9"),
        (["--protocol", "iv_racemic_ketamine", "--leave", "much"], "leave"),
        (["--protocol", "iv_racemic_ketamine", "--missing", "zero"], "as_observed, last, non_responder"),
        (["--protocol", "in_esketamine_us_trd", "--versus", "withdrawal", "--n", "0"], "n: 2 and more"),
        (["--protocol", "in_esketamine_us_mdsi", "--versus", "withdrawal"], "go on with"),
        (["--protocol", "in_esketamine_us_trd", "--versus", "withdrawal", "--sessions", "3"], "sessions: a withdrawal"),
        (["--protocol", "in_esketamine_us_trd", "--versus", "withdrawal", "--at", "7d"], "at: a withdrawal"),
        (["--protocol", "in_esketamine_us_trd", "--versus", "withdrawal", "--n", "9000"], "at most 500000"),
        (["--protocol", "iv_racemic_ketamine", "--dose", "9 mg/kg"], "dose"),
        (["--protocol", "in_esketamine_us_trd", "--dose", "1 mg/kg"], "dose"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line(trial, arguments, said):
    status, _, message = trial(*arguments)
    assert status == 2
    assert said in message
    assert message.count("\n") == 1

"""`remit score` as the outside holds on to it."""

from __future__ import annotations

import json

import pytest

from remit.cli import main

KEYS = ["scale", "answered", "items", "complete", "total", "band", "alerts"]


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, object], str]:
    status = main(["score", *arguments, "--json"])
    out, err = capsys.readouterr()
    return status, json.loads(out) if out else {}, err


def test_a_score_has_exactly_the_public_keys_first(capsys: pytest.CaptureFixture[str]) -> None:
    status, document, _ = run(capsys, "PHQ9", "--answers", "1,0,2,1,1,0,0,0,1")
    assert status == 0
    assert list(document)[: len(KEYS)] == KEYS
    action = "open suicide-risk review (C-SSRS) before the session can proceed"
    alerts = [{"item": 9, "value": 1, "action": action}]
    assert [document[key] for key in KEYS] == ["PHQ9", 9, 9, True, 6, "mild", alerts]
    assert document["recall_days"] == 14


def test_an_empty_place_is_a_missing_answer_and_no_refusal(capsys: pytest.CaptureFixture[str]) -> None:
    status, document, _ = run(capsys, "PHQ9", "--answers", "1,,2,1,1,0,0,0,1")
    assert status == 0
    assert [document[key] for key in KEYS[1:6]] == [8, 9, False, None, None]
    assert document["alerts"] != []


@pytest.mark.parametrize("answers", ["", "1,0,2"])
def test_fewer_answers_than_items_are_missing(capsys: pytest.CaptureFixture[str], answers: str) -> None:
    status, document, _ = run(capsys, "PHQ9", "--answers", answers)
    assert (status, document["complete"], document["total"]) == (0, False, None)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["PHQ9", "--answers", "0,4"], "PHQ9 item 2: 0 to 3 is needed, not 4"),
        (["PHQ9", "--answers", "0,1.5"], "PHQ9 item 2: a whole number is needed, not '1.5'"),
        (["PHQ9", "--answers", "0,0,0,0,0,0,0,0,0,0"], "PHQ9 item 10: at most 9 answers are needed, not 10"),
        (["HAMD17", "--answers", "0,0,0,3"], "HAMD17 item 4: 0 to 2 is needed, not 3"),
        (["MADRS", "--total", "61"], "MADRS total: 0 to 60 is needed, not 61"),
        (["PHQ", "--answers", "0"], "scale 'PHQ': one of"),
        (["PHQ9"], "--answers --total"),
    ],
)
def test_bad_input_exits_two_with_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str], said: str) -> None:
    status, document, err = run(capsys, *arguments)
    assert (status, document) == (2, {})
    assert said in err
    assert err.count("\n") == 1


def test_numbers_from_memory_are_shown_as_such(capsys: pytest.CaptureFixture[str]) -> None:
    _, document, _ = run(capsys, "HAMD17", "--answers", "0")
    statuses = document["statuses"]
    assert isinstance(statuses, dict)
    assert (statuses["items"]["status"], statuses["items"]["status_read"]) == ("unverified", "memory")


def test_only_pcl5_has_a_provisional_diagnosis(capsys: pytest.CaptureFixture[str]) -> None:
    _, document, _ = run(capsys, "PCL5", "--answers", ",".join("2" * 20))
    assert document["provisional_diagnosis"] is True
    assert document["parts"] == {"B_intrusion": 10, "C_avoidance": 4, "D_cognition_mood": 14, "E_arousal": 12}
    _, document, _ = run(capsys, "GAD7", "--answers", ",".join("2" * 7))
    assert "provisional_diagnosis" not in document


def test_people_get_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["score", "GAD7", "--answers", "0,0,0,0,0,0,0"]) == 0
    assert "minimal" in capsys.readouterr().out

"""The published line beside a clinic's own: treated arms that were seen, of one modality, indication and time."""

from __future__ import annotations

import json

import pytest

from remit.cli import main
from remit.evidence.own_results import Arm, Window
from remit.evidence.pooling import Choices
from remit.evidence.published import Published, published
from remit.knowledge.trials import trials

WINDOW = Window(21, 35)


def beside(arm: Arm, outcome: str = "response", scale: str = "MADRS") -> Published | None:
    return published(trials(), outcome, scale, arm, WINDOW, Choices())


def test_arms_are_pooled_with_an_interval_for_a_new_place() -> None:
    found = beside(Arm("esketamine", "intranasal", "mdd_trd"))
    assert found is not None
    assert [(arm.study, arm.met, arm.of) for arm in found.arms] == [
        ("Fedgchin2019TRANSFORM1", 60, 111), ("Fedgchin2019TRANSFORM1", 52, 98), ("Popova2019TRANSFORM2", 70, 101),
    ]  # fmt: skip
    assert (found.people, len(found.studies)) == (310, 2)
    assert found.new_place is not None
    assert found.new_place[0] < found.low < found.share < found.high < found.new_place[1]
    assert 52 / 98 < found.share < 70 / 101


def test_one_arm_alone_is_its_own_share_and_says_nothing_of_a_new_place() -> None:
    found = beside(Arm("ketamine", "intravenous", "mdd_trd"))
    assert found is not None
    (arm,) = found.arms
    assert found.share == pytest.approx(arm.met / arm.of)
    assert found.new_place is None


@pytest.mark.parametrize(
    ("arm", "scale"),
    [
        (Arm("ketamine", "subcutaneous", "mdd_trd"), "MADRS"),
        (Arm("ketamine", "intravenous", ""), "MADRS"),
        (Arm("ketamine", "sublingual", "mdd_trd"), "MADRS"),
        (Arm("ketamine", "intravenous", "ptsd"), "PHQ9"),
        (Arm("esketamine", "intranasal", "mdd_trd"), "BPIC_SS"),
    ],
)
def test_beside_nothing_seen_or_another_outcome_stands_nothing(arm: Arm, scale: str) -> None:
    assert beside(arm, scale=scale) is None


def test_the_command_that_is_shown_gives_the_same_share(capsys: pytest.CaptureFixture[str]) -> None:
    found = beside(Arm("esketamine", "intranasal", "mdd_trd"), "remission")
    assert found is not None
    assert main([*found.command.split()[1:], "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["share"], said["people"]) == (found.share, found.people)
    assert main(["evidence", "treated", "--route", "sublingual", "--molecule", "ketamine", "--at", "1w-8w"]) == 1
    capsys.readouterr()
    assert main(["evidence", "treated", "--molecule", "ketamine"]) == 2
    assert "route: one is needed" in capsys.readouterr().err

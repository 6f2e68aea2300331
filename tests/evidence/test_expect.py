"""Of 100 people: what was seen alone, the comparator's share moved by the pooled odds ratio, whole people in order."""

from __future__ import annotations

import math

import pytest

from remit.evidence.answer import answer
from remit.evidence.asking import Asked
from remit.evidence.expect import expected
from remit.knowledge.trials import trials
from remit.quantities import BadInput


def test_one_trial_gives_its_own_shares():
    asked = Asked(
        outcome="remission", measure="OR", indication="mdd_trd", molecule="esketamine", comparator="active_treatment"
    )
    (one,) = [
        each for each in expected(trials(), asked.question(), asked.choices()) if each.studies == ("Reif2023ESCAPE",)
    ]
    study = trials().study("Reif2023ESCAPE")
    treated, control = sorted(study.arms, key=lambda arm: arm.is_comparator)
    assert one.treated.about == round(100 * treated.remitters_n / treated.counted)
    assert one.compared.about == round(100 * control.remitters_n / control.counted)
    assert one.people == treated.counted + control.counted


@pytest.mark.parametrize("outcome", ["response", "remission"])
def test_every_number_is_in_order_and_rests_on_what_was_seen(outcome):
    asked = Asked(outcome=outcome, measure="OR")
    held = expected(trials(), asked.question(), asked.choices())
    pools = [pool for pool in answer(trials(), asked.question(), asked.choices())["pools"] if pool["k"]]
    assert len(held) == len(pools) > 3
    for one, pool in zip(held, pools, strict=True):
        for people in (one.treated, one.compared):
            assert 0 <= people.low <= people.about <= people.high <= 100
        assert set(one.studies) == {study["study_id"] for study in pool["studies"]}
        assert one.treated.high < 100
        assert one.treated.about >= one.compared.about or math.exp(pool["estimate"]) < 1


def test_a_change_of_score_is_no_count_of_people():
    asked = Asked(outcome="change")
    with pytest.raises(BadInput, match="response or remission"):
        expected(trials(), asked.question(), asked.choices())

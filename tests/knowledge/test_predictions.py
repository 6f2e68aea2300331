"""What the model predicts for trials belongs to the model that is here, and stands only beside what is like it."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import pytest

from remit.evidence.answer import answer
from remit.evidence.asking import Asked
from remit.evidence.predicted import predicted
from remit.knowledge.mood import mood_chain
from remit.knowledge.predictions import AGAIN, current, endpoints, predictions, run
from remit.knowledge.protocols import protocols
from remit.knowledge.trials import trials
from remit.pathway.prediction import Counts


def test_the_predictions_are_those_of_the_chain_that_is_carried():
    assert current(), f"mood_chain.yaml has changed since the predictions were computed: run `{AGAIN}`"


def test_each_endpoint_has_its_prediction_and_the_command_that_repeats_it():
    assert [one.endpoint for one in predictions()] == [*endpoints()]
    for one in predictions():
        end = one.endpoint
        assert end.protocol in protocols()
        assert end.versus in mood_chain().comparators
        assert one.command.startswith(f"remit trial --protocol {end.protocol} --versus {end.versus}")
        assert f"--seed {run().seed}" in one.command
        for held in (one.response.difference, one.remission.difference, one.change):
            assert held[1] <= held[0] <= held[2]


def test_a_share_is_carried_onto_every_measure():
    one = replace(predictions()[0], response=Counts(0.6, 0.3, (0.3, 0.1, 0.5)))
    assert [exp(value) for value in one.on("response", "RR")] == pytest.approx([2, 4 / 3, 8 / 3])
    assert one.on("response", "OR")[0] == pytest.approx(log(1.5 / (3 / 7)))
    assert one.on("response", "RD") == (0.3, 0.1, 0.5)
    assert one.on("change", "SMD")[0] == pytest.approx(one.change[0] / one.sd)
    nobody = replace(one, response=Counts(0.0, 0.0, (0.0, 0.0, 0.2)))
    assert nobody.on("response", "RR")[0] == 0


def beside(**asked):
    question = Asked(**asked)
    held = answer(trials(), question.question(), question.choices())
    return [
        (pool["molecule"], pool["route"], pool["comparator"], pool["time"], one.prediction.endpoint.id)
        for pool in held["pools"]
        for one in predicted(pool, question.question(), predictions())
    ]


def test_it_stands_beside_a_pool_of_the_same_drug_route_comparator_and_time():
    spray = ("esketamine", "intranasal", "active_background", "weeks_2_to_8", "nasal_new_ad_28d")
    assert spray in beside(outcome="remission", indication="mdd_trd")
    assert spray not in beside(outcome="remission", indication="mdsi")
    assert beside(outcome="remission", indication="mdd_trd", join=("comparators",)) == []
    assert beside(outcome="change", measure="MD", indication="ptsd") == []
    assert {one[-1] for one in beside(outcome="change", indication="mdd_trd", at="1d")} == {"iv_once_midazolam_24h"}
    assert beside(outcome="change", indication="mdd_trd", at="2d-5d", molecule="ketamine") == []

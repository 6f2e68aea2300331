"""One modality for one indication: what was seen, how sure it is, and what stands beside it without being pooled."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import pytest

from remit.evidence.answer import answer
from remit.evidence.asking import Asked
from remit.evidence.certainty import Judging, certainty
from remit.evidence.choice import known, turned
from remit.evidence.contrasts import Figure
from remit.evidence.harms import harms, wilson
from remit.evidence.harms import turned as harms_turned
from remit.evidence.pooling import Choices, Studies, pool
from remit.evidence.versus import webs
from remit.knowledge.choice import choice_rules
from remit.knowledge.trials import trials

RULES = choice_rules()
MODALITIES = {modality.id: modality for modality in RULES.modalities}


def of(modality, indication="mdd_trd"):
    return known(trials(), MODALITIES[modality], indication, RULES.certainty)


def test_a_result_is_what_the_command_beside_it_prints():
    one = next(each for each in of("nasal_esketamine").benefits if each.figure == "remission" and not each.indirect)
    asked = Asked(
        outcome="remission", measure="OR", indication="mdd_trd", molecule="esketamine", route="intranasal",
        comparator=one.key.comparator,
    )  # fmt: skip
    held = answer(trials(), asked.question(), asked.choices())
    assert held["command"] == one.command
    printed = next(each for each in held["pools"] if each["time"] == one.key.time)["of_hundred"]
    assert printed["difference"] == pytest.approx(
        [one.hundred.difference.value, one.hundred.difference.low, one.hundred.difference.high]
    )


@pytest.mark.parametrize("modality", MODALITIES)
@pytest.mark.parametrize("indication", ["mdd_trd", "bipolar_depression", "ptsd", None, "nothing_studied"])
def test_nothing_is_pooled_across_comparators_times_or_routes(modality, indication):
    for one in of(modality, indication).benefits:
        assert "joined" not in (one.key.molecule, one.key.route, one.key.comparator, one.key.time)
        assert one.key.molecule == MODALITIES[modality].molecule
        assert one.key.route in MODALITIES[modality].routes


def test_other_depression_stands_beside_an_own_result_or_in_its_place_and_says_so():
    found = of("iv_ketamine").benefits
    assert {one.indirect for one in found} == {True, False}
    for one in found:
        indications = {trials().study(study).facts.indication for study in one.studies}
        assert one.indirect is (indications != {"mdd_trd"})
        assert ("--indication mdd_trd" in one.command) is not one.indirect
        down = next(step.down for step in one.certainty.steps if step.reason == "indirectness")
        assert down == int("mdd_trd" not in indications)
    against_ect = [one for one in found if one.figure == "remission" and one.against.startswith("ECT")]
    assert [one.studies for one in against_ect] == [("Anand2023ELEKTD",), ("Anand2023ELEKTD", "Ekstrand2022KetECT")]


def test_outside_depression_no_other_indication_stands_in():
    assert {study for one in of("iv_ketamine", "ptsd").benefits for study in one.studies} == {"Feder2021PTSD"}
    assert of("iv_ketamine", "anxiety").benefits == ()
    assert of("iv_ketamine", "nothing_studied").benefits == ()


def test_what_rests_on_memory_is_in_no_result():
    held = of("sc_ketamine")
    assert held.benefits == ()
    assert [(each.study, each.said) for each in held.unseen] == [("Loo2023KADS2", "10 of 51 against 1 of 50")]


def judged(**more):
    """A pool of two parallel trials against midazolam, changed as asked."""
    effects, variances = more.pop("effects", (0.5, 0.5)), more.pop("variances", (0.01, 0.01))
    word, events, unseen = more.pop("word", "active placebo"), more.pop("events", 200), more.pop("unseen", ())
    other, left = more.pop("other", "mdd_trd"), more.pop("left", None)

    def arm(study, id, control):
        return SimpleNamespace(
            study_id=study, arm_id=id, dropouts_n=left, n_randomised=500, n_analysed=500, remitters_n=events // 4,
            comparator_type=word if control else None,
        )  # fmt: skip

    contrasts = [
        SimpleNamespace(
            name=name, active=(arm(name, "a", False),), control=arm(name, "c", True),
            found=SimpleNamespace(people=1000, not_seen=unseen),
            study=SimpleNamespace(facts=SimpleNamespace(design=more.get("design", "parallel"), indication=indication)),
        )
        for name, indication in (("One", "mdd_trd"), ("Two", other))
    ]  # fmt: skip
    pooled = pool(Studies(("One", "Two"), effects, variances), Choices())
    return certainty(Judging(trials(), RULES.certainty, Figure.REMISSION, contrasts, pooled, "mdd_trd"))


def down(held):
    return {step.reason: step.down for step in held.steps if step.down}


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"events": 300}, {}),
        ({"events": 296}, {"imprecision: size": 1}),
        ({"events": 76}, {"imprecision: size": 1}),
        ({"events": 72}, {"imprecision: size": 2}),
        ({"events": 400, "word": "inert placebo"}, {"risk of bias: blinding": 1}),
        ({"events": 400, "word": "inert placebo (masked by anaesthesia)"}, {}),
        ({"events": 400, "left": 100}, {}),
        ({"events": 400, "left": 101}, {"risk of bias: dropout": 1}),
        ({"events": 400, "other": "mdd"}, {"indirectness": 1}),
        ({"events": 400, "unseen": ("a.n_analysed",)}, {"figures not seen": 1}),
        ({"events": 400, "effects": (0.05, -0.05)}, {"imprecision: interval": 1}),
        ({"events": 400, "effects": (2.0, 2.195)}, {}),
        ({"events": 400, "effects": (2.0, 2.21)}, {"inconsistency": 1}),
        ({"events": 400, "effects": (2.0, 2.29)}, {"inconsistency": 2}),
    ],
)
def test_each_step_down_is_caused_by_its_own_number(more, expected):
    held = judged(**more)
    assert down(held) == expected
    assert held.level == 4 - sum(expected.values())
    assert all(step.number and step.limit.path.startswith("certainty.") for step in held.steps)


def test_what_was_not_randomised_begins_low_and_nothing_ends_below_very_low():
    assert judged(events=400, design="cohort").word == "low"
    worst = judged(events=8, effects=(1.0, -1.0), word="inert placebo", other="mdd", design="cohort")
    assert (worst.level, worst.word) == (1, "very low")


def test_harms_stand_arm_beside_arm_of_one_study_and_say_when_and_from_where():
    found = harms(trials(), MODALITIES["nasal_esketamine"], tuple(RULES.harms))
    one = next(each for each in found if (each.event, each.study) == ("dissociation", "Ionescu2021ASPIRE2"))
    assert (one.treated.n, one.treated.of, one.compared.n, one.compared.of) == (44, 114, 9, 113)
    assert one.difference.value == pytest.approx(44 / 114 - 9 / 113)
    assert one.difference.low < one.difference.value < one.difference.high
    assert all(each.phase and each.source for each in found)
    assert harms(trials(), MODALITIES["im_ketamine"]) == ()
    assert not any(each.study == "Diazgranados2010" for each in harms(trials(), MODALITIES["iv_ketamine"]))


def test_a_treatment_known_as_a_comparator_only_is_seen_from_its_own_side():
    own = of("iv_ketamine")
    ect = [one for one in turned(own.benefits, "ECT") if one.figure == "remission"]
    other = [one for one in own.benefits if one.figure == "remission" and one.against.startswith("ECT")]
    assert [one.hundred.treated for one in ect] == [one.hundred.compared for one in other]
    for one, whole in zip(ect, other, strict=True):
        assert one.hundred.difference.value == -whole.hundred.difference.value
        assert one.hundred.difference.low <= one.hundred.difference.value <= one.hundred.difference.high
        assert one.certainty == whole.certainty
    seen = harms_turned(harms(trials(), MODALITIES["iv_ketamine"]), "ECT", "ketamine")
    amnesia = next(one for one in seen if one.event == "amnesia")
    assert (amnesia.treated.n, amnesia.compared.n) == (26, 8)
    assert amnesia.difference.low > 0


def test_the_interval_of_a_share_is_wilsons():
    assert (wilson(0, 10).low, wilson(10, 10).high) == (0.0, 1.0)
    # Newcombe 1998, 81 of 263 by the score method: 0.2553 to 0.3662.
    held = wilson(81, 263)
    assert (round(held.low, 4), round(held.high, 4)) == (0.2553, 0.3662)


def test_modalities_that_nothing_connects_are_named_and_not_compared():
    held = [web for web in webs(trials(), "mdd_trd") if web.indication == "mdd_trd" and web.time == "weeks_2_to_8"]
    for web in held:
        assert len(web.parts) > 1
        named = {pair.one for pair in web.pairs} | {pair.other for pair in web.pairs}
        assert not named & {"inert placebo", "active placebo", "background with inert spray"}
    assert {("ECT", "ketamine intravenous")} <= {tuple(sorted((p.one, p.other))) for web in held for p in web.pairs}
    assert webs(trials(), "nothing_studied") == ()


def test_a_rule_with_another_limit_gives_another_level():
    rule = replace(RULES.certainty, told_apart_share=replace(RULES.certainty.told_apart_share, value=101.0))
    one = known(trials(), MODALITIES["nasal_esketamine"], "mdd_trd", rule).benefits[0]
    assert not any(step.down for step in one.certainty.steps if step.reason == "risk of bias: blinding")

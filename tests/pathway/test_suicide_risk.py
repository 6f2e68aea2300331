"""What was said of suicide keeps a person until it is answered: by the same question, or by a prescriber."""

from __future__ import annotations

import pytest

from remit.pathway.chart import State
from tests.pathway.sessions import (
    CLEARED,
    check,
    device,
    discharge,
    dosed,
    entry,
    event,
    gate,
    ids,
    last,
    plan,
    scale,
    seen,
    well,
)

RISKY = [
    check("cssrs_since_last_visit", 118, "failed"),
    event("suicidal ideation", 118),
]
FINE = check("suicide_risk", 119)
DECIDED = {"by": "prescriber", "override_reason": "seen, plan agreed"}


@pytest.mark.parametrize("risky", RISKY, ids=lambda said: said.id)
@pytest.mark.parametrize("by", ["nurse", "prescriber"])
def test_a_later_fine_does_not_let_the_person_go(risky, by):
    held = [*dosed(), *well(), risky, check("suicide_risk", 119, by=by)]
    (block,) = seen(held, 136).blocks
    assert (block.id, block.overridable) == ("suicide_risk", True)
    assert "a prescriber who has seen the person since may release with a reason" in block.text
    assert seen(held, 136).state is State.OBSERVING
    refused = last([*held, discharge(136)])
    assert (ids(refused.reasons), refused.needs) == (["suicide_risk"], ("override_reason", "prescriber"))


@pytest.mark.parametrize("risky", RISKY, ids=lambda said: said.id)
def test_a_prescriber_releases_with_a_reason_and_it_is_kept(risky):
    held = [*dosed(), *well(), risky, FINE]
    assert not last([*held, discharge(136, by="prescriber")]).accepted
    done = last([*held, discharge(136, **DECIDED)])
    assert (done.accepted, done.overridden) == (True, ("suicide_risk",))


def test_every_reason_is_said():
    failed = check("suicide_risk", 118, "failed")
    held = [*dosed(), *well(), failed, *RISKY, check("suicide_risk", 120, "waived", reason="asleep")]
    (block,) = seen(held, 136, plan(open_risks=("PHQ9 item 9 answered 2, for Nora",))).blocks
    said = block.text.split("; ")
    assert said[0] == "suicide risk was answered waived"
    assert {"suicide risk was answered failed", "suicidal ideation was recorded"} <= set(said)
    assert said[-1] == "a risky answer is not dealt with: PHQ9 item 9 answered 2, for Nora"


def test_the_same_question_confirmed_later_answers_it():
    failed, fine = check("suicide_risk", 118, "failed"), check("suicide_risk", 119)
    (block,) = seen([*dosed(), *well(), failed], 136).blocks
    assert block.text.startswith("suicide risk was answered failed; asking it again and confirming it answers it, or a")
    assert [block.id for block in seen([*dosed(), *well(), fine, failed], 136).blocks] == ["suicide_risk"]
    assert last([*dosed(), *well(), failed, fine, discharge(136)]).accepted


def test_a_clearance_answers_what_was_said_before_it():
    early = [*gate()[:-1], check("cssrs_since_last_visit", 6.2, "failed"), check("cssrs_since_last_visit", 6.4)]
    held = [*early, scale("CADSS", 6.5, 0), CLEARED, device(10), device(15), *well()]
    (asked,) = [one for one in seen(early, 7).demands if one.id == "cssrs_since_last_visit"]
    assert asked.text == "confirmed, after it was answered failed"
    assert last([*held, discharge(136)]).accepted
    late = check("cssrs_since_last_visit", 120, "failed", taken=6.3)
    assert not last([*held, late, discharge(136)]).accepted


@pytest.mark.parametrize(
    "words", [{"result": "confirmed"}, {"id": "nausea", "result": "confirmed"}, {"kind": "note", "text": "a slip"}]
)
def test_only_a_prescriber_takes_it_back(words):
    held = [*dosed(), *well(), check("suicide_risk", 118, "failed")]
    wrong = {"of": len(held) - 1, "entry": words, "reason": "a slip"}
    refused = last([*held, entry("correct", 120, **wrong)])
    assert refused.needs == ("prescriber",)
    assert "taken back by a prescriber, not by a nurse" in refused.reasons[0]
    taken = entry("correct", 120, by="prescriber", **wrong)
    assert last([*held, taken, FINE, discharge(136)]).accepted
    assert last([*held, entry("correct", 120, of=len(held) - 1, entry={"text": "means it"}, reason="words")]).accepted


def test_an_answer_that_nobody_dealt_with_keeps_the_person():
    open_task = plan(open_risks=("PHQ9 item 9 answered 2, for Nora, due 14:20 on 21 Nov",))
    refused = last([*dosed(), *well(), discharge(136)], open_task)
    assert "PHQ9 item 9 answered 2, for Nora, due 14:20 on 21 Nov" in refused.reasons[0]
    assert last([*dosed(), *well(), discharge(136, **DECIDED)], open_task).overridden == ("suicide_risk",)


@pytest.mark.parametrize("said", [event("suicidal ideation", 7), check("suicide_risk", 7, "failed")])
def test_the_gate_asks_a_prescriber_for_a_reason(said):
    refused = last([*gate(), said, CLEARED])
    assert (ids(refused.reasons), refused.needs) == (["suicide_risk"], ("reason",))
    answered = entry("cleared", 8, by="prescriber", reason="ideation is why the person is here, plan agreed")
    assert last([*gate(), said, answered, device(10)]).accepted


def test_what_is_said_after_the_clearance_holds_the_first_dose_until_it_is_cleared_anew():
    held = [*gate(), CLEARED, event("suicidal ideation", 9)]
    assert ids(last([*held, device(10)]).reasons) == ["suicide_risk"]
    anew = [entry("hold", 11, reason="asked"), entry("cleared", 12, by="prescriber", reason="seen, plan agreed")]
    assert last([*held, *anew, device(13)]).accepted
    assert last([*held, device(10, reason="it was already given")]).accepted
    assert last([*gate(), CLEARED, device(10), event("suicidal ideation", 11), device(15)]).accepted

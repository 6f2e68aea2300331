from hypothesis import given
from hypothesis import strategies as st

from remit.pathway.ledger import Act, Move, reconcile
from remit.quantities import Milligrams
from tests.pathway.sessions import RULES, entry, infused, infusion_plan, run, seen

ROUNDING = RULES.ledger_rounding.value
END = entry("dose_end", 50)


def settle(*moves):
    return reconcile(moves, ROUNDING)


def vial(minutes, act, mg=None, name="V1", **values):
    return entry("vial", minutes, act=act, vial=name, **({"mg": mg} if mg is not None else {}), **values)


def lines(*entries):
    return seen([*infused()[:-1], *entries, infused()[-1], END], 100, infusion_plan()).ledger.discrepancies


@given(st.floats(0.1, 500), st.floats(0, 1))
def test_what_is_drawn_given_and_wasted_before_a_witness_is_settled(drawn, part):
    given_mg = drawn * part
    moves = [Move("V", Act.DRAW, drawn), Move("V", Act.GIVEN, given_mg), Move("V", Act.WASTE, drawn - given_mg, True)]
    assert settle(*moves)[0].settled


def test_what_is_missing_is_named_with_its_vial():
    held = settle(Move("V1", Act.DRAW, 50), Move("V1", Act.GIVEN, 41), Move("V2", Act.GIVEN, 5))
    assert [line for balance in held for line in balance.discrepancies] == [
        "vial V1: 9 mg drawn and neither given nor wasted",
        "vial V2: 5 mg given or wasted and never drawn",
    ]


def test_half_a_tenth_of_a_milligram_is_rounding_and_more_is_not():
    assert settle(Move("V", Act.DRAW, 41.05), Move("V", Act.GIVEN, 41))[0].settled
    assert not settle(Move("V", Act.DRAW, 41.06), Move("V", Act.GIVEN, 41))[0].settled
    assert Milligrams(0.05) == ROUNDING


def test_waste_needs_a_witness():
    moves = [Move("V", Act.DRAW, 50), Move("V", Act.GIVEN, 41), Move("V", Act.WASTE, 9)]
    assert settle(*moves)[0].discrepancies == ("vial V: the waste of 9 mg has no witness",)
    assert settle(*moves, Move("V", Act.WITNESS))[0].settled


def test_nobody_witnesses_their_own_waste():
    moves = [Move("V", Act.DRAW, 50), Move("V", Act.GIVEN, 41), Move("V", Act.WASTE, 9, by="a")]
    assert settle(*moves, Move("V", Act.WITNESS, by="b"))[0].settled
    assert not settle(*moves, Move("V", Act.WITNESS, by="a"))[0].settled
    assert not settle(*moves[:2], Move("V", Act.WASTE, 4, True), Move("V", Act.WASTE, 5, by="a"))[0].settled


def test_a_waste_without_a_witness_is_remarked_as_it_is_entered():
    entries = [
        *infused()[:-1],
        vial(9, "draw", 50),
        vial(9.5, "waste", 9, account="a"),
        vial(9.6, "witness", account="b"),
    ]
    *_, waste, witness = run(entries, infusion_plan()).records
    assert waste.decision.accepted
    words = "vial: the waste of 9 mg has no witness yet; another person witnesses it with an own account"
    assert waste.decision.reasons == (words,)
    assert not witness.decision.reasons


def test_a_movement_without_an_amount_is_named():
    assert "draw without an amount" in settle(Move("V", Act.DRAW), Move("V", Act.WITNESS))[0].discrepancies[0]


def test_a_sessions_dose_comes_from_its_only_vial():
    assert lines(vial(9, "draw", 50), vial(9.5, "waste", 9, second_person="prescriber")) == ()
    assert lines(vial(9, "draw", 50)) == ("vial V1: 9 mg drawn and neither given nor wasted",)


def test_a_dose_that_names_no_vial_of_two_is_named():
    assert "names no vial" in lines(vial(9, "draw", 20), vial(9.1, "draw", 21, name="V2"))[-1]


def test_a_session_without_vials_has_no_ledger():
    assert lines() == ()

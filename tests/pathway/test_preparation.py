"""Strength to volume to rate, and what must not enter a vein."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.protocols import protocol
from remit.pathway.preparation import prepare
from remit.pathway.sourced import Action
from remit.quantities import BadInput, MgPerMl, Milligrams, Millilitres, Minutes
from tests.pathway.cases import RULES, ids

IV, KADS, SPRAY = (protocol(id) for id in ("iv_racemic_ketamine", "sc_racemic_ketamine_kads", "in_esketamine_us_trd"))


def amounts(held, mg=41.0, strength=None, bag=None):
    dose = None if mg is None else Milligrams(mg)
    vial = None if strength is None else MgPerMl(strength)
    return prepare(held, dose, vial, None if bag is None else Millilitres(bag), RULES.vials)


@given(st.floats(5, 200), st.sampled_from([10.0, 50.0, 100.0]), st.floats(50, 500))
def test_volume_times_strength_is_the_dose_and_the_bag_runs_in_the_duration(mg, strength, bag):
    prepared, _ = amounts(IV, mg, strength, bag)
    assert (prepared.strength * prepared.volume).value == pytest.approx(mg)
    assert prepared.rate.value * prepared.duration.value / 60 == pytest.approx(bag)


@pytest.mark.parametrize(
    ("strength", "bag", "action"),
    [(100, None, Action.BLOCK), (100, 0.41, Action.BLOCK), (100, 100, None), (50, None, None), (10, None, None)],
)
def test_the_100_mg_per_ml_vial_is_diluted_before_a_vein(strength, bag, action):
    _, findings = amounts(IV, strength=strength, bag=bag)
    assert [found.action for found in findings if found.id == "concentration_confusion"] == ([action] if action else [])


def test_the_100_mg_per_ml_vial_is_fine_under_the_skin():
    prepared, findings = amounts(KADS, strength=100)
    assert (prepared.volume, prepared.duration, findings) == (Millilitres(0.41), Minutes(0), [])


def test_a_strength_that_no_vial_has_is_doubted():
    assert ids(amounts(IV, strength=25)[1]) == ["concentration_confusion"]
    assert amounts(IV, strength=25)[1][0].action is Action.WARN


@pytest.mark.parametrize(("bag", "fits"), [(0.82, True), (0.81, False)])
def test_a_bag_holds_at_least_the_drug(bag, fits):
    if fits:
        assert amounts(IV, strength=50, bag=bag)[0].bag == Millilitres(bag)
    else:
        with pytest.raises(BadInput, match=r"at least the 0\.82 mL"):
            amounts(IV, strength=50, bag=bag)


@pytest.mark.parametrize(
    ("held", "asked", "said"),
    [
        (SPRAY, {"strength": 50}, "no vial"),
        (KADS, {"bag": 100}, "no bag"),
        (IV, {"bag": 0}, "more than 0 mL"),
        (IV, {"strength": 0}, "more than 0 mg/mL"),
    ],
)
def test_a_vial_or_bag_without_a_use_is_bad_input(held, asked, said):
    with pytest.raises(BadInput, match=said):
        amounts(held, **asked)


def test_without_a_sourced_duration_there_is_no_rate():
    prepared, findings = amounts(protocol("iv_arketamine"), bag=100)
    assert prepared.rate is None
    assert ids(findings) == ["unknown:duration"]

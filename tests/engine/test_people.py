"""Virtual patients: the same for one seed however they are split, spread as the knowledge says, bounded where it is."""

import numpy as np
import pytest

from remit.engine.people import covariates, normals, parameters
from remit.quantities import BadInput
from tests.engine import world

WHOLE = world.people(1000, seed=7)


def drawn(crowd, molecule="esketamine", route="intranasal", drugs=()):
    way = world.doses(molecule, "28 mg @0", route)[0].formulation
    own, ways = parameters(way.systems["S"], (way,), crowd, drugs)
    return own | ways[way.key]


def test_a_patient_is_the_same_alone_in_a_block_and_in_the_whole():
    whole = drawn(WHOLE)
    for first, count in [(0, 1), (7, 1), (250, 300), (999, 1)]:
        part = drawn(WHOLE.block(first, count))
        assert all((part[name] == whole[name][first : first + count]).all() for name in whole)


def test_another_seed_gives_other_patients():
    assert not np.array_equal(normals(1, "x", 0, 10), normals(2, "x", 0, 10))


def test_one_quantity_says_nothing_of_another():
    one, two = normals(1, "CL", 0, 20000), normals(1, "V1", 0, 20000)
    assert abs(np.corrcoef(one, two)[0, 1]) < 0.02
    assert (abs(one.mean()), abs(one.std() - 1)) < (0.02, 0.02)


def test_neighbours_are_independent():
    one = normals(1, "CL", 0, 20000)
    assert abs(np.corrcoef(one[1:], one[:-1])[0, 1]) < 0.02


def test_the_spread_is_the_published_one():
    own = drawn(world.people(20000), "ketamine", "intravenous")
    assert np.median(own["CL"]) == pytest.approx(86.94, rel=0.01)
    assert own["CL"].std() / own["CL"].mean() == pytest.approx(0.20, rel=0.03)


def test_s_and_r_of_a_person_move_together():
    way = world.doses("ketamine", "10 mg @0", "intravenous")[0].formulation
    s, r = (parameters(way.systems[one], (), world.people(100))[0]["CL"] for one in "SR")
    assert np.allclose(s / r, 86.94 / 80.21)


def test_a_heavy_tail_is_capped_where_the_model_says_so():
    kel = drawn(world.people(5000))["kel"]
    assert kel.max() == pytest.approx(1.11 * np.exp(2 * 0.9444564782482624))


def test_shares_stay_shares():
    share = drawn(world.people(5000))["FRn"]
    assert (share.min() > 0, share.max() < 1) == (True, True)


def test_the_typical_patient_has_the_published_values():
    own = drawn(world.people())
    assert (own["Qh"][0], own["FRn"][0]) == (151, 0.54)


@pytest.mark.parametrize(("age", "flow"), [("60", 151), ("61", 151 - 2.19), ("80", 151 - 43.8)])
def test_hepatic_flow_falls_after_60(age, flow):
    assert drawn(world.people(age=float(age)))["Qh"][0] == pytest.approx(flow)


def test_ancestry_acts_as_published():
    own = drawn(world.people(race="japanese"))
    assert own["FRn"][0] == pytest.approx(0.54 * 1.34)
    assert own["kel"][0] == pytest.approx(1.11 * 0.36)
    assert drawn(world.people(race="asian"))["FRn"][0] == 0.54


def test_clearance_and_volume_grow_with_weight():
    own = drawn(world.people(weight=140.0), "ketamine", "intravenous")
    assert own["CL"][0] == pytest.approx(86.94 * 2**0.75)
    assert own["V1"][0] == pytest.approx(32.51 * 2)


def test_what_is_not_known_of_the_typical_value_is_apart_from_variability():
    people = world.facts().population
    unsure = type(WHOLE)(people, 1, 0, 4000, vary=False, unsure=True, fixed={"weight": 70.0})
    own = drawn(unsure, "ketamine", "intravenous")
    assert np.log(own["CL"]).std() == pytest.approx(0.068, rel=0.05)
    assert np.ptp(own["ktr"]) == 0


@pytest.mark.parametrize(
    ("said", "good"), [("18", True), ("17.9", False), ("86", True), ("86.1", False), ("old", False)]
)
def test_a_covariate_stands_within_its_range(said, good):
    if good:
        assert covariates(world.facts().population, {"age": said})["age"] == float(said)
        return
    with pytest.raises(BadInput, match="age: 18 to 86 years is needed"):
        covariates(world.facts().population, {"age": said})


@pytest.mark.parametrize(
    ("name", "said", "reason"),
    [
        ("hepatic", "severe", "hepatic: one of normal, moderate"),
        ("race", "martian", "race: one of"),
        ("mood", "low", "covariate: one of weight, age, race, hepatic is needed, not 'mood'"),
    ],
)
def test_an_unknown_covariate_is_refused_with_the_known_ones(name, said, reason):
    with pytest.raises(BadInput, match=reason):
        covariates(world.facts().population, {name: said})


def test_an_interaction_acts_by_route():
    drug = (world.facts().interactions["rifampicin"],)
    before, after = (drawn(world.people(), "esketamine", "oral", drugs) for drugs in ((), drug))
    assert after["CL"][0] / before["CL"][0] == pytest.approx(1 / 0.86, rel=0.01)
    assert after["F"][0] / before["F"][0] < 0.2
    swallowed = drawn(world.people(), "esketamine", "intranasal", drug)
    assert swallowed["Fgut"][0] == pytest.approx(0.64 * 0.21)
    assert swallowed["FRn"][0] == 0.54

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from remit.pathway.second_check import Drawn, Ordered, Recomputed, check_preparation
from remit.quantities import Kilograms, MgPerKg, MgPerMl, Milligrams, Millilitres, Molecule, Route
from tests.pathway.sessions import (
    CLEARED,
    INFUSION_CHECKS,
    RULES,
    entry,
    gate,
    infusion_plan,
    last,
    run,
)

TOLERANCE = RULES.preparation_tolerance_percent
KETAMINE, ESKETAMINE = Molecule.KETAMINE, Molecule.ESKETAMINE
weights = st.floats(35, 160)
per_kgs = st.sampled_from([0.1, 0.25, 0.5, 0.75, 1.0])
strengths = st.sampled_from([10.0, 50.0, 100.0])
slips = st.sampled_from([10.0, 0.1])
places = st.sampled_from(["order", "first", "second", "vial"])
pounds = st.sampled_from([1 / 0.45359237, 0.45359237])


def found(order, first, second):
    return [finding.id for finding in check_preparation(order, first, second, TOLERANCE)]


def right(weight=82, per_kg=0.5, strength=50):
    """An order, and what two people say of it who are right."""
    mg = weight * per_kg
    volume = Millilitres(mg / strength)
    order = Ordered(KETAMINE, Milligrams(mg), MgPerKg(per_kg))
    first = Drawn(KETAMINE, MgPerMl(strength), volume)
    return order, first, Recomputed(KETAMINE, MgPerMl(strength), volume, Milligrams(mg), Kilograms(weight))


def with_(value, **changes):
    return type(value)(**{**{name: getattr(value, name) for name in value.__dataclass_fields__}, **changes})


@given(weights, per_kgs, strengths)
def test_two_people_who_are_right_pass(weight, per_kg, strength):
    assert found(*right(weight, per_kg, strength)) == []


def test_rounding_passes_and_more_does_not():
    order, first, second = right()
    assert found(order, with_(first, volume=Millilitres(0.86)), with_(second, volume=None)) == []
    assert found(order, with_(first, volume=Millilitres(0.87)), with_(second, volume=None)) == ["dose_mismatch"]


@given(weights, per_kgs, strengths, slips)
def test_every_ten_fold_slip_is_caught(weight, per_kg, strength, slip):
    order, first, second = right(weight, per_kg, strength)
    assert found(order, with_(first, volume=Millilitres(first.volume.value * slip)), second)
    assert found(order, with_(first, strength=MgPerMl(strength * slip)), second)
    assert found(order, first, with_(second, strength=MgPerMl(strength * slip)))
    assert found(order, first, with_(second, volume=Millilitres(first.volume.value * slip)))
    assert found(order, first, with_(second, mg=Milligrams(order.mg.value * slip)))
    assert found(with_(order, mg=Milligrams(order.mg.value * slip)), first, second)


@given(weights, per_kgs, strengths, slips)
def test_a_ten_fold_slip_is_caught_when_both_people_make_it_with_the_order(weight, per_kg, strength, slip):
    order, first, second = right(weight, per_kg, strength)
    mg = Milligrams(order.mg.value * slip)
    volume = Millilitres(first.volume.value * slip)
    both = found(with_(order, mg=mg), with_(first, volume=volume), with_(second, mg=mg, volume=volume))
    assert both == ["weight_mismatch"]


@given(weights, per_kgs, strengths, pounds)
def test_pounds_taken_for_kilograms_are_caught(weight, per_kg, strength, factor):
    order, first, second = right(weight, per_kg, strength)
    wrong = Milligrams(order.mg.value * factor)
    volume = Millilitres(wrong.value / strength)
    assert found(order, with_(first, volume=volume), second)
    assert found(order, first, with_(second, weight=Kilograms(weight * factor)))
    everywhere = (with_(order, mg=wrong), with_(first, volume=volume), with_(second, mg=wrong, volume=volume))
    assert found(*everywhere) == ["weight_mismatch"]


@given(
    weights, per_kgs, strengths, st.sampled_from(list(Molecule)), st.sampled_from(["order", "first", "second", "vial"])
)
def test_every_molecule_swap_is_caught(weight, per_kg, strength, other, where):
    assume(other is not KETAMINE)
    order, first, second = right(weight, per_kg, strength)
    swapped = {
        "order": (with_(order, molecule=other), first, second),
        "first": (order, with_(first, molecule=other), second),
        "second": (order, first, with_(second, molecule=other)),
        "vial": (order, with_(first, molecule=other), with_(second, molecule=other)),
    }
    assert "molecule_confusion" in found(*swapped[where])


def test_the_second_person_must_compute_something_and_know_the_weight():
    order, first, second = right()
    assert found(order, first, with_(second, volume=None, mg=None)) == ["second_dose_missing"]
    assert found(order, first, with_(second, weight=None)) == ["second_weight_missing"]
    assert found(with_(order, per_kg=None), first, with_(second, weight=None)) == []


def test_a_ceiling_holds_for_a_heavy_person():
    order, first, second = right(weight=82, per_kg=0.9, strength=100)
    capped = Ordered(KETAMINE, Milligrams(91), MgPerKg(0.9), Milligrams(91))
    drawn = with_(first, volume=Millilitres(0.91))
    said = with_(second, volume=Millilitres(0.91), mg=Milligrams(91), weight=Kilograms(120))
    assert found(capped, drawn, said) == []
    assert order.mg == Milligrams(82 * 0.9)


PREPARED = {
    "molecule": "ketamine",
    "strength": "50 mg/mL",
    "volume_ml": 0.82,
    "second_molecule": "ketamine",
    "second_strength": "50 mg/mL",
    "second_mg": 41,
    "second_weight_kg": 82,
    "second_person": "prescriber",
}
READY = [*gate(INFUSION_CHECKS), CLEARED]
CAREFUL = infusion_plan(requires_preparation=True, order=MgPerKg(0.5))
START = entry("dose_start", 10, mg=41, lot="B2")


def test_a_dose_may_not_start_before_a_second_person_has_recomputed_it():
    assert "preparation" in last([*READY, START], CAREFUL).reasons[0]
    assert last([*READY, entry("preparation", 9, **PREPARED), START], CAREFUL).accepted


def test_a_preparation_that_does_not_agree_is_refused_and_the_dose_does_not_start():
    for change in ({"second_molecule": "esketamine"}, {"volume_ml": 8.2}, {"second_strength": "100 mg/mL"}):
        session = run([*READY, entry("preparation", 9, **{**PREPARED, **change}), START], CAREFUL)
        assert [record.decision.accepted for record in session.records[-2:]] == [False, False]


def test_the_second_person_is_another_account():
    one = {**PREPARED, "account": "a", "second_account": "a"}
    assert not last([*READY, entry("preparation", 9, **one)], CAREFUL).accepted
    assert last([*READY, entry("preparation", 9, **{**one, "second_account": "b"})], CAREFUL).accepted


BOTH_COMPUTED = [*READY, entry("preparation", 9, **PREPARED)]


@pytest.mark.parametrize(("mg", "fits"), [(41, True), (43.05, True), (43.2, False), (38.95, True), (38.8, False)])
def test_what_starts_is_what_two_people_computed(mg, fits):
    assert last([*BOTH_COMPUTED, entry("dose_start", 10, mg=mg, lot="B2")], CAREFUL).accepted is fits


@pytest.mark.parametrize("mg", [410, 4.1, 41 * 2.2046])
def test_a_slip_at_the_start_needs_a_reason_and_keeps_it(mg):
    refused = last([*BOTH_COMPUTED, entry("dose_start", 10, mg=mg, lot="B2")], CAREFUL)
    assert refused.needs == ("reason",)
    assert f"prepared and recomputed are 41 mg, not {mg:g} mg" in refused.reasons[0]
    told = last([*BOTH_COMPUTED, entry("dose_start", 10, mg=mg, lot="B2", reason="the rest was spilt")], CAREFUL)
    assert told.accepted
    assert "prepared and recomputed are 41 mg" in " ".join(told.reasons)


def test_one_preparation_starts_one_dose():
    syringe = infusion_plan(requires_preparation=True, order=MgPerKg(0.5), route_chosen=Route.SUBCUTANEOUS)
    once = [*BOTH_COMPUTED, START]
    again = entry("dose_start", 12, mg=41, lot="B2")
    refused = last([*once, again], syringe)
    assert (refused.accepted, refused.needs) == (False, ("reason",))
    assert "was started already" in refused.reasons[0]
    assert last([*once, entry("preparation", 11, **PREPARED), again], syringe).accepted
    assert last([*once, entry("dose_start", 12, mg=41, lot="B2", reason="the first went beside")], syringe).accepted

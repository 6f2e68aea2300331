"""Which weight a dose may be computed from."""

from datetime import date, timedelta

import pytest

from remit.pathway.dosing import weight_findings
from remit.pathway.referral import Sex, Weight
from remit.pathway.sourced import Action, Source
from remit.pathway.weight import WeightBasis, weight_age_findings, weight_for_dose
from remit.quantities import Centimetres, Kilograms
from tests.pathway.cases import ASOF, RULES, case, ids


def used(basis, **person):
    return weight_for_dose(case(**person).patient, ASOF, basis, RULES.weight, Source())


@pytest.mark.parametrize(("days", "found"), [(0, []), (30, []), (31, ["weight_for_dose"])])
def test_a_weight_may_be_30_days_old(days, found):
    weight = Weight(Kilograms(82), ASOF - timedelta(days=days))
    assert ids(weight_age_findings(weight, ASOF, RULES.weight)) == found


def test_a_weight_without_its_day_is_no_fresh_weight():
    [found] = weight_age_findings(Weight(Kilograms(82), None), ASOF, RULES.weight)
    assert found.id == "weight_for_dose"
    assert found.failing_safe().action is Action.PRESCRIBER_REVIEW


@pytest.mark.parametrize(
    ("new", "previous", "found"),
    [
        (90, 82, []),
        (90.2, 82, []),
        (90.3, 82, ["weight_change"]),
        (73.8, 82, []),
        (73.7, 82, ["weight_change"]),
        (82, None, []),
    ],
)
def test_a_change_above_10_percent_is_weighed_again(new, previous, found):
    before = None if previous is None else Kilograms(previous)
    assert ids(weight_findings(Kilograms(new), before, Centimetres(175), RULES)) == found


@pytest.mark.parametrize(
    ("kg", "cm", "found"),
    [
        (52, 200, []),
        (51.9, 200, ["weight_plausibility"]),
        (240, 200, []),
        (240.1, 200, ["weight_plausibility"]),
        (30, None, []),
        (29.9, None, ["weight_plausibility"]),
        (250, None, []),
        (250.1, None, ["weight_plausibility"]),
        (82, 16.8, ["weight_plausibility"]),
    ],
)
def test_a_weight_that_is_hardly_possible_is_measured_again(kg, cm, found):
    height = None if cm is None else Centimetres(cm)
    assert ids(weight_findings(Kilograms(kg), None, height, RULES)) == found


def test_pounds_typed_as_kilograms_are_noticed():
    assert ids(weight_findings(Kilograms(181), Kilograms(82), Centimetres(168), RULES)) == [
        "weight_change",
        "weight_plausibility",
    ]


def test_the_actual_weight_is_used_also_above_a_body_mass_index_of_30():
    below, above = used(WeightBasis.ACTUAL, kg=84.6), used(WeightBasis.ACTUAL, kg=84.7)
    assert (below.kg, below.findings) == (Kilograms(84.6), ())
    assert above.kg == Kilograms(84.7)
    assert [(found.id, found.action) for found in above.findings] == [("obesity", Action.WARN)]


@pytest.mark.parametrize(("sex", "kg"), [(Sex.FEMALE, 59.6), (Sex.MALE, 64.1)])
def test_the_ideal_weight_asks_the_prescriber(sex, kg):
    weight = used(WeightBasis.IDEAL, kg=100, sex=sex)
    assert weight.kg.value == pytest.approx(kg, abs=0.1)
    assert [(found.id, found.action) for found in weight.findings] == [("weight_basis", Action.PRESCRIBER_REVIEW)]


def test_the_capped_weight_is_that_of_the_threshold():
    assert used(WeightBasis.CAPPED, kg=120).kg.value == pytest.approx(30 * 1.68**2)


@pytest.mark.parametrize("basis", [WeightBasis.IDEAL, WeightBasis.CAPPED])
def test_another_basis_never_gives_more_than_the_actual_weight(basis):
    assert used(basis, kg=50).kg == Kilograms(50)


@pytest.mark.parametrize(
    ("basis", "person"),
    [
        (WeightBasis.IDEAL, {"height": None}),
        (WeightBasis.IDEAL, {"sex": None}),
        (WeightBasis.IDEAL, {"sex": Sex.OTHER}),
        (WeightBasis.CAPPED, {"height": None}),
    ],
)
def test_a_basis_without_its_facts_is_refused(basis, person):
    weight = used(basis, **person)
    assert weight.kg is None
    assert [(found.id, found.failing_safe().action) for found in weight.findings] == [("weight_basis", Action.BLOCK)]


def test_no_weight_is_a_refusal_that_nothing_softens():
    [found] = used(WeightBasis.ACTUAL, kg=None).findings
    assert found.failing_safe().action is Action.BLOCK


def test_an_old_weight_is_named_with_its_age_and_the_limit():
    [found] = used(WeightBasis.ACTUAL, weighed=date(2026, 10, 20)).findings
    assert "32 days" in found.text
    assert "30 days" in found.text

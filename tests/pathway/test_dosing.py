"""The dose of a session: computed, stepped, fixed, ordered; every bound from both sides."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.knowledge.protocols import protocol, protocols
from remit.pathway.dosing import compute_dose
from remit.pathway.sourced import Action, Sourced
from remit.quantities import BadInput, MgPerKg, Milligrams, Millilitres, MlPerHour, parse_strength
from tests.pathway.cases import RULES, case, ids, with_second_check

IV, US, ACUTE, EU = "iv_racemic_ketamine", "in_esketamine_us_trd", "in_esketamine_us_mdsi", "in_esketamine_eu"
KADS, TABLET = "sc_racemic_ketamine_kads", "oral_er_racemic_r107"
ORDERED_KEYS = {
    "dose_mg",
    "dose_mg_per_kg",
    "weight_used_kg",
    "weight_basis",
    "devices",
    "volume_ml",
    "rate_ml_per_h",
    "duration_min",
    "findings",
}
weights = st.floats(35, 200)


def dose(protocol_id, session=1, person=None, **asked):
    return compute_dose(person or case(), protocol(protocol_id), session, rules=RULES, **asked)


def test_the_published_example_is_41_mg():
    order = dose(IV)
    assert (order.dose, order.findings, order.allowed) == (Milligrams(41), (), True)


def test_strength_gives_the_volume_drawn_and_the_bag_gives_the_rate():
    order = dose(IV, strength=parse_strength("50 mg/mL"), bag=Millilitres(100))
    assert (order.volume, order.rate) == (Millilitres(0.82), MlPerHour(150))
    assert order.preparation.concentration.value == pytest.approx(0.41)


def test_without_a_strength_there_is_no_volume():
    assert dose(IV, bag=Millilitres(100)).volume is None


def test_the_document_has_every_public_key_and_names_the_molecule():
    document = dose(US, 2, step=2).as_dict()
    assert document.keys() >= ORDERED_KEYS
    assert (document["molecule"], document["route"], document["devices"]) == ("esketamine", "intranasal", 3)


@pytest.mark.parametrize("protocol_id", sorted(protocols()))
def test_every_protocol_doses_or_says_why_not(protocol_id):
    order = dose(protocol_id)
    assert order.allowed == (order.dose is not None)
    assert order.allowed or any(found.action is Action.BLOCK for found in order.findings)
    assert order.as_dict()["molecule"] == protocol(protocol_id).molecule


# By weight


@given(weights)
def test_a_dose_is_linear_in_the_weight(kg):
    person = case(kg, height=None)
    assert dose(IV, person=person).dose.value == pytest.approx(kg / 2)


@given(weights, st.floats(0.01, 3))
def test_a_dose_above_the_studied_range_always_asks_a_second_prescriber(kg, per_kg):
    order = dose(IV, person=case(kg, height=None), dose=MgPerKg(per_kg))
    asked = [found for found in order.findings if found.id == "studied_range"]
    assert bool(asked) == (not 0.1 <= per_kg <= 1.0)
    assert all(found.two_person == (per_kg > 1.0) for found in asked)


@pytest.mark.parametrize(
    ("ordered", "found"),
    [
        (MgPerKg(0.1), []),
        (MgPerKg(0.099), ["studied_range"]),
        (MgPerKg(1.0), []),
        (MgPerKg(1.001), ["studied_range"]),
        (Milligrams(82), []),
        (Milligrams(82.1), ["studied_range"]),
    ],
)
def test_the_studied_range_includes_its_bounds(ordered, found):
    order = dose(IV, dose=ordered)
    assert ids(order) == found
    assert order.allowed


def test_what_practice_gives_is_no_permission():
    [found] = dose(IV, dose=MgPerKg(2)).findings
    assert found.action is Action.PRESCRIBER_REVIEW
    assert "no permission" in found.text


def test_no_weight_is_refused_without_a_number():
    order = dose(IV, person=case(kg=None))
    assert (order.dose, order.allowed, ids(order)) == (None, False, ["weight_for_dose"])
    assert order.as_dict()["dose_mg"] is None


def test_an_adopted_limit_on_the_age_of_a_weight_blocks():
    person = case(weighed=date(2026, 10, 1))
    assert dose(IV, person=person).allowed
    assert not dose(IV, person=person, adopted=frozenset({"weight_for_dose"})).allowed
    assert not dose(IV, person=person, adopted=frozenset({"weight_for_dose.max_age_days"})).allowed


def test_a_fixed_dose_needs_no_weight():
    order = dose(US, person=case(kg=None))
    assert (order.dose, order.findings, order.weight_used) == (Milligrams(56), (), None)


def test_an_unverified_range_permits_nothing_until_it_is_adopted():
    ordered = {"dose": MgPerKg(0.25)}
    [found] = dose("iv_esketamine", **ordered).findings
    assert (found.id, found.action) == ("studied_range", Action.PRESCRIBER_REVIEW)
    assert dose("iv_esketamine", adopted=frozenset({found.path}), **ordered).findings == ()


@pytest.mark.parametrize("protocol_id", ["im_racemic_ketamine", "iv_esketamine", "oral_sl_racemic_ketamine"])
def test_without_a_sourced_start_a_dose_must_be_ordered(protocol_id):
    assert ids(dose(protocol_id)) == ["no_start_dose"]
    assert not dose(protocol_id).allowed
    with pytest.raises(BadInput, match="step"):
        dose(protocol_id, step=1)


def test_without_any_studied_range_every_order_asks_a_second_prescriber():
    [found] = dose("sc_esketamine", dose=MgPerKg(0.5)).findings
    assert (found.id, found.two_person) == ("studied_range", True)


def test_the_clinics_own_limit_asks_a_second_prescriber_above_it():
    held = with_second_check(Sourced(Milligrams(41)))
    assert ids(compute_dose(case(), protocol(IV), 1, rules=held)) == []
    [found] = compute_dose(case(82.1), protocol(IV), 1, rules=held).findings
    assert (found.id, found.two_person) == ("second_check", True)


# In steps


@pytest.mark.parametrize(("step", "mg"), [(None, 41), (1, 41), (2, 49.2), (3, 61.5), (4, 73.8)])
def test_steps_count_from_1(step, mg):
    assert dose(KADS, 4, step=step).dose.value == pytest.approx(mg)


@pytest.mark.parametrize("step", [0, 5, -1])
def test_a_step_outside_the_list_is_bad_input(step):
    with pytest.raises(BadInput, match="1 to 4 is needed"):
        dose(KADS, 4, step=step)


@pytest.mark.parametrize(("kg", "mg", "found"), [(101, 90.9, []), (102, 91, ["ceiling"]), (130, 91, ["ceiling"])])
def test_the_ceiling_is_91_mg(kg, mg, found):
    order = dose(KADS, 4, person=case(kg, height=None), step=4)
    assert (order.dose.value, ids(order)) == (pytest.approx(mg), found)
    assert order.allowed


@given(weights, st.integers(1, 4))
def test_no_step_ever_exceeds_the_ceiling(kg, step):
    assert dose(KADS, 4, person=case(kg, height=None), step=step).dose <= Milligrams(91)


def test_a_step_before_its_session_asks_the_prescriber():
    assert ids(dose(KADS, 2, step=2)) == []
    [found] = dose(KADS, 1, step=2).findings
    assert (found.id, found.action) == ("escalation", Action.PRESCRIBER_REVIEW)


# In milligrams


@pytest.mark.parametrize(
    ("protocol_id", "session", "step", "allowed"),
    [(US, 1, 1, True), (US, 1, 2, False), (US, 2, 2, True), (ACUTE, 1, 1, True), (EU, 1, 2, False), (EU, 2, 2, True)],
)
def test_the_label_s_first_dose_comes_first(protocol_id, session, step, allowed):
    order = dose(protocol_id, session, step=step)
    assert order.allowed == allowed
    assert ids(order) == ([] if allowed else ["first_dose"])


def test_step_1_is_the_first_dose_of_each_indication():
    assert dose(US).dose == Milligrams(56)
    assert dose(ACUTE).dose == Milligrams(84)
    assert dose(ACUTE, 2, step=2).dose == Milligrams(56)
    assert dose(EU, person=case(indication="mdsi")).dose == Milligrams(84)


def test_less_than_the_first_dose_asks_the_prescriber():
    [found] = dose(ACUTE, 1, step=2).findings
    assert (found.id, found.action) == ("first_dose", Action.PRESCRIBER_REVIEW)


@pytest.mark.parametrize(("step", "outside"), [(2, False), (3, True), (0, True)])
def test_only_the_allowed_doses_are_steps(step, outside):
    if outside:
        with pytest.raises(BadInput, match="1 to 2 is needed"):
            dose(US, 2, step=step)
    else:
        assert dose(US, 2, step=step).devices == 3


@pytest.mark.parametrize(("mg", "two_person"), [(28, False), (70, False), (112, True)])
def test_what_the_label_does_not_list_is_refused(mg, two_person):
    order = dose(US, 2, dose=Milligrams(mg))
    assert not order.allowed
    found = next(found for found in order.findings if found.id == "allowed_doses")
    assert (found.action, found.two_person) == (Action.BLOCK, two_person)


@pytest.mark.parametrize(
    ("born", "mg", "found"),
    [
        (date(1961, 11, 22), 56, []),
        (date(1961, 11, 21), 28, []),
        (None, 28, ["unknown:birth_date"]),
    ],
)
def test_from_65_years_the_eu_text_begins_with_28_mg(born, mg, found):
    order = dose(EU, person=case(born=born))
    assert (order.dose, ids(order)) == (Milligrams(mg), found)
    assert dose(US, person=case(born=born)).dose == Milligrams(56)


def test_from_65_years_no_emergency_dose_is_sourced():
    person = case(born=date(1950, 1, 1), indication="mdsi")
    assert ids(dose(EU, person=person)) == ["age_65_plus"]


@given(st.sampled_from([US, ACUTE, EU]), st.integers(1, 20), st.integers(1, 2))
def test_the_devices_hold_the_dose(protocol_id, session, step):
    order = dose(protocol_id, session, step=step)
    assert order.devices * 28 == order.dose.value


def test_the_tablet_begins_with_its_first_dose_for_five_sessions():
    assert ids(dose(TABLET, 5)) == ["investigational"]
    assert ids(dose(TABLET, 5, dose=Milligrams(180))) == ["investigational", "first_dose"]
    assert ids(dose(TABLET, 6, dose=Milligrams(180))) == ["investigational"]
    assert "allowed_doses" in ids(dose(TABLET, 6, dose=Milligrams(181)))


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"session": 0}, "session: 1 or more"),
        ({"step": 1, "dose": MgPerKg(0.5)}, "not both"),
        ({"weight_basis": "lean"}, "actual, ideal, capped is needed, not 'lean'"),
    ],
)
def test_what_cannot_be_meant_is_bad_input(asked, said):
    with pytest.raises(BadInput, match=said):
        dose(IV, **asked)


def test_a_spray_is_not_ordered_by_weight():
    with pytest.raises(BadInput, match="given in mg"):
        dose(US, dose=MgPerKg(0.5))


def test_findings_come_worst_first():
    order = dose(IV, person=case(100, weighed=date(2026, 1, 1)), strength=parse_strength("100 mg/mL"))
    ranks = [found.action.rank for found in order.findings]
    assert ids(order) == ["concentration_confusion", "weight_for_dose", "obesity"]
    assert ranks == sorted(ranks, reverse=True)

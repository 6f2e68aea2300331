from datetime import date

import pytest

from remit.pathway.referral import Jurisdiction, Patient, Setting, Weight
from remit.quantities import Kilograms
from tests.pathway.sessions import (
    INFUSION_CHECKS,
    SPRAVATO_CHECKS,
    check,
    device,
    entry,
    gate,
    ids,
    infusion_plan,
    last,
    plan,
    scale,
    seen,
    vitals,
    without,
)


def clearing(entries, given=None, by="prescriber", **values):
    return last([*entries, entry("cleared", 9, by=by, **values)], given)


def test_a_prescriber_clears_where_everything_is_met():
    assert clearing(gate()).accepted
    assert clearing(gate(INFUSION_CHECKS), infusion_plan()).accepted


@pytest.mark.parametrize("by", ["nurse", "therapist", "coordinator", "system"])
def test_nobody_else_clears(by):
    assert "a prescriber is needed" in clearing(gate(), by=by).reasons[0]


@pytest.mark.parametrize("missing", [*SPRAVATO_CHECKS, "MOAAS"])
def test_each_thing_the_gate_asks_is_needed(missing):
    refused = clearing(without(gate(), missing))
    assert ids(refused.reasons) == ["sedation" if missing == "MOAAS" else missing]


def test_every_reason_is_given_at_once():
    assert ids(clearing([entry("arrived", 0)]).reasons) == ["blood_pressure", "spo2", "sedation", *(
        "med_changes", "cssrs_since_last_visit", "fasting_spravato", "escort", "rems_enrolment"
    )]  # fmt: skip


def test_what_was_measured_before_arrival_does_not_count():
    entries = [vitals(-5), scale("MOAAS", -4, 5), *without(gate(), "vitals", "MOAAS")]
    assert ids(clearing(entries).reasons) == ["blood_pressure", "spo2", "sedation"]


def test_a_person_who_has_not_arrived_is_not_cleared():
    assert "arrived" in ids(clearing(without(gate(), "arrived")).reasons)


@pytest.mark.parametrize("id", SPRAVATO_CHECKS)
def test_failed_refuses_and_a_later_answer_stands(id):
    failed = [*gate(), check(id, 7, "failed")]
    assert ids(clearing(failed).reasons) == [id]
    assert clearing([*failed, check(id, 8)]).accepted


@pytest.mark.parametrize("id", ["escort", "fasting_spravato", "med_changes", "cssrs_since_last_visit"])
def test_waived_with_a_reason_is_an_answer(id):
    assert clearing([*without(gate(), id), check(id, 7, "waived", reason="asked by telephone")]).accepted


def test_the_enrolment_and_the_consent_cannot_be_waived():
    enrolment = [*without(gate(), "rems_enrolment"), check("rems_enrolment", 7, "waived", reason="tomorrow")]
    assert ids(clearing(enrolment).reasons) == ["rems_enrolment"]
    consent = [*gate(INFUSION_CHECKS), check("consent_offlabel", 7, "waived", reason="said yes")]
    assert ids(clearing(consent, infusion_plan()).reasons) == ["consent_offlabel"]


def test_any_other_gate_check_that_failed_refuses_too():
    assert ids(clearing([*gate(), check("driving_advice", 7, "failed")]).reasons) == ["driving_advice"]


def test_the_fasting_check_is_the_protocols_own():
    entries = gate((*INFUSION_CHECKS[:2], *INFUSION_CHECKS[3:], "fasting_spravato"))
    assert ids(clearing(entries, infusion_plan()).reasons) == ["fasting_offlabel"]


def test_an_inpatient_needs_no_escort_and_no_enrolment():
    given = plan(setting=Setting.INPATIENT)
    entries = without(gate(), "escort", "rems_enrolment")
    assert clearing(entries, given).accepted
    assert clearing([*entries, check("escort", 7, "failed"), check("rems_enrolment", 7, "failed")], given).accepted


@pytest.mark.parametrize("setting", [None, Setting.INTENSIVE_OUTPATIENT, Setting.EMERGENCY])
def test_every_other_setting_and_an_unknown_one_needs_both(setting):
    refused = clearing(without(gate(), "escort", "rems_enrolment"), plan(setting=setting))
    assert ids(refused.reasons) == ["escort", "rems_enrolment"]


def test_enrolment_is_asked_in_the_us_alone():
    assert clearing(without(gate(), "rems_enrolment"), plan("in_esketamine_eu", jurisdiction=Jurisdiction.EU)).accepted


def test_a_clinics_own_check_is_asked_for_beside_the_common_ones():
    given = plan(extra_gate_checks=("identity",))
    assert ids(clearing(gate(), given).reasons) == ["identity"]
    assert clearing([*gate(), check("identity", 7)], given).accepted
    assert clearing(gate()).accepted


def test_what_was_settled_for_the_course_is_not_asked_again():
    given = infusion_plan(confirmed_before=frozenset({"consent_offlabel"}))
    assert clearing(without(gate(INFUSION_CHECKS), "consent_offlabel"), given).accepted


class TestThePressure:
    @pytest.mark.parametrize(("systolic", "diastolic"), [(140, 90), (140, 82), (128, 90)])
    def test_up_to_140_over_90_no_reason_is_needed(self, systolic, diastolic):
        assert clearing(gate(systolic=systolic, diastolic=diastolic)).accepted

    @pytest.mark.parametrize(("systolic", "diastolic"), [(141, 90), (140, 91)])
    def test_above_it_a_reason_is(self, systolic, diastolic):
        entries = gate(systolic=systolic, diastolic=diastolic)
        refused = clearing(entries)
        assert (ids(refused.reasons), refused.needs) == (["predose_bp_review"], ("reason",))
        assert clearing(entries, reason="optimised, benefit outweighs").accepted

    @pytest.mark.parametrize(("systolic", "diastolic"), [(179, 109), (179, 82)])
    def test_below_180_over_110_one_prescriber_is_enough(self, systolic, diastolic):
        assert clearing(gate(systolic=systolic, diastolic=diastolic), reason="x").accepted

    @pytest.mark.parametrize(("systolic", "diastolic"), [(180, 90), (150, 110)])
    def test_from_there_another_prescriber_decides_as_well(self, systolic, diastolic):
        entries = gate(systolic=systolic, diastolic=diastolic)
        assert "predose_bp_hold" in ids(clearing(entries, reason="x").reasons)
        assert not clearing(entries, reason="x", second_person="nurse").accepted
        assert clearing(entries, reason="x", second_person="prescriber").accepted

    def test_the_other_prescriber_is_another_account(self):
        both = {"reason": "x", "second_person": "prescriber", "account": "a"}
        assert not clearing(gate(systolic=185), **both, second_account="a").accepted
        assert clearing(gate(systolic=185), **both, second_account="b").accepted

    def test_the_newest_reading_counts(self):
        assert clearing([*gate(systolic=190), vitals(8)]).accepted
        assert not clearing([*gate(), vitals(8, systolic=190)]).accepted

    @pytest.mark.parametrize(
        ("diastolic", "place", "accepted"),
        [(100, Jurisdiction.CH, True), (101, Jurisdiction.CH, False), (101, Jurisdiction.EU, True)],
    )
    def test_the_swiss_ketamine_label_needs_two_prescribers_above_100_diastolic(self, diastolic, place, accepted):
        entries = gate(INFUSION_CHECKS, diastolic=diastolic)
        given = infusion_plan(jurisdiction=place)
        assert clearing(entries, given, reason="x").accepted is accepted
        assert clearing(entries, given, reason="x", second_person="prescriber").accepted

    def test_a_pressure_that_rose_after_clearance_is_remarked_upon_at_the_dose(self):
        held = [*gate(), entry("cleared", 9, by="prescriber"), vitals(9.5, systolic=190), device(10)]
        assert ids(last(held).reasons) == ["predose_bp_hold"]


def test_nobody_is_cleared_into_an_open_emergency():
    assert ids(clearing([*gate(), vitals(7, spo2=85), vitals(7.5, systolic=120, spo2=None)]).reasons) == ["open_alarm"]


class TestTheWeight:
    @pytest.mark.parametrize(("measured", "accepted"), [(date(2026, 10, 22), True), (date(2026, 10, 21), False)])
    def test_thirty_days_are_fine_and_one_more_asks_the_prescriber(self, measured, accepted):
        given = infusion_plan(patient=Patient(weight=Weight(Kilograms(82), measured)))
        held = clearing(gate(INFUSION_CHECKS), given)
        assert held.accepted is accepted
        assert clearing(gate(INFUSION_CHECKS), given, reason="same weight for years").accepted

    def test_once_adopted_the_limit_blocks(self):
        old = Patient(weight=Weight(Kilograms(82), date(2026, 10, 21)))
        given = infusion_plan(patient=old, adopted=frozenset({"weight_for_dose"}))
        assert ids(clearing(gate(INFUSION_CHECKS), given, reason="x").reasons) == ["weight_for_dose"]

    def test_no_weight_and_no_date_are_not_passed_over(self):
        none = infusion_plan(patient=Patient())
        assert ids(clearing(gate(INFUSION_CHECKS), none, reason="x").reasons) == ["weight_for_dose"]
        undated = infusion_plan(patient=Patient(weight=Weight(Kilograms(82), None)))
        assert not clearing(gate(INFUSION_CHECKS), undated).accepted
        assert clearing(gate(INFUSION_CHECKS), undated, reason="weighed today").accepted

    def test_a_fixed_dose_needs_none(self):
        assert clearing(gate(), plan(patient=Patient())).accepted


def test_the_view_lists_the_demands_until_the_dose():
    standing = {demand.id: demand.standing for demand in seen(without(gate(), "escort"), 9).demands}
    assert standing["escort"] == "missing"
    assert standing["med_changes"] == "met"
    assert standing["blood_pressure"] == "met"
    assert seen([*gate(), entry("cleared", 9, by="prescriber"), device(10)], 11).demands == ()


def test_it_clears_once():
    held = [*gate(), entry("cleared", 8, by="prescriber")]
    assert "already cleared" in clearing(held).reasons[0]

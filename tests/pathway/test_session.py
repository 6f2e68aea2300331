import pytest

from remit.pathway.chart import DoseState, State
from remit.pathway.entries import Role, VitalsTaken
from remit.pathway.referral import Setting
from remit.pathway.session import offer
from tests.pathway.sessions import (
    CLEARED,
    at,
    check,
    device,
    discharge,
    dosed,
    entry,
    event,
    gate,
    ids,
    infused,
    infusion_plan,
    last,
    plan,
    run,
    scale,
    seen,
    vitals,
    well,
)


def states(entries, given=None):
    return [record.state.value for record in run(entries, given).records]


def test_a_spravato_session_passes_through_its_states():
    went = states([*dosed(), *well(), discharge(135)])
    assert list(dict.fromkeys(went)) == ["arrived", "cleared", "dosing", "observing", "discharged"]


def test_a_session_without_entries_is_scheduled_and_has_given_nothing():
    empty = seen([], 0)
    assert (empty.state, empty.dose_state, empty.given_mg, empty.release_not_before) == ("scheduled", "none", 0, None)


def test_nothing_blocking_makes_an_observed_person_ready():
    held = [*dosed(), *well()]
    assert seen(held, 134).state is State.OBSERVING
    assert seen(held, 135).state is State.READY


def test_intranasal_is_dosing_until_the_planned_milligrams_are_given():
    assert seen(dosed()[:-1], 12).state is State.DOSING
    assert seen(dosed()[:-1], 12).dose_state is DoseState.RUNNING
    assert seen(dosed(), 16).state is State.OBSERVING
    assert seen(dosed(), 16).dose_state is DoseState.COMPLETE


def test_a_third_device_is_still_to_come_where_84_mg_are_planned():
    assert seen(dosed(), 16, plan(mg=84)).state is State.DOSING
    assert seen([*dosed(), device(20)], 21, plan(mg=84)).given_mg == 84


def test_a_stopped_spray_leads_to_observing_with_what_was_given():
    held = seen([*dosed()[:-1], entry("dose_stop", 14, reason="asked to stop")], 20)
    assert (held.state, held.dose_state, held.given_mg) == ("observing", "stopped", 28)


def test_a_dose_before_clearance_is_refused_and_leaves_no_trace():
    held = run([*gate(), device(9)])
    decision = held.records[-1].decision
    assert not decision.accepted
    assert "not cleared" in decision.reasons[0]
    assert held.state(at(9)) is State.ARRIVED
    assert held.chart.doses == []


@pytest.mark.parametrize("reason", ["already given", "was given in the corridor", "dose already_administered"])
def test_a_dose_that_was_already_given_counts_starts_the_clock_and_raises_an_alarm(reason):
    held = seen([*gate(), device(9, reason=reason)], 10)
    assert (held.state, held.given_mg, held.first_dose_at) == ("dosing", 28, at(9))
    assert [alarm.id for alarm in held.open_alarms] == ["dose_before_cleared"]


@pytest.mark.parametrize("reason", ["in a hurry", "not yet given", "already late"])
def test_another_reason_does_not_let_a_dose_pass_before_clearance(reason):
    assert not last([*gate(), device(9, reason=reason)]).accepted


def test_a_device_charted_as_taken_before_the_clearance_counts_as_before_it():
    assert not last([*gate(), CLEARED, device(12, taken=7)]).accepted
    assert last([*gate(), CLEARED, device(12, taken=8)]).accepted


def test_a_later_clearance_settles_the_alarm_of_the_early_dose():
    held = seen([*gate(), device(9, reason="already given"), entry("cleared", 12, by="prescriber")], 13)
    assert [(alarm.id, alarm.resolved_at) for alarm in held.alarms] == [("dose_before_cleared", at(12))]
    assert held.state is State.DOSING


def test_devices_less_than_five_minutes_apart_are_recorded_with_a_remark():
    assert last(dosed(second=15)).reasons == ()
    close = last(dosed(second=14.9))
    assert close.accepted
    assert "5 min of rest" in close.reasons[0]


def test_more_than_planned_is_recorded_with_a_remark():
    extra = last([*dosed(), device(20)])
    assert extra.accepted
    assert "planned are 56 mg" in extra.reasons[0]
    assert seen([*dosed(), device(20)], 21).given_mg == 84


def test_an_expired_lot_and_a_missing_one_are_remarked_upon():
    assert "expired on 2026-11-20" in last([*gate(), CLEARED, device(10, expiry="2026-11-20")]).reasons[0]
    assert last([*gate(), CLEARED, device(10, expiry="2026-11-21")]).reasons == ()
    assert "no lot" in last([*gate(), CLEARED, device(10, lot=None)]).reasons[0]


def test_the_same_entry_twice_is_refused_and_another_time_is_not():
    assert not last([*dosed(), device(15)]).accepted
    assert last([*dosed(), vitals(30), vitals(31)]).accepted
    again = last([*dosed(), vitals(30), vitals(30)])
    assert "already in the record" in again.reasons[0]


def test_the_same_reading_by_another_account_is_not_a_duplicate():
    assert last([*dosed(), vitals(30, account="a"), vitals(30, account="b")]).accepted


def test_charting_late_stands_where_it_happened():
    held = seen([*dosed(), vitals(70, systolic=150), vitals(75, taken=40, systolic=140)], 80)
    assert [row.minutes for row in held.readings] == [-5, 30, 60]


def test_an_entry_from_the_future_is_refused():
    assert last([*dosed(), vitals(40, taken=40)]).accepted
    assert "taken_at" in last([*dosed(), vitals(40, taken=41)]).reasons[0]


def test_a_hold_takes_the_clearance_back():
    held = [*gate(), CLEARED, entry("hold", 9, reason="fire alarm")]
    assert run(held).state(at(9)) is State.HELD
    assert not last([*held, device(10)]).accepted
    assert run([*held, entry("cleared", 20, by="prescriber"), device(21)]).state(at(21)) is State.DOSING


@pytest.mark.parametrize("kind", ["hold", "cancel", "left"])
def test_holding_cancelling_and_leaving_need_a_reason(kind):
    refused = last([*gate(), entry(kind, 9)])
    assert (refused.accepted, refused.needs) == (False, ("reason",))
    assert last([*gate(), entry(kind, 9, reason="said so")]).accepted


def test_after_a_dose_a_session_cannot_be_cancelled():
    assert not last([*dosed(), entry("cancel", 20, reason="x")]).accepted


def test_before_a_dose_nobody_is_discharged():
    assert "cancelled" in last([*gate(), discharge(9)]).reasons[0]


def test_while_the_dose_is_incomplete_nobody_is_discharged():
    assert "dosing" in last([*dosed()[:-1], *well(), discharge(200)]).reasons[0]


def test_after_the_end_entries_are_added_and_the_state_stays():
    ended = [*dosed(), *well(), discharge(135)]
    held = run([*ended, entry("note", 200, text="called home"), event("headache", 210), vitals(220, taken=100)])
    assert all(record.decision.accepted for record in held.records)
    assert held.state(at(230)) is State.DISCHARGED


@pytest.mark.parametrize("kind", ["arrived", "cleared", "hold", "cancel", "left", "discharge"])
def test_after_the_end_nothing_moves_the_session(kind):
    ended = [*dosed(), *well(), discharge(135)]
    assert not last([*ended, entry(kind, 140, by="prescriber", reason="x")]).accepted


def test_a_device_used_before_the_end_may_be_charted_after_it():
    ended = [*dosed(), *well(), discharge(135)]
    late = last([*ended, device(140, taken=20)])
    assert late.accepted
    assert "after the session had ended" in " ".join(late.reasons)
    assert not last([*ended, device(140)]).accepted


def test_who_goes_all_the_same_has_left_and_the_form_is_flagged():
    held = seen([*dosed(), *well(), entry("left", 133, reason="wants to go", advice_given=True)], 140)
    assert held.state is State.LEFT
    assert held.form["left"]
    assert held.form["flags"] == ["left_against_advice", "left_before_release"]
    assert held.form["minutes_first_device_to_end"] == 123


def test_what_ran_when_the_person_left_has_stopped():
    held = seen(infused(entry("left", 20, reason="walked out")), 100, infusion_plan())
    assert held.dose_state is DoseState.STOPPED
    assert held.given_mg == pytest.approx(41 / 4)


def test_a_spray_session_takes_no_dose_start_and_an_infusion_no_device():
    assert "device" in last([*gate(), CLEARED, entry("dose_start", 10, mg=41)]).reasons[0]
    assert "dose_start" in last([*infused()[:-1], device(10)], infusion_plan()).reasons[0]


def test_an_offer_leaves_no_trace():
    held = run(dosed())
    assert offer(held, vitals(40)).accepted
    assert len(held.records) == len(dosed())
    assert len(held.chart.readings) == 1


def test_an_inpatient_needs_no_escort_no_enrolment_and_no_form():
    given = plan(setting=Setting.INPATIENT)
    entries = [held for held in dosed() if getattr(held, "id", "") not in ("escort", "rems_enrolment")]
    held = seen([*entries, *well(), discharge(135, escort=None)], 140, given)
    assert (held.state, held.form) == ("discharged", None)


def test_an_event_that_is_not_in_the_list_is_recorded_with_a_remark():
    assert last([*dosed(), event("nausea", 30)]).reasons == ()
    odd = last([*dosed(), event("disociation", 30)])
    assert odd.accepted
    assert "not in the list" in odd.reasons[0]


def test_only_what_is_open_can_be_resolved():
    assert last([*dosed(), event("nausea", 30), entry("resolved", 40, id="nausea")]).accepted
    assert not last([*dosed(), entry("resolved", 40, id="nausea")]).accepted
    twice = [event("nausea", 30), entry("resolved", 40, id="nausea"), entry("resolved", 41, id="nausea")]
    assert not last([*dosed(), *twice]).accepted


def test_a_waived_check_needs_a_reason():
    assert last([check("escort", 1, "waived")]).needs == ("reason",)
    assert last([check("escort", 1, "waived", reason="taxi with a nurse")]).accepted


def test_an_unknown_check_is_refused_and_a_clinics_own_is_known():
    strange = check("site_key", 1)
    assert not last([strange]).accepted
    assert last([strange], plan(extra_gate_checks=("site_key",))).accepted


def test_a_value_that_cannot_be_is_refused_at_the_session_too():
    impossible = VitalsTaken(at=at(40), by=Role.NURSE, systolic=1280, diastolic=82)
    assert "30 to 300 mmHg" in last([*dosed(), impossible]).reasons[0]


def test_the_baseline_is_the_last_reading_before_the_dose_and_the_rise_counts_from_it():
    held = seen([*gate(systolic=150), vitals(7, systolic=120), CLEARED, device(10), vitals(30, systolic=140)], 31)
    assert held.baseline["systolic"] == 120
    assert held.rise == {"systolic": 20, "diastolic": 0}


def test_reasons_begin_with_the_id_of_what_speaks_against():
    refused = last([*dosed(), discharge(134)])
    assert ids(refused.reasons)[:3] == ["minimum_observation", "blood_pressure", "spo2"]


def test_a_scale_total_stands_in_the_series():
    held = seen([*dosed(), scale("CADSS", 30, 12)], 31)
    assert [(row.scale, row.total, row.minutes) for row in held.ratings][-1] == ("CADSS", 12, 20)


def test_an_alarm_is_taken_on_only_while_it_is_raised():
    assert not last([*dosed(), entry("alarm_ack", 20, id="spo2_critical")]).accepted
    raised = [*dosed(), vitals(20, spo2=85), vitals(25)]
    assert last([*raised, entry("alarm_ack", 30, taken=22, id="spo2_critical")]).accepted
    assert not last([*raised, entry("alarm_ack", 30, id="spo2_critical")]).accepted


def test_a_step_of_an_emergency_card_and_a_rescue_drug_are_recorded():
    step = entry("emergency_step", 20, card="respiratory_depression", step="oxygen")
    assert last([*dosed(), step]).accepted
    assert last([*dosed(), entry("rescue", 20, drug="Ondansetron", dose="4 mg", route="intravenous")]).reasons == ()
    assert "not in the list" in last([*dosed(), entry("rescue", 20, drug="aspirin")]).reasons[0]


def test_only_a_prescriber_settles_an_early_dose_by_hand():
    early = [*gate(), device(9, reason="already given")]
    assert not last([*early, entry("resolved", 12, id="dose_before_cleared")]).accepted
    assert last([*early, entry("resolved", 12, by="prescriber", id="dose_before_cleared")]).accepted

import pytest

from remit.pathway.chart import State
from remit.pathway.referral import Setting
from tests.pathway.sessions import (
    at,
    check,
    discharge,
    dosed,
    entry,
    event,
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
    without,
)

ASKED = ["respiratory", "orientation", "walking", "nausea", "suicide_risk"]
ALL = ["minimum_observation", "blood_pressure", "spo2", "sedation", "dissociation", *ASKED]
END = entry("dose_end", 50)


def blocks(entries, minutes, given=None):
    return list(seen(entries, minutes, given).blocks_discharge)


class TestTheUsRelease:
    def test_it_counts_two_hours_from_the_last_device(self):
        assert seen(dosed(second=20), 30).release_not_before == at(140)

    @pytest.mark.parametrize("by", ["nurse", "prescriber", "therapist", "system"])
    def test_two_minutes_early_is_refused_to_everyone(self, by):
        early = last([*dosed(), *well(), discharge(133, by=by, override_reason="the family waits")])
        assert not early.accepted
        assert ids(early.reasons)[0] == "minimum_observation"
        assert "2 min" in early.reasons[0]
        assert "nobody can override" in early.reasons[0]

    def test_at_two_hours_it_passes(self):
        assert last([*dosed(), *well(), discharge(135)]).accepted

    def test_one_second_less_does_not(self):
        assert not last([*dosed(), *well(), discharge(135 - 1 / 60)]).accepted

    @pytest.mark.parametrize(
        ("entries", "block"),
        [
            ([scale("MOAAS", 130, 4)], "sedation"),
            ([scale("CADSS", 130, 2)], "dissociation"),
            ([event("sedation", 130)], "sedation"),
            ([event("dissociation", 130)], "dissociation"),
            ([event("respiratory_depression", 130)], "respiratory"),
            ([check("respiratory", 130, "failed")], "respiratory"),
        ],
    )
    def test_nobody_overrides_what_the_programme_demands(self, entries, block):
        held = [*dosed(), *well(), *entries, discharge(140, by="prescriber", override_reason="judged well")]
        assert ids(last(held).reasons) == [block]

    @pytest.mark.parametrize("block", ["orientation", "walking", "nausea", "suicide_risk"])
    def test_a_prescriber_overrides_the_rest_with_a_reason_and_it_is_kept(self, block):
        held = [*dosed(), *without(well(), block), discharge(140, by="prescriber", override_reason="judged well")]
        passed = last(held)
        assert (passed.accepted, passed.overridden) == (True, (block,))
        kept = seen(held, 150).overrides
        assert [(found.blocks, found.reason) for found in kept] == [((block,), "judged well")]
        assert seen(held, 150).form["flags"] == ["discharged_with_override"]

    def test_a_nurse_does_not_override(self):
        held = [*dosed(), *without(well(), "walking"), discharge(140, override_reason="judged well")]
        assert ids(last(held).reasons) == ["walking", "override_reason"]
        assert last(held).needs == ("prescriber",)

    def test_release_waits_for_a_resolution_after_the_two_hours(self):
        held = [*dosed(), scale("MOAAS", 130, 4), *well(150)]
        assert seen(held, 160).release_not_before == at(150.1)
        held = [*dosed(), *well(), event("dissociation", 120), entry("resolved", 144, id="dissociation")]
        assert seen(held, 160).release_not_before == at(144)

    def test_a_resolution_before_the_two_hours_changes_nothing(self):
        held = [*dosed(), scale("MOAAS", 30, 3), scale("MOAAS", 60, 5)]
        assert seen(held, 70).release_not_before == at(135)


class TestWhatBlocks:
    def test_everything_never_recorded_blocks_in_a_fixed_order(self):
        assert blocks(dosed(), 59) == ALL

    def test_what_was_recorded_before_the_dose_does_not_count(self):
        early = [check("orientation", 5.5), check("walking", 5.6)]
        assert {"orientation", "walking"} <= set(blocks([*dosed()[:-3], *early, *dosed()[-3:]], 60))

    def test_nothing_blocks_a_person_who_is_well(self):
        assert blocks([*dosed(), *well()], 135) == []

    def test_it_is_judged_at_the_time_asked_about(self):
        assert blocks([*dosed(), *well()], 134) == ["minimum_observation"]

    @pytest.mark.parametrize(
        ("values", "blocked"),
        [
            ({"systolic": 180, "diastolic": 82}, True),
            ({"systolic": 167, "diastolic": 82}, False),
            ({"systolic": 168, "diastolic": 82}, True),
            ({"systolic": 140, "diastolic": 106}, False),
            ({"systolic": 140, "diastolic": 107}, True),
        ],
    )
    def test_pressure_blocks_from_forty_or_twenty_five_above_the_baseline(self, values, blocked):
        assert ("blood_pressure" in blocks([*dosed(), *well(), vitals(130, **values)], 136)) is blocked

    @pytest.mark.parametrize(("systolic", "blocked"), [(180, False), (181, True)])
    def test_pressure_blocks_above_180_whatever_the_baseline(self, systolic, blocked):
        entries = [*dosed(), *well(), vitals(130, systolic=systolic)]
        entries[6] = vitals(5, systolic=150)
        entries[9] = entry("cleared", 8, by="prescriber", reason="optimised, benefit outweighs")
        assert entries[6].kind == "vitals" or entries[5].kind == "vitals"
        assert ("blood_pressure" in blocks(entries, 136)) is blocked

    @pytest.mark.parametrize(("spo2", "blocked"), [(92, False), (91, True)])
    def test_a_low_oxygen_saturation_blocks(self, spo2, blocked):
        assert ("spo2" in blocks([*dosed(), *well(), vitals(130, spo2=spo2)], 136)) is blocked

    @pytest.mark.parametrize(("total", "blocked"), [(1, False), (2, True)])
    def test_dissociation_blocks_more_than_a_point_above_the_baseline(self, total, blocked):
        assert ("dissociation" in blocks([*dosed(), *well(), scale("CADSS", 130, total)], 136)) is blocked

    def test_without_a_baseline_the_lowest_total_is_taken(self):
        entries = [held for held in dosed() if getattr(held, "id", "") != "CADSS"]
        assert "dissociation" not in blocks([*entries, *well()], 136)
        assert "dissociation" in blocks([*entries, *well(), scale("CADSS", 130, 2)], 136)

    def test_the_short_dissociation_scale_speaks_too(self):
        short = [scale("CADSS6", 110, 6), scale("CADSS6", 116, 0)]
        assert "dissociation" not in blocks([*dosed(), *short, *without(well(), "CADSS")], 136)

    def test_a_failed_and_a_waived_criterion_block(self):
        for result in ("failed", "waived"):
            held = [*dosed(), *well(), check("walking", 130, result, reason="wheelchair")]
            assert blocks(held, 136) == ["walking"]

    def test_a_missing_escort_blocks_until_the_discharge_names_one(self):
        entries = [check("escort", 1, "waived", reason="brother comes later"), *without(dosed(), "escort"), *well()]
        assert blocks(entries, 136) == ["escort"]
        assert not last([*entries, discharge(136, escort=None)]).accepted
        assert last([*entries, discharge(136, escort="brother")]).accepted

    def test_an_open_alarm_blocks_and_a_prescriber_may_override_it(self):
        held = [*dosed(), *well(), vitals(125, heart_rate=122), vitals(130, heart_rate=123)]
        assert blocks(held, 136) == ["open_alarm"]
        assert not last([*held, discharge(140)]).accepted
        assert last([*held, discharge(140, by="prescriber", override_reason="known tachycardia")]).accepted

    def test_an_open_emergency_can_be_overridden_by_nobody(self):
        held = [*dosed(), *well(), event("chest pain", 130)]
        gone = last([*held, discharge(140, by="prescriber", override_reason="seen by cardiology")])
        assert ids(gone.reasons) == ["open_alarm"]
        assert last([*held, entry("resolved", 138, id="chest_pain"), discharge(140)]).accepted

    def test_an_inpatient_needs_no_escort(self):
        entries = [*without(dosed(), "escort", "rems_enrolment"), *well()]
        assert blocks(entries, 136, plan(setting=Setting.INPATIENT)) == []
        assert blocks([check("rems_enrolment", 1), *entries], 136) == ["minimum_observation", *ALL[1:], "escort"]


class TestTheReleaseOfAnInfusion:
    def test_while_it_runs_the_planned_end_counts(self):
        assert seen(infused(), 20, infusion_plan()).release_not_before == at(10 + 40 + 90)

    def test_a_pause_moves_the_planned_end(self):
        held = infused(entry("dose_pause", 20))
        assert seen(held, 27, infusion_plan()).release_not_before == at(147)
        assert seen([*held, entry("dose_resume", 30)], 60, infusion_plan()).release_not_before == at(150)

    def test_two_pauses_add_up(self):
        marks = [
            entry(kind, m)
            for m, kind in ((20, "dose_pause"), (25, "dose_resume"), (30, "dose_pause"), (40, "dose_resume"))
        ]
        assert seen(infused(*marks), 45, infusion_plan()).release_not_before == at(155)

    def test_ninety_minutes_from_the_end_or_two_hours_from_the_start_whichever_is_later(self):
        assert seen(infused(END), 60, infusion_plan()).release_not_before == at(140)
        assert seen(infused(entry("dose_end", 30)), 60, infusion_plan()).release_not_before == at(130)

    def test_a_prescriber_may_override_a_project_default_minimum(self):
        held = [*infused(END), *well(), discharge(139)]
        assert ids(last(held, infusion_plan()).reasons) == ["minimum_observation"]
        held[-1] = discharge(139, by="prescriber", override_reason="transfer to the ward")
        assert last(held, infusion_plan()).overridden == ("minimum_observation",)

    def test_at_the_release_it_passes(self):
        assert last([*infused(END), *well(), discharge(140)], infusion_plan()).accepted

    def test_a_reading_during_the_infusion_does_not_follow_it(self):
        held = [*infused(vitals(30), END), *without(well(), "vitals")]
        assert blocks(held, 141, infusion_plan()) == ["blood_pressure", "spo2"]

    def test_it_is_not_over_before_its_end_is_recorded(self):
        assert "minimum_observation" in blocks([*infused(), *well()], 300, infusion_plan())

    def test_resolutions_do_not_bind_off_label(self):
        held = [*infused(END), scale("MOAAS", 130, 4), *well(150)]
        assert seen(held, 160, infusion_plan()).release_not_before == at(140)


def test_a_null_minimum_does_not_block():
    held = seen([*without(dosed(), "rems_enrolment"), *well(50)], 60, plan("in_esketamine_eu", jurisdiction=None))
    assert held.release_not_before is None
    assert held.state is State.READY


def test_the_blocks_say_why_and_whether_a_prescriber_may_decide_otherwise():
    found = {block.id: block for block in seen(dosed(), 60).blocks}
    assert "75 min" in found["minimum_observation"].text
    assert not found["minimum_observation"].overridable
    assert found["walking"].overridable
    assert found["minimum_observation"].source.binding


def test_a_discharge_charted_late_is_judged_when_it_happened():
    assert not last([*dosed(), *well(), discharge(150, taken=134)]).accepted
    assert last([*dosed(), *well(), discharge(150, taken=135)]).accepted
    assert run([*dosed(), *well(), discharge(150, taken=135)]).chart.ending[0] == at(135)

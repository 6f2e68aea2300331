import pytest
from hypothesis import given
from hypothesis import strategies as st

from remit.pathway.alarms import Verdict, Watch, judge
from tests.pathway.sessions import RULES, at, dosed, entry, event, gate, infused, infusion_plan, scale, seen, vitals

NORMAL = {"systolic": 128, "diastolic": 82}


def alarms(entries, minutes, given=None):
    return [(alarm.id, alarm.raised_at, alarm.resolved_at) for alarm in seen(entries, minutes, given).alarms]


def repeats(entries, minutes):
    return [(held.what, held.due_at, held.overdue) for held in seen(entries, minutes).due if "repeat" in held.what]


def after_dose(*entries):
    return [*dosed(), *entries]


class TestARepeat:
    def test_one_high_pressure_asks_for_a_repeat_and_makes_no_alarm(self):
        held = after_dose(vitals(52, systolic=181, diastolic=82))
        assert alarms(held, 56) == []
        assert repeats(held, 56) == [("repeat_blood_pressure", at(57), False)]

    def test_two_make_the_alarm_at_the_second_value(self):
        held = after_dose(vitals(52, systolic=167, diastolic=111), vitals(57, systolic=181, diastolic=82))
        assert ("postdose_bp_urgent", at(57), None) in alarms(held, 58)

    def test_a_normal_repeat_leaves_none(self):
        assert alarms(after_dose(vitals(52, systolic=190), vitals(57)), 80) == []

    def test_after_a_normal_one_the_next_odd_value_asks_again(self):
        assert alarms(after_dose(vitals(52, systolic=190), vitals(57), vitals(62, systolic=190)), 66) == []

    def test_a_repeat_that_is_not_taken_makes_the_alarm_ten_minutes_after_the_first_value(self):
        held = after_dose(vitals(52, systolic=190))
        assert alarms(held, 61) == []
        found = alarms(held, 62)
        assert ("postdose_bp_urgent", at(62), None) in found
        assert repeats(held, 62) == [("repeat_blood_pressure", at(57), True)]

    def test_a_normal_value_on_the_last_minute_was_taken_in_time_and_one_after_it_was_not(self):
        assert alarms(after_dose(vitals(52, systolic=181, diastolic=82), vitals(62)), 70) == []
        late = alarms(after_dose(vitals(52, systolic=190), vitals(63)), 70)
        assert ("postdose_bp_urgent", at(62), at(63)) in late

    def test_the_first_normal_value_resolves(self):
        held = after_dose(vitals(52, systolic=190), vitals(57, systolic=190), vitals(62), vitals(67, systolic=190))
        assert ("postdose_bp_urgent", at(57), at(62)) in alarms(held, 68)

    def test_a_reading_without_the_measure_says_nothing(self):
        held = after_dose(vitals(52, systolic=190), entry("vitals", 55, spo2=98), vitals(57, systolic=190))
        assert ("postdose_bp_urgent", at(57), None) in alarms(held, 58)


class TestTheFirstValue:
    @pytest.mark.parametrize(
        ("held", "id"),
        [
            (vitals(52, spo2=89), "spo2_critical"),
            (scale("MOAAS", 52, 1), "sedation"),
            (scale("MOAAS", 52, 0), "sedation"),
            (vitals(52, respiratory_rate=9), "resp_rate"),
            (vitals(52, systolic=201), "postdose_bp_urgent"),
            (vitals(52, systolic=190, diastolic=121), "postdose_bp_urgent"),
            (event("chest_pain", 52), "hypertensive_emergency_symptoms"),
            (event("Focal deficit", 52), "hypertensive_emergency_symptoms"),
            (event("headache", 52, severity="severe"), "hypertensive_emergency_symptoms"),
        ],
    )
    def test_a_critical_value_or_a_symptom_is_an_emergency_at_once(self, held, id):
        found = [alarm for alarm in seen(after_dose(held), 52).alarms if alarm.id == id]
        assert [(alarm.priority, alarm.raised_at) for alarm in found] == [("emergency", at(52))]

    @pytest.mark.parametrize(
        "held",
        [
            vitals(52, spo2=90),
            scale("MOAAS", 52, 2),
            vitals(52, respiratory_rate=10),
            vitals(52, systolic=200, diastolic=120),
            event("headache", 52, severity="moderate"),
            event("nausea", 52, severity="severe"),
        ],
    )
    def test_the_last_value_before_it_is_not(self, held):
        assert alarms(after_dose(held), 52) == []

    def test_before_the_dose_such_a_pressure_is_an_emergency_too(self):
        assert alarms(gate(systolic=201), 6) == [("predose_bp_hold", at(5), None)]
        assert alarms(gate(systolic=200), 30) == []

    def test_a_standing_alarm_that_turns_critical_becomes_an_emergency(self):
        held = after_dose(vitals(52, systolic=190), vitals(57, systolic=190), vitals(60, systolic=205))
        found = next(alarm for alarm in seen(held, 61).alarms if alarm.id == "postdose_bp_urgent")
        assert (found.priority, found.raised_at, found.escalated_at) == ("emergency", at(57), at(60))

    def test_a_symptom_stays_open_until_it_is_over(self):
        held = after_dose(event("chest_pain", 52))
        assert alarms(held, 59) == [("hypertensive_emergency_symptoms", at(52), None)]
        assert alarms([*held, entry("resolved", 58, id="chest pain")], 59)[0][2] == at(58)

    def test_no_entry_resolves_what_a_reading_raised(self):
        held = after_dose(vitals(52, spo2=85), entry("resolved", 53, id="spo2_critical"))
        assert alarms(held, 54) == [("spo2_critical", at(52), None)]


@pytest.mark.parametrize(
    ("last_fine", "first_odd", "id"),
    [
        ({"systolic": 167}, {"systolic": 168}, "rise_from_baseline"),
        ({"diastolic": 106}, {"diastolic": 107}, "rise_from_baseline"),
        ({"spo2": 92}, {"spo2": 91}, "spo2_low"),
        ({"heart_rate": 120}, {"heart_rate": 121}, "heart_rate"),
        ({"heart_rate": 50}, {"heart_rate": 49}, "heart_rate"),
    ],
)
def test_two_values_on_the_far_side_of_a_limit_alarm_and_two_on_the_near_side_do_not(last_fine, first_odd, id):
    assert alarms(after_dose(vitals(52, **last_fine), vitals(57, **last_fine)), 70) == []
    assert alarms(after_dose(vitals(52, **first_odd), vitals(57, **first_odd)), 58) == [(id, at(57), None)]


@pytest.mark.parametrize(("total", "raised"), [(4, False), (3, True)])
def test_sedation_of_three_twice_is_an_alarm(total, raised):
    held = after_dose(vitals(52), scale("MOAAS", 52, total), scale("MOAAS", 56, total))
    assert bool(alarms(held, 57)) is raised


def test_the_same_pressures_before_the_dose_raise_nothing():
    assert alarms([*gate(systolic=190), vitals(7, systolic=190)], 30) == []


def test_a_value_charted_late_is_judged_where_it_belongs():
    held = after_dose(vitals(52, systolic=190), vitals(64), vitals(65, taken=57, systolic=185))
    assert ("postdose_bp_urgent", at(57), at(64)) in alarms(held, 66)


def test_a_baseline_charted_late_changes_the_rise():
    held = after_dose(vitals(52, systolic=165), vitals(57, systolic=165))
    assert alarms(held, 58) == []
    assert alarms([*held, vitals(58, taken=9, systolic=125)], 59) == [("rise_from_baseline", at(57), None)]


def test_a_dose_charted_late_makes_what_follows_it_a_reading_after_the_dose():
    held = [*gate(), vitals(20, systolic=190), vitals(25, systolic=190)]
    assert alarms(held, 26) == []
    late = entry("device", 26, taken=10, mg=28, lot="A1", reason="already given")
    assert {alarm[0] for alarm in alarms([*held, late], 27)} == {
        "dose_before_cleared",
        "postdose_bp_urgent",
        "rise_from_baseline",
    }


class TestTheMissingFortyMinutePressure:
    def test_it_is_missing_from_minute_45_after_the_last_device(self):
        assert alarms(dosed(), 59) == []
        assert alarms(dosed(), 60) == [("missing_40min_bp", at(60), None)]

    def test_a_later_one_resolves_it(self):
        assert alarms([*dosed(), vitals(70)], 80) == [("missing_40min_bp", at(60), at(70))]

    def test_one_taken_a_little_early_is_it_and_one_taken_much_earlier_is_not(self):
        assert alarms([*dosed(), vitals(50)], 80) == []
        assert alarms([*dosed(), vitals(49)], 61) == [("missing_40min_bp", at(60), None)]

    def test_it_concerns_the_spray_alone(self):
        assert alarms(infused(), 200, infusion_plan()) == []


def test_an_open_alarm_is_taken_on_by_somebody():
    held = after_dose(vitals(52, spo2=85), entry("alarm_ack", 53, id="spo2_critical", account="anna"))
    found = seen(held, 54).alarms[0]
    assert (found.acknowledged_at, found.acknowledged_by, found.open) == (at(53), "anna", True)


def test_every_alarm_carries_its_owner_and_what_it_asks():
    found = seen(after_dose(vitals(52, spo2=85)), 54).alarms[0]
    assert (found.owner, found.asks, found.why) == ("team", "emergency response", "spo2 85")


def test_a_rise_without_a_baseline_is_not_known():
    rise = RULES.alarms.threshold("rise_from_baseline")
    assert judge(rise, {"systolic": 250, "diastolic": 140}, None) is Verdict.UNKNOWN
    assert judge(rise, {"systolic": 130}, NORMAL) is Verdict.UNKNOWN


@given(st.lists(st.tuples(st.integers(0, 8), st.integers(60, 260), st.integers(70, 100)), max_size=25))
def test_an_alarm_is_never_resolved_before_it_is_raised_nor_raised_twice_at_once(readings):
    watch, minute = Watch(RULES.alarms), 0
    for gap, systolic, spo2 in readings:
        minute += gap
        watch.feed(at(minute), {"systolic": systolic, "diastolic": 50, "spo2": spo2}, True, NORMAL)
    found = watch.alarms(at(minute + 30))
    assert all(alarm.resolved_at is None or alarm.resolved_at >= alarm.raised_at for alarm in found)
    still = [alarm.id for alarm in found if alarm.open]
    assert len(still) == len(set(still))

from remit.pathway.referral import Setting
from tests.pathway.sessions import (
    at,
    check,
    device,
    discharge,
    dosed,
    entry,
    event,
    gate,
    infused,
    infusion_plan,
    plan,
    scale,
    seen,
    vitals,
    well,
)

WHOLE = [*dosed(), vitals(54, systolic=141, diastolic=88), *well(), discharge(136)]


def form(entries, minutes=300, given=None):
    return seen(entries, minutes, given).form


def test_it_counts_from_the_first_device_to_the_end():
    assert form(WHOLE)["minutes_first_device_to_end"] == 126
    assert form(WHOLE[:-1])["minutes_first_device_to_end"] is None


def test_pressures_read_as_they_are_written():
    held = form(WHOLE)
    assert (held["bp_before"], held["bp_40_min"], held["bp_before_completion"]) == ("128/82", "141/88", "128/82")


def test_the_forty_minute_pressure_is_the_reading_nearest_to_it():
    readings = [vitals(30, systolic=131), vitals(52, systolic=132), vitals(60, systolic=133), vitals(90, systolic=134)]
    assert form([*dosed(), *readings])["bp_40_min"] == "132/82"
    assert form(dosed())["bp_40_min"] is None


def test_lots_are_distinct_in_the_order_of_their_use():
    entries = [
        *gate(),
        entry("cleared", 8, by="prescriber"),
        device(10, lot="B"),
        device(15, lot="A"),
        device(20, lot="B"),
    ]
    assert form(entries, given=plan(mg=84))["lots"] == ["B", "A"]


def test_what_nobody_looked_at_is_not_a_no():
    assert form(dosed())["sedation"] is None
    assert form([*dosed(), scale("MOAAS", 30, 5)])["sedation"] is False
    assert form([*dosed(), scale("MOAAS", 30, 4), scale("MOAAS", 60, 5)])["sedation"] is True
    assert form([*dosed(), event("dissociation", 30)])["dissociation"] is True


def test_serious_events_are_told():
    held = form([*dosed(), event("fall", 30, serious="true", text="on the way to the toilet")])
    assert [(found["id"], found["text"]) for found in held["serious_adverse_events"]] == [
        ("fall", "on the way to the toilet")
    ]


def test_it_says_when_the_person_would_have_been_ready_without_the_minimum():
    assert form([*dosed(), vitals(54), *well(100), discharge(136)])["minutes_ready_without_minimum"] == 90
    assert form([*dosed(), vitals(54), discharge(136)])["minutes_ready_without_minimum"] is None


def test_it_is_due_within_seven_days():
    assert form(WHOLE)["submit_by"] == "2026-11-28"


def test_it_belongs_to_us_outpatients_alone():
    assert form(infused(), given=infusion_plan()) is None
    assert form(dosed(), given=plan("in_esketamine_eu")) is None
    assert form(dosed(), given=plan(setting=Setting.INPATIENT)) is None
    assert form(dosed(), given=plan(setting=Setting.INTENSIVE_OUTPATIENT)) is not None


def test_a_reading_after_the_end_is_not_the_one_before_completion():
    assert form([*WHOLE, vitals(150, systolic=170)])["bp_before_completion"] == "128/82"


def test_a_late_check_is_no_reading():
    assert form([*WHOLE, check("walking", 150)])["vitals_acceptable_before_completion"] is True
    assert at(0).isoformat() == "2026-11-21T14:00:00-05:00"

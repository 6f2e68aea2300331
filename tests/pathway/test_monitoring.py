import pytest

from tests.pathway.sessions import (
    at,
    device,
    discharge,
    dosed,
    entry,
    gate,
    infused,
    infusion_plan,
    plan,
    scale,
    seen,
    vitals,
    well,
)


def due(entries, minutes, given=None):
    return {held.what: (held.due_at, held.overdue) for held in seen(entries, minutes, given).due}


def test_the_forty_minute_pressure_counts_from_the_last_device():
    assert due(dosed(), 20) == {"bp_40_min": (at(55), False)}
    assert due([*dosed()[:-1]], 12) == {"bp_40_min": (at(50), False)}


@pytest.mark.parametrize(("minutes", "overdue"), [(55, False), (59.9, False), (60, True)])
def test_it_is_overdue_at_forty_five(minutes, overdue):
    assert due(dosed(), minutes)["bp_40_min"] == (at(55), overdue)


def test_a_reading_for_it_answers_it_and_a_much_earlier_one_does_not():
    assert due([*dosed(), vitals(50)], 51) == {}
    assert "bp_40_min" in due([*dosed(), vitals(49)], 51)


def test_a_reading_without_a_pressure_does_not():
    assert "bp_40_min" in due([*dosed(), entry("vitals", 55, spo2=98)], 56)


def test_an_infusion_asks_for_each_set_of_its_schedule_in_turn():
    taken, asked = [], []
    for minutes in (15, 30, 45, 60, 90):
        asked.append(next(what for what in due([*infused(), *taken], 11, infusion_plan()) if what.startswith("vitals")))
        taken.append(vitals(10 + minutes))
    assert asked == ["vitals_15_min", "vitals_30_min", "vitals_45_min", "vitals_60_min", "vitals_90_min"]
    assert not [what for what in due([*infused(), *taken], 120, infusion_plan()) if what.startswith("vitals")]


def test_a_late_set_answers_all_that_were_due_before_it():
    assert "vitals_45_min" in due([*infused(), vitals(42)], 43, infusion_plan())


def test_sedation_and_dissociation_are_due_at_the_protocols_times():
    assert due(infused(), 20, infusion_plan())["mental_state_40_min"] == (at(50), False)
    assert "mental_state_80_min" in due([*infused(), scale("CADSS6", 50, 8)], 51, infusion_plan())


def test_the_planned_end_of_an_infusion_is_due_and_pauses_move_it():
    assert due(infused(), 20, infusion_plan())["dose_end"] == (at(50), False)
    assert due(infused(entry("dose_pause", 20)), 30, infusion_plan())["dose_end"] == (at(60), False)
    assert due(infused(), 55, infusion_plan())["dose_end"] == (at(50), True)
    assert "dose_end" not in due(infused(entry("dose_end", 50)), 55, infusion_plan())


def test_nothing_is_due_before_a_dose_and_after_the_end():
    assert due(gate(), 9) == {}
    assert due([*dosed(), *well(), discharge(135)], 200) == {}


def test_repeats_of_one_measure_are_asked_once():
    held = seen([*dosed(), vitals(52, systolic=190)], 53)
    assert [found.what for found in held.due if found.what.startswith("repeat")] == ["repeat_blood_pressure"]
    assert held.next_reading.due_at == at(57)


def test_the_earliest_comes_first():
    held = [found.due_at for found in seen(infused(), 20, infusion_plan()).due]
    assert held == sorted(held)


def test_the_next_device_waits_for_the_rest():
    assert seen([*dosed()[:-1]], 11).next_device_at == at(15)
    assert seen(dosed(), 16).next_device_at is None
    assert seen(dosed(), 16, plan(mg=84)).next_device_at == at(20)
    assert seen([*dosed(), device(20)], 21, plan(mg=84)).next_device_at is None

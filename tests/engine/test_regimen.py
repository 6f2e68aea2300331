"""Regimens read from text, and held against what was studied."""

import pytest

from remit.engine.regimen import check, duration, grid, moments, parse_regimen, repeated
from remit.quantities import BadInput, Route
from tests.engine import world


def read(text, molecule="ketamine", route="intravenous"):
    return world.doses(molecule, text, route)


def test_parts_and_repeats():
    found = read("0.5 mg/kg @0 over 40; 5 mg @ 60; x2 every 3.5 d")
    assert [(one.amount, one.per_kg, one.start_h) for one in found] == [
        (0.5, True, 0), (5, False, 1), (0.5, True, 84), (5, False, 85),
    ]  # fmt: skip
    assert found[0].duration_h == pytest.approx(2 / 3)


def test_a_part_may_name_its_own_route():
    one, two = read("0.5 mg/kg @0 over 40; 50 mg @120 by oral")
    assert (one.formulation.route, two.formulation.route) == (Route.INTRAVENOUS, Route.ORAL)


def test_a_spray_is_its_devices_counted_within_the_session():
    found = read("84 mg @0; x2 every 3.5 d", "esketamine", "intranasal")
    assert [(one.amount, round(one.start_h * 60)) for one in found[:3]] == [(28, 0), (28, 5), (28, 10)]
    assert [one.device for one in found] == [1, 2, 3, 1, 2, 3]


def test_repeats_on_days():
    found = repeated(read("0.5 mg/kg @0 over 40"), moments("repeat", "0,3,7d"))
    assert [one.start_h for one in found] == [0, 72, 168]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "parts such as"),
        ("5 mL @0", "dose: a number with mg or mg/kg"),
        ("5 @0", "dose: a number with mg or mg/kg"),
        ("5 mg", "a part such as"),
        ("5 mg @-5", "time of a dose in min: a number of 0 or more is needed, not '-5'"),
        ("5 mg @nan", "not 'nan'"),
        ("5 mg @0 over -40", "duration in min: a number of 0 or more"),
        ("0 mg @0", "more than 0"),
        ("x2 every 3 d", "doses, then a whole number"),
        ("5 mg @0; x1.5 every 3 d", "doses, then a whole number"),
        ("5 mg @0; x1001 every 3 d", "at most 1000 doses are needed, each spray counted, not 1001"),
        ("5 mg @0; x1000 every 3 d; x1000 every 1 d", "at most 1000 doses are needed, each spray counted, not 1000000"),
        ("5 mg @0; x2 every 0 d", "repeat: more than 0 d is needed"),
        ("5 mg @0 over 1e300", "time of a dose: at most 36500 d is needed"),
        ("5 mg @0; x2 every 40000 d", "time of a dose: at most 36500 d is needed, not 40000 d"),
        ("5 mg @0 by mouth", "route: one of"),
    ],
)
def test_what_cannot_be_read_is_refused(text, reason):
    with pytest.raises(BadInput, match=reason):
        read(text)


def test_a_release_of_its_own_takes_no_duration():
    with pytest.raises(BadInput, match="releases by itself"):
        parse_regimen("50 mg @0 over 40", world.facts().molecules["ketamine"], Route.ORAL, "oral_extended_release")


@pytest.mark.parametrize(
    ("molecule", "route", "text", "good"),
    [
        ("ketamine", "intravenous", "2.0 mg/kg @0 over 40", True),
        ("ketamine", "intravenous", "2.01 mg/kg @0 over 40", False),
        ("ketamine", "intravenous", "1.1 mg/kg @0 over 40; 1.1 mg/kg @120 over 40", False),
        ("ketamine", "intravenous", "1.1 mg/kg @0 over 40; 1.1 mg/kg @1440 over 40", True),
        ("ketamine", "intravenous", "140 mg @0 over 40", True),
        ("ketamine", "intravenous", "141 mg @0 over 40", False),
        ("esketamine", "intranasal", "84 mg @0", True),
        ("esketamine", "intranasal", "112 mg @0", False),
        ("esketamine", "intranasal", "28 mg @0; 28 mg @5; 28 mg @10; 28 mg @15", False),
    ],
)
def test_a_dose_above_what_the_model_knows_is_refused(molecule, route, text, good):
    if good:
        check(read(text, molecule, route), 70)
        return
    with pytest.raises(BadInput, match="dose: at most"):
        check(read(text, molecule, route), 70)


def test_a_dose_too_high_is_named_as_it_was_asked_for():
    with pytest.raises(BadInput, match="at most 84 mg of esketamine by this route within 24 h is needed, not 280 mg"):
        check(read("280 mg @0", "esketamine", "intranasal"), 70)


@pytest.mark.parametrize(
    ("text", "marked"),
    [("1.0 mg/kg @0 over 40", False), ("1.01 mg/kg @0 over 40", True), ("0.1 mg/kg @0", False), ("0.09 mg/kg @0", True),
     ("0.6 mg/kg @0 over 40; 0.6 mg/kg @60 over 40", True)],
)  # fmt: skip
def test_a_session_that_was_never_studied_is_marked(text, marked):
    assert bool(check(read(text), 70)) is marked


@pytest.mark.parametrize(
    "text", ["5", "0:10:0 min", "10:0:1 min", "0:10:1", "-1:10:1 min", "0,-5 min", "3,0 d", "a min",
     "0:1e300:1e-300 min", "0:1e308:1e308 d", "0,1e300 d"]
)  # fmt: skip
def test_output_times_that_make_no_sense_are_refused(text):
    with pytest.raises(BadInput, match="times"):
        grid(text)


def test_output_times():
    assert grid("0:2:0.5 h") == (0, 0.5, 1.0, 1.5, 2.0)
    assert grid("0,30,60 min") == (0, 0.5, 1.0)
    with pytest.raises(BadInput, match="at most 100000 are needed, not 1000001"):
        grid("0:1000000:1 min")


@pytest.mark.parametrize("text", ["40", "40 s", "min", "-40 min", "inf min"])
def test_a_duration_needs_a_number_and_a_unit(text):
    with pytest.raises(BadInput, match="duration"):
        duration("duration", text)


def test_a_dose_stopped_early_gives_what_had_run():
    [one] = read("0.5 mg/kg @10 over 40")
    half = one.stopped((10 + 20) / 60)
    assert (half.amount, half.duration_h) == (pytest.approx(0.25), pytest.approx(1 / 3))
    assert one.stopped(0).amount == 0
    assert one.stopped(5) == one


@pytest.mark.parametrize(("at", "until", "parts"), [(0, 0.1, 1), (2, 3, 1), (0.5, 0.6, 2)])
def test_a_pause_counts_only_while_the_infusion_runs(at, until, parts):
    [one] = read("0.5 mg/kg @10 over 40")
    assert len(one.paused(at, until)) == parts


def test_a_pause_before_the_beginning_delays_it():
    [one] = read("0.5 mg/kg @10 over 40")
    [late] = one.paused(0, 1)
    assert (late.start_h, late.duration_h) == (1, one.duration_h)
    with pytest.raises(BadInput, match="pause"):
        one.paused(1, 0.5)

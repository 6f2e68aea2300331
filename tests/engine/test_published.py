"""What the engine says against what was published, and against the checks that came with the parameters."""

import numpy as np
import pytest

from remit.engine.effects import blocked, filled, load, moaas
from remit.engine.people import People
from remit.engine.simulate import Plan, simulate
from remit.engine.summary import band, clock, half_life, peak
from remit.pathway.kinetics import Site, Window
from remit.quantities import BadInput
from tests.engine import world

IV = "0.5 mg/kg @0 over 40"


def top(result, name="ketamine_ng_ml"):
    return result.summary[name]["cmax"][0]


def at(result, minutes, name="ketamine_ng_ml"):
    return result.values[name][0, minutes]


def test_the_racemic_infusion_gives_the_checked_arterial_curve():
    found = world.simulated("ketamine", IV, "intravenous", site="arterial")
    assert top(found) == pytest.approx(262, rel=0.005)
    assert (at(found, 120), at(found, 240)) == (pytest.approx(46, rel=0.02), pytest.approx(24, rel=0.02))
    assert found.summary["ketamine_ng_ml"]["auc_ng_h_ml"][0] == pytest.approx(416, rel=0.01)
    assert top(found, "esketamine_ng_ml") == pytest.approx(127, rel=0.01)
    assert top(found, "arketamine_ng_ml") == pytest.approx(135, rel=0.01)
    assert top(found, "norketamine_ng_ml") == pytest.approx(103, rel=0.01)
    assert found.summary["norketamine_ng_ml"]["tmax_h"][0] * 60 == pytest.approx(49, abs=1)
    assert found.summary["ketamine_ng_ml"]["half_life_h"][0] == pytest.approx(3.8, rel=0.1)


def test_an_arm_vein_shows_the_clinical_peak_and_its_spread():
    found = world.simulated("ketamine", IV, "intravenous", n=1000)
    peaks = found.summary["ketamine_ng_ml"]["cmax"]
    assert at(world.simulated("ketamine", IV, "intravenous"), 40) == pytest.approx(191, rel=0.02)
    assert 150 < np.median(peaks) < 250
    low, high = np.percentile(peaks, [5, 95]) / np.median(peaks)
    assert (low >= 0.6, high <= 1.6) == (True, True)


@pytest.mark.parametrize(
    ("mg", "cmax", "tmax", "auc", "metabolite"),
    [(28, 43.9, 36, 147, 59.2), (56, 73.0, 41, 254, 120), (84, 101.2, 44, 361, None)],
)
def test_the_spray_gives_the_published_curve(mg, cmax, tmax, auc, metabolite):
    found = world.simulated("esketamine", f"{mg} mg @0", "intranasal", np.linspace(0, 24, 1441))
    assert top(found) == pytest.approx(cmax, rel=0.01)
    assert found.summary["ketamine_ng_ml"]["tmax_h"][0] * 60 == pytest.approx(tmax, abs=1)
    assert found.summary["ketamine_ng_ml"]["auc_window_ng_h_ml"][0] == pytest.approx(auc, rel=0.01)
    if metabolite:
        assert top(found, "norketamine_ng_ml") == pytest.approx(metabolite, rel=0.01)


@pytest.mark.parametrize(
    ("route", "regimen", "cmax", "minutes"),
    [
        ("intramuscular", "0.5 mg/kg @0", 187, 26),
        ("subcutaneous", "0.5 mg/kg @0", 152, 34),
        ("sublingual", "25 mg @0", 34, 35),
        ("oral", "25 mg @0", 20, 42),
    ],
)
def test_the_other_routes_give_the_checked_venous_peaks(route, regimen, cmax, minutes):
    found = world.simulated("ketamine", regimen, route)
    assert top(found) == pytest.approx(cmax, rel=0.02)
    assert found.summary["ketamine_ng_ml"]["tmax_h"][0] * 60 == pytest.approx(minutes, abs=1.5)


@pytest.mark.parametrize(
    ("route", "drug", "ratio"),
    [("oral", "rifampicin", 0.14), ("intravenous", "rifampicin", 0.86), ("oral", "ticlopidine", 2.4),
     ("intranasal", "ticlopidine", 1.29), ("oral", "clarithromycin", 2.6), ("oral", "itraconazole", 1.0),
     ("oral", "st john's wort", 0.42)],
)  # fmt: skip
def test_another_drug_changes_exposure_by_route_as_published(route, drug, ratio):
    before, after = (world.simulated("esketamine", "28 mg @0", route, drugs=drugs) for drugs in ((), (drug,)))
    found = after.summary["ketamine_ng_ml"]["auc_ng_h_ml"] / before.summary["ketamine_ng_ml"]["auc_ng_h_ml"]
    assert found[0] == pytest.approx(ratio, rel=0.03)


def test_the_receptor_block_is_that_of_the_checked_estimates():
    found = world.simulated("ketamine", IV, "intravenous")
    assert found.values["nmda_block"][0, 40] == pytest.approx(0.57, abs=0.02)
    spray = world.simulated("esketamine", "56 mg @0", "intranasal")
    assert spray.values["nmda_block"].max() == pytest.approx(0.40, abs=0.01)


def test_dissociation_passes_4_points_as_often_as_published():
    for mg in (56, 84):
        found = world.simulated("esketamine", f"{mg} mg @0", "intranasal", n=500)
        assert 0.61 <= (found.summary["cadss"]["max"] > 4).mean() <= 0.84


def test_the_mean_systolic_rise_after_the_spray_is_near_the_published():
    found = world.simulated("esketamine", "56 mg @0", "intranasal", n=500)
    mean = found.values["systolic_change_mmhg"].mean(axis=0)
    assert mean.max() == pytest.approx(13.3, rel=0.1)
    assert 0.5 < mean.argmax() / 60 < 1.0


def test_the_mean_diastolic_rise_after_the_spray_is_near_the_published():
    found = world.simulated("esketamine", "56 mg @0", "intranasal", n=500)
    assert found.summary["diastolic_change_mmhg"]["max"].mean() == pytest.approx(8.7, rel=0.1)


def test_who_rises_much_in_one_pressure_rises_much_in_the_other():
    found = world.simulated("esketamine", "56 mg @0", "intranasal", n=500).summary
    upper, lower = (found[f"{name}_change_mmhg"]["max"] for name in ("systolic", "diastolic"))
    assert np.corrcoef(upper, lower)[0, 1] > 0.99


def test_the_pulse_rises_in_the_mean_as_in_741_infusions():
    found = world.simulated("ketamine", IV, "intravenous", n=500).values["pulse_change_per_min"]
    assert found.mean(axis=0).max() == pytest.approx(1.9, rel=0.1)


def test_alertness_falls_as_often_as_the_label_says():
    runs = [world.simulated("esketamine", f"{mg} mg @0", "intranasal", n=1000).summary for mg in (56, 84)]
    lowest = np.concatenate([found["moaas"]["min"] for found in runs])
    assert 0.48 <= (lowest <= 4).mean() <= 0.61
    assert 0.001 <= (lowest == 0).mean() <= 0.008


def test_alertness_comes_in_whole_points_and_returns():
    found = world.simulated("esketamine", "84 mg @0", "intranasal", n=200)
    alert = found.values["moaas"]
    assert set(np.unique(alert)) <= {0.0, 1.0, 2.0, 3.0, 4.0, 5.0}
    assert (alert[:, 0] == 5).all()
    assert (alert[:, -1] == 5).mean() > 0.9


def test_a_point_falls_only_above_its_concentration():
    half = np.array([100.0])
    at = [moaas(6.0, half, np.array([[concentration]]))[0, 0] for concentration in (0.0, 100.0, 100.1, 600.0, 600.1)]
    assert at == [5, 5, 4, 1, 0]


def test_each_quantity_says_how_far_it_is_known():
    found = world.simulated("ketamine", IV, "intravenous").status
    assert found["ketamine_ng_ml"]["link"] == "calibrated"
    assert (found["nmda_block"]["assay"], found["cadss"]["link"]) == ("ebert_1997", "assumed")
    assert world.simulated("ketamine", "0.5 mg/kg @0", "subcutaneous").status["ketamine_ng_ml"]["link"] == "hypothesis"
    assert (
        world.simulated("ketamine", IV, "intravenous", drugs=["rifampicin"]).status["ketamine_ng_ml"]["link"]
        == "assumed"
    )


def test_a_spray_has_no_arterial_model():
    with pytest.raises(BadInput, match="known in venous blood only, not arterial"):
        world.simulated("esketamine", "56 mg @0", "intranasal", site="arterial")


def test_routes_mix_in_one_history():
    mixed = world.simulated("ketamine", f"{IV}; 50 mg @60 by oral", "intravenous")
    apart = [world.simulated("ketamine", IV, "intravenous"), world.simulated("ketamine", "50 mg @60", "oral")]
    total = sum(one.values["ketamine_ng_ml"] for one in apart)
    assert world.worst(mixed.values["ketamine_ng_ml"], total) < 1e-9


def test_blocks_do_not_change_a_patient():
    """The last patient of 300 stands in the second block."""
    whole = world.simulated("ketamine", IV, "intravenous", n=300)
    facts = world.facts()
    alone = People(facts.population, 1, 299, 1, fixed={"weight": 70})
    one = simulate(facts, Plan(whole.plan.doses, alone, whole.plan.times, Site.VENOUS))
    for name in whole.values:
        assert np.allclose(whole.values[name][299], one.values[name][0], rtol=1e-12, atol=1e-15)


def test_too_many_patients_for_memory_are_refused():
    facts = world.facts()
    crowd = People(facts.population, 1, 0, 10**8)
    with pytest.raises(BadInput, match="n: at most"):
        simulate(facts, Plan(world.doses("ketamine", IV, "intravenous"), crowd, np.arange(10.0)))


def test_no_dose_is_refused():
    with pytest.raises(BadInput, match="at least one dose"):
        simulate(world.facts(), Plan((), world.people(), np.arange(2.0)))


def test_the_peak_lies_between_the_points_and_a_corner_stays_a_corner():
    times, window = np.linspace(0, 2, 21), Window(4, 12)
    high, when = peak((1 - (times - 0.93) ** 2)[:, None], clock(times, times, [0.0], 0.0, window))
    assert (high[0], when[0]) == (pytest.approx(1), pytest.approx(0.93))
    corner = np.where(times < 1, times, np.exp(-(times - 1)))[:, None]
    assert peak(corner, clock(times, times, [times[10]], 0.0, window))[0][0] == 1.0


def test_of_two_peaks_that_differ_by_rounding_the_first_counts():
    times = np.linspace(0, 4, 41)
    curve = np.maximum(1 - (times - 1) ** 2, 1 - (times - 3) ** 2)[:, None]
    later = np.where(times[:, None] > 2, curve * (1 + 1e-13), curve)
    assert peak(later, clock(times, times, [], 0.0, Window(4, 12)))[1][0] == pytest.approx(1)
    assert peak(curve + 1e-6 * times[:, None], clock(times, times, [], 0.0, Window(4, 12)))[1][0] == pytest.approx(3)


def test_a_half_life_is_read_over_its_window():
    times = np.linspace(0, 24, 49)
    early, late = (clock(times, times, [], end, Window(4, 12)) for end in (0.0, 20.0))
    assert half_life(np.exp(-np.log(2) / 3 * times)[early.ends, None], early)[0] == pytest.approx(3)
    assert np.isnan(half_life(np.ones((2, 1)), early)[0])
    assert np.isnan(half_life(np.ones((2, 1)), late)[0])


def test_a_band_is_empty_for_the_typical_patient():
    values = np.array([[1.0, np.nan]])
    assert band(values, typical=True) == {"median": [1.0, None], "p05": None, "p95": None}
    assert band(np.arange(101.0), typical=False) == {"median": 50, "p05": 5, "p95": 95}


def test_half_the_receptors_are_blocked_at_the_assays_concentration():
    assay = world.facts().effects.assay("ebert_1997")
    assert blocked(np.array([0.3 * load(1.0, assay)["S", "ketamine"]]))[0] == pytest.approx(0.5)
    with pytest.raises(BadInput, match="assay: one of ebert_1997, moaddel_2013"):
        world.facts().effects.assay("guess")


def test_half_the_effect_stands_at_half_concentration():
    curve = world.facts().effects.systolic
    assert filled(curve, np.array([[110.0], [0.0]]))[:, 0].tolist() == [pytest.approx(0.5), 0]


def test_where_no_s_ketamine_is_no_effect_is_claimed():
    found = world.simulated("arketamine", IV, "intravenous")
    assert "nmda_block" in found.values
    assert {"cadss", "systolic_change_mmhg"}.isdisjoint(found.values)


PROTOCOLS = [
    ("ketamine", "intravenous", "0.5 mg/kg @0 over 40; x6 every 2.4 d", None),
    ("ketamine", "subcutaneous", "0.9 mg/kg @0; x8 every 3.5 d", None),
    ("ketamine", "intramuscular", "0.5 mg/kg @0", None),
    ("ketamine", "oral", "7 mg/kg @0", None),
    ("ketamine", "sublingual", "400 mg @0", None),
    ("ketamine", "oral", "180 mg @0; x10 every 3.5 d", "oral_extended_release"),
    ("esketamine", "intravenous", "0.4 mg/kg @0 over 40", None),
    ("esketamine", "subcutaneous", "1.0 mg/kg @0", None),
    ("esketamine", "intranasal", "84 mg @0; x8 every 3.5 d", None),
    ("arketamine", "intravenous", "0.5 mg/kg @0 over 40", None),
]


@pytest.mark.parametrize(("molecule", "route", "regimen", "formulation"), PROTOCOLS)
def test_the_doses_of_the_protocols_run_within_what_the_models_know(molecule, route, regimen, formulation):
    doses = world.doses(molecule, regimen, route, formulation)
    found = simulate(world.facts(), Plan(doses, world.people(), np.arange(0, 24.0)))
    assert np.isfinite(found.values["ketamine_ng_ml"]).all()

"""The closed form against answers that do not come from it: textbook forms, the matrix exponential, an ODE solver."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from remit.engine.course import run
from remit.engine.exponential import exponential
from remit.engine.people import People, parameters
from remit.engine.simulate import followers
from remit.engine.structure import Follower, matrices, structure, volumes
from remit.pathway.kinetics import Path
from remit.quantities import BadInput
from tests.engine import world

T = np.linspace(0, 24, 49)


def only(held, *doses, times=T, followers=()):
    return run(held, list(doses), world.people(), times, followers)


def test_a_bolus_falls_as_one_exponential():
    found = only(world.one_compartment(), world.given(world.one_compartment()))
    assert world.worst(found.of("c"), 2.0 * np.exp(-0.4 * T)[None]) < 1e-13
    assert found.whole_area()[0, 0] == pytest.approx(100 / 20, rel=1e-13)


def test_an_infusion_rises_and_falls_as_the_textbook_says():
    held = world.one_compartment()
    found = only(held, world.given(held, over=3.0)).of("c")
    rising = (1 - np.exp(-0.4 * np.minimum(T, 3))) * np.exp(-0.4 * np.maximum(T - 3, 0))
    assert world.worst(found, (100 / 3 / 20 * rising)[None]) < 1e-13


def test_an_absorbed_dose_follows_bateman():
    held = world.one_compartment(ka=1.5)
    found = only(held, world.given(held, paths=[Path("c", rate="ka")])).of("c")
    expected = 2.0 * 1.5 / (1.5 - 0.4) * (np.exp(-0.4 * T) - np.exp(-1.5 * T))
    assert world.worst(found, expected[None]) < 1e-13


def test_lag_zero_order_and_share_of_a_path_act():
    held = world.one_compartment(lag=1.0, hours=2.0, f=0.25)
    found = only(held, world.given(held, paths=[Path("c", ("not f",), None, "hours", "lag")])).of("c")
    same = only(held, world.given(held, amount=75.0, start=1.0, over=2.0)).of("c")
    assert world.worst(found, same) < 1e-13


def test_two_compartments_fall_as_two_exponentials():
    held = world.system(
        [("c", "V"), ("p", "V2")],
        [("c", None, "CL", True, False), ("c", "p", "Q", True, True)],
        {"CL": 20.0, "V": 50.0, "Q": 30.0, "V2": 80.0},
    )
    k, k12, k21 = 0.4, 0.6, 0.375
    half = np.sqrt((k + k12 + k21) ** 2 - 4 * k * k21)
    alpha, beta = (k + k12 + k21 + half) / 2, (k + k12 + k21 - half) / 2
    expected = 2 * ((alpha - k21) * np.exp(-alpha * T) + (k21 - beta) * np.exp(-beta * T)) / (alpha - beta)
    assert world.worst(only(held, world.given(held)).of("c"), expected[None]) < 1e-12


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_chain_of_equal_rates_gives_the_erlang_curve(length):
    names = [f"t{at}" for at in range(length)]
    flows = [(one, two, "k", False, False) for one, two in zip(names, [*names[1:], None], strict=True)]
    held = world.system([(name, None) for name in names], flows, {"k": 2.0})
    found = only(held, world.given(held, paths=[Path("t0")]))
    factorial = float(np.prod(np.arange(1, length)))
    expected = 100 * (2.0 * T) ** (length - 1) / factorial * np.exp(-2.0 * T)
    assert found.handed_over == 0
    assert world.worst(found.of(names[-1]), expected[None]) < 1e-12


@pytest.mark.parametrize("length", [2, 3])
def test_an_infusion_into_a_chain_of_equal_rates_equals_the_exponential(length):
    names = [f"t{at}" for at in range(length)]
    flows = [(one, two, "k", False, False) for one, two in zip(names, [*names[1:], None], strict=True)]
    held = world.system([(name, None) for name in names], flows, {"k": 2.0})
    found = only(held, world.given(held, over=2.5, paths=[Path("t0")]))
    matrix = np.diag([-2.0] * length) + np.diag([2.0] * (length - 1), -1)
    assert world.worst(found.concentration[0], world.by_exponential(matrix, [(0, 100, 0, 2.5)], T)) < 1e-12


@pytest.mark.parametrize("apart", [0.0, 1e-15, 1e-12, 1e-9, 1e-7, 1e-6, 1e-5, 1e-4, 1e-3, 1e-2])
def test_rates_that_meet_are_handled(apart):
    """Absorption as fast as elimination: the limit is k t exp(-k t), and near it the exponential says what is right."""
    held = world.one_compartment(ka=0.4 * (1 + apart))
    found = only(held, world.given(held, paths=[Path("c", rate="ka")]))
    ka = 0.4 * (1 + apart)
    matrix = np.array([[-ka, 0.0], [ka, -0.4]])
    expected = world.by_exponential(matrix, [(0, 100.0, 0.0, 0.0)], T)[1] / 50
    assert world.worst(found.of("c"), expected[None]) < 1e-10
    if apart == 0:
        assert found.handed_over == 1
        assert world.worst(found.of("c"), (2.0 * 0.4 * T * np.exp(-0.4 * T))[None]) < 1e-12


def test_coincident_modes_within_an_exchange_need_no_help():
    """Two equal peripheral compartments: the matrix has a double rate, and stays diagonal."""
    held = world.system(
        [("c", "V"), ("p", "V2"), ("q", "V2")],
        [("c", None, "CL", True, False), ("c", "p", "Q", True, True), ("c", "q", "Q", True, True)],
        {"CL": 20.0, "V": 50.0, "Q": 30.0, "V2": 80.0},
    )
    found = only(held, world.given(held))
    matrix = matrices(found.held, {k: np.array([v.value]) for k, v in held.parameters.items()}, {})[0]
    expected = world.by_exponential(matrix, [(found.held.at("c"), 100, 0, 0)], T)[found.held.at("c")] / 50
    assert found.handed_over == 0
    assert world.worst(found.of("c"), expected[None]) < 1e-12


def test_a_short_infusion_tends_to_a_bolus():
    held = world.one_compartment()
    bolus = only(held, world.given(held), times=T[1:]).of("c")
    gaps = [
        world.worst(only(held, world.given(held, over=over), times=T[1:]).of("c"), bolus) for over in (1e-2, 1e-4, 1e-6)
    ]
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 1e-6


def test_a_follower_lags_and_drains_nothing():
    held = world.one_compartment()
    found = only(held, world.given(held), followers=(Follower("vein", "c", 3.0),))
    assert world.worst(found.of("c"), 2.0 * np.exp(-0.4 * T)[None]) < 1e-13
    expected = 2.0 * 3.0 / (3.0 - 0.4) * (np.exp(-0.4 * T) - np.exp(-3.0 * T))
    assert world.worst(found.of("vein"), expected[None]) < 1e-13


def test_a_loop_that_is_no_exchange_is_refused():
    flows = [("a", "b", "k", False, False), ("b", "c", "k", False, False), ("c", "a", "k", False, False)]
    held = world.system([("a", None), ("b", None), ("c", None)], flows, {"k": 1.0})
    with pytest.raises(BadInput, match="a loop that is no exchange"):
        only(held, world.given(held))


def test_the_engines_own_exponential_agrees_with_pade():
    matrix = np.array([[-25.0, 3.0, 0.0], [20.0, -4.0, 0.5], [0.0, 1.0, -0.5]])
    assert np.abs(exponential(matrix[None] * 7)[0] - world.pade(matrix * 7)).max() < 1e-14


TIMES = np.array([0.01, 0.1, 0.25, 0.5, 2 / 3, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0])


def test_a_mode_beside_a_chain_of_its_rate_costs_no_digits_of_the_others():
    """Found among 1,024 whose parameters spread by half as much again: 25.0622 beside the transit steps' 25.06."""
    facts, [one] = world.facts(), world.doses("ketamine", "0.5 mg/kg @0 over 40", "intravenous")
    held = one.formulation.systems["S"]
    wide = replace(held, parameters={name: replace(each, sd=1.5 * each.sd) for name, each in held.parameters.items()})
    found = run(wide, [one], People(facts.population, 3, 468, 1), TIMES)
    rates = np.sort(found.closed.rates[:, 0])
    assert np.diff(rates)[np.diff(rates) > 0].min() / rates[-1] < 1e-4
    inputs = [(put.state, put.amount[0], put.start_h, put.duration_h) for put in found.given]
    expected = world.by_exponential(found.matrix[0], inputs, TIMES) / found.volume[0][:, None]
    assert world.worst(found.concentration[0], expected) < 2e-10


def test_late_times_alone_are_as_exact():
    doses = list(world.doses("ketamine", "0.5 mg/kg @0", "subcutaneous"))
    held, late = doses[0].formulation.systems["S"], np.array([72.0, 96.0])
    alone = run(held, doses, world.people(20), late).of("nor")
    among = run(held, doses, world.people(20), np.concatenate([TIMES, late])).of("nor")[:, -2:]
    assert np.allclose(alone, among, rtol=1e-7)


def test_the_default_model_agrees_with_a_tight_ode_solver():
    """Runge and Kutta's fourth order at a 4000th of an hour, on the published equations written out anew."""
    p = world.facts().molecules["ketamine"].formulations[0].systems["S"].parameters
    v = {name: held.value for name, held in p.items()}

    def slope(y):
        c, s, d, a, b, n, m, e, f, h, ven = y
        return np.array([
            -(v["CL"] + v["Q2"] + v["Q3"]) / v["V1"] * c + v["Q2"] / v["V2"] * s + v["Q3"] / v["V3"] * d,
            v["Q2"] / v["V1"] * c - v["Q2"] / v["V2"] * s,
            v["Q3"] / v["V1"] * c - v["Q3"] / v["V3"] * d,
            v["fm"] * v["CL"] / v["V1"] * c - v["ktr"] * a,
            v["ktr"] * (a - b),
            v["ktr"] * b - (v["CLn"] + v["Qn"]) / v["Vn"] * n + v["Qn"] / v["Vn2"] * m,
            v["Qn"] / v["Vn"] * n - v["Qn"] / v["Vn2"] * m,
            v["fh"] * v["CLn"] / v["Vn"] * n - v["ktrh"] * e,
            v["ktrh"] * (e - f),
            v["ktrh"] * f - v["CLh"] / v["Vh"] * h,
            v["kv"] * (c / v["V1"] - ven),
        ])  # fmt: skip

    step, y, expected = 1 / 4000, np.zeros(11), []
    y[0] = 70.0
    for at in range(4000 * 4 + 1):
        if at % 2000 == 0:
            expected.append([y[0] / v["V1"], y[5] / v["Vn"], y[9] / v["Vh"], y[10]])
        k1 = slope(y)
        k2 = slope(y + step / 2 * k1)
        k3 = slope(y + step / 2 * k2)
        k4 = slope(y + step * k3)
        y = y + step / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
    held = world.facts().molecules["ketamine"].formulations[0].systems["S"]
    found = run(
        held, [world.given(held, amount=70.0, paths=[Path("central")])], world.people(), np.arange(0, 4.1, 0.5),
        followers(world.facts(), held),
    )  # fmt: skip
    mine = np.array([found.of(name)[0] for name in ("central", "nor", "hydroxynor", "venous")])
    assert world.worst(mine, np.array(expected).T) < 1e-9


def test_what_went_in_is_still_there_or_has_left():
    """Mass balance of the default model: amounts in the body and what its clearances carried out."""
    facts, doses = world.facts(), list(world.doses("ketamine", "0.5 mg/kg @0 over 40", "intravenous"))
    held = doses[0].formulation.systems["R"]
    found = run(held, doses, world.people(64), TIMES)
    own, _ = parameters(held, (doses[0].formulation,), world.people(64))
    volume = volumes(found.held, own)[:, :, None]
    there = (found.concentration * volume).sum(axis=1)
    areas = np.stack([found.area(at) for at in range(len(TIMES))], axis=-1)
    area = {name: areas[:, found.held.at(name)] for name in found.held.states}
    left = (own["CL"] * (1 - own["fm"]))[:, None] * area["central"]
    left = left + (own["CLn"] * (1 - own["fh"]))[:, None] * area["nor"] + own["CLh"][:, None] * area["hydroxynor"]
    molar = facts.molecules["ketamine"].molar_mass
    given = 35 / 2 / molar * 1000 * np.clip(TIMES / (2 / 3), 0, 1)
    assert world.worst(there + left, np.broadcast_to(given, there.shape)) < 1e-10


parts = st.lists(
    st.tuples(
        st.floats(0.1, 1.0),
        st.floats(0, 30),
        st.sampled_from([0.0, 1 / 3, 2 / 3, 5.0, 40.0]),
        st.sampled_from(["intravenous", "subcutaneous", "oral"]),
        st.none() | st.tuples(st.floats(0, 30), st.floats(0, 10)),
    ),
    min_size=1,
    max_size=5,
)


def _doses(drawn):
    found = []
    for amount, start, over, route, pause in drawn:
        one = world.doses("ketamine", f"{amount:.6f} mg/kg @{start * 60:.6f} over {over * 60:.6f}", route)[0]
        found += one.paused(pause[0], pause[0] + pause[1]) if pause else [one]
    return found


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(parts)
def test_any_history_is_the_sum_of_its_doses(drawn):
    """Superposition over routes, overlaps, pauses and infusions that outlast the interval; and twice is twice."""
    doses, crowd, times = _doses(drawn), world.people(3), np.linspace(0, 72, 25)
    held = doses[0].formulation.systems["S"]
    whole = run(held, doses, crowd, times, (Follower("venous", "central", "kv"),))
    alone = [run(held, [one], crowd, times, (Follower("venous", "central", "kv"),)) for one in doses]
    for state in ("central", "nor", "hydroxynor", "venous"):
        total = sum(one.of(state) for one in alone)
        assert (whole.of(state) >= -1e-12).all()
        assert world.worst(whole.of(state), np.asarray(total)) < 1e-9
    total_area = sum(one.whole_area()[:, one.held.at("central")] for one in alone)
    assert np.allclose(whole.whole_area()[:, whole.held.at("central")], total_area, rtol=1e-11)
    double = run(held, [*doses, *doses], crowd, times)
    assert world.worst(double.of("central"), 2 * whole.of("central")) < 1e-9


def test_a_pause_gives_the_same_amount_later():
    [one] = world.doses("ketamine", "0.5 mg/kg @0 over 40", "intravenous")
    first, second = one.paused(0.25, 1.0)
    assert first.amount + second.amount == pytest.approx(0.5)
    assert (first.duration_h, second.start_h) == (0.25, 1.0)
    assert second.end_h == pytest.approx(2 / 3 + 0.75)


def test_the_structure_puts_what_feeds_first():
    held = world.doses("ketamine", "25 mg @0", "oral")[0].formulation
    found = structure(held.systems["S"], (held,))
    assert (
        found.at("depot ketamine oral_immediate_release 0")
        < found.at("central")
        < found.at("first_transit")
        < found.at("nor")
    )


def test_formulations_of_two_molecules_stay_apart():
    """Both have an oral tablet, with another availability each."""
    racemic, single = world.doses("ketamine", "50 mg @0", "oral"), world.doses("esketamine", "14 mg @0", "oral")
    held = racemic[0].formulation.systems["S"]
    both = run(held, [*racemic, *single], world.people(5), T[1:])
    apart = [run(held, list(one), world.people(5), T[1:]).of("central") for one in (racemic, single)]
    assert world.worst(both.of("central"), apart[0] + apart[1]) < 1e-9

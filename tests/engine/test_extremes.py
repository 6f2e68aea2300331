"""The patients whose rates come nearest to each other, where digits cancel most: on every route, of several seeds,
doses and variabilities, against scipy's matrix exponential, and against an ODE solver that knows nothing of either."""

from dataclasses import replace
from functools import cache
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import solve_ivp

from remit.engine.course import run
from remit.engine.mood import Plasticity
from remit.engine.people import People
from remit.engine.simulate import Plan, followers, simulate
from tests.engine import world
from tests.engine.trials import draws

ROUTES = {
    "intravenous": ("ketamine", None, "{0} mg/kg @0 over 40; {1} mg/kg @30 over 90", (0.5, 0.25)),
    "intranasal": ("ketamine", None, "{0} mg @0; {1} mg @5", (25, 25)),
    "intranasal, esketamine": ("esketamine", None, "{0} mg @0; {1} mg @5", (28, 28)),
    "subcutaneous": ("ketamine", None, "{0} mg/kg @0; {1} mg/kg @75", (0.5, 0.25)),
    "intramuscular": ("ketamine", None, "{0} mg/kg @0; {1} mg/kg @75", (0.5, 0.25)),
    "sublingual": ("ketamine", None, "{0} mg @0; {1} mg @90", (50, 25)),
    "oral": ("ketamine", "oral_immediate_release", "{0} mg @0; {1} mg @90 over 10", (50, 25)),
    "oral, extended": ("ketamine", "oral_extended_release", "{0} mg @0; {1} mg @90", (50, 50)),
    "oral, prolonged": ("ketamine", "oral_prolonged_release", "{0} mg @0; {1} mg @90", (50, 50)),
}
CROWDS = ((1, 1.0, 1.0), (2, 1.0, 0.5), (3, 1.5, 1.2))
"""Seed, how far parameters spread, and how much of the dose is given."""
PEOPLE, MOST_EXTREME = 512, 86
TIMES = np.array([0.02, 0.25, 1.0, 1.6, 4.0, 24.0])


def crowd(route, seed, spread, dose, kernel=None):
    """A crowd on a route, and which of it are the most extreme."""
    molecule, formulation, regimen, amounts = ROUTES[route]
    read = world.doses(molecule, regimen.format(*(dose * one for one in amounts)), route.split(",")[0], formulation)
    held = read[0].formulation.systems["S"]
    wide = replace(held, parameters={name: replace(one, sd=spread * one.sd) for name, one in held.parameters.items()})
    way = replace(read[0].formulation, systems={**read[0].formulation.systems, "S": wide})
    doses = [replace(one, formulation=way) for one in read]
    people, watched = People(world.facts().population, seed, 0, PEOPLE), followers(world.facts(), wide)
    found = run(wide, doses, people, TIMES, watched, kernel=kernel)
    return found, nearest(found)[:MOST_EXTREME]


def nearest(found):
    """The patients by how near two of their rates come to each other, the nearest first."""
    rates = np.sort(found.closed.rates, axis=0)
    apart = np.diff(rates, axis=0) / rates[1:]
    # Transit steps have one rate by construction.
    return np.argsort(np.where(apart > 0, apart, np.inf).min(axis=0))


crowds = cache(lambda route: [crowd(route, *one) for one in CROWDS])


@pytest.mark.parametrize("route", ROUTES)
def test_the_most_extreme_patients_agree_with_the_matrix_exponential(compiled_code, route):
    """By numpy and by compiled code."""
    for one, (found, extreme) in zip(CROWDS, crowds(route), strict=True):
        assert (len(extreme), found.handed_over < PEOPLE * 2 / 3) == (MOST_EXTREME, True)
        expected = world.by_exponentials(found, extreme, TIMES)
        assert world.worst(found.concentration[extreme], expected) < 1e-9
        compiled, _ = crowd(route, *one, compiled_code)
        assert world.worst(compiled.concentration[extreme], expected) < 1e-9


@pytest.mark.parametrize("route", ROUTES)
def test_the_most_extreme_of_all_agree_with_a_tight_ode_solver(route):
    for found, extreme in crowds(route):
        some = extreme[:2]
        expected = by_solver(found, some, TIMES[:-1])
        assert world.worst(found.concentration[some, :, :-1], expected) < 1e-9


def by_solver(found, some, times):
    """The same by steps of the eighth order, restarted where what enters changes."""
    matrix, states = found.matrix[some], found.matrix.shape[1]
    edges = sorted({0.0, *times, *(at for one in found.given for at in (one.start_h, one.end_h) if at < times[-1])})
    now = np.zeros((len(some), states))
    kept = []
    for begin, end in zip(edges, [*edges[1:], None], strict=True):
        rate = np.zeros_like(now)
        for one in found.given:
            if one.duration_h == 0 and one.start_h == begin:
                now[:, one.state] += one.amount[some]
            if one.duration_h and one.start_h <= begin < one.end_h:
                rate[:, one.state] += one.amount[some] / one.duration_h
        if begin in times:
            kept.append(now / found.volume[some])
        if end is not None:
            solved = solve_ivp(
                lambda _, y, rate=rate: (np.einsum("pij,pj->pi", matrix, y.reshape(rate.shape)) + rate).ravel(),
                (begin, end), now.ravel(), "DOP853", rtol=1e-12, atol=1e-13 * max(now.max(), 1.0),
            )  # fmt: skip
            now = solved.y[:, -1].reshape(now.shape)
    return np.stack(kept, axis=-1)


def test_session_effects_of_the_most_extreme_follow_from_exact_concentrations():
    """As they are given out: S and R together, in venous blood, with the curves of the effects behind the brain."""
    [(found, extreme), *_] = crowds("intravenous")
    doses = world.doses("ketamine", ROUTES["intravenous"][2].format(*ROUTES["intravenous"][3]), "intravenous")
    people, known = People(world.facts().population, 1, 0, PEOPLE), world.facts().effects
    given_out = simulate(world.facts(), Plan(doses, people, TIMES)).values
    mirrored = run(
        doses[0].formulation.systems["R"], list(doses), people, TIMES, followers(world.facts(), found_in("R"))
    )
    exact = [world.by_exponentials(one, extreme, TIMES) for one in (found, mirrored)]
    mass = world.facts().molar_masses["ketamine"]
    blood = sum(one[:, found.held.at("venous")] for one in exact) * mass
    assert world.worst(given_out["ketamine_ng_ml"][extreme], blood) < 1e-9
    brain, vessels = (exact[0][:, found.held.at(f"{site} central")] * mass for site in ("brain", "pressure"))
    for name, curve, driven in (
        ("cadss", known.dissociation, brain),
        ("systolic_change_mmhg", known.systolic, vessels),
    ):
        top = people.around(f"effect {curve.top.name}", curve.top, np.full(PEOPLE, curve.top.value))[extreme, None]
        expected = top / (1 + (curve.half_ng_ml / np.maximum(driven, 1e-300)) ** curve.steepness)
        assert world.worst(given_out[name][extreme], expected) < 1e-6


def found_in(enantiomer):
    return world.doses("ketamine", "1 mg @0", "intravenous")[0].formulation.systems[enantiomer]


def test_the_stores_of_the_most_extreme_agree_with_a_tight_ode_solver():
    """Plasticity through a series and a month after it, of 4,000 people in 200 worlds that the doubt allows."""
    held = Plasticity.of(draws(20, trials=200, unsure=True))
    sizes = np.log([held.fast_rate, held.slow_rate, held.consolidation])
    far = np.abs((sizes - sizes.mean(axis=1)[:, None]) / sizes.std(axis=1)[:, None]).max(axis=0)
    some = np.argsort(-far)[:256]
    held = replace(held, **{name: getattr(held, name)[some] for name in MOOD_ARRAYS})
    for slow, total, state in through_a_series(held):
        assert world.worst(slow[:, None], state[2][:, None]) < 1e-8
        assert world.worst(total[:, None], np.minimum(state[1] + state[2], 1.0)[:, None]) < 1e-8


def through_a_series(held):
    """After each session the engine's slow store and whole plasticity, and the three stores by the solver."""
    strength, state = np.linspace(0.1, 0.95, len(held.fast)), np.zeros((3, len(held.fast)))
    for earlier, (begin, end) in enumerate(pairwise((0.0, 2.0, 4.0, 7.0, 9.0, 11.0, 40.0))):
        held.dose(strength)
        held.pass_on(end - begin)
        state[0] += strength * np.maximum(1 - state.sum(axis=0), 0)
        state = stores(held, held.consolidation * earlier / (earlier + held.half_doses), state, end - begin)
        yield held.slow, held.total, state


MOOD_ARRAYS = ("fast_rate", "slow_rate", "consolidation", "onset", "fast", "slow", "doses")


def stores(held, rate, state, days):
    def slope(_, y):
        onset, fast, slow = y.reshape(3, -1)
        entering = held.onset_rate * onset
        return np.concatenate(
            [-entering, entering - held.fast_rate * fast, rate * fast * (1 - slow) - held.slow_rate * slow]
        )

    return solve_ivp(slope, (0, days), state.ravel(), "DOP853", rtol=1e-11, atol=1e-13).y[:, -1].reshape(3, -1)

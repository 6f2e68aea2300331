"""Compiled code beside numpy: the same numbers, whoever is computed together, and only where it pays."""

import numpy as np
import pytest

from remit.engine import blocks, drawing, fast, kernels, tape, tracing
from remit.engine.course import run
from remit.engine.modes import exponentials
from remit.engine.simulate import Plan, followers, simulate
from tests.engine import world

TIMES = np.concatenate([np.linspace(0, 4, 25), [12.0, 24.0, 49.5]])
REGIMENS = [
    ("ketamine", "0.5 mg/kg @0 over 40; 25 mg @90 by oral", "intravenous"),
    ("esketamine", "28 mg @0; 28 mg @5; x2 every 1 d", "intranasal"),
]
PEOPLE = 130


@pytest.fixture
def compiled(compiled_code):
    yield compiled_code
    fast.use(None)


def course(molecule, regimen, route, kernel, people=PEOPLE):
    doses = list(world.doses(molecule, regimen, route))[:1]
    held = doses[0].formulation.systems["S"]
    return run(held, doses, world.people(people, seed=5), TIMES, followers(world.facts(), held), kernel=kernel)


@pytest.mark.parametrize(("molecule", "regimen", "route"), REGIMENS)
def test_compiled_code_gives_numpys_curves_and_areas(compiled, molecule, regimen, route):
    found, expected = (course(molecule, regimen, route, kernel) for kernel in (compiled, None))
    assert world.worst(found.concentration, expected.concentration) < 5e-10
    assert np.allclose(found.whole_area(), expected.whole_area(), rtol=1e-11)
    # numpy looks at every eighth time, and compiled code at each: they need not look after the same patients.
    assert found.apart.any()


def test_the_same_code_runs_uncompiled():
    with np.errstate(all="ignore"):
        found, expected = (course(*REGIMENS[0], kernel, 2) for kernel in (fast.PLAIN, None))
    assert world.worst(found.concentration, expected.concentration) < 1e-11


@pytest.mark.parametrize("workers", [1, 3])
def test_neither_blocks_nor_threads_change_a_bit_of_compiled_numbers(monkeypatch, compiled, workers):
    fast.use(True)
    plan = Plan(world.doses(*REGIMENS[1]), world.people(PEOPLE, seed=5), TIMES)
    whole = simulate(world.facts(), plan).values
    monkeypatch.setattr(blocks, "COMPILED", 33)
    for name, each in simulate(world.facts(), plan, workers=workers).values.items():
        assert np.array_equal(each, whole[name]), name


LATER = ("ketamine", "0.5 mg/kg @30 over 40", "intravenous")


@pytest.mark.parametrize("given", [REGIMENS[:1], REGIMENS[1:], [LATER], [LATER, REGIMENS[1]]])
def test_compiled_code_reads_what_numpy_reads(compiled, given):
    """Also before the first dose, and of two models whose doses come at other times."""
    doses = tuple(dose for one in given for dose in world.doses(*one))
    plan = Plan(doses, world.people(PEOPLE, seed=5), TIMES)
    fast.use(True)
    found = simulate(world.facts(), plan)
    fast.use(False)
    expected = simulate(world.facts(), plan)
    for name, each in expected.values.items():
        assert world.worst(found.values[name], each) < 5e-10, name
        for what in set(expected.summary[name]) - {"tmax_h", "tmin_h"}:
            one, other = found.summary[name][what], expected.summary[name][what]
            assert np.allclose(one, other, rtol=1e-9, atol=0, equal_nan=True), (name, what)
    when = [held.summary["esketamine_ng_ml"]["tmax_h"] for held in (found, expected)]
    assert np.median(np.abs(when[0] - when[1])) < 1e-9


def test_the_highest_of_each_and_a_row_put_past_the_cache_are_the_same_uncompiled():
    curve, top, shown = (
        np.random.default_rng(1).normal(size=3 * kernels.LANES),
        np.zeros(kernels.LANES),
        kernels.memory(2, 3, kernels.LANES),
    )
    shown[:] = 0.0
    for sign in (1.0, -1.0):
        tracing.highest(top, curve, 3, sign)
        assert np.array_equal(top, (sign * curve.reshape(3, -1)).max(axis=0))
    tracing.put_past(shown, 5 * kernels.LANES, curve, kernels.LANES)
    assert np.array_equal(shown[1, 2], curve[kernels.LANES : 2 * kernels.LANES])
    assert not shown[0].any()


def test_powers_keep_every_digit():
    x = np.geomspace(1e-200, 1e9, 300)
    with np.errstate(over="ignore"):
        found = [tracing.power(each, 1.7) for each in x]
        assert [tracing.power(each, 1.7) for each in np.array([0.0, -1e-9, 1.0])] == [0.0, 0.0, 1.0]
    assert np.allclose(found, x**1.7, rtol=1e-12)


def test_exponentials_keep_every_digit():
    x = -np.concatenate([[0.0], np.geomspace(1e-300, 700, 400)])
    with np.errstate(over="ignore"):
        pairs = [kernels.exponential(each) for each in x]
    assert np.allclose([two * rest + two for two, rest in pairs], np.exp(x), rtol=4e-16)
    assert np.allclose([two * rest + (two - 1.0) for two, rest in pairs], np.expm1(x), rtol=1e-15)


def test_what_is_left_of_an_input_agrees_with_numpy(compiled):
    rates = np.abs(np.random.default_rng(1).normal(size=(2, 5)))
    rates[0, 0] = 0.0
    for hours in (1e-9, 0.5, 100.0):
        for one, other in zip(exponentials(rates, hours, compiled), exponentials(rates, hours), strict=True):
            assert np.allclose(one, other, rtol=1e-14)


@pytest.mark.parametrize("size", [2, 3, 4])
def test_rotations_set_modes_apart_as_lapack_does(compiled, size):
    held = np.random.default_rng(size).lognormal(0, 2, (size, size, 70))
    held += held.transpose(1, 0, 2)
    held[0, 1, :3] = held[1, 0, :3] = 0.0
    record = tape.Tape()
    lines = [[record.input(f"{min(row, at)} {max(row, at)}") for at in range(size)] for row in range(size)]
    values, vectors = record.turned(lines)
    steps = tape.program(record, [*values, *(each for row in vectors for each in row)])
    normals = np.stack([held[tuple(int(each) for each in key.split())] for key in steps.inputs])
    found = np.empty((size + size**2, 70))
    compiled.worked(found, normals, steps.steps, steps.numbers, steps.constants, (steps.registers, steps.largest))
    values, vectors = found[:size], found[size:].reshape(size, size, 70)
    expected = np.linalg.eigvalsh(held.transpose(2, 0, 1)).T
    scale = np.abs(expected).max(axis=0)
    assert (np.abs(values - expected) / scale).max() < 1e-14
    assert (np.abs(np.einsum("ijn,jkn->ikn", held, vectors) - vectors * values) / scale).max() < 1e-14


def test_compiled_code_is_loaded_for_a_large_crowd_alone(monkeypatch):
    monkeypatch.setattr(fast, "compiled", lambda: fast.PLAIN)
    assert [fast.kernel(many) for many in (fast.WORTH - 1, fast.WORTH)] == [None, fast.PLAIN]
    for wish, expected in ((True, fast.PLAIN), (False, None)):
        fast.use(wish)
        assert fast.kernel(1 if wish else fast.WORTH) is expected
    fast.use(None)
    monkeypatch.setattr(fast, "find_spec", lambda name: None)
    assert fast.kernel(fast.WORTH) is None


def test_code_that_cannot_be_kept_is_compiled_all_the_same(monkeypatch):
    import numba

    def nowhere(cache=False, **how):
        if cache:
            raise RuntimeError("cannot cache function: no locator available")
        return lambda function: ("compiled", function)

    monkeypatch.setattr(numba, "njit", nowhere)
    assert fast.compiled.__wrapped__().curves == ("compiled", drawing.curves)

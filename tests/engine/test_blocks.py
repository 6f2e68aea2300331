"""The same answer, bit for bit, however the patients are split and on however many threads."""

import numpy as np
import pytest

from remit.engine import blocks as module
from remit.engine import curves, fast
from remit.engine.simulate import Plan, simulate
from tests.engine import world

TIMES = np.concatenate([np.linspace(0, 4, 25), [12.0, 24.0, 49.5]])
REGIMENS = [
    ("ketamine", "0.5 mg/kg @0 over 40; 25 mg @90 by oral", "intravenous"),
    ("ketamine", "0.5 mg/kg @0", "subcutaneous"),
    ("esketamine", "28 mg @0; 28 mg @5; x2 every 1 d", "intranasal"),
]
PEOPLE = 33


def numbers(molecule, regimen, route, workers=1):
    crowd = world.people(PEOPLE, seed=5)
    found = simulate(world.facts(), Plan(world.doses(molecule, regimen, route), crowd, TIMES), workers=workers)
    summary = {f"{name} {what}": each for name, held in found.summary.items() for what, each in held.items()}
    return {**found.values, **summary, "handed over": np.array(found.handed_over)}


@pytest.mark.parametrize(("molecule", "regimen", "route"), REGIMENS)
def test_neither_blocks_nor_threads_change_a_bit(monkeypatch, molecule, regimen, route):
    whole = numbers(molecule, regimen, route)
    for size, workers in ((1, 1), (16, 3), (32, 2)):
        monkeypatch.setattr(module, "BLOCK", size)
        for name, each in numbers(molecule, regimen, route, workers).items():
            assert np.array_equal(each, whole[name], equal_nan=True), (name, size, workers)


def test_what_would_be_compiled_adds_the_same_in_the_same_order():
    """numba is no requirement: its function is run as it stands, beside numpy's."""
    draw = np.random.default_rng(1).normal
    rows, which, coefficients = draw(size=(5, 7, 3)), np.array([4, 0, 2]), draw(size=(3, 3))
    ours, theirs = np.empty((7, 3)), np.empty((7, 3))
    curves._add(ours, rows, which, coefficients, np.empty((7, 3)))
    fast.summed(theirs, rows, which, coefficients)
    assert np.array_equal(ours, theirs)


def test_the_compiled_sum_is_loaded_for_a_large_crowd_alone(monkeypatch):
    monkeypatch.setattr(fast, "find_spec", lambda name: name)
    monkeypatch.setattr(fast, "_compiled", lambda: fast.summed)
    assert [fast.kernel(many) for many in (fast.WORTH - 1, fast.WORTH)] == [None, fast.summed]
    for wish, expected in ((True, fast.summed), (False, None)):
        fast.use(wish)
        assert fast.kernel(1 if wish else fast.WORTH) is expected
    fast.use(None)
    monkeypatch.setattr(fast, "find_spec", lambda name: None)
    assert fast.kernel(fast.WORTH) is None

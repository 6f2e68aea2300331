"""The same answer, bit for bit, however the patients are split and on however many threads."""

import numpy as np
import pytest

from remit.engine import blocks as module
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

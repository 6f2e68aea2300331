"""What is written down once for everybody gives the numbers that numpy gives."""

import numpy as np
import pytest

from remit.engine import fast, prepared, tape
from remit.engine.course import run
from remit.engine.people import People
from remit.engine.solved import formulations
from remit.engine.structure import structure
from tests.engine import world

X, Y = np.array([0.3, -1.2, 2.5]), np.array([1.1, -1.2, 0.0])
STEPS = {
    "sums and products": lambda x, y: (x + y * 2.0 - x * y, 3.0 - x * y, 1.0 - y),
    "shares": lambda x, y: (x / (3.0 + y), 1.0 / (1.0 + np.exp(-x)), abs(y) / 2.0),
    "roots and powers": lambda x, y: (np.sqrt(abs(x)), np.exp(y) ** 0.75, np.log1p(y * y)),
    "limits": lambda x, y: (tape.at_most(x, y), tape.at_least(x, 0.5), tape.between(y, -1.0, 1.0)),
    "what has nothing has no share": lambda x, y: (tape.apart(y, x), tape.apart(x - x, y), x * 0.0),
}


def as_lines(record, *names):
    return [np.array([record.input(name)], object) for name in names]


def taken(steps, normals):
    found = np.empty((steps.rows, normals.shape[1]))
    fast.PLAIN.worked(found, normals, steps.steps, steps.numbers, steps.constants, (steps.registers, steps.largest))
    return found


@pytest.mark.parametrize("does", STEPS.values(), ids=STEPS)
def test_steps_taken_later_give_what_numpy_gives_at_once(does):
    record = tape.Tape()
    with np.errstate(all="ignore"):
        wanted = [np.ravel(each)[0] for each in does(*as_lines(record, "x", "y"))]
        found = taken(tape.program(record, wanted), np.stack([X, Y]))
        expected = np.array([np.broadcast_to(each, X.shape) for each in does(X, Y)])
    assert np.allclose(found, expected, rtol=4e-16, atol=1e-16, equal_nan=True)


def test_what_is_left_keeps_its_digits_also_where_a_rate_is_the_same_for_everybody():
    record = tape.Tape()
    rates = np.array([record.input("rate"), 18.01], object)
    wanted = [*tape.passing(rates, 1.5)[0], *tape.passing(rates, 1.5)[1]]
    [[one], [two], [three], [four]] = taken(tape.program(record, wanted), np.array([[18.01]]))
    assert one == pytest.approx(two, rel=1e-15) == pytest.approx(np.exp(-18.01 * 1.5), rel=1e-15)
    assert three == pytest.approx(four, rel=1e-15)


def test_a_history_is_written_down_once_for_all_blocks_of_a_crowd():
    doses = list(world.doses("ketamine", "0.5 mg/kg @0 over 40", "intravenous"))[:1]
    system, times = doses[0].formulation.systems["S"], np.linspace(0, 4, 5)
    held = structure(system, formulations(doses))
    people = People(world.facts().population, 1, 0, 10**6)
    one, other, unlike = (
        prepared.prepared(system, doses, some, times[:many], (), held, (0,))
        for some, many in ((people, 5), (people.block(4096, 7), 5), (people, 4))
    )
    assert one is other
    assert one is not unlike


def test_nobody_in_particular_is_computed_too():
    doses = list(world.doses("ketamine", "0.5 mg/kg @0 over 40", "intravenous"))[:1]
    system, typical = doses[0].formulation.systems["S"], People(world.facts().population, 1, 0, 1, vary=False)
    with np.errstate(all="ignore"):
        found, expected = (
            run(system, doses, typical, np.linspace(0, 4, 9), kernel=kernel) for kernel in (fast.PLAIN, None)
        )
    assert world.worst(found.concentration, expected.concentration) < 1e-12

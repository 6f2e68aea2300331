"""What several tests of virtual patients share."""

import fcntl

import numpy as np
import pytest

from remit.engine import fast
from remit.engine.simulate import Plan, simulate
from tests.engine import world


@pytest.fixture(scope="session")
def compiled_code(tmp_path_factory):
    """The compiled code. One worker compiles it, for half a minute; the others wait, and find it kept on disk."""
    with (tmp_path_factory.getbasetemp().parent / "compiling").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        fast.use(True)
        doses = world.doses("ketamine", "0.5 mg/kg @0 over 40; 25 mg @90 by oral", "intravenous")
        simulate(world.facts(), Plan(doses, world.people(130, seed=5), np.linspace(0, 24, 25)))
        fast.use(None)
    return fast.compiled()

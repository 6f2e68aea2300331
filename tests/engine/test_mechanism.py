"""The curves of How it works are those of the engine's typical patient."""

from functools import cache

import pytest

from remit.engine.mechanism import course, session
from remit.knowledge.mechanism import mechanism
from tests.engine import world
from tests.engine.trials import CHAIN, OTHER, SERIES, SPRAY, arms, endpoints

SHOWN = mechanism().shown


@cache
def courses(protocol, versus, **wanted):
    return [course(world.facts(), CHAIN, arm, endpoints(), SHOWN) for arm in arms(protocol, versus, **wanted)]


def test_a_session_is_that_of_the_simulation_to_the_last_minute():
    [arm] = arms(SERIES, dose="0.5 mg/kg")
    found = session(world.facts(), arm, SHOWN)
    blood = found["ketamine_ng_ml"]
    again = world.simulated("ketamine", "0.5 mg/kg @0 over 40", "intravenous", blood.times, weight=SHOWN.weight_kg)
    assert blood.values == pytest.approx(again.values["ketamine_ng_ml"][0])
    assert set(found) == {"ketamine_ng_ml", "nmda_block", "cadss", "systolic_change_mmhg"}
    assert blood.times[-1] == SHOWN.session_h


@pytest.mark.parametrize(("protocol", "versus", "wanted"), [(SERIES, "saline", {"sessions": 6}), (SPRAY, OTHER, {})])
def test_the_drug_lifts_mood_more_than_its_comparator_and_then_fades(protocol, versus, wanted):
    (plasticity, mood), (none, without) = courses(protocol, versus, **wanted)
    assert mood.values[0] == without.values[0] == CHAIN["baseline_points"].value
    assert all(one <= other for one, other in zip(mood.values[1:], without.values[1:], strict=True))
    assert set(none.values) == {0.0}
    assert 0 <= min(plasticity.values) <= max(plasticity.values) <= 1
    assert plasticity.values[-1] < max(plasticity.values) / 2 or protocol == SPRAY
    assert mood.times[-1] == pytest.approx(arms(protocol, **wanted)[0].sessions[-1] + SHOWN.after_last_d)

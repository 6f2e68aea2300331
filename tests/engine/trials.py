"""Small virtual trials for the tests."""

from functools import cache

from remit.engine.arms import Wanted, comparator_arm, joined, protocol_arm
from remit.engine.endpoints import Endpoints
from remit.engine.mood import Draws
from remit.engine.trial import TrialPlan, trial
from remit.knowledge.mood import mood_chain
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocols
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import definitions

CHAIN = mood_chain()
SERIES, SPRAY, OTHER = "iv_racemic_ketamine", "in_esketamine_us_trd", "placebo_spray_new_ad"


@cache
def endpoints():
    madrs = scale("MADRS")
    return Endpoints.of(madrs, definitions(madrs, outcome_rules()))


def draws(n=200, trials=1, arm="arm 0", chain=CHAIN, **more):
    return Draws(chain, 1, arm, n, 0, trials, **more)


def arms(protocol=SERIES, versus=None, **wanted):
    one = protocol_arm(pharmacology(), CHAIN, protocols()[protocol], Wanted(**wanted))
    return joined([one] if versus is None else [one, comparator_arm(CHAIN.comparator(versus), one)])


def planned(held, n=50, trials=20, at=(24.0, 168.0), seed=1, **more):
    return TrialPlan(held, endpoints(), n, trials, seed, at, **more)


def ran(held, **more):
    return trial(pharmacology(), CHAIN, planned(held, **more))

"""The curves of the typical patient along the chain: one session from blood to effects, one course to mood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit.engine.arms import Arm
from remit.engine.drive import panel
from remit.engine.endpoints import Endpoints
from remit.engine.mood import Draws, Scores
from remit.engine.people import Array, People
from remit.engine.simulate import Plan, simulate
from remit.engine.trial import walk
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mechanism import Shown
from remit.pathway.mood import MoodChain

SESSION = ("ketamine_ng_ml", "nmda_block", "cadss", "systolic_change_mmhg")
_SEED = 1


@dataclass(frozen=True, slots=True)
class Curve:
    """One quantity of the typical patient: hours of a session or days of a course, and its values."""

    times: tuple[float, ...]
    values: tuple[float, ...]


def session(facts: Pharmacology, arm: Arm, shown: Shown) -> Mapping[str, Curve]:
    """From the first dose of an arm to what it does while it lasts; times in hours."""
    hours = _grid(shown.session_h, shown.step_min / 60)
    person = People(facts.population, _SEED, 0, 1, vary=False, fixed={"weight": shown.weight_kg})
    found = simulate(facts, Plan(arm.ladder[0], person, hours)).values
    return {name: _curve(hours, found[name][0]) for name in SESSION if name in found}


def course(facts: Pharmacology, chain: MoodChain, arm: Arm, endpoints: Endpoints, shown: Shown) -> tuple[Curve, Curve]:
    """The plasticity (0 to 1) and the expected MADRS of the typical patient over a course; times in days."""
    days = _grid(arm.sessions[-1] + shown.after_last_d, shown.step_d)
    draws = Draws(chain, _SEED, "typical", 1, 0, 1, vary=False, unsure=False)
    people = Scores.of(draws, antidepressant=arm.new_antidepressant)
    panels = [panel(facts, chain, one) for one in arm.ladder]
    walked = [(day, plasticity) for day, plasticity, _ in walk(arm, panels, draws, people, endpoints, days.tolist())]
    scores = np.array([people.expected(day, plasticity)[0] for day, plasticity in walked])
    return _curve(days, np.array([plasticity[0] for _, plasticity in walked])), _curve(days, scores)


def _grid(end: float, step: float) -> Array:
    return np.asarray(np.arange(round(end / step) + 1) * step, np.float64)


def _curve(times: Array, values: Array) -> Curve:
    return Curve(tuple(times.tolist()), tuple(values.tolist()))

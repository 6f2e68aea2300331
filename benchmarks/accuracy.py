"""Whole populations of the engine against answers that are not its own: the worst relative error. It needs numba.

`python -m benchmarks.accuracy [--patients 1024]`. A difference counts relative to the value, or to a thousandth of that
curve's peak where the value is smaller. Concentrations on every route stand against scipy's matrix exponential on the
same rates, by numpy and by compiled code, with several seeds, doses and spreads; plasticity against an ODE solver.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace

# Threads that wait for matrices of 16 rows cost many times what the matrices do.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from remit.engine import fast
from remit.engine.course import formulations, run
from remit.engine.mood import Plasticity
from remit.engine.people import People
from remit.engine.regimen import Dose, counted, in_devices, parse_regimen
from remit.engine.simulate import followers
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.kinetics import System
from remit.quantities import Route
from tests.engine.test_extremes import CROWDS, ROUTES, through_a_series
from tests.engine.trials import draws
from tests.engine.world import by_exponentials

TIMES = np.array([0.01, 0.1, 0.25, 0.5, 2 / 3, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0])
BLOCK = 512


def worst(found: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """The largest error of each patient."""
    scale = np.maximum(np.abs(expected), 1e-3 * np.abs(expected).max(axis=-1, keepdims=True))
    return (np.abs(found - expected) / np.where(scale > 0, scale, 1.0)).max(axis=(1, 2))


def spread(system: System, times: float) -> System:
    return replace(
        system, parameters={name: replace(held, sd=held.sd * times) for name, held in system.parameters.items()}
    )


def population(facts, doses: list[Dose], seed: int, times: float, many: int) -> tuple[list[np.ndarray], int]:
    """Each patient's largest error over all states, by numpy and compiled; how many needed the engine's exponential."""
    errors, handed_over = [], 0
    system = spread(doses[0].formulation.systems["S"], times)
    way = replace(formulations(doses)[0], systems={**doses[0].formulation.systems, "S": system})
    doses = [replace(one, formulation=way) for one in doses]
    for first in range(0, many, BLOCK):
        people = People(facts.population, seed, first, min(BLOCK, many - first))
        by_numpy, compiled = (
            run(system, doses, people, TIMES, followers(facts, system), kernel=kernel)
            for kernel in (None, fast.compiled())
        )
        expected = by_exponentials(by_numpy, np.arange(people.count), TIMES)
        errors.append([worst(one.concentration, expected) for one in (by_numpy, compiled)])
        handed_over += by_numpy.handed_over
    return [np.concatenate(held) for held in zip(*errors, strict=True)], handed_over


def mood(trials: int) -> float:
    """The largest error of the plasticity of 20 people in each of so many trials, through a series and a month."""
    held = Plasticity.of(draws(20, trials=trials, unsure=True))
    errors = []
    for _, total, state in through_a_series(held):
        # A person has at most all of it.
        expected = np.minimum(state[1] + state[2], 1.0)
        errors.append((np.abs(total - expected) / expected).max())
    return float(max(errors))


def main() -> None:
    """Print every route, seed, spread and dose."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1024)
    many, facts, begun = parser.parse_args().patients, pharmacology(), time.process_time()
    print(
        f"{'route':<24} {'seed':>4} {'spread':>6} {'dose':>5} {'apart':>6} {'median':>7} {'99 %':>7} {'numpy':>9} {'compiled':>9}"
    )
    for route, (molecule, formulation, regimen, amounts) in ROUTES.items():
        for seed, times, dose in CROWDS:
            text = regimen.format(*(dose * one for one in amounts))
            read = parse_regimen(text, facts.molecule(molecule), Route(route.split(",")[0]), formulation)
            doses = list(counted([part for one in read for part in in_devices(one)]))
            (errors, compiled), apart = population(facts, doses, seed, times, many)
            middle, high = np.percentile(errors, [50, 99])
            print(
                f"{route:<24} {seed:>4} {times:>6} {dose:>5} {apart:>6} {middle:>7.0e} {high:>7.0e} {errors.max():>9.1e} "
                f"{compiled.max():>9.1e}",
                flush=True,
            )
    print(f"plasticity of {20 * many} people in {many} trials, against an ODE solver: {mood(many):.1e}")
    print(f"{time.process_time() - begun:.0f} CPU-seconds")


if __name__ == "__main__":
    main()

"""Whole populations of the engine against the matrix exponential of scipy, on the same rates: the worst relative error.

`python -m benchmarks.accuracy [--patients 1024]`. A difference counts relative to the value, or to a thousandth of that
curve's peak where the value is smaller. Each regimen runs with two seeds, and with half as much spread again.
"""

from __future__ import annotations

import argparse
import os
import time
from dataclasses import replace

# Threads that wait for matrices of 16 rows cost many times what the matrices do.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np

from remit.engine.course import formulations, run
from remit.engine.people import People
from remit.engine.regimen import Dose, counted, in_devices, parse_regimen
from remit.engine.simulate import followers
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.kinetics import System
from remit.quantities import Route
from tests.engine.test_extremes import ROUTES
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


def population(facts, doses: list[Dose], seed: int, times: float, many: int) -> tuple[np.ndarray, int]:
    """Each patient's largest error over all states, and how many needed the engine's own exponential."""
    errors, handed_over = [], 0
    system = spread(doses[0].formulation.systems["S"], times)
    way = replace(formulations(doses)[0], systems={**doses[0].formulation.systems, "S": system})
    doses = [replace(one, formulation=way) for one in doses]
    for first in range(0, many, BLOCK):
        people = People(facts.population, seed, first, min(BLOCK, many - first))
        found = run(system, doses, people, TIMES, followers(facts, system))
        errors.append(worst(found.concentration, by_exponentials(found, np.arange(people.count), TIMES)))
        handed_over += found.handed_over
    return np.concatenate(errors), handed_over


def main() -> None:
    """Print every regimen, seed and spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1024)
    many, facts, begun = parser.parse_args().patients, pharmacology(), time.process_time()
    print(
        f"{'route':<24} {'seed':>4} {'spread':>6} {'patients':>8} {'apart':>6} {'median':>8} {'99 %':>8} {'worst':>8}"
    )
    for route, (molecule, formulation, regimen, amounts) in ROUTES.items():
        read = parse_regimen(
            regimen.format(*amounts), facts.molecule(molecule), Route(route.split(",")[0]), formulation
        )
        doses = list(counted([part for one in read for part in in_devices(one)]))
        for seed, times in ((1, 1.0), (2, 1.0), (3, 1.5)):
            errors, apart = population(facts, doses, seed, times, many)
            middle, high = np.percentile(errors, [50, 99])
            print(
                f"{route:<24} {seed:>4} {times:>6} {many:>8} {apart:>6} {middle:>8.0e} {high:>8.0e} {errors.max():>8.1e}",
                flush=True,
            )
    print(f"{time.process_time() - begun:.0f} CPU-seconds")


if __name__ == "__main__":
    main()

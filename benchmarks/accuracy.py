"""Whole populations of the engine against the matrix exponential of scipy, on the same rates: the worst relative error.

`python -m benchmarks.accuracy [--patients 1024]`. A difference counts relative to the value, or to a thousandth of that
curve's peak where the value is smaller. Each regimen runs with two seeds, and with half as much spread again.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from scipy.linalg import expm

from remit.engine.course import Course, formulations, run
from remit.engine.people import People
from remit.engine.regimen import Dose, counted, in_devices, parse_regimen
from remit.engine.simulate import followers
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.kinetics import System
from remit.quantities import Route

REGIMENS = [
    ("ketamine", "0.5 mg/kg @0 over 40; 0.25 mg/kg @30 over 90", "intravenous"),
    ("ketamine", "1.0 mg/kg @0; 0.5 mg/kg @75", "subcutaneous"),
    ("ketamine", "50 mg @0; 25 mg @90 over 10", "oral"),
    ("esketamine", "28 mg @0; 28 mg @5; 28 mg @10", "intranasal"),
]
TIMES = np.array([0.01, 0.1, 0.25, 0.5, 2 / 3, 1.0, 1.5, 2.0, 4.0, 8.0, 24.0])
BLOCK = 512


def exact(found: Course) -> np.ndarray:
    """The same concentrations, each step by an exponential of its own: shape (patients, states, times)."""
    count, states = found.matrix.shape[:2]
    wide, state = np.zeros((count, states + 1, states + 1)), np.zeros((count, states + 1))
    wide[:, :states, :states], state[:, states] = found.matrix, 1.0
    edges = {moment for one in found.given for moment in (one.start_h, one.end_h)}
    now, kept = 0.0, np.zeros((count, states, len(TIMES)))
    for moment in sorted({*edges, *TIMES.tolist()}):
        if moment > TIMES[-1]:
            break
        if moment > now:
            wide[:, :states, states] = 0.0
            for one in found.given:
                if one.duration_h and one.start_h <= now < one.end_h:
                    wide[:, one.state, states] += one.amount / one.duration_h
            state = (expm(wide * (moment - now)) @ state[:, :, None])[:, :, 0]
            now = moment
        for one in found.given:
            if not one.duration_h and one.start_h == moment:
                state[:, one.state] += one.amount
        kept[:, :, moment == TIMES] = state[:, :states, None]
    return kept / found.volume[:, :, None]


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
        errors.append(worst(found.concentration, exact(found)))
        handed_over += found.handed_over
    return np.concatenate(errors), handed_over


def main() -> None:
    """Print every regimen, seed and spread."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--patients", type=int, default=1024)
    many, facts, begun = parser.parse_args().patients, pharmacology(), time.process_time()
    print(
        f"{'regimen':<48} {'seed':>4} {'spread':>6} {'patients':>8} {'apart':>6} {'median':>8} {'99 %':>8} {'worst':>8}"
    )
    for molecule, regimen, route in REGIMENS:
        read = parse_regimen(regimen, facts.molecule(molecule), Route(route))
        doses = list(counted([part for one in read for part in in_devices(one)]))
        for seed, times in ((1, 1.0), (2, 1.0), (3, 1.5)):
            errors, apart = population(facts, doses, seed, times, many)
            middle, high = np.percentile(errors, [50, 99])
            print(
                f"{regimen:<48} {seed:>4} {times:>6} {many:>8} {apart:>6} {middle:>8.0e} {high:>8.0e} {errors.max():>8.1e}",
                flush=True,
            )
    print(f"{time.process_time() - begun:.0f} CPU-seconds")


if __name__ == "__main__":
    main()

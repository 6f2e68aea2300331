"""Virtual patients by Remit's closed form, beside a general solver (numbalsoda) and the machine's own limits, in one run.

`python -m benchmarks.engine [--largest 100000]`. numbalsoda and numba are no requirements of Remit: where they are not
installed the benchmark says so. One thread, CPU time, median of 5 interleaved runs.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ProcessPoolExecutor
from dataclasses import replace
from itertools import pairwise
from multiprocessing import get_context

import numpy as np

from remit.engine import blocks as engine_blocks
from remit.engine import fast
from remit.engine.course import formulations, run
from remit.engine.curves import Basis
from remit.engine.kernels import LANES
from remit.engine.mood import Draws, Plasticity, Scores, effect
from remit.engine.people import People, parameters
from remit.engine.plan import Plan
from remit.engine.readings import BRAIN, PRESSURE, VENOUS, wanted
from remit.engine.regimen import Dose, parse_regimen
from remit.engine.simulate import simulate
from remit.engine.structure import matrices, structure, volumes
from remit.knowledge.mood import mood_chain
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.kinetics import (
    Compartment,
    Flow,
    Formulation,
    Measured,
    MoleculeModel,
    Parameter,
    Path,
    PopulationModel,
    Site,
    System,
)  # fmt: skip
from remit.quantities import Route

RUNS = 5
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "NUMBA")}
INSTALL = "python -m venv V; V/bin/pip install . numba numbalsoda; V/bin/python -m benchmarks.engine (numbalsoda is built: cmake, a Fortran compiler)"
DAYS = np.array([0, 3, 7, 10, 14, 17])
OVER = 40 / 60
_SESSION = np.concatenate([np.arange(1, 21) * 2 / 60, OVER + np.arange(1, 51) * 4 / 60])
_TAIL = np.array([6, 8, 10, 12, 14, 16, 18, 20, 24, 36, 48, 60, 72, 80, 88, 96.0])
_OFFSETS = np.concatenate([_SESSION, _TAIL])
SHARED = np.concatenate(
    [24.0 * day + _OFFSETS[:many] for day, many in zip(DAYS, (83, 86, 83, 86, 83, 79), strict=True)]
)
"""500 times: 70 in the 4 hours of each session, at the same distances from each dose, and 80 later ones."""
OTHER = np.sort(SHARED * (1.0 - 1e-4 * np.random.default_rng(1).random(len(SHARED))))
"""As many times that repeat no distance."""


def three_and_two() -> System:
    """Three compartments of a drug and two of its metabolite, as a knowledge file would build them."""
    typical = {
        "V1": 25,
        "V2": 45,
        "V3": 150,
        "CL": 80,
        "Q2": 150,
        "Q3": 70,
        "VM1": 30,
        "VM2": 120,
        "CLM": 60,
        "QM": 60,
        "FM": 0.8,
    }
    return System(
        id="benchmark",
        enantiomer="S",
        sites=(Site.ARTERIAL,),
        compartments=(
            Compartment("drug", "V1", "drug"), Compartment("shallow", "V2"), Compartment("deep", "V3"),
            Compartment("metabolite", "VM1", "metabolite"), Compartment("metabolite_deep", "VM2"),
        ),
        flows=(
            Flow("drug", "shallow", "Q2", True, True), Flow("drug", "deep", "Q3", True, True),
            Flow("drug", "metabolite", "CL", True, share="FM"), Flow("drug", None, "CL", True, rest_of="FM"),
            Flow("metabolite", "metabolite_deep", "QM", True, True), Flow("metabolite", None, "CLM", True),
        ),
        parameters={name: Parameter(name, value, sd=0.1 if name == "FM" else 0.3) for name, value in typical.items()},
    )  # fmt: skip


def six_infusions(system: System) -> list[Dose]:
    """0.5 mg/kg over 40 minutes on six days; 1 mg is 1 µmol."""
    way = Formulation("infusion", Route.INTRAVENOUS, {"S": system}, (Path("drug"),))
    molecule = MoleculeModel("drug", "drug", {"S": 1.0}, 1000.0, (way,))
    return [Dose(molecule, way, 0.5, True, 24.0 * day, OVER) for day in DAYS]


def crowd(many: int) -> People:
    return People(PopulationModel({"weight": Measured(75, 5, 500, 0.2, "kg")}, {}), 1, 0, many)


def linear(
    system: System, doses: list[Dose], times: np.ndarray, many: int, drawn: bool = True
) -> Callable[[], np.ndarray]:
    """Drug and metabolite of these people, some after the other in memory that is used again, as the engine itself goes
    on to effects and summaries: shape (2, times, the last of the patients).

    Who the people are is `drawn` before, as it is for the peer, or each time; all else is computed from it.
    """
    held = structure(system, formulations(doses))
    kept: dict[bool, np.ndarray] = {}

    def blocks(size: int) -> list[People]:
        return [crowd(many).block(first, min(size, many - first)) for first in range(0, many, size)]

    known = [blocks(size) for size in (engine_blocks.BLOCK, engine_blocks.COMPILED)]

    def work() -> np.ndarray:
        kernel = fast.kernel(many)
        width = engine_blocks.BLOCK if kernel is None else min(many, LANES)
        found = kept.setdefault(kernel is None, np.empty((2, len(times), min(width, many))))
        parts = known[kernel is not None] if drawn else blocks(known[kernel is not None][0].count)
        for part in parts:
            course = run(
                system, doses, part, times, wanted=("drug", "metabolite"), held=held, kernel=kernel, drawn=False
            )
            if kernel is None:
                found[:, :, : part.count] = course.curves
            else:
                for first in range(0, part.count, width):
                    course.put(found, first, min(first + width, part.count))
        return found

    return work


def spans(times: np.ndarray) -> list[tuple[np.ndarray, int]]:
    """Infusion, pause, infusion …: the times of each from its beginning to its end, and how many are reported."""
    edges = [edge for day in DAYS for edge in (24.0 * day, 24.0 * day + OVER)]
    found = []
    for begin, end in pairwise([*edges, float(times[-1])]):
        inside = times[(times > begin + 1e-9) & (times <= end + 1e-9)]
        exact = len(inside) and abs(inside[-1] - end) < 1e-9
        found.append((np.concatenate([[begin], inside, [] if exact else [end]]), len(inside)))
    return found


def peer_of(system: System, doses: list[Dose], people: People, watched=()):
    """The same equations and patients for numbalsoda: a function of the times, and the states' volumes."""
    from benchmarks import _numbalsoda

    ways = formulations(doses)
    held = structure(system, ways, watched)
    own, by_way = parameters(system, ways, people)
    matrix, volume = matrices(held, own, by_way), volumes(held, own)
    pairs = [tuple(pair) for pair in np.argwhere((matrix != 0).any(axis=0)).tolist()]
    rates = np.stack([matrix[:, row, column] for row, column in pairs], axis=1)
    one = doses[0]
    into = held.at(one.formulation.paths[0].into)
    share = one.molecule.composition[system.enantiomer] / one.molecule.molar_mass * 1000.0
    dripping = one.amount * people.number("weight") * share / OVER
    input_ = np.zeros((people.count, 2 * len(DAYS), len(held.states)))
    input_[:, ::2, into] = dripping[:, None]
    solve = _numbalsoda.compiled(pairs, len(held.states))
    return lambda times: solve(rates, input_, spans(times)), volume, held


def spent(work: Callable[[], object]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def interleaved(works: Mapping[str, tuple[Callable[[], object], int]]) -> dict[str, float]:
    """The median CPU seconds of each work for one patient, their runs taking turns."""
    for work, _ in works.values():
        work()
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(RUNS):
        for name, (work, many) in works.items():
            took[name].append(spent(work) / many)
    return {name: statistics.median(each) for name, each in took.items()}


def floor() -> dict[str, float]:
    """Nanoseconds of an exponential, a multiply-add and a stored number, at numpy's best on this machine now."""
    small, out, large = np.random.default_rng(1).random((32, 512)), np.empty((32, 512)), np.empty(2 * 10**7)
    square = np.random.default_rng(1).random((384, 384))
    works = {
        "exp": (lambda: [np.exp(small, out=out) for _ in range(50)], small.size * 50),
        "fma": (lambda: [square @ square for _ in range(10)], 384**3 * 10),
        "store": (lambda: large.fill(1.0), large.size),
    }
    return {name: each * 1e9 for name, each in interleaved(works).items()}


def worst(found: np.ndarray, expected: np.ndarray) -> float:
    """The largest difference, relative to the value or to a thousandth of the curve's peak; times stand first."""
    scale = np.maximum(np.abs(expected), 1e-3 * np.abs(expected).max(axis=0))
    return float((np.abs(found - expected) / scale).max())


def say(name: str, seconds: float, floor_ns: float | None, against: float | None) -> None:
    ns = seconds / len(SHARED) * 1e9
    shares = "" if floor_ns is None else f"{floor_ns:8.2f} {floor_ns / ns:7.0%}"
    print(
        f"{name:<44} {1 / seconds:>12,.0f} {ns:>10.1f} {shares:>16} {'' if against is None else f'{against / seconds:>8.0f} x'}",
        flush=True,
    )


def with_numba(on: bool, work: Callable[[], object]) -> Callable[[], object]:
    def done() -> object:
        fast.use(on)
        return work()

    return done


def same(work: Callable[[], np.ndarray]) -> None:
    """Say how far numba and numpy alone are apart."""
    if importlib.util.find_spec("numba"):
        one, other = np.array(with_numba(False, work)()), with_numba(True, work)()
        print(
            f"numpy alone and numba, largest difference: {worst(np.asarray(one).swapaxes(0, 1), np.asarray(other).swapaxes(0, 1)):.1e}"
        )


def kinds(name: str, work: Callable[[], object], many: int) -> dict[str, tuple[Callable[[], object], int]]:
    """The work with numpy alone, and with numba where it is installed."""
    found = {f"{name}, numpy alone": (with_numba(False, work), many)}
    if importlib.util.find_spec("numba"):
        found[f"{name}, numba"] = (with_numba(True, work), many)
    return found


def operations(systems, times: np.ndarray, stored: int, curves: int = 0) -> Callable[[Mapping[str, float]], float]:
    """A floor in nanoseconds for a patient and point: exponentials, multiply-adds and stores that no way can spare.

    `systems` are (structure, wanted states, modes, walk): counted from what the engine itself would compute.
    """
    exps = adds = 0
    for closed, way, backs in systems:
        basis = Basis(closed, backs)
        # An exponential serves every stretch, whether something enters or not.
        exps += len(basis.families) * len(np.unique(np.round(way.offsets, 12)))
        for one in way.stretches:
            many = sum(length for *_, length in one.runs)
            kinds_ = (not one.empty) + one.running
            adds += (
                many
                * kinds_
                * sum(len(family) for back in backs for family in basis.families if set(family) & set(back))
            )
    return lambda each: (
        (exps * each["exp"] + adds * each["fma"]) / len(times) + curves * each["exp"] + stored * each["store"]
    )


def task_one(floors: Mapping[str, float], peer: bool) -> None:
    """Drug and metabolite at 500 times."""
    system = three_and_two()
    doses, many = six_infusions(system), 8192
    works = kinds("T1", linear(system, doses, SHARED, many), many)
    works |= kinds("T1, arbitrary times", linear(system, doses, OTHER, many), many)
    works |= kinds("T1, people drawn too", linear(system, doses, SHARED, many, drawn=False), many)
    same(linear(system, doses, SHARED, LANES))
    few = 256
    if peer:
        solve, volume, held = peer_of(system, doses, crowd(few))
        works["T1, numbalsoda"] = (lambda: solve(SHARED), few)
        states = [held.at("drug"), held.at("metabolite")]
        theirs = (solve(SHARED) / volume[:, None]).transpose(2, 1, 0)[states][:, :, :LANES]
        print(
            f"largest difference from numbalsoda, {LANES} patients: {worst(linear(system, doses, SHARED, LANES)().swapaxes(0, 1), theirs.swapaxes(0, 1)):.1e}"
        )
    took = interleaved(works)
    against = took.get("T1, numbalsoda")
    for name, seconds in took.items():
        times = OTHER if "arbitrary" in name else SHARED
        course = run(system, doses, crowd(4), times, wanted=("drug", "metabolite"))
        backs = [course.closed.back(course.held.at(state)) for state in ("drug", "metabolite")]
        least = operations([(course.closed, course.way, backs)], times, 2)(floors)
        say(name, seconds, None if "numbalsoda" in name else least, against)


def whole(facts, chain, plan: Plan) -> tuple[np.ndarray, np.ndarray]:
    """All species and effects at 500 times, and the MADRS on 29 days: the arrays of the block, and the scores."""
    found = simulate(facts, plan, beyond=True)
    return found.values["nmda_block"], mood(chain, drive(found.values["nmda_block"], plan.times), plan.people)


def in_turn(facts, chain, plan: Plan) -> np.ndarray:
    """The same for a crowd that is not kept: everything of some patients after the other, in memory that is used again."""
    driven = np.empty(plan.people.count)
    for block in engine_blocks.blocks(facts, plan):
        driven[block.first : block.first + block.count] = drive(block.values["nmda_block"].T, plan.times)
    return mood(chain, driven, plan.people)


def drive(block: np.ndarray, times: np.ndarray) -> np.ndarray:
    first = times <= 24.0
    return np.trapezoid(block[:, first], times[first], axis=1)


def draws_of(chain, people: People) -> Draws:
    return Draws(chain, people.seed, "benchmark", people.count, 0, 1, unsure=False)


def schedule() -> list[tuple[float, bool]]:
    """Days in order; on the day of a session the score is read before it."""
    return sorted([(float(day), False) for day in range(29)] + [(float(day), True) for day in DAYS])


def mood(chain, driven: np.ndarray, people: People) -> np.ndarray:
    draws = draws_of(chain, people)
    state, scores = Plasticity.of(draws), Scores.of(draws)
    filled = effect(chain, draws.of("drive_half"), driven / driven.mean())
    now, found = 0.0, []
    for day, session in schedule():
        if day > now:
            state.pass_on(day - now)
            now = day
        if session:
            state.dose(filled)
        else:
            found.append(scores.expected(day, state.total))
    return np.stack(found)


def chain_of_peer(facts, chain, plan: Plan):
    """The same chain by numbalsoda: both enantiomers, static curves, and the three stores."""
    from benchmarks import _numbalsoda
    from remit.engine import effects

    people, known = plan.people, facts.effects
    parts = []
    for system, doses in engine_blocks.by_system(plan.doses).values():
        watched = engine_blocks.followers(facts, system)
        parts.append((system, doses, *peer_of(system, doses, people, watched)))
    draws = draws_of(chain, people)
    stores = _numbalsoda.stores(float(np.log(2) * 24 / chain["onset_half_time_h"].value))
    days, session = (np.array(each) for each in zip(*schedule(), strict=True))
    weight = facts.molar_masses["ketamine"]

    def work():
        curves, brain = {}, {}
        for system, _, solve, volume, held in parts:
            line = (solve(plan.times) / volume[:, None]).transpose(2, 1, 0)
            for one in system.compartments:
                if one.species and one.volume:
                    at = VENOUS if one.id == system.venous_of else one.id
                    curves[system.enantiomer, one.species] = line[held.at(at)] * facts.molar_masses[one.species]
                    if f"{BRAIN} {one.id}" in held.states:
                        brain[system.enantiomer, one.species] = line[held.at(f"{BRAIN} {one.id}")]
                    if f"{PRESSURE} {one.id}" in held.states:
                        driven = line[held.at(f"{PRESSURE} {one.id}")] * weight
        load = effects.load(known.unbound, known.assays[0])
        block = effects.blocked(sum(brain[key] * load[key] for key in load))
        for curve, site in ((known.dissociation, brain["S", "ketamine"] * weight), (known.systolic, driven)):
            effects.filled(curve, site)
        area = drive(block.T, plan.times)
        filled = effect(chain, draws.of("drive_half"), area / area.mean())
        rates = np.stack(
            [
                np.log(2) / draws.of("fast_half_life_d"),
                np.log(2) / draws.of("slow_half_life_d"),
                draws.of("consolidation_per_d"),
            ],
            axis=1,
        )
        held = stores(rates, days, session, filled, chain["consolidation_half_doses"].value)
        total, scores = np.minimum(held[:, :, 1] + held[:, :, 2], 1.0), Scores.of(draws)
        return block.T, np.stack([scores.expected(float(day), total[:, day]) for day in range(29)])

    return work


def ours_of(facts, plan: Plan) -> list[str]:
    """The quantities that are stored."""
    return list(simulate(facts, replace(plan, people=People(facts.population, 1, 0, 1)), beyond=True).values)


def full_chain(floors: Mapping[str, float], peer: bool) -> None:
    """Every species, effect and the mood."""
    facts, chain = pharmacology(), mood_chain()
    doses = tuple(
        parse_regimen(
            "; ".join(f"0.5 mg/kg @{day * 1440} over 40" for day in DAYS), facts.molecule("ketamine"), Route.INTRAVENOUS
        )
    )
    many, few = 4096, 24
    plan = Plan(doses, People(facts.population, 1, 0, many), SHARED)
    works = kinds("full chain", lambda: in_turn(facts, chain, plan), many)
    works |= kinds("full chain, all kept", lambda: whole(facts, chain, plan), many)
    if peer:
        small = Plan(doses, People(facts.population, 1, 0, few), SHARED)
        theirs = chain_of_peer(facts, chain, small)
        works["full chain, numbalsoda"] = (theirs, few)
        ours, expected = whole(facts, chain, small), theirs()
        print(
            f"largest difference from numbalsoda, {few} patients: block {worst(ours[0].T, expected[0].T):.1e}, MADRS {worst(ours[1], expected[1]):.1e}"
        )
    took = interleaved(works)
    systems = []
    for system, held in engine_blocks.by_system(doses).values():
        watched = engine_blocks.followers(facts, system)
        course = run(system, held, People(facts.population, 1, 0, 4), SHARED, watched)
        backs = [course.closed.back(course.held.at(one)) for one in wanted(plan, system, watched)]
        systems.append((course.closed, course.way, backs))
    # Two curves are powers, each at least a logarithm and an exponential.
    least = operations(systems, SHARED, len(ours_of(facts, plan)), curves=4)(floors)
    for name, seconds in took.items():
        say(name, seconds, None if "numbalsoda" in name else least, took.get("full chain, numbalsoda"))


def one_infusion(many: int) -> Callable[[int], object]:
    """One infusion on so many patients, at 500 times within a day: a function of the number of threads."""
    facts = pharmacology()
    doses = tuple(parse_regimen("0.5 mg/kg @0 over 40", facts.molecule("ketamine"), Route.INTRAVENOUS))
    plan = Plan(doses, People(facts.population, 1, 0, many), np.linspace(0, 24, 500))
    return lambda workers: simulate(facts, plan, workers=workers)


def alone(many: int, on: bool) -> None:
    """The same in a process of its own, for one that has done it before."""
    fast.use(on)
    one_infusion(many)(1)


def threads() -> None:
    """Two threads, and two processes, against one, in seconds that pass: what processes gain is what the cores give."""
    many = 8192
    work = one_infusion(many)
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:
        for name, on in (("numpy alone", False), *([("numba", True)] if importlib.util.find_spec("numba") else [])):
            fast.use(on)
            for _ in range(2):
                list(pool.map(alone, [many // 2] * 2, [on] * 2))
            ways: dict[str, Callable[[], object]] = {
                "one thread": lambda: work(1),
                "two threads": lambda: work(2),
                "two processes": lambda on=on: list(pool.map(alone, [many // 2] * 2, [on] * 2)),
            }
            took: dict[str, list[float]] = {way: [] for way in ways}
            for _ in range(RUNS + 1):
                for way, does in ways.items():
                    before = time.perf_counter()
                    does()
                    took[way].append(time.perf_counter() - before)
            one, *more = (statistics.median(each[1:]) for each in took.values())
            gained = ", ".join(f"{way} {one / each:.2f} x" for way, each in zip(list(ways)[1:], more, strict=True))
            print(
                f"{many:,} patients, {name}: one thread {one:.2f} s; {gained}; {os.getloadavg()[0]:.1f} processes wanted a "
                "processor meanwhile",
                flush=True,
            )


def command(*more: str) -> tuple[float, float, float]:
    """`remit simulate` in a process of its own: seconds that passed, CPU seconds, MB at most."""
    asked = [
        "--molecule",
        "ketamine",
        "--route",
        "intravenous",
        "--dose",
        "0.5 mg/kg",
        "--duration",
        "40 min",
        *more,
        "--json",
    ]
    before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    most = "next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM'))"
    measured = f"import sys;from remit.cli import main;main(sys.argv[1:]);print({most}, file=sys.stderr)"
    done = subprocess.run(
        [sys.executable, "-c", measured, "simulate", *asked], check=True, capture_output=True, text=True
    )
    passed, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    spent_ = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return passed, spent_, int(done.stderr.split()[-1]) / 1024


def commands(largest: int) -> None:
    """The command line, warm, and how time and memory grow."""
    command("--n", "0")
    print(f"{'remit simulate, warm':<44} {'seconds':>8} {'CPU s':>8} {'MB':>6}")
    for name, more in (("one person", ("--n", "0", "--weight", "70")), ("1,000 patients", ("--n", "1000"))):
        held = [command(*more) for _ in range(RUNS)]
        print(
            f"{name:<44} " + " ".join(f"{statistics.median(each):8.2f}" for each in zip(*held, strict=True)), flush=True
        )
    print("at 49 times:")
    many = 1000
    while many <= largest:
        passed, cpu, memory = command("--n", str(many), "--times", "0:1440:30 min")
        print(f"{many:<44,} {passed:8.2f} {cpu:8.2f} {memory:8.0f}", flush=True)
        many *= 10


def main() -> None:
    """Print every part."""
    if not ONE_THREAD.items() <= os.environ.items():
        # The libraries read it when they are loaded.
        os.execve(
            sys.executable, [sys.executable, "-m", "benchmarks.engine", *sys.argv[1:]], {**os.environ, **ONE_THREAD}
        )
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--largest", type=int, default=100_000, help="most patients of the last table")
    largest = parser.parse_args().largest
    peer = bool(importlib.util.find_spec("numbalsoda") and importlib.util.find_spec("numba"))
    if not peer:
        print(f"numbalsoda is not installed, so nothing stands beside Remit. {INSTALL}")
    floors = floor()
    print("the machine now, numpy, ns each: " + ", ".join(f"{name} {each:.2f}" for name, each in floors.items()))
    print(
        f"{'CPU time, one thread, median of 5':<44} {'patients/s':>12} {'ns/point':>10} {'floor  share':>16} {'numbalsoda':>10}"
    )
    task_one(floors, peer)
    full_chain(floors, peer)
    threads()
    commands(largest)


if __name__ == "__main__":
    main()

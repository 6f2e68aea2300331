"""A plan on blocks of patients, on as many threads as are asked for: concentrations, effects, a few numbers a curve.

A patient's numbers do not depend on the block or the thread: whoever puts blocks together gets the same answer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from remit.engine import kernels, tracing
from remit.engine.course import Course, by_system, formulations, run
from remit.engine.fast import Kernel, kernel
from remit.engine.people import Array
from remit.engine.plan import Plan, last_input, times, turns
from remit.engine.readings import BRAIN, PRESSURE, VENOUS, Reader, Reading, owns, readings, wanted
from remit.engine.regimen import Dose
from remit.engine.structure import Follower, Structure, structure
from remit.engine.summary import Clock, clock, half_life
from remit.pathway.kinetics import Pharmacology, System
from remit.quantities import BadInput

BLOCK = 512
"""Patients computed together: their numbers stay in the processor's cache."""
COMPILED = 4096
"""The same where compiled code is used, which keeps to the cache by itself."""
_AT_ONCE = 4 * 10**6
"""Numbers of such a block, about, that wait for another thread."""
_FEW = 10**6
"""Numbers, about, that are given out at once where nothing waits: few pages of memory, that are used again."""


@dataclass(frozen=True, slots=True)
class Block:
    """What was computed of patients `first` to `first + count - 1` of a plan: see `Result` for what the arrays hold."""

    first: int
    count: int
    values: Mapping[str, Array]
    """By quantity, of shape (times, patients)."""
    summary: Mapping[str, Mapping[str, Array]]
    handed_over: int
    whole: Mapping[str, Array] | None = None
    """The values of all of the plan's patients, of which `values` are a part, where they are kept."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One model and enantiomer: what is the same for every block of patients."""

    system: System
    doses: list[Dose]
    watched: tuple[Follower, ...]
    wanted: list[str]
    held: Structure


@dataclass(frozen=True, slots=True)
class _Work:
    """A plan made ready: everything that does not depend on the patients."""

    plan: Plan
    parts: list[_Part]
    read: tuple[Reading, ...]
    clock: Clock
    kernel: Kernel | None


def blocks(
    facts: Pharmacology, plan: Plan, workers: int = 1, part: range | None = None, *, kept: bool = False
) -> Iterator[Block]:
    """The plan's patients block by block, in order, computed on that many threads; only those of `part`, where given.

    How they are computed is decided by the whole plan, so that a part has the digits that it has in the whole. `kept`
    are the values of all in one place, for who wants them together.
    """
    work = _work(facts, plan)
    patients = range(plan.people.count) if part is None else part
    shape = len(work.read), len(plan.times)
    whole = np.empty((*shape, plan.people.count)) if kept else None
    many = BLOCK if work.kernel is None else _compiled_size(plan, math.prod(shape), workers, kept)
    firsts = range(patients.start, patients.stop, many)
    given = many if work.kernel is None or workers > 1 or kept else _few(math.prod(shape))
    jobs = (
        lambda first=first: _computed(work, first, min(many, patients.stop - first), given, whole) for first in firsts
    )
    return _in_order(jobs, workers)


def _compiled_size(plan: Plan, numbers: int, workers: int, kept: bool) -> int:
    """How many patients are computed together by compiled code, who have so many numbers each: any gives the same."""
    if workers == 1:
        return COMPILED
    share = max(plan.people.count // (2 * workers), BLOCK)
    return min(COMPILED, share, COMPILED if kept else max(_AT_ONCE // numbers, kernels.LANES))


def _few(numbers: int) -> int:
    """How many of them are given out together."""
    return max(_FEW // numbers // kernels.LANES, 1) * kernels.LANES


def _in_order(jobs: Iterator[Callable[[], Iterator[Block]]], workers: int) -> Iterator[Block]:
    """The answers in the order of the jobs, with no more of them waiting than there are threads, twice."""
    if workers == 1:
        for job in jobs:
            yield from job()
        return
    from concurrent.futures import Future, ThreadPoolExecutor

    with ThreadPoolExecutor(workers) as pool:
        waiting: list[Future[list[Block]]] = []
        for job in jobs:
            waiting.append(pool.submit(_listed, job))
            if len(waiting) >= 2 * workers:
                yield from waiting.pop(0).result()
        while waiting:
            yield from waiting.pop(0).result()


def _listed(job: Callable[[], Iterator[Block]]) -> list[Block]:
    return list(job())


def _work(facts: Pharmacology, plan: Plan) -> _Work:
    parts = []
    for system, doses in by_system(plan.doses).values():
        if plan.site not in system.sites:
            known = " or ".join(system.sites)
            raise BadInput(
                f"site: {doses[0].molecule.id} by this route is known in {known} blood only, not {plan.site.value}"
            )
        watched = followers(facts, system)
        held = structure(system, formulations(doses), watched)
        parts.append(_Part(system, doses, watched, wanted(plan, system, watched), held))
    corners = [moment for one in plan.doses for moment in turns(one)]
    return _Work(
        plan,
        parts,
        readings(facts, plan, [(one.system, one.doses, one.wanted) for one in parts]),
        clock(times(plan, facts), plan.times, corners, last_input(plan.doses), facts.half_life),
        kernel(plan.people.count),
    )


def _computed(work: _Work, first: int, count: int, given: int, whole: Array | None) -> Iterator[Block]:
    """Patients who are computed together, so many `given` out at once."""
    plan, people = work.plan, work.plan.people.block(first, count)
    courses = [
        run(
            part.system, part.doses, people, work.clock.times, part.watched, plan.with_drugs, part.wanted, part.held,
            work.kernel, drawn=False, untils=(np.inf, float(work.clock.times[work.clock.shown[-1]])),
        )
        for part in work.parts
    ]  # fmt: skip
    reader = Reader(work.read, courses, owns(work.read, people), work.clock, work.kernel)
    areas = _areas(work, courses)
    apart = np.add.reduce([one.apart for one in courses], dtype=np.int64)
    everybody = None if whole is None else {one.name: each for one, each in zip(work.read, whole, strict=True)}
    for begin in range(0, count, given):
        end = min(begin + given, count)
        values = kernels.memory(len(work.read), len(plan.times), end - begin)
        if whole is not None:
            values = whole[:, :, first + begin : first + end]
        own_areas = {name: held[:, begin:end] for name, held in areas.items()}
        summary = _summary(work, *reader.told(begin, end, values), own_areas)
        named = {one.name: each for one, each in zip(work.read, values, strict=True)}
        yield Block(first + begin, end - begin, named, summary, int(apart[begin:end].sum()), everybody)


def _areas(work: _Work, courses: Sequence[Course]) -> dict[str, Array]:
    """The areas of concentrations to infinity, and to the last output time: by name, of shape (2, patients)."""
    held = [(one.whole_area(), one.area(int(work.clock.shown[-1]))) for one in courses]
    found = {}
    for one in work.read:
        if one.kind == tracing.PLAIN:
            places = [(number, courses[number].states.index(state), mass) for number, state, mass in one.parts]
            both = [sum(held[number][at][:, place] * mass for number, place, mass in places) for at in (0, 1)]
            found[one.name] = np.array(both)
    return found


def _summary(work: _Work, ends: Array, farthest: Array, areas: Mapping[str, Array]) -> dict[str, dict[str, Array]]:
    found, halves = {}, half_life(ends, work.clock)
    for one, half, (far, when) in zip(work.read, halves, farthest, strict=True):
        if one.kind == tracing.PLAIN:
            all_, window = areas[one.name]
            found[one.name] = {"cmax": far, "tmax_h": when, "auc_ng_h_ml": all_, "auc_window_ng_h_ml": window}
            found[one.name]["half_life_h"] = half
        else:
            words = ("min", "tmin_h") if one.kind == tracing.ALERTNESS else ("max", "tmax_h")
            found[one.name] = dict(zip(words, (far, when), strict=True))
    return found


def followers(facts: Pharmacology, system: System) -> tuple[Follower, ...]:
    """The sites that follow a system's concentrations: arm vein, brain, and what drives the pressure."""
    found: list[Follower] = []
    if system.venous_of is not None and system.venous_rate is not None:
        found.append(Follower(VENOUS, system.venous_of, system.venous_rate))
    for one in system.compartments:
        if (system.enantiomer, one.species) in facts.effects.assays[0].half_block:
            found.append(Follower(f"{BRAIN} {one.id}", one.id, facts.effects.brain_rate))
        if (system.enantiomer, one.species) == ("S", "ketamine"):
            found.append(Follower(f"{PRESSURE} {one.id}", one.id, facts.effects.pressure_rate))
    return tuple(found)

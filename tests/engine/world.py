"""Small systems, plans and independent answers for the engine's tests."""

from functools import cache

import numpy as np
from scipy.linalg import expm

from remit.engine.people import People
from remit.engine.regimen import Dose, counted, in_devices, parse_regimen
from remit.engine.simulate import Plan, simulate
from remit.knowledge.pharmacology import pharmacology
from remit.pathway.kinetics import (
    Compartment,
    Flow,
    Formulation,
    MoleculeModel,
    Parameter,
    Path,
    Scale,
    Site,
    System,
)
from remit.quantities import Route

DERIVED, NASAL = "default_ketamine_enantiomer_arterial_derived", "perez_ruixo_2021"
MASS = 1000.0
"""The molar mass of the test's molecule: 1 mg is 1 µmol."""
STRAIGHT = (Path("c"),)


@cache
def facts():
    return pharmacology()


def people(n=0, seed=1, **fixed):
    fixed = {"weight": 70, **fixed}
    return People(facts().population, seed, 0, max(n, 1), vary=n > 0, fixed=fixed)


def doses(molecule, regimen, route=None, formulation=None):
    held = facts().molecules[molecule]
    read = parse_regimen(regimen, held, None if route is None else Route(route), formulation)
    return counted([part for one in read for part in in_devices(one)])


def simulated(molecule, regimen, route, times=None, n=0, *, site="venous", drugs=(), formulation=None, seed=1, **fixed):
    times = np.arange(0, 4.001, 1 / 60) if times is None else np.asarray(times, float)
    drugs = tuple(facts().interactions[name] for name in drugs)
    plan = Plan(doses(molecule, regimen, route, formulation), people(n, seed, **fixed), times, Site(site), drugs)
    return simulate(facts(), plan, beyond=True)


def system(compartments, flows, numbers, spread=0.0):
    """A system of plain parameters; a flow is (from, to, by, clearance, both ways)."""
    return System(
        id="test",
        enantiomer="S",
        sites=(Site.ARTERIAL,),
        compartments=tuple(Compartment(name, volume, None) for name, volume in compartments),
        flows=tuple(Flow(*flow) for flow in flows),
        parameters={name: Parameter(name, value, Scale.PLAIN, spread) for name, value in numbers.items()},
    )


def one_compartment(clearance=20.0, volume=50.0, **more):
    return system([("c", "V")], [("c", None, "CL", True, False)], {"CL": clearance, "V": volume, **more})


def given(held, amount=100.0, start=0.0, over=0.0, paths=STRAIGHT):
    """A dose of the test's molecule into a system: 1 mg is 1 µmol."""
    way = Formulation("way", Route.ORAL, {"S": held}, tuple(paths))
    return Dose(MoleculeModel("test", "Test", {"S": 1.0}, MASS, (way,)), way, amount, False, start, over)


def pade(matrix):
    """The exponential of one matrix by the [13/13] Padé form and squaring: written apart from the engine's own."""
    b = [64764752532480000, 32382376266240000, 7771770303897600, 1187353796428800, 129060195264000, 10559470521600,
         670442572800, 33522128640, 1323241920, 40840800, 960960, 16380, 182, 1]  # fmt: skip
    squarings = max(0, int(np.ceil(np.log2(max(np.linalg.norm(matrix, 1) / 2.0, 1e-300)))))
    a = matrix / 2.0**squarings
    one, a2 = np.eye(len(a)), a @ a
    a4, a6 = a2 @ a2, a2 @ a2 @ a2
    u = a @ (a6 @ (b[13] * a6 + b[11] * a4 + b[9] * a2) + b[7] * a6 + b[5] * a4 + b[3] * a2 + b[1] * one)
    v = a6 @ (b[12] * a6 + b[10] * a4 + b[8] * a2) + b[6] * a6 + b[4] * a4 + b[2] * a2 + b[0] * one
    found = np.linalg.solve(v - u, v + u)
    for _ in range(squarings):
        found = found @ found
    return found


def by_exponential(matrix, inputs, times):
    """The amounts of one patient at each time; inputs are (state, amount, start, duration). Nothing is carried along:
    each dose is followed from its own start to the output by an exponential of its own."""
    size = len(matrix)
    found = np.zeros((size, len(times)))
    for at, time in enumerate(times):
        for state, amount, start, duration in inputs:
            if time < start:
                continue
            run = min(time - start, duration)
            wide = np.zeros((size + 1, size + 1))
            wide[:size, :size] = matrix
            wide[state, size] = amount / duration if duration else 0.0
            held = np.zeros(size + 1)
            held[size] = 1.0
            held[state] += 0.0 if duration else amount
            if duration:
                held = pade(wide * run) @ held
                held[size] = 0.0
                wide[state, size] = 0.0
            found[:, at] += (pade(wide * (time - start - run)) @ held)[:size]
    return found


def by_exponentials(course, some, times):
    """What a course gives of some patients, each step by scipy's exponential: shape (people, states, times)."""
    matrix, states = course.matrix[some], course.matrix.shape[1]
    wide, state = np.zeros((len(some), states + 1, states + 1)), np.zeros((len(some), states + 1))
    wide[:, :states, :states], state[:, states] = matrix, 1.0
    edges = {moment for one in course.given for moment in (one.start_h, one.end_h) if moment <= times[-1]}
    now, kept = 0.0, []
    for moment in sorted({*edges, *times.tolist()}):
        if moment > now:
            wide[:, :states, states] = 0.0
            for one in course.given:
                if one.duration_h and one.start_h <= now < one.end_h:
                    wide[:, one.state, states] += one.amount[some] / one.duration_h
            state = (expm(wide * (moment - now)) @ state[:, :, None])[:, :, 0]
            now = moment
        for one in course.given:
            if not one.duration_h and one.start_h == moment:
                state[:, one.state] += one.amount[some]
        if moment in times:
            kept.append(state[:, :states] / course.volume[some])
    return np.stack(kept, axis=-1)


def worst(found, expected):
    """The largest difference, relative to the value or to a thousandth of that curve's peak."""
    scale = np.maximum(np.abs(expected), 1e-3 * np.abs(expected).max(axis=-1, keepdims=True))
    return float((np.abs(found - expected) / np.where(scale > 0, scale, 1.0)).max())

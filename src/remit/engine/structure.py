"""The states of a system and how they feed each other: compartments, depots, and sites that follow a concentration.

States stand in an order in which nothing flows backwards but within a block, and a block is a set of compartments
that exchange both ways. Everything here is the same for every patient; `matrices` fills in the numbers.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from remit.engine.people import Array, Values
from remit.engine.tape import recorded
from remit.pathway.kinetics import Flow, Formulation, System
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Follower:
    """A site that follows the concentration of a compartment: an arm vein, the brain, what drives the pressure."""

    id: str
    of: str
    rate: str | float
    """A parameter's name, or a rate per hour."""


@dataclass(frozen=True, slots=True)
class Depot:
    """Where a dose waits before it is absorbed."""

    id: str
    into: str
    formulation: str
    rate: str


@dataclass(frozen=True, slots=True)
class Structure:
    """The states of one system, in order, with their blocks."""

    system: System
    states: tuple[str, ...]
    blocks: tuple[tuple[int, ...], ...]
    depots: tuple[Depot, ...]
    followers: tuple[Follower, ...]
    reach: frozenset[tuple[int, int]]
    """Pairs (from, to) of states of which the first feeds the second, at whatever remove."""
    direct: frozenset[tuple[int, int]]
    """Pairs (from, to) of which the first flows into the second itself."""
    equal: frozenset[tuple[int, int]]
    """Pairs as in `reach` whose rates are the same number by construction, like the steps of a transit chain."""

    def at(self, state: str) -> int:
        """The place of a state."""
        return self.states.index(state)


def depot_id(formulation: str, path: int) -> str:
    """The name of the depot of a formulation's path."""
    return f"depot {formulation} {path}"


def structure(system: System, formulations: tuple[Formulation, ...], followers: tuple[Follower, ...] = ()) -> Structure:
    """The states of a system with these formulations' depots. Raises `BadInput` for a loop that is no exchange."""
    depots = tuple(
        Depot(depot_id(way.key, at), path.into, way.key, path.rate)
        for way in formulations
        for at, path in enumerate(way.paths)
        if path.rate is not None
    )
    names = [
        *(held.id for held in depots),
        *(held.id for held in system.compartments),
        *(held.id for held in followers),
    ]
    edges = {(held.id, held.into) for held in depots} | {(held.of, held.id) for held in followers}
    both = {(flow.origin, flow.to) for flow in system.flows if flow.both_ways and flow.to}
    edges |= {(flow.origin, flow.to) for flow in system.flows if flow.to}
    edges |= {(to, origin) for origin, to in both if to}
    reach = _reach(names, edges)
    blocks = _blocks(names, reach)
    for block in blocks:
        loose = [(a, b) for a, b in edges if a in block and b in block and (a, b) not in both and (b, a) not in both]
        if loose:
            raise BadInput(f"{system.id}: {loose[0][0]} and {loose[0][1]} form a loop that is no exchange both ways")
    order = [name for block in blocks for name in block]
    place = {name: at for at, name in enumerate(order)}
    pairs = frozenset((place[a], place[b]) for a, b in reach)
    direct = frozenset((place[a], place[b]) for a, b in edges)
    same = _signatures(system, depots, followers)
    equal = frozenset(
        (a, b)
        for a, b in pairs
        if a != b
        and (b, a) not in pairs
        and same.get(order[a]) is not None
        and same.get(order[a]) == same.get(order[b])
    )
    indices = tuple(tuple(place[name] for name in block) for block in blocks)
    return Structure(system, tuple(order), indices, depots, followers, pairs, direct, equal)


def _reach(names: list[str], edges: set[tuple[str, str]]) -> set[tuple[str, str]]:
    """Every pair of states of which one feeds the other."""
    found = set(edges)
    for middle in names:
        into = [a for a, b in found if b == middle]
        out = [b for a, b in found if a == middle]
        found |= {(a, b) for a in into for b in out}
    return found


def _blocks(names: list[str], reach: set[tuple[str, str]]) -> list[tuple[str, ...]]:
    """States that feed each other stand in one block; a block comes after whatever feeds it."""
    blocks: list[tuple[str, ...]] = []
    for name in names:
        if not any(name in block for block in blocks):
            blocks.append(tuple(other for other in names if other == name or {(name, other), (other, name)} <= reach))
    done: list[tuple[str, ...]] = []
    while len(done) < len(blocks):
        done.append(
            next(
                block
                for block in blocks
                if block not in done
                and not any((other[0], block[0]) in reach for other in blocks if other not in done and other != block)
            )
        )
    return done


def _signatures(system: System, depots: tuple[Depot, ...], followers: tuple[Follower, ...]) -> dict[str, object]:
    """What a state's own rate is made of, where it is one rate alone."""
    found: dict[str, object] = {held.id: (held.formulation, held.rate) for held in depots}
    found |= {held.id: ("", held.rate) for held in followers}
    for one in system.compartments:
        out = [flow for flow in system.flows if one.id == flow.origin or (flow.both_ways and one.id == flow.to)]
        if len(out) == 1 and not out[0].clearance and not out[0].share and not out[0].rest_of:
            found[one.id] = ("", out[0].by)
    return found


def matrices(held: Structure, own: Values, ways: Mapping[str, Values]) -> Array:
    """The rates between states for each patient: shape (patients, states, states), per hour.

    Amounts are in micromoles; a follower is a concentration in micromoles per litre.
    """
    count, size = len(next(iter(own.values()))), len(held.states)
    # Patients stand last in memory: each number of the model is one vector over them.
    found: Array = np.zeros((size, size, count), _kind(own, *ways.values())).transpose(2, 0, 1)
    place = {name: at for at, name in enumerate(held.states)}
    volume = {one.id: own[one.volume] for one in held.system.compartments if one.volume is not None}
    for flow in held.system.flows:
        rate = _share(flow, own) * (own[flow.by] / volume[flow.origin] if flow.clearance else own[flow.by])
        _move(found, place[flow.origin], None if flow.to is None else place[flow.to], rate)
        if flow.both_ways and flow.to is not None:
            _move(found, place[flow.to], place[flow.origin], own[flow.by] / volume[flow.to])
    for depot in held.depots:
        _move(found, place[depot.id], place[depot.into], (own | ways[depot.formulation])[depot.rate])
    for follower in held.followers:
        rate = own[follower.rate] if isinstance(follower.rate, str) else np.full(count, follower.rate)
        found[:, place[follower.id], place[follower.id]] -= rate
        found[:, place[follower.id], place[follower.of]] += rate / volume[follower.of]
    return found


def _kind(*known: Values) -> type:
    """What arrays hold: numbers, or lines where arithmetic is written down."""
    return object if recorded(*(each for values in known for each in values.values())) else float


def _share(flow: Flow, own: Values) -> Array | float:
    if flow.share is not None:
        return own[flow.share]
    return 1.0 - own[flow.rest_of] if flow.rest_of is not None else 1.0


def _move(found: Array, origin: int, to: int | None, rate: Array) -> None:
    found[:, origin, origin] -= rate
    if to is not None:
        found[:, to, origin] += rate


def volumes(held: Structure, own: Values) -> Array:
    """What each state is divided by to give a concentration: litres, 1 for a follower, 1 where there is no volume."""
    count = len(next(iter(own.values())))
    found: Array = np.ones((len(held.states), count), _kind(own)).T
    for one in held.system.compartments:
        if one.volume is not None:
            found[:, held.at(one.id)] = own[one.volume]
    return found

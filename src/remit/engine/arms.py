"""The arms of a virtual trial: a protocol as the chair runs it, or a comparator without the drug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from remit.engine.regimen import Dose, check, counted, dose, in_devices
from remit.pathway.course import plan
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import Comparator, MoodChain
from remit.pathway.protocol import FixedDose, PerKilogram, Protocol
from remit.quantities import BadInput, Minutes

_START = date(2001, 1, 1)
"""Days are counted from the first session; which day that is makes no difference."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Sessions in days from the first, and the doses of one session: none, one, or the steps of a ladder.

    On a ladder a patient without response at a session goes one step up.
    """

    id: str
    name: str
    sessions: tuple[float, ...]
    ladder: tuple[tuple[Dose, ...], ...] = ()
    said: tuple[str, ...] = ()
    """The doses in words."""
    new_antidepressant: bool = False
    notes: tuple[str, ...] = ()
    each: tuple[int, ...] = ()
    """By session, which dose of the ladder is given, where that is known of a person; empty: by the ladder's rule."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a protocol where it leaves a choice; null: as the protocol has it."""

    option: str | None = None
    sessions: int | None = None
    dose: str | None = None
    maintenance_weeks: int = 0


def protocol_arm(facts: Pharmacology, chain: MoodChain, protocol: Protocol, wanted: Wanted) -> Arm:
    """A protocol as an arm. Raises `BadInput` where no source gives a dose, or nothing models the route."""
    said = _doses(protocol, wanted.dose)
    days, notes = _days(protocol, wanted)
    held = facts.molecule(protocol.molecule.value)
    way = held.formulation(protocol.route, chain.formulations.get(protocol.id))
    minutes, more = _minutes(chain, protocol)
    ladder = tuple(counted(in_devices(dose(text, held, way, 0.0, minutes.value / 60))) for text in said)
    weight = facts.population.measured["weight"].median
    beyond = [f"extrapolation: {text}" for session in ladder for text in check(session, weight)]
    return Arm(
        id=protocol.id,
        name=protocol.name,
        sessions=days,
        ladder=ladder,
        said=said,
        new_antidepressant=protocol.id in chain.new_antidepressant,
        notes=(*notes, *more, *beyond),
    )


def comparator_arm(held: Comparator, beside: Arm) -> Arm:
    """A comparator that is given in the sessions of another arm."""
    return Arm(held.id, held.name, beside.sessions, new_antidepressant=held.new_antidepressant)


def joined(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Arms of one trial: where one begins a new antidepressant, all do."""
    new = any(one.new_antidepressant for one in arms)
    return tuple(replace(one, new_antidepressant=new) for one in arms)


def _doses(protocol: Protocol, wanted: str | None) -> tuple[str, ...]:
    """The dose of a session in words; several are the steps of a ladder."""
    if wanted is not None:
        return (wanted,)
    rule = protocol.dose
    if isinstance(rule, FixedDose):
        return (str(rule.first.value),)
    if isinstance(rule, PerKilogram) and rule.steps is not None:
        return tuple(str(step) for step in rule.steps.value)
    if isinstance(rule, PerKilogram) and rule.start is not None:
        return (str(rule.start.value),)
    known = [text for text in protocol.missing if "dose" in text] or ["a dose"]
    raise BadInput(f"{protocol.id}: a virtual trial needs a sourced dose, there is none ({'; '.join(known)})")


def _days(protocol: Protocol, wanted: Wanted) -> tuple[tuple[float, ...], list[str]]:
    course = plan(protocol, _START, wanted.option, wanted.maintenance_weeks)
    days = tuple(float((one.date - _START).days) for one in course.sessions) or (0.0,)
    notes = [] if course.sessions else [f"{protocol.id}: no series is sourced, one session is run"]
    if wanted.sessions is None:
        return days, notes
    if not 1 <= wanted.sessions <= len(days):
        raise BadInput(f"sessions: 1 to {len(days)} is needed for {protocol.id}, not {wanted.sessions}")
    return days[: wanted.sessions], notes


def _minutes(chain: MoodChain, protocol: Protocol) -> tuple[Minutes, list[str]]:
    """How long a session's dose runs; a spray and a tablet release by themselves."""
    known = protocol.infusion or protocol.duration
    if known is not None:
        return known.value, []
    if protocol.route.value != "intravenous":
        return Minutes(0.0), []
    text = f"{protocol.id}: no source says how long the infusion runs, {chain.infusion_min:g} min are assumed"
    return Minutes(chain.infusion_min), [text]

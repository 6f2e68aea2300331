"""The arms of a virtual trial: a protocol as the chair runs it, or a comparator without the drug."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from remit.engine.regimen import Dose, check, counted, dose, in_devices
from remit.pathway.course import CoursePlan, plan
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import Comparator, MoodChain
from remit.pathway.protocol import FixedDose, PerKilogram, Protocol
from remit.pathway.sourced import Sourced
from remit.pathway.trial_conduct import Raised
from remit.quantities import BadInput, Minutes, Route

_START = date(2001, 1, 1)
"""Days are counted from the first session; which day that is makes no difference."""


@dataclass(frozen=True, slots=True)
class Arm:
    """Sessions in days from the first, and the doses of one session: none, one, or the steps of a ladder.

    On a ladder a patient without response at a session goes one step up, or as many as `rises` says.
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
    course: CoursePlan | None = None
    """What the sessions were planned by; null: they come on their days whatever happens."""
    first_sessions: int = 1
    """How many sessions are given the first dose of the ladder, whatever comes of them."""
    climbs: str = ""
    """By which rule a patient goes up, in words; empty: there is nothing to go up to."""
    rises: tuple[tuple[int, float], ...] = ()
    """By the number of a session, which share stands a step up from it on; empty: who has no response goes up."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked of a protocol where it leaves a choice; null: as the protocol has it."""

    option: str | None = None
    sessions: int | None = None
    dose: str | None = None
    maintenance_weeks: int = 0
    raise_dose: bool = False
    """Whether a patient goes up to the next allowed dose where the protocol has no rule for it."""
    raised: Sourced[Raised] | None = None
    """How many go up, whoever they are, where a trial tells it of these doses; null: who has no response."""


def protocol_arm(facts: Pharmacology, chain: MoodChain, protocol: Protocol, wanted: Wanted) -> Arm:
    """A protocol as an arm. Raises `BadInput` where no source gives a dose, or nothing models the route."""
    said, climbs = _doses(protocol, wanted)
    observed = _observed(said, wanted)
    course, days, notes = _days(protocol, wanted)
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
        course=course,
        first_sessions=protocol.dose.first_sessions if isinstance(protocol.dose, FixedDose) else 1,
        climbs=climbs if observed is None else f"as observed: {observed.note}",
        rises=() if observed is None else observed.value.from_sessions,
    )


def given_arm(
    facts: Pharmacology,
    chain: MoodChain,
    protocol: Protocol,
    sessions: Sequence[tuple[float, float]],
    route: Route,
    minutes: float | None,
    weight_kg: float | None,
) -> Arm:
    """One person's own sessions: the day and the milligrams of each, those given and those to come.

    Raises `BadInput` where nothing models the route, or for a dose beyond what the model knows.
    """
    held = facts.molecule(protocol.molecule.value)
    way = held.formulation(route, chain.formulations.get(protocol.id) if route is protocol.route else None)
    known, notes = (Minutes(minutes), []) if minutes else _minutes(chain, protocol)
    hours = 0.0 if any(path.duration for path in way.paths) else known.value / 60
    amounts = sorted({mg for _, mg in sessions})
    ladder = tuple(counted(in_devices(Dose(held, way, mg, duration_h=hours))) for mg in amounts)
    weight = weight_kg or facts.population.measured["weight"].median
    beyond = [f"extrapolation: {text}" for session in ladder for text in check(session, weight)]
    return Arm(
        id=protocol.id,
        name=protocol.name,
        sessions=tuple(day for day, _ in sessions),
        ladder=ladder,
        said=tuple(f"{mg:g} mg" for mg in amounts),
        new_antidepressant=protocol.id in chain.new_antidepressant,
        notes=(*notes, *beyond),
        each=tuple(amounts.index(mg) for _, mg in sessions),
    )


def comparator_arm(held: Comparator, beside: Arm) -> Arm:
    """A comparator that is given in the sessions of another arm."""
    return Arm(held.id, held.name, beside.sessions, new_antidepressant=held.new_antidepressant)


def joined(arms: Sequence[Arm]) -> tuple[Arm, ...]:
    """Arms of one trial: where one begins a new antidepressant, all do."""
    new = any(one.new_antidepressant for one in arms)
    return tuple(replace(one, new_antidepressant=new) for one in arms)


def _doses(protocol: Protocol, wanted: Wanted) -> tuple[tuple[str, ...], str]:
    """The dose of a session in words, and by which rule a patient goes up; several are the steps of a ladder."""
    if wanted.dose is not None:
        return (wanted.dose,), ""
    rule = protocol.dose
    if isinstance(rule, FixedDose):
        return _allowed(rule, wanted)
    if isinstance(rule, PerKilogram) and rule.steps is not None:
        source = rule.steps.source
        return tuple(str(step) for step in rule.steps.value), f"{source.origin.value}, {source.status.value}"
    if isinstance(rule, PerKilogram) and rule.start is not None:
        return (str(rule.start.value),), ""
    known = [text for text in protocol.missing if "dose" in text] or ["a dose"]
    raise BadInput(f"{protocol.id}: a virtual trial needs a sourced dose, there is none ({'; '.join(known)})")


def _allowed(rule: FixedDose, wanted: Wanted) -> tuple[tuple[str, ...], str]:
    """The first dose, and those above it that are allowed where somebody may go up."""
    higher = sorted((one for one in rule.allowed.value if one > rule.first.value), key=lambda one: one.value)
    if not wanted.raise_dose or not higher:
        return (str(rule.first.value),), ""
    allowed = rule.allowed.source
    said = f"asked for; the doses: {allowed.origin.value}, {allowed.status.value}"
    if rule.escalation is not None:
        said += f"; the file: {rule.escalation.value}"
    return tuple(str(one) for one in (rule.first.value, *higher)), said


def _observed(said: tuple[str, ...], wanted: Wanted) -> Sourced[Raised] | None:
    """How many go up, where that is asked for; refused where it was not seen of these doses."""
    if not wanted.raise_dose or wanted.raised is None or len(said) == 1:
        return None
    if said != wanted.raised.value.doses:
        known = " and ".join(wanted.raised.value.doses)
        raise BadInput(f"escalate: how many go up was seen of {known} only, not of {', '.join(said)}")
    return wanted.raised


def _days(protocol: Protocol, wanted: Wanted) -> tuple[CoursePlan | None, tuple[float, ...], list[str]]:
    course = plan(protocol, _START, wanted.option, wanted.maintenance_weeks)
    days = tuple(float((one.date - _START).days) for one in course.sessions) or (0.0,)
    notes = [] if course.sessions else [f"{protocol.id}: no series is sourced, one session is run"]
    most = wanted.sessions or len(days)
    if not 1 <= most <= len(days):
        raise BadInput(f"sessions: 1 to {len(days)} is needed for {protocol.id}, not {wanted.sessions}")
    kept = replace(course, sessions=course.sessions[:most]) if course.sessions else None
    return kept, days[:most], notes


def _minutes(chain: MoodChain, protocol: Protocol) -> tuple[Minutes, list[str]]:
    """How long a session's dose runs; a spray and a tablet release by themselves."""
    known = protocol.infusion or protocol.duration
    if known is not None:
        return known.value, []
    if protocol.route.value != "intravenous":
        return Minutes(0.0), []
    text = f"{protocol.id}: no source says how long the infusion runs, {chain.infusion_min:g} min are assumed"
    return Minutes(chain.infusion_min), [text]

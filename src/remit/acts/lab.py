"""The regimen lab: protocols and doses side by side on virtual patients. Advice alone: no order comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from remit.acts.actors import Actor
from remit.acts.core import act, note
from remit.acts.lab_runs import BENCH, Run
from remit.acts.rights import may_use_lab
from remit.knowledge.mood import mood_chain
from remit.knowledge.mood_posterior import results_aside
from remit.knowledge.protocols import protocol, protocols
from remit.pathway.course import plan
from remit.pathway.mood import HeldAside
from remit.pathway.protocol import FixedDose, PerKilogram, Protocol
from remit.quantities import BadInput, Route

if TYPE_CHECKING:
    from remit.engine.asked import Asked
    from remit.pathway.kinetics import Formulation, Pharmacology

HOURS_SHOWN = {"8": 8, "24": 24, "168": 168}
"""How long the picture is, besides the whole course."""
MOST_PATIENTS = 50_000
"""Patients of one regimen: a run stays within about a minute. Large crowds are counted, not kept."""
SERIES = "series"
"""What is said where the protocol's own days are meant."""
_PROTOCOL = "protocol"
_START = date(2001, 1, 1)


@dataclass(frozen=True, slots=True)
class Regimen:
    """What is given, in words: `protocol:ID` or `MOLECULE:FORMULATION`; what is empty is the protocol's, or once."""

    way: str
    dose: str = ""
    duration: str = ""
    repeat: str = ""


@dataclass(frozen=True, slots=True)
class Crowd:
    """Who it is given to, and what is looked at, in words."""

    weight: str = ""
    n: str = "1000"
    seed: str = "1"
    site: str = "venous"
    shown: str = "8"
    assay: str = ""
    covariates: tuple[tuple[str, str], ...] = ()
    drugs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Choices:
    """What may be chosen, each as its value and its words; and the bounds of what is measured."""

    protocols: tuple[tuple[str, str], ...]
    ways: tuple[tuple[str, str], ...]
    words: dict[str, tuple[str, ...]]
    measured: dict[str, tuple[float, float, str]]
    drugs: tuple[str, ...]
    assays: tuple[tuple[str, str], ...]
    first: str
    """The first protocol that needs nothing typed."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """A run beside what was asked: each regimen in words, as a command, and all as a script."""

    run: Run
    names: tuple[str, ...]
    commands: tuple[tuple[str, ...], ...]
    script: str
    ahead: int
    aside: tuple[HeldAside | None, ...]
    """Of each regimen's molecule and route: how the model does on results that no fit saw; or none."""


class LabRefused(Exception):
    """Why regimens do not run: the number of the regimen (null: all of them) and the words of each reason."""

    def __init__(self, reasons: Sequence[tuple[int | None, str]]) -> None:
        super().__init__("; ".join(words for _, words in reasons))
        self.reasons = tuple(reasons)


@act("open_lab", right=may_use_lab, reads=True)
def open_lab(actor: Actor) -> Choices:
    """What the lab offers."""
    return choices()


@act("run_lab", right=may_use_lab, reads=True)
def run_lab(actor: Actor, regimens: Sequence[Regimen], crowd: Crowd) -> Comparison:
    """Compare regimens: begin the run unless it is known. Raises `LabRefused` with every reason."""
    asked = _asked(regimens, crowd)
    said = [_said(one) for one in asked]
    note(regimens=[" ".join(one.options()) for one in asked])
    try:
        run = BENCH.ask(actor.here, said, _mood_asked(regimens, crowd))
    except BadInput as full:
        raise LabRefused([(None, str(full))]) from None
    if run.refused is not None:
        raise LabRefused([run.refused])
    return _comparison(run)


@act("poll_lab", right=may_use_lab, reads=True, audited=False)
def poll_lab(actor: Actor, key: str) -> Comparison | None:
    """How far a run is; null for one that is not known, as after the server was started again."""
    run = BENCH.find(actor.here, key)
    return _comparison(run) if run is not None else None


@act("cancel_lab", right=may_use_lab, reads=True)
def cancel_lab(actor: Actor, key: str) -> Comparison | None:
    """Stop a run, or take it out of those that wait."""
    note(run=key)
    run = BENCH.cancel(actor.here, key)
    return _comparison(run) if run is not None else None


@cache
def choices() -> Choices:
    """What may be chosen: protocols with a model, ways to give a molecule, and who the patients may be."""
    facts = _facts()
    known = tuple((f"{_PROTOCOL}:{one.id}", one.name) for one in protocols().values())
    ways = tuple(
        (f"{molecule.id}:{way.id}", f"{molecule.name}, {way.route.value}: {way.id.replace('_', ' ')}")
        for molecule in facts.molecules.values()
        for way in molecule.formulations
    )
    return Choices(
        protocols=known,
        ways=ways,
        words=dict(facts.population.words),
        measured={name: (one.least, one.most, one.unit) for name, one in facts.population.measured.items()},
        drugs=tuple(sorted(facts.interactions)),
        assays=tuple((one.id, one.name) for one in facts.effects.assays),
        first=next(way for way, _ in known if _runs_alone(facts, way)),
    )


def _runs_alone(facts: Pharmacology, way: str) -> bool:
    try:
        words_of(facts, Regimen(way), Crowd())
    except BadInput:
        return False
    return True


def _facts() -> Pharmacology:
    from remit.knowledge.pharmacology import pharmacology

    return pharmacology()


def _asked(regimens: Sequence[Regimen], crowd: Crowd) -> list[Asked]:
    """Every regimen in the engine's words. Raises `LabRefused` with what the engine would refuse before it computes."""
    from remit.engine.asked import plan_of, whole
    from remit.engine.regimen import check

    facts, reasons, found = _facts(), list[tuple[int | None, str]](), []
    for at, regimen in enumerate(regimens):
        try:
            whole("n", crowd.n, MOST_PATIENTS)
            asked = words_of(facts, regimen, crowd)
            made = plan_of(facts, asked)
            check(made.doses, float(made.people.fixed.get("weight", facts.population.measured["weight"].median)))
            found.append(asked)
        except BadInput as refused:
            reasons.append((at, str(refused)))
    if not regimens:
        reasons.append((0, "what is given: one is needed, there is none"))
    if reasons:
        raise LabRefused(reasons)
    return found


def _mood_asked(regimens: Sequence[Regimen], crowd: Crowd) -> dict[str, Any]:
    """The trials in the engine's words: all arms begin an antidepressant where a protocol was studied with one."""
    from remit.engine import regimen_mood

    studied = {f"{_PROTOCOL}:{id}" for id in mood_chain().new_antidepressant}
    return {
        "seed": int(crowd.seed),
        "size": regimen_mood.SIZE,
        "trials": regimen_mood.TRIALS,
        "new_antidepressant": any(one.way in studied for one in regimens),
    }


def words_of(facts: Pharmacology, regimen: Regimen, crowd: Crowd) -> Asked:
    """A regimen as `remit simulate` takes it. Raises `BadInput` for what neither a person nor a protocol says."""
    from remit.engine.asked import Asked

    kind, _, name = regimen.way.partition(":")
    own = protocol(name) if kind == _PROTOCOL else None
    molecule = facts.molecule(own.molecule.value if own else kind)
    way = _way(facts, own, molecule.id, name)
    return Asked(
        molecule=molecule.id,
        route=way.route.value,
        formulation=way.id,
        dose=regimen.dose or _dose(own),
        duration=regimen.duration or _duration(own, way),
        repeat=_repeat(own) if regimen.repeat == SERIES else regimen.repeat or None,
        weight=crowd.weight or None,
        site=crowd.site,
        times=_times(crowd.shown),
        n=crowd.n,
        seed=crowd.seed,
        covariates=crowd.covariates,
        drugs=crowd.drugs,
        assay=crowd.assay or None,
    )


def _way(facts: Pharmacology, own: Protocol | None, molecule_id: str, name: str) -> Formulation:
    molecule = facts.molecule(molecule_id)
    if own is not None:
        return molecule.formulation(own.route, mood_chain().formulations.get(own.id))
    found = next((held for held in molecule.formulations if held.id == name), None)
    if found is None:
        raise BadInput(f"what is given: {molecule.id} has no model for {name!r}")
    return molecule.formulation(found.route, found.id)


def _dose(own: Protocol | None) -> str:
    if own is None:
        raise BadInput("dose: a number with mg or mg/kg is needed, there is none")
    rule = own.dose
    if isinstance(rule, FixedDose):
        return str(rule.first.value)
    if isinstance(rule, PerKilogram) and rule.start is not None:
        return str(rule.start.value)
    if isinstance(rule, PerKilogram) and rule.steps is not None:
        return str(rule.steps.value[0])
    raise BadInput("dose: no source gives this protocol one; it is needed here")


def _duration(own: Protocol | None, way: Formulation) -> str | None:
    if way.route is not Route.INTRAVENOUS or own is None:
        return None
    known = own.infusion or own.duration
    if known is None:
        raise BadInput("duration: no source says how long this protocol's infusion runs; it is needed here")
    return str(known.value)


def _repeat(own: Protocol | None) -> str:
    days = [(one.date - _START).days for one in plan(own, _START, None, 0).sessions] if own else []
    if not days:
        raise BadInput("repeat: no source gives the days of a series; times such as 0,3,7d are needed")
    return f"{','.join(map(str, days))}d"


def _times(shown: str) -> str | None:
    if shown not in HOURS_SHOWN:
        return None
    minutes = HOURS_SHOWN[shown] * 60
    return f"0:{minutes}:{minutes / _POINTS_SHOWN:g} min"


_POINTS_SHOWN = 240


def _said(asked: Asked) -> dict[str, Any]:
    """The words as they are handed to a process, and as a run is known by."""
    return asdict(asked)


def _comparison(run: Run) -> Comparison:
    from remit.engine.asked import Asked

    asked = [Asked(**held) for held in run.asked]
    return Comparison(
        run=run,
        names=tuple(_name(one) for one in asked),
        commands=tuple(("remit", "simulate", *one.options(), "--json") for one in asked),
        script=_script(asked, run.mood_asked),
        ahead=BENCH.ahead(run),
        aside=tuple(results_aside().get((one.molecule, one.route or "")) for one in asked),
    )


def _name(asked: Asked) -> str:
    over = f" over {asked.duration}" if asked.duration else ""
    at = f", at {asked.repeat}" if asked.repeat else ""
    return f"{asked.dose} {asked.molecule} {asked.route} ({(asked.formulation or '').replace('_', ' ')}){over}{at}"


def _script(asked: Sequence[Asked], mood: Mapping[str, Any] | None) -> str:
    """A Python script that computes the same numbers."""
    made = "\n".join(f"    {one!r}," for one in asked)
    return f'''"""Regimens on virtual patients: the same numbers as in the regimen lab, from the same seed."""

from remit.engine.asked import Asked, plan_of
from remit.engine.endpoints import Endpoints
from remit.engine.regimen_mood import MoodAsked, regimen_mood
from remit.engine.report import document
from remit.engine.stream import simulated
from remit.knowledge.mood import mood_chain
from remit.knowledge.mood_posterior import fitted_ways
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.outcome import definitions

REGIMENS = [
{made}
]
MOOD = {_mood_words(mood)}

facts = pharmacology()
plans = [plan_of(facts, asked) for asked in REGIMENS]
for asked, plan in zip(REGIMENS, plans):
    told = document(simulated(facts, plan))
    print(" ".join(asked.options()))
    for said in (*told["extrapolation"], *told["limits"]):
        print(f"  mind: {{said}}")
    for quantity, held in told["summary"].items():
        print(f"  {{quantity}}: {{held}}")

madrs = scale("MADRS")
ends = Endpoints.of(madrs, definitions(madrs, outcome_rules()))
if MOOD is not None:
    found = regimen_mood(facts, mood_chain(), ends, fitted_ways(), plans, MOOD)
    for asked, told in zip(REGIMENS, found["regimens"]):
        print(" ".join(asked.options()))
        print(f"  mood: {{told.get('none', '')}}")
        for said in told.get("notes", ()):
            print(f"  mind: {{said}}")
        for row in told.get("arms", ()):
            if row["at_h"] / 24 in told["plain_d"]:
                print(f"  {{row}}")
        print(f"  relapse_median_d: {{told.get('relapse_median_d')}}")
'''


def _mood_words(mood: Mapping[str, Any] | None) -> str:
    if mood is None:
        return "None"
    return f"MoodAsked({', '.join(f'{name}={value!r}' for name, value in mood.items())})"

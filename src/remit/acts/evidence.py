"""The published trials, for pages: statements held against them, what they come to together, and one study whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Any

from remit.acts.actors import Actor, NotHere
from remit.acts.core import act
from remit.acts.rights import may_read_evidence, may_read_expectations
from remit.evidence.answer import answer
from remit.evidence.asking import Asked
from remit.evidence.beside import EventLine, durability, events
from remit.evidence.claims import Judged, Result, judge
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.estimators import Method
from remit.evidence.expect import Expected, expected
from remit.evidence.harms import PlainHarm, harms, plainly
from remit.evidence.over_time import Lasting, Panel, days, panels, relapses
from remit.evidence.pooling import Choices, Inference
from remit.evidence.predicted import Predicted, predicted
from remit.evidence.selection import Join, Question
from remit.evidence.sheet import Line, lines
from remit.knowledge.choice import choice_rules
from remit.knowledge.claims import claims
from remit.knowledge.predictions import current, predictions
from remit.knowledge.trials import indications, trials
from remit.pathway.choice import Modality
from remit.pathway.trials import AdverseEvent, Comparator, Outcome, Study, TimePoint

__all__ = [
    "Asked", "Cited", "Evidence", "Harmed", "Options", "Part", "Statement", "Statements", "StudyPage", "options",
    "read_claims", "read_evidence", "read_expectations", "read_harms", "read_study", "redraw_evidence", "release",
]  # fmt: skip
RELEASED = ("version", "date", "checksum")


@dataclass(frozen=True, slots=True)
class Cited:
    """A study behind a figure: its id, and the paper."""

    id: str
    citation: str


@dataclass(frozen=True, slots=True)
class Part:
    """One thing that a statement comes to: the figures, and the studies they are from."""

    result: Result
    studies: tuple[Cited, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement with its verdict, part by part, and the command that gives it again."""

    judged: Judged
    parts: tuple[Part, ...]
    command: str


@dataclass(frozen=True, slots=True)
class Statements:
    """Every statement, held against one release of the trials."""

    statements: tuple[Statement, ...]
    level: float
    """The level of every interval, in percent."""
    release: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class StudyPage:
    """One study whole: figure by figure, values over time, adverse events, and the command that shows it."""

    study: Study
    lines: tuple[Line, ...]
    timecourse: tuple[TimePoint, ...]
    events: tuple[AdverseEvent, ...]
    overlaps: tuple[Cited, ...]
    command: str
    release: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Harmed:
    """One modality with the harms that trials counted; without any, nobody counted them."""

    modality: Modality
    harms: tuple[PlainHarm, ...]


@dataclass(frozen=True, slots=True)
class Options:
    """The words that the trials can be asked with."""

    outcomes: tuple[str, ...]
    measures: tuple[str, ...]
    indications: Mapping[str, str]
    molecules: tuple[str, ...]
    routes: tuple[str, ...]
    comparators: tuple[str, ...]
    counted_on: tuple[str, ...]
    joins: tuple[str, ...]
    methods: tuple[str, ...]
    tests: tuple[str, ...]
    times: Mapping[str, str]
    """What each stretch of time within which results are pooled is called."""


@dataclass(frozen=True, slots=True)
class OverTime:
    """Scores over time study by study, and figures of how long an effect lasts."""

    panels: tuple[Panel, ...]
    relapses: tuple[Lasting, ...]
    days: tuple[Lasting, ...]


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the trials say to a question: pools, everything left out and why, and what stands beside them."""

    answer: Mapping[str, Any]
    durability: tuple[TimePoint, ...]
    events: tuple[EventLine, ...]
    predicted: tuple[tuple[Predicted, ...], ...]
    """For each pool, what the model predicts on its axis: a hypothesis, and none where the model has changed since."""
    over_time: tuple[OverTime, OverTime]
    """What was seen over time, and with what nobody has seen."""
    studies: frozenset[str]
    """Every study that has a page."""
    stale: bool
    """True where the model has changed since its predictions were computed."""


@act("read_claims", right=may_read_evidence, reads=True)
def read_claims(actor: Actor) -> Statements:
    """Statements that circulate about ketamine, each with its verdict."""
    return Statements(_judged(), Choices().level, release())


@act("read_evidence", right=may_read_evidence, reads=True)
def read_evidence(actor: Actor, asked: Asked) -> Evidence:
    """What the published trials come to. Raises `BadInput` for what they cannot be asked."""
    return _evidence(asked.question(), asked.choices())


@act("redraw_evidence", right=may_read_evidence, reads=True, audited=False)
def redraw_evidence(actor: Actor, asked: Asked) -> Evidence:
    """The same for a page that is open and asks something else. Raises `BadInput`."""
    return _evidence(asked.question(), asked.choices())


@act("read_expectations", right=may_read_expectations, reads=True)
def read_expectations(actor: Actor, asked: Asked) -> tuple[Expected, ...]:
    """What came of 100 people like those studied, to hand to a patient. Raises `BadInput`."""
    of_odds = replace(asked, measure=Measure.OR.value)
    return expected(trials(), of_odds.question(), of_odds.choices())


@act("read_harms", right=may_read_expectations, reads=True, audited=False)
def read_harms(actor: Actor, asked: Asked) -> tuple[Harmed, ...]:
    """The harms that trials counted, for each modality that is asked for, in words for a patient. Raises `BadInput`.

    They are those of people with the indication that is asked for; where nobody counted an event in them, of others.
    """
    asked.question()
    rules = choice_rules()
    chosen = (one for one in rules.modalities if asked.molecule in ("", one.molecule))
    return tuple(
        Harmed(one, plainly(harms(trials(), one, tuple(rules.harms)), rules.harms, asked.indication))
        for one in chosen
        if not asked.route or asked.route in one.routes
    )


@lru_cache(maxsize=256)
def _evidence(question: Question, choices: Choices) -> Evidence:
    held = trials()
    found = answer(held, question, choices)
    carried = predictions() if current() else ()
    return Evidence(
        answer=found,
        durability=durability(held, question),
        events=events(held, question),
        predicted=tuple(predicted(pool, question, carried) for pool in found["pools"]),
        over_time=(_over_time(question, False), _over_time(question, True)),
        studies=frozenset(study.id for study in held.studies),
        stale=not current(),
    )


def _over_time(question: Question, with_memory: bool) -> OverTime:
    held = trials(), question, with_memory
    return OverTime(panels(*held), relapses(*held), days(*held))


@cache
def options() -> Options:
    """What a page offers to choose from; no record is read."""
    held = trials()
    return Options(
        outcomes=tuple(Figure),
        measures=tuple(dict.fromkeys(measure for figure in Figure for measure in figure.measures)),
        indications=indications(),
        molecules=tuple(dict.fromkeys(word for word in held.molecules.values() if word != "none")),
        routes=tuple(dict.fromkeys(word for word in held.routes.values() if word != "none")),
        comparators=tuple(Comparator),
        counted_on=tuple(word for word in Outcome if word is not Outcome.SELF_JUDGED),
        joins=tuple(Join),
        methods=tuple(Method),
        tests=tuple(Inference),
        times={band.id: band.text for band in held.time_bands},
    )


@act("read_study", right=may_read_evidence, reads=True)
def read_study(actor: Actor, study_id: str) -> StudyPage:
    """One published study. Raises `NotHere` where the dataset has none of this id."""
    held = trials()
    study = held.study(study_id)
    if study is None:
        raise NotHere("read_study", ["study: there is none of this id here"])
    return StudyPage(
        study=study,
        lines=lines(study),
        timecourse=tuple(row for row in held.timecourse if row.study_id == study_id),
        events=tuple(row for row in held.adverse_events if row.study_id == study_id),
        overlaps=_cited(study.facts.overlaps),
        command=f"remit evidence show {study_id}",
        release=release(),
    )


def release() -> dict[str, Any]:
    """Version, date and checksum of the trials that are carried."""
    return {name: trials().release[name] for name in RELEASED}


@cache
def _judged() -> tuple[Statement, ...]:
    # The trials change with a release alone, and with it the process.
    held = (judge(trials(), claim) for claim in claims())
    return tuple(
        Statement(one, tuple(map(_part, one.results)), f"remit evidence claims {one.claim.id}") for one in held
    )


def _part(result: Result) -> Part:
    """The result with its papers. A study is named with its arm where it has several."""
    return Part(result, _cited(dict.fromkeys(name.partition(" ")[0] for name in result.studies)))


def _cited(ids: Iterable[str]) -> tuple[Cited, ...]:
    known = (trials().study(id) for id in ids)
    return tuple(Cited(study.id, study.citation) for study in known if study is not None)

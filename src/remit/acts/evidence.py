"""The published trials, for pages: statements held against them, what they come to together, and one study whole."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from remit.acts.actors import Actor, NotHere
from remit.acts.core import act
from remit.acts.rights import may_read_evidence
from remit.evidence.claims import Judged, Result, judge
from remit.evidence.pooling import Choices
from remit.evidence.sheet import Line, lines
from remit.knowledge.claims import claims
from remit.knowledge.trials import trials
from remit.pathway.trials import AdverseEvent, Study, TimePoint

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


@act("read_claims", right=may_read_evidence, reads=True)
def read_claims(actor: Actor) -> Statements:
    """Statements that circulate about ketamine, each with its verdict."""
    return Statements(_judged(), Choices().level, release())


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

"""One modality for one indication: each result that was seen, with its certainty, and what is known beside it.

Results are never pooled across comparators, times, molecules or routes. Where other depression saw more than the
indication that is asked, all of it together stands beside the own result, or in its place, and says so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from remit.evidence.answer import command, pool_of
from remit.evidence.certainty import Certainty, Judging, certainty
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.hundred import Hundred, counted, hundred
from remit.evidence.pooling import Choices, Interval
from remit.evidence.selection import DEPRESSION, Contrast, Group, Key, Question, select
from remit.pathway.choice import CertaintyRule, Modality
from remit.pathway.trials import Arm, Comparator, Design, Study, Trials

FIGURES = (Figure.REMISSION, Figure.RESPONSE, Figure.CHANGE)
UNCONTROLLED = (Design.SINGLE_ARM, Design.COHORT)


@dataclass(frozen=True, slots=True)
class Benefit:
    """One result: what, against what, when, of how many, and how sure."""

    figure: Figure
    key: Key
    against: str
    studies: tuple[str, ...]
    people: int
    hundred: Hundred | None
    """Null for a change of score."""
    points: tuple[float, Interval] | None
    """The difference of a score; null for counted people."""
    certainty: Certainty
    indirect: bool
    """True where people with other depression are in it."""
    command: str


@dataclass(frozen=True, slots=True)
class Unseen:
    """A comparison that rests on memory, and is in no result."""

    figure: Figure
    study: str
    key: Key
    against: str
    said: str


@dataclass(frozen=True, slots=True)
class Uncontrolled:
    """A study without a comparator: what came of its people, which no comparison holds up."""

    study: str
    said: str
    from_memory: bool


@dataclass(frozen=True, slots=True)
class Known:
    """What the trials know of one modality for one indication."""

    benefits: tuple[Benefit, ...]
    unseen: tuple[Unseen, ...]
    uncontrolled: tuple[Uncontrolled, ...]


def known(
    trials: Trials, modality: Modality, indication: str | None, rule: CertaintyRule, choices: Choices | None = None
) -> Known:
    """Every result of a modality for an indication."""
    chosen = choices or Choices()
    benefits, unseen = [], []
    for question in _questions(modality, indication):
        for group, indirect in _groups(trials, question):
            if group.seen:
                broad = replace(question, indication=None) if indirect else question
                benefits.append(_benefit(trials, group, broad, question.indication, rule, chosen))
            unseen += [_unseen(trials, each, question.figure) for each in group.memory]
    return Known(tuple(benefits), tuple(dict.fromkeys(unseen)), tuple(_uncontrolled(trials, modality, indication)))


def turned(found: Iterable[Benefit], control: str) -> tuple[Benefit, ...]:
    """Results seen from a treatment that was their comparator; differences of scores are left out."""
    return tuple(
        replace(one, hundred=one.hundred.turned(), against=f"{one.key.molecule} {one.key.route} (active treatment)")
        for one in found
        if one.hundred is not None and one.against.partition(" (")[0] == control
    )


def _questions(modality: Modality, indication: str | None) -> Iterator[Question]:
    for figure in FIGURES:
        measure = Measure.MD if figure is Figure.CHANGE else Measure.OR
        for route in modality.routes:
            yield Question(figure, measure, indication, modality.molecule, route)


def _groups(trials: Trials, question: Question) -> list[tuple[Group, bool]]:
    """The groups of the indication; where all depression saw more, that, too, marked."""
    asked = {study.facts.indication for study in trials.studies}
    own: Mapping[Key, Group] = {}
    if question.indication is None or question.indication in asked:
        own = {group.key: group for group in select(trials, question).groups}
    if question.indication not in DEPRESSION:
        return [(group, False) for group in own.values()]
    wide = {group.key: group for group in select(trials, replace(question, indication=None)).groups}
    found = []
    for key in sorted({*own, *wide}, key=str):
        mine, every = own.get(key), wide.get(key)
        if mine is not None and (mine.seen or every is None or not every.seen):
            found.append((mine, False))
        if every is not None and (mine is None or len(every.seen) > len(mine.seen)):
            found.append((every, True))
    return found


def _benefit(
    trials: Trials, group: Group, question: Question, asked: str | None, rule: CertaintyRule, choices: Choices
) -> Benefit:
    pooled = pool_of(group.seen, choices)
    counts = question.figure is not Figure.CHANGE
    comparator = Comparator(group.key.comparator)
    return Benefit(
        figure=question.figure,
        key=group.key,
        against=against(trials, group.seen),
        studies=tuple(dict.fromkeys(each.study.id for each in group.seen)),
        people=sum(each.found.people for each in group.seen),
        hundred=hundred(group.seen, question.figure, pooled, choices) if counts else None,
        points=None if counts else (pooled.estimate, pooled.ci),
        certainty=certainty(Judging(trials, rule, question.figure, group.seen, pooled, asked)),
        indirect=question.indication != asked,
        command=command(replace(question, comparator=comparator), choices),
    )


def against(trials: Trials, contrasts: tuple[Contrast, ...]) -> str:
    """What a result was compared with, and of what kind that is."""
    kind = trials.comparators[contrasts[0].control.comparator_type or ""]
    words = dict.fromkeys(_named(each.control) for each in contrasts)
    return f"{', '.join(words)} ({kind.value.replace('_', ' ')})"


def _named(control: Arm) -> str:
    if control.molecule == control.route:
        return control.molecule
    return f"{control.molecule} {control.route}"


def _unseen(trials: Trials, contrast: Contrast, figure: Figure) -> Unseen:
    said = "figures not seen"
    if figure is not Figure.CHANGE:
        treated = [(counted(arm, figure), arm.counted) for arm in contrast.active]
        pairs = [*treated, (counted(contrast.control, figure), contrast.control.counted)]
        said = " against ".join(f"{count} of {of}" for count, of in pairs)
    return Unseen(figure, contrast.study.id, contrast.key, against(trials, (contrast,)), said)


def _uncontrolled(trials: Trials, modality: Modality, indication: str | None) -> Iterator[Uncontrolled]:
    asked = DEPRESSION if indication is None or indication in DEPRESSION else (indication,)
    for study in trials.studies:
        if study.facts.design in UNCONTROLLED and study.facts.indication in asked:
            for arm in study.arms:
                here = (
                    trials.molecules[arm.molecule] == modality.molecule and trials.routes[arm.route] in modality.routes
                )
                if here and (said := _came_of(study, arm)):
                    yield Uncontrolled(study.id, said, arm.seen("responders_n") == "memory")


def _came_of(study: Study, arm: Arm) -> str:
    words = {Figure.RESPONSE: "responded", Figure.REMISSION: "remitted"}
    parts = [
        f"{counted(arm, figure)} of {arm.counted} {word}" for figure, word in words.items() if counted(arm, figure)
    ]
    own = ", by their own word" if study.facts.outcome.value == "self_judged" else ""
    return ", ".join(parts) + own if parts else ""

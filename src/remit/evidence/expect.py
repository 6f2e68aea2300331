"""Of 100 people like those studied: how many had an outcome with the treatment, and how many with its comparator.

Only comparisons whose outcome was seen in a table or an abstract. The comparator's share is pooled over its arms; the
treatment's is that share moved by the pooled odds ratio, so that it rests on comparisons within trials and never
passes 100.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.answer import command
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure, logit_proportion, proportion_of_logit
from remit.evidence.pooling import Choices, Studies, pool
from remit.evidence.selection import Contrast, Key, Question, select
from remit.pathway.trials import Arm, Trials
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class OfHundred:
    """About so many of 100, at least and at most."""

    about: int
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Expected:
    """One pool in people of 100."""

    key: Key
    people: int
    treated: OfHundred
    compared: OfHundred
    studies: tuple[str, ...]
    command: str


def expected(trials: Trials, question: Question, choices: Choices) -> tuple[Expected, ...]:
    """Each pool of the question that was seen. Raises `BadInput` for a question that is not of counted people."""
    if question.figure is Figure.CHANGE or question.measure is not Measure.OR:
        raise BadInput(f"outcome: response or remission is needed, not {question.figure} by {question.measure}")
    again = command(question, choices)
    groups = [group for group in select(trials, question).groups if group.seen]
    return tuple(_expected(group.key, group.seen, question.figure, choices, again) for group in groups)


def _expected(key: Key, seen: Sequence[Contrast], figure: Figure, choices: Choices, again: str) -> Expected:
    effects = [contrast.found.effect for contrast in seen]
    names = tuple(contrast.name for contrast in seen)
    ratio = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), choices)
    controls = {(contrast.study.id, contrast.control.arm_id): contrast.control for contrast in seen}
    share, low, high = _share(list(controls.values()), figure, choices)
    treated = [_moved(share, own) for own in (ratio.estimate, *ratio.ci)]
    return Expected(
        key=key,
        people=sum(contrast.found.people for contrast in seen),
        treated=_of_hundred(*treated),
        compared=_of_hundred(share, low, high),
        studies=tuple(dict.fromkeys(contrast.study.id for contrast in seen)),
        command=again,
    )


def _moved(share: float, log_odds: float) -> float:
    return proportion_of_logit(math.log(share / (1 - share)) + log_odds)


def _share(arms: Sequence[Arm], figure: Figure, choices: Choices) -> tuple[float, float, float]:
    counts = [(arm.responders_n if figure is Figure.RESPONSE else arm.remitters_n) or 0 for arm in arms]
    effects = [logit_proportion(count, arm.counted or 0) for count, arm in zip(counts, arms, strict=True)]
    names = tuple(f"{arm.study_id} {arm.arm_id}" for arm in arms)
    held = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), choices)
    return proportion_of_logit(held.estimate), proportion_of_logit(held.ci[0]), proportion_of_logit(held.ci[1])


def _of_hundred(*shares: float) -> OfHundred:
    about, low, high = (round(100 * share) for share in shares)
    return OfHundred(about, low, high)

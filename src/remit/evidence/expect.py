"""Of 100 people like those studied: how many had an outcome with the treatment, and how many with its comparator.

Only comparisons whose outcome was seen in a table or an abstract.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.answer import command, pool_of
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.hundred import Share, hundred
from remit.evidence.pooling import Choices
from remit.evidence.selection import Contrast, Key, Question, select
from remit.pathway.trials import Trials
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class OfHundred:
    """About so many of 100, at least and at most."""

    about: int
    low: int
    high: int

    @classmethod
    def of(cls, share: Share) -> OfHundred:
        """A share in whole people."""
        return cls(*share.of_hundred())


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
    shares = hundred(seen, figure, pool_of(seen, choices), choices)
    return Expected(
        key=key,
        people=sum(contrast.found.people for contrast in seen),
        treated=OfHundred.of(shares.treated),
        compared=OfHundred.of(shares.compared),
        studies=tuple(dict.fromkeys(contrast.study.id for contrast in seen)),
        command=again,
    )

"""What somebody asks of the trials, in words, as the command line and the pages take them: a question and choices."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.estimators import Method
from remit.evidence.pooling import Choices, Inference
from remit.evidence.selection import Join, Question
from remit.pathway.trials import Comparator, Outcome
from remit.quantities import BadInput

W = TypeVar("W", bound=StrEnum)
HOURS = {"h": 1, "d": 24, "w": 168}
_TIME = r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([hdw])"


@dataclass(frozen=True, slots=True)
class Asked:
    """Words and marks. An empty word asks for the usual, or for all, each kept apart."""

    outcome: str = Figure.RESPONSE.value
    measure: str = ""
    indication: str = ""
    molecule: str = ""
    route: str = ""
    comparator: str = ""
    on: str = ""
    at: str = ""
    join: tuple[str, ...] = ()
    only_seen: bool = False
    method: str = Method.REML.value
    test: str = Inference.Z.value
    floor: bool = False
    level: float = 95.0

    def question(self) -> Question:
        """What the trials are asked. Raises `BadInput` naming the word that leads nowhere."""
        figure = _word(Figure, "outcome", self.outcome)
        return Question(
            figure=figure,
            measure=_word(Measure, "measure", self.measure) if self.measure else figure.measures[0],
            indication=self.indication or None,
            molecule=self.molecule or None,
            route=self.route or None,
            comparator=_word(Comparator, "comparator", self.comparator) if self.comparator else None,
            hours=hours(self.at) if self.at else None,
            on=_word(Outcome, "on", self.on) if self.on else None,
            join=frozenset(_word(Join, "join", word) for word in self.join),
            only_seen=self.only_seen,
        )

    def choices(self) -> Choices:
        """How it is pooled. Raises `BadInput`."""
        return Choices(
            _word(Method, "method", self.method), _word(Inference, "test", self.test), self.level, self.floor
        )


def _word(kind: type[W], name: str, given: str) -> W:
    try:
        return kind(given)
    except ValueError:
        raise BadInput(f"{name}: one of {', '.join(kind)} is needed, not {given!r}") from None


def hours(text: str) -> tuple[float, float]:
    """A time such as `24h`, or a span such as `1w-8w`, in hours after the first dose."""
    found = re.fullmatch(rf"{_TIME}(?:-{_TIME})?", text.strip())
    if found is None:
        raise BadInput(f"at: a time such as 24h, 7d or 4w, or a span such as 1w-8w, is needed, not {text!r}")
    first = float(found[1]) * HOURS[found[2]]
    return first, float(found[3]) * HOURS[found[4]] if found[3] else first

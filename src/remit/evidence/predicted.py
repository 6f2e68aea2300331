"""Which prediction of the model stands beside a pool: one whose drug, route, comparator and time are the pool's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from remit.evidence.effects import Measure
from remit.evidence.selection import Question
from remit.pathway.prediction import Prediction, Range
from remit.pathway.trials import Outcome

SCALE = "MADRS"
"""The scale of the virtual patients."""


@dataclass(frozen=True, slots=True)
class Predicted:
    """A prediction on the axis of a pool; `within` is true where it lies inside the pool's interval."""

    prediction: Prediction
    at: Range
    within: bool | None


def predicted(pool: Mapping[str, Any], question: Question, known: Iterable[Prediction]) -> tuple[Predicted, ...]:
    """The predictions that belong to a pool of an answer; none where nothing equivalent was computed."""
    found = [one for one in known if _fits(pool, question, one)]
    return tuple(_on(one, pool, question) for one in found)


def _fits(pool: Mapping[str, Any], question: Question, one: Prediction) -> bool:
    end = one.endpoint
    same = all(pool[name] == getattr(end, name) for name in ("molecule", "route", "comparator"))
    hours = question.hours
    then = pool["time"] == end.time if hours is None else hours[0] <= end.at_h <= hours[1]
    of_whom = question.indication is None or question.indication in end.indications
    scaled = question.measure is not Measure.MD or pool.get("scale") == SCALE
    return same and then and of_whom and scaled and question.on in (None, Outcome.DEPRESSION)


def _on(one: Prediction, pool: Mapping[str, Any], question: Question) -> Predicted:
    at = one.on(question.figure.value, question.measure.value)
    within = pool["ci"][0] <= at[0] <= pool["ci"][1] if pool["k"] else None
    return Predicted(one, at, within)

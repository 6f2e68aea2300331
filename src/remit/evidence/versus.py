"""Modality against modality through the network of trials: what a chain of comparisons connects, what nothing does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure
from remit.evidence.estimators import Method
from remit.evidence.network_answer import network_answer
from remit.evidence.pooling import Interval
from remit.evidence.selection import DEPRESSION, Question
from remit.pathway.trials import Trials

COMPARATORS = frozenset({"inert placebo", "active placebo", "background with inert spray"})
"""Parts of a network that nobody chooses as a treatment."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two treatments, and by how much the odds of the outcome differ: above 1 the first has more of it."""

    one: str
    other: str
    ratio: float
    interval: Interval
    direct: int
    """How many studies compared the two themselves."""


@dataclass(frozen=True, slots=True)
class Web:
    """The trials of one outcome in one stretch of time: its connected parts, and the treatments in one part."""

    figure: Figure
    indication: str | None
    time: str
    parts: tuple[tuple[str, ...], ...]
    pairs: tuple[Pair, ...]
    command: str


def webs(trials: Trials, indication: str | None) -> tuple[Web, ...]:
    """The networks of an indication; of all depression, too, where it is one."""
    studied = {study.facts.indication for study in trials.studies}
    asked: list[str | None] = [indication] if indication in studied else []
    if indication is None or indication in DEPRESSION:
        asked.append(None)
    return tuple(
        web for one in asked for figure in (Figure.REMISSION, Figure.RESPONSE) for web in _webs(trials, figure, one)
    )


def _webs(trials: Trials, figure: Figure, indication: str | None) -> Iterator[Web]:
    held = network_answer(trials, Question(figure, Measure.OR, indication), Method.REML, 95.0)
    words = ["remit evidence network", f"--outcome {figure}", "--measure OR"]
    words += [f"--indication {indication}"] if indication else []
    for network in held["networks"]:
        yield Web(
            figure=figure,
            indication=indication,
            time=network["time"],
            parts=tuple(tuple(part["treatments"]) for part in network["parts"]),
            pairs=tuple(pair for part in network["parts"] for pair in _pairs(part)),
            command=" ".join(words),
        )


def _pairs(part: dict[str, Any]) -> Iterator[Pair]:
    """The treatments of one part against each other, in the order of the alphabet."""
    for row in part["league"]:
        one, other = row["one"], row["other"]
        if not {one, other} & COMPARATORS:
            low, high = row["ci"]
            ends = (math.exp(low), math.exp(high))
            yield Pair(one, other, math.exp(row["estimate"]), ends, row["studies"])

"""Rows of trials beside what the mood chain says of arms of their size: a regimen, or a comparator without the drug.

What is not understood stays skipped with its reason, never guessed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from remit.engine.arms import Arm
from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.regimen import Dose, check
from remit.engine.sessions import in_common, sessions
from remit.engine.trial import ArmResult, TrialPlan, run_arm
from remit.engine.validate import Skipped, given, possible
from remit.pathway.kinetics import Observation, Pharmacology, ValidationWords
from remit.pathway.model_check import Row
from remit.pathway.mood import MoodChain, Target
from remit.quantities import BadInput

TRIALS = 200
"""How often an arm is repeated."""
INTERVAL = (0.025, 0.975)
"""The interval that holds 95 of 100 trials of the row's size."""
QUANTITIES = {
    "MADRS_change": ("change", "points"),
    "response_rate": ("response", "%"),
    "remission_rate": ("remission", "%"),
}
"""What is computed, by the words of a table: the engine's own name and the unit."""
_TARGETS = {"change": "fall", "response": "response", "remission": "remission"}
WITHOUT_DRUG = frozenset({"placebo", "saline", "midazolam"})
_NEW_DRUG = re.compile(r"\bAD\b")
"""How the words of a dose say that an antidepressant is begun, too."""
_FEWEST = 2


@dataclass(frozen=True, slots=True)
class _Asked:
    """An arm of a row, its people and the MADRS that they began with; what is alike is computed once."""

    sessions: tuple[float, ...]
    ladder: tuple[tuple[Dose, ...], ...]
    each: tuple[int, ...]
    new_antidepressant: bool
    size: int
    baseline: float | None

    @property
    def key(self) -> tuple[object, ...]:
        """What two rows of one arm have in common."""
        doses = tuple(in_common(session) for session in self.ladder)
        return doses, self.sessions, self.each, self.new_antidepressant, self.size, self.baseline


def with_trials(
    facts: Pharmacology,
    chain: MoodChain,
    held: Endpoints,
    words: ValidationWords,
    targets: Sequence[Target],
    rows: Sequence[Row],
    seed: int = 1,
) -> list[Row]:
    """The rows, those of trials computed where they can be. `targets`: which results the chain was fitted to."""
    observed, found = [row.observation for row in rows], list(rows)
    arms: dict[tuple[object, ...], list[tuple[int, _Asked]]] = {}
    for at, one in enumerate(observed):
        if one.quantity in QUANTITIES:
            try:
                asked = _asked(facts, words, one, _baseline(one, observed))
                arms.setdefault(asked.key, []).append((at, asked))
            except (Skipped, BadInput) as reason:
                found[at] = replace(rows[at], skipped=str(reason))
    for alike in arms.values():
        at_h = tuple(sorted({observed[at].time or 0.0 for at, _ in alike}))
        try:
            result = _run(facts, chain, held, alike[0][1], at_h, seed)
        except BadInput as reason:
            for at, _ in alike:
                found[at] = replace(rows[at], skipped=str(reason))
            continue
        for at, asked in alike:
            found[at] = _row(words, targets, observed[at], asked, result, at_h)
    return found


def _asked(facts: Pharmacology, words: ValidationWords, one: Observation, baseline: float | None) -> _Asked:
    """The arm of a row. Raises `Skipped` or `BadInput` where it is not understood."""
    possible(one)
    unit = QUANTITIES[one.quantity][1]
    if one.unit != unit:
        raise Skipped(f"unit {one.unit} is not known" if one.unit else "no unit")
    if one.time is None:
        raise Skipped("no time")
    people = re.match(r"\d+", one.n)
    if people is None or int(people[0]) < _FEWEST:
        raise Skipped(f"a trial needs its number of people, {_FEWEST} or more, not {one.n!r}")
    new, size = _NEW_DRUG.search(one.dose) is not None, int(people[0])
    if one.molecule in WITHOUT_DRUG:
        return _Asked((0.0,), (), (), new, size, baseline)
    made = sessions(given(facts, words, one))
    return _Asked(made.days, made.ladder, made.each, new, size, baseline)


def _baseline(one: Observation, observed: Sequence[Observation]) -> float | None:
    """What the same arm of the same study had before, where the table has it; null: as the chain has it."""
    arm = (one.source, one.molecule, one.dose)
    return next(
        (
            other.value
            for other in observed
            if other.quantity == "MADRS_baseline" and (other.source, other.molecule, other.dose) == arm
        ),
        None,
    )


def _run(
    facts: Pharmacology, chain: MoodChain, held: Endpoints, asked: _Asked, at_h: tuple[float, ...], seed: int
) -> ArmResult:
    arm = Arm("row", "row", asked.sessions, asked.ladder, new_antidepressant=asked.new_antidepressant, each=asked.each)
    plan = TrialPlan(
        arms=(),
        endpoints=held,
        size=asked.size,
        trials=TRIALS,
        seed=seed,
        at_h=at_h,
        baseline=asked.baseline,
        follow=False,
    )
    return run_arm(facts, chain, plan, arm, "arm 0")


def _row(
    words: ValidationWords,
    targets: Sequence[Target],
    one: Observation,
    asked: _Asked,
    result: ArmResult,
    at_h: Sequence[float],
) -> Row:
    name, unit = QUANTITIES[one.quantity]
    columns: Mapping[str, Array] = {
        "change": result.change, "response": result.response, "remission": result.remission,
    }  # fmt: skip
    values = columns[name][:, list(at_h).index(one.time or 0.0)] * (100.0 if unit == "%" else 1.0)
    low, high = np.quantile(values, INTERVAL)
    beyond = "; ".join(dict.fromkeys(said for session in asked.ladder for said in check(session, words.weight_kg)))
    fitted = any(_same(one, name, target) for target in targets if target.fitted)
    return Row(one, float(values.mean()), (float(low), float(high)), fitted=fitted, beyond=beyond or None)


def _same(one: Observation, name: str, target: Target) -> bool:
    """True where a fitted result is of the row's study, as far as names and years tell, and of its time."""
    named, years = zip(*(_study(text) for text in (target.study, one.source)), strict=True)
    if named[0] != named[1] or (all(years) and years[0] != years[1]):
        return False
    return (target.quantity, target.at_h) == (_TARGETS[name], one.time)


def _study(text: str) -> tuple[str, str]:
    """The name that a study begins with, and its year."""
    name, year = re.match(r"[A-Z][a-z]+|[A-Z]+", text), re.search(r"(19|20)\d\d", text)
    return name[0] if name else text, year[0] if year else ""

"""What stands beside a pool: how long an effect lasts, and adverse events, from the studies of the same question."""

from __future__ import annotations

from dataclasses import dataclass

from remit.evidence.selection import DEPRESSION, Question
from remit.pathway.trials import AdverseEvent, Study, TimePoint, Trials

DURABILITY = frozenset(
    {
        "relapse_n", "relapse_proportion", "relapse_free_n", "hazard_ratio", "median_days_to_relapse",
        "mean_days_to_relapse", "median_days_in_remission", "median_days_to_loss_of_response", "km_response_retained",
    }
)  # fmt: skip
"""Statistics of how long an effect lasts."""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event in one study, arm beside arm: only arms of one study asked in the same way."""

    study: str
    event: str
    arms: tuple[AdverseEvent, ...]


def durability(trials: Trials, question: Question) -> tuple[TimePoint, ...]:
    """What the studies of this question say of relapse, and of how long a response lasts."""
    ids = studied(trials, question)
    return tuple(row for row in trials.timecourse if row.study_id in ids and row.statistic in DURABILITY)


def events(trials: Trials, question: Question) -> tuple[EventLine, ...]:
    """Adverse events of the studies of this question, in the order of the dataset."""
    ids = studied(trials, question)
    held: dict[tuple[str, str], list[AdverseEvent]] = {}
    for row in trials.adverse_events:
        if row.study_id in ids:
            held.setdefault((row.study_id, row.event), []).append(row)
    return tuple(EventLine(study, event, tuple(arms)) for (study, event), arms in held.items())


def studied(trials: Trials, question: Question) -> frozenset[str]:
    """The studies that are about what a question asks."""
    return frozenset(study.id for study in trials.studies if _fits(trials, study, question))


def _fits(trials: Trials, study: Study, question: Question) -> bool:
    """Is this study about the indication, and has it an arm of the molecule and route that are asked for?"""
    asked = (question.indication,) if question.indication else DEPRESSION
    if study.facts.indication not in asked:
        return False
    kinds = {trials.comparators[arm.comparator_type or ""] for arm in study.comparators}
    if question.comparator is not None and question.comparator not in kinds:
        return False
    ways = [(trials.molecules[arm.molecule], trials.routes[arm.route]) for arm in study.arms if not arm.is_comparator]
    return any(
        question.molecule in (None, molecule) and question.route in (None, route)
        for molecule, route in ways
        if molecule != "none"
    )

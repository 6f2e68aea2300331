"""What treated arms of published trials came to, for the line beside a clinic's own: an orientation, no comparison.

Arms are taken from comparisons that may be pooled and whose outcome was seen in a table or an abstract. Their shares
are pooled on the logit scale; the prediction interval says where a new place would be expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.answer import command
from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure, logit_proportion, proportion_of_logit
from remit.evidence.own_results import Arm, Window
from remit.evidence.pooling import Choices, Pooled, Studies, pool
from remit.evidence.selection import Contrast, Join, Question, select
from remit.pathway.trials import Arm as TrialArm
from remit.pathway.trials import Outcome, Seen, Trials
from remit.quantities import BadInput

_DAY = 24.0
_COUNTED_ON = {
    **dict.fromkeys(("MADRS", "HAMD17", "PHQ9", "QIDS_SR16"), Outcome.DEPRESSION),
    "PCL5": Outcome.PTSD,
    "GAD7": Outcome.ANXIETY,
    "YBOCS": Outcome.OCD,
}
"""What an outcome on a scale is an outcome of; beside another scale no trial stands."""


@dataclass(frozen=True, slots=True)
class Published:
    """The pooled share of treated arms with its interval, and the interval for a new place where there are several."""

    outcome: str
    people: int
    studies: tuple[tuple[str, str], ...]
    """Each study's id and citation."""
    share: float
    low: float
    high: float
    new_place: tuple[float, float] | None
    time: str
    """The stretch of time of the outcomes, as the dataset calls it."""
    not_seen: tuple[str, ...]
    """Figures that were not seen, such as a denominator; the counts themselves were."""
    command: str


def published(
    trials: Trials, outcome: str, scale_id: str, arm: Arm, window: Window, choices: Choices
) -> Published | None:
    """The trials' treated arms like this one, at about this time; null where none was seen."""
    counted_on = _COUNTED_ON.get(scale_id)
    if counted_on is None:
        return None
    from_hours, to_hours, words = _stretch(trials, window)
    question = Question(
        figure=Figure(outcome),
        measure=Measure.OR,
        indication=arm.indication,
        molecule=arm.molecule,
        route=arm.route,
        hours=(from_hours, to_hours),
        on=counted_on,
        join=frozenset({Join.COMPARATORS}),
    )
    try:
        groups = select(trials, question).groups
    except BadInput:
        # The trials know no such indication, molecule or route.
        return None
    seen = [contrast for group in groups for contrast in group.seen]
    return _pooled(seen, question, choices, words) if seen else None


def _stretch(trials: Trials, window: Window) -> tuple[float, float, str]:
    """The dataset's stretch of time in which the follow-up ends."""
    after, end = 0.0, window.to_day * _DAY
    for band in trials.time_bands:
        if band.up_to_hours is None or end <= band.up_to_hours:
            return after, band.up_to_hours or max(end, after) * _DAY, band.text
        after = band.up_to_hours + 1
    raise BadInput(f"time: a stretch of the trials up to {end:g} h is needed")


def _pooled(seen: Sequence[Contrast], question: Question, choices: Choices, time: str) -> Published:
    arms = {(arm.study_id, arm.arm_id): arm for contrast in seen for arm in contrast.active}
    counts = [(_met(arm, question.figure), arm.counted or 0) for arm in arms.values()]
    effects = [logit_proportion(met, of) for met, of in counts]
    names = tuple(f"{study} {arm}" for study, arm in arms)
    held = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), choices)
    studies = {contrast.study.id: contrast.study.citation for contrast in seen}
    return Published(
        outcome=question.figure.value,
        people=sum(of for _, of in counts),
        studies=tuple(studies.items()),
        share=proportion_of_logit(held.estimate),
        low=proportion_of_logit(held.ci[0]),
        high=proportion_of_logit(held.ci[1]),
        new_place=_new_place(held),
        time=time,
        not_seen=tuple(
            f"{arm.study_id} {arm.arm_id}: {name}"
            for arm in arms.values()
            for name in ("resp_denominator_n", "n_analysed")
            if getattr(arm, name) is not None and arm.seen(name) is Seen.MEMORY
        ),
        command=command(question, choices),
    )


def _met(arm: TrialArm, figure: Figure) -> int:
    return (arm.responders_n if figure is Figure.RESPONSE else arm.remitters_n) or 0


def _new_place(held: Pooled) -> tuple[float, float] | None:
    if held.k < 2 or held.pi is None:
        return None
    return proportion_of_logit(held.pi[0]), proportion_of_logit(held.pi[1])

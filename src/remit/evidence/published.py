"""What treated arms of published trials came to, for the line beside a clinic's own: an orientation, no comparison.

Arms are taken from comparisons that may be pooled and whose outcome was seen in a table or an abstract. Their shares
are pooled on the logit scale; the prediction interval says where a new place would be expected.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

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
class TreatedArm:
    """One treated arm: how many of how many had the outcome, and the columns that were not seen."""

    study: str
    arm: str
    met: int
    of: int
    not_seen: tuple[str, ...]
    """Such as the denominator; the counts themselves were seen."""
    citation: str


@dataclass(frozen=True, slots=True)
class Published:
    """The pooled share of treated arms with its interval, and the interval for a new place where there are several."""

    outcome: str
    arms: tuple[TreatedArm, ...]
    share: float
    low: float
    high: float
    new_place: tuple[float, float] | None
    time: str
    """The stretch of time of the outcomes, as the dataset calls it."""
    command: str

    @property
    def people(self) -> int:
        """How many were treated and scored."""
        return sum(arm.of for arm in self.arms)

    @property
    def studies(self) -> tuple[tuple[str, str], ...]:
        """Each study's id and citation, once."""
        return tuple({arm.study: arm.citation for arm in self.arms}.items())

    @property
    def not_seen(self) -> tuple[str, ...]:
        """Figures that were not seen, by study and arm."""
        return tuple(f"{arm.study} {arm.arm}: {name}" for arm in self.arms for name in arm.not_seen)


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
    )
    try:
        return treated_share(trials, question, choices, words)
    except BadInput:
        # The trials know no such indication, molecule or route.
        return None


def treated_share(trials: Trials, question: Question, choices: Choices, time: str = "") -> Published | None:
    """Treated arms of one kind, whatever they were compared with; null where none was seen. Raises `BadInput`."""
    if question.figure is Figure.CHANGE:
        raise BadInput(f"outcome: response or remission is needed, not {question.figure}")
    for name, given in (("molecule", question.molecule), ("route", question.route), ("at", question.hours)):
        if given is None:
            raise BadInput(f"{name}: one is needed, arms of different kinds have no share together")
    joined = replace(question, measure=Measure.OR, join=question.join | {Join.COMPARATORS})
    seen = [contrast for group in select(trials, joined).groups for contrast in group.seen]
    return _pooled(seen, question, choices, time) if seen else None


def _stretch(trials: Trials, window: Window) -> tuple[float, float, str]:
    """The dataset's stretch of time in which the follow-up ends."""
    after, end = 0.0, window.to_day * _DAY
    for band in trials.time_bands:
        if band.up_to_hours is None or end <= band.up_to_hours:
            return after, band.up_to_hours or max(end, after) * _DAY, band.text
        after = band.up_to_hours + 1
    raise BadInput(f"time: a stretch of the trials up to {end:g} h is needed")


def _pooled(seen: Sequence[Contrast], question: Question, choices: Choices, time: str) -> Published:
    held = {(arm.study_id, arm.arm_id): (contrast, arm) for contrast in seen for arm in contrast.active}
    arms = tuple(_treated(contrast, arm, question.figure) for contrast, arm in held.values())
    effects = [logit_proportion(arm.met, arm.of) for arm in arms]
    names = tuple(f"{arm.study} {arm.arm}" for arm in arms)
    found = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), choices)
    return Published(
        outcome=question.figure.value,
        arms=arms,
        share=proportion_of_logit(found.estimate),
        low=proportion_of_logit(found.ci[0]),
        high=proportion_of_logit(found.ci[1]),
        new_place=_new_place(found),
        time=time,
        command=_command(question, choices),
    )


def _command(question: Question, choices: Choices) -> str:
    again = command(replace(question, measure=Measure.OR), choices)
    return again.replace("remit evidence pool", "remit evidence treated").replace(f" --measure {Measure.OR}", "")


def _treated(contrast: Contrast, arm: TrialArm, figure: Figure) -> TreatedArm:
    denominators = ("resp_denominator_n", "n_analysed") if arm.resp_denominator_n is None else ("resp_denominator_n",)
    return TreatedArm(
        study=arm.study_id,
        arm=arm.arm_id,
        met=_met(arm, figure),
        of=arm.counted or 0,
        not_seen=tuple(
            name for name in denominators if getattr(arm, name) is not None and arm.seen(name) is Seen.MEMORY
        ),
        citation=contrast.study.citation,
    )


def _met(arm: TrialArm, figure: Figure) -> int:
    return (arm.responders_n if figure is Figure.RESPONSE else arm.remitters_n) or 0


def _new_place(held: Pooled) -> tuple[float, float] | None:
    if held.k < 2 or held.pi is None:
        return None
    return proportion_of_logit(held.pi[0]), proportion_of_logit(held.pi[1])

"""A statement held against the trials: what each part of it comes to, and the verdict that follows."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import singledispatch

from remit.evidence.contrasts import Figure
from remit.evidence.effects import Measure, logit_proportion, proportion_of_logit
from remit.evidence.pooling import Choices, Studies, pool
from remit.evidence.selection import Contrast, Question, select
from remit.pathway.claims import Check, Claim, Compared, Effect, NoData, NullTrial, Share, Usual, Value, Verdict
from remit.pathway.trials import Arm, Seen, Study, Trials


class Bearing(StrEnum):
    """What one check says of its statement."""

    FOR = "for"
    AGAINST = "against"
    MIXED = "mixed"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Result:
    """One check: what it says, the figures, and the studies they come from."""

    says: str
    bearing: Bearing
    figures: str
    studies: tuple[str, ...] = ()
    from_memory: bool = False
    """True where it rests on figures that nobody has seen."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A statement with its verdict."""

    claim: Claim
    verdict: Verdict
    results: tuple[Result, ...]

    @property
    def rests_on_memory(self) -> bool:
        """True where any part of the verdict rests on figures that nobody has seen."""
        return any(result.from_memory for result in self.results)


def judge(trials: Trials, claim: Claim) -> Judged:
    """Hold a statement against the trials, as they are now."""
    results = tuple(_look(check, trials) for check in claim.checks)
    return Judged(claim, _verdict(results), results)


def _verdict(results: Sequence[Result]) -> Verdict:
    """Supported or not where all that can be judged agrees and was seen; partly where it does not."""
    found = Counter(result.bearing for result in results)
    if found[Bearing.UNCLEAR] == len(results):
        return Verdict.CANNOT_BE_JUDGED
    if not found[Bearing.FOR] and not found[Bearing.MIXED]:
        return Verdict.NOT_SUPPORTED
    whole = found[Bearing.FOR] == len(results) and not any(result.from_memory for result in results)
    return Verdict.SUPPORTED if whole else Verdict.PARTLY


@singledispatch
def _look(check: Check, trials: Trials) -> Result:
    raise TypeError(f"no way to look at {type(check).__name__} in {len(trials.studies)} studies")


@_look.register
def _(check: NoData, _trials: Trials) -> Result:
    return Result(check.says, Bearing.UNCLEAR, "nothing in the dataset")


@_look.register
def _(check: NullTrial, trials: Trials) -> Result:
    study = trials.study(check.study)
    note = next((arm.notes for arm in study.arms if arm.notes), "") if study else ""
    return Result(check.says, Bearing.AGAINST, note or "no difference", (check.study,))


@_look.register
def _(check: Compared, trials: Trials) -> Result:
    both = [study.id for study in trials.studies if {check.one, check.other} <= _ways(trials, study)]
    if not both:
        said = f"no trial compares {' '.join(check.one)} with {' '.join(check.other)}"
        return Result(check.says, Bearing.UNCLEAR, said)
    return Result(check.says, Bearing.UNCLEAR, "compared, but not judged by this check", tuple(both))


def _ways(trials: Trials, study: Study) -> set[tuple[str, str]]:
    return {(trials.molecules[arm.molecule], trials.routes[arm.route]) for arm in study.arms}


@_look.register
def _(check: Usual, trials: Trials) -> Result:
    """Series of more than one dose, each study counted once for each number of doses."""
    found = {
        (study.id, arm.n_doses)
        for study in trials.studies
        for arm in study.arms
        if (trials.molecules[arm.molecule], trials.routes[arm.route]) == (check.molecule, check.route)
        and arm.n_doses not in (None, "1")
    }
    counts = Counter(str(doses) for _, doses in sorted(found, key=str))
    most = max(counts.values(), default=0)
    bearing = Bearing.FOR if counts[check.doses] == most and list(counts.values()).count(most) == 1 else Bearing.AGAINST
    said = ", ".join(f"{doses} doses in {count}" for doses, count in counts.most_common())
    return Result(check.says, bearing, said, tuple(sorted({id for id, _ in found})))


@_look.register
def _(check: Value, trials: Trials) -> Result:
    rows = [
        row
        for row in trials.timecourse
        if (row.study_id, row.arm_id, row.statistic) == (check.study, check.arm, check.statistic)
    ]
    if not rows:
        return Result(check.says, Bearing.UNCLEAR, f"{check.study} gives no {check.statistic}")
    row = rows[0]
    bounds = {"at least": check.at_least, "at most": check.at_most}
    needed = " and ".join(f"{word} {bound:g}" for word, bound in bounds.items() if math.isfinite(bound))
    said = f"{check.statistic.replace('_', ' ')} {row.value:g}; {needed} would fit"
    memory = row.verified is Seen.MEMORY
    bearing = Bearing.FOR if check.at_least <= row.value <= check.at_most else Bearing.AGAINST
    return Result(check.says, bearing, said, (check.study,), memory)


@_look.register
def _(check: Share, trials: Trials) -> Result:
    """The pooled share of treated people, from arms whose share was seen, else from memory, saying so."""
    arms = list(_treated(trials, check))
    seen = [(study, arm, n) for study, arm, n in arms if not _from_memory(arm, check)]
    used, memory = (seen, False) if seen else (arms, True)
    if not used:
        return Result(check.says, Bearing.UNCLEAR, "no arm with a count and its number")
    effects = [logit_proportion(n, arm.counted or 0) for _, arm, n in used]
    names = tuple(f"{study.id} {arm.arm_id}" for study, arm, _ in used)
    pooled = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), Choices())
    share, low, high = (100 * proportion_of_logit(value) for value in (pooled.estimate, *pooled.ci))
    least, most = check.between
    outside = high < least or low > most
    bearing = Bearing.AGAINST if outside else Bearing.FOR if least <= share <= most else Bearing.MIXED
    people = sum(arm.counted or 0 for _, arm, _ in used)
    said = f"{share:.1f} % ({low:.1f} to {high:.1f}) of {people} people; {least:g} to {most:g} % would fit"
    return Result(check.says, bearing, said, tuple(dict.fromkeys(study.id for study, _, _ in used)), memory)


def _treated(trials: Trials, check: Share) -> Iterator[tuple[Study, Arm, int]]:
    for study in trials.studies:
        if study.facts.indication not in check.indications or study.facts.any_time != check.any_time:
            continue
        if study.facts.overlaps and _larger_is_here(trials, study):
            continue
        for arm in study.arms:
            count = arm.responders_n if check.outcome == "response" else arm.remitters_n
            if count is not None and arm.counted and _fits(trials, arm, check):
                yield study, arm, count


def _larger_is_here(trials: Trials, study: Study) -> bool:
    """True where a study with some of the same people, and more of them, is in the dataset."""
    others = [other for id in study.facts.overlaps if (other := trials.study(id)) is not None]
    return any((_people(other), other.id) > (_people(study), study.id) for other in others)


def _people(study: Study) -> int:
    return sum(arm.n_analysed or arm.n_randomised or 0 for arm in study.arms)


def _fits(trials: Trials, arm: Arm, check: Share) -> bool:
    molecule, route = trials.molecules[arm.molecule], trials.routes[arm.route]
    if molecule == "none" or check.molecule not in (None, molecule) or check.route not in (None, route):
        return False
    hours = arm.timepoint_hours
    return check.hours is None or (hours is not None and check.hours[0] <= hours <= check.hours[1])


def _from_memory(arm: Arm, check: Share) -> bool:
    name = "responders" if check.outcome == "response" else "remitters"
    given = [field for field in (f"{name}_n", f"{name}_pct") if getattr(arm, field) is not None]
    return all(arm.seen(field) is Seen.MEMORY for field in given)


@_look.register
def _(check: Effect, trials: Trials) -> Result:
    """Each pool of the question by itself; those from memory alone are named and bear nothing out."""
    question = Question(
        figure=Figure(check.outcome),
        measure=Measure(check.measure),
        indication=check.indication,
        molecule=check.molecule,
        route=check.route,
        hours=check.hours,
        on=check.on,
    )
    groups = [group for group in select(trials, question).groups if group.seen]
    if not groups:
        return Result(check.says, Bearing.UNCLEAR, "no comparison whose outcome was seen")
    found = [_favours(group.seen, question) for group in groups]
    favours = [one for one, _ in found]
    bearing = Bearing.FOR if all(favours) else Bearing.MIXED if any(favours) else Bearing.AGAINST
    studies = tuple(each.name for group in groups for each in group.seen)
    return Result(check.says, bearing, "; ".join(said for _, said in found), studies)


def _favours(contrasts: Sequence[Contrast], question: Question) -> tuple[bool, str]:
    """Does the whole interval favour the treatment? For a score below 0, for response and remission above it."""
    effects = [each.found.effect for each in contrasts]
    names = tuple(each.name for each in contrasts)
    pooled = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), Choices())
    low, high = pooled.ci
    favours = high < 0 if question.figure is Figure.CHANGE else low > 0
    key = contrasts[0].key
    against = key.comparator.replace("_", " ")
    read = [pooled.estimate, low, high]
    if question.measure.logarithmic:
        read = [math.exp(value) for value in read]
    figures = f"{question.measure} {read[0]:.2f} ({read[1]:.2f} to {read[2]:.2f})"
    return favours, f"{key.molecule} {key.route} against {against}: {figures}"

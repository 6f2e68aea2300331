"""How sure a pooled result is: where it begins by its design, and each step down with the number that caused it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.bias import egger
from remit.evidence.contrasts import Figure
from remit.evidence.hundred import counted
from remit.evidence.pooling import Pooled
from remit.evidence.selection import Contrast
from remit.pathway.choice import LEVELS, CertaintyRule
from remit.pathway.sourced import Sourced
from remit.pathway.trials import Arm, Design, Trials
from remit.quantities import BadInput

RANDOMISED = frozenset({Design.PARALLEL, Design.CROSSOVER, Design.FIRST_PHASE, Design.WITHDRAWAL})


@dataclass(frozen=True, slots=True)
class Step:
    """One reason that may lower the certainty: by how many levels, the number, and the limit that it was held to."""

    reason: str
    down: int
    number: str
    limit: Sourced[float]


@dataclass(frozen=True, slots=True)
class Certainty:
    """Where a result began, every step, and where it ends."""

    start: int
    limit: Sourced[float]
    steps: tuple[Step, ...]

    @property
    def level(self) -> int:
        """From 4, high, to 1, very low."""
        return max(1, self.start - sum(step.down for step in self.steps))

    @property
    def word(self) -> str:
        """The level in words."""
        return LEVELS[self.level - 1]

    @property
    def sign(self) -> str:
        """The level as circles, of which a high one fills all."""
        return "●" * self.level + "○" * (len(LEVELS) - self.level)

    @property
    def start_word(self) -> str:
        """Where it began, in words."""
        return LEVELS[self.start - 1]


@dataclass(frozen=True, slots=True)
class Judging:
    """One pool to be judged: its comparisons, what they come to, and of whom it is asked."""

    trials: Trials
    rule: CertaintyRule
    figure: Figure
    contrasts: Sequence[Contrast]
    pooled: Pooled
    indication: str | None

    @property
    def arms(self) -> tuple[Arm, ...]:
        """Every arm once."""
        held = {(a.study_id, a.arm_id): a for c in self.contrasts for a in (*c.active, c.control)}
        return tuple(held.values())

    @property
    def people(self) -> int:
        """How many people the comparisons rest on."""
        return sum(each.found.people for each in self.contrasts)


def certainty(held: Judging) -> Certainty:
    """The certainty of a pool, every reason looked at, also those that lower nothing."""
    randomised = all(each.study.facts.design in RANDOMISED for each in held.contrasts)
    limit = held.rule.start_randomised if randomised else held.rule.start_other
    steps = (
        _told_apart(held), _dropped(held), _inconsistent(held), _indirect(held), _few(held), _undecided(held),
        _small_studies_missing(held), _from_memory(held),
    )  # fmt: skip
    return Certainty(int(limit.value), limit, steps)


def _told_apart(held: Judging) -> Step:
    """Risk of bias: could people tell which treatment they had?"""
    rule = held.rule
    weights = dict(zip(held.pooled.studies.names, held.pooled.weights, strict=True))
    told = sum(
        weights[each.name]
        for each in held.contrasts
        if held.trials.comparators[each.control.comparator_type or ""] in rule.told_apart.value
        and each.control.comparator_type not in rule.hidden
    )
    said = f"{told:.0f} % of the weight in comparisons whose people can tell the treatments apart"
    return Step("risk of bias: blinding", int(told >= rule.told_apart_share.value), said, rule.told_apart_share)


def _dropped(held: Judging) -> Step:
    """Risk of bias: how many left, where a paper says it."""
    limit = held.rule.dropped_share
    sizes = [(arm.dropouts_n, arm.n_randomised or arm.n_analysed) for arm in held.arms]
    known = [(left, of) for left, of in sizes if left is not None and of is not None]
    if not known:
        return Step("risk of bias: dropout", 0, f"not found in any of {len(sizes)} arms", limit)
    share = 100 * sum(left for left, _ in known) / sum(of for _, of in known)
    said = f"{share:.0f} % left, known of {len(known)} of {len(sizes)} arms"
    enough = 2 * len(known) >= len(sizes)
    return Step("risk of bias: dropout", int(enough and share > limit.value), said, limit)


def _inconsistent(held: Judging) -> Step:
    rule = held.rule
    if held.pooled.k == 1:
        return Step("inconsistency", 0, "one comparison: nothing to disagree with", rule.disagree)
    i2 = held.pooled.i2
    much = i2 >= rule.disagree_much.value
    down = 2 if much else int(i2 >= rule.disagree.value)
    said = f"I² {i2:.0f} % of {held.pooled.k} comparisons"
    return Step("inconsistency", down, said, rule.disagree_much if much else rule.disagree)


def _indirect(held: Judging) -> Step:
    limit = held.rule.other_people_share
    if held.indication is None:
        return Step("indirectness", 0, "asked of all depression", limit)
    other = sum(each.found.people for each in held.contrasts if each.study.facts.indication != held.indication)
    share = 100 * other / held.people
    return Step("indirectness", int(share >= limit.value), f"{share:.0f} % of the people had another indication", limit)


def _few(held: Judging) -> Step:
    """Imprecision: too few people, or too few with the outcome."""
    rule = held.rule
    if held.figure is Figure.CHANGE:
        many, limit, said = held.people, rule.people_needed, f"{held.people} people"
    else:
        many, limit = sum(counted(arm, held.figure) or 0 for arm in held.arms), rule.events_needed
        said = f"{many} people with the outcome"
    far = 100 * many < rule.far_too_few.value * limit.value
    return Step("imprecision: size", 2 if far else int(many < limit.value), said, limit)


def _undecided(held: Judging) -> Step:
    """Imprecision: does the interval include no difference?"""
    low, high = held.pooled.ci
    within = low <= 0 <= high
    said = f"the interval of {held.pooled.choices.level:g} % {'includes' if within else 'leaves out'} no difference"
    limit = held.rule.people_needed if held.figure is Figure.CHANGE else held.rule.events_needed
    return Step("imprecision: interval", int(within), said, limit)


def _small_studies_missing(held: Judging) -> Step:
    rule, k = held.rule, held.pooled.k
    if k < rule.funnel_studies.value:
        said = f"cannot be judged: {k} of at least {rule.funnel_studies.value:g} comparisons"
        return Step("publication bias", 0, said, rule.funnel_studies)
    try:
        p = egger(held.pooled).slope.p
    except BadInput as refused:
        return Step("publication bias", 0, f"cannot be judged: {refused}", rule.funnel_studies)
    return Step("publication bias", int(p < rule.funnel_p.value), f"Egger's test p {p:.3g}", rule.funnel_p)


def _from_memory(held: Judging) -> Step:
    limit = held.rule.from_memory
    unseen = sum(len(each.found.not_seen) for each in held.contrasts)
    return Step("figures not seen", int(unseen > limit.value), f"{unseen} figures of denominators or spread", limit)

"""Which trials may be pooled: what does not belong together is kept apart, and every exclusion says why.

Kept apart by default and joined only by an explicit choice: comparators, molecules, routes and times; trials that
randomised only responders, response at any time, outcomes of suicidality, and cohorts that share people. Trials
without an effect are trials like the others. A row from memory is for a sensitivity line only.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from remit.evidence.contrasts import Figure, Found, compare
from remit.evidence.effects import Measure
from remit.pathway.trials import Arm, Comparator, Design, Outcome, Study, TimeBand, Trials
from remit.quantities import BadInput


class Join(StrEnum):
    """What somebody may explicitly pool that is kept apart by default."""

    COMPARATORS = "comparators"
    MOLECULES = "molecules"
    ROUTES = "routes"
    TIMES = "times"
    ENRICHED = "enriched"
    ANY_TIME = "any_time"
    SUICIDALITY = "suicidality"
    OVERLAPS = "overlaps"


class Reason(StrEnum):
    """Why a comparison is not in a pool."""

    NOT_ASKED = "not_asked"
    NO_COMPARATOR = "no_comparator"
    CROSSOVER = "crossover_without_correlation"
    ENRICHED = "enriched_withdrawal"
    ANY_TIME = "response_at_any_time"
    SUICIDALITY = "suicidality_outcome"
    OTHER_OUTCOME = "other_outcome"
    NOT_RANDOMISED = "arm_not_randomised"
    OVERLAP = "overlapping_cohort"
    POOLED_RECORD = "pooled_record"
    NO_FIGURES = "figures_not_known"
    NOT_SEEN = "figures_not_seen"


DEPRESSION = ("mdd", "mdd_trd", "mdsi", "bipolar_depression", "mixed_depression")
"""Indications whose outcome is depression; the default where none is asked for."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the trials. `None` asks for all, each kept apart."""

    figure: Figure
    measure: Measure
    indication: str | None = None
    molecule: str | None = None
    route: str | None = None
    comparator: Comparator | None = None
    hours: tuple[float, float] | None = None
    """From and up to how many hours after the first dose."""
    on: Outcome | None = None
    """What response and remission are counted on; `None` asks for depression, or for what the indication is about."""
    join: frozenset[Join] = frozenset()
    only_seen: bool = False
    """Leave out comparisons of which any figure was not seen, denominators and spreads included."""

    def __post_init__(self) -> None:
        if self.measure not in self.figure.measures:
            raise BadInput(f"measure: {self.figure} has {', '.join(self.figure.measures)}, not {self.measure}")
        if self.hours is not None and not 0 <= self.hours[0] <= self.hours[1]:
            raise BadInput(f"at: a span from 0 on is needed, not {self.hours[0]:g} to {self.hours[1]:g} h")


@dataclass(frozen=True, slots=True)
class Key:
    """What all comparisons of one pool have in common; `joined` where a choice let it differ."""

    molecule: str
    route: str
    comparator: str
    time: str
    scale: str = ""


JOINED = "joined"


@dataclass(frozen=True, slots=True)
class Contrast:
    """One comparison that may be pooled."""

    study: Study
    name: str
    active: tuple[Arm, ...]
    control: Arm
    key: Key
    found: Found


@dataclass(frozen=True, slots=True)
class Excluded:
    """One comparison, or record, that is not in a pool, and why."""

    study: str
    arms: tuple[str, ...]
    reason: Reason
    text: str


@dataclass(frozen=True, slots=True)
class Group:
    """Comparisons that belong together: those whose outcome was seen, and with them those from memory."""

    key: Key
    seen: tuple[Contrast, ...]
    memory: tuple[Contrast, ...]


@dataclass(frozen=True, slots=True)
class Selection:
    """The answer: groups to be pooled one by one, and everything left out."""

    question: Question
    groups: tuple[Group, ...]
    excluded: tuple[Excluded, ...]


def select(trials: Trials, question: Question) -> Selection:
    """Choose what answers the question. Raises `BadInput` for a word that the trials do not know."""
    _known(trials, question)
    candidates: list[Contrast] = []
    excluded = [
        Excluded(name, (), Reason.POOLED_RECORD, f"pools {', '.join(parts)}, which are here themselves")
        for name, parts in trials.pooled_records.items()
    ]
    for study in trials.studies:
        for found in _contrasts(trials, study, question):
            if isinstance(found, Contrast):
                candidates.append(found)
            else:
                excluded.append(found)
    kept, doubled = _without_overlaps(candidates, question)
    keys = sorted({contrast.key for contrast in kept}, key=str)
    groups = tuple(_group(key, [contrast for contrast in kept if contrast.key == key]) for key in keys)
    return Selection(question, groups, (*excluded, *doubled))


def _known(trials: Trials, question: Question) -> None:
    words = {
        "indication": (question.indication, {study.facts.indication for study in trials.studies}),
        "molecule": (question.molecule, {*trials.molecules.values()} - {"none"}),
        "route": (question.route, {*trials.routes.values()} - {"none"}),
    }
    for name, (asked, there) in words.items():
        if asked is not None and asked not in there:
            raise BadInput(f"{name}: one of {', '.join(sorted(there))} is needed, not {asked!r}")


def _group(key: Key, contrasts: Sequence[Contrast]) -> Group:
    seen = tuple(contrast for contrast in contrasts if not contrast.found.from_memory)
    return Group(key, seen, tuple(contrast for contrast in contrasts if contrast.found.from_memory))


def _contrasts(trials: Trials, study: Study, question: Question) -> Iterator[Contrast | Excluded]:
    """Each comparison of one study: active arms of one molecule and route together against their control."""
    refused = _study_refused(study, question)
    if refused is not None:
        yield Excluded(study.id, (), *refused)
        return
    for apart in study.facts.apart:
        yield Excluded(study.id, (apart,), Reason.NOT_RANDOMISED, "the arm was not randomised with the others")
    for active, control in _pairs(trials, study):
        arms = (*(arm.arm_id for arm in active), control.arm_id)
        refused = _comparison_refused(trials, question, active[0], control)
        if refused is None:
            try:
                found = compare(question.figure, question.measure, active, control)
            except BadInput as missing:
                refused = (Reason.NO_FIGURES, str(missing))
            else:
                if not (question.only_seen and (found.not_seen or found.from_memory)):
                    yield _contrast(trials, study, question, active, control, found)
                    continue
                refused = (Reason.NOT_SEEN, ", ".join(found.not_seen))
        yield Excluded(study.id, arms, *refused)


def _contrast(
    trials: Trials, study: Study, question: Question, active: tuple[Arm, ...], control: Arm, found: Found
) -> Contrast:
    several = len(_pairs(trials, study)) > 1
    name = f"{study.id} {'+'.join(arm.arm_id for arm in active)}" if several else study.id
    return Contrast(study, name, active, control, _key(trials, question, active[0], control), found)


def _study_refused(study: Study, question: Question) -> tuple[Reason, str] | None:
    facts, join = study.facts, question.join
    outcome = _outcome_refused(study, question)
    if outcome is not None:
        return outcome
    if facts.design in (Design.SINGLE_ARM, Design.COHORT) or not study.comparators:
        return Reason.NO_COMPARATOR, facts.why
    if facts.enriched and Join.ENRICHED not in join:
        return Reason.ENRICHED, facts.why
    if facts.any_time and Join.ANY_TIME not in join:
        return Reason.ANY_TIME, facts.why
    if facts.design is Design.CROSSOVER and not _paired(study, question):
        return Reason.CROSSOVER, f"{facts.why}: its arms are the same people, and no correlation is known"
    return None


def _outcome_refused(study: Study, question: Question) -> tuple[Reason, str] | None:
    """Is this another indication, or another thing that is counted?"""
    facts = study.facts
    if question.on is not None:
        if question.indication not in (None, facts.indication):
            return Reason.NOT_ASKED, f"indication {facts.indication}"
        return None if facts.outcome is question.on else (Reason.OTHER_OUTCOME, f"counted on {facts.outcome}")
    suicidality = facts.outcome is Outcome.SUICIDALITY
    asked = (question.indication,) if question.indication else DEPRESSION
    if suicidality and Join.SUICIDALITY not in question.join:
        return Reason.SUICIDALITY, facts.why
    if facts.indication not in asked and not suicidality:
        return Reason.NOT_ASKED, f"indication {facts.indication}"
    if facts.outcome is Outcome.SELF_JUDGED or (question.indication is None and not _depression(facts.outcome)):
        return Reason.OTHER_OUTCOME, facts.why
    return None


def _depression(outcome: Outcome) -> bool:
    return outcome in (Outcome.DEPRESSION, Outcome.SUICIDALITY)


def _paired(study: Study, question: Question) -> bool:
    """True where a crossover gives its own paired difference."""
    return question.figure is Figure.CHANGE and any(arm.diff_mean is not None for arm in study.arms)


def _pairs(trials: Trials, study: Study) -> list[tuple[tuple[Arm, ...], Arm]]:
    """Active arms that share molecule, route and control, with that control: nobody is counted twice."""
    by_id = {arm.arm_id: arm for arm in study.arms}
    found: dict[tuple[str, str, str], list[Arm]] = {}
    for arm in study.arms:
        if arm.is_comparator or arm.arm_id in study.facts.apart:
            continue
        control = study.facts.pairs.get(arm.arm_id, study.comparators[0].arm_id)
        found.setdefault((trials.molecules[arm.molecule], trials.routes[arm.route], control), []).append(arm)
    return [(tuple(arms), by_id[control]) for (_, _, control), arms in found.items()]


def _comparison_refused(trials: Trials, question: Question, arm: Arm, control: Arm) -> tuple[Reason, str] | None:
    kind = trials.comparators[control.comparator_type or ""]
    asked = {
        "molecule": (question.molecule, trials.molecules[arm.molecule]),
        "route": (question.route, trials.routes[arm.route]),
        "comparator": (question.comparator, kind),
    }
    for name, (wanted, there) in asked.items():
        if wanted is not None and wanted != there:
            return Reason.NOT_ASKED, f"{name} {there}"
    hours = arm.timepoint_hours
    if hours is None:
        return Reason.NO_FIGURES, "the time of the outcome is not known"
    if question.hours is not None and not question.hours[0] <= hours <= question.hours[1]:
        return Reason.NOT_ASKED, f"{hours:g} hours after the first dose"
    return None


def _key(trials: Trials, question: Question, arm: Arm, control: Arm) -> Key:
    join = question.join
    own = Key(
        molecule=trials.molecules[arm.molecule],
        route=trials.routes[arm.route],
        comparator=trials.comparators[control.comparator_type or ""].value,
        time=_band(trials.time_bands, arm.timepoint_hours or 0.0),
        scale=(arm.scale or "") if question.measure is Measure.MD else "",
    )
    if question.hours is not None:
        own = replace(own, time=f"{question.hours[0]:g} to {question.hours[1]:g} h")
    names = {
        Join.MOLECULES: "molecule",
        Join.ROUTES: "route",
        Join.COMPARATORS: "comparator",
        Join.TIMES: "time",
    }
    return replace(own, **{name: JOINED for choice, name in names.items() if choice in join})


def _band(bands: Sequence[TimeBand], hours: float) -> str:
    return next(band.id for band in bands if band.up_to_hours is None or hours <= band.up_to_hours)


def _without_overlaps(candidates: Sequence[Contrast], question: Question) -> tuple[list[Contrast], list[Excluded]]:
    """Of studies that share people, the one with the most people whose outcome was seen."""
    if Join.OVERLAPS in question.join:
        return list(candidates), []
    sizes: dict[str, tuple[bool, int]] = {}
    for each in candidates:
        seen, people = sizes.get(each.study.id, (False, 0))
        sizes[each.study.id] = (seen or not each.found.from_memory, people + each.found.people)
    kept: list[Contrast] = []
    excluded: list[Excluded] = []
    order = {id: at for at, id in enumerate(sizes)}
    for each in candidates:
        sharing = [id for id in sizes if id in each.study.facts.overlaps or each.study.id in _overlaps(candidates, id)]
        mine = (*sizes[each.study.id], -order[each.study.id])
        better = [id for id in sharing if (*sizes[id], -order[id]) > mine]
        if better:
            arms = (*(arm.arm_id for arm in each.active), each.control.arm_id)
            excluded.append(Excluded(each.study.id, arms, Reason.OVERLAP, f"shares people with {', '.join(better)}"))
        else:
            kept.append(each)
    return kept, excluded


def _overlaps(candidates: Sequence[Contrast], id: str) -> tuple[str, ...]:
    return next((each.study.facts.overlaps for each in candidates if each.study.id == id), ())

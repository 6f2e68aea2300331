"""Rating scales as values, and the score of a set of answers.

A missing answer is not a zero: a half-filled scale has no total and no band, but what was answered still raises its
alerts. Some scales are never summed; their answers are triaged. Every bound, band and cut-off is part of the `Scale`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from remit.pathway.sourced import Source, Sourced
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Item:
    """One question: its place from 1, the lowest and highest answer, and when it is asked at all."""

    n: int
    low: int
    high: int
    name: str = ""
    loinc: str | None = None
    asked_if: int | None = None
    """Asked only when that item was answered with more than its lowest answer."""
    follow_up: bool = False
    """A second part of `asked_if`: it counts as an item of its own only where its place was given."""


@dataclass(frozen=True, slots=True)
class Band:
    """A named range of totals, both ends included."""

    name: str
    low: int
    high: int

    def holds(self, total: int) -> bool:
        """True for a total inside the band."""
        return self.low <= total <= self.high


@dataclass(frozen=True, slots=True)
class AlertRule:
    """An answer (or, without an item, a total) that makes somebody act."""

    action: str
    item: int | None = None
    at_least: int | None = None
    at_most: int | None = None
    source: Source = field(default_factory=Source)

    def fires(self, value: int | None) -> bool:
        """True for a value at or beyond the alert's limit; an unknown value never fires."""
        if value is None:
            return False
        high = self.at_least is not None and value >= self.at_least
        low = self.at_most is not None and value <= self.at_most
        return high or low


@dataclass(frozen=True, slots=True)
class Level:
    """One level of a triage, reached by any of these items; levels stand from the mildest to the gravest."""

    name: str
    items: tuple[int, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Cut:
    """A screening cut-off; where sources differ, from `low` (first met) to `high` (met for all)."""

    low: int
    high: int
    meaning: str
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """A provisional diagnosis: enough items of each cluster answered with `item_at_least` or more."""

    rule: str
    item_at_least: int
    need: Mapping[str, int]
    source: Source = field(default_factory=Source)


class Measure(StrEnum):
    """What a definition of an outcome looks at."""

    PERCENT_FALL = "percent_fall"
    POINTS_FALL = "points_fall"
    PERCENT_RISE = "percent_rise"
    POINTS_RISE = "points_rise"
    AT_MOST = "at_most"


@dataclass(frozen=True, slots=True)
class Criterion:
    """A definition of an outcome: a measure, its cut-off, and the one item it reads where it reads no total."""

    measure: Measure
    cut_off: float
    item: int | None = None


class Permission(StrEnum):
    """Whether the item texts of a scale may be shipped."""

    FREE = "free_text_ok"
    ASK = "permission"
    UNCLEAR = "unclear"


@dataclass(frozen=True, slots=True)
class Loinc:
    """LOINC codes of the panel and of its total; null where none is known."""

    panel: str | None = None
    total: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """A change that means something on this scale, in points or in percent."""

    name: str
    value: tuple[float, ...]
    unit: str


@dataclass(frozen=True, slots=True)
class Variant:
    """Another published cut-off for remission on the same scale."""

    text: str
    criterion: Criterion


@dataclass(frozen=True, slots=True)
class Scale:
    """One rating scale: structure, scoring, bands, alerts and outcome definitions. It holds no item wording."""

    id: str
    name: str
    rater: str
    items: tuple[Item, ...]
    items_source: Source
    total: Sourced[Band] | None
    source: Source
    recall_days: int | None = None
    recall: str | None = None
    bands: Sourced[tuple[Band, ...]] | None = None
    alerts: tuple[AlertRule, ...] = ()
    highest_of: tuple[tuple[int, ...], ...] = ()
    """Groups that add their highest answer once."""
    one_of: tuple[tuple[int, ...], ...] = ()
    """Items that stand for one another: one answer of each group is enough."""
    parts: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    """Subscales or clusters: first and last item."""
    cut: Cut | None = None
    diagnosis: Diagnosis | None = None
    triage: Sourced[tuple[Level, ...]] | None = None
    level_item: int | None = None
    """The item that stands for the state of illness where the scale has no total."""
    judged: bool = True
    """False for a scale on which no outcome is judged, such as one of a session's state of mind."""
    response: Sourced[Criterion] | None = None
    remission: Sourced[Criterion] | None = None
    remission_variants: tuple[Sourced[Variant], ...] = ()
    worsening: Sourced[Criterion] | None = None
    changes: tuple[Sourced[Change], ...] = ()
    direction: str = ""
    time_points: tuple[str, ...] = ()
    baseline_within: Sourced[int] | None = None
    """Back to baseline: at most this many points above the value before dosing."""
    permission: Permission = Permission.UNCLEAR
    attribution: str = ""
    loinc: Loinc = Loinc()
    notes: tuple[Sourced[str], ...] = ()

    @property
    def length(self) -> int:
        """How many items the scale has, follow-up questions not counted."""
        return sum(not item.follow_up for item in self.items)

    @property
    def floor(self) -> int:
        """The lowest value of the total, or of the item that stands for it."""
        if self.total is not None:
            return self.total.value.low
        return self.items[(self.level_item or 1) - 1].low


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert that was raised: by which item (null: the total), with which value, and what is to be done."""

    item: int | None
    value: int
    action: str


@dataclass(frozen=True, slots=True)
class Score:
    """What a set of answers comes to. Total and band are null unless the scale is complete."""

    scale_id: str
    answered: int
    items: int
    complete: bool
    total: int | None
    band: str | None
    alerts: tuple[Alert, ...]
    alert_items_missing: tuple[int, ...] = ()
    """Items that raise alerts and were not answered: unknown, not absent."""
    parts: Mapping[str, int | None] = field(default_factory=dict)
    cut_met: str | None = None
    provisional_diagnosis: bool | None = None

    def as_dict(self) -> dict[str, object]:
        """The score as the command line and the pages print it."""
        return {
            "scale": self.scale_id,
            "answered": self.answered,
            "items": self.items,
            "complete": self.complete,
            "total": self.total,
            "band": self.band,
            "alerts": [{"item": alert.item, "value": alert.value, "action": alert.action} for alert in self.alerts],
            "alert_items_missing": list(self.alert_items_missing),
        }


def score(scale: Scale, answers: Sequence[int | None]) -> Score:
    """Score a set of answers in the order of the items; null, or a place not given, is a missing answer.

    Raises `BadInput` for more answers than items and for an answer or a total out of its range.
    """
    given = _checked(scale, answers)
    complete = _complete(scale, given, len(answers))
    total = _total(scale, given) if complete else None
    return Score(
        scale_id=scale.id,
        answered=sum(answer is not None for answer in given.values()),
        items=len(_counted(scale, given, len(answers))),
        complete=complete,
        total=total,
        band=_band(scale, total, given) if complete else None,
        alerts=_raised(scale, given, total),
        alert_items_missing=_unseen(scale, given),
        parts={name: _sum(given, span) for name, span in scale.parts.items()},
        cut_met=_cut_met(scale, total),
        provisional_diagnosis=_provisional(scale, given) if complete else None,
    )


def score_total(scale: Scale, total: int, beside: Sequence[int | None] = ()) -> Score:
    """A total that was read off a form, as for scales whose wording is not ours to show.

    The answers given `beside` it raise their alerts too; what is not among them stays unknown.
    Raises `BadInput` for a scale that has no total, for a total out of its range and for one that its answers deny.
    """
    if scale.length == 1:
        return score(scale, [total])
    if scale.total is None:
        raise BadInput(f"{scale.id}: it has no total, its answers are needed")
    _in_range(f"{scale.id} total", scale.total.value.low, scale.total.value.high, total)
    answered = score(scale, beside)
    if answered.total not in (None, total):
        raise BadInput(f"{scale.id} total: {answered.total} is what its answers come to, not {total}")
    return Score(
        scale_id=scale.id,
        answered=0,
        items=scale.length,
        complete=True,
        total=total,
        band=_band(scale, total, {}),
        alerts=(*_raised(scale, {}, total), *(one for one in answered.alerts if one.item is not None)),
        alert_items_missing=answered.alert_items_missing,
        parts=dict.fromkeys(scale.parts),
        cut_met=_cut_met(scale, total),
    )


def alert_items_missing(scale: Scale, answers: Sequence[int | None]) -> tuple[int, ...]:
    """The items that raise alerts and stand unanswered: unknown, not absent."""
    return _unseen(scale, dict(enumerate(answers, start=1)))


Given = Mapping[int, int | None]


def _in_range(thing: str, low: int, high: int, value: int) -> None:
    if not low <= value <= high:
        raise BadInput(f"{thing}: {low} to {high} is needed, not {value}")


def _checked(scale: Scale, answers: Sequence[int | None]) -> dict[int, int | None]:
    most = len(scale.items)
    if len(answers) > most:
        raise BadInput(f"{scale.id} item {most + 1}: at most {most} answers are needed, not {len(answers)}")
    given = dict.fromkeys((item.n for item in scale.items), None) | dict(enumerate(answers, start=1))
    for item in scale.items:
        answer = given[item.n]
        if answer is not None:
            _in_range(f"{scale.id} item {item.n}", item.low, item.high, answer)
    return given


def _denied(scale: Scale, item: Item, given: Given) -> bool:
    """True where the item's condition was answered with its lowest answer, so that the form skips it."""
    return item.asked_if is not None and given.get(item.asked_if) == scale.items[item.asked_if - 1].low


def _asked(scale: Scale, item: Item, given: Given) -> bool:
    """False for an item that the form skips, unless one that hangs on the same condition was answered all the same."""
    siblings = [other.n for other in scale.items if other.asked_if == item.asked_if]
    return not _denied(scale, item, given) or any(given[n] is not None for n in siblings)


def _counted(scale: Scale, given: Given, places: int) -> list[Item]:
    """The items of the form, a follow-up question only where its place was given and it applies."""
    return [item for item in scale.items if not item.follow_up or (item.n <= places and _asked(scale, item, given))]


def _complete(scale: Scale, given: Given, places: int) -> bool:
    stand_ins = {n: group for group in scale.one_of for n in group}
    return all(
        any(given[n] is not None for n in stand_ins.get(item.n, (item.n,)))
        for item in _counted(scale, given, places)
        if _asked(scale, item, given)
    )


def _total(scale: Scale, given: Given) -> int | None:
    if scale.total is None:
        return None
    grouped = {n for group in scale.highest_of for n in group}
    singles = [answer for n, answer in given.items() if n not in grouped and answer is not None]
    highest = [max(given[n] or 0 for n in group) for group in scale.highest_of]
    total = sum(singles) + sum(highest)
    _in_range(f"{scale.id} total", scale.total.value.low, scale.total.value.high, total)
    return total


def _sum(given: Given, span: tuple[int, int]) -> int | None:
    answers = [given[n] for n in range(span[0], span[1] + 1)]
    known = [answer for answer in answers if answer is not None]
    return sum(known) if len(known) == len(answers) else None


def _band(scale: Scale, total: int | None, given: Given) -> str | None:
    if scale.triage is not None:
        return _triaged(scale.triage.value, given)
    if scale.bands is None or total is None:
        return None
    holding = [band for band in scale.bands.value if band.holds(total)]
    return min(holding, key=lambda band: band.high - band.low).name if holding else None


def _triaged(levels: tuple[Level, ...], given: Given) -> str | None:
    """The gravest level that an answer reaches; the first level of the list where none does."""
    reached = [level.name for level in levels if any(given[n] for n in level.items)]
    return reached[-1] if reached else levels[0].name


def _raised(scale: Scale, given: Given, total: int | None) -> tuple[Alert, ...]:
    raised = []
    for rule in scale.alerts:
        value = total if rule.item is None else given.get(rule.item)
        if value is not None and rule.fires(value):
            raised.append(Alert(rule.item, value, rule.action))
    return (*raised, *_triage_alerts(scale, given))


def _triage_alerts(scale: Scale, given: Given) -> list[Alert]:
    """One alert an answer that reaches a level; an open follow-up question counts as if it were answered with yes."""
    raised = []
    for item in scale.items if scale.triage else ():
        answer = given[item.n]
        if not answer:
            continue
        follow_up = next((other.n for other in scale.items if other.follow_up and other.asked_if == item.n), None)
        unsure = follow_up is not None and given[follow_up] is None
        action = _action(scale, {item.n, follow_up} if unsure else {item.n})
        if action is not None:
            name = scale.items[follow_up - 1].name if follow_up is not None else ""
            raised.append(Alert(item.n, answer, f"{action} ({name}: not asked, taken as yes)" if unsure else action))
    return raised


def _action(scale: Scale, numbers: set[int | None]) -> str | None:
    levels = scale.triage.value if scale.triage else ()
    actions = [level.action for level in levels if numbers & set(level.items)]
    return actions[-1] if actions else None


def watched_items(scale: Scale) -> tuple[int, ...]:
    """The items whose answers can raise an alert."""
    watched = {rule.item for rule in scale.alerts if rule.item is not None}
    watched |= {n for level in (scale.triage.value if scale.triage else ()) for n in level.items}
    return tuple(item.n for item in scale.items if item.n in watched)


def _unseen(scale: Scale, given: Given) -> tuple[int, ...]:
    watched = watched_items(scale)
    return tuple(
        item.n
        for item in scale.items
        if item.n in watched and given.get(item.n) is None and not _denied(scale, item, given)
    )


def _cut_met(scale: Scale, total: int | None) -> str | None:
    if scale.cut is None or total is None:
        return None
    if total >= scale.cut.high:
        return "met"
    return "within the published range" if total >= scale.cut.low else "not met"


def _provisional(scale: Scale, given: Given) -> bool | None:
    if scale.diagnosis is None:
        return None
    return all(
        sum((given[n] or 0) >= scale.diagnosis.item_at_least for n in range(first, last + 1)) >= needed
        for name, needed in scale.diagnosis.need.items()
        for first, last in [scale.parts[name]]
    )

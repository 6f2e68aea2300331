"""The score of a set of answers.

A missing answer is not a zero: a half-filled scale has no total and no band, but what was answered still raises its
alerts. Some scales are never summed; their answers are triaged.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from remit.pathway.scales import Item, Level, Scale
from remit.quantities import BadInput


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

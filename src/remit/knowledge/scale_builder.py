"""A scale file as the pathway's value, every definition with its source."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import structs

from remit.knowledge.scale_file import AlertEntry, ChangeValue, Outcome, ScaleFile
from remit.knowledge.scale_reading import count_of, items_of
from remit.pathway.scales import (
    AlertRule,
    Band,
    Change,
    Criterion,
    Cut,
    Diagnosis,
    Level,
    Loinc,
    Measure,
    Scale,
    Variant,
)
from remit.pathway.sourced import Source, Sourced
from remit.quantities import BadInput

SourceOf = Callable[[str], Source]
"""The source of the value with an id of the knowledge, such as `PHQ9.remission`."""

NOBODY = Level("none", (), "")
"""The triage of a person who denied everything."""


def build(file: ScaleFile, source: SourceOf) -> Scale:
    """The pathway's value of a scale file; `source` tells the source of a path inside it."""
    id = file.id
    measured = "maxima" if file.items.maxima else "max" if file.items.max is not None else None
    return Scale(
        id=id,
        name=file.name,
        rater=file.rater,
        items=items_of(file),
        items_source=source(f"{id}.items.{measured}" if measured else f"{id}.items"),
        total=_total(file, source),
        source=source(id),
        recall_days=file.recall_days,
        recall=file.recall,
        bands=_bands(file, source),
        alerts=_alerts(file, source),
        highest_of=_groups(file.scoring.groups_max if file.scoring else []),
        one_of=_groups(file.scoring.one_of if file.scoring else []),
        parts=(file.subscales or {}) | (file.clusters or {}),
        cut=_cut(file, source),
        diagnosis=_diagnosis(file, source),
        triage=_triage(file, source),
        level_item=1 if file.percent_change_of else None,
        judged=_judged(file),
        response=_outcome(file, "response", file.response or None, source),
        remission=_outcome(file, "remission", file.remission, source),
        remission_variants=_variants(file, source),
        worsening=_worsening(file, source),
        changes=_changes(file, source),
        direction=file.direction or "",
        time_points=tuple(file.time_points or ()),
        baseline_within=_baseline_within(file, source),
        permission=file.licence.level,
        attribution=file.licence.text or "",
        loinc=Loinc(file.loinc.panel, file.loinc.total),
        notes=_notes(file, source),
    )


def _judged(file: ScaleFile) -> bool:
    return file.response is not None and (file.total is not None or file.percent_change_of is not None)


def _total(file: ScaleFile, source: SourceOf) -> Sourced[Band] | None:
    """The range of the total; on a scale of one item the total is its answer."""
    path = f"{file.id}.total"
    if file.total is not None:
        return Sourced(Band("total", file.total.min, file.total.max), source(path), path)
    if file.items.n == 1:
        (item,) = items_of(file)
        return Sourced(Band("total", item.low, item.high), source(f"{file.id}.items"), f"{file.id}.items")
    return None


def _groups(groups: list[list[int]]) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(group) for group in groups)


def _bands(file: ScaleFile, source: SourceOf) -> Sourced[tuple[Band, ...]] | None:
    if not file.bands:
        return None
    path = f"{file.id}.bands"
    bands = tuple(Band(name, low, high) for name, (low, high) in file.bands.items())
    return Sourced(bands, source(path), path, file.bands_note or "")


def _alerts(file: ScaleFile, source: SourceOf) -> tuple[AlertRule, ...]:
    rules = [_alert(entry, source(f"{file.id}.alerts.{at}"), file) for at, entry in enumerate(file.alerts)]
    if file.switch_alert:
        rules.append(_alert(file.switch_alert, source(f"{file.id}.switch_alert"), file))
    return tuple(rules)


def _alert(entry: AlertEntry, source: Source, file: ScaleFile) -> AlertRule:
    """An alert without an item watches the total, which on a scale of one item is that item."""
    item = 1 if entry.item is None and count_of(file.items) == 1 else entry.item
    return AlertRule(entry.action, item, entry.at_least, entry.at_most, source)


def _cut(file: ScaleFile, source: SourceOf) -> Cut | None:
    if file.cut:
        return Cut(file.cut.at_least, file.cut.at_least, file.cut.meaning, source(f"{file.id}.cut"))
    if file.screen_cut:
        low, high = file.screen_cut.range
        return Cut(low, high, "screening cut-off", source(f"{file.id}.screen_cut"))
    return None


def _diagnosis(file: ScaleFile, source: SourceOf) -> Diagnosis | None:
    held = file.provisional_diagnosis
    if held is None:
        return None
    return Diagnosis(held.rule, held.item_at_least, held.need, source(f"{file.id}.provisional_diagnosis"))


def _triage(file: ScaleFile, source: SourceOf) -> Sourced[tuple[Level, ...]] | None:
    if file.triage is None or file.actions is None:
        return None
    numbers, actions = file.triage.item_of, file.actions
    reached = {
        "low": (file.triage.low, actions.low),
        "moderate": (file.triage.moderate, actions.moderate),
        "high": (file.triage.high, actions.high),
    }
    levels = [Level(name, tuple(numbers[word] for word in by.any), action) for name, (by, action) in reached.items()]
    path = f"{file.id}.triage"
    return Sourced((NOBODY, *levels), source(path), path, file.triage.rule)


def _criterion(file: ScaleFile, held: Outcome) -> Criterion | None:
    named = {"severity": held.severity_at_most, "improvement": held.improvement_at_most, "change": held.change_at_most}
    for item in items_of(file):
        at_most = named.get(item.name)
        if at_most is not None:
            return Criterion(Measure.AT_MOST, at_most, item.n)
    if held.max is not None:
        return Criterion(Measure.AT_MOST, held.max)
    if held.percent is not None:
        return Criterion(Measure.PERCENT_FALL, held.percent)
    return Criterion(Measure.POINTS_FALL, held.points) if held.points is not None else None


def _outcome(file: ScaleFile, name: str, held: Outcome | None, source: SourceOf) -> Sourced[Criterion] | None:
    if held is None:
        return None
    criterion = _criterion(file, held)
    if criterion is None:
        raise BadInput(f"{file.id}: {name}: a cut-off is needed")
    path = f"{file.id}.{name}"
    note = ", ".join(words for words in (held.text, held.rule, held.note) if words)
    return Sourced(criterion, source(path), path, note)


def _worsening(file: ScaleFile, source: SourceOf) -> Sourced[Criterion] | None:
    if file.worsening is None or file.worsening.points is None:
        return None
    path = f"{file.id}.worsening"
    criterion = Criterion(Measure.POINTS_RISE, file.worsening.points)
    return Sourced(criterion, source(path), path, file.worsening.note or "")


def _variants(file: ScaleFile, source: SourceOf) -> tuple[Sourced[Variant], ...]:
    variants = (file.remission.variants or []) if file.remission else []
    return tuple(
        Sourced(Variant(held.text, Criterion(Measure.AT_MOST, held.max)), source(path), path)
        for path, held in ((f"{file.id}.remission.variants.{at}", held) for at, held in enumerate(variants))
    )


def _changes(file: ScaleFile, source: SourceOf) -> tuple[Sourced[Change], ...]:
    held = structs.asdict(file.change) if file.change else {}
    changes = []
    for name, value in held.items():
        path = f"{file.id}.change.{name}"
        for number, unit in _numbers(name, value):
            changes.append(Sourced(Change(name, number, unit), source(path), path, getattr(value, "note", None) or ""))
    return tuple(changes)


def _numbers(name: str, value: object) -> list[tuple[tuple[float, ...], str]]:
    """The numbers of one entry of `change`, each with its unit."""
    if isinstance(value, int | float):
        return [((value,), "points")]
    if not isinstance(value, ChangeValue):
        return []
    own = value.value if isinstance(value.value, tuple) else (value.value,) if value.value is not None else None
    given = [
        (own, "%" if name.endswith("_percent") else "points"),
        ((value.points,) if value.points is not None else None, "points"),
        ((value.percent,) if value.percent is not None else None, "%"),
    ]
    return [(numbers, unit) for numbers, unit in given if numbers is not None]


def _baseline_within(file: ScaleFile, source: SourceOf) -> Sourced[int] | None:
    held = file.return_to_baseline_rule
    if held is None or held.within_points is None:
        return None
    path = f"{file.id}.return_to_baseline_rule"
    return Sourced(held.within_points, source(path), path, held.text)


def _notes(file: ScaleFile, source: SourceOf) -> tuple[Sourced[str], ...]:
    """What a person who scores ought to know, in words."""
    stated = {name: getattr(file, name) for name in ("evidence", "admin_rule", "label_use", "return_to_baseline_rule")}
    texts = {name: held.text for name, held in stated.items() if held is not None}
    plain = {name: getattr(file, name) for name in ("note", "direction", "bands_note", "version_warning")}
    texts |= {name: text for name, text in plain.items() if text}
    return tuple(Sourced(text, source(_noted(file, name)), _noted(file, name)) for name, text in texts.items())


def _noted(file: ScaleFile, name: str) -> str:
    return file.id if name == "note" else f"{file.id}.{name}"

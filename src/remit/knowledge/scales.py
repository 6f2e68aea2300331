"""The rating scales, their outcome definitions and their published wording, built from `knowledge/scales/`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import TypeVar

from msgspec import structs

from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.index import lookup
from remit.knowledge.scale_files import AlertEntry, ChangeValue, GenericOutcome, Items, Outcome, RulesFile, ScaleFile
from remit.pathway.outcome import OutcomeRules, Relapse
from remit.pathway.scales import (
    AlertRule,
    Band,
    Change,
    Criterion,
    Cut,
    Diagnosis,
    Item,
    Level,
    Loinc,
    Measure,
    Scale,
    Variant,
)
from remit.pathway.sourced import Source, Sourced
from remit.quantities import BadInput

T = TypeVar("T")

FOLDER = Path(__file__).parent / "scales"
RULES = FOLDER / "rules.yaml"

SourceOf = Callable[[str], Source]
"""The source of the value with an id of the knowledge, such as `PHQ9.remission`."""

NOBODY = Level("none", (), "")
"""The triage of a person who denied everything."""


@cache
def scales() -> Mapping[str, Scale]:
    """Every rating scale by its id."""
    built = [build(read(path), source_of) for path in sorted(FOLDER.glob("*.yaml")) if path != RULES]
    return {scale.id: scale for scale in built}


def scale(scale_id: str) -> Scale:
    """The rating scale with that id. Raises `BadInput` that names the known ids."""
    known = scales()
    if scale_id not in known:
        raise BadInput(f"scale {scale_id!r}: one of {', '.join(known)} is needed")
    return known[scale_id]


def source_of(path: str) -> Source:
    """The source of a value of the knowledge, its own or the nearest enclosing one."""
    return lookup(path).source


def read(path: Path) -> ScaleFile:
    """One scale file. Raises `BadInput` with the file, the place inside it and the reason."""
    file = as_schema(read_typed(path), ScaleFile, path.name)
    if file.id != path.stem:
        raise BadInput(f"{path.name}: id: {path.stem!r} is needed, not {file.id!r}")
    try:
        _check(file)
    except BadInput as error:
        raise BadInput(f"{path.name}: {error}") from error
    return file


@cache
def outcome_rules() -> OutcomeRules:
    """The outcome definitions that hold where neither a protocol nor a scale has its own."""
    held = as_schema(read_typed(RULES), RulesFile, RULES.name).outcome
    return OutcomeRules(
        response=_generic("response", held.response),
        partial=_generic("partial_response", held.partial_response),
        worsening=_generic("worsening", held.worsening),
        relapse=Sourced(Relapse(_need(held.relapse.consecutive, "relapse: consecutive")), *_at("outcome.relapse")),
    )


def _at(path: str) -> tuple[Source, str]:
    return source_of(path), path


def _generic(name: str, rule: GenericOutcome) -> Sourced[Criterion]:
    if rule.percent_rise is not None:
        criterion = Criterion(Measure.PERCENT_RISE, rule.percent_rise)
    else:
        criterion = Criterion(Measure.PERCENT_FALL, _need(rule.percent_fall, f"{name}: percent_fall"))
    return Sourced(criterion, *_at(f"outcome.{name}"), note=rule.text)


def _need(value: T | None, name: str) -> T:
    if value is None:
        raise BadInput(f"{RULES.name}: outcome.{name} is needed")
    return value


def _check(file: ScaleFile) -> None:
    """What a schema cannot say: the parts of a scale fit together."""
    _check_items(file)
    _check_bands(file)
    spans = (file.subscales or {}) | (file.clusters or {})
    for name, (first, last) in spans.items():
        if not 1 <= first <= last <= _count(file.items):
            raise BadInput(f"{name}: items 1 to {_count(file.items)} are needed, not {first} to {last}")
    for alert in file.alerts:
        if alert.item is not None and not 1 <= alert.item <= _count(file.items):
            raise BadInput(f"alerts: an item from 1 to {_count(file.items)} is needed, not {alert.item}")
        if alert.at_least is None and alert.at_most is None:
            raise BadInput("alerts: at_least or at_most is needed")


def _check_items(file: ScaleFile) -> None:
    maxima = file.items.maxima
    if isinstance(file.items.max, str) and maxima is None:
        raise BadInput(f"items.max: a whole number is needed, not {file.items.max!r}")
    if maxima is not None and len(maxima.value) != _count(file.items):
        raise BadInput(f"items.maxima: {_count(file.items)} values are needed, not {len(maxima.value)}")
    simple = file.total is not None and file.scoring is None and isinstance(file.items.min, int)
    if simple and file.total is not None and (maxima is not None or isinstance(file.items.max, int)):
        items = _items(file)
        low, high = sum(item.low for item in items), sum(item.high for item in items)
        if (low, high) != (file.total.min, file.total.max):
            raise BadInput(
                f"total: {low} to {high} is what the items add up to, not {file.total.min} to {file.total.max}"
            )


def _check_bands(file: ScaleFile) -> None:
    for name, (low, high) in (file.bands or {}).items():
        within = file.total or file.items
        if within.min is not None and isinstance(within.max, int) and not within.min <= low <= high <= within.max:
            raise BadInput(f"bands.{name}: {within.min} to {within.max} is needed, not {low} to {high}")


def _count(items: Items) -> int:
    return items.n if items.n is not None else len(_named(items))


def _named(items: Items) -> list[tuple[str, int, int]]:
    parts = {"severity": items.severity, "improvement": items.improvement, "change": items.change}
    return [(name, part.min, part.max) for name, part in parts.items() if part is not None]


def _items(file: ScaleFile) -> tuple[Item, ...]:
    held = file.items
    if named := _named(held):
        return tuple(Item(n, low, high, name) for n, (name, low, high) in enumerate(named, start=1))
    gates = {int(n): gate for n, gate in (file.flow.asked_if_yes if file.flow else {}).items()}
    codes = file.loinc.items or []
    count = _count(held) + (held.follow_up is not None)
    return tuple(
        Item(
            n=n,
            low=_low(file),
            high=_high(file, n),
            name=_item_name(held, n),
            loinc=codes[n - 1] if n <= len(codes) else None,
            asked_if=gates.get(n),
            follow_up=held.follow_up is not None and held.follow_up.item == n,
        )
        for n in range(1, count + 1)
    )


def _low(file: ScaleFile) -> int:
    if file.items.min is not None:
        return file.items.min
    return file.total.min if file.total else 0


def _high(file: ScaleFile, n: int) -> int:
    """The highest answer; where no source gives one for the item, no item exceeds the highest total."""
    if file.items.maxima is not None:
        return file.items.maxima.value[n - 1]
    if isinstance(file.items.max, int):
        return file.items.max
    if file.total is None:
        raise BadInput(f"{file.id}: items.max: a highest answer is needed")
    return file.total.max


def _item_name(items: Items, n: int) -> str:
    if items.follow_up is not None and items.follow_up.item == n:
        return items.follow_up.name
    return items.names[n - 1].replace("_", " ") if items.names else ""


def build(file: ScaleFile, source: SourceOf) -> Scale:
    """The pathway's value of a scale file; `source` tells the source of a path inside it."""
    id = file.id
    measured = "maxima" if file.items.maxima else "max" if file.items.max is not None else None
    return Scale(
        id=id,
        name=file.name,
        rater=file.rater,
        items=_items(file),
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
        (item,) = _items(file)
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
    item = 1 if entry.item is None and _count(file.items) == 1 else entry.item
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
    for item in _items(file):
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

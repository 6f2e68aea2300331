"""Reading one scale file: against its schema, and whether its items, bands and total fit together."""

from __future__ import annotations

from pathlib import Path

from remit.knowledge.files import as_schema, read_typed
from remit.knowledge.scale_file import Items, ScaleFile
from remit.pathway.scales import Item
from remit.quantities import BadInput


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


def _check(file: ScaleFile) -> None:
    """What a schema cannot say: the parts of a scale fit together."""
    _check_items(file)
    _check_bands(file)
    spans = (file.subscales or {}) | (file.clusters or {})
    for name, (first, last) in spans.items():
        if not 1 <= first <= last <= count_of(file.items):
            raise BadInput(f"{name}: items 1 to {count_of(file.items)} are needed, not {first} to {last}")
    for alert in file.alerts:
        if alert.item is not None and not 1 <= alert.item <= count_of(file.items):
            raise BadInput(f"alerts: an item from 1 to {count_of(file.items)} is needed, not {alert.item}")
        if alert.at_least is None and alert.at_most is None:
            raise BadInput("alerts: at_least or at_most is needed")


def _check_items(file: ScaleFile) -> None:
    maxima = file.items.maxima
    if isinstance(file.items.max, str) and maxima is None:
        raise BadInput(f"items.max: a whole number is needed, not {file.items.max!r}")
    if maxima is not None and len(maxima.value) != count_of(file.items):
        raise BadInput(f"items.maxima: {count_of(file.items)} values are needed, not {len(maxima.value)}")
    simple = file.total is not None and file.scoring is None and isinstance(file.items.min, int)
    if simple and file.total is not None and (maxima is not None or isinstance(file.items.max, int)):
        items = items_of(file)
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


def count_of(items: Items) -> int:
    """How many items the scale has, follow-up questions not counted."""
    return items.n if items.n is not None else len(_named(items))


def _named(items: Items) -> list[tuple[str, int, int]]:
    parts = {"severity": items.severity, "improvement": items.improvement, "change": items.change}
    return [(name, part.min, part.max) for name, part in parts.items() if part is not None]


def items_of(file: ScaleFile) -> tuple[Item, ...]:
    """The items with their ranges, names and codes."""
    held = file.items
    if named := _named(held):
        return tuple(Item(n, low, high, name) for n, (name, low, high) in enumerate(named, start=1))
    gates = {int(n): gate for n, gate in (file.flow.asked_if_yes if file.flow else {}).items()}
    codes = file.loinc.items or []
    count = count_of(held) + (held.follow_up is not None)
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

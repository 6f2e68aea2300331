"""How resistant the depression is: the Maudsley staging method and the stages of Thase and Rush."""

from __future__ import annotations

import calendar
from dataclasses import dataclass, field
from datetime import date

from remit.pathway.history import History
from remit.pathway.referral import Diagnosis, TrialOutcome
from remit.pathway.sourced import Source
from remit.quantities import BadInput


@dataclass(frozen=True, slots=True)
class Step:
    """Points given up to and including a limit; a null limit is open."""

    label: str
    to: int | None
    points: int


@dataclass(frozen=True, slots=True)
class MaudsleyRules:
    """Points and bands of the Maudsley staging method."""

    duration: tuple[Step, ...]
    """In calendar months of the episode."""
    severity: tuple[tuple[str, int], ...]
    antidepressants: tuple[Step, ...]
    augmentation: tuple[int, int]
    """Points without and with it."""
    ect: tuple[int, int]
    bands: tuple[tuple[str, int, int], ...]
    source: Source = field(default_factory=Source)

    @property
    def severities(self) -> tuple[str, ...]:
        """The words for severity, the mildest first."""
        return tuple(word for word, _ in self.severity)


@dataclass(frozen=True, slots=True)
class Maudsley:
    """The score; an item that is not known is null, and so is the total then."""

    items: tuple[tuple[str, int | None], ...]
    band: str | None

    @property
    def total(self) -> int | None:
        """The sum of all items; null while one is null."""
        return _sum([points for _, points in self.items])

    def as_dict(self) -> dict[str, object]:
        """The score as the command line and the pages print it."""
        return {"total": self.total, "band": self.band, "items": dict(self.items)}


def _sum(points: list[int | None]) -> int | None:
    known = [point for point in points if point is not None]
    return sum(known) if len(known) == len(points) else None


def maudsley(
    diagnosis: Diagnosis, history: History, ect_failed: bool | None, asof: date, rules: MaudsleyRules
) -> Maudsley:
    """The Maudsley score on a day. Only adequate failed trials count; without any, that item and the total are null.

    Raises `BadInput` for a severity that is none of the method's words.
    """
    items = (
        ("duration", _duration(diagnosis.episode_start, asof, rules.duration)),
        ("severity", _severity(diagnosis.severity, rules)),
        ("antidepressants_failed", _failed(len(history.failed_antidepressants), rules.antidepressants)),
        ("augmentation", rules.augmentation[bool(history.failed_augmentations)] if history.trials else None),
        ("ect", None if ect_failed is None else rules.ect[ect_failed]),
    )
    total = _sum([points for _, points in items])
    return Maudsley(items, _band(total, rules))


def _band(total: int | None, rules: MaudsleyRules) -> str | None:
    return next((band for band, low, high in rules.bands if total is not None and low <= total <= high), None)


def _duration(start: date | None, asof: date, steps: tuple[Step, ...]) -> int | None:
    if start is None:
        return None
    return next(step.points for step in steps if step.to is None or asof <= _months_after(start, step.to))


def _months_after(day: date, months: int) -> date:
    """The same day some calendar months later, or the last day of a shorter month."""
    year, month = divmod(day.month - 1 + months, 12)
    last = calendar.monthrange(day.year + year, month + 1)[1]
    return date(day.year + year, month + 1, min(day.day, last))


def _severity(word: str | None, rules: MaudsleyRules) -> int | None:
    if word is None:
        return None
    if word not in rules.severities:
        raise BadInput(f"diagnosis.severity: {', '.join(rules.severities)} is needed, not {word!r}")
    return dict(rules.severity)[word]


def _failed(trials: int, steps: tuple[Step, ...]) -> int | None:
    if not trials:
        return None
    return next(step.points for step in steps if step.to is None or trials <= step.to)


@dataclass(frozen=True, slots=True)
class ThaseRushRules:
    """What each stage means, and which classes of the dose table are tricyclics and MAO inhibitors."""

    stages: tuple[tuple[str, str], ...]
    tricyclic: frozenset[str]
    mao_inhibitor: frozenset[str]
    source: Source = field(default_factory=Source)


@dataclass(frozen=True, slots=True)
class ThaseRush:
    """The stage, null where no adequate trial is recorded."""

    stage: str | None
    text: str | None

    def as_dict(self) -> dict[str, object]:
        """The stage as the command line and the pages print it."""
        return {"stage": self.stage, "text": self.text}


def thase_rush(history: History, ect_failed: bool | None, rules: ThaseRushRules) -> ThaseRush:
    """The stage of Thase and Rush. Each stage needs the one before; what was added to another drug does not count."""
    failed = {trial.drug_class for trial in history.failed_antidepressants}
    reached = [
        bool(failed),
        len(failed) > 1,
        len(failed - rules.tricyclic) > 1 and bool(failed & rules.tricyclic),
        bool(failed & rules.mao_inhibitor) and len(failed - rules.tricyclic - rules.mao_inhibitor) > 1,
        ect_failed is True,
    ]
    count = reached.index(False) if False in reached else len(reached)
    if count == 0 and not _responded(history):
        return ThaseRush(None, None)
    return ThaseRush(*rules.stages[count])


def _responded(history: History) -> bool:
    kept = (TrialOutcome.RESPONDED, TrialOutcome.RESPONDED_THEN_LOST)
    return any(trial.adequate and trial.outcome in kept for trial in history.trials)

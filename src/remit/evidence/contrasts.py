"""One study's comparison as an effect: from counts, or from means as the paper gives them; and what was seen of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from remit.evidence.effects import Effect, Measure, effect
from remit.evidence.printed import (
    Summary,
    adjusted_difference,
    difference,
    differences_together,
    sd_from_interval,
    sd_from_se,
    standardised_adjusted,
    standardised_difference,
    together,
)
from remit.pathway.trials import Arm, Seen
from remit.quantities import BadInput


class Figure(StrEnum):
    """What is compared."""

    RESPONSE = "response"
    REMISSION = "remission"
    CHANGE = "change"

    @property
    def measures(self) -> tuple[Measure, ...]:
        """The measures that such a figure has; the first is the usual one."""
        counted = (Measure.RR, Measure.OR, Measure.RD)
        return (Measure.MD, Measure.SMD) if self is Figure.CHANGE else counted


@dataclass(frozen=True, slots=True)
class Found:
    """An effect, of how many people, from which columns, and what was not seen of them."""

    effect: Effect
    people: int
    basis: str
    not_seen: tuple[str, ...]
    from_memory: bool
    """True where the outcome itself was not seen: such a comparison is for a sensitivity line only."""
    note: str = ""


def compare(figure: Figure, measure: Measure, active: Sequence[Arm], control: Arm) -> Found:
    """The active arms, taken together, against their control. Raises `BadInput` saying what is missing."""
    if measure not in figure.measures:
        raise BadInput(f"measure: {figure} has {', '.join(figure.measures)}, not {measure}")
    if figure is Figure.CHANGE:
        return _means(measure, active, control)
    return _counts("responders" if figure is Figure.RESPONSE else "remitters", measure, active, control)


def _counts(name: str, measure: Measure, active: Sequence[Arm], control: Arm) -> Found:
    cells = [_cells(name, active), _cells(name, [control])]
    (a, n1), (c, n2) = cells
    found = effect(measure, {"ai": a, "bi": n1 - a, "ci": c, "di": n2 - c})
    outcome = (f"{name}_n", f"{name}_pct")
    arms = [*active, control]
    used = (*outcome, "resp_denominator_n" if control.resp_denominator_n is not None else "n_analysed")
    memory = any(all(_unseen(arm, field) for field in outcome if getattr(arm, field) is not None) for arm in arms)
    return Found(found, n1 + n2, f"{name} of those analysed", _not_seen(arms, used), memory, found.note)


def _cells(name: str, arms: Sequence[Arm]) -> tuple[int, int]:
    counts: list[tuple[int, int]] = []
    missing = []
    for arm in arms:
        count, of = getattr(arm, f"{name}_n"), arm.counted
        if count is None or of is None:
            missing.append(arm.arm_id)
        else:
            counts.append((count, of))
    if missing:
        raise BadInput(f"{name} with their number are not known in {', '.join(missing)}")
    return sum(count for count, _ in counts), sum(of for _, of in counts)


def _means(measure: Measure, active: Sequence[Arm], control: Arm) -> Found:
    """The paper's own difference, else the means of change, else final scores: the first whose outcome was seen."""
    scales = list(dict.fromkeys(arm.scale or "" for arm in (*active, control)))
    if len(scales) > 1:
        raise BadInput(f"one scale in all arms is needed, not {', '.join(scales)}")
    found, missing = [], []
    for way in (_adjusted, partial(_subtracted, kind="change"), partial(_subtracted, kind="endpoint")):
        try:
            found.append(way(measure, active, control))
        except BadInput as refused:
            missing.append(str(refused))
    if not found:
        raise BadInput("; ".join(missing))
    return next((each for each in found if not each.from_memory), found[0])


def _subtracted(measure: Measure, active: Sequence[Arm], control: Arm, kind: str) -> Found:
    arms = [*active, control]
    summaries = [one for arm in arms if (one := summary(arm, kind)) is not None]
    basis = "means of change" if kind == "change" else "final scores"
    if len(summaries) < len(arms):
        raise BadInput(f"{basis} with their spread are not known in all arms")
    one, other = together(summaries[:-1]), summaries[-1]
    found = difference(one, other) if measure is Measure.MD else standardised_difference(one, other)
    used = (f"{kind}_mean", *_spread_columns(kind), "n_analysed")
    memory = any(_unseen(arm, f"{kind}_mean") for arm in arms)
    return Found(found, int(one.n + other.n), basis, _not_seen(arms, used), memory)


def _spread_columns(kind: str) -> tuple[str, ...]:
    return ("endpoint_sd",) if kind == "endpoint" else ("change_sd", "change_se", "change_ci_low", "change_ci_high")


def summary(arm: Arm, kind: str) -> Summary | None:
    """An arm's mean with its standard deviation, from whatever spread the paper gives; `None` where it gives none."""
    mean = arm.change_mean if kind == "change" else arm.endpoint_mean
    sd = arm.change_sd if kind == "change" else arm.endpoint_sd
    n = arm.n_analysed
    if mean is None or n is None:
        return None
    if sd is None and kind == "change":
        if arm.change_se is not None:
            sd = sd_from_se(arm.change_se, n)
        elif arm.change_ci_low is not None and arm.change_ci_high is not None:
            sd = sd_from_interval((arm.change_ci_low, arm.change_ci_high), n)
    return None if sd is None else Summary(mean, sd, n)


def _adjusted(measure: Measure, active: Sequence[Arm], control: Arm) -> Found:
    """The paper's own differences, which it adjusted; preferred to subtracting arms."""
    arms = [*active, control]
    if any(arm.diff_mean is None for arm in active):
        raise BadInput("the paper's own difference is not known")
    adjusted = [_one_difference(arm) for arm in active]
    sizes = [arm.n_randomised if arm.n_analysed is None else arm.n_analysed for arm in arms]
    known = [size for size in sizes if size is not None]
    if len(known) < len(arms) and (len(active) > 1 or measure is Measure.SMD):
        raise BadInput("the number of people of each arm is needed to take arms together or to standardise")
    found = differences_together(adjusted, known[:-1], known[-1]) if len(active) > 1 else adjusted[0]
    used: tuple[str, ...] = ("diff_mean", "diff_se", "diff_ci_low", "diff_ci_high")
    if measure is Measure.SMD:
        spreads = [one for arm in arms if (one := summary(arm, "change") or summary(arm, "endpoint")) is not None]
        if len(spreads) < len(arms):
            raise BadInput("the spread of each arm is needed to standardise the difference")
        sd = (sum((one.n - 1) * one.sd**2 for one in spreads) / sum(one.n - 1 for one in spreads)) ** 0.5
        found = standardised_adjusted(found, sd, sum(known[:-1]), known[-1])
        used += ("change_sd", "change_se", "n_analysed")
    memory = any(_unseen(arm, "diff_mean") for arm in active)
    return Found(found, sum(known), "the paper's own difference", _not_seen(arms, used), memory)


def _one_difference(arm: Arm) -> Effect:
    interval = None
    if arm.diff_ci_low is not None and arm.diff_ci_high is not None:
        interval = (arm.diff_ci_low, arm.diff_ci_high)
    return adjusted_difference(arm.diff_mean or 0.0, arm.diff_se, interval)


def _unseen(arm: Arm, field: str) -> bool:
    return arm.seen(field) is Seen.MEMORY


def _not_seen(arms: Sequence[Arm], used: Sequence[str]) -> tuple[str, ...]:
    """Each figure that was used and not seen, as `arm.column`."""
    return tuple(
        f"{arm.arm_id}.{field}"
        for arm in arms
        for field in used
        if getattr(arm, field) is not None and _unseen(arm, field)
    )

"""`remit trial … --versus withdrawal`: its document with what was published beside it, and its table."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from remit.engine.withdrawal import WithdrawalPlan
    from remit.pathway.kinetics import Pharmacology
    from remit.pathway.mood import MoodChain

STUDY, ARMS = "Daly2019SUSTAIN1", ("rem", "esk_rem", "pbo_rem", "resp")
"""The published withdrawal: its stable remitters, and the stable responders' ratio."""


def told_of(facts: Pharmacology, chain: MoodChain, plan: WithdrawalPlan) -> dict[str, Any]:
    """Run it and say what came out."""
    from remit.engine.withdrawal import withdrawal
    from remit.engine.withdrawal_report import document

    return document(chain, withdrawal(facts, chain, plan), published())


def published() -> list[dict[str, Any]]:
    """What SUSTAIN-1 reported of those arms, with how each figure was seen; none from memory."""
    from remit.knowledge.trials import trials

    fields = ("arm_id", "statistic", "value", "ci_low", "ci_high", "n")
    return [
        {"study": STUDY, **{name: getattr(row, name) for name in fields}, "seen": row.verified.value}
        for row in trials().timecourse
        if row.study_id == STUDY and row.arm_id in ARMS and row.verified.value != "memory"
    ]


def table(told: Mapping[str, Any]) -> list[str]:
    """The trial as lines of text."""
    who = f"{told['n']} begin, {told['replicates']} trials, seed {told['seed']}, baseline {told['baseline']:g}"
    lines = [
        f"{who}; middle (95 % prediction interval of one trial)",
        "",
        f"{'arm':<24}{'randomised':>12}{'relapsed':>22}{'median days to relapse':>36}",
    ]
    for row in told["arms"]:
        relapsed, median = row["relapsed"], told["relapse_median_d"][row["arm"]]
        share = "–" if relapsed["estimate"] is None else _said(relapsed, 100.0) + " %"
        days = _said(median) if median["trials"] else "–"
        lines.append(f"{row['arm']:<24}{row['randomised']['mean']:>12.1f}{share:>22}{days:>36}")
    lines.append("")
    for rule, held in told["hazard_ratio"].items():
        lines.append(f"hazard ratio, relapse by the {rule}'s rule: {_ratio(held)}")
    lines += ["", "published:", *map(_published, told["published"])] if told["published"] else []
    return [*lines, "", *(f"- {held}" for held in told["definitions"].values()), *(f"- {s}" for s in told["notes"])]


def _ratio(held: Mapping[str, Any]) -> str:
    return _said(held, 1.0, 2, "beyond any bound") if held["trials"] else "–, nobody relapsed in either arm"


def _published(one: Mapping[str, Any]) -> str:
    ends = [f"{one[end]:g}" if one[end] is not None else "not reached" for end in ("ci_low", "ci_high")]
    bounds = "" if one["ci_low"] is None else f" ({ends[0]} to {ends[1]})"
    people = "" if one["n"] is None else f" of {one['n']}"
    return f"  {one['study']} {one['arm_id']}: {one['statistic']} {one['value']:g}{bounds}{people} [{one['seen']}]"


def _said(held: Mapping[str, Any], times: float = 1.0, places: int = 0, none: str = "not reached") -> str:
    middle = _number(held["estimate"], times, places, none)
    if held["pi"] is None:
        return middle
    low, high = (_number(end, times, places, none) for end in held["pi"])
    return f"{middle} ({low} to {high})"


def _number(value: float | None, times: float, places: int, none: str) -> str:
    return none if value is None else f"{value * times:.{places}f}"

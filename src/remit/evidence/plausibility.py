"""Does a new study fit together? Each thing that does not is named with what to do about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from remit.evidence.printed import sd_from_interval, sd_from_se, se_from_interval
from remit.pathway.trials import Arm, Trials

POINTS = 0.6
"""By how many percentage points a printed percentage may miss its count: half a point of rounding, and a little."""
PART = 0.1
"""By which part two spreads of the same figure may differ: rounding, and normal against t intervals."""


@dataclass(frozen=True, slots=True)
class Problem:
    """What does not fit, and what to do."""

    study: str
    arm: str
    field: str
    text: str
    fix: str

    def __str__(self) -> str:
        return f"{self.study} {self.arm}: {self.field}: {self.text}; {self.fix}".replace(" : ", ": ")


@dataclass(frozen=True, slots=True)
class _Found:
    field: str
    text: str
    fix: str


def problems(arms: Sequence[Arm], known: Trials | None = None) -> tuple[Problem, ...]:
    """Everything that does not fit within each study, and between it and the trials already known."""
    found: list[Problem] = []
    for study in dict.fromkeys(arm.study_id for arm in arms):
        own = [arm for arm in arms if arm.study_id == study]
        for arm in own:
            checks = (_counts(arm), _bounds(arm), _spreads(arm), _difference(arm))
            found += [Problem(study, arm.arm_id, each.field, each.text, each.fix) for part in checks for each in part]
        whole = (_comparators(own), _crossover(own), _already(own, known))
        found += [Problem(study, "", each.field, each.text, each.fix) for part in whole for each in part]
    return tuple(found)


def _counts(arm: Arm) -> Iterator[_Found]:
    for name in ("responders", "remitters"):
        count, percent, of = getattr(arm, f"{name}_n"), getattr(arm, f"{name}_pct"), arm.counted
        if count is not None and of is None and count > 0:
            yield _Found(f"{name}_n", f"{count} of an unknown number", "give n_analysed or resp_denominator_n")
        if count is None or of is None:
            continue
        if not 0 <= count <= of:
            yield _Found(f"{name}_n", f"0 to {of} is possible, not {count}", "check the count and the denominator")
        elif percent is not None and of and round(abs(100 * count / of - percent), 6) > POINTS:
            fix = "check both, or leave out the one that the paper does not print"
            yield _Found(f"{name}_n", f"{count} of {of} is {100 * count / of:.1f} %, printed are {percent:g} %", fix)
    if arm.responders_n is not None and arm.remitters_n is not None and arm.remitters_n > arm.responders_n:
        text = f"{arm.remitters_n} remitted and only {arm.responders_n} responded"
        yield _Found("remitters_n", text, "check both; if the paper prints it so, say it in notes and leave one out")


def _bounds(arm: Arm) -> Iterator[_Found]:
    for name in ("responders_pct", "remitters_pct"):
        percent = getattr(arm, name)
        if percent is not None and not 0 <= percent <= 100:
            yield _Found(name, f"0 to 100 is possible, not {percent:g}", "give a percentage")
    for name in ("baseline_sd", "endpoint_sd", "change_sd", "change_se", "diff_se"):
        spread = getattr(arm, name)
        if spread is not None and spread <= 0:
            yield _Found(name, f"more than 0 is needed, not {spread:g}", "leave it out where the paper gives none")
    if arm.n_randomised is not None and arm.n_analysed is not None and arm.n_analysed > arm.n_randomised:
        text = f"{arm.n_analysed} analysed of {arm.n_randomised} randomised"
        yield _Found("n_analysed", text, "check both; another denominator belongs into resp_denominator_n")
    for name in ("change", "diff"):
        low, high = getattr(arm, f"{name}_ci_low"), getattr(arm, f"{name}_ci_high")
        mean = getattr(arm, f"{name}_mean")
        if (low is None) != (high is None):
            yield _Found(f"{name}_ci_low", "one end of an interval is no interval", "give both ends or none")
        elif low is not None and (low >= high or mean is None or not low <= mean <= high):
            text = f"{low:g} to {high:g} does not hold {'a mean' if mean is None else f'{mean:g}'}"
            yield _Found(f"{name}_ci_low", text, "check the sign: below 0 favours the treatment")


def _spreads(arm: Arm) -> Iterator[_Found]:
    """The change's SD, SE and interval say the same thing."""
    if arm.n_analysed is None or arm.n_analysed < 2:
        return
    implied: dict[str, float] = {}
    if arm.change_sd is not None and arm.change_sd > 0:
        implied["change_sd"] = arm.change_sd
    if arm.change_se is not None and arm.change_se > 0:
        implied["change_se"] = sd_from_se(arm.change_se, arm.n_analysed)
    if arm.change_ci_low is not None and arm.change_ci_high is not None and arm.change_ci_low < arm.change_ci_high:
        implied["change_ci_low"] = sd_from_interval((arm.change_ci_low, arm.change_ci_high), arm.n_analysed)
    (first, sd), *others = list(implied.items()) or [("", 0.0)]
    for name, other in others:
        if abs(other - sd) > PART * sd:
            text = f"it stands for an SD of {other:.3g} among {arm.n_analysed}, {first} for {sd:.3g}"
            yield _Found(name, text, "check which of SD, SE and interval the paper prints, and of whom")


def _difference(arm: Arm) -> Iterator[_Found]:
    low, high, se = arm.diff_ci_low, arm.diff_ci_high, arm.diff_se
    if low is None or high is None or low >= high or se is None or se <= 0:
        return
    implied = se_from_interval((low, high))
    if abs(implied - se) > PART * se:
        text = f"the interval stands for a standard error of {implied:.3g}, given is {se:.3g}"
        yield _Found("diff_se", text, "check the level of the interval: 95 % is expected")


def _comparators(arms: Sequence[Arm]) -> Iterator[_Found]:
    randomised = "RCT" in arms[0].design or "random" in arms[0].design.lower()
    if randomised and not any(arm.is_comparator for arm in arms) and len(arms) > 1:
        yield _Found("is_comparator", "a randomised comparison has a comparator", "mark it with 1 and say its kind")
    for arm in arms:
        if arm.is_comparator != (arm.comparator_type is not None):
            yield _Found(f"comparator_type of {arm.arm_id}", "only a comparator has a kind", "fill or empty it")


def _crossover(arms: Sequence[Arm]) -> Iterator[_Found]:
    design = arms[0].design.lower()
    if "crossover" not in design or "first phase" in design or len(arms) < 2:
        return
    spread = any(arm.diff_mean is not None and (arm.diff_se or arm.diff_ci_low is not None) for arm in arms)
    if not spread:
        text = "the arms are the same people, and nothing says how their results hang together"
        yield _Found("design", text, "give diff_mean with diff_se or its interval, from the paired analysis")


def _already(arms: Sequence[Arm], known: Trials | None) -> Iterator[_Found]:
    """People who are in the dataset already."""
    first, fix = arms[0], "compare sites and dates; if people are shared, name both studies in `overlaps`"
    for study in known.studies if known else ():
        other = study.arms[0]
        if study.id == first.study_id:
            yield _Found("study_id", "the dataset has a study of this id", "correct that row instead of adding one")
            continue
        for name in ("doi", "pmid", "nct"):
            mine, theirs = _numbers(getattr(first, name)), _numbers(getattr(other, name))
            if mine & theirs:
                yield _Found(name, f"{', '.join(sorted(mine & theirs))} is that of {study.id}", fix)


def _numbers(text: str | None) -> set[str]:
    return {part.strip().lower() for part in (text or "").split(";") if part.strip()}

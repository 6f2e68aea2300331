"""Fit the mood chain to published trials and keep what the fit leaves possible as knowledge, with its report.

Written are the worlds of the posterior, their summary, and each target beside what is predicted of it, fitted or kept
aside. The same inputs give the same files. With `--look` nothing is fitted: the carried fit is held against targets
and ranges.
"""

from __future__ import annotations

import argparse
import csv
import io
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from remit.engine.arms import Wanted, protocol_arm
from remit.engine.calibration import Fit, Rule, fit
from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.targets import Case, cases, expected, repeated, together
from remit.engine.trial_ranges import predicted
from remit.engine.withdrawal import Lives, WithdrawalPlan, withdrawal
from remit.knowledge import mood_posterior as files
from remit.knowledge.mood import accept_ranges, mood_chain, mood_prior
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocols
from remit.knowledge.scales import outcome_rules, scale
from remit.knowledge.trial_conduct import trial_conduct
from remit.pathway.kinetics import Pharmacology
from remit.pathway.mood import AcceptRange, FitRule, MoodChain, Posterior, Spread, Target
from remit.pathway.outcome import definitions
from remit.pathway.sourced import Sourced
from remit.pathway.trial_conduct import WithdrawalRule

COMMAND = "python -m tools.calibrate_mood"
MANY = 40
"""How many times the people of a run stand for everybody."""
REPEATS = 400
"""Virtual trials behind each prediction interval of the report, and behind what chance moves together."""
COLUMNS = ("target", "study", "use", "seen", "quantity", "unit", "at_h", "n", "observed", "predicted", "low", "high",
           "inside")  # fmt: skip
UNITS = {"fall": "points", "sd": "points", "response": "%", "remission": "%", "relapse": "d"}


@dataclass(frozen=True, slots=True)
class Free:
    """A number that is fitted: where it begins, and how far it is free to go, in the measure of its spread."""

    name: str
    what: str
    spread: Spread
    start: float
    prior: float

    def at(self, step: float) -> float:
        """The number after a step of so many standard deviations of the prior."""
        return self.spread.back(self.start + self.prior * step)


def free(chain: MoodChain) -> list[Free]:
    """The numbers of the chain that a fit may move."""
    found = []
    for name, held in chain.values.items():
        if held.uncertainty:
            found.append(Free(name, "value", held.spread, held.spread.measure(held.value), held.uncertainty))
        if held.sd_uncertainty:
            found.append(Free(name, "sd", Spread.LOG, Spread.LOG.measure(held.sd), held.sd_uncertainty))
    return found


def moved(chain: MoodChain, numbers: Sequence[Free], steps: Sequence[float]) -> MoodChain:
    """The chain with its free numbers moved by these steps."""
    values = dict(chain.values)
    for one, step in zip(numbers, steps, strict=True):
        number = one.at(step)
        held = values[one.name]
        values[one.name] = replace(held, value=number) if one.what == "value" else replace(held, sd=number)
    return replace(chain, values=values)


@cache
def facts() -> Pharmacology:
    """The kinetics, read once."""
    return pharmacology()


@cache
def endpoints() -> Endpoints:
    """The definitions of a trial on the MADRS."""
    madrs = scale("MADRS")
    return Endpoints.of(madrs, definitions(madrs, outcome_rules()))


def ranges_of(chain: MoodChain, rule: FitRule) -> dict[str, float]:
    """What this chain predicts for each row of the accept ranges."""
    found = predicted(facts(), chain, accept_ranges(), protocols(), endpoints(), size=rule.size, seed=rule.seed)
    return {name: float(held[0]) for name, held in found.items()}


def away(row: AcceptRange, value: float) -> float:
    """How far a value lies from the middle of its range, in half widths."""
    half = (row.high - row.low) / 2
    return ((value if np.isfinite(value) else 2 * row.high) - row.low - half) / half


def finite(value: float) -> float:
    """A relapse that half do not reach counts as one at the end of the follow-up."""
    return value if np.isfinite(value) else mood_prior().visits.follow_days


def answers(chain: MoodChain, held: Sequence[Case], rule: FitRule) -> Array:
    """How far each target lies off in standard errors, then each required range from its middle in half widths."""
    found = expected(facts(), chain, held, rule.size, rule.seed)
    far = [
        (finite(value) - one.target.observed) / _error(one.target, rule) for one, value in zip(held, found, strict=True)
    ]
    told = ranges_of(chain, rule)
    return np.array([*far, *(away(row, told[row.id]) for row in accept_ranges() if row.required)])


def _error(one: Target, rule: FitRule) -> float:
    return float(np.hypot(one.standard_error, _between(one, rule)))


def _between(one: Target, rule: FitRule) -> float:
    return one.between(rule.between_trials[one.quantity])


def weights(chain: MoodChain, held: Sequence[Case], rule: FitRule) -> Array:
    """What the errors of the targets weigh, in standard errors: chance moves those of the same people together.

    How trials differ stays independent from row to row. Shape (targets, targets).
    """
    chance = np.array([one.target.standard_error for one in held])
    between = np.array([_between(one.target, rule) for one in held])
    covariance = together(facts(), chain, held, REPEATS, rule.seed) * np.outer(chance, chance) + np.diag(between**2)
    errors = np.array([_error(one.target, rule) for one in held])
    return np.asarray(np.linalg.inv(covariance / np.outer(errors, errors)))


def price(found: Array, weigh: Array, rule: FitRule) -> Array:
    """Half the squares of the targets, and of what lies past the free part of each range."""
    far, ranges = found[:, : len(weigh)], found[:, len(weigh) :]
    past = np.maximum(np.abs(ranges) - rule.range_margin, 0.0) / rule.range_slope
    return np.asarray(0.5 * np.einsum("ij,jk,ik->i", far, weigh, far) + 0.5 * (past**2).sum(axis=1))


def calibrated(rule: FitRule) -> tuple[list[Free], Fit]:
    """The fit."""
    chain = mood_prior()
    numbers = free(chain)
    held = [one for one in every_case(chain) if one.target.fitted]
    # Every run draws the same few people; what they are off by at the start is taken off everywhere.
    shift = answers(chain, held, replace(rule, size=MANY * rule.size)) - answers(chain, held, rule)
    runs = 0

    def run(steps: Array) -> Array:
        nonlocal runs
        runs += 1
        if runs % 50 == 0:
            sys.stderr.write(f"{runs} runs\n")
        return answers(moved(chain, numbers, steps.tolist()), held, rule) + shift

    asked = Rule(rule.first, rule.round, rule.rounds, rule.worlds, rule.walk, rule.seed)
    weigh = weights(chain, held, rule)
    return numbers, fit(run, lambda found: price(found, weigh, rule), len(numbers), asked)


def every_case(chain: MoodChain) -> list[Case]:
    """Each target with its arms."""
    return cases(facts(), chain, files.mood_targets(), dict(protocols()), endpoints())


def report(chain: MoodChain, rule: FitRule) -> list[dict[str, str]]:
    """Each target beside what is predicted of it."""
    return [_reported(chain, one, rule) for one in every_case(chain)]


def _reported(chain: MoodChain, one: Case, rule: FitRule) -> dict[str, str]:
    target = one.target
    found = repeated(facts(), chain, one, REPEATS, rule.seed)
    low, middle, high = np.round(np.nanquantile(found, [0.025, 0.5, 0.975], method="inverted_cdf"), 1) + 0.0
    size = str(target.against_size) if target.arm == "comparator" else str(target.size)
    cells = (target.id, target.study, "fitted" if target.fitted else "aside", target.status, target.quantity,
             UNITS[target.quantity], f"{target.at_h:g}" if target.at_h else "",
             f"{target.size}/{target.against_size}" if target.arm == "difference" else size,
             f"{target.observed:g}", f"{middle:.1f}", f"{low:.1f}", f"{high:.1f}",
             "yes" if low <= target.observed <= high else "no")  # fmt: skip
    return dict(zip(COLUMNS, cells, strict=True))


def keep(numbers: Sequence[Free], found: Fit, rule: FitRule, version: str) -> None:
    """Write the worlds, their summary and the report."""
    names = [f"{one.name}.{one.what}" for one in numbers]
    worlds = [{name: f"{one.at(float(step)):.6g}" for name, one, step in zip(names, numbers, steps, strict=True)}
              for steps in found.worlds]  # fmt: skip
    files.WORLDS.write_text(_table(names, worlds), encoding="utf-8")
    files.POSTERIOR.write_text(_summary(found, rule, version), encoding="utf-8")
    columns = tuple((one.name, one.what) for one in numbers)
    posterior = Posterior(version, columns, tuple(tuple(float(cell) for cell in row.values()) for row in worlds))
    files.REPORT.write_text(_table(COLUMNS, report(files.fitted(mood_prior(), posterior), rule)), encoding="utf-8")


def _table(columns: Sequence[str], rows: Sequence[dict[str, str]]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(columns), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def _summary(found: Fit, rule: FitRule, version: str) -> str:
    return f"""\
# Written by `{COMMAND}`: what the fit of the mood chain left possible. The worlds stand in mood_posterior.csv, each
# target beside its prediction in mood_report.csv.
mood_posterior:
  version: "{version}"
  checksum: {files.checksum()}
  worlds: {rule.worlds}
  effective: {found.effective:.1f}
  misfit: {found.misfit:.2f}
  command: "{COMMAND}"
  origin: project_default
  status: derived
"""


def events(chain: MoodChain, seed: int) -> float:
    """The added rate of relapse by which those who stop relapse as published; its growth with the score stays."""
    low, high = np.log(1e-4), np.log(1.0)
    for _ in range(12):
        middle = (low + high) / 2
        lives = pooled(chain, seed, float(np.exp(middle)), rule_now().event_per_point.value)
        low, high = (middle, high) if lives[1].median_d[0] > PUBLISHED_MEDIAN else (low, middle)
    return float(np.exp((low + high) / 2))


PUBLISHED_MEDIAN = 273.0
"""Stable remitters of SUSTAIN-1 who stopped: days until half had relapsed. The ratio of the hazards is kept aside."""


def rule_now() -> WithdrawalRule:
    """The withdrawal as it is carried."""
    return trial_conduct().withdrawal


def pooled(chain: MoodChain, seed: int, per_d: float, per_point: float) -> tuple[Lives, Lives]:
    """Both arms of many withdrawals together, with these rates."""
    rule = replace(rule_now(), event_per_d=Sourced(per_d), event_per_point=Sourced(per_point))
    weeks = rule.open_weeks.value + rule.follow_weeks.value
    arm = protocol_arm(facts(), chain, protocols()[rule.protocol], Wanted(maintenance_weeks=weeks))
    plan = WithdrawalPlan(arm, endpoints(), rule, trial_conduct().attendance, 400, 60, seed)
    found = withdrawal(facts(), chain, plan)
    one, other = (Lives(held["trial"].at_risk.sum(axis=0)[None], held["trial"].relapsed.sum(axis=0)[None])
                  for held in (found.going_on, found.stopping))  # fmt: skip
    return one, other


def told(chain: MoodChain, rule: FitRule) -> list[str]:
    """The fitted numbers, then each target and each range as they come out."""
    lines = [
        f"{one.name}.{one.what}: {getattr(chain[one.name], one.what):.4g}, doubt {_doubt(chain, one):.2g} "
        f"of {one.prior:g} before"
        for one in free(mood_prior())
    ]
    lines += [" ".join(f"{row[name]:>{12 if name != 'target' else 34}}" for name in COLUMNS)
              for row in files.mood_report()]  # fmt: skip
    found = ranges_of(chain, replace(rule, size=4 * rule.size))
    for row in accept_ranges():
        value = found[row.id]
        verdict = "in" if row.low <= value <= row.high else "OUT"
        mark = "" if row.required else " (memory: reported only)"
        lines.append(f"{row.id:<30}{value:>8.2f}  {row.low:g} to {row.high:g}  {verdict}{mark}")
    return lines


def _doubt(chain: MoodChain, one: Free) -> float:
    return chain[one.name].uncertainty if one.what == "value" else chain[one.name].sd_uncertainty


def main(arguments: Sequence[str] | None = None) -> int:
    """Fit and write, or only look; print what came out."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("--look", action="store_true", help="fit nothing")
    command.add_argument("--withdrawal", action="store_true", help="fit only the added rate of relapse, and print it")
    command.add_argument("--version", default="1", help="the version that the files are written with")
    asked = command.parse_args(arguments)
    rule = files.fit_rule()
    if asked.withdrawal:
        sys.stdout.write(f"event_per_d {events(mood_chain(), rule.seed):.3g}\n")
        return 0
    if not asked.look:
        numbers, found = calibrated(rule)
        keep(numbers, found, rule, asked.version)
        sys.stdout.write(f"misfit {found.misfit:.2f}, {found.effective:.0f} of {rule.worlds} worlds effective\n")
        files.mood_posterior.cache_clear()
        mood_chain.cache_clear()
    sys.stdout.write("\n".join(told(mood_chain(), rule)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

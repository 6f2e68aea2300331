"""A pool in shares of people: with the comparator, with the treatment, and the difference.

The comparator's share is pooled over its arms; the treatment's is that share moved by the pooled odds ratio, so that it
rests on comparisons within trials and never passes 100. The interval of the difference is that of the odds ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from remit.evidence.contrasts import Figure
from remit.evidence.effects import logit_proportion, proportion_of_logit
from remit.evidence.pooling import Choices, Inference, Pooled, Studies, pool
from remit.evidence.selection import Contrast
from remit.pathway.trials import Arm


@dataclass(frozen=True, slots=True)
class Share:
    """A part of all people, from 0 to 1, with its interval."""

    value: float
    low: float
    high: float

    def of_hundred(self) -> tuple[int, int, int]:
        """The same in whole people of 100: about, at least, at most."""
        about, low, high = (round(100 * part) for part in (self.value, self.low, self.high))
        return about, low, high


@dataclass(frozen=True, slots=True)
class Hundred:
    """How many have the outcome. `difference` is the treatment's share less the comparator's."""

    treated: Share
    compared: Share
    difference: Share

    def turned(self) -> Hundred:
        """The same seen from the comparator."""
        held = self.difference
        return Hundred(self.compared, self.treated, Share(-held.value, -held.high, -held.low))

    def as_dict(self) -> dict[str, list[float]]:
        """The same for a document: value, low, high."""
        return {
            name: [getattr(self, name).value, getattr(self, name).low, getattr(self, name).high]
            for name in ("treated", "compared", "difference")
        }


def hundred(contrasts: Sequence[Contrast], figure: Figure, ratio: Pooled, choices: Choices) -> Hundred:
    """The shares of a pool of odds ratios."""
    controls = {(contrast.study.id, contrast.control.arm_id): contrast.control for contrast in contrasts}
    compared = _pooled_share(list(controls.values()), figure, choices)
    treated = Share(*(_moved(compared.value, odds) for odds in (ratio.estimate, *ratio.ci)))
    more = (part - compared.value for part in (treated.value, treated.low, treated.high))
    return Hundred(treated, compared, Share(*more))


def counted(arm: Arm, figure: Figure) -> int | None:
    """How many of an arm had the outcome."""
    return arm.responders_n if figure is Figure.RESPONSE else arm.remitters_n


def _moved(share: float, log_odds: float) -> float:
    return proportion_of_logit(math.log(share / (1 - share)) + log_odds)


def _pooled_share(arms: Sequence[Arm], figure: Figure, choices: Choices) -> Share:
    effects = [logit_proportion(counted(arm, figure) or 0, arm.counted or 0) for arm in arms]
    names = tuple(f"{arm.study_id} {arm.arm_id}" for arm in arms)
    # A share has no residual to be tested by t where all arms agree, so its interval is always the normal one.
    plain = Choices(choices.method, Inference.Z, choices.level)
    held = pool(Studies(names, tuple(e.estimate for e in effects), tuple(e.variance for e in effects)), plain)
    return Share(*(proportion_of_logit(logit) for logit in (held.estimate, *held.ci)))

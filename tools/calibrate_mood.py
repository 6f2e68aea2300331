"""Fit the free values of the mood chain to what credible virtual trials show, and say how each row comes out.

The values that it prints are those to stand in `src/remit/knowledge/pharmacology/mood_chain.yaml`; with `--look`
nothing is fitted and the carried chain is held against the ranges.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.optimize import minimize

from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.trial_ranges import predicted
from remit.knowledge.mood import accept_ranges, mood_chain
from remit.knowledge.pharmacology import pharmacology
from remit.knowledge.protocols import protocols
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.mood import AcceptRange, MoodChain, Spread
from remit.pathway.outcome import definitions

FREE = (
    ("top_share", "value"), ("top_share", "sd"), ("placebo_points", "value"), ("placebo_points", "sd"),
    ("antidepressant_points", "value"), ("antidepressant_points", "sd"), ("own_course_points", "sd"),
    ("fast_half_life_d", "value"), ("fast_half_life_d", "sd"), ("consolidation_per_d", "value"),
    ("responsiveness", "value"),
)  # fmt: skip
"""What is fitted; the other values stay as they are carried."""
SIZE = 4000
STAY = 0.05
"""How strongly a value is held to where it began, per tenth of its size."""


def moved(chain: MoodChain, steps: Sequence[float]) -> MoodChain:
    """The chain with its free values moved by these steps, in the logarithm, a share in the logit."""
    values = dict(chain.values)
    for (name, what), step in zip(FREE, steps, strict=True):
        held = values[name]
        if what == "sd":
            values[name] = replace(held, sd=held.sd * float(np.exp(step)))
        elif held.spread is Spread.LOGIT:
            odds = held.value / (1 - held.value) * float(np.exp(step))
            values[name] = replace(held, value=odds / (1 + odds))
        else:
            values[name] = replace(held, value=held.value * float(np.exp(step)))
    return replace(chain, values=values)


def endpoints() -> Endpoints:
    """The definitions of a trial on the MADRS."""
    madrs = scale("MADRS")
    return Endpoints.of(madrs, definitions(madrs, outcome_rules()))


def run(chain: MoodChain, size: int) -> dict[str, Array]:
    """What this chain predicts for each row."""
    return predicted(pharmacology(), chain, accept_ranges(), protocols(), endpoints(), size=size)


def misfit(chain: MoodChain, steps: Array) -> float:
    """How far the required rows lie from the middle of their ranges, in half widths, with the steps' own price."""
    found = run(moved(chain, steps.tolist()), SIZE)
    away = np.array([_away(row, float(found[row.id][0])) for row in accept_ranges() if row.required])
    outside = np.maximum(np.abs(away) - 0.6, 0.0)
    return float((away**2).sum() + 60 * (outside**2).sum() + STAY * ((steps / 0.1) ** 2).sum())


def _away(row: AcceptRange, value: float) -> float:
    half = (row.high - row.low) / 2
    return ((value if np.isfinite(value) else 2 * row.high) - row.low - half) / half


def told(chain: MoodChain) -> list[str]:
    """The free values, then each row with its range."""
    lines = [f"{name}.{what}: {getattr(chain[name], what):.4g}" for name, what in FREE]
    found = run(chain, 4 * SIZE)
    for row in accept_ranges():
        value = float(found[row.id][0])
        verdict = "in" if row.low <= value <= row.high else "OUT"
        mark = "" if row.required else " (memory: reported only)"
        lines.append(f"{row.id:<30}{value:>8.2f}  {row.low:g} to {row.high:g}  {verdict}{mark}")
    return lines


def main() -> int:
    """Fit, or only look; print what came out."""
    command = argparse.ArgumentParser(description=__doc__)
    command.add_argument("--look", action="store_true", help="fit nothing")
    command.add_argument("--steps", type=int, default=400, help="how many trials of the search")
    asked = command.parse_args()
    chain = mood_chain()
    if not asked.look:
        start = np.zeros(len(FREE))
        corners = np.vstack([start, np.diag(np.full(len(FREE), 0.1))])
        options = {"maxfev": asked.steps, "initial_simplex": corners, "xatol": 1e-3, "fatol": 1e-2}
        best = minimize(lambda steps: misfit(chain, steps), start, method="Nelder-Mead", options=options)
        chain = moved(chain, best.x.tolist())
        sys.stdout.write(f"misfit {misfit(mood_chain(), start):.2f} -> {best.fun:.2f}\n")
    sys.stdout.write("\n".join(told(chain)) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

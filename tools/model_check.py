"""Hold the model against the published measurements and the ranges of credible trials, and keep the report.

It writes `model_check.csv` and `model_check.yaml` in `src/remit/knowledge/pharmacology`, which the page *Model check*
shows. Run by hand from the repository's root after a change of the model or of its facts:
`.venv/bin/python tools/model_check.py`.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from remit.engine.endpoints import Endpoints
from remit.engine.people import Array
from remit.engine.second_scale import SecondScale
from remit.engine.targets import cases, repeated
from remit.engine.trial_ranges import predicted
from remit.engine.validate import PATIENTS, validate
from remit.knowledge.model_check import COLUMNS, HEAD, TABLE, digests
from remit.knowledge.mood import accept_ranges, mood_chain
from remit.knowledge.pharmacology import observations, pharmacology, validation_words
from remit.knowledge.phq9_link import phq9_link, phq9_targets
from remit.knowledge.protocols import protocols
from remit.knowledge.scales import outcome_rules, scale
from remit.pathway.model_check import Row, rounded, summary
from remit.pathway.mood import AcceptRange
from remit.pathway.outcome import definitions

SEED, SIZE, TRIALS, REPEATS = 1, 100, 1000, 1000
COMMAND = "python tools/model_check.py"
INTERVAL = (0.025, 0.975)


def table(rows: Sequence[Row], path: Path = TABLE) -> None:
    """A line for each measurement, in their order."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(COLUMNS)
        for row in rows:
            held = row.observation
            numbers = [row.predicted, *(row.interval or (None, None))]
            said = ["" if number is None else f"{rounded(number):g}" for number in numbers]
            last = [row.skipped or "", "yes" if row.fitted else "", row.why or ""]
            writer.writerow([held.source, held.molecule, held.quantity, *said, *last])


def endpoints(name: str) -> Endpoints:
    """The definitions in force on a scale."""
    held = scale(name)
    return Endpoints.of(held, definitions(held, outcome_rules()))


def cells() -> Iterator[str]:
    """A line for each range: what one finds on average (half of the trials, for a relapse), and in 95 of 100 trials."""
    found = predicted(
        pharmacology(), mood_chain(), accept_ranges(), protocols(), endpoints("MADRS"),
        size=SIZE, trials=TRIALS, seed=SEED, unsure=True,
    )  # fmt: skip
    for one in accept_ranges():
        value, low, high = _spread(one, found[one.id])
        yield f"    - {{id: {one.id}, value: {value:.4g}, low: {low:.4g}, high: {high:.4g}}}"


def second() -> Iterator[str]:
    """A line for each result on the second scale: the mean, and 95 of 100 trials of its size."""
    link, facts, chain = phq9_link(), pharmacology(), mood_chain()
    held = SecondScale(link, endpoints(link.scale))
    for one in cases(facts, chain, phq9_targets(), protocols(), endpoints("MADRS"), held):
        found = repeated(facts, chain, one, REPEATS, SEED)
        low, high = np.quantile(found, INTERVAL)
        yield f"    - {{id: {one.target.id}, value: {found.mean():.4g}, low: {low:.4g}, high: {high:.4g}}}"


def _spread(one: AcceptRange, held: Array) -> tuple[float, float, float]:
    seen = held[np.isfinite(held)]
    low, high = np.quantile(seen, INTERVAL)
    return float(np.median(seen) if one.quantity == "relapse" else seen.mean()), float(low), float(high)


def head() -> str:
    """How the report was made, and the cells."""
    made_from = ", ".join(f"{name}: {digest!r}" for name, digest in digests().items())
    lines = [
        "# The model beside what was published, as the page Model check shows it; tools/model_check.py makes it.",
        "model_check:",
        f'  date: "{datetime.now(UTC):%Y-%m-%d}"',
        f"  command: {COMMAND}",
        f"  seed: {SEED}",
        f"  patients: {PATIENTS}",
        f"  size: {SIZE}",
        f"  trials: {TRIALS}",
        f"  repeats: {REPEATS}",
        f'  chain: "{mood_chain().version}"',
        f"  made_from: {{{made_from}}}",
        "  origin: project_default",
        "  status: derived",
        "  cells:",
        *cells(),
        "  second:",
        *second(),
    ]
    return "\n".join(lines) + "\n"


def main() -> int:
    """Compute everything and write both files."""
    rows = validate(pharmacology(), validation_words(), observations(), SEED)
    table(rows)
    HEAD.write_text(head(), encoding="utf-8")
    told = summary(rows)
    sys.stdout.write(f"{told['compared']} of {told['rows']} rows compared, {len(told['misses'])} missed\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Compute anew what the model predicts for the endpoints of published trials, and keep it with the facts.

Each prediction is one `remit trial`, whose command stands beside it.
"""

from __future__ import annotations

import io
import json
import sys
from collections.abc import Mapping
from contextlib import redirect_stdout
from datetime import UTC, datetime
from typing import Any

import yaml

from remit.cli.main import main as remit
from remit.knowledge.predictions import AGAIN, PREDICTIONS, digest, endpoints
from remit.pathway.prediction import Endpoint

SEED, PEOPLE, TRIALS = 1, 100, 400


def words(one: Endpoint) -> list[str]:
    """The command of one virtual trial."""
    asked = {"protocol": one.protocol, "versus": one.versus, "option": one.option, "sessions": one.sessions}
    asked |= {"at": f"{one.at_h:g}h", "n": PEOPLE, "replicates": TRIALS, "seed": SEED}
    said = [(f"--{name}", str(given)) for name, given in asked.items() if given is not None]
    return ["trial", *(word for pair in said for word in pair)]


def predicted(one: Endpoint) -> dict[str, Any]:
    """What the virtual trial comes to."""
    said = io.StringIO()
    with redirect_stdout(said):
        done = remit([*words(one), "--json"])
    if done:
        raise SystemExit(f"{one.id}: remit {' '.join(words(one))} was refused")
    told = json.loads(said.getvalue())
    arms = {row["arm"]: row for row in told["arms"]}
    (difference,) = told["difference"]
    treated, compared = arms[one.protocol], arms[one.versus]
    return {
        "id": one.id,
        "command": f"remit {' '.join(words(one))}",
        **{name: _counts(name, treated, compared, difference) for name in ("response", "remission")},
        "change": _range(difference["madrs_change"]["mean"], difference["madrs_change"]["pi"]),
        "sd": _rounded((treated["madrs_change"]["sd"] + compared["madrs_change"]["sd"]) / 2),
    }


def _counts(name: str, treated: Mapping[str, Any], compared: Mapping[str, Any], difference: Mapping[str, Any]) -> Any:
    return {
        "treated": _rounded(treated[name]["estimate"]),
        "compared": _rounded(compared[name]["estimate"]),
        "difference": _range(difference[name]["estimate"], difference[name]["pi"]),
    }


def _range(value: float, interval: list[float]) -> list[float]:
    return [_rounded(value), *map(_rounded, interval)]


def _rounded(value: float) -> float:
    return round(float(value), 4)


def main() -> int:
    """Write the file."""
    found = [predicted(one) for one in endpoints()]
    held = {
        "meta": {"origin": "project_default", "status": "unverified"},
        "run": {
            "date": f"{datetime.now(UTC):%Y-%m-%d}", "seed": SEED, "people": PEOPLE, "trials": TRIALS,
            "mood_chain": digest(),
        },
        "predictions": found,
    }  # fmt: skip
    text = yaml.safe_dump(held, sort_keys=False, default_flow_style=None, width=1000)
    PREDICTIONS.write_text(f"# Made by `{AGAIN}`: a hypothesis, no measurement.\n{text}", encoding="utf-8")
    print(f"{len(found)} predictions written to {PREDICTIONS.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

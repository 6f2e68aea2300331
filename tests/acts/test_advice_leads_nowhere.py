"""A forecast and the band behind the readings are looked at by pages alone: no rule and no other act knows of them."""

from __future__ import annotations

import ast
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "remit"
ADVICE = {"forecast_given", "forecasting", "forecast_scores", "expected_effects"}
"""Modules of acts that compute, keep, score or expect."""
SHOWN_BY = {"web/forecast_view.py", "web/curve.py", "web/pages/scores.py", "web/pages/session.py",
            "web/pages/expected.py", "cli/commands/forecast.py"}  # fmt: skip


def imports(path: Path) -> set[str]:
    """Every name that a file imports, with its module; nothing of a file that does not speak of advice."""
    text = path.read_text(encoding="utf-8")
    if not any(word in text for word in (*ADVICE, "Forecast")):
        return set()
    tree = ast.parse(text)
    held = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
    return {f"{node.module}.{one.name}" for node in held for one in node.names}


def test_only_pages_and_the_command_look_at_advice() -> None:
    users = {
        path.relative_to(SOURCE).as_posix()
        for path in SOURCE.rglob("*.py")
        if path.stem not in ADVICE
        and any(f"{name}.".startswith(f"remit.acts.{one}.") for name in imports(path) for one in ADVICE)
    }
    assert users == SHOWN_BY


def test_no_other_act_reads_a_forecast_that_is_kept() -> None:
    readers = {path.stem for path in (SOURCE / "acts").glob("*.py") if "remit.records.models.Forecast" in imports(path)}
    assert readers <= ADVICE

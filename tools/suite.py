"""Everything that must hold: the checks, every test on SQLite, and what touches the records on PostgreSQL again."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
PYTEST = [PYTHON, "-m", "pytest", "-n", "3", "--dist", "worksteal", "--never-skip", "--quiet"]

STEPS = {
    "check": [PYTHON, "tools/check.py"],
    "tests on SQLite": PYTEST,
    "tests on PostgreSQL": [PYTHON, "-m", "tests.fixtures.postgres", *PYTEST, "-m", "both_databases"],
}


def passes(name: str, command: list[str]) -> bool:
    """Run one step and say how long it took."""
    begun = time.monotonic()
    print(f"== {name}", flush=True)
    environment = {key: value for key, value in os.environ.items() if key != "DATABASE_URL"}
    passed = subprocess.run(command, cwd=ROOT, check=False, env=environment).returncode == 0
    print(f"== {name}: {'passed' if passed else 'FAILED'} in {time.monotonic() - begun:.0f} s", flush=True)
    return passed


def main() -> int:
    """Run every step, also after one has failed."""
    failed = [name for name, command in STEPS.items() if not passes(name, command)]
    if failed:
        print(f"== failed: {', '.join(failed)}", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

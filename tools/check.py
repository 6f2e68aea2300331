"""Every check that needs no database server and no browser; each prints its name, its verdict and its time."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PURE = ["src/remit/quantities.py", "src/remit/pathway", "src/remit/knowledge", "src/remit/engine", "src/remit/evidence"]

PYTHON = sys.executable

CHECKS = {
    "format": [PYTHON, "-m", "ruff", "format", "--check", "--quiet", "--output-format", "concise"],
    "lint": [PYTHON, "-m", "ruff", "check", "--quiet", "--output-format", "concise"],
    "contracts": [str(Path(PYTHON).with_name("lint-imports"))],
    "migrations": [PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run"],
    "doctests": [PYTHON, "-m", "pytest", "-q", "-p", "no:django", "-o", "addopts=", "--doctest-modules", *PURE],
    "links": [PYTHON, "tools/links.py"],
    "dependencies": [PYTHON, "tools/dependencies.py"],
    "types": [PYTHON, "-m", "mypy"],
}


def passes(name: str, command: list[str], environment: dict[str, str]) -> bool:
    """Run one check; what it prints is shown only when it fails."""
    begun = time.monotonic()
    done = subprocess.run(command, cwd=ROOT, env=environment, check=False, text=True, capture_output=True)
    passed = done.returncode == 0
    print(f"{name:<13} {'ok' if passed else 'FAILED':<6} {time.monotonic() - begun:5.1f} s", flush=True)
    if not passed:
        print(done.stdout + done.stderr, flush=True)
    return passed


def main() -> int:
    """Run them all, also after one has failed."""
    with tempfile.TemporaryDirectory(prefix="remit-check-") as data:
        environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "remit.server.settings", "REMIT_DATA": data}
        environment.pop("DATABASE_URL", None)
        failed = [name for name, command in CHECKS.items() if not passes(name, command, environment)]
    print(f"check: {', '.join(failed)} failed" if failed else f"check: all {len(CHECKS)} pass", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

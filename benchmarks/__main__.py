"""Every benchmark of this folder, one after the other, each in a process of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def main() -> int:
    """Run every module that can be run by itself, and say its name first."""
    failed = 0
    for path in sorted(Path(__file__).parent.glob("[!_]*.py")):
        if 'if __name__ == "__main__"' in path.read_text(encoding="utf-8"):
            print(f"== python -m benchmarks.{path.stem}", flush=True)
            failed += subprocess.run([sys.executable, "-m", f"benchmarks.{path.stem}"], check=False).returncode != 0
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

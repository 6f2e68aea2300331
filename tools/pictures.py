"""Make the pictures of the guide: walk the journeys of the tests, and keep what a person would see.

Run by hand from the repository's root: `.venv/bin/python tools/pictures.py`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURES = ROOT / "docs" / "guide" / "pictures"
MOST_BYTES = 150_000


def walk(folder: Path) -> int:
    """Walk every journey; each page that is looked at leaves a picture in the folder."""
    environment = {**os.environ, "REMIT_SHOTS": str(folder)}
    files = [*(ROOT / "tests" / "journeys").glob("test_*.py"), *(ROOT / "tests" / "web").glob("test_*.py")]
    journeys = sorted(str(one) for one in files if "walking import" in (text := one.read_text()) and "look(" in text)
    command = [sys.executable, "-m", "pytest", "-q", *journeys]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


def shown() -> set[str]:
    """The pictures that the guide and the README name."""
    pages = [ROOT / "docs" / "guide" / "README.md", ROOT / "README.md"]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    return {name for text in texts for name in (part.partition(")")[0] for part in text.split("pictures/")[1:])}


def main() -> int:
    """Fresh pictures for every one that the guide shows; says which are missing or too large."""
    sys.path.insert(0, str(ROOT))
    from tools.packing import packed

    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="remit-pictures-") as name:
        folder = Path(name)
        status = walk(folder)
        wanted = shown()
        found = [one for one in sorted(folder.glob("*.png")) if one.name in wanted]
        sizes = {one.name: (PICTURES / one.name).write_bytes(packed(one.read_bytes())) for one in found}
    complaints = [f"{one}: no journey looks at it" for one in sorted(wanted - set(sizes))]
    complaints += [f"{one}: {size} bytes, at most {MOST_BYTES}" for one, size in sizes.items() if size > MOST_BYTES]
    print("\n".join([*complaints, f"{len(sizes)} pictures, {sum(sizes.values())} bytes"]))
    return status or bool(complaints)


if __name__ == "__main__":
    sys.exit(main())

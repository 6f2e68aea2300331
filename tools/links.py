"""Every link in the documentation that stays inside the repository leads to a file, and its anchor to a heading."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from urllib.parse import unquote

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
FENCE = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
HEADING = re.compile(r"^#+\s+(.+?)\s*$", re.MULTILINE)


def pages(root: Path) -> list[Path]:
    """Every page of documentation."""
    return sorted([*root.glob("*.md"), *root.glob("docs/**/*.md"), *root.glob("benchmarks/**/*.md")])


def anchors(text: str) -> set[str]:
    """The anchors that the headings of a page give.

    >>> sorted(anchors("# Six timed vital sets\\n## `make demo`, cold"))
    ['make-demo-cold', 'six-timed-vital-sets']
    """
    kept = (re.sub(r"[^\w\- ]", "", heading.lower()) for heading in HEADING.findall(text))
    return {heading.replace(" ", "-") for heading in kept}


def broken(page: Path) -> list[str]:
    """What each link of the page that leads nowhere says."""
    text = FENCE.sub("", page.read_text(encoding="utf-8"))
    found = []
    for target in LINK.findall(text):
        if re.match(r"[a-z]+:", target):
            continue
        name, _, anchor = unquote(target).partition("#")
        destination = (page.parent / name).resolve() if name else page
        if not destination.exists():
            found.append(f"{page.relative_to(ROOT)}: {target} does not exist")
        elif anchor and anchor not in anchors(destination.read_text(encoding="utf-8")):
            found.append(f"{page.relative_to(ROOT)}: {target} names no heading")
    return found


def main() -> int:
    """Print each broken link."""
    lines = [line for page in pages(ROOT) for line in broken(page)]
    print("\n".join(lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

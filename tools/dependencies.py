"""The requirement files agree with `pyproject.toml` and with each other; every runtime licence is a permitted one."""

from __future__ import annotations

import re
import sys
import tomllib
from importlib import metadata
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PIN = re.compile(r"^([\w.-]+)==(\S+)( ;.*)?", re.MULTILINE)
PERMITTED = re.compile(r"\b(MIT|BSD|Apache|LGPL|MPL|Mozilla|PSF|ISC|0BSD)\b")


def normal(name: str) -> str:
    """A package's name as every index compares it.

    >>> normal("Django_Allauth[mfa]>=65.3")
    'django-allauth'
    """
    match = re.match(r"[\w.-]*\w", name)
    return re.sub(r"[-_.]+", "-", match.group().lower()) if match else ""


def pins(requirements: str) -> dict[str, str]:
    """Each pinned package of a requirement file, with its version."""
    return {normal(name): version for name, version, _ in PIN.findall(requirements)}


def disagreements(project: str, runtime: str, development: str) -> list[str]:
    """Where the requirement files fall behind `pyproject.toml`, or fall apart."""
    declared = tomllib.loads(project)
    held, more = pins(runtime), pins(development)
    asked = [("requirements.txt", held, declared["project"]["dependencies"])]
    asked.append(("requirements-dev.txt", more, declared["dependency-groups"]["dev"]))
    missing = [
        f"{file}: {normal(name)} is not pinned"
        for file, have, names in asked
        for name in names
        if normal(name) not in have
    ]
    apart = [f"{name}: {version} at run time, {more.get(name)} in development" for name, version in held.items()]
    return missing + [line for line, name in zip(apart, held, strict=True) if held[name] != more.get(name)]


def licence(name: str) -> str:
    """The licence that an installed package declares, in its own words."""
    declared = metadata.metadata(name)
    kinds = [
        line.split("::")[-1].strip() for line in declared.get_all("Classifier") or [] if line.startswith("License")
    ]
    words = [declared[key] for key in ("License-Expression", "License") if key in declared]
    word = words[0] if words else ""
    return word if word and "\n" not in word else " OR ".join(kinds)


def unwelcome(requirements: str) -> list[str]:
    """Every package of the requirement file whose licence is not a permitted one."""
    here = [
        normal(name)
        for name, _, elsewhere in PIN.findall(requirements)
        if "win32'" not in elsewhere or "!=" in elsewhere
    ]
    licences = {name: licence(name) for name in here}
    return [
        f"{name}: licence {words!r} is not permitted" for name, words in licences.items() if not PERMITTED.search(words)
    ]


def main() -> int:
    """Print each disagreement and each licence that may not be used."""
    project, runtime, development = (
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("pyproject.toml", "requirements.txt", "requirements-dev.txt")
    )
    lines = disagreements(project, runtime, development) + unwelcome(runtime)
    print("\n".join(lines))
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())

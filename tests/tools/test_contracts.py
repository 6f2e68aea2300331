"""The house's rules catch what they are for: each violation is planted in a copy and must be reported."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src" / "remit"
LIBRARY = ("quantities", "pathway", "knowledge", "engine", "evidence")
OUTSIDE = ("web", "fhir", "hl7", "live")


def contracts() -> dict[str, dict[str, object]]:
    held = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"]
    return {contract["id"]: contract for contract in held}


def existing(names: tuple[str, ...]) -> set[str]:
    return {
        f"remit.{name}"
        for name in names
        if (SOURCE / name / "__init__.py").exists() or (SOURCE / f"{name}.py").exists()
    }


def broken(folder: Path) -> list[str]:
    command = [Path(sys.executable).with_name("lint-imports"), "--no-cache"]
    environment = {**os.environ, "PYTHONPATH": str(folder / "src"), "COLUMNS": "200"}
    done = subprocess.run(command, cwd=folder, env=environment, check=False, capture_output=True, text=True)
    assert done.returncode in (0, 1), done.stdout + done.stderr
    return re.findall(r"^(.+) BROKEN$", done.stdout, re.MULTILINE)


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    shutil.copytree(
        SOURCE, tmp_path / "src" / "remit", ignore=shutil.ignore_patterns("__pycache__", "static", "*.yaml")
    )
    return tmp_path


@pytest.mark.parametrize(
    ("module", "line", "contract"),
    [
        ("quantities.py", "import remit.pathway", "house"),
        ("pathway/planted.py", "from remit.knowledge import files", "house"),
        ("acts/planted.py", "import remit.web", "house"),
        ("records/planted.py", "def late():\n    import remit.acts", "house"),
        ("planted.py", "", "house"),
        ("knowledge/planted.py", "import django", "library"),
        ("pathway/planted.py", "from hl7 import parse", "library"),
        ("pathway/planted.py", "import numpy", "pure"),
        ("quantities.py", "import yaml", "pure"),
        ("records/planted.py", "from remit.knowledge import files", "records"),
        ("web/planted.py", "from remit.records import models", "doors"),
        ("web/planted.py", "import remit.knowledge.files", "doors"),
        ("records/planted.py", "import remit.evidence", "records"),
        ("evidence/planted.py", "from remit.knowledge import files", "house"),
    ],
)
def test_a_planted_import_breaks_its_contract(copy: Path, module: str, line: str, contract: str) -> None:
    with (copy / "src" / "remit" / module).open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert contracts()[contract]["name"] in broken(copy)


def test_every_part_of_the_house_stands_in_the_contracts_that_bind_it() -> None:
    held = contracts()
    assert set(held["library"]["source_modules"]) == existing(LIBRARY)  # type: ignore[call-overload]
    assert set(held["doors"]["source_modules"]) == existing(OUTSIDE)  # type: ignore[call-overload]


@pytest.mark.parametrize("place", ["quantities.py", "pathway/x.py", "knowledge/x.py", "engine/x.py", "evidence/x.py"])
@pytest.mark.parametrize(
    "line",
    [
        "from datetime import UTC, datetime\n\nAT = datetime.now(UTC)",
        "import datetime as d\n\nAT = d.datetime.utcnow()",
        "from datetime import datetime\n\nAT = datetime.today()",
        "import datetime\n\nDAY = datetime.date.today()",
        "import time\n\nAT = time.time()",
        "from time import monotonic\n\nAT = monotonic()",
        "from django.utils.timezone import now\n\nAT = now()",
    ],
)
def test_a_pure_layer_that_reads_the_clock_is_refused(place: str, line: str) -> None:
    assert "TID251" in lint(f"src/remit/{place}", line)


def test_the_clock_of_the_acts_may_read_the_clock() -> None:
    assert lint("src/remit/acts/clock.py", (SOURCE / "acts" / "clock.py").read_text(encoding="utf-8")) == ""


def lint(name: str, text: str) -> str:
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--no-cache", "--output-format", "concise"]
    done = subprocess.run(
        [*command, "--stdin-filename", name], cwd=ROOT, input=text + "\n", check=False, capture_output=True, text=True
    )
    return done.stdout

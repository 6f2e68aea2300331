"""Remit as a library: usable from a notebook, without a server and without settings."""

from __future__ import annotations

import pkgutil
import subprocess
import sys

import pytest

import remit
import remit.evidence
import remit.knowledge
import remit.pathway

FRAMEWORKS = {"django", "starlette", "a2wsgi", "uvicorn", "hl7"}


def modules_of(package: object) -> list[str]:
    found = pkgutil.walk_packages(package.__path__, f"{package.__name__}.")
    return [package.__name__, *(module.name for module in found)]


def loaded_by(code: str) -> set[str]:
    """The packages that a fresh Python without settings has loaded after this code."""
    report = "; import sys; print(*{name.partition('.')[0] for name in sys.modules})"
    done = subprocess.run([sys.executable, "-c", code + report], check=True, capture_output=True, text=True, env={})
    return set(done.stdout.split())


LIBRARY = [remit.pathway, remit.knowledge, remit.evidence]


@pytest.mark.parametrize("package", LIBRARY, ids=lambda package: package.__name__)
def test_the_library_needs_no_framework_and_no_settings(package: object) -> None:
    assert not loaded_by(f"import {', '.join(modules_of(package))}") & FRAMEWORKS


def test_the_pathway_needs_no_yaml_and_no_arrays() -> None:
    loaded = loaded_by(f"import {', '.join(modules_of(remit.pathway))}")
    assert not loaded & {"yaml", "numpy", "scipy", "pandas"}


def test_the_command_line_starts_without_a_framework_and_without_arrays() -> None:
    assert not loaded_by("from remit.cli.main import parser; parser()") & (FRAMEWORKS | {"numpy", "scipy"})

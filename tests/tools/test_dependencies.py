"""The requirement files: complete, alike, and under licences that the project may use."""

from __future__ import annotations

from tools.dependencies import PERMITTED, disagreements, pins

PROJECT = (
    '[project]\ndependencies = ["django>=5.2", "Psycopg[binary]>=3.2"]\n[dependency-groups]\ndev = ["pytest>=8.3"]\n'
)
RUNTIME = "django==5.2.19 \\\n    --hash=sha256:00\npsycopg==3.3.9 \\\n    --hash=sha256:00\n"
DEVELOPMENT = RUNTIME + "pytest==9.2.0 \\\n    --hash=sha256:00\n"


def test_requirements_that_agree_are_quiet() -> None:
    assert disagreements(PROJECT, RUNTIME, DEVELOPMENT) == []


def test_a_dependency_without_a_pin_is_named() -> None:
    assert disagreements(PROJECT, RUNTIME.replace("psycopg", "other"), DEVELOPMENT) == [
        "requirements.txt: psycopg is not pinned",
        "other: 3.3.9 at run time, None in development",
    ]


def test_two_versions_of_one_package_are_named() -> None:
    newer = DEVELOPMENT.replace("django==5.2.19", "django==5.2.20")
    assert disagreements(PROJECT, RUNTIME, newer) == ["django: 5.2.19 at run time, 5.2.20 in development"]


def test_a_marker_is_no_part_of_the_version() -> None:
    assert pins("uvloop==0.23.0 ; sys_platform != 'win32' \\\n") == {"uvloop": "0.23.0"}


def test_a_licence_is_permitted_by_its_own_word_only() -> None:
    assert PERMITTED.search("Apache-2.0 OR BSD-3-Clause")
    assert not PERMITTED.search("GPL-3.0-only")
    assert not PERMITTED.search("AGPL-3.0-or-later")
    assert not PERMITTED.search("")

"""`remit audit verify` says yes with 0, no with 1, and bad input with 2; a restore is marked."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest


class Installation:
    """A data folder, and the command line on it."""

    def __init__(self, data: Path) -> None:
        self.data = data
        self.environment = {
            **{name: held for name, held in os.environ.items() if name != "DATABASE_URL"},
            "REMIT_DATA": str(data),
            "REMIT_TESTING": "1",
            "DJANGO_SETTINGS_MODULE": "remit.server.settings",
        }

    def python(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, *arguments], env=self.environment, capture_output=True, text=True, check=False
        )

    def audit(self, *arguments: str) -> tuple[int, Any]:
        done = self.python("-m", "remit", "audit", *arguments, "--json")
        return done.returncode, json.loads(done.stdout) if done.stdout else done.stderr


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    """A migrated installation with two rows in its trail."""
    made = Installation(tmp_path_factory.mktemp("data"))
    assert made.python("-m", "django", "migrate", "--verbosity", "0").returncode == 0
    for reason in ("first", "second"):
        assert made.audit("mark-restored", "--reason", reason)[0] == 0
    return made


def test_a_whole_trail_is_a_yes(installation: Installation) -> None:
    status, said = installation.audit("verify")
    assert (status, said["ok"], said["rows"], said["anchor"]) == (0, True, 2, "matches")


def test_a_trail_behind_its_anchor_is_a_no_until_the_restore_is_marked(installation: Installation) -> None:
    script = (
        "import django; django.setup()\n"
        "from django.db import connection\n"
        "cursor = connection.cursor()\n"
        "cursor.execute('DROP TRIGGER records_auditrow_no_delete')\n"
        "cursor.execute('DELETE FROM records_auditrow WHERE seq = 2')\n"
    )
    assert installation.python("-c", script).returncode == 0
    status, said = installation.audit("verify")
    assert (status, said["anchor"]) == (1, "behind")
    assert installation.audit("mark-restored", "--reason", "disk failed")[0] == 0
    assert installation.audit("verify")[0] == 0


def test_without_a_clinic_there_is_nothing_to_verify(tmp_path: Path) -> None:
    status, said = Installation(tmp_path).audit("verify")
    assert status == 2
    assert "holds no clinic yet" in said


def test_a_restore_without_a_reason_is_refused(installation: Installation) -> None:
    status, said = installation.audit("mark-restored", "--reason", " ")
    assert (status, said) == (2, "remit: --reason: a reason is needed, it is empty\n")

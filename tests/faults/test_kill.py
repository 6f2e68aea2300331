"""Two hundred kills at random moments of writing: nothing acknowledged is lost, nothing is doubled, the audit holds."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import pytest
from django.db import connection

KILLS = 200
MOST_ACKNOWLEDGED = 3
"""A run is killed after 0 to so many acknowledgements, somewhere in the act that follows."""
LONGEST_TURNS = 600_000
"""So many empty turns of a loop at most: about as long as an act takes."""


class Writer:
    """The process under test, and what it said."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writer"],
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        assert self.hear() == "ready"

    def say(self, line: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def hear(self) -> str:
        assert self.process.stdout is not None
        return self.process.stdout.readline().strip()

    def run_until_killed(self, number: int, chance: random.Random) -> list[int]:
        """Let it write from this number on, kill it, and return what it had acknowledged."""
        self.say(f"run {number}")
        pid = int(self.hear().removeprefix("pid "))
        acknowledged = [int(self.hear().removeprefix("ack ")) for _ in range(chance.randint(0, MOST_ACKNOWLEDGED))]
        for _ in range(chance.randint(0, LONGEST_TURNS)):
            pass
        os.kill(pid, signal.SIGKILL)
        while (line := self.hear()).startswith("ack "):
            acknowledged.append(int(line.removeprefix("ack ")))
        assert line == f"gone {signal.SIGKILL.value}"
        return acknowledged

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


@contextmanager
def a_database_of_its_own() -> Iterator[str]:
    """An address on the PostgreSQL that the tests run on, or none for SQLite."""
    if connection.vendor != "postgresql":
        yield ""
        return
    url, name = os.environ["DATABASE_URL"], f"kill_{uuid.uuid4().hex[:8]}"
    with psycopg.connect(url, autocommit=True) as server:
        server.execute(f"CREATE DATABASE {name}")
    try:
        yield urlsplit(url)._replace(path=f"/{name}").geturl()
    finally:
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def writer(tmp_path: Path) -> Iterator[Writer]:
    with a_database_of_its_own() as url:
        made = Writer(
            {
                "DJANGO_SETTINGS_MODULE": "remit.server.settings",
                "REMIT_TESTING": "1",
                "REMIT_DATA": str(tmp_path),
                "DATABASE_URL": url,
            }
        )
        try:
            yield made
        finally:
            made.close()


@pytest.mark.both_databases
def test_no_kill_loses_or_doubles_an_acknowledged_entry(writer: Writer) -> None:
    chance = random.Random(20261121)
    acknowledged: list[int] = []
    for _ in range(KILLS):
        # As a tablet does: what was not acknowledged is sent again, under the id that it had.
        acknowledged += writer.run_until_killed(len(acknowledged), chance)
    writer.say("check")
    held: dict[str, Any] = json.loads(writer.hear())
    assert acknowledged == list(range(len(acknowledged)))
    stored = held["numbers"]
    assert stored[: len(acknowledged)] == acknowledged
    assert len(stored) - len(acknowledged) in (0, 1), "only what was in flight may be there beyond"
    places = [tuple(place) for place in held["places"]]
    assert len(set(places)) == len(places)
    assert held["verified"]["problems"] == []
    assert held["verified"]["anchor"] in ("matches", "reanchored")

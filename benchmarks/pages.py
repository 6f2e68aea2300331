"""The board and a session's page on a small and a large clinic, against a page of the same server that shows nothing.

`python -m benchmarks.pages [--patients 1000 10000] [--requests 200] [--databases sqlite postgresql]`
"""

from __future__ import annotations

import argparse
import http.cookiejar
import os
import re
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.parse
import urllib.request
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
START_WITHIN_S = 60


class Visitor:
    """A browser without a screen: keeps cookies, follows the sign-in."""

    def __init__(self, at: str) -> None:
        self.at = at
        jar = http.cookiejar.CookieJar()
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))

    def get(self, path: str) -> str:
        with self.opener.open(self.at + path, timeout=60) as answer:
            return answer.read().decode()

    def sign_in(self, email: str, password: str) -> None:
        page = self.get("/accounts/login/")
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
        assert token, "the sign-in page has no token"
        form = {"csrfmiddlewaretoken": token[1], "login": email, "password": password}
        request = urllib.request.Request(self.at + "/accounts/login/", urllib.parse.urlencode(form).encode())
        request.add_header("Referer", self.at + "/accounts/login/")
        with self.opener.open(request, timeout=60) as answer:
            assert "/login" not in answer.url, "signing in failed"


def cpu_ms(pid: int) -> float:
    """CPU time that the process has used, in ms."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / TICKS


def measure(visitor: Visitor, pid: int, path: str, requests: int) -> tuple[float, float, float]:
    """Median and 99th percentile in ms, and CPU-ms of the server a request."""
    for _ in range(10):
        visitor.get(path)
    walls, before = [], cpu_ms(pid)
    for _ in range(requests):
        start = time.perf_counter()
        visitor.get(path)
        walls.append((time.perf_counter() - start) * 1000)
    return statistics.median(walls), statistics.quantiles(walls, n=100)[98], (cpu_ms(pid) - before) / requests


@contextmanager
def serving(environment: dict[str, str]):
    """The one application on a port of the system's choice; yields its address and process."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port = found.getsockname()[1]
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "remit.server.asgi:application",
        "--port",
        str(port),
        "--log-level",
        "error",
    ]
    server = subprocess.Popen(command, env=environment)
    try:
        at, until = f"http://127.0.0.1:{port}", time.monotonic() + START_WITHIN_S
        while time.monotonic() < until:
            try:
                Visitor(at).get("/accounts/login/")
                break
            except OSError:
                time.sleep(0.2)
        yield at, server.pid
    finally:
        server.terminate()
        server.wait(30)


FILL = """
import django, sys; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from benchmarks.large import fill
people = fill(int(sys.argv[1]))
from remit.records.models import Session
from tests.fixtures.cast import PASSWORD
print(people.nurse.email, PASSWORD, Session.objects.filter(state_cache="observing").order_by("planned_at").first().pk, sep="\\t")
"""


def one(
    database: str, patients: int, requests: int, environment: dict[str, str]
) -> dict[str, tuple[float, float, float]]:
    """Fill, serve, measure."""
    began = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", FILL, str(patients)], env=environment, check=True, capture_output=True, text=True
    )
    email, password, session = done.stdout.strip().split("\t")
    print(f"# {database}, {patients} patients: filled in {time.monotonic() - began:.0f} s", file=sys.stderr)
    with serving(environment) as (at, pid):
        visitor = Visitor(at)
        visitor.sign_in(email, password)
        paths = {"nothing": "/drafts/?key=none", "board": "/board/", "session": f"/sessions/{session}/"}
        return {name: measure(visitor, pid, path, requests) for name, path in paths.items()}


def main() -> None:
    """Print the table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--patients", nargs="+", type=int, default=[1_000, 10_000])
    arguments.add_argument("--requests", type=int, default=200)
    arguments.add_argument("--databases", nargs="+", default=["sqlite", "postgresql"])
    asked = arguments.parse_args()
    print(
        f"{'database':>10} {'patients':>8} {'page':>8} {'median ms':>9} {'p99 ms':>7} {'CPU ms':>7} {'× nothing':>9} {'growth':>7}"
    )
    for database in asked.databases:
        small: dict[str, float] = {}
        for patients in asked.patients:
            for page, (median, worst, cpu) in _on(database, patients, asked.requests).items():
                base = small.setdefault("nothing", cpu) if page == "nothing" else small["nothing"]
                growth = cpu / small.setdefault(page, cpu)
                print(
                    f"{database:>10} {patients:8} {page:>8} {median:9.1f} {worst:7.1f} {cpu:7.1f} {cpu / base:9.1f} {growth:7.2f}",
                    flush=True,
                )


def _on(database: str, patients: int, requests: int) -> dict[str, tuple[float, float, float]]:
    with tempfile.TemporaryDirectory(prefix="remit_bench_") as folder:
        root = Path(__file__).parent.parent
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "remit.server.settings",
            "REMIT_DATA": folder,
            "REMIT_LOOPBACK": "1",
            "REMIT_SECRET_KEY": "only for this measurement, and for nothing else",
            "PYTHONPATH": f"{root}{os.pathsep}{root / 'src'}",
        }
        environment.pop("DATABASE_URL", None)
        if database == "sqlite":
            return one(database, patients, requests, environment)
        from tests.fixtures.postgres import private_server

        with private_server() as url:
            return one(database, patients, requests, environment | {"DATABASE_URL": url})


if __name__ == "__main__":
    main()

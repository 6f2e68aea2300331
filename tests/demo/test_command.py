"""`remit demo`: a folder of its own and no other, one press to sign in, a graceful end, and a fresh start each time."""

from __future__ import annotations

import re
import signal
import sqlite3
import subprocess
import sys
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookiejar import CookieJar
from pathlib import Path

import pytest

from remit.cli.main import main
from remit.demo.folder import MARK, RECORDS, claim, clear, real_clinics
from remit.quantities import BadInput
from tests.cli.test_installation import environment, init, remit

LONGEST_GOODBYE_S = 60


def records(folder: Path, *clinics: tuple[str, bool]) -> None:
    folder.mkdir(exist_ok=True)
    with sqlite3.connect(folder / RECORDS) as held:
        held.execute("CREATE TABLE records_clinic (name TEXT, synthetic BOOL)")
        held.executemany("INSERT INTO records_clinic VALUES (?, ?)", clinics)


def test_it_makes_a_folder_of_its_own_and_takes_it_again(tmp_path: Path) -> None:
    folder = claim(tmp_path / "demo")
    assert (folder / MARK).is_file()
    records(folder, ("Northmere Clinic (synthetic)", True))
    assert claim(folder) == folder


def test_a_folder_that_holds_a_clinic_is_refused_even_under_the_demos_mark(tmp_path: Path) -> None:
    records(tmp_path / "demo", ("Quay Clinic", False))
    (tmp_path / "demo" / MARK).touch()
    with pytest.raises(BadInput, match="holds Quay Clinic: the demo never touches a clinic's records"):
        claim(tmp_path / "demo")


def test_a_folder_that_is_not_the_demos_is_refused(tmp_path: Path) -> None:
    (tmp_path / "letters.txt").touch()
    with pytest.raises(BadInput, match="not empty and no folder of the demo"):
        claim(tmp_path)
    with pytest.raises(BadInput, match="is a file"):
        claim(tmp_path / "letters.txt")


def test_what_the_last_start_made_is_removed_and_nothing_else(tmp_path: Path) -> None:
    claim(tmp_path / "demo")
    for name in (RECORDS, "audit.anchor", "audit.key", "empty-1.sqlite3", "secret.key"):
        (tmp_path / "demo" / name).touch()
    clear(tmp_path / "demo")
    assert {path.name for path in (tmp_path / "demo").iterdir()} == {MARK, "empty-1.sqlite3", "secret.key"}


def test_a_start_that_was_cut_short_holds_no_real_clinic(tmp_path: Path) -> None:
    (tmp_path / RECORDS).touch()
    assert real_clinics(tmp_path / RECORDS) == []


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_there_is_not_is_refused(
    port: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("remit.cli.commands.demo._settings", lambda folder: None)
    assert main(["demo", "--data", str(tmp_path / "demo"), f"--port={port}"]) == 2
    assert f"port: 0 (any free one) to 65535 is needed, not {port}" in capsys.readouterr().err


@contextmanager
def demo(folder: Path, **more: str) -> Iterator[tuple[str, str]]:
    """The demo as it is started from a shell: its address, and what it said."""
    command = [sys.executable, "-m", "remit", "demo", "--no-browser", "--port", "0", "--data", str(folder)]
    with subprocess.Popen(
        command, env=environment(folder, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        said = ""
        for line in process.stdout:
            said += line
            if "Ctrl+C" in line:
                break
        address = re.search(r"http://127\.0\.0\.1:\d+", said)
        try:
            assert address, said
            yield address.group(), said
        finally:
            process.send_signal(signal.SIGINT)
            last, _ = process.communicate(timeout=LONGEST_GOODBYE_S)
        assert (process.returncode, "the demo has stopped" in last) == (0, True), last


def board_of_the_nurse(address: str) -> str:
    """One press on the sign-in page, and the page that follows."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address}/").read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    button = re.search(r'name="account" value="([^"]+)" aria-label="Sign in as nurse"', page)
    assert token
    assert button, page
    sent = urllib.parse.urlencode(
        {"csrfmiddlewaretoken": token.group(1), "account": button.group(1), "next": "/board/"}
    )
    opened: str = browser.open(f"{address}/accounts/demo/", sent.encode()).read().decode()
    return opened


def test_each_start_shows_a_board_of_this_minute_and_leaves_a_proven_trail(tmp_path: Path) -> None:
    folder = tmp_path / "demo"
    for _ in ("cold", "warm"):
        with demo(folder, DATABASE_URL="postgresql://nowhere.example/clinic") as (address, said):
            assert "coordinator" in said
            board = board_of_the_nurse(address)
        assert all(words in board for words in ("Synthetic clinic", "Chair 1", "Chair 2", "Chair 3", "since the dose"))
    proof = remit(folder, "audit", "verify")
    assert proof.returncode == 0, proof.stdout + proof.stderr
    refused = remit(folder, "serve", "--loopback", "--port", "9")
    assert (refused.returncode, "a synthetic clinic is in this database" in refused.stderr) == (1, True)


def test_it_does_not_start_on_a_clinics_folder(tmp_path: Path) -> None:
    assert init(tmp_path / "clinic").returncode == 0
    done = remit(tmp_path / "clinic", "demo", "--no-browser")
    assert (done.returncode, "the demo never touches a clinic's records" in done.stderr) == (2, True)

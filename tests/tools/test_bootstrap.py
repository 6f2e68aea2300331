"""Setting up: what counts as installed, and what is said when something is missing."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tools import bootstrap


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    (tmp_path / "requirements.txt").write_text("django==5.2.19\n")
    bootstrap.PYTHON.parent.mkdir(parents=True)
    bootstrap.PYTHON.touch()
    bootstrap.stamp("requirements.txt").write_text(bootstrap.digest("requirements.txt"))
    return tmp_path


def test_an_installed_set_is_not_installed_again(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: pytest.fail("nothing was to be run"))
    bootstrap.set_up("requirements-dev.txt", "requirements.txt")


def test_changed_requirements_are_installed(clone: Path) -> None:
    assert bootstrap.is_installed("requirements.txt")
    (clone / "requirements.txt").write_text("django==5.2.20\n")
    assert not bootstrap.is_installed("requirements.txt")


def test_a_folder_that_was_moved_is_set_up_again(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    moved = clone.rename(clone.with_name("moved"))
    monkeypatch.setattr(bootstrap, "ROOT", moved)
    monkeypatch.setattr(bootstrap, "VENV", moved / ".venv")
    assert not bootstrap.is_installed("requirements.txt")


def test_an_interrupted_installation_leaves_no_stamp(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (clone / "requirements-dev.txt").write_text("pytest==9.2.0\n")
    monkeypatch.setattr(bootstrap, "run", lambda *_, **__: False)
    monkeypatch.setattr(bootstrap, "make_venv", lambda: None)
    with pytest.raises(SystemExit, match=r"requirements-dev\.txt could not be installed"):
        bootstrap.set_up("requirements-dev.txt")
    assert not bootstrap.is_installed("requirements-dev.txt")


def test_uv_that_fails_gives_way_to_pip(clone: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(bootstrap.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(bootstrap, "run", lambda program, *_, **__: asked.append(program) or program != "/usr/bin/uv")
    bootstrap.install("requirements.txt")
    assert asked == ["/usr/bin/uv", str(bootstrap.PYTHON)]


@pytest.mark.parametrize(("apt", "user"), [(None, 0), ("/usr/bin/apt-get", 1000)])
def test_what_cannot_be_installed_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch, apt: str | None, user: int
) -> None:
    monkeypatch.setattr(bootstrap.shutil, "which", lambda _: apt)
    monkeypatch.setattr(bootstrap.os, "geteuid", lambda: user)
    with pytest.raises(
        SystemExit, match=r"^remit: Chromium is missing; as root: apt-get update && apt-get install .*$"
    ):
        bootstrap.apt_install("chromium", "Chromium")


def test_a_browser_that_does_not_start_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stub, real = tmp_path / "stub", tmp_path / "real"
    for path, status in ((stub, 1), (real, 0)):
        path.write_text(f"#!/bin/sh\nexit {status}\n")
        path.chmod(0o755)
    monkeypatch.setenv("CHROMIUM", str(stub))
    monkeypatch.setattr(bootstrap, "BROWSERS", (str(real),))
    assert bootstrap.find_browser() == str(real)


@pytest.mark.parametrize(("named", "installed"), [(None, ["chromium-headless-shell"]), ("chrome", [])])
def test_the_browser_without_windows_is_fetched_unless_another_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, named: str | None, installed: list[str]
) -> None:
    chrome = tmp_path / "chrome"
    chrome.write_text("#!/bin/sh\n")
    chrome.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", named or "")
    monkeypatch.setattr(bootstrap, "BROWSERS", ("chrome",))
    asked: list[str] = []
    monkeypatch.setattr(bootstrap, "apt_installs", lambda package, _: bool(asked.append(package)))
    bootstrap.provide_browser()
    assert (asked, bootstrap.os.environ["CHROMIUM"]) == (installed, str(chrome))


def test_the_command_works_from_any_folder(tmp_path: Path) -> None:
    done = subprocess.run(
        [bootstrap.VENV / "bin" / "remit", "--version"], cwd=tmp_path, check=True, capture_output=True, text=True
    )
    assert done.stdout.startswith("remit ")


def test_an_unknown_target_exits_2(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        bootstrap.main(["publish"])
    assert "setup" in capsys.readouterr().out

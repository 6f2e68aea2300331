"""The one script behind `make`: sets Remit up with nothing but Python's standard library, then runs what was asked.

    setup   make .venv with everything that development needs
    demo    serve the synthetic clinic (runtime requirements only)
    check   format, lint, types, contracts, migrations, doctests, links, licences
    test    check, then every test on SQLite and on PostgreSQL, in a real browser where a page is tested
    bench   the benchmarks

A second run finds everything in place and needs no network.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
RUNTIME, DEVELOPMENT = "requirements.txt", "requirements-dev.txt"
HEADLESS = "chromium-headless-shell"
"""Chromium without its windows: the same pages with a third less work, so it is taken where it can be had."""
BROWSERS = (
    HEADLESS,
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def say(text: str) -> None:
    """Tell the person at the terminal what is going on."""
    print(f"remit: {text}", flush=True)


def run(*command: str | Path, quiet: bool = False) -> bool:
    """Run a command and say whether it succeeded."""
    output = subprocess.DEVNULL if quiet else None
    return (
        subprocess.run([str(word) for word in command], check=False, cwd=ROOT, stdout=output, stderr=output).returncode
        == 0
    )


def need(done: bool, otherwise: str) -> None:
    """Stop with one line unless this was done."""
    if not done:
        sys.exit(f"remit: {otherwise}")


def apt_command(package: str) -> list[str]:
    """The command that installs a Debian package."""
    return ["apt-get", "install", "-y", "--no-install-recommends", package]


def apt_installs(package: str, purpose: str) -> bool:
    """Install a Debian package where this account may, and say whether that succeeded."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        return False
    say(f"installing {package} ({purpose})")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    command = apt_command(package)
    return run(*command, quiet=True) or (run("apt-get", "update", quiet=True) and run(*command))


def apt_install(package: str, purpose: str) -> None:
    """Install a Debian package, or stop and say which one line installs it."""
    fix = f"{purpose} is missing; as root: apt-get update && {shlex.join(apt_command(package))}"
    need(apt_installs(package, purpose), fix)


def make_venv() -> None:
    """Make `.venv`, unless it was made at this very place and its Python still runs."""
    made_for = VENV / "pyvenv.cfg"
    made_here = made_for.exists() and str(VENV) in made_for.read_text()
    if made_here and run(PYTHON, "-m", "pip", "--version", quiet=True):
        return
    if importlib.util.find_spec("ensurepip") is None:
        apt_install(f"python3.{sys.version_info.minor}-venv", "Python's venv module")
    say(f"making .venv with Python {sys.version.split()[0]}")
    need(run(sys.executable, "-m", "venv", "--clear", VENV), ".venv could not be made")


def digest(requirements: str) -> str:
    """What an installed `.venv` answers to: these requirements, at this place."""
    return hashlib.sha256(bytes(ROOT) + (ROOT / requirements).read_bytes()).hexdigest()


def stamp(requirements: str) -> Path:
    """The file that says which version of the requirements was installed completely."""
    return VENV / f"installed-{requirements}.sha256"


def is_installed(requirements: str) -> bool:
    """Whether `.venv` already holds exactly these requirements."""
    mark = stamp(requirements)
    return PYTHON.exists() and mark.exists() and mark.read_text() == digest(requirements)


def install(requirements: str) -> None:
    """Install the pinned, hashed requirements: by uv where it is present, else by pip."""
    begun = time.monotonic()
    say(f"installing {requirements}")
    wanted = ["install", "--quiet", "--require-hashes", "-r", requirements]
    uv = shutil.which("uv")
    with_uv = uv is not None and run(uv, "pip", *wanted, "--python", PYTHON)
    if not with_uv:
        pip = [str(PYTHON), "-m", "pip", "--disable-pip-version-check", "--no-input"]
        need(run(*pip, *wanted), f"{requirements} could not be installed; the lines above say why")
    say(f"installed in {time.monotonic() - begun:.0f} s")


def install_remit() -> None:
    """Put the source tree on the path of `.venv` and write the `remit` command: no build, no network."""
    (packages,) = VENV.glob("lib/python3*/site-packages")
    (packages / "remit.pth").write_text(f"{ROOT / 'src'}\n")
    launcher = VENV / "bin" / "remit"
    launcher.write_text(f'#!/bin/sh\nexec {shlex.quote(str(PYTHON))} -P -m remit "$@"\n')
    launcher.chmod(0o755)


def set_up(*acceptable: str) -> None:
    """Make sure that one of these requirement files is installed; the first is installed when none is."""
    if not any(is_installed(requirements) for requirements in acceptable):
        make_venv()
        install(acceptable[0])
        install_remit()
        stamp(acceptable[0]).write_text(digest(acceptable[0]))


def find_browser() -> str | None:
    """A Chromium or Chrome that starts: the one that CHROMIUM names, else one on PATH."""
    for name in filter(None, (os.environ.get("CHROMIUM"), *BROWSERS)):
        path = shutil.which(name)
        if path and run(path, "--version", quiet=True):
            return path
    return None


def provide_browser() -> None:
    """Make sure that the browser tests have a browser, and name it in CHROMIUM."""
    if not os.environ.get("CHROMIUM") and shutil.which(HEADLESS) is None:
        apt_installs(HEADLESS, "the quickest browser for the tests")
    if find_browser() is None:
        apt_install("chromium", "Chromium for the browser tests (or CHROMIUM=/path/to/chrome)")
    found = find_browser()
    need(found is not None, "no Chromium that starts; name one: CHROMIUM=/path/to/chrome make test")
    os.environ["CHROMIUM"] = str(found)


def provide_driver() -> None:
    """Make sure that Playwright's own program, which steers the browser, finds its library."""
    (node,) = VENV.glob("lib/python3*/site-packages/playwright/driver/node")
    if not run(node, "--version", quiet=True):
        apt_install("libatomic1", "a library of Playwright's driver")
    need(run(node, "--version", quiet=True), f"Playwright's driver does not start: {node}")


def hand_over(*command: str | Path) -> None:
    """Become the command: its output, its signals and its exit status are this script's own."""
    os.chdir(ROOT)
    # Compiled modules are kept, inside .venv only: without them every start compiles Django anew, a second each time.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = str(VENV / "pycache")
    sys.stdout.flush()
    os.execv(command[0], [str(part) for part in command])


def setup() -> None:
    """Make .venv with everything that development needs."""
    set_up(DEVELOPMENT)
    say("ready: .venv/bin/remit --help")


def demo() -> None:
    """Serve the synthetic clinic."""
    set_up(RUNTIME, DEVELOPMENT)
    hand_over(VENV / "bin" / "remit", "demo")


def check() -> None:
    """Run every check that needs no database and no browser."""
    set_up(DEVELOPMENT)
    hand_over(PYTHON, "tools/check.py")


def test() -> None:
    """Run the checks and every test."""
    set_up(DEVELOPMENT)
    provide_browser()
    provide_driver()
    hand_over(PYTHON, "tools/suite.py")


def bench() -> None:
    """Run the benchmarks."""
    set_up(DEVELOPMENT)
    hand_over(PYTHON, "-m", "benchmarks")


COMMANDS = {command.__name__: command for command in (setup, demo, check, test, bench)}


def main(arguments: list[str]) -> None:
    """Run one command of the list above."""
    need(sys.version_info >= (3, 11), f"Python 3.11 or newer is needed, not {sys.version.split()[0]}")
    if len(arguments) != 1 or arguments[0] not in COMMANDS:
        print(__doc__)
        sys.exit(0 if arguments == ["help"] else 2)
    COMMANDS[arguments[0]]()


if __name__ == "__main__":
    main(sys.argv[1:])

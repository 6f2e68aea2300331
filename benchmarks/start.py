"""A cold and a warm `make demo` of a fresh clone, from the first key to the board of a nurse who pressed one button.

`python -m benchmarks.start [--starts 3]`; the first start installs, the others find everything in place.
"""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import tempfile
import time
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

ROOT = Path(__file__).parent.parent
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
NURSE = re.compile(r'name="account" value="([^"]+)" aria-label="Sign in as nurse"')


def board(address: str) -> str:
    """The board, by the button that the sign-in page of the demo has for a nurse."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    page = browser.open(f"{address}/").read().decode()
    token, nurse = TOKEN.search(page), NURSE.search(page)
    assert token is not None, "the sign-in page of the demo has no form"
    assert nurse is not None, "the sign-in page of the demo has no button for a nurse"
    sent = urllib.parse.urlencode({"csrfmiddlewaretoken": token[1], "account": nurse[1], "next": "/board/"})
    return browser.open(f"{address}/accounts/demo/", sent.encode()).read().decode()


def start(clone: Path) -> float:
    """Seconds from `make demo` to the board."""
    begun = time.monotonic()
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("REMIT_", "VIRTUAL_ENV"))}
    with subprocess.Popen(
        ["make", "demo"], cwd=clone, env=environment | {"BROWSER": "true"}, text=True, start_new_session=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    ) as process:  # fmt: skip
        try:
            for line in process.stdout or ():
                address = re.search(r"http://127\.0\.0\.1:\d+", line)
                if address:
                    break
            else:
                raise RuntimeError("the demo did not start")
            assert "since the dose" in board(address[0])
            took = time.monotonic() - begun
        finally:
            os.killpg(process.pid, signal.SIGINT)
            process.communicate(timeout=60)
    return took


def main() -> None:
    """Clone, start, start again."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--starts", type=int, default=3)
    starts = parser.parse_args().starts
    with tempfile.TemporaryDirectory(prefix="remit_start_") as folder:
        clone = Path(folder) / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        for n in range(starts):
            print(f"{'warm' if n else 'cold':>5} {start(clone):6.1f} s", flush=True)


if __name__ == "__main__":
    main()

"""`remit demo`: serve a synthetic clinic, made anew and told up to now at each start."""

from __future__ import annotations

import argparse
import os
import socket
import sys
import threading
from pathlib import Path
from typing import Any

from remit.cli.installation import set_up
from remit.quantities import BadInput

HERE = "127.0.0.1"
USUAL_PORT = 8000
LONGEST_GOODBYE_S = 3
OF_A_CLINIC = ("DATABASE_URL", "REMIT_SMTP_URL", "REMIT_MAIL_FROM", "REMIT_HOSTS", "REMIT_TRUSTED_PROXY")
"""What a clinic's installation sets: the demo works on none of its records and sends no mail."""


def register(subcommands: Any) -> None:
    """Add `demo` to the command line."""
    command = subcommands.add_parser("demo", help="serve a synthetic clinic on this machine")
    command.add_argument("--port", type=int, help=f"the port to listen at (default: {USUAL_PORT}, else any free one)")
    command.add_argument("--data", metavar="FOLDER", help="the demo's own folder (or REMIT_DATA; default: .demo)")
    command.add_argument("--no-browser", action="store_true", help="open no browser")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    from remit.demo.folder import claim, clear, empty_records
    from remit.server.environment import make_secret

    folder = claim(Path(arguments.data or os.environ.get("REMIT_DATA") or ".demo").resolve())
    _settings(folder)
    listening = _listen(arguments.port)
    make_secret(folder)
    set_up(arguments)
    from remit.server.backup import alone

    with alone(folder), listening:
        clear(folder)
        empty_records(folder)
        _tell()
        _announce(folder, listening)
        if not arguments.no_browser:
            _open_browser(_address(listening))
        _serve(listening)
    print("remit: the demo has stopped", flush=True)
    return 0


def _settings(folder: Path) -> None:
    for name in OF_A_CLINIC:
        os.environ.pop(name, None)
    os.environ |= {"REMIT_DATA": str(folder), "REMIT_DEMO": "1", "REMIT_LOOPBACK": "1", "REMIT_HTTPS": "0"}


def _listen(port: int | None) -> socket.socket:
    """A socket of this machine alone, at the port asked for; without one at the usual port, else at any free one."""
    if port is not None and not 0 <= port <= 65535:
        raise BadInput(f"demo: port: 0 (any free one) to 65535 is needed, not {port}")
    try:
        return socket.create_server((HERE, USUAL_PORT if port is None else port))
    except OSError as error:
        if port is not None:
            raise BadInput(f"demo: port {port} cannot be used: {error.strerror}") from error
    return socket.create_server((HERE, 0))


def _tell() -> None:
    """Seed the clinic. What is made at once is kept at once, so collecting rubbish meanwhile only costs time."""
    import gc

    from django.db import connection

    from remit.acts.clock import now
    from remit.demo.seed import seed

    print("remit: making the synthetic clinic", flush=True)
    gc.disable()
    try:
        seed(now())
    finally:
        gc.enable()
        connection.close()


def _address(listening: socket.socket) -> str:
    return f"http://{HERE}:{listening.getsockname()[1]}/"


def _announce(folder: Path, listening: socket.socket) -> None:
    from remit.acts.signin import DEMO_CONFIRMS_WITH, demo_accounts

    accounts = demo_accounts()
    width = max(len(one.role) for one in accounts)
    lines = [
        "",
        f"A synthetic clinic is served at {_address(listening)} to browsers on this machine.",
        "Nobody in it lives. Sign in with one press, or with an e-mail address and the password",
        f"    {DEMO_CONFIRMS_WITH}",
        "",
        *(f"    {one.role.ljust(width)}  {one.name.ljust(16)}  {one.email}" for one in accounts),
        "",
        "Its clock says early afternoon, wherever you are; every start begins anew.",
        f"No mail is sent: what would be sent lies in {folder / 'mail'}. Stop with Ctrl+C.",
        "",
    ]
    print("\n".join(lines), flush=True)


def _open_browser(address: str) -> None:
    """Open a window where there is a screen; a browser of the terminal would take it over."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return
    import webbrowser

    threading.Thread(target=webbrowser.open, args=(address,), daemon=True).start()


def _serve(listening: socket.socket) -> None:
    import uvicorn

    from remit.server.asgi import application

    settings = uvicorn.Config(
        application,
        server_header=False,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=LONGEST_GOODBYE_S,
    )
    try:
        uvicorn.Server(settings).run(sockets=[listening])
    except KeyboardInterrupt:
        # uvicorn has stopped in good order and hands the signal on.
        return

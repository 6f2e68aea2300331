"""`remit serve`: serve a clinic. It starts only when `remit check` finds nothing wrong."""

from __future__ import annotations

import argparse
import os
import sys
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from remit.cli.commands.check import as_text
from remit.cli.installation import add_data, set_up
from remit.quantities import BadInput

LONGEST_GOODBYE_S = 10


def register(subcommands: Any) -> None:
    """Add `serve` to the command line."""
    command = subcommands.add_parser("serve", help="serve a clinic")
    command.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: 127.0.0.1)")
    command.add_argument("--port", type=int, default=8000, help="the port to listen at (default: 8000)")
    command.add_argument("--hosts", help="the names under which browsers reach it, with commas (or REMIT_HOSTS)")
    command.add_argument("--cert", type=Path, help="the certificate's file; with --key Remit speaks TLS itself")
    command.add_argument("--key", type=Path, help="the file of the certificate's private key")
    command.add_argument(
        "--trusted-proxy", metavar="ADDRESS", help="the IP address of the proxy that speaks TLS before Remit"
    )
    command.add_argument("--loopback", action="store_true", help="plain HTTP for browsers on this machine alone")
    add_data(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    _refuse_unsafe(arguments)
    _say_in_environment(arguments)
    from remit.server.environment import installation, make_secret

    if arguments.data:
        os.environ["REMIT_DATA"] = arguments.data
    folder = installation().data_dir
    os.umask(0o077)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not os.environ.get("REMIT_SECRET_KEY"):
        make_secret(folder)
    set_up(arguments)
    from remit.server.backup import alone
    from remit.server.check import check

    with alone(folder):
        lines = check()
        print(as_text(lines), file=sys.stderr)
        if any(line.failed for line in lines):
            print("remit: not started; the lines above say why", file=sys.stderr)
            return 1
        _serve(arguments)
    return 0


def _refuse_unsafe(arguments: argparse.Namespace) -> None:
    """The three safe ways to be reached, of which one must be chosen."""
    if os.environ.get("REMIT_DEMO", "0") not in ("", "0", "no", "false"):
        raise BadInput("REMIT_DEMO: it is for `remit demo`; a clinic is served without it")
    if bool(arguments.cert) != bool(arguments.key):
        raise BadInput("serve: --cert and --key are needed together")
    ways = [name for name in ("cert", "trusted_proxy", "loopback") if getattr(arguments, name)]
    if len(ways) != 1:
        named = ", ".join("--" + way.replace("_", "-") for way in ways)
        raise BadInput(
            "serve: one of --cert with --key, --trusted-proxy ADDRESS or --loopback is needed"
            + (f", not {named} together" if ways else "")
        )
    for file in filter(None, (arguments.cert, arguments.key)):
        if not file.is_file():
            raise BadInput(f"serve: {file}: there is no such file")
    if arguments.loopback and not _is_loopback(arguments.host):
        raise BadInput(f"serve: with --loopback the address must be this machine's own, not {arguments.host}")
    if not 1 <= arguments.port <= 65535:
        raise BadInput(f"serve: port: 1 to 65535 is needed, not {arguments.port}")


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _say_in_environment(arguments: argparse.Namespace) -> None:
    """The settings read the environment: what the command line says, stands there."""
    os.environ["REMIT_LOOPBACK"] = "1" if arguments.loopback else "0"
    os.environ["REMIT_HTTPS"] = "0" if arguments.loopback else "1"
    if arguments.hosts:
        os.environ["REMIT_HOSTS"] = arguments.hosts
    if arguments.trusted_proxy:
        os.environ["REMIT_TRUSTED_PROXY"] = arguments.trusted_proxy


def _serve(arguments: argparse.Namespace) -> None:
    import uvicorn

    from remit.server.asgi import application

    proxy = arguments.trusted_proxy
    uvicorn.run(
        application,
        host=arguments.host,
        port=arguments.port,
        ssl_certfile=arguments.cert,
        ssl_keyfile=arguments.key,
        # Only the named proxy is believed when it says who the client is.
        proxy_headers=bool(proxy),
        forwarded_allow_ips=proxy or None,
        server_header=False,
        access_log=False,
        log_level="info",
        timeout_graceful_shutdown=LONGEST_GOODBYE_S,
    )

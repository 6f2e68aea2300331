"""`remit init`: make the clinic and its first administrator."""

from __future__ import annotations

import argparse
import getpass
import sys
from pathlib import Path
from typing import Any

from remit.cli.installation import add_data, set_up
from remit.cli.output import add_json, show
from remit.quantities import BadInput

ASKED = {
    "clinic": "Name of the clinic",
    "timezone": "Time zone (for example America/New_York)",
    "country": "Country (two letters, for example US)",
    "jurisdiction": "Law that applies (US, EU, UK, CH, AU or CA)",
    "admin_name": "Name of the first administrator",
    "admin_email": "E-mail of the first administrator",
}


def register(subcommands: Any) -> None:
    """Add `init` to the command line."""
    command = subcommands.add_parser("init", help="make the clinic and its first administrator")
    for name, words in ASKED.items():
        command.add_argument(f"--{name.replace('_', '-')}", help=f"{words[0].lower()}{words[1:]}")
    command.add_argument(
        "--password-stdin",
        action="store_true",
        help="read the administrator's password from standard input; without it a code for the first password is shown",
    )
    add_data(command)
    add_json(command)
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    held = _answers(arguments)
    password = _password(arguments)
    set_up(arguments)
    from remit.acts.founding import check_answers, found_clinic

    details = {"name": held["clinic"], **{name: held[name] for name in ("timezone", "country", "jurisdiction")}}
    check_answers(details, held["admin_name"], held["admin_email"], password)
    from django.conf import settings
    from django.core.management import call_command

    from remit.server.environment import make_secret

    folder = Path(settings.DATA_DIR)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Django has read its settings: the codes of this process must be made with the key that stays.
    settings.SECRET_KEY = make_secret(folder).read_text(encoding="utf-8").strip()
    call_command("migrate", verbosity=0, interactive=False)
    founded = found_clinic(details, held["admin_name"], held["admin_email"], password)
    code = founded.invitation.code if founded.invitation else None
    _tell(arguments, founded.clinic.name, founded.administrator.email, code, folder)
    return 0


def _answers(arguments: argparse.Namespace) -> dict[str, str]:
    held = {name: getattr(arguments, name) for name in ASKED}
    missing = [name for name, value in held.items() if value is None]
    if missing and not sys.stdin.isatty():
        raise BadInput(f"init: {', '.join('--' + name.replace('_', '-') for name in missing)} needed")
    return {name: value if value is not None else input(f"{ASKED[name]}: ") for name, value in held.items()}


def _password(arguments: argparse.Namespace) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\n")
    if not sys.stdin.isatty():
        return ""
    first = getpass.getpass("Password of the administrator (empty: show a code to set it with): ")
    if first and getpass.getpass("The same once more: ") != first:
        raise BadInput("password: the two differ")
    return first


def _tell(arguments: argparse.Namespace, clinic: str, email: str, code: str | None, folder: Path) -> None:
    steps = [
        "remit serve --hosts NAME --cert FILE --key FILE      (or --trusted-proxy ADDRESS, or --loopback to try it)",
        "sign in, add people, chairs, the duty roster and a crisis contact",
        "remit check                                          says what is still missing",
        "remit backup FILE                                    daily, to another machine",
    ]
    if arguments.json:
        show({"clinic": clinic, "administrator": email, "code": code, "data": str(folder), "next": steps}, True)
        return
    print(f"{clinic} is made; its records are in {folder}.")
    if code:
        print(f"\n{email} sets the first password at /accounts/first-password/ with the code\n\n    {code}\n")
    print("Next:\n" + "\n".join(f"  {step}" for step in steps))

"""Parse, run, print: exit 0 for done, 1 for the answer "no", 2 for bad input (one line on standard error)."""

from __future__ import annotations

import argparse
import errno
import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from typing import NoReturn

from remit import __version__
from remit.cli import commands
from remit.quantities import BadInput


class _Parser(argparse.ArgumentParser):
    """Refuses with one line and exit 2, like every other bad input."""

    def error(self, message: str) -> NoReturn:
        raise BadInput(f"{self.prog}: {message}")


def parser(command: str | None = None) -> argparse.ArgumentParser:
    """Every command of Remit, or this one alone; its module is imported, its heavy needs only when it runs."""
    top = _Parser(prog="remit", description="Ketamine and esketamine treatment, from referral to remission.")
    top.add_argument("--version", action="version", version=f"remit {__version__}")
    subcommands = top.add_subparsers(dest="command", required=True, metavar="COMMAND", parser_class=_Parser)
    groups = sorted(found.name for found in pkgutil.iter_modules(commands.__path__))
    # What stands in a group of another name (`restore` in `backup`) is found where all are.
    for module in [command] if command in groups else groups:
        importlib.import_module(f"{commands.__name__}.{module}").register(subcommands)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    said = sys.argv[1:] if argv is None else argv
    # Patients are shared by the engine's own threads; those of the linear algebra would be started for nothing.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    try:
        arguments = parser(said[0] if said else None).parse_args(said)
        return int(arguments.run(arguments) or 0)
    except BadInput as error:
        print("remit: " + " ".join(str(error).split()), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        # Whoever asked has stopped it, and knows; 130 is what a shell says of it.
        return 130
    except BrokenPipeError:
        # Whoever read the output has seen enough (`remit … | head`); nothing is left to say it to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        # Half an answer is none: the rest is not written when Python ends, either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        print(f"remit: {error.filename or 'output'}: cannot be written ({error.strerror})", file=sys.stderr)
        return 2

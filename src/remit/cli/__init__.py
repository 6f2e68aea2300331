"""The command line: one module a command group in `remit.cli.commands`; see `remit --help`."""

from remit.cli.main import main

__all__ = ["main"]

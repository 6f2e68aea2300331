"""One module a command group. Each has `register(subcommands)`, which adds its parsers and sets `run`."""

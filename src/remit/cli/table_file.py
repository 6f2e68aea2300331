"""A table that a person gives as a file: comma-separated, UTF-8, with one heading row."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from remit.quantities import BadInput

if TYPE_CHECKING:
    from remit.evidence.table import Table

MOST_BYTES = 10_000_000


def table_in(path: Path) -> Table:
    """The table of a file. Raises `BadInput` that names the file and what is wrong with it."""
    from remit.evidence.table import read_table

    try:
        if path.stat().st_size > MOST_BYTES:
            raise BadInput(f"{path}: at most {MOST_BYTES} bytes are read, not {path.stat().st_size}")
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadInput(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise BadInput(f"{path}: UTF-8 text is needed, byte {error.start} is not") from error
    try:
        return read_table(text)
    except BadInput as error:
        raise BadInput(f"{path}: {error}") from error

"""Where the synthetic clinic is kept: a folder of its own, made anew at each start, and never a real clinic's."""

from __future__ import annotations

import hashlib
import shutil
import sqlite3
from importlib import metadata
from pathlib import Path

from remit.quantities import BadInput

RECORDS = "remit.sqlite3"
MARK = "SYNTHETIC-CLINIC.txt"
_WORDS = "What is in this folder is made anew by `remit demo` at each start. Keep nothing here.\n"
_MADE_ANEW = (RECORDS, f"{RECORDS}-wal", f"{RECORDS}-shm", "audit.anchor", "audit.key")
_EMPTY = "empty-{}.sqlite3"
_MAKES_TABLES = ("django", "django-allauth", "django-axes", "django-simple-history")


def claim(folder: Path) -> Path:
    """Make the demo's folder, or take the one that it made before. Raises `BadInput` for any other folder."""
    if folder.exists() and not folder.is_dir():
        raise BadInput(f"demo: {folder} is a file; name a folder of the demo's own with --data")
    real = real_clinics(folder / RECORDS)
    if real:
        raise BadInput(f"demo: {folder} holds {', '.join(real)}: the demo never touches a clinic's records")
    if folder.is_dir() and any(folder.iterdir()) and not (folder / MARK).exists():
        raise BadInput(f"demo: {folder} is not empty and no folder of the demo; name another with --data")
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / MARK).write_text(_WORDS, encoding="utf-8")
    return folder


def real_clinics(records: Path) -> list[str]:
    """The names of the clinics in a file of records that are not synthetic."""
    if not records.is_file():
        return []
    held = sqlite3.connect(f"{records.resolve().as_uri()}?mode=ro", uri=True)
    try:
        return [name for (name,) in held.execute("SELECT name FROM records_clinic WHERE NOT synthetic ORDER BY name")]
    except sqlite3.DatabaseError:
        # No table of clinics: a start that was cut short.
        return []
    finally:
        held.close()


def clear(folder: Path) -> None:
    """Remove what the last start made."""
    for name in _MADE_ANEW:
        (folder / name).unlink(missing_ok=True)
    shutil.rmtree(folder / "mail", ignore_errors=True)


def empty_records(folder: Path) -> None:
    """Records with every table and nothing in them: copied from the last start's, made where this version has none."""
    from django.core.management import call_command
    from django.db import connection

    kept = folder / _EMPTY.format(_version_of_tables())
    if not kept.exists():
        call_command("migrate", verbosity=0, interactive=False)
        for old in folder.glob(_EMPTY.format("*")):
            old.unlink()
        with connection.cursor() as cursor:
            cursor.execute("VACUUM INTO %s", [str(kept)])
        connection.close()
    shutil.copyfile(kept, folder / RECORDS)


def _version_of_tables() -> str:
    """Changes with everything that makes the tables and their walls."""
    records = Path(__file__).parents[1] / "records"
    parts = [path.read_bytes() for path in sorted(records.rglob("*.py"))]
    parts += [f"{name} {metadata.version(name)}".encode() for name in _MAKES_TABLES]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]

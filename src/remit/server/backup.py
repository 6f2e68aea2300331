"""A backup in one file, and its restore: the database as it stood, the anchor before it, the settings.

The anchor's key is left out on purpose: with it, an archive and its anchor could be forged together.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from remit import __version__
from remit.acts import audit
from remit.acts.anchor import Head
from remit.acts.clock import now
from remit.quantities import BadInput
from remit.server.environment import KEY_FILE

MANIFEST = "manifest.json"
SQLITE, POSTGRES = "remit.sqlite3", "remit.pgdump"
ANCHOR = "audit.anchor"
PARTS = (SQLITE, POSTGRES, ANCHOR, KEY_FILE)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an archive holds, with the digest of each part."""

    remit: str
    made_at: str
    engine: str
    head: int
    migrations: list[str]
    settings: dict[str, Any]
    parts: dict[str, str]


def backup(to: Path) -> Manifest:
    """Write everything that a clinic needs to go on into one file, while it is being used."""
    if to.exists():
        raise BadInput(f"{to}: there is a file of this name already")
    to.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=to.parent, prefix=".remit-backup-") as folder:
        work = Path(folder)
        # The anchor first: a database that is ahead of its anchor is whole, one that is behind it is not.
        _copy_known(work)
        database = _dump_sqlite(work) if connection.vendor == "sqlite" else _dump_postgresql(work)
        manifest = _manifest(work, database)
        (work / MANIFEST).write_text(json.dumps(asdict(manifest), indent=2), encoding="utf-8")
        _pack(work, to)
    return manifest


def _copy_known(work: Path) -> None:
    for path, name in ((audit.anchor().path, ANCHOR), (Path(settings.DATA_DIR) / KEY_FILE, KEY_FILE)):
        if path.is_file():
            shutil.copyfile(path, work / name)


def _dump_sqlite(work: Path) -> Path:
    connection.ensure_connection()
    copy = sqlite3.connect(work / SQLITE)
    try:
        connection.connection.backup(copy)
        copy.execute("PRAGMA journal_mode=DELETE")
    finally:
        copy.close()
    return work / SQLITE


def _dump_postgresql(work: Path) -> Path:
    target = work / POSTGRES
    _run_tool("pg_dump", "--format=custom", "--no-owner", f"--file={target}")
    return target


def _run_tool(name: str, *arguments: str) -> None:
    program = shutil.which(name)
    if program is None:
        raise BadInput(f"{name}: it is not installed here, and a PostgreSQL database is copied by it")
    # Said in the environment: a password among the arguments could be read by every account of the machine.
    done = subprocess.run(
        [program, *arguments], check=False, capture_output=True, text=True, env={**os.environ, **_where()}
    )
    if done.returncode:
        raise BadInput(f"{name}: {done.stderr.strip() or f'it ended with {done.returncode}'}")


def _where() -> dict[str, str]:
    held = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD", "PGDATABASE": "NAME"}
    return {name: str(held[key]) for name, key in named.items() if held.get(key)}


def _manifest(work: Path, database: Path) -> Manifest:
    head = audit.newest()
    applied = sorted(f"{app}.{name}" for app, name in MigrationRecorder(connection).applied_migrations())
    parts = [part for part in work.iterdir() if part.name != MANIFEST]
    return Manifest(
        remit=__version__,
        made_at=now().isoformat(timespec="seconds"),
        engine="sqlite" if database.name == SQLITE else "postgresql",
        head=head.seq if head else 0,
        migrations=applied,
        settings={name: value for name, value in sorted(os.environ.items()) if _is_setting(name)},
        parts={part.name: _digest(part) for part in sorted(parts)},
    )


def _is_setting(name: str) -> bool:
    return name.startswith("REMIT_") and not any(word in name for word in ("SECRET", "SMTP", "PASSWORD"))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _pack(work: Path, to: Path) -> None:
    draft = to.with_name(f".{to.name}.part")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        with tarfile.open(fileobj=file, mode="w:gz", compresslevel=6) as archive:
            for part in sorted(work.iterdir(), key=lambda part: part.name != MANIFEST):
                archive.add(part, arcname=part.name)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(to)


def read_manifest(archive: Path) -> Manifest:
    """What an archive says that it holds. Raises `BadInput` where it is none of ours."""
    try:
        with tarfile.open(archive) as opened:
            held = opened.extractfile(MANIFEST)
            return Manifest(**json.load(held or io.BytesIO(b"{}")))
    except (OSError, KeyError, TypeError, ValueError, tarfile.TarError) as error:
        raise BadInput(f"{archive}: not a backup of Remit ({error})") from error


def unpack(archive: Path, work: Path) -> Manifest:
    """Take an archive apart, and see that each part is whole."""
    manifest = read_manifest(archive)
    with tarfile.open(archive) as opened:
        _refuse_strange(archive, manifest, opened.getmembers())
        opened.extractall(work, filter="data")
    for name, digest in manifest.parts.items():
        if not (work / name).is_file() or _digest(work / name) != digest:
            raise BadInput(f"{archive}: {name} is damaged: its digest is not the one written at the backup")
    return manifest


def _refuse_strange(archive: Path, manifest: Manifest, members: list[tarfile.TarInfo]) -> None:
    """An archive holds the files that a backup writes, each under its own name, and each in its manifest."""
    for member in members:
        if not member.isreg() or member.name not in (MANIFEST, *PARTS):
            raise BadInput(f"{archive}: it holds {member.name!r}, which no backup of Remit does")
    listed, held = sorted(manifest.parts), sorted(member.name for member in members if member.name != MANIFEST)
    if listed != held:
        raise BadInput(f"{archive}: it holds {', '.join(held)}, and its manifest says {', '.join(listed)}")


def restore(archive: Path, reason: str, *, replace: bool) -> tuple[Manifest, Head]:
    """Put the records back as an archive holds them; the trail says so from then on, and the anchor is new."""
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix=".remit-restore-") as folder:
        work = Path(folder)
        manifest = unpack(archive, work)
        _refuse_unfit(manifest)
        if manifest.engine == "sqlite":
            _place_sqlite(work / SQLITE, replace=replace)
        else:
            _place_postgresql(work / POSTGRES, replace=replace)
        _place_key(work / KEY_FILE)
    call_command("migrate", verbosity=0, interactive=False)
    return manifest, audit.mark_restored(f"{reason} (backup of {manifest.made_at}, row {manifest.head})")


def _refuse_unfit(manifest: Manifest) -> None:
    engine = "postgresql" if connection.vendor == "postgresql" else "sqlite"
    if manifest.engine != engine:
        raise BadInput(f"backup: it holds a {manifest.engine} database, and this installation uses {engine}")
    from django.db.migrations.loader import MigrationLoader

    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations or {}}
    newer = sorted(set(manifest.migrations) - known)
    if newer:
        raise BadInput(f"backup: it was made by Remit {manifest.remit}, whose {newer[0]} this version does not know")


def _place_sqlite(copy: Path, *, replace: bool) -> None:
    target = Path(str(connection.settings_dict["NAME"]))
    connection.close()
    if target.exists():
        if not replace:
            raise BadInput(f"{target}: there are records here; --replace keeps them aside and puts the backup in place")
        # Closed cleanly, so that what lies in the write-ahead log is in the file that is put aside.
        sqlite3.connect(target).close()
        for suffix in ("", "-wal", "-shm"):
            _put_aside(target.with_name(target.name + suffix))
    copy.chmod(0o600)
    copy.rename(target)


def _put_aside(path: Path) -> None:
    if path.exists():
        path.rename(path.with_name(f"{path.name}.replaced-{now():%Y%m%dT%H%M%S}"))


def _place_postgresql(dump: Path, *, replace: bool) -> None:
    if connection.introspection.table_names() and not replace:
        raise BadInput("database: there are records here; --replace puts the backup in their place")
    connection.close()
    name = str(connection.settings_dict["NAME"])
    _run_tool("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--dbname", name, str(dump))


def _place_key(key: Path) -> None:
    """Second factors are sealed with the key of the backup, so that key comes back with them."""
    target = Path(settings.DATA_DIR) / KEY_FILE
    if not key.is_file() or (target.exists() and target.read_bytes() == key.read_bytes()):
        return
    _put_aside(target)
    key.chmod(0o600)
    key.rename(target)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Hold the data folder's lock, which a serving Remit holds too. Raises `BadInput` while it does."""
    import fcntl

    handle = os.open(folder / "serving.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError as error:
        raise BadInput(f"{folder}: Remit is serving these records; stop it first") from error
    finally:
        os.close(handle)

"""An archive that is no backup of ours is refused before anything of it is put anywhere."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path
from typing import Any

import pytest

from remit.quantities import BadInput
from remit.server.backup import ANCHOR, KEY_FILE, MANIFEST, SQLITE, unpack

HELD = {SQLITE: b"a database", ANCHOR: b"an anchor"}


def manifest(parts: dict[str, bytes]) -> bytes:
    digests = {name: hashlib.sha256(data).hexdigest() for name, data in parts.items()}
    said: dict[str, Any] = {
        "remit": "0.1.0", "made_at": "2026-11-21T14:00:00+00:00", "engine": "sqlite", "head": 1, "migrations": [],
        "settings": {}, "parts": digests,
    }  # fmt: skip
    return json.dumps(said).encode()


def archive(folder: Path, *members: tuple[tarfile.TarInfo, bytes], listed: dict[str, bytes] = HELD) -> Path:
    """An archive with a manifest that lists these parts, the usual parts, and these members besides."""
    made = folder / "backup.tar.gz"
    with tarfile.open(made, "w:gz") as opened:
        for name, data in {MANIFEST: manifest(listed), **HELD}.items():
            add(opened, tarfile.TarInfo(name), data)
        for member, data in members:
            add(opened, member, data)
    return made


def add(opened: tarfile.TarFile, member: tarfile.TarInfo, data: bytes) -> None:
    member.size = len(data)
    opened.addfile(member, io.BytesIO(data))


def linked(name: str, to: str, kind: bytes) -> tarfile.TarInfo:
    made = tarfile.TarInfo(name)
    made.type, made.linkname = kind, to
    return made


def test_a_whole_archive_is_taken_apart(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    assert unpack(archive(tmp_path), work).parts.keys() == HELD.keys()
    assert (work / SQLITE).read_bytes() == b"a database"


@pytest.mark.parametrize(
    "member",
    [
        tarfile.TarInfo("../outside"),
        tarfile.TarInfo("/tmp/outside"),
        tarfile.TarInfo("inner/remit.sqlite3"),
        tarfile.TarInfo("settings.py"),
        linked("audit.anchor", "/etc/passwd", tarfile.SYMTYPE),
        linked("secret.key", "remit.sqlite3", tarfile.LNKTYPE),
    ],
    ids=["above", "absolute", "folder", "unknown", "symbolic link", "hard link"],
)
def test_a_member_that_no_backup_has_is_refused_and_nothing_is_written(tmp_path: Path, member: tarfile.TarInfo) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(BadInput, match="which no backup of Remit does"):
        unpack(archive(tmp_path, (member, b"")), work)
    assert list(work.iterdir()) == []
    assert not (tmp_path / "outside").exists()


def test_a_key_that_the_manifest_does_not_know_is_not_put_in_place(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="its manifest says"):
        unpack(archive(tmp_path, (tarfile.TarInfo(KEY_FILE), b"a key of somebody else")), tmp_path)


def test_a_part_that_was_changed_is_damaged(tmp_path: Path) -> None:
    work = tmp_path / "work"
    work.mkdir()
    with pytest.raises(BadInput, match="is damaged"):
        unpack(archive(tmp_path, listed=HELD | {SQLITE: b"another database"}), work)

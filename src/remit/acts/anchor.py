"""The head of the audit trail, kept outside the database under a key: what no change of the database can forge.

The file holds two places that are written in turn, each with its own keyed digest. A place torn by a power cut is
ignored and the other still stands, so one small write and one sync suffice.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_PLACE = 256
"""Bytes of one place."""


class AnchorBroken(RuntimeError):
    """The anchor cannot be trusted, or the database is behind it."""


@dataclass(frozen=True, slots=True, order=True)
class Head:
    """The newest row of the audit trail: its number and its digest."""

    seq: int
    digest: str


class Anchor:
    """The anchor file and its key."""

    def __init__(self, path: Path, key_path: Path) -> None:
        self.path = path
        self.key_path = key_path
        self._lock = threading.Lock()
        self.known: Head | None = None
        """What this process last anchored or found anchored."""
        self._waiting = Head(-1, "")
        self._secret: bytes | None = None

    def read(self) -> Head | None:
        """The anchored head; null when nothing was ever anchored here.

        Raises `AnchorBroken` when the file is there and neither place bears a valid digest.
        """
        if not self.path.exists():
            return None
        with self._opened(create=False) as descriptor:
            return self._newest(descriptor)

    def advance(self, head: Head) -> Head:
        """Anchor a head that was just committed and return the head that now stands.

        Of several at once the newest is written, with one sync for all who waited. A head that is not newer than
        the anchored one changes nothing: the caller must then see that the anchored row stands in the trail.
        """
        self._waiting = max(self._waiting, head)
        with self._lock:
            if self.known is None or self.known.seq < head.seq:
                self.known = self._write_newest(max(self._waiting, head))
            return self.known

    def replace(self, head: Head) -> None:
        """Anchor a head whatever stood before: for a restore that is marked as one."""
        with self._lock:
            with self._opened() as descriptor:
                os.ftruncate(descriptor, 0)
                self._write(descriptor, head)
            self.known = self._waiting = head

    def _write_newest(self, head: Head) -> Head:
        # A file that was there and is gone is evidence, and is not made anew.
        with self._opened(create=self.known is None) as descriptor:
            standing = self._newest(descriptor)
            if standing is not None and standing.seq >= head.seq:
                return standing
            self._write(descriptor, head)
            return head

    @contextmanager
    def _opened(self, create: bool = True) -> Iterator[int]:
        if create:
            self.path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(self.path, os.O_RDWR | (os.O_CREAT if create else 0), 0o600)
        except FileNotFoundError:
            raise AnchorBroken(f"{self.path}: the anchor was there and is gone") from None
        try:
            # Other processes anchor here, too.
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield descriptor
        finally:
            os.close(descriptor)

    def _newest(self, descriptor: int) -> Head | None:
        heads = [head for head in self._places(descriptor) if head]
        if not heads and os.fstat(descriptor).st_size:
            raise AnchorBroken(f"{self.path}: no place of the anchor bears a valid digest under {self.key_path}")
        return max(heads, default=None)

    def _places(self, descriptor: int) -> tuple[Head | None, Head | None]:
        held = os.pread(descriptor, 2 * _PLACE, 0)
        return self._parsed(held[:_PLACE]), self._parsed(held[_PLACE:])

    def _write(self, descriptor: int, head: Head) -> None:
        fresh = os.fstat(descriptor).st_size == 0
        first, second = self._places(descriptor)
        older = 0 if first is None or (second is not None and second > first) else _PLACE
        text = json.dumps({"seq": head.seq, "digest": head.digest, "mac": self._mac(head)})
        os.pwrite(descriptor, text.ljust(_PLACE - 1).encode() + b"\n", older)
        os.fsync(descriptor)
        if fresh:
            _sync_folder(self.path.parent)

    def _parsed(self, place: bytes) -> Head | None:
        try:
            held = json.loads(place)
            head = Head(int(held["seq"]), str(held["digest"]))
            return head if hmac.compare_digest(self._mac(head), str(held["mac"])) else None
        except (ValueError, KeyError, TypeError):
            return None

    def _mac(self, head: Head) -> str:
        self._secret = self._secret or self._key()
        return hmac.new(self._secret, f"{head.seq}:{head.digest}".encode(), hashlib.sha256).hexdigest()

    def _key(self) -> bytes:
        try:
            descriptor = os.open(self.key_path, os.O_RDONLY)
        except FileNotFoundError:
            return self._new_key()
        try:
            if os.fstat(descriptor).st_mode & 0o077:
                raise AnchorBroken(f"{self.key_path}: others may read this key; its mode must be 600")
            return os.read(descriptor, 64)
        finally:
            os.close(descriptor)

    def _new_key(self) -> bytes:
        """A first key, written whole before it has its name, so that two processes cannot hold two."""
        self.key_path.parent.mkdir(parents=True, exist_ok=True)
        draft = self.key_path.with_name(f"{self.key_path.name}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            os.write(descriptor, secrets.token_bytes(32))
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        try:
            os.link(draft, self.key_path)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        _sync_folder(self.key_path.parent)
        return self.key_path.read_bytes()


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""Where the records are kept: one SQLite file, or the PostgreSQL that `DATABASE_URL` names."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from remit.quantities import BadInput

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL",
    # NORMAL may lose the last acknowledged commits when the power goes.
    "PRAGMA synchronous=FULL",
    # Without it a REPLACE deletes the old row unseen by the triggers that refuse it.
    "PRAGMA recursive_triggers=ON",
    "PRAGMA foreign_keys=ON",
    "PRAGMA temp_store=MEMORY",
)

_KEPT_S = 60
"""A connection serves requests for so many seconds: each new one would read the whole schema again."""


def database(url: str | None, data_dir: Path) -> dict[str, Any]:
    """Django's settings of one database.

    >>> database(None, Path("/srv/remit"))["NAME"]
    '/srv/remit/remit.sqlite3'
    >>> database("postgresql://remit@db.example:5433/clinic", Path())["PORT"]
    '5433'
    """
    if not url:
        return _sqlite(str(data_dir / "remit.sqlite3"))
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(unquote(parts.path))
    if parts.scheme in ("postgres", "postgresql"):
        return _postgresql(url)
    raise BadInput(f"DATABASE_URL: expected postgresql:// or sqlite:///, not {parts.scheme or 'no scheme'}://")


def _sqlite(name: str) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name,
        "CONN_MAX_AGE": _KEPT_S,
        "OPTIONS": {
            "timeout": 20,
            # A transaction takes the write lock when it begins: it cannot fail half-way for want of it.
            "transaction_mode": "IMMEDIATE",
            "init_command": ";".join(SQLITE_PRAGMAS),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    parts = urlsplit(url)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(parts.port or ""),
        "CONN_MAX_AGE": _KEPT_S,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": dict(parse_qsl(parts.query)),
    }

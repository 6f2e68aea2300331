"""What the environment says about this installation: every `REMIT_` variable is read here and nowhere else."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import unquote, urlsplit

from remit.quantities import BadInput

KEY_FILE = "secret.key"
LOOPBACK_HOSTS = ("localhost", "127.0.0.1", "[::1]")
_SMTP_PORTS = {"smtp": 25, "smtp+tls": 587, "smtps": 465}


@dataclass(frozen=True, slots=True)
class Mail:
    """The mail server that carries alerts and temporary passwords."""

    host: str
    port: int
    user: str = ""
    password: str = ""
    starttls: bool = False
    tls: bool = False


@dataclass(frozen=True, slots=True)
class Installation:
    """One installation of Remit as its environment describes it."""

    data_dir: Path
    database_url: str | None
    secret_key: str
    allowed_hosts: tuple[str, ...]
    https: bool
    loopback: bool
    """Plain HTTP, for browsers on this machine alone."""
    trusted_proxy: str
    demo: bool
    mail: Mail | None
    mail_from: str


def installation(given: Mapping[str, str] | None = None) -> Installation:
    """This installation, from `os.environ` unless other variables are given. Raises `BadInput`."""
    env = os.environ if given is None else given
    data_dir = Path(env.get("REMIT_DATA") or "remit-data").resolve()
    return Installation(
        data_dir=data_dir,
        database_url=env.get("DATABASE_URL") or None,
        secret_key=env.get("REMIT_SECRET_KEY") or _kept_secret(data_dir) or secrets.token_urlsafe(64),
        allowed_hosts=tuple(host.strip() for host in env.get("REMIT_HOSTS", "").split(",") if host.strip()),
        https=_truth(env, "REMIT_HTTPS"),
        loopback=_truth(env, "REMIT_LOOPBACK"),
        trusted_proxy=_address(env, "REMIT_TRUSTED_PROXY"),
        demo=_truth(env, "REMIT_DEMO"),
        mail=_mail(env.get("REMIT_SMTP_URL", "")),
        mail_from=env.get("REMIT_MAIL_FROM", ""),
    )


def _kept_secret(data_dir: Path) -> str:
    kept = data_dir / KEY_FILE
    return kept.read_text(encoding="utf-8").strip() if kept.is_file() else ""


def make_secret(data_dir: Path) -> Path:
    """Write a new secret key, readable by its owner alone, unless one is there; returns its file."""
    kept = data_dir / KEY_FILE
    if not kept.exists():
        handle = os.open(kept, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(64) + "\n")
    return kept


def _truth(env: Mapping[str, str], name: str) -> bool:
    word = env.get(name, "").strip().lower()
    if word not in ("", "0", "1", "no", "yes", "false", "true"):
        raise BadInput(f"{name}: 1 or 0 is needed, not {word!r}")
    return word in ("1", "yes", "true")


def _address(env: Mapping[str, str], name: str) -> str:
    given = env.get(name, "").strip()
    try:
        return str(ip_address(given)) if given else ""
    except ValueError as error:
        raise BadInput(f"{name}: the proxy's IP address is needed, not {given!r}") from error


def _mail(url: str) -> Mail | None:
    if not url:
        return None
    parts = urlsplit(url)
    if parts.scheme not in _SMTP_PORTS or not parts.hostname:
        schemes = ", ".join(f"{scheme}://" for scheme in _SMTP_PORTS)
        raise BadInput(f"REMIT_SMTP_URL: one of {schemes} with a host is needed, not {parts.scheme or 'no scheme'}://")
    return Mail(
        host=parts.hostname,
        port=parts.port or _SMTP_PORTS[parts.scheme],
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        starttls=parts.scheme == "smtp+tls",
        tls=parts.scheme == "smtps",
    )

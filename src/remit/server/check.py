"""Whether this installation may serve a clinic: one line a thing, each with its reason in words."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.core import checks as framework
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor

from remit.acts import audit, duty, mail
from remit.acts.anchor import AnchorBroken
from remit.knowledge.check import check as check_knowledge
from remit.records.checks import database_problems
from remit.records.models import Clinic, Membership, Role
from remit.server.environment import KEY_FILE, LOOPBACK_HOSTS

LEAST_FREE_MB = 200
_SILENT = frozenset({"security.W004", "security.W005", "security.W008", "security.W020", "security.W021"})
"""Redirects and preloading belong to what stands before Remit; only TLS is served; hosts have their own line."""


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was looked at. A note is no failure: the clinic can work, and should know."""

    name: str
    verdict: str
    words: str

    @property
    def failed(self) -> bool:
        return self.verdict == "fail"


def check() -> list[Line]:
    """Every line, also after one has failed."""
    lines = [*_lines("settings", _settings), *_way_in(), *_lines("data folder", _data_folder)]
    lines += [*_lines("database", _database), *_lines("knowledge", _knowledge)]
    if not any(line.failed for line in lines if line.name == "database"):
        lines += [*_lines("audit anchor", _anchor), *_lines("clinic", _clinic), *_alerts()]
    return lines


def _lines(name: str, look: Callable[[], Iterator[str]]) -> list[Line]:
    problems = list(look())
    return [Line(name, "fail", words) for words in problems] or [Line(name, "ok", _FINE[name])]


_FINE = {
    "settings": "secret key, hosts and cookies are fit to serve",
    "data folder": "readable by its owner alone, with room to write",
    "database": "migrated, durable, and its append-only walls stand",
    "knowledge": "every file passes its schema and every source key resolves",
    "audit anchor": "the trail stands at its anchor",
    "clinic": "a clinic with an administrator",
}


def _settings() -> Iterator[str]:
    installation = settings.INSTALLATION
    if settings.DEMO:
        yield "REMIT_DEMO is set: the demo is no clinic; start it with `remit demo`"
    if not os.environ.get("REMIT_SECRET_KEY") and not (settings.DATA_DIR / KEY_FILE).is_file():
        yield f"no secret key: `remit serve` and `remit init` write {KEY_FILE}"
    if installation.https and not installation.allowed_hosts:
        yield "no host name: set REMIT_HOSTS or `remit serve --hosts`"
    if installation.loopback and set(installation.allowed_hosts) - set(LOOPBACK_HOSTS):
        yield f"plain HTTP is for this machine alone, not for {', '.join(installation.allowed_hosts)}"
    for message in framework.run_checks(include_deployment_checks=installation.https):
        name = message.id or ""
        if message.level >= framework.ERROR or (name.startswith("security") and name not in _SILENT):
            yield f"{message.id}: {message.msg}"


def _way_in() -> list[Line]:
    """`remit serve` chooses how browsers reach Remit; a check by itself cannot know."""
    installation = settings.INSTALLATION
    if installation.https or installation.loopback:
        return []
    words = "`remit serve` is told: a certificate, the trusted proxy that has one, or --loopback"
    return [Line("way in", "note", words)]


def _data_folder() -> Iterator[str]:
    folder = Path(settings.DATA_DIR)
    if not folder.is_dir():
        yield f"{folder} is missing: `remit init` makes it"
        return
    held = folder.stat()
    if held.st_uid != os.geteuid():
        yield f"{folder} belongs to another user"
    yield from (f"others may open {found}: chmod {wanted:o} {found}" for found, wanted in _open_to_others(folder))
    free = shutil.disk_usage(folder).free // 1_000_000
    if free < LEAST_FREE_MB:
        yield f"{free} MB are free in {folder}; at least {LEAST_FREE_MB} MB are needed to keep what is entered"


def _open_to_others(folder: Path) -> Iterator[tuple[Path, int]]:
    wanted = [(folder, 0o700), *((folder / name, 0o600) for name in (KEY_FILE, "audit.key", "remit.sqlite3"))]
    for path, mode in wanted:
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield path, mode


def _database() -> Iterator[str]:
    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        if plan:
            yield f"{len(plan)} migrations are not applied: run `remit migrate`"
            return
        yield from database_problems(connection)
    except DatabaseError as error:
        yield f"cannot be opened: {' '.join(str(error).split())}"


def _knowledge() -> Iterator[str]:
    for problem in check_knowledge().problems:
        yield f"{problem.file}: {problem.path}: {problem.reason}"


def _anchor() -> Iterator[str]:
    try:
        anchored, newest = audit.anchor().read(), audit.newest()
    except (AnchorBroken, OSError) as error:
        yield f"{error}; `remit audit verify` says more"
        return
    if anchored is None and newest is not None:
        yield f"{audit.anchor().path} is missing though the trail has {newest.seq} rows"
    elif anchored is not None and not audit.standing(anchored):
        yield f"row {anchored.seq} was anchored and is not in the database: `remit audit verify` says more"


def _clinic() -> Iterator[str]:
    if not Clinic.objects.exists():
        yield "there is none: `remit init` makes it and its first administrator"
        return
    if Clinic.objects.filter(synthetic=True).exists():
        yield "a synthetic clinic is in this database: the demo's data have no place beside a real clinic"
    administrators = Membership.objects.filter(role=Role.ADMINISTRATOR, active=True, account__is_active=True)
    for clinic in Clinic.objects.exclude(pk__in=administrators.values("clinic_id")):
        yield f"{clinic.name} has no administrator"


def _alerts() -> list[Line]:
    if not mail.is_set():
        return [Line("alert channel", "note", "not set (REMIT_SMTP_URL): no link is sent to patients")]
    lines = [
        Line("alert channel", "note", f"{clinic.name}: {' '.join(reasons)}")
        for clinic in Clinic.objects.order_by("name")
        if (reasons := duty.links_off(clinic.pk))
    ]
    return lines or [Line("alert channel", "ok", "set, and a test message arrived")]

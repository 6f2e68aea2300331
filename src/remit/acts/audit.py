"""The audit trail: rows chained by digest, its head anchored outside the database, and the proof that both hold.

Order: commit, sync the anchor, then acknowledge.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache, partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection, transaction
from django.db.models import QuerySet

from remit.acts.anchor import Anchor, AnchorBroken, Head
from remit.acts.clock import now
from remit.records.compiled import compiled_query
from remit.records.models import AuditRow
from remit.records.seal import canonical, columns, digest

log = logging.getLogger(__name__)

_CHAIN_LOCK = 0x52454D49
"""PostgreSQL's advisory lock under which one writer at a time extends the chain."""

BEGINNING = Head(0, "0" * 64)
"""What the first row names as the row before it."""


@dataclass(slots=True)
class Happening:
    """One thing that somebody read or did, before it has its place in the chain."""

    action: str
    account_id: UUID | None = None
    clinic_id: UUID | None = None
    subject_type: str = ""
    subject_id: str = ""
    patient_id: UUID | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    at: datetime | None = None
    kept: dict[str, dict[str, str]] = field(default_factory=dict)
    """The append-only rows that it stored: table → row → seal."""


def anchor() -> Anchor:
    """The anchor of this installation: where the settings say, else beside the data."""
    path = Path(getattr(settings, "REMIT_ANCHOR", None) or Path(settings.DATA_DIR) / "audit.anchor")
    return _anchor_at(path, Path(getattr(settings, "REMIT_ANCHOR_KEY", None) or path.with_suffix(".key")))


@lru_cache(maxsize=8)
def _anchor_at(path: Path, key_path: Path) -> Anchor:
    return Anchor(path, key_path)


def record(happening: Happening) -> None:
    """Put one happening in the trail by itself, in a transaction of its own: a sign-in, a refusal, a read."""
    with transaction.atomic():
        append([happening])


def append(happenings: Iterable[Happening]) -> None:
    """Extend the chain inside the transaction under way; its head is anchored once that is committed."""
    before, head = _extend(happenings)
    if head != before:
        transaction.on_commit(partial(_anchored, before, head))


def mark_restored(reason: str, account_id: UUID | None = None) -> Head:
    """Say in the trail that the database was restored from a backup, and anchor its head anew."""
    try:
        anchored = anchor().read()
    except AnchorBroken:
        anchored = None
    detail = {"reason": reason, "anchored": {"seq": anchored.seq, "digest": anchored.digest} if anchored else None}
    with transaction.atomic():
        _, head = _extend([Happening("restore_marked", account_id, detail=detail)])
    anchor().replace(head)
    return head


def newest() -> Head | None:
    """The newest row in the database; null when the trail is empty."""
    found = _newest()
    return Head(*found[0]) if found else None


@compiled_query
def _newest() -> QuerySet[AuditRow, tuple[int, str]]:
    return AuditRow.objects.order_by("-seq").values_list("seq", "digest")[:1]


def chained(held: Mapping[str, Any]) -> str:
    """The digest that a row must bear: over all its columns and the digest before it."""
    return digest({name: value for name, value in held.items() if name != "digest"})


def standing(head: Head) -> bool:
    """True when the row that `head` names stands in the trail with that digest."""
    return AuditRow.objects.filter(seq=head.seq, digest=head.digest).exists()


def _extend(happenings: Iterable[Happening]) -> tuple[Head, Head]:
    """Add rows under the chain's lock and return the head before and after."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_CHAIN_LOCK])
    before = head = newest() or BEGINNING
    rows = []
    for happening in happenings:
        rows.append(_row(happening, head))
        head = Head(rows[-1].seq, rows[-1].digest)
    AuditRow.objects.bulk_create(rows)
    return before, head


def _row(happening: Happening, previous: Head) -> AuditRow:
    detail = happening.detail | ({"kept": happening.kept} if happening.kept else {})
    row = AuditRow(
        seq=previous.seq + 1,
        clinic_id=happening.clinic_id,
        at=happening.at or now(),
        account_id=happening.account_id,
        action=happening.action,
        subject_type=happening.subject_type,
        subject_id=happening.subject_id,
        patient_id=happening.patient_id,
        detail_text=canonical(detail),
        previous=previous.digest,
    )
    row.digest = chained(columns(row))
    return row


def _anchored(before: Head, head: Head) -> None:
    """Anchor a committed head. A trail that is behind its anchor is left so: `verify` must find it."""
    try:
        _refuse_strange(anchor(), before, head)
    except AnchorBroken as broken:
        # The entry is safely stored and somebody is being treated: work goes on, the evidence stays.
        log.critical("audit trail: %s", broken)


def _refuse_strange(kept: Anchor, before: Head, head: Head) -> None:
    if kept.known is None:
        _compare_at_start(kept, before)
    elif kept.known != before and not standing(kept.known):
        raise AnchorBroken(f"row {kept.known.seq} was anchored and is no longer in the database")
    stands = kept.advance(head)
    if stands != head and not standing(stands):
        raise AnchorBroken(f"row {stands.seq} was anchored and is no longer in the database")


def _compare_at_start(kept: Anchor, before: Head) -> None:
    anchored = kept.read()
    if anchored is None and before != BEGINNING:
        raise AnchorBroken(f"{kept.path}: the anchor is missing though the trail has {before.seq} rows")
    if anchored is not None and not standing(anchored):
        raise AnchorBroken(f"row {anchored.seq} was anchored and is not in the database")
    if anchored is not None and anchored.seq < before.seq:
        log.warning("audit trail: %d rows were committed and not anchored", before.seq - anchored.seq)

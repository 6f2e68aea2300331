"""The proof that nothing was removed: the chain, its anchor, and every append-only row against its seal."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models

from remit.acts import audit
from remit.acts.anchor import AnchorBroken, Head
from remit.acts.audit import BEGINNING, Happening
from remit.records.models import AuditRow
from remit.records.seal import columns, row_seal
from remit.records.triggers import append_only_models

_BATCH = 500


@dataclass(slots=True)
class Verification:
    """What the audit trail proves. `anchor` is matches, reanchored, missing, behind, broken or empty."""

    rows: int = 0
    sealed: int = 0
    head: Head | None = None
    anchor: str = "empty"
    reanchored: int = 0
    problems: list[str] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """True when nothing is missing, altered, added or out of order."""
        return not self.problems

    def as_dict(self) -> dict[str, object]:
        """The result as the command line prints it."""
        return {
            "ok": self.ok,
            "rows": self.rows,
            "sealed_rows": self.sealed,
            "head": {"seq": self.head.seq, "digest": self.head.digest} if self.head else None,
            "anchor": self.anchor,
            "reanchored_rows": self.reanchored,
            "problems": self.problems,
        }


def verify() -> Verification:
    """Check every row of the trail, the anchor, and every sealed record.

    A database that is ahead of its anchor, as after a crash between commit and sync, is anchored anew, and the trail
    and the answer say so. One that is behind fails.
    """
    found = Verification()
    seals = _Seals(found)
    for row in _chain(found):
        seals.add(row)
    seals.finish()
    _check_anchor(found)
    return found


def _chain(found: Verification) -> Iterator[AuditRow]:
    previous = BEGINNING
    for row in AuditRow.objects.order_by("seq").iterator(chunk_size=_BATCH):
        found.problems += _row_problems(row, previous)
        previous = Head(row.seq, row.digest)
        found.rows += 1
        yield row
    found.head = previous if found.rows else None


def _row_problems(row: AuditRow, previous: Head) -> list[str]:
    problems = []
    if row.seq != previous.seq + 1:
        missing = f"{previous.seq + 1} to {row.seq - 1}" if row.seq > previous.seq + 2 else f"{row.seq - 1}"
        problems.append(f"audit row {missing}: missing")
    elif row.previous != previous.digest:
        problems.append(f"audit row {row.seq}: does not follow row {previous.seq}")
    if row.digest != audit.chained(columns(row)):
        problems.append(f"audit row {row.seq}: altered")
    return problems


class _Seals:
    """Compares the stored rows of each table with the seals that the trail holds."""

    def __init__(self, found: Verification) -> None:
        self.found = found
        self.models = {str(model._meta.model_name): model for model in append_only_models() if model is not AuditRow}
        self.waiting: dict[str, dict[str, str]] = defaultdict(dict)
        self.counted: Counter[str] = Counter()
        # Counted before the trail is walked: what is stored meanwhile is sealed in rows that the walk still meets.
        self.stored = {name: model._base_manager.count() for name, model in self.models.items()}

    def add(self, row: AuditRow) -> None:
        """Take over the seals of one audit row."""
        for name, seals in _kept(row).items():
            self.waiting[name] |= seals
            if len(self.waiting[name]) >= _BATCH:
                self._compare(name)

    def finish(self) -> None:
        """Compare what is left, and find rows that no act stored."""
        for name in list(self.waiting):
            self._compare(name)
        for name, stored in self.stored.items():
            unsealed = stored - self.counted[name]
            if unsealed > 0:
                self.found.problems.append(f"{name}: {unsealed} row{'s' * (unsealed > 1)} that no act stored")

    def _compare(self, name: str) -> None:
        seals = self.waiting.pop(name)
        stored = self._rows(name, seals)
        for key, seal in seals.items():
            if key not in stored:
                self.found.problems.append(f"{name} {key}: missing")
            elif row_seal(stored[key]) != seal:
                self.found.problems.append(f"{name} {key}: altered")
        self.found.sealed += len(seals)
        self.counted[name] += len(stored)

    def _rows(self, name: str, seals: dict[str, str]) -> dict[str, models.Model]:
        rows: Any = self.models[name]._base_manager.filter(pk__in=list(seals)) if name in self.models else ()
        return {str(row.pk): row for row in rows}


def _kept(row: AuditRow) -> dict[str, dict[str, str]]:
    # Most rows are reads and seal nothing: no need to parse them.
    if '"kept"' not in row.detail_text:
        return {}
    try:
        kept = row.detail.get("kept", {})
    except ValueError:
        return {}
    return kept if isinstance(kept, dict) else {}


def standing_of_anchor() -> str:
    """Why the trail does not stand at its anchor, in words; empty where it does. Quick: the chain is not walked."""
    head = audit.newest()
    try:
        anchored = audit.anchor().read()
    except AnchorBroken as broken:
        return str(broken)
    if anchored is None:
        return f"anchor: {audit.anchor().path} is missing though the trail has {head.seq} rows" if head else ""
    if audit.standing(anchored):
        return ""
    where = f"row {anchored.seq} was anchored and is not in the database, which ends at row {(head or BEGINNING).seq}"
    return f"anchor: {where}: it was tampered with, or restored without marking the restore"


def _check_anchor(found: Verification) -> None:
    try:
        anchored = audit.anchor().read()
    except AnchorBroken:
        found.anchor = "broken"
        anchored = None
    if wrong := standing_of_anchor():
        found.problems.append(wrong)
        found.anchor = found.anchor if found.anchor == "broken" else "behind" if anchored else "missing"
    elif anchored is not None:
        _anchor_again(found, anchored)


def _anchor_again(found: Verification, anchored: Head) -> None:
    found.anchor = "matches"
    ahead = (found.head or BEGINNING).seq - anchored.seq
    # A chain with a fault is never anchored: the anchor keeps what it last saw whole.
    if ahead <= 0 or not found.ok:
        return
    found.anchor, found.reanchored = "reanchored", ahead
    audit.record(Happening("audit_reanchored", detail={"anchored": anchored.seq, "ahead_by": ahead}))

"""What was read of a clinic, kept in this process as long as nothing is written there. The audit trail tells.

Every act that writes leaves its row in the trail, in the same transaction: where there is none, nothing has changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar
from uuid import UUID

from django.db import connection
from django.db.models import QuerySet

from remit.acts import audit
from remit.acts.core import ACTS
from remit.records.compiled import compiled_query
from remit.records.models import AuditRow

T = TypeVar("T")

_LONGEST = timedelta(minutes=1)
"""Nothing is kept for longer, whatever the trail says."""
_MOST_ROWS = 500
_MOST_KEPT = 256
"""Above this many, what is too old to be used is let go: there are as many keys as choices that people make."""


@dataclass(slots=True)
class _Held(Generic[T]):
    value: T
    read_at: datetime
    seq: int
    """The newest row of the trail that was looked at."""


class Kept(Generic[T]):
    """The newest reading of each clinic and key."""

    def __init__(self) -> None:
        self._held: dict[tuple[UUID, object], _Held[T]] = {}

    def get(self, clinic_id: UUID, key: object, asof: datetime, read: Callable[[], T]) -> T:
        """What was read under this key, read anew where something has been written in the clinic since."""
        # What a transaction under way shows may be taken back: nothing of it is kept.
        if connection.in_atomic_block:
            return read()
        held = self._held.get((clinic_id, key))
        if held is not None and held.read_at <= asof < held.read_at + _LONGEST and _unchanged(clinic_id, held):
            return held.value
        newest = audit.newest()
        value = read()
        self._held[clinic_id, key] = _Held(value, asof, newest.seq if newest else 0)
        if len(self._held) > _MOST_KEPT:
            self._held = {known: one for known, one in self._held.copy().items() if asof < one.read_at + _LONGEST}
        return value


def _unchanged(clinic_id: UUID, held: _Held[T]) -> bool:
    """True where the trail of the clinic has only reads since; they are not looked at again."""
    rows = _since(clinic_id, held.seq)
    if len(rows) == _MOST_ROWS or not all(action in ACTS and ACTS[action].reads for _, action in rows):
        return False
    if rows:
        held.seq = rows[-1][0]
    return True


@compiled_query
def _since(clinic: UUID, seq: int) -> QuerySet[AuditRow, tuple[int, str]]:
    held = AuditRow.objects.filter(clinic_id=clinic, seq__gt=seq).order_by("seq")
    return held.values_list("seq", "action")[:_MOST_ROWS]

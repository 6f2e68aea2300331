"""Whose turn it is to run the clockwork: one process at a time, and another when that one is gone."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet

from remit.records.compiled import compiled_query
from remit.records.models import ClockworkTurn

NAME = "clockwork"
_HELD = timedelta(minutes=2)
"""A process that has not run for this long is taken to be gone."""


def take(holder: str, at: datetime) -> bool:
    """Take or keep the turn; false while another process has it."""
    with transaction.atomic():
        turn, _ = ClockworkTurn.objects.select_for_update().get_or_create(
            name=NAME, defaults={"holder": holder, "until": at + _HELD, "beat_at": at}
        )
        if turn.holder != holder and turn.until > at:
            return False
        turn.holder, turn.until, turn.beat_at = holder, at + _HELD, at
        turn.save()
    return True


def give_back(holder: str, at: datetime) -> None:
    """Leave the turn to whoever comes next, without a wait."""
    ClockworkTurn.objects.filter(name=NAME, holder=holder).update(until=at)


def last_beat() -> datetime | None:
    """When the clockwork last ran; null when it never did."""
    return ClockworkTurn.objects.filter(name=NAME).values_list("beat_at", flat=True).first()


def is_old(beat: datetime | None, at: datetime) -> bool:
    """True where the clockwork does not run: what must escalate would not."""
    return beat is None or beat < at - _HELD


def mark(step: str, clinic_id: UUID, at: datetime) -> None:
    """Keep that a step has run through in a clinic: the whole clockwork may beat while one of its steps fails."""
    ClockworkTurn.objects.update_or_create(
        name=f"{step}:{clinic_id.hex}", defaults={"holder": step, "until": at, "beat_at": at}
    )


def marked(step: str, clinic_id: UUID) -> datetime | None:
    """When a step last ran through in a clinic; null when it never did."""
    return next(iter(_beat_of(f"{step}:{clinic_id.hex}")), None)


@compiled_query
def _beat_of(name: str) -> QuerySet[ClockworkTurn, datetime | None]:
    return ClockworkTurn.objects.filter(name=name).values_list("beat_at", flat=True)

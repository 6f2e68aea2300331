"""What changes in a clinic's sessions, as marks by session: whoever follows them looks again when a mark is another.

Reads for the live streams, which check who listens; no act itself. Marks are compared and never shown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Q

from remit.acts.actors import Actor
from remit.acts.replays import OPEN, under_way
from remit.records.models import Clinic, Session

Marks = dict[UUID, Sequence[Any]]


def zone_of(clinic_id: UUID) -> ZoneInfo:
    """The zone of the clinic's day."""
    return Clinic.objects.get(pk=clinic_id).zone


def is_here(actor: Actor, session_id: UUID) -> bool:
    """True where this session is one of the actor's clinic."""
    return Session.objects.filter(clinic_id=actor.here, pk=session_id).exists()


def entered(clinic_id: UUID, zone: ZoneInfo, asof: datetime, also: Iterable[UUID] = ()) -> Marks:
    """What was entered, booked and moved: of the clinic's day, of whoever is there, and of these sessions besides.

    One question to the database. A session's mark begins with the place of its last entry.
    """
    day = asof.astimezone(zone).date()
    starts, ends = (datetime.combine(one, time(), zone) for one in (day, day + timedelta(days=1)))
    wanted = Q(planned_at__gte=starts, planned_at__lt=ends) | Q(state_cache__in=OPEN) | Q(pk__in=list(also))
    rows = Session.objects.filter(wanted, clinic_id=clinic_id).order_by()
    marks = rows.values_list("pk", "last_seq", "state_cache", "planned_at", "chair_id", "nurse_id", "setting")
    return {key: mark for key, *mark in marks}


def elapsed(clinic_id: UUID, asof: datetime) -> Marks:
    """What the clock alone brings about where somebody is there: alarms, what is overdue, who may leave."""
    return {
        held.row.pk: (
            held.glance.state,
            tuple((alarm.id, alarm.raised_at, alarm.acknowledged_at) for alarm in held.glance.alarms),
            tuple(one.what for one in held.glance.due if one.overdue),
        )
        for held in under_way(Clinic.objects.get(pk=clinic_id), asof)
    }

"""A session, what happened in it, and who signed it."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly, AppendOnlyMixin, Row


class Session(Row):
    """A planned or walk-in session. What happened in it stands in its entries; `state_cache` serves lists only."""

    course = models.ForeignKey("records.Course", models.PROTECT, related_name="sessions")
    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="sessions")
    n = models.PositiveSmallIntegerField()
    phase = models.CharField(max_length=16, default="induction")
    planned_at = models.DateTimeField()
    planned_minutes = models.PositiveSmallIntegerField()
    earliest = models.DateField(null=True, blank=True)
    latest = models.DateField(null=True, blank=True)
    chair = models.ForeignKey("records.Chair", models.PROTECT, null=True, blank=True, related_name="sessions")
    nurse = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    setting = models.CharField(max_length=24, default="outpatient")
    kind = models.CharField(max_length=8, default="planned", choices=[("planned", "planned"), ("walk-in", "walk-in")])
    booked_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    moved_from = models.DateTimeField(null=True, blank=True)
    """Where it lay before it was last moved; null where it never was."""
    why = models.TextField(blank=True, default="")
    """Why it was moved, or came as a walk-in."""
    state_cache = models.CharField(max_length=12, default="scheduled")
    last_seq = models.IntegerField(default=-1)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["clinic", "planned_at"]),
            models.Index(fields=["clinic", "state_cache", "planned_at"]),
            models.Index(fields=["patient", "planned_at"]),
            models.Index(
                fields=["clinic", "moved_from"], name="sessions_moved", condition=models.Q(moved_from__isnull=False)
            ),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["course", "n"], condition=~models.Q(state_cache="cancelled"), name="one_session_a_number"
            )
        ]


class SessionEntry(AppendOnlyMixin):
    """One thing that happened. `seq` counts from 0 in the session; `client_id` was made where it was typed."""

    id = models.BigAutoField(primary_key=True)
    clinic = models.ForeignKey("records.Clinic", models.PROTECT, related_name="+", db_index=False)
    session = models.ForeignKey(Session, models.PROTECT, related_name="entries", db_index=False)
    seq = models.PositiveIntegerField()
    client_id = models.UUIDField(default=uuid.uuid4)
    kind = models.CharField(max_length=24)
    body = models.JSONField()
    at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    entered_at = models.DateTimeField()
    account = models.ForeignKey(
        "records.Account", models.PROTECT, related_name="+", db_index=False, null=True, blank=True
    )
    role = models.CharField(max_length=16)
    second_account = models.ForeignKey(
        "records.Account", models.PROTECT, null=True, blank=True, related_name="+", db_index=False
    )
    second_role = models.CharField(max_length=16, blank=True, default="")
    result = models.JSONField()
    """What the person who entered it was answered; a repeat is answered the same."""

    class Meta:
        ordering: ClassVar = ["session", "seq"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["session", "seq"], name="one_entry_a_place"),
            models.UniqueConstraint(fields=["session", "client_id"], name="one_entry_a_client_id"),
        ]


class Signature(AppendOnly):
    """A signed sheet: every entry up to `up_to_seq`, kept as it was printed. A later signature supersedes it."""

    session = models.ForeignKey(Session, models.PROTECT, related_name="signatures")
    up_to_seq = models.PositiveIntegerField()
    sheet = models.JSONField()
    sheet_digest = models.CharField(max_length=64)
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    role = models.CharField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        ordering: ClassVar = ["at"]

"""What somebody must do by when, and who was told."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly, Row


class Task(Row):
    """Something with an owner and a clock."""

    kind = models.CharField(max_length=40)
    subject = models.CharField(max_length=200)
    detail = models.JSONField(default=dict)
    patient = models.ForeignKey("records.Patient", models.PROTECT, null=True, blank=True, related_name="tasks")
    session = models.ForeignKey("records.Session", models.PROTECT, null=True, blank=True, related_name="tasks")
    owner = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="tasks")
    taken_at = models.DateTimeField(null=True, blank=True)
    """When the owner took it on; until then it was only given to somebody."""
    urgent = models.BooleanField(default=False)
    due_at = models.DateTimeField()
    created_at = models.DateTimeField()
    created_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    done_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    outcome = models.TextField(blank=True, default="")
    escalation_level = models.PositiveSmallIntegerField(default=0)
    escalate_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["clinic", "done_at", "due_at"]),
            models.Index(fields=["done_at", "escalate_at"]),
        ]


class Notification(AppendOnly):
    """One attempt to tell a person of a task, and whether it went through."""

    task = models.ForeignKey(Task, models.PROTECT, null=True, blank=True, related_name="notifications")
    channel = models.CharField(max_length=20)
    to_account = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    to_address = models.CharField(max_length=200, blank=True, default="")
    sent_at = models.DateTimeField()
    ok = models.BooleanField()
    error = models.TextField(blank=True, default="")

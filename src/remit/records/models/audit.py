"""The trail of who read and did what, chained so that nothing can be removed unseen."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.db import models

from remit.records.models.base import AppendOnlyMixin


class AuditRow(AppendOnlyMixin):
    """One read, write, sign-in or change of rights. `digest` covers the row and the digest before it."""

    seq = models.BigIntegerField(primary_key=True)
    clinic = models.ForeignKey("records.Clinic", models.PROTECT, null=True, related_name="+", db_index=False)
    at = models.DateTimeField()
    account = models.ForeignKey("records.Account", models.PROTECT, null=True, related_name="+", db_index=False)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=40, blank=True, default="")
    subject_id = models.CharField(max_length=64, blank=True, default="")
    patient = models.ForeignKey("records.Patient", models.PROTECT, null=True, related_name="+", db_index=False)
    detail_text = models.TextField(default="{}")
    """Canonical JSON, kept as text so that no database rewrites what the digest covers."""
    previous = models.CharField(max_length=64)
    digest = models.CharField(max_length=64)

    class Meta:
        ordering: ClassVar = ["seq"]
        indexes: ClassVar = [
            models.Index(fields=["clinic", "seq"]),
            models.Index(fields=["patient", "seq"]),
            models.Index(fields=["account", "seq"]),
        ]

    @property
    def detail(self) -> dict[str, Any]:
        """What the row says beyond its columns."""
        held: dict[str, Any] = json.loads(self.detail_text)
        return held

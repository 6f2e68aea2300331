"""The controlled drug: each vial, and where every milligram of it went."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly


class Vial(AppendOnly):
    """A vial or device as it was received. What is left of it follows from the ledger."""

    molecule = models.CharField(max_length=20)
    product = models.CharField(max_length=120, blank=True, default="")
    strength_mg_per_ml = models.FloatField()
    volume_ml = models.FloatField()
    lot = models.CharField(max_length=60)
    expiry = models.DateField()
    received_at = models.DateTimeField()
    received_by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    witness = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "expiry"])]


class LedgerEntry(AppendOnly):
    """One movement of a controlled drug; a waste names its witness."""

    vial = models.ForeignKey(Vial, models.PROTECT, related_name="ledger")
    session = models.ForeignKey("records.Session", models.PROTECT, null=True, blank=True, related_name="ledger")
    client_id = models.UUIDField(default=uuid.uuid4, unique=True)
    kind = models.CharField(max_length=10)
    """draw, given, waste, witness, count"""
    amount_mg = models.FloatField()
    note = models.TextField(blank=True, default="")
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    witness = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["vial", "at"])]

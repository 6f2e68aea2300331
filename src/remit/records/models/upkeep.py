"""What keeps the house and is no part of the record: counts against floods, and whose turn the clockwork is."""

from __future__ import annotations

from typing import ClassVar

from django.db import models


class UseCount(models.Model):
    """How often something was used in one hour; `key` is a digest of what and by whom."""

    key = models.CharField(max_length=64)
    hour = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["key", "hour"], name="one_count_an_hour")]
        indexes: ClassVar = [models.Index(fields=["hour"])]


class ClockworkTurn(models.Model):
    """The one process that runs a clockwork, until when nobody else may, and when it last ran."""

    name = models.CharField(primary_key=True, max_length=40)
    holder = models.CharField(max_length=64)
    until = models.DateTimeField()
    beat_at = models.DateTimeField()

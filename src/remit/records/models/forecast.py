"""Forecasts as they were shown, kept before anybody knew what came."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly


class Forecast(AppendOnly):
    """One forecast of one person: when, by which model and seed, from what, and what it said."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="forecasts")
    course = models.ForeignKey("records.Course", models.PROTECT, related_name="forecasts")
    scale_id = models.CharField(max_length=40)
    at = models.DateTimeField()
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    seed = models.BigIntegerField()
    model_version = models.CharField(max_length=40)
    model_digest = models.CharField(max_length=64)
    """SHA-256 of the facts and the code that computed it."""
    protocol_id = models.CharField(max_length=120)
    protocol_version = models.CharField(max_length=80)
    given = models.JSONField()
    """What it was given: scores, doses, sessions to come, weight."""
    given_digest = models.CharField(max_length=64)
    said = models.JSONField()
    """The bands as they are shown."""
    shares = models.JSONField()
    """By day: the share of each whole score, by which it is scored later."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course", "at"]), models.Index(fields=["clinic", "at"])]

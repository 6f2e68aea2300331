"""Answered scales, and the links by which a patient answers one on a phone."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models

from remit.records.models.base import Row, Superseding


class ScaleLink(Row):
    """A link without a password. Opening never consumes it, submitting does; only the token's digest is kept."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="scale_links")
    course = models.ForeignKey("records.Course", models.PROTECT, null=True, blank=True, related_name="+")
    scale_id = models.CharField(max_length=40)
    token_digest = models.CharField(max_length=64, unique=True)
    created_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    opened_count = models.PositiveIntegerField(default=0)
    revoked = models.BooleanField(default=False)
    sent_to = models.CharField(max_length=254, blank=True, default="")
    """The e-mail address that it went to; empty for a link that was handed over."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "patient", "created_at"])]


class Assessment(Superseding):
    """A scale as it was answered; null items are missing answers, and an incomplete scale has no total.

    `at` is when it reached the record, `taken_at` when it was answered. With a `link` the patient answered and `by`
    is null.
    """

    by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")

    client_id = models.UUIDField(default=uuid.uuid4, unique=True)
    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="assessments")
    course = models.ForeignKey("records.Course", models.PROTECT, null=True, blank=True, related_name="assessments")
    session = models.ForeignKey("records.Session", models.PROTECT, null=True, blank=True, related_name="assessments")
    scale_id = models.CharField(max_length=40)
    answers = models.JSONField()
    total = models.FloatField(null=True, blank=True)
    band = models.CharField(max_length=60, blank=True, default="")
    complete = models.BooleanField()
    alerts = models.JSONField(default=list)
    taken_at = models.DateTimeField()
    link = models.OneToOneField(ScaleLink, models.PROTECT, null=True, blank=True, related_name="assessment")
    extra = models.JSONField(null=True, blank=True)
    """How it was answered (`mode`), answers that add nothing to the total (`unscored`), `total_only` without items."""

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "scale_id", "taken_at"])]

    @property
    def entered_at(self) -> object:
        """When it reached the record."""
        return self.at

    @property
    def mode(self) -> str:
        """How it was answered: paper, spoken, link or account."""
        return str((self.extra or {}).get("mode", ""))

    @property
    def unscored(self) -> dict[str, str]:
        """The answers to questions that follow the items and add nothing to the total."""
        return dict((self.extra or {}).get("unscored") or {})

    @property
    def total_only(self) -> bool:
        """True where a total was read off a form, without its answers."""
        return bool((self.extra or {}).get("total_only"))

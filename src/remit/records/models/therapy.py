"""Psychotherapy around the sessions: the visit is everybody's to see, the note its therapist's alone."""

from __future__ import annotations

from django.db import models

from remit.records.models.base import Revisable


class TherapyVisit(Revisable):
    """A preparation or integration visit: the medical side sees that it happened."""

    course = models.ForeignKey("records.Course", models.PROTECT, related_name="therapy_visits")
    kind = models.CharField(max_length=12, choices=[("preparation", "preparation"), ("integration", "integration")])
    held_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(null=True, blank=True)
    therapist = models.ForeignKey("records.Account", models.PROTECT, related_name="therapy_visits")


class TherapyNote(Revisable):
    """What the therapist wrote for the therapist."""

    visit = models.ForeignKey(TherapyVisit, models.PROTECT, related_name="notes")
    text = models.TextField()

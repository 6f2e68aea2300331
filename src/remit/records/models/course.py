"""One patient on one protocol version: the course, its orders, standing orders and decisions."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly, Revisable, Row


class Course(Row):
    """One patient on one version of a protocol, which is kept as it was. Only its status moves on."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="courses")
    episode = models.ForeignKey("records.Episode", models.PROTECT, null=True, blank=True, related_name="courses")
    screening = models.ForeignKey(
        "records.ScreeningRecord", models.PROTECT, null=True, blank=True, related_name="courses"
    )
    protocol_id = models.CharField(max_length=120)
    protocol_version = models.CharField(max_length=80)
    protocol_snapshot = models.JSONField()
    option = models.CharField(max_length=60, blank=True, default="")
    setting = models.CharField(max_length=24, default="outpatient")
    started_on = models.DateField()
    status = models.CharField(max_length=12, default="active")
    """planned, active, completed, stopped"""
    prescribed_by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    prescribed_at = models.DateTimeField()
    ended_on = models.DateField(null=True, blank=True)
    end_reason = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "status"]), models.Index(fields=["patient", "started_on"])]


class Order(Revisable):
    """What is to be given from one session to another, as it was ordered. A change is a new order."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="orders")
    from_session = models.PositiveSmallIntegerField()
    to_session = models.PositiveSmallIntegerField(null=True, blank=True)
    molecule = models.CharField(max_length=20)
    route = models.CharField(max_length=20)
    dose_mg = models.FloatField()
    dose_mg_per_kg = models.FloatField(null=True, blank=True)
    weight_kg = models.FloatField(null=True, blank=True)
    weight_date = models.DateField(null=True, blank=True)
    weight_basis = models.CharField(max_length=10, blank=True, default="")
    devices = models.PositiveSmallIntegerField(null=True, blank=True)
    duration_min = models.FloatField(null=True, blank=True)
    protocol_version = models.CharField(max_length=80)
    snapshot = models.JSONField()
    second_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["course", "from_session"])]


class StandingOrder(Revisable):
    """What a nurse may give on the prescriber's standing word, and when."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="standing_orders")
    purpose = models.CharField(max_length=20)
    drug = models.CharField(max_length=120)
    dose = models.CharField(max_length=80)
    route = models.CharField(max_length=20)
    condition = models.TextField(blank=True, default="")


class CourseDecision(AppendOnly):
    """What the prescriber decided at a review of the course, and why."""

    course = models.ForeignKey(Course, models.PROTECT, related_name="decisions")
    after_session = models.PositiveSmallIntegerField(null=True, blank=True)
    decision = models.CharField(max_length=40)
    reason = models.TextField(blank=True, default="")
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    at = models.DateTimeField()

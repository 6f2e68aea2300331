"""The clinic: its settings, chairs, people on duty, crisis contacts, adopted values and prices."""

from __future__ import annotations

import uuid
from typing import ClassVar
from zoneinfo import ZoneInfo

from django.db import models
from simple_history.models import HistoricalRecords

from remit.records.models.base import AppendOnly, Revisable, Row
from remit.records.models.history import current_account


class Clinic(models.Model):
    """A place that treats, with its time zone and the law that applies there."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(max_length=200)
    timezone = models.CharField(max_length=64, default="UTC")
    country = models.CharField(max_length=2, help_text="ISO 3166 code")
    jurisdiction = models.CharField(max_length=2)
    synthetic = models.BooleanField(default=False)
    address_line_1 = models.CharField(max_length=200, blank=True, default="")
    address_line_2 = models.CharField(max_length=200, blank=True, default="")
    city = models.CharField(max_length=120, blank=True, default="")
    state = models.CharField(max_length=80, blank=True, default="")
    postal_code = models.CharField(max_length=20, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(get_user=current_account)

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which the clinic's times are shown."""
        return ZoneInfo(self.timezone)


class ClinicSetting(Row):
    """One setting of a clinic, with who set it and when."""

    key = models.CharField(max_length=120)
    value = models.JSONField()
    set_by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    set_at = models.DateTimeField()

    history = HistoricalRecords(get_user=current_account)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["clinic", "key"], name="one_setting_a_key")]


class Chair(Row):
    """A place where one person is treated at a time."""

    name = models.CharField(max_length=60)
    order = models.PositiveSmallIntegerField(default=0)
    active = models.BooleanField(default=True)

    history = HistoricalRecords(get_user=current_account)

    class Meta:
        ordering: ClassVar = ["order", "name"]
        constraints: ClassVar = [models.UniqueConstraint(fields=["clinic", "name"], name="one_chair_a_name")]

    def __str__(self) -> str:
        return self.name


class OnCallShift(Row):
    """Who answers risky scores and alerts, from when to when; `order` is the escalation."""

    account = models.ForeignKey("records.Account", models.PROTECT, related_name="on_call_shifts")
    starts = models.DateTimeField()
    ends = models.DateTimeField()
    order = models.PositiveSmallIntegerField(default=0)

    history = HistoricalRecords(get_user=current_account)

    class Meta:
        ordering: ClassVar = ["starts", "order"]
        indexes: ClassVar = [models.Index(fields=["clinic", "starts", "ends"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="shift_ends_after_it_starts")
        ]


class CrisisContact(Row):
    """The number that a person in danger can reach at any hour, by country."""

    country = models.CharField(max_length=2)
    name = models.CharField(max_length=200)
    phone = models.CharField(max_length=40)
    url = models.URLField(blank=True, default="")
    hours = models.CharField(max_length=80, blank=True, default="")
    tested_at = models.DateTimeField(null=True, blank=True)
    active = models.BooleanField(default=True)

    history = HistoricalRecords(get_user=current_account)


class Adoption(Revisable):
    """The clinic's lead prescriber confirms an unverified value of the knowledge, which may then block."""

    knowledge_id = models.CharField(max_length=200)
    adopted_on = models.DateField()
    note = models.TextField(blank=True, default="")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "knowledge_id"])]

    @property
    def adopted_by(self) -> object:
        """The lead prescriber who adopted the value."""
        return self.by


class Price(AppendOnly):
    """What the clinic charges for an item of a protocol from a date on; the newest price that applies holds."""

    protocol_id = models.CharField(max_length=120)
    item = models.CharField(max_length=80)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    valid_from = models.DateField()
    entered_by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    entered_at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "protocol_id", "valid_from"])]


class StaffAvailability(Row):
    """The hours in which a nurse can be booked, weekly (0 is Monday), in the clinic's zone."""

    account = models.ForeignKey("records.Account", models.PROTECT, related_name="availabilities")
    weekday = models.PositiveSmallIntegerField()
    starts = models.TimeField()
    ends = models.TimeField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True, blank=True)
    chairs_at_once = models.PositiveSmallIntegerField(default=1)

    history = HistoricalRecords(get_user=current_account)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "weekday"])]
        constraints: ClassVar = [
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekday_of_seven"),
            models.CheckConstraint(condition=models.Q(ends__gt=models.F("starts")), name="hours_end_after_they_start"),
        ]

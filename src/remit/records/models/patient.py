"""The person treated: identity, other identifiers, weights and heights."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models

from remit.records.models.base import Revisable, Row
from remit.records.names import search_name


class Patient(Row):
    """A person registered at a clinic. Identity may be corrected; the audit trail keeps what it was."""

    mrn = models.CharField("record number", max_length=40)
    family_name = models.CharField(max_length=120)
    given_name = models.CharField(max_length=120)
    middle_name = models.CharField(max_length=120, blank=True, default="")
    birth_date = models.DateField()
    sex = models.CharField(max_length=10, blank=True, default="")
    phone = models.CharField(max_length=40, blank=True, default="")
    email = models.EmailField(blank=True, default="")
    address = models.TextField(blank=True, default="")
    country = models.CharField(max_length=2, blank=True, default="")
    language = models.CharField(max_length=10, blank=True, default="")
    registered_by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    search_name = models.CharField(max_length=400, editable=False)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["clinic", "mrn"], name="one_patient_a_record_number")]
        indexes: ClassVar = [
            models.Index(fields=["clinic", "search_name"]),
            models.Index(fields=["clinic", "birth_date"]),
        ]

    def __str__(self) -> str:
        return f"{self.family_name}, {self.given_name}"

    def save(self, *args: Any, **options: Any) -> None:
        self.search_name = search_name(self.family_name, self.given_name, self.middle_name)
        super().save(*args, **options)


class PatientIdentifier(Revisable):
    """What another system calls this person."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identifiers")
    system = models.CharField(max_length=200)
    value = models.CharField(max_length=120)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["clinic", "system", "value"])]


class WeightMeasurement(Revisable):
    """A body weight with its day, and the number and unit as they were typed."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="weights")
    kg = models.FloatField()
    entered_value = models.FloatField()
    entered_unit = models.CharField(max_length=2, choices=[("kg", "kg"), ("lb", "lb")])
    measured_on = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "measured_on"])]


class HeightMeasurement(Revisable):
    """A body height with its day, and the number and unit as they were typed."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="heights")
    cm = models.FloatField()
    entered_value = models.FloatField()
    entered_unit = models.CharField(max_length=2, choices=[("cm", "cm"), ("in", "in")])
    measured_on = models.DateField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "measured_on"])]

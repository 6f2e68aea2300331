"""Who signs in, and what each account may be in which clinic."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from simple_history.models import HistoricalRecords

from remit.records.models.history import current_account


class Role(models.TextChoices):
    """What a person is in a clinic."""

    PRESCRIBER = "prescriber", "prescriber"
    NURSE = "nurse", "nurse"
    THERAPIST = "therapist", "therapist"
    COORDINATOR = "coordinator", "coordinator"
    PATIENT = "patient", "patient"
    RESEARCHER = "researcher", "researcher"
    ADMINISTRATOR = "administrator", "administrator"


class AccountManager(BaseUserManager["Account"]):
    """Makes and finds accounts by their e-mail address, in lower case."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        """A new account; without a password nobody can sign in to it until one is set."""
        account = self.model(email=email, **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser):
    """A person who signs in with an e-mail address. What they may do stands in their memberships."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField("e-mail", unique=True)
    display_name = models.CharField(max_length=120)
    phone = models.CharField(max_length=40, blank=True, default="")
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    def __str__(self) -> str:
        return self.display_name or self.email

    def save(self, *args: Any, **options: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **options)

    def get_full_name(self) -> str:
        return self.display_name

    def get_short_name(self) -> str:
        return self.display_name


class Membership(models.Model):
    """An account's role in a clinic; the clinic's lead prescriber adopts unverified values."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(Account, models.PROTECT, related_name="memberships")
    clinic = models.ForeignKey("records.Clinic", models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    lead = models.BooleanField(default=False)
    patient = models.ForeignKey("records.Patient", models.PROTECT, null=True, blank=True, related_name="memberships")
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    history = HistoricalRecords(get_user=current_account)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["account", "clinic", "role"], name="one_membership_a_role"),
            models.CheckConstraint(
                condition=models.Q(role="patient", patient__isnull=False)
                | (~models.Q(role="patient") & models.Q(patient__isnull=True)),
                name="patient_role_names_its_patient",
            ),
            models.CheckConstraint(
                condition=models.Q(lead=False) | models.Q(role="prescriber"), name="lead_is_a_prescriber"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account}: {self.role}"

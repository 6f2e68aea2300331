"""What is known of a candidate, how it was screened, and who decided otherwise."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from remit.records.models.base import AppendOnly, Revisable


class Referral(Revisable):
    """Who sent the person, when and why. Accepting or declining is a new row."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="referrals")
    referred_by = models.CharField(max_length=200, blank=True, default="")
    received_on = models.DateField()
    question = models.TextField(blank=True, default="")
    status = models.CharField(max_length=12, default="open")
    """open, accepted, declined"""


class Episode(Revisable):
    """The episode of illness that is treated."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="episodes")
    indication = models.CharField(max_length=60)
    icd10 = models.CharField(max_length=12, blank=True, default="")
    episode_start = models.DateField(null=True, blank=True)
    severity = models.CharField(max_length=60, blank=True, default="")


class TrialRecord(Revisable):
    """One antidepressant tried in an episode. Null dose or weeks: not known."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="trials")
    episode = models.ForeignKey(Episode, models.PROTECT, null=True, blank=True, related_name="trials")
    drug = models.CharField(max_length=120)
    dose_mg_day = models.FloatField(null=True, blank=True)
    weeks = models.FloatField(null=True, blank=True)
    outcome = models.CharField(max_length=24, default="unknown")
    added_to = models.CharField(max_length=120, blank=True, default="")
    reason_stopped = models.TextField(blank=True, default="")
    informed_by = models.CharField(max_length=120, blank=True, default="")
    order = models.PositiveSmallIntegerField(default=0)


class FactAnswer(AppendOnly):
    """One question asked of a patient (a condition, `ect_failed`, `allergies`, `medications`); the latest answer holds.

    `not_asked` takes an earlier answer back: the fact is unknown again.
    """

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="fact_answers")
    fact = models.CharField(max_length=80)
    answer = models.CharField(max_length=10, choices=[("yes", "yes"), ("no", "no"), ("not_asked", "not asked")])
    note = models.TextField(blank=True, default="")
    answered_at = models.DateTimeField()
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "fact", "answered_at"])]


class AllergyRecord(Revisable):
    """A substance that the person does not tolerate."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="allergies")
    substance = models.CharField(max_length=120)
    reaction = models.TextField(blank=True, default="")


class MedicationRecord(Revisable):
    """A drug or food taken, by its lower-case international name. Stopping it is a new row with `stopped_on`."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="medications")
    name = models.CharField(max_length=120)
    dose_mg_day = models.FloatField(null=True, blank=True)
    started_on = models.DateField(null=True, blank=True)
    stopped_on = models.DateField(null=True, blank=True)


class CheckResult(AppendOnly):
    """The result of a check before a course (pregnancy test, consent, enrolment); the latest holds."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="check_results")
    check_id = models.CharField(max_length=80)
    result = models.CharField(max_length=20)
    done_on = models.DateField()
    note = models.TextField(blank=True, default="")
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "check_id", "at"])]


class ScreeningRecord(AppendOnly):
    """A decision with its findings, and the case that it was made on."""

    patient = models.ForeignKey("records.Patient", models.PROTECT, related_name="screenings")
    episode = models.ForeignKey(Episode, models.PROTECT, null=True, blank=True, related_name="screenings")
    protocol_id = models.CharField(max_length=120)
    protocol_version = models.CharField(max_length=80)
    verdict = models.CharField(max_length=12)
    findings = models.JSONField()
    case = models.JSONField()
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["patient", "at"])]


class OverrideRecord(AppendOnly):
    """A prescriber decided otherwise than a finding, with the reason, and with a second person where demanded."""

    screening = models.ForeignKey(ScreeningRecord, models.PROTECT, related_name="overrides")
    finding_id = models.CharField(max_length=120)
    reason = models.TextField()
    by = models.ForeignKey("records.Account", models.PROTECT, related_name="+")
    second_by = models.ForeignKey("records.Account", models.PROTECT, null=True, blank=True, related_name="+")
    at = models.DateTimeField()

"""The tables, one subject a file."""

from remit.records.models.account import Account, Membership, Role
from remit.records.models.assessment import Assessment, ScaleLink
from remit.records.models.audit import AuditRow
from remit.records.models.base import AppendOnlyMixin, NeverChanged
from remit.records.models.clinic import (
    Adoption,
    Chair,
    Clinic,
    ClinicSetting,
    CrisisContact,
    OnCallShift,
    Price,
    StaffAvailability,
)
from remit.records.models.course import Course, CourseDecision, Order, StandingOrder
from remit.records.models.draft import Draft
from remit.records.models.forecast import Forecast
from remit.records.models.ledger import LedgerEntry, Vial
from remit.records.models.patient import HeightMeasurement, Patient, PatientIdentifier, WeightMeasurement
from remit.records.models.referral import (
    AllergyRecord,
    CheckResult,
    Episode,
    FactAnswer,
    MedicationRecord,
    OverrideRecord,
    Referral,
    ScreeningRecord,
    TrialRecord,
)
from remit.records.models.session import Session, SessionEntry, Signature
from remit.records.models.task import Notification, Task
from remit.records.models.therapy import TherapyNote, TherapyVisit
from remit.records.models.upkeep import ClockworkTurn, UseCount

__all__ = [
    "Account",
    "Adoption",
    "AllergyRecord",
    "AppendOnlyMixin",
    "Assessment",
    "AuditRow",
    "Chair",
    "CheckResult",
    "Clinic",
    "ClinicSetting",
    "ClockworkTurn",
    "Course",
    "CourseDecision",
    "CrisisContact",
    "Draft",
    "Episode",
    "FactAnswer",
    "Forecast",
    "HeightMeasurement",
    "LedgerEntry",
    "MedicationRecord",
    "Membership",
    "NeverChanged",
    "Notification",
    "OnCallShift",
    "Order",
    "OverrideRecord",
    "Patient",
    "PatientIdentifier",
    "Price",
    "Referral",
    "Role",
    "ScaleLink",
    "ScreeningRecord",
    "Session",
    "SessionEntry",
    "Signature",
    "StaffAvailability",
    "StandingOrder",
    "Task",
    "TherapyNote",
    "TherapyVisit",
    "TrialRecord",
    "UseCount",
    "Vial",
    "WeightMeasurement",
]
